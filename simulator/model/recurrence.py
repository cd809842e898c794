"""What comes again: repeats (`daily at 02:00`) and the windows in which things are counted (`7 days rolling`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from simulator.words.clock import (
    Duration,
    Instant,
    Zone,
    next_time_of_day,
    parse_duration,
    parse_time_of_day,
)
from simulator.words.errors import ExpressionError, did_you_mean

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PERIODS = ("day", "week", "month", "year")

_MONDAY = date(1970, 1, 5)
_REPEAT = re.compile(
    r"(?:(?P<daily>daily)|every (?P<days>[0-9]{1,3}) days|every (?:(?P<weeks>[0-9]{1,3}) weeks|week) on (?P<on>.+?))"
    r" at (?P<time>\S+)"
)
_REPEAT_HINT = "Write 'daily at 02:00', 'every 3 days at 02:00' or 'every 2 weeks on Tue Thu at 10:00'."


@dataclass(frozen=True, slots=True)
class Repeat:
    """Every `days` days, or every `weeks` weeks on `weekdays` (0 is Monday), at a time of day in milliseconds.

    Exactly one of `days` and `weeks` is not 0. A gap and a fold follow `Zone.at`: each day has the time once.
    """

    days: int
    weeks: int
    weekdays: tuple[int, ...]
    time_of_day: int

    def __str__(self) -> str:
        seconds = self.time_of_day // 1000
        at = f"at {seconds // 3600:02d}:{seconds // 60 % 60:02d}" + (f":{seconds % 60:02d}" if seconds % 60 else "")
        if self.days:
            return f"daily {at}" if self.days == 1 else f"every {self.days} days {at}"
        on = " ".join(WEEKDAYS[day] for day in self.weekdays)
        return f"every week on {on} {at}" if self.weeks == 1 else f"every {self.weeks} weeks on {on} {at}"

    def falls_on(self, day: date, first: date = _MONDAY) -> bool:
        """True if the repeat has a turn on that day, the day (or the week) of `first` being one that counts."""
        if self.days:
            return (day - first).days % self.days == 0
        monday = first - timedelta(days=first.weekday())
        return day.weekday() in self.weekdays and (day - monday).days // 7 % self.weeks == 0

    def next_after(self, instant: Instant, zone: Zone, first: date = _MONDAY) -> Instant:
        """The first turn strictly after `instant`.

        `first` settles which days or weeks count where they are not all alike: give the local day on which the scenario
        starts. Without it they are counted from Monday 5 January 1970.
        """
        if self.days == 1:
            return next_time_of_day(instant + 1, self.time_of_day, zone)
        day = zone.local_date(instant) - timedelta(days=1)
        while True:
            if self.falls_on(day, first) and zone.start_of_day(day) != zone.end_of_day(day):
                found = zone.at(day, self.time_of_day)
                if found > instant:
                    return found
            day += timedelta(days=1)


def parse_repeat(text: str) -> Repeat:
    """Read `daily at 02:00`, `every 3 days at 02:00`, `every week on Mon at ...`, `every 2 weeks on Tue Thu at ...`."""
    found = _REPEAT.fullmatch(text.strip())
    start = len(text) - len(text.lstrip())
    if found is None or not int(found["days"] or found["weeks"] or 1):
        raise ExpressionError(f"'{text.strip()}' is not a repeat. {_REPEAT_HINT}", start)
    time_of_day = parse_time_of_day(found["time"], start + found.start("time"))
    if found["on"] is None:
        return Repeat(int(found["days"] or 1), 0, (), time_of_day)
    weekdays = set()
    for word in re.finditer(r"\S+", found["on"]):
        if word[0] not in WEEKDAYS:
            hint = did_you_mean(word[0], WEEKDAYS) or f". Write some of {' '.join(WEEKDAYS)}, with spaces between"
            raise ExpressionError(f"unknown weekday '{word[0]}'{hint}", start + found.start("on") + word.start())
        weekdays.add(WEEKDAYS.index(word[0]))
    return Repeat(0, int(found["weeks"] or 1), tuple(sorted(weekdays)), time_of_day)


@dataclass(frozen=True, slots=True)
class Window:
    """A rolling window of a `duration`, or one `calendar` period: day, week (from Monday), month or year."""

    duration: Duration | None
    calendar: str | None

    def __str__(self) -> str:
        return f"calendar {self.calendar}" if self.duration is None else f"{self.duration} rolling"

    def period(self, instant: Instant, zone: Zone) -> tuple[Instant, Instant]:
        """The calendar period around `instant`, half-open. A rolling window has none: ValueError."""
        day = zone.local_date(instant)
        if self.calendar == "day":
            first, after = day, day + timedelta(days=1)
        elif self.calendar == "week":
            first = day - timedelta(days=day.weekday())
            after = first + timedelta(days=7)
        elif self.calendar == "month":
            first = day.replace(day=1)
            after = (first + timedelta(days=31)).replace(day=1)
        elif self.calendar == "year":
            first, after = date(day.year, 1, 1), date(day.year + 1, 1, 1)
        else:
            raise ValueError(f"'{self}' has no calendar period")
        return zone.start_of_day(first), zone.start_of_day(after)


def parse_window(text: str) -> Window:
    """Read `7 days rolling`, `11 months rolling`, or `calendar` and one of day, week, month and year."""
    words = text.strip()
    start = len(text) - len(text.lstrip())
    if words.endswith(" rolling") and words[0] not in "+-":
        duration = parse_duration(words.removesuffix(" rolling"))
        if duration != Duration():
            return Window(duration, None)
    period = words.removeprefix("calendar ")
    if period != words and period in PERIODS:
        return Window(None, period)
    remedy = "Write '7 days rolling', or 'calendar day', 'week', 'month' or 'year'."
    if period in PERIODS:
        remedy = f"Write 'calendar {period}' or '1 {period} rolling'."
    elif re.fullmatch(r"[1-9][0-9]* [a-z ]+", words) and not words.endswith("rolling"):
        remedy = f"Write '{words} rolling'."
    raise ExpressionError(f"'{words}' is not a window. {remedy}", start)
