"""Judging a condition on one row: what a journey, a desk or an act of the story asks of what it knows.

The logic has three values (Kleene): True, False, and None for unknown. A comparison with something unknown is unknown,
and so are two amounts in different currencies; callers treat None as false.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

from simulator.model.conditions import (
    And,
    Birthday,
    Comparison,
    Condition,
    Contains,
    Known,
    Literal,
    Membership,
    Name,
    Not,
    Now,
    Operand,
    Operator,
    Or,
    Today,
)
from simulator.words.clock import Duration, Instant
from simulator.words.vocabulary import Money, Value


class Facts(Protocol):
    """What is known where a condition is judged. Values are plain Python ones, of the types of the dictionary."""

    @property
    def now(self) -> Instant:
        """This instant, ms UTC."""

    def value(self, name: tuple[str, ...], per: str | None) -> Value | None:
        """What a name holds (`per` as in the condition: a system, `any` or None); None if that is unknown."""

    def today(self, duration: Duration | None = None, sign: int = 1) -> str:
        """The local date, `YYYY-MM-DD`, or the one that lies a calendar duration after (1) or before (-1) it."""

    def birthday(self) -> str | None:
        """The date of the first birthday on or after today; None if the birth date is unknown."""

    def shift(self, duration: Duration, sign: int) -> Instant:
        """`now` moved by the duration, forwards (1) or backwards (-1), along the local calendar."""


Judge: TypeAlias = Callable[[Facts], bool | None]
Reader: TypeAlias = Callable[[Facts], Value | None]
Relation: TypeAlias = Callable[[Any, Any], bool]

_RELATIONS: Final[dict[Operator, Relation]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(condition: Condition, facts: Facts) -> bool | None:
    """Judge a typed condition once. What is judged often is compiled with `compile_row`."""
    return compile_row(condition)(facts)


def compile_row(condition: Condition) -> Judge:
    """Turn a typed condition into a function of the facts, which never raises for their values."""
    match condition:
        case And(items):
            return _all([compile_row(item) for item in items])
        case Or(items):
            return _any([compile_row(item) for item in items])
        case Not(item):
            return _contrary(compile_row(item))
        case Comparison(left, op, right):
            return _comparison(_reader(left), _RELATIONS[op], right)
        case Membership(left, options):
            tests = [_comparison(_reader(left), operator.eq, option) for option in options]
            return _in_words(left, options) or _any(tests)
        case Known(left, known):
            return _known(left, known)
        case Contains(left, text):
            return _contains(left, text)


def compare(left: Value | None, relation: Relation, right: Value | None) -> bool | None:
    """Compare two values; unknown if one is, if their types do not go together, or if their currencies differ."""
    if left is None or right is None:
        return None
    if isinstance(left, Money) or isinstance(right, Money):
        if not (isinstance(left, Money) and isinstance(right, Money)) or left.currency != right.currency:
            return None
        return relation(left.cents, right.cents)
    if _family(left) is not _family(right):
        return None
    return relation(left, right)


def _family(value: Value) -> type:
    """The types that may be compared with each other; a flag is no number."""
    return str if isinstance(value, str) else bool if isinstance(value, bool) else float


def _reader(operand: Operand) -> Reader:
    match operand:
        case Literal(value):
            return lambda _facts: value
        case Name(parts, per):
            return lambda facts: facts.value(parts, per)
        case Now(None):
            return lambda facts: facts.now
        case Now(Duration() as duration, sign):
            return lambda facts: facts.shift(duration, sign)
        case Birthday():
            return lambda facts: facts.birthday()
        case Today(Duration() as steps, way):
            return lambda facts: facts.today(steps, way)
    return lambda facts: facts.today()


def _comparison(left: Reader, relation: Relation, right: Operand) -> Judge:
    if isinstance(right, Literal) and not isinstance(right.value, Money):
        return _comparison_with(left, relation, right.value)
    other = _reader(right)
    return lambda facts: compare(left(facts), relation, other(facts))


def _comparison_with(left: Reader, relation: Relation, constant: Value) -> Judge:
    kind = type(constant)

    def judge(facts: Facts) -> bool | None:
        value = left(facts)
        # Nearly every value has the constant's own type, and then nothing else needs a look.
        return relation(value, constant) if type(value) is kind else compare(value, relation, constant)

    return judge


def _in_words(left: Name, options: tuple[Literal, ...]) -> Judge | None:
    """A list of words as one look into a set; None if the list holds anything else."""
    words = frozenset(option.value for option in options)
    if not all(isinstance(word, str) for word in words):
        return None
    parts, per = left.parts, left.per

    def judge(facts: Facts) -> bool | None:
        value = facts.value(parts, per)
        return value in words if isinstance(value, str) else None

    return judge


def _known(left: Name, known: bool) -> Judge:
    parts, per = left.parts, left.per
    if known:
        return lambda facts: facts.value(parts, per) is not None
    return lambda facts: facts.value(parts, per) is None


def _contains(left: Name, text: str) -> Judge:
    parts, per = left.parts, left.per

    def judge(facts: Facts) -> bool | None:
        value = facts.value(parts, per)
        return text in value if isinstance(value, str) else None

    return judge


def _contrary(item: Judge) -> Judge:
    def judge(facts: Facts) -> bool | None:
        answer = item(facts)
        return None if answer is None else not answer

    return judge


def _all(items: list[Judge]) -> Judge:
    def judge(facts: Facts) -> bool | None:
        result: bool | None = True
        for item in items:
            answer = item(facts)
            if answer is False:
                return False
            if answer is None:
                result = None
        return result

    return judge


def _any(items: list[Judge]) -> Judge:
    def judge(facts: Facts) -> bool | None:
        result: bool | None = False
        for item in items:
            answer = item(facts)
            if answer:
                return True
            if answer is None:
                result = None
        return result

    return judge
