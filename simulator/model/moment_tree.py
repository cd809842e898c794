"""The tree of a moment: frozen values, each with the offset of its first word in the text it was read from.

`simulator.model.moments` reads and evaluates them, and tells the grammar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from simulator.words.clock import Duration, Instant, WrittenInstant


class NameUse(NamedTuple):
    """A dotted name in a moment: where it stands, and the kinds of field that fit there (see `vocabulary.KINDS`)."""

    path: tuple[str, ...]
    offset: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """`order.promised_at`: a dotted name."""

    path: tuple[str, ...]
    offset: int

    def __str__(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class PlaceId:
    """`boutique-lyon`: a place by its id."""

    id: str
    offset: int

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class DayWord:
    """`today`, `next day` or `next working day`."""

    word: str
    offset: int


@dataclass(frozen=True, slots=True)
class DayLiteral:
    """`2025-11-14`."""

    day: date
    offset: int


@dataclass(frozen=True, slots=True)
class DayOfName:
    """`offer.valid_until`: the date a name holds, or the local day of its instant."""

    name: Name
    offset: int


@dataclass(frozen=True, slots=True)
class Anniversary:
    """`birthday`, `anniversary of contract.signed_on`: the first one on or after today."""

    name: Name
    offset: int


Day = DayWord | DayLiteral | DayOfName | Anniversary


@dataclass(frozen=True, slots=True)
class WallTime:
    """`08:00 local` (no place) or `08:00 at customer.shop`; `time_of_day` in milliseconds since midnight."""

    time_of_day: int
    place: Name | PlaceId | None
    offset: int


@dataclass(frozen=True, slots=True)
class Word:
    """`now`, `start` or `activation` (which is the context's `now`)."""

    word: str
    offset: int


@dataclass(frozen=True, slots=True)
class Literal:
    """An instant as written; `instant` where the text, or the zone given to the parser, settles it."""

    written: WrittenInstant
    instant: Instant | None
    offset: int


@dataclass(frozen=True, slots=True)
class TimeOn:
    """`08:00 local on birthday`."""

    time: WallTime
    day: Day
    offset: int


@dataclass(frozen=True, slots=True)
class StartOfDay:
    """`start of birthday`."""

    day: Day
    offset: int


@dataclass(frozen=True, slots=True)
class EndOfDay:
    """`end of birthday`: the first moment of the day after it."""

    day: Day
    offset: int


@dataclass(frozen=True, slots=True)
class EndOf:
    """`end of activation + 5 working days`: the end of the local day of a moment."""

    moment: Moment
    offset: int


@dataclass(frozen=True, slots=True)
class Hours:
    """`opening of customer.shop on birthday - 1 h, else ...`; `shift` moves the opening, never the other moment."""

    edge: str
    place: Name | PlaceId
    day: Day
    shift: Duration | None
    otherwise: Moment
    offset: int


Base = Word | Literal | Name | TimeOn | StartOfDay | EndOfDay | EndOf | Hours


@dataclass(frozen=True, slots=True)
class Moment:
    """A base and how far away from it; `text` is how its author wrote it."""

    base: Base
    shift: Duration | None
    text: str
    offset: int

    def __str__(self) -> str:
        return self.text

    def names(self) -> Iterator[NameUse]:
        """Every dotted name used, in the order of the text, with the kinds of field that fit."""
        base = self.base
        if isinstance(base, Name):
            yield NameUse(base.path, base.offset, ("instant", "date"))
        if isinstance(base, EndOf):
            yield from base.moment.names()
        if isinstance(base, TimeOn):
            yield from _place_names(base.time.place)
        if isinstance(base, Hours):
            yield from _place_names(base.place)
        if isinstance(base, TimeOn | StartOfDay | EndOfDay | Hours):
            yield from _day_names(base.day)
        if isinstance(base, Hours):
            yield from base.otherwise.names()

    def places(self) -> Iterator[PlaceId]:
        """Every place named by its id, in the order of the text."""
        base = self.base
        place = base.time.place if isinstance(base, TimeOn) else base.place if isinstance(base, Hours) else None
        if isinstance(place, PlaceId):
            yield place
        if isinstance(base, EndOf):
            yield from base.moment.places()
        if isinstance(base, Hours):
            yield from base.otherwise.places()


def _place_names(place: Name | PlaceId | None) -> Iterator[NameUse]:
    if isinstance(place, Name):
        yield NameUse(place.path, place.offset, ("place",))


def _day_names(day: Day) -> Iterator[NameUse]:
    if isinstance(day, Anniversary):
        yield NameUse(day.name.path, day.name.offset, ("date",))
    if isinstance(day, DayOfName):
        yield NameUse(day.name.path, day.name.offset, ("date", "instant"))
