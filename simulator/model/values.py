"""Values of fields: as somebody writes them in a document, in memory, and as plain JSON data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from sys import float_info
from typing import Any, Final, NoReturn

from simulator.words.clock import parse_date, parse_instant, zone
from simulator.words.errors import ExpressionError, did_you_mean
from simulator.words.quantities import parse_money, parse_percent
from simulator.words.vocabulary import FIELDS, FieldType, Money, Value

_WRITE: Final = {
    "text": "a text. Put it in quotes",
    "id": "an id. Put it in quotes",
    "choice": "a choice. Write one of its words",
    "place": "a place. Write its id",
    "number": "a number. Write '12' or '0.5', without quotes",
    "percent": "a percentage. Write '30 %'",
    "flag": "a flag. Write 'true' or 'false'",
    "date": "a date. Write '2025-11-14'",
    "instant": "an instant. Write '2025-11-14 08:07'",
    "money": "money. Write '149 EUR'",
}


def value_of(written: object, kind: FieldType, subject: str, zone_name: str, places: Collection[str] = ()) -> Value:
    """The value in memory of what was `written` for the field `subject`: a scalar from YAML.

    Instants without a zone are read in `zone_name`. `places`, unless empty, are the ids that a place may be. Raises
    ExpressionError with the remedy for a value of another type.
    """
    match kind.kind, written:
        case (("text" | "id" | "choice" | "place"), str()):
            return _word(written, kind, subject, places)
        case (("text" | "id"), int()) if not isinstance(written, bool):
            return str(written)
        case "number", int() | float() if not isinstance(written, bool):
            return written
        case "number", str():
            return _number(written, subject)
        case "percent", str():
            return parse_percent(written)
        case "flag", bool():
            return written
        case "flag", "true" | "false":
            return written == "true"
        case "date", str():
            return parse_date(written.strip()).isoformat()
        case "instant", str():
            return parse_instant(written, zone(zone_name))
        case "money", str():
            return parse_money(written)
    return _refuse(written, kind, subject)


def _word(written: str, kind: FieldType, subject: str, places: Collection[str]) -> str:
    if kind.choices and written not in kind.choices:
        hint = did_you_mean(written, kind.choices)
        raise ExpressionError(f"unknown {subject} '{written}'{hint}. It is one of {', '.join(kind.choices)}.")
    if kind.kind == "place" and places and written not in places:
        raise ExpressionError(f"unknown place '{written}'{did_you_mean(written, sorted(places))}.")
    return written


def _number(written: str, subject: str) -> int | float:
    try:
        return float(written) if "." in written else int(written)
    except ValueError:
        _refuse(written, FieldType("number"), subject)


def _refuse(written: object, kind: FieldType, subject: str) -> NoReturn:
    shown = str(written).lower() if isinstance(written, bool) else written
    raise ExpressionError(f"'{shown}' does not fit: '{subject}' is {_WRITE[kind.kind]}.")


_IN_MEMORY: Final[Mapping[str, tuple[type, ...]]] = {
    "number": (int, float),
    "percent": (int, float),
    "flag": (bool,),
    "instant": (int,),
    "money": (Money,),
}


_SCALARS: Final = (str, int, float, bool, Money)
_ANY_TEXT: Final = frozenset({"text", "id", "place"})
EARLIEST: Final = -62_135_510_400_000
"""The first instant (ms UTC) that can be told in every zone: 2 January of the year 1."""
LATEST: Final = 253_402_214_400_000
"""The last: 31 December 9999."""
_MOST_CENTS: Final = 2**62
"""More of a currency is no amount, and no column holds it."""
MOST_NUMBER: Final = float_info.max
"""Beyond this a number is none that can be reckoned with."""


def misfit(data: Mapping[str, object], fields: Mapping[str, FieldType]) -> str | None:
    """What is wrong with the values of an event as they are in memory, in one sentence; None if nothing is.

    A field that nobody declared may hold any single value, for no check can ask for it.
    """
    for name, value in data.items():
        kind = fields.get(name)
        if kind is not None and kind.kind in _ANY_TEXT and type(value) is str and value.isascii():
            # Nearly every value of nearly every event is of this kind.
            continue
        allowed = _SCALARS if kind is None else _IN_MEMORY.get(kind.kind, (str,))
        if type(value) not in allowed or not _holds(value, "" if kind is None else kind.kind):
            return f"'{name}' is {'a value' if kind is None else kind}, and {shown(value)} is none"
        if name in FIELDS and kind is not None and kind.choices and value not in kind.choices:
            # The words of an organisation's own fields are its affair: a real engine may know more of them.
            return f"'{name}' is {kind}, and {shown(value)} is none of them"
    return None


def _holds(value: object, kind: str) -> bool:
    """Whether a value of the right type can be written down, compared and read again."""
    match value:
        case str():
            return (value.isascii() or _is_unicode(value)) and (kind != "date" or _is_date(value))
        case bool():
            return True
        case int() | float() if kind == "instant":
            return EARLIEST <= value <= LATEST
        case int() | float():
            # What is no number is not below it either.
            return abs(value) <= MOST_NUMBER
        case Money():
            return type(value.cents) is int and abs(value.cents) < _MOST_CENTS and _holds(value.currency, "")
    return True


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_date(text: str) -> bool:
    try:
        return parse_date(text).isoformat() == text
    except ExpressionError:
        return False


def shown(value: object) -> str:
    """A value for a sentence: as Python shows it, and not more than the beginning of it."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  an object may refuse to be shown, and a number be too long for it
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def to_plain(values: Mapping[str, Value]) -> dict[str, Any]:
    """Values by field as JSON data; money becomes text, `39.90 EUR`."""
    return {name: str(value) if isinstance(value, Money) else value for name, value in values.items()}


def from_plain(values: Mapping[str, Any], fields: Mapping[str, FieldType]) -> dict[str, Value]:
    """Values by field from the data that `to_plain` wrote; `fields` are the types of the scenario's fields."""
    read: dict[str, Value] = {}
    for name, value in values.items():
        kind = fields.get(name) or FIELDS.get(name)
        if kind is not None and kind.kind == "money":
            read[name] = parse_money(value)
        elif kind is not None and kind.kind == "percent":
            read[name] = float(value)
        else:
            read[name] = value
    return read
