"""What a condition is made of: frozen values that print themselves as canonical text with `str`.

Every node keeps the `offset` of its token in the text, from 0. Two nodes are equal when they say the same, wherever
they stood.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, TypeAlias
from typing import Literal as OneOf

from simulator.words.clock import Duration
from simulator.words.vocabulary import Value

Operator: TypeAlias = OneOf["=", "!=", "<", "<=", ">", ">="]
OPERATORS: Final[dict[str, Operator]] = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass(frozen=True, slots=True)
class Name:
    """A field of this event (one part), of an object or of the activation; `per` is a system's id, `any` or None."""

    parts: tuple[str, ...]
    per: str | None = None
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return ".".join(self.parts) + (f" per {self.per}" if self.per else "")


@dataclass(frozen=True, slots=True)
class Literal:
    """A written value. `kind` is number, percent, money, flag, text (it was quoted), date, instant or word.

    `value` is the value in memory, except that an instant is still text until a condition is typed, when the zone is
    known; `text` is then what was written. A word is a choice, an id, a message or a place.
    """

    value: Value
    kind: str
    text: str = field(default="", compare=False)
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        if self.text:
            return self.text
        match self.kind:
            case "text":
                return '"' + str(self.value).replace("\\", "\\\\").replace('"', '\\"') + '"'
            case "flag":
                return "true" if self.value else "false"
            case "percent":
                return _plain(self.value).removesuffix(".0") + " %"
            case "number":
                return _plain(self.value)
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Now:
    """This instant, moved by `duration` forwards (`sign` 1) or backwards (-1)."""

    duration: Duration | None = None
    sign: int = 1
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return "now" if self.duration is None else f"now {'+' if self.sign > 0 else '-'} {self.duration}"


@dataclass(frozen=True, slots=True)
class Today:
    """The local date, moved by a calendar `duration` forwards (`sign` 1) or backwards (-1)."""

    duration: Duration | None = None
    sign: int = 1
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return "today" if self.duration is None else f"today {'+' if self.sign > 0 else '-'} {self.duration}"


@dataclass(frozen=True, slots=True)
class Birthday:
    """The date of the first birthday on or after today."""

    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return "birthday"


Subject: TypeAlias = Name | Now | Today | Birthday
Operand: TypeAlias = Subject | Literal


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left op right`; its offset is that of the operator. `left` is a Name, or one of the words for a time."""

    left: Subject
    op: Operator
    right: Operand
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}"


@dataclass(frozen=True, slots=True)
class Membership:
    """`left in (a, b)`: it equals one of the options, of which there is at least one."""

    left: Name
    options: tuple[Literal, ...]
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.left} in ({', '.join(map(str, self.options))})"


@dataclass(frozen=True, slots=True)
class Known:
    """`left is known`, or `left is unknown` when `known` is False. It is never unknown itself."""

    left: Name
    known: bool = True
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.left} is {'known' if self.known else 'unknown'}"


@dataclass(frozen=True, slots=True)
class Contains:
    """`left contains "text"`, letter by letter."""

    left: Name
    text: str
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.left} contains {Literal(self.text, 'text')}"


@dataclass(frozen=True, slots=True)
class And:
    """All of at least two items; its offset is that of the first `and`."""

    items: tuple[Condition, ...]
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return " and ".join(map(_bracketed, self.items))


@dataclass(frozen=True, slots=True)
class Or:
    """Any of at least two items; its offset is that of the first `or`."""

    items: tuple[Condition, ...]
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return " or ".join(map(_bracketed, self.items))


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of an item; of an unknown item it is unknown."""

    item: Condition
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"not {_bracketed(self.item)}"


Test: TypeAlias = Comparison | Membership | Known | Contains
Condition: TypeAlias = Test | And | Or | Not


@dataclass(frozen=True, slots=True)
class Pattern:
    """Events of one name, and if there is a condition only those for which it holds."""

    event: str
    condition: Condition | None = None
    offset: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return self.event if self.condition is None else f"{self.event} where {self.condition}"


def each_test(condition: Condition) -> Iterator[Test]:
    """Yield the single tests of a condition, in the order in which they are written."""
    match condition:
        case And(items) | Or(items):
            for item in items:
                yield from each_test(item)
        case Not(item):
            yield from each_test(item)
        case _:
            yield condition


def names(condition: Condition) -> Iterator[Name]:
    """Yield each Name that a condition mentions, in the order in which they are written, repeats included."""
    for test in each_test(condition):
        if isinstance(test.left, Name):
            yield test.left
        if isinstance(test, Comparison) and isinstance(test.right, Name):
            yield test.right


def speaks_of_time(condition: Condition) -> bool:
    """True if a condition names `now`, `today` or `birthday`: it may come true while nothing happens."""
    return any(
        isinstance(side, Now | Today | Birthday)
        for test in each_test(condition)
        for side in (test.left, test.right if isinstance(test, Comparison) else None)
    )


def _bracketed(item: Condition) -> str:
    return f"({item})" if isinstance(item, And | Or) else str(item)


def _plain(number: Value) -> str:
    """A number without an exponent, which the grammar does not know."""
    return format(Decimal(repr(number)), "f")
