"""Time: instants, durations, zones, and the ways in which people write them.

Inside, time is integer milliseconds UTC; calendars live at the edge, here. Three rules hold everywhere:

* A calendar step keeps the wall clock (`1 day`), an exact one counts milliseconds (`24 h`).
* A wall-clock time that a clock change skips (a gap) means the first moment after the gap; one that happens twice
  (a fold) means the first of the two. Only where a person writes a full date and time is either of them an error.
* Days, windows and periods are half-open: a day ends where the next one starts.

Zone data come from the `tzdata` package, never from the machine, so that a run is the same everywhere.
"""

from __future__ import annotations

import calendar
import re
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple

import whenever

from simulator.words.durations import DAY, EXACT_UNITS, HOUR, MINUTE, SECOND, Duration, counted, parse_duration
from simulator.words.errors import ExpressionError, did_you_mean

__all__ = [
    "DAY",
    "HOUR",
    "LEAP_DAYS",
    "MINUTE",
    "SECOND",
    "Duration",
    "Holidays",
    "Instant",
    "WrittenInstant",
    "Zone",
    "add",
    "anniversary",
    "from_iso",
    "iso",
    "move",
    "next_anniversary",
    "next_time_of_day",
    "parse_date",
    "parse_duration",
    "parse_instant",
    "parse_time_of_day",
    "scan_instant",
    "spoken",
    "spoken_span",
    "zone",
]

Instant = int
"""Milliseconds since 1970-01-01 00:00 UTC."""

Holidays = Callable[[date], bool]
"""Tells whether a day is a public holiday; `simulator.words.calendars.holidays` makes one."""

LEAP_DAYS = ("28 February", "1 March")
"""Where someone born on 29 February may have the birthday in the other years."""

_EPOCH = date(1970, 1, 1).toordinal()
_FIRST, _LAST = (date(1, 1, 2).toordinal() - _EPOCH) * DAY, (date(9999, 12, 30).toordinal() - _EPOCH) * DAY
_TABLE_FROM = whenever.Instant.from_utc(1900, 1, 1)
_TABLE_TO = whenever.Instant.from_utc(2101, 1, 1)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


# -------------------------------------------------------------------------------------------------------- zones


class Zone:
    """A time zone: a table of the offsets in force from 1900 to 2100; before and after, its first and last offset hold.

    `starts[i]` is the instant from which `offsets[i]` (milliseconds east of UTC) is in force. `zone(name)` makes one.
    """

    __slots__ = ("_wall_ends", "name", "offsets", "starts")

    def __init__(self, name: str, changes: list[tuple[Instant, int]]) -> None:
        self.name = name
        self.starts = tuple(start for start, _ in changes)
        self.offsets = tuple(offset for _, offset in changes)
        # What the wall clock shows when each offset ends. It grows all along, so that one bisection finds the *first*
        # offset under which a wall clock can have shown a given time.
        self._wall_ends = tuple(end + offset for end, offset in zip(self.starts[1:], self.offsets, strict=False))

    def __repr__(self) -> str:
        return f"zone({self.name!r})"

    def __reduce__(self) -> tuple[Callable[[str], Zone], tuple[str]]:
        return zone, (self.name,)

    def offset_ms(self, instant: Instant) -> int:
        """How far the wall clock is ahead of UTC, in milliseconds."""
        return self.offsets[bisect_right(self.starts, instant) - 1]

    def wall(self, instant: Instant) -> int:
        """What the wall clock shows, in milliseconds since 1970-01-01 00:00 on that clock."""
        return instant + self.offsets[bisect_right(self.starts, instant) - 1]

    def local_date(self, instant: Instant) -> date:
        """The date the wall calendar shows."""
        return date.fromordinal(_EPOCH + self.wall(instant) // DAY)

    def local_time_ms(self, instant: Instant) -> int:
        """What the wall clock shows, in milliseconds since its midnight."""
        return self.wall(instant) % DAY

    def at(self, day: date, time_of_day_ms: int) -> Instant:
        """When the wall clock shows this: in a gap the first moment after it, in a fold the first of the two."""
        return self.at_wall((day.toordinal() - _EPOCH) * DAY + time_of_day_ms)

    def at_wall(self, wall: int) -> Instant:
        """As `at`, for milliseconds since 1970-01-01 00:00 on the wall clock."""
        index = bisect_right(self._wall_ends, wall)
        instant, start = wall - self.offsets[index], self.starts[index]
        return max(instant, start)

    def start_of_day(self, day: date) -> Instant:
        """The first moment of a local day."""
        return self.at_wall((day.toordinal() - _EPOCH) * DAY)

    def end_of_day(self, day: date) -> Instant:
        """The first moment of the next local day: days are half-open."""
        return self.at_wall((day.toordinal() - _EPOCH + 1) * DAY)

    def is_gap(self, day: date, time_of_day_ms: int) -> bool:
        """True if a clock change skips this time."""
        wall = (day.toordinal() - _EPOCH) * DAY + time_of_day_ms
        index = bisect_right(self._wall_ends, wall)
        return wall - self.offsets[index] < self.starts[index]

    def is_fold(self, day: date, time_of_day_ms: int) -> bool:
        """True if a clock change makes this time happen twice."""
        wall = (day.toordinal() - _EPOCH) * DAY + time_of_day_ms
        following = bisect_right(self._wall_ends, wall) + 1
        return following < len(self.starts) and wall - self.offsets[following] >= self.starts[following]


@cache
def zone(name: str) -> Zone:
    """The zone of an IANA name, `Europe/Rome`; its table is built once. Unknown names are ExpressionErrors."""
    with _pinned_zone_data(name):
        known = whenever.available_timezones()
        if name not in known:
            raise ExpressionError(f"unknown time zone '{name}'{did_you_mean(name, sorted(known))}")
        clock = _TABLE_FROM.to_tz(name)
        changes = [(_FIRST - DAY, int(clock.offset.total("milliseconds")))]
        following = clock.next_transition()
        while following is not None and following < _TABLE_TO:
            offset = int(following.offset.total("milliseconds"))
            if offset != changes[-1][1]:
                changes.append((following.timestamp() * SECOND, offset))
            following = following.next_transition()
    return Zone(name, changes)


_pinning = threading.Lock()


@contextmanager
def _pinned_zone_data(name: str) -> Iterator[None]:
    """Let `whenever` read the installed `tzdata` and not this machine's files, and leave it as it was."""
    with _pinning:
        before = whenever.get_tzpath()
        whenever.reset_tzpath(())
        whenever.clear_tzcache(only_keys=[name])
        try:
            yield
        finally:
            whenever.reset_tzpath(before)
            whenever.clear_tzcache(only_keys=[name])


# --------------------------------------------------------------------------------------------------- arithmetic


def add(instant: Instant, duration: Duration, zone: Zone, holidays: Holidays | None = None, sign: int = 1) -> Instant:
    """Step `sign` times `duration` from `instant`: years and months, days, working days, then the exact part.

    The calendar part keeps the wall clock: 31 January + 1 month is 28 (or 29) February; a gap means its end, a fold the
    first of the two. Working days skip Saturdays, Sundays and `holidays`. A result outside the years 1 to 9999 is an
    ExpressionError.
    """
    if duration.is_calendar:
        days, time_of_day = divmod(zone.wall(instant), DAY)
        instant = zone.at(move(date.fromordinal(_EPOCH + days), duration, holidays, sign), time_of_day)
    instant += sign * duration.ms
    if not _FIRST <= instant <= _LAST:
        raise ExpressionError(f"'{duration}' leads out of the calendar, whose years are 1 to 9999.")
    return instant


def move(day: date, duration: Duration, holidays: Holidays | None = None, sign: int = 1) -> date:
    """The day that lies `sign` times the calendar part of a duration away. Beyond years 1 to 9999: ExpressionError."""
    try:
        return _step(day, duration, holidays, sign)
    except (ValueError, OverflowError):
        raise ExpressionError(f"'{duration}' leads out of the calendar, whose years are 1 to 9999.") from None


def _step(day: date, duration: Duration, holidays: Holidays | None, sign: int) -> date:
    months = sign * (duration.years * 12 + duration.months)
    if months:
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        day = date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    if duration.days:
        day += timedelta(days=sign * duration.days)
    working = sign * duration.working_days
    step = timedelta(days=1 if working > 0 else -1)
    for _ in range(abs(working)):
        day += step
        while day.weekday() >= 5 or (holidays is not None and holidays(day)):
            day += step
    return day


def next_time_of_day(instant: Instant, time_of_day_ms: int, zone: Zone) -> Instant:
    """The first instant at or after `instant` whose wall clock shows this time, once a day (gap and fold as in `at`).

    A day that the calendar of the zone skips altogether (30 December 2011 in Samoa) has no such instant.
    """
    index = bisect_right(zone.starts, instant) - 1
    wall = instant + zone.offsets[index]
    found = instant + (time_of_day_ms - wall) % DAY
    if instant - zone.starts[index] >= DAY and (index + 1 == len(zone.starts) or found < zone.starts[index + 1]):
        return found  # as nearly always, no clock change is near
    midnight = wall // DAY * DAY
    # The day before comes first: its time may lie in a gap that ends just now.
    for start in range(midnight - DAY, midnight + 4 * DAY, DAY):
        found = zone.at_wall(start + time_of_day_ms)
        if found >= instant and zone.at_wall(start) != zone.at_wall(start + DAY):
            return found
    raise AssertionError("no zone skips three days")


def anniversary(month: int, day: int, year: int, leap_day: str) -> date:
    """The anniversary in `year` of something of that month and day; 29 February follows `leap_day` in a common year."""
    if (month, day) != (2, 29) or calendar.isleap(year):
        return date(year, month, day)
    if leap_day not in LEAP_DAYS:
        raise ExpressionError(f"unknown leap_day '{leap_day}'. Write '28 February' or '1 March'.")
    return date(year, 2, 28) if leap_day == "28 February" else date(year, 3, 1)


def next_anniversary(birth: date, on_or_after: date, leap_day: str) -> date:
    """The first anniversary of `birth` on or after a day. The day itself is none: the first is a year later."""
    year = max(on_or_after.year, birth.year + 1)
    found = anniversary(birth.month, birth.day, year, leap_day)
    return found if found >= on_or_after else anniversary(birth.month, birth.day, year + 1, leap_day)


# ------------------------------------------------------------------------------------------------------ reading

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_INSTANT = re.compile(
    rf"(?P<day>{_DATE.pattern})(?: (?P<time>[0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}})?)"
    r"(?: (?P<offset>[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?))?)?(?: (?P<zone>[A-Za-z][A-Za-z0-9_+/-]*))?(?![\w:.])"
)


class WrittenInstant(NamedTuple):
    """An instant as somebody wrote it: a day, perhaps a time (ms), an offset (ms) or a zone's name, and its extent."""

    day: date
    time_of_day: int | None
    offset: int | None
    zone: str | None
    start: int
    end: int

    def resolve(self, zone_if_unsaid: Zone) -> Instant:
        """The instant meant; a gap, a fold without offset, or a day that a zone skips is an ExpressionError."""
        time_of_day = self.time_of_day or 0
        if self.offset is not None:
            return (self.day.toordinal() - _EPOCH) * DAY + time_of_day - self.offset
        where = zone_if_unsaid if self.zone is None else zone(self.zone)
        if self.time_of_day is None:
            if where.start_of_day(self.day) == where.end_of_day(self.day):
                rule = f"does not exist in {where.name}: its calendar skips that day"
                raise ExpressionError(f"{self.day} {rule}. Write the day before or after it.", self.start)
            return where.start_of_day(self.day)
        _refuse_clock_change(self, where)
        return where.at(self.day, time_of_day)


def parse_instant(text: str, zone: Zone) -> Instant:
    """Read `2025-11-14` (its first moment) or `2025-11-14 08:07[:30]`, with a zone or offset behind or not.

    `zone` holds where the text names none. A time that a clock change skips or repeats is an ExpressionError that asks
    for the offset.
    """
    start = len(text) - len(text.lstrip())
    written = scan_instant(text, start)
    if written is None or text[written.end :].strip():
        raise ExpressionError(f"'{text.strip()}' is not an instant. {_instant_remedy(text.strip())}", start)
    return written.resolve(zone)


def scan_instant(text: str, start: int) -> WrittenInstant | None:
    """Read the instant that begins at `start` without resolving it; None if none begins there."""
    found = _INSTANT.match(text, start)
    if found is None:
        return None
    day = parse_date(found["day"], start)
    time_of_day = None if found["time"] is None else parse_time_of_day(found["time"], found.start("time"))
    offset = None
    if found["offset"] is not None:
        sign, hours, minutes, seconds = _OFFSET.fullmatch(found["offset"]).groups("0")  # type: ignore[union-attr]  # it matched before
        offset = int(f"{sign}1") * (int(hours) * HOUR + int(minutes) * MINUTE + int(seconds) * SECOND)
    return WrittenInstant(day, time_of_day, offset, found["zone"], start, found.end())


def _refuse_clock_change(written: WrittenInstant, where: Zone) -> None:
    day, time_of_day = written.day, written.time_of_day or 0
    local = f"{day} {_clock(time_of_day)}"
    if where.is_gap(day, time_of_day):
        change = where.at(day, time_of_day)
        before, after = where.offset_ms(change - 1), where.offset_ms(change)
        raise ExpressionError(
            f"{local} does not exist in {where.name} (clocks go from {_clock((change + before) % DAY)} to "
            f"{_clock((change + after) % DAY)}). Write the offset: '{local} {_offset_text(before)}'.",
            written.start,
        )
    if where.is_fold(day, time_of_day):
        first = where.at(day, time_of_day)
        change = where.starts[bisect_right(where.starts, first)]
        before, after = where.offset_ms(change - 1), where.offset_ms(change)
        raise ExpressionError(
            f"{local} happens twice in {where.name} (clocks go back from {_clock((change + before) % DAY)} to "
            f"{_clock((change + after) % DAY)}). Write the offset: '{local} {_offset_text(before)}' for the first, "
            f"'{local} {_offset_text(after)}' for the second.",
            written.start,
        )


def _instant_remedy(text: str) -> str:
    spaced = re.sub(r"(?<=[0-9])[Tt](?=[0-9])", " ", text)
    spaced = re.sub(r"(?<=[0-9]) ?[Zz]$", " +00:00", spaced)
    spaced = re.sub(r"(?<=:[0-9]{2})([+-][0-9]{2}:)", r" \1", spaced)
    if spaced != text and _INSTANT.fullmatch(spaced):
        return f"Write '{spaced}'."
    return "Write '2025-11-14', '2025-11-14 08:07', '2025-11-14 08:07 Europe/Rome' or '2025-11-14 08:07 +01:00'."


def parse_date(text: str, offset: int = 0) -> date:
    """Read `2025-11-14`; `offset` is where the text stands, for the error."""
    written = text.strip()
    if not _DATE.fullmatch(written):
        raise ExpressionError(f"'{written}' is not a date. Write year, month and day: '2025-11-14'.", offset)
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ExpressionError(f"'{written}' is not a day of the calendar.", offset) from None


def parse_time_of_day(text: str, offset: int = 0) -> int:
    """Read `08:00` or `08:00:30` as milliseconds since midnight, below 24 h."""
    written = text.strip()
    found = _TIME.fullmatch(written)
    hours, minutes, seconds = (int(part) for part in found.groups("0")) if found else (24, 0, 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        padded = _TIME.fullmatch(f"0{written}")
        remedy = f"Write '0{written}'." if padded else "Write hours and minutes, from '00:00' to '23:59'."
        raise ExpressionError(f"'{written}' is not a time of day. {remedy}", offset)
    return hours * HOUR + minutes * MINUTE + seconds * SECOND


# ------------------------------------------------------------------------------------------------------ writing


def iso(instant: Instant, zone: Zone) -> str:
    """ISO 8601 with the offset: `2025-11-14T08:07:00+01:00`; milliseconds only when there are any."""
    wall = zone.wall(instant)
    day, time_of_day = divmod(wall, DAY)
    seconds, ms = divmod(time_of_day, SECOND)
    fraction = f".{ms:03d}" if ms else ""
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{_iso_day(day)}T{clock}{fraction}{_offset_text(wall - instant)}"


def from_iso(text: str) -> Instant:
    """Read back what `iso` wrote, or any ISO 8601 date and time with an offset (below a millisecond is cut off)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901  only its parts are read, never as a moment
    offset = moment.utcoffset()
    if offset is None:
        raise ExpressionError(f"'{text}' is not an ISO 8601 date and time with an offset: '2025-11-14T08:07:00+01:00'.")
    midnight = (moment.toordinal() - _EPOCH) * DAY
    time_of_day = moment.hour * HOUR + moment.minute * MINUTE + moment.second * SECOND + moment.microsecond // 1000
    return midnight + time_of_day - offset // timedelta(milliseconds=1)


def spoken(instant: Instant, zone: Zone) -> str:
    """For people: `Fri 14 Nov 2025 08:07`, with seconds only when there are any. The same in every locale."""
    day = zone.local_date(instant)
    name, month = _WEEKDAYS[day.weekday()], _MONTHS[day.month - 1]
    return f"{name} {day.day} {month} {day.year} {_clock(zone.local_time_ms(instant))}"


def spoken_span(ms: int) -> str:
    """For people: `22 h 7 min`, `3 days 2 h`: the two largest units, the rest cut off.

    Days are counted from 48 h on, because below that `1 day` and `24 h` would be taken for each other.
    """
    sign, rest = ("-", -ms) if ms < 0 else ("", ms)
    words: list[str] = []
    units = (("day", DAY), *EXACT_UNITS.items()) if rest >= 2 * DAY else tuple(EXACT_UNITS.items())
    for unit, length in units:
        count, rest = divmod(rest, length)
        if not count and not words:
            continue
        words.append("" if not count else counted(count, unit) if unit == "day" else f"{count} {unit}")
        if len(words) == 2:
            break
    return sign + (" ".join(filter(None, words)) or "0 min")


def _clock(time_of_day: int) -> str:
    seconds = time_of_day // SECOND
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    return f"{clock}:{seconds % 60:02d}" if seconds % 60 else clock


@lru_cache(maxsize=4096)
def _iso_day(day: int) -> str:
    return date.fromordinal(_EPOCH + day).isoformat()


@lru_cache(maxsize=256)
def _offset_text(offset: int) -> str:
    """`+01:00`; old local mean times have seconds too."""
    return f"{'-' if offset < 0 else '+'}{_clock(abs(offset))}"
