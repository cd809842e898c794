"""The naive twin's own calendar and logic: `datetime` and `zoneinfo`, a minute at a time where that is the plain way.

Of the simulator it uses nothing but values: the trees of conditions and moments, and durations.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MS = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local(instant: int, zone: str) -> datetime:
    """What the wall clock shows."""
    return (EPOCH + instant * MS).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def at(wall: datetime, zone: str) -> int:
    """When the wall clock first shows this, or more if it never shows this."""
    instant = (wall.replace(tzinfo=ZoneInfo(zone), fold=0) - EPOCH) // MS
    if local(instant, zone) == wall:
        return instant
    # A gap: walk there minute by minute.
    instant -= 4 * 3_600_000
    while local(instant, zone) < wall:
        instant += 60_000
    return instant


def clock(day: date, time_of_day: int, zone: str) -> int:
    """A time of a local day."""
    return at(datetime.combine(day, datetime.min.time()) + time_of_day * MS, zone)


def later_day(day: date, duration: Any) -> date:
    """A day moved by the calendar part of a duration."""
    months = day.year * 12 + day.month - 1 + duration.years * 12 + duration.months
    year, month = months // 12, months % 12 + 1
    day = date(year, month, min(day.day, calendar.monthrange(year, month)[1])) + timedelta(days=duration.days)
    left = duration.working_days
    while left:
        step = 1 if left > 0 else -1
        day += timedelta(days=step)
        if day.weekday() < 5:
            left -= step
    return day


def plus(instant: int, duration: Any, zone: str) -> int:
    """An instant moved by a duration: days by the wall clock, hours by the stopwatch."""
    if duration.years or duration.months or duration.days or duration.working_days:
        wall = local(instant, zone)
        instant = at(datetime.combine(later_day(wall.date(), duration), wall.time()), zone)
    return instant + duration.ms


def period_end(instant: int, period: str, zone: str) -> int:
    """The first moment of the next local day, week, month or year."""
    day = local(instant, zone).date() + timedelta(days=1)
    while (
        (period == "week" and day.weekday() != 0)
        or (period == "month" and day.day != 1)
        or (period == "year" and (day.month, day.day) != (1, 1))
    ):
        day += timedelta(days=1)
    return clock(day, 0, zone)


def in_year(born: date, year: int, leap_day: str) -> date:
    """The anniversary in a year."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28) if leap_day == "28 February" else date(year, 3, 1)


def next_birthday(born: date, today: date, leap_day: str) -> date:
    """The first anniversary, a year or more after the day itself, on or after today."""
    year = born.year + 1
    while in_year(born, year, leap_day) < today:
        year += 1
    return in_year(born, year, leap_day)


Ask = Callable[[tuple[str, ...]], Any]


def true(condition: Any, ask: Ask, now: int, zone: str, leap_day: str) -> bool | None:
    """Judge a condition with three values."""

    def again(item: Any) -> bool | None:
        return true(item, ask, now, zone, leap_day)

    match type(condition).__name__:
        case "And":
            answers = [again(item) for item in condition.items]
            return False if False in answers else None if None in answers else True
        case "Or":
            answers = [again(item) for item in condition.items]
            return True if True in answers else None if None in answers else False
        case "Not":
            answer = again(condition.item)
            return None if answer is None else not answer
        case "Known":
            return (ask(condition.left.parts) is not None) == condition.known
        case "Contains":
            value = ask(condition.left.parts)
            return condition.text in value if isinstance(value, str) else None
        case "Membership":
            value = ask(condition.left.parts)
            return None if value is None else any(value == option.value for option in condition.options)
    left = operand(condition.left, ask, now, zone, leap_day)
    right = operand(condition.right, ask, now, zone, leap_day)
    if left is None or right is None or isinstance(left, str) != isinstance(right, str):
        return None
    return {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[condition.op]


def operand(tree: Any, ask: Ask, now: int, zone: str, leap_day: str) -> Any:
    """The value of one side of a comparison."""
    today = local(now, zone).date()
    match type(tree).__name__:
        case "Literal":
            return tree.value
        case "Name":
            return ask(tree.parts)
        case "Today":
            steps = tree.duration if tree.duration is None or tree.sign > 0 else -tree.duration
            return (today if steps is None else later_day(today, steps)).isoformat()
        case "Birthday":
            born = ask(("customer", "birth_date"))
            return None if born is None else next_birthday(date.fromisoformat(born), today, leap_day).isoformat()
    return now if tree.duration is None else plus(now, tree.duration if tree.sign > 0 else -tree.duration, zone)


def names_of(condition: Any) -> list[tuple[str, ...]]:
    """All dotted names of a condition."""
    if type(condition).__name__ in ("And", "Or"):
        return [name for item in condition.items for name in names_of(item)]
    if type(condition).__name__ == "Not":
        return names_of(condition.item)
    sides = (condition.left, getattr(condition, "right", None))
    return [side.parts for side in sides if type(side).__name__ == "Name"]


def counts_from_trigger(moment: Any) -> bool:
    """True if a moment says `activation` or an anniversary."""
    base = moment.base
    return getattr(base, "word", "") == "activation" or type(getattr(base, "day", None)).__name__ == "Anniversary"


def moment_at(moment: Any, ask: Ask, now: int, zone: str, leap_day: str) -> int | None:
    """The instant of a moment (without opening hours), None if unknown."""
    base = moment.base
    instant: int | None
    match type(base).__name__:
        case "EndOf":
            inner = base.moment
            held = ask(inner.base.path) if type(inner.base).__name__ == "Name" else None
            if isinstance(held, str):
                end = clock(date.fromisoformat(held) + timedelta(days=1), 0, zone)
                return end if inner.shift is None else plus(end, inner.shift, zone)
            instant = moment_at(inner, ask, now, zone, leap_day)
            if instant is None:
                return None
            return clock(local(instant, zone).date() + timedelta(days=1), 0, zone)
        case "Word":
            instant = now
        case "Name":
            value = ask(base.path)
            instant = clock(date.fromisoformat(value), 0, zone) if isinstance(value, str) else value
        case _:
            day = day_of(base.day, ask, now, zone, leap_day)
            kind = type(base).__name__
            time_of_day = base.time.time_of_day if kind == "TimeOn" else 0
            day = day + timedelta(days=1) if day is not None and kind == "EndOfDay" else day
            instant = None if day is None else clock(day, time_of_day, zone)
    if instant is None or moment.shift is None:
        return instant
    return plus(instant, moment.shift, zone)


def day_of(tree: Any, ask: Ask, now: int, zone: str, leap_day: str) -> date | None:
    """The day that a moment names."""
    today = local(now, zone).date()
    if type(tree).__name__ == "DayWord":
        return today if tree.word == "today" else today + timedelta(days=1)
    value = ask(tree.name.path)
    if value is None:
        return None
    day = date.fromisoformat(value) if isinstance(value, str) else local(value, zone).date()
    return next_birthday(day, today, leap_day) if type(tree).__name__ == "Anniversary" else day
