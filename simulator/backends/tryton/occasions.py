"""When a date comes round: the days ahead on which a journey that hangs on a date is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from simulator.backends.tryton.definitions import Calendar
from simulator.model.briefing import Briefing
from simulator.words.calendars import holidays
from simulator.words.clock import Duration, Instant, Zone, add, anniversary, zone
from simulator.words.vocabulary import Value


def occasions(
    calendar: Calendar, value: Value, where: Zone, briefing: Briefing, since: Instant
) -> Iterator[tuple[Instant, int]]:
    """Every instant from `since` to the briefing's end at which it is due, with the year of the day it hangs on.

    An anniversary is due in each year after the date's own, the date itself in its own; an instant counts as its day.
    """
    first = where.local_date(value) if isinstance(value, int) else date.fromisoformat(str(value))
    if not calendar.yearly:
        due = _due(first, calendar, where, briefing)
        if since <= due <= briefing.end:
            yield due, first.year
        return
    around = 2 + _years(calendar.offset)
    last = where.local_date(briefing.end).year + around
    for year in range(max(first.year + 1, where.local_date(since).year - around), last + 1):
        due = _due(anniversary(first.month, first.day, year, briefing.leap_day), calendar, where, briefing)
        if since <= due <= briefing.end:
            yield due, year


def _due(day: date, calendar: Calendar, where: Zone, briefing: Briefing) -> Instant:
    """The local time on the day that lies the offset away; the exact part of an offset is counted from there."""
    offset = calendar.offset
    if offset is None:
        return where.at(day, calendar.at)
    utc = zone("UTC")
    steps = Duration(offset.years, offset.months, offset.days, offset.working_days)
    moved = utc.local_date(add(utc.start_of_day(day), steps, utc, holidays(briefing.country)))
    return where.at(moved, calendar.at) + offset.ms


def _years(offset: Duration | None) -> int:
    """More years than an offset can span."""
    if offset is None:
        return 0
    days = abs(offset.days) + 2 * abs(offset.working_days)
    return abs(offset.years) + abs(offset.months) // 12 + days // 365 + 1
