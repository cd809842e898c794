"""Conditions in Tryton's two languages: domains, which search records, and PYSON statements, which judge one record.

Both hold exactly where the condition is true: what is unknown makes neither a test nor its contrary true. What they
cannot say is a `CannotSay` with the reason in plain words.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from simulator.model.conditions import (
    And,
    Comparison,
    Condition,
    Known,
    Literal,
    Membership,
    Name,
    Not,
    Or,
)
from simulator.words.vocabulary import Money

Domain = list[Any]
Pyson = Any
NOBODY: Final[Domain] = [["id", "<", 0]]
"""A domain in which nothing is."""
_INVERSE: Final = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class CannotSay(Exception):
    """A condition says what Tryton's languages cannot; the message ends a sentence that begins with `it`."""


def domain_of(condition: Condition, field_of: Callable[[Name], str], owner: str, *, truth: bool = True) -> Domain:
    """The domain of records for which a condition is true (or false). `field_of` gives the field of a name, or raises.

    Fields stand as rows under `values` of the record, whose field `owner` leads back to it.
    """
    match condition:
        case Not(item):
            return domain_of(item, field_of, owner, truth=not truth)
        case And(items) | Or(items):
            parts = [domain_of(item, field_of, owner, truth=truth) for item in items]
            return parts if isinstance(condition, And) is truth else ["OR", *parts]
        case Known(left, known):
            # Without the owner, rows of others would make of SQL's NOT IN a NULL, which is true of nobody.
            rows = [["name", "=", field_of(left)], [owner, "!=", None]]
            return [["values", "where" if known is truth else "not where", rows]]
        case Membership(left, options):
            tests = ["OR", *([_column(option)] for option in options)]
            inside = tests if truth else [[*_contrary(option)] for option in options]
            return _row(field_of(left), inside)
        case Comparison(Name() as left, op, Literal() as right):
            return _row(field_of(left), _test(op if truth else _INVERSE[op], right))
    raise CannotSay(_why_not(condition))


def _row(field: str, tests: Domain) -> Domain:
    return [["values", "where", [["name", "=", field], tests]]]


def _test(op: str, literal: Literal) -> Domain:
    column, value, currency = _stored(literal)
    return [[column, op, value], *([["text", "=", currency]] if currency else [])]


def _column(literal: Literal) -> Domain:
    return _test("=", literal)


def _contrary(literal: Literal) -> Domain:
    return _test("!=", literal)


def _stored(literal: Literal) -> tuple[str, Any, str]:
    """The column of a row in which a value like this stands, the value there, and a currency."""
    value = literal.value
    if isinstance(value, Money):
        return "number", float(value.cents), value.currency
    if isinstance(value, bool):
        return "text", "true" if value else "false", ""
    if isinstance(value, int | float):
        return "number", float(value), ""
    return "text", value, ""


def _why_not(condition: Condition) -> str:
    if isinstance(condition, Comparison):
        other = condition.right if isinstance(condition.left, Name) else condition.left
        if isinstance(other, Name):
            return f"compares two things that are told: {condition}"
        return f"asks what time it is: {condition}"
    return f"looks into a text, in which Tryton's search on SQLite takes capitals for small letters: {condition}"


# PYSON.


def statement(condition: Condition, name_of: Callable[[Name], str], *, truth: bool = True) -> Pyson:
    """The PYSON statement that is true where a condition is true (or false) of `self`, by what it was `told`."""
    match condition:
        case Not(item):
            return statement(item, name_of, truth=not truth)
        case And(items) | Or(items):
            parts = [statement(item, name_of, truth=truth) for item in items]
            return all_of(parts) if isinstance(condition, And) is truth else any_of(parts)
        case Known(left, known):
            return is_known(name_of(left)) if known is truth else negation(is_known(name_of(left)))
        case Membership(left, options):
            equal = any_of([_comparison("=", name_of(left), option) for option in options])
            return all_of([is_known(name_of(left)), equal if truth else negation(equal)])
        case Comparison(Name() as left, op, Literal() as right):
            held = _comparison(op, name_of(left), right)
            own_currency = [_currency(name_of(left), right)] if isinstance(right.value, Money) else []
            return all_of([is_known(name_of(left)), *own_currency, held if truth else negation(held)])
    raise CannotSay(_why_not(condition))


def _comparison(op: str, name: str, literal: Literal) -> Pyson:
    value = _value(literal)
    held = _told(name, value)
    match op:
        case "=":
            return {"__class__": "Equal", "s1": held, "s2": value}
        case "!=":
            return negation({"__class__": "Equal", "s1": held, "s2": value})
        case "<" | "<=":
            return {"__class__": "Less", "s1": held, "s2": value, "e": op == "<="}
    return {"__class__": "Greater", "s1": held, "s2": value, "e": op == ">="}


def _currency(name: str, literal: Literal) -> Pyson:
    assert isinstance(literal.value, Money)
    return {"__class__": "Equal", "s1": _told(f"{name} currency", ""), "s2": literal.value.currency}


def _value(literal: Literal) -> Pyson:
    value = literal.value
    if literal.kind == "date":
        return day(date.fromisoformat(str(value)))
    if isinstance(value, Money):
        return float(value.cents)
    return value if isinstance(value, str | bool) else float(value)


def _told(name: str, default: Pyson) -> Pyson:
    told = {"__class__": "Get", "v": {"__class__": "Eval", "v": "self", "d": {}}, "k": "told", "d": {}}
    return {"__class__": "Get", "v": told, "k": name, "d": default}


def is_known(name: str) -> Pyson:
    """True where a name has a value."""
    return _told(f"{name}?", False)


def consents() -> Pyson:
    """True where the party consents to e-mail."""
    return {"__class__": "Get", "v": {"__class__": "Eval", "v": "self", "d": {}}, "k": "email_consent", "d": False}


def negation(part: Pyson) -> Pyson:
    """The contrary."""
    return {"__class__": "Not", "v": part}


def all_of(parts: list[Pyson]) -> Pyson:
    """True where all are."""
    return parts[0] if len(parts) == 1 else {"__class__": "And", "s": parts}


def any_of(parts: list[Pyson]) -> Pyson:
    """True where one is."""
    return parts[0] if len(parts) == 1 else {"__class__": "Or", "s": parts}


def day(stated: date) -> Pyson:
    """A date."""
    parts = {"y": stated.year, "M": stated.month, "d": stated.day, "dy": 0, "dM": 0, "dd": 0}
    return {"__class__": "Date", **parts, "start": None}


def now() -> Pyson:
    """The instant at which it is evaluated."""
    return _moment(None, None, None, None, None, None)


def instant(ms: int) -> Pyson:
    """An instant of whole seconds, ms UTC."""
    days, rest = divmod(ms // 1000, 86_400)
    stated = date.fromordinal(date(1970, 1, 1).toordinal() + days)
    return _moment(stated.year, stated.month, stated.day, rest // 3600, rest // 60 % 60, rest % 60)


def _moment(*parts: int | None) -> Pyson:
    named: dict[str, Any] = dict(zip(("y", "M", "d", "h", "m", "s"), parts, strict=True))
    steps = dict.fromkeys(("dy", "dM", "dd", "dh", "dm", "ds", "dms"), 0)
    whole = None if parts[0] is None else 0
    return {"__class__": "DateTime", **named, "ms": whole, **steps, "start": None}


def within(begins: int, ends: int) -> list[Pyson]:
    """True from an instant on, and before another."""
    return [
        {"__class__": "Greater", "s1": now(), "s2": instant(begins), "e": True},
        {"__class__": "Less", "s1": now(), "s2": instant(ends), "e": False},
    ]


def between(begins: int, ends: int, domain: Domain) -> Pyson:
    """The domain from an instant on, and before another; outside of that nothing."""
    return {"__class__": "If", "c": all_of(within(begins, ends)), "t": domain, "e": NOBODY}


def written(pyson: Pyson) -> str:
    """The text that Tryton keeps."""
    return json.dumps(pyson, ensure_ascii=False, sort_keys=True)
