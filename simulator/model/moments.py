"""Moments: the points in time that checks, journeys and stories speak of.

One is `opening of customer.shop on birthday, else 10:00 local on birthday`.
`parse_moment` makes a frozen tree in which every part keeps its offset in the text; `evaluate` asks a `Context` for
what the tree names. The grammar, in which `[ ]` may be left out:

    MOMENT  BASE [(+|-) DURATION]
    BASE    now | start | activation | an instant | object.field | activation.field
            TIME on DAY | start of DAY | end of DAY | end of MOMENT
            (opening|closing) of PLACE on DAY [(+|-) DURATION], else MOMENT
    TIME    08:00 local | 08:00 at PLACE
    DAY     today | next day | next working day | birthday | anniversary of object.field | a date | object.field
    PLACE   object.field | the id of a place

Four choices that the words alone leave open:

* `start of birthday - 15 days` is fifteen days before that start; so is `end of DAY - ...`. But `end of MOMENT` takes
  the whole moment: `end of activation + 5 working days` is the end of the fifth working day. A name after `end of` is
  a DAY where its value is a date, and a MOMENT where it is an instant.
* Days are the person's: `today` is the local day of `now` in the context's zone, and so are the days of names that
  hold an instant. Only the clock time is the place's in `10:00 at customer.shop on today` and in opening hours.
* `birthday` is the first anniversary of `customer.birth_date` on or after today, by the context's `leap_day`.
* A date where a moment is wanted means its first moment in the context's zone.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Protocol

from simulator.model.moment_tree import (
    Anniversary,
    Base,
    Day,
    DayLiteral,
    DayOfName,
    DayWord,
    EndOf,
    EndOfDay,
    Hours,
    Literal,
    Moment,
    Name,
    NameUse,
    PlaceId,
    StartOfDay,
    TimeOn,
    WallTime,
    Word,
)
from simulator.model.recurrence import Repeat, Window, parse_repeat, parse_window
from simulator.words import calendars, clock
from simulator.words.clock import Duration, Instant, Zone
from simulator.words.durations import scan_duration
from simulator.words.errors import ExpressionError, did_you_mean
from simulator.words.vocabulary import Value

__all__ = [
    "Anniversary", "Base", "Context", "Day", "DayLiteral", "DayOfName", "DayWord", "EndOf", "EndOfDay", "Hours",
    "Literal", "Moment", "Name", "NameUse", "PlaceHours", "PlaceId", "Repeat", "StartOfDay", "TimeOn", "WallTime",
    "Window", "Word", "evaluate", "parse_moment", "parse_repeat", "parse_wall_time", "parse_window",
]  # fmt: skip

BIRTH_DATE = ("customer", "birth_date")
"""The name behind the word `birthday`."""


# ----------------------------------------------------------------------------------------------------- evaluation


class PlaceHours(Protocol):
    """What a moment asks of a place; `simulator.words.calendars.OpeningHours` is one."""

    @property
    def zone(self) -> Zone:
        """The zone of its clocks."""

    def opening_on(self, day: date) -> Instant | None:
        """When it opens on a local day, if it does."""

    def closing_on(self, day: date) -> Instant | None:
        """When it closes after that, if it opens."""


class Context(Protocol):
    """What a moment is evaluated in: for a check the activation and its person, for a journey the person and now."""

    @property
    def now(self) -> Instant:
        """The instant of the activation, or the present one."""

    @property
    def start(self) -> Instant:
        """When the scenario starts."""

    @property
    def zone(self) -> Zone:
        """The person's zone."""

    @property
    def leap_day(self) -> str:
        """One of `clock.LEAP_DAYS`."""

    @property
    def country(self) -> str | None:
        """Whose public holidays are no working days; None: weekends only."""

    def value(self, name: tuple[str, ...]) -> Value | None:
        """The value of a dotted name (instant int, date text, place id text), or None while it is unknown."""

    def place(self, place_id: str) -> PlaceHours | None:
        """The hours of a place, or None if there is no such place."""


def evaluate(moment: Moment, context: Context) -> Instant | None:
    """The instant meant, in milliseconds UTC, or None while a name or place in it is unknown.

    A name whose value is no moment, day or place, and a step out of the calendar, are ExpressionErrors.
    """
    if isinstance(moment.base, EndOf):
        return _end_of(moment.base.moment, context)
    return _shifted(_base(moment.base, context), moment.shift, context)


def _shifted(instant: Instant | None, shift: Duration | None, context: Context) -> Instant | None:
    if instant is None or shift is None:
        return instant
    return clock.add(instant, shift, context.zone, calendars.holidays(context.country))


def _end_of(moment: Moment, context: Context) -> Instant | None:
    if isinstance(moment.base, Name) and isinstance(value := context.value(moment.base.path), str):
        end = context.zone.end_of_day(_date_in(value, moment.base))
        return _shifted(end, moment.shift, context)
    instant = evaluate(moment, context)
    return None if instant is None else context.zone.end_of_day(context.zone.local_date(instant))


def _base(base: Base, context: Context) -> Instant | None:
    if isinstance(base, Word):
        return context.start if base.word == "start" else context.now
    if isinstance(base, Literal):
        return base.written.resolve(context.zone) if base.instant is None else base.instant
    if isinstance(base, Name):
        day_or_instant = _held(base, context)
        return context.zone.start_of_day(day_or_instant) if isinstance(day_or_instant, date) else day_or_instant
    if isinstance(base, EndOf):
        return _end_of(base.moment, context)
    day = _day(base.day, context)
    if day is None:
        return None
    if isinstance(base, StartOfDay):
        return context.zone.start_of_day(day)
    if isinstance(base, EndOfDay):
        return context.zone.end_of_day(day)
    return _time_on(base, day, context) if isinstance(base, TimeOn) else _hours(base, day, context)


def _time_on(base: TimeOn, day: date, context: Context) -> Instant | None:
    if base.time.place is None:
        return context.zone.at(day, base.time.time_of_day)
    place = _place(base.time.place, context)
    return None if place is None else place.zone.at(day, base.time.time_of_day)


def _hours(base: Hours, day: date, context: Context) -> Instant | None:
    place = _place(base.place, context)
    if place is None:
        return None
    instant = place.opening_on(day) if base.edge == "opening" else place.closing_on(day)
    return evaluate(base.otherwise, context) if instant is None else _shifted(instant, base.shift, context)


def _place(place: Name | PlaceId, context: Context) -> PlaceHours | None:
    if isinstance(place, PlaceId):
        return context.place(place.id)
    held = context.value(place.path)
    if held is None:
        return None
    if not isinstance(held, str):
        raise ExpressionError(f"'{place}' is {held}, which is not a place.", place.offset)
    return context.place(held)


def _day(day: Day, context: Context) -> date | None:
    if isinstance(day, DayLiteral):
        return day.day
    if isinstance(day, DayOfName):
        held = _held(day.name, context)
        return context.zone.local_date(held) if isinstance(held, int) else held
    today = context.zone.local_date(context.now)
    if isinstance(day, Anniversary):
        first = _held(day.name, context)
        first = context.zone.local_date(first) if isinstance(first, int) else first
        return None if first is None else clock.next_anniversary(first, today, context.leap_day)
    if day.word == "next working day":
        return calendars.next_working_day(today, context.country)
    return today if day.word == "today" else today + timedelta(days=1)


def _held(name: Name, context: Context) -> date | Instant | None:
    value = context.value(name.path)
    if isinstance(value, str):
        return _date_in(value, name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ExpressionError(f"'{name}' is {value}, which is neither a date nor an instant.", name.offset)


def _date_in(value: str, name: Name) -> date:
    try:
        return clock.parse_date(value)
    except ExpressionError as error:
        raise ExpressionError(f"'{name}': {error}", name.offset) from None


# ------------------------------------------------------------------------------------------------------ reading

_NAME = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?![\w:])")
_SIGN = re.compile(r"[+-](?=[ 0-9])")
_BASES = ("now", "start", "activation", "start of", "end of", "opening of", "closing of")
_DAYS = ("today", "next day", "next working day", "birthday", "anniversary of")
_DEEPEST = 8


def parse_moment(text: str, zone: Zone | None = None) -> Moment:
    """Read a moment. With `zone`, instants that name no zone are settled in it now; else in the context's, later.

    What cannot be read is an ExpressionError with the offset of the word and what to write.
    """
    reader = _Reader(text, zone)
    moment = reader.moment()
    reader.finish("moment")
    return moment


def parse_wall_time(text: str) -> WallTime:
    """Read `08:00 local` or `08:00 at customer.shop`: a time of day and whose clock shows it."""
    reader = _Reader(text, None)
    time = reader.wall_time()
    reader.finish("time of day")
    return time


class _Reader:
    """Reads one text from left to right; `position` is where it has come to."""

    def __init__(self, text: str, zone: Zone | None) -> None:
        self.text = text
        self.zone = zone
        self.position = 0
        self.depth = 0

    def moment(self) -> Moment:
        start = self._skip()
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ExpressionError(f"a moment may hold others, but not more than {_DEEPEST} deep. Write fewer.", start)
        base = self._base(start)
        shift = self._shift()
        self.depth -= 1
        return Moment(base, shift, self._since(start), start)

    def wall_time(self) -> WallTime:
        start = self._skip()
        found = _CLOCK.match(self.text, start)
        if found is None:
            raise self._refusal("a time of day", "Write '08:00 local' or '08:00 at customer.shop'.")
        self.position = found.end()
        time_of_day = clock.parse_time_of_day(found[0], start)
        if self._take("local"):
            return WallTime(time_of_day, None, start)
        if self._take("at"):
            return WallTime(time_of_day, self._place(), start)
        remedy = f"Write '{found[0]} local' (the person's) or '{found[0]} at customer.shop'."
        raise ExpressionError(f"'{found[0]}' on whose clock? {remedy}", start)

    def finish(self, what: str) -> None:
        start = self._skip()
        rest = self.text[start:].rstrip()
        if not rest:
            return
        remedy = f"Nothing may follow this {what}."
        if re.match(r",? *else\b", rest):
            remedy = "Only 'opening of ...' and 'closing of ...' take an else."
        elif rest[0] in "+-":
            remedy = "One duration may follow: write '+ 1 day 2 h'."
        raise ExpressionError(f"unexpected '{rest}' after '{self.text[:start].strip()}'. {remedy}", start)

    def _base(self, start: int) -> Base:
        if _CLOCK.match(self.text, start):
            time = self.wall_time()
            if not self._take("on"):
                raise ExpressionError(f"'{self._since(start)}' of which day? Add 'on today' or another day.", start)
            return TimeOn(time, self._day(), start)
        written = clock.scan_instant(self.text, start)
        if written is not None:
            return self._literal(written)
        word = self._word()
        if word in ("start", "end", "opening", "closing") and self._take("of"):
            return self._of(word, start)
        if word in ("now", "start", "activation"):
            return Word(word, start)
        if "." in word:
            return Name(tuple(word.split(".")), start)
        self.position = start
        hint = did_you_mean(word, _BASES) or f". Write {', '.join(_BASES)}, a time on a day, an instant or object.field"
        if day := re.match(r"(today|birthday|next day|next working day)\b", self.text[start:]):
            hint = f": it is a day. Write 'start of {day[0]}', 'end of {day[0]}' or '08:00 local on {day[0]}'"
        elif re.match(r"[0-9]+ *[a-z]", self.text[start:]):
            hint = f": it is a duration. Write 'now + {self.text[start:].strip()}'"
        elif re.match(r"[0-9]", self.text[start:]):
            hint = ". Write an instant as '2025-11-14 08:07'"
        raise self._refusal("a moment", f"{hint}.")

    def _of(self, word: str, start: int) -> Base:
        if word == "start":
            return StartOfDay(self._day(), start)
        if word != "end":
            return self._hours(word, start)
        inner = self._skip()
        written = clock.scan_instant(self.text, inner)
        bare_date = written is not None and written.time_of_day is None and written.zone is None
        if bare_date or self._peek() in ("today", "next", "birthday", "anniversary"):
            return EndOfDay(self._day(), start)
        return EndOf(self.moment(), start)

    def _hours(self, edge: str, start: int) -> Hours:
        place = self._place()
        if not self._take("on"):
            raise ExpressionError(f"'{self._since(start)}' on which day? Add 'on today' or another day.", start)
        day_at = self._skip()
        day = self._day()
        named = self._since(day_at)
        shift = self._shift()
        so_far = self._since(start)
        comma = self._take(",")
        if not self._take("else"):
            why = f"{place} may be closed that day"
            raise ExpressionError(f"'{so_far}' may not exist: {why}. Add ', else 10:00 local on {named}'.", start)
        if not comma:
            raise ExpressionError(f"a comma is missing before 'else'. Write '{so_far}, else ...'.", self.position - 4)
        return Hours(edge, place, day, shift, self.moment(), start)

    def _literal(self, written: clock.WrittenInstant) -> Literal:
        self.position = written.end
        instant = None
        if written.zone is not None or written.offset is not None:
            instant = written.resolve(clock.zone("UTC"))
        elif self.zone is not None:
            instant = written.resolve(self.zone)
        return Literal(written, instant, written.start)

    def _day(self) -> Day:
        start = self._skip()
        written = clock.scan_instant(self.text, start)
        if written is not None:
            self.position = written.end
            if written.time_of_day is not None or written.zone is not None:
                raise ExpressionError(f"'{self._since(start)}' is no day. Write '{written.day}'.", start)
            return DayLiteral(written.day, start)
        word = self._word()
        if word == "today":
            return DayWord("today", start)
        if word == "birthday":
            return Anniversary(Name(BIRTH_DATE, start), start)
        if word == "next" and (self._take("day") or (self._take("working") and self._take("day"))):
            return DayWord(" ".join(self._since(start).split()), start)
        if word == "anniversary" and self._take("of"):
            named = self._skip()
            path = self._word()
            if "." in path:
                return Anniversary(Name(tuple(path.split(".")), named), start)
            self.position = named
            raise self._refusal("the name of a date", "Write 'anniversary of customer.birth_date'.")
        if "." in word:
            return DayOfName(Name(tuple(word.split(".")), start), start)
        self.position = start
        if word in ("now", "activation"):
            raise self._refusal("a day", "It is a moment. Write 'today'.")
        raise self._refusal(
            "a day", did_you_mean(word, _DAYS) or f". Write {', '.join(_DAYS)}, 2025-11-14 or object.date."
        )

    def _place(self) -> Name | PlaceId:
        start = self._skip()
        word = self._word()
        if not word or word in ("on", "else"):
            self.position = start
            raise self._refusal("a place", "Write 'customer.shop' or the id of a place.")
        return Name(tuple(word.split(".")), start) if "." in word else PlaceId(word, start)

    def _shift(self) -> Duration | None:
        start = self._skip()
        if not _SIGN.match(self.text, start):
            return None
        self.position = start + 1
        duration, self.position = scan_duration(self.text, self._skip())
        return -duration if self.text[start] == "-" else duration

    def _skip(self) -> int:
        """Step over spaces and return the position."""
        while self.text[self.position : self.position + 1].isspace():
            self.position += 1
        return self.position

    def _peek(self) -> str:
        found = _NAME.match(self.text, self._skip())
        return found[0] if found else ""

    def _word(self) -> str:
        """Take the word or dotted name that comes next; an empty text if none does."""
        word = self._peek()
        self.position += len(word)
        return word

    def _take(self, expected: str) -> bool:
        """Take this word (or comma) if it comes next."""
        taken = self.text.startswith(",", self._skip()) if expected == "," else self._peek() == expected
        if taken:
            self.position += len(expected)
        return taken

    def _since(self, start: int) -> str:
        return self.text[start : self.position].rstrip()

    def _refusal(self, wanted: str, remedy: str) -> ExpressionError:
        start = self._skip()
        written = re.split(r",| +(?:on|else)\b", self.text[start:], maxsplit=1)[0].strip()
        said = f"'{written}' is not {wanted}" if written else f"{wanted} is missing"
        glue = "" if remedy[0] in ".: " else ". "
        end = "" if remedy.endswith((".", "?")) else "."
        return ExpressionError(f"{said}{glue}{remedy}{end}", start)
