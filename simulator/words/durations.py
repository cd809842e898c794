"""Durations: exact ones count milliseconds (`24 h`), calendar ones step along a calendar in a zone (`1 day`).

There is one way to write each; the error for any other says what to write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from simulator.words.errors import ExpressionError

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
"""Lengths in milliseconds; DAY is that of a day without a clock change."""

_CALENDAR_UNITS = ("year", "month", "week", "day", "working day")
EXACT_UNITS = {"h": HOUR, "min": MINUTE, "s": SECOND, "ms": 1}
_UNITS = (*_CALENDAR_UNITS, *EXACT_UNITS)
_PART = re.compile(r"([0-9]{1,12}) +(working days?|[A-Za-z]+)")
_LOOSE_PART = re.compile(r"([0-9]{1,12}) *([A-Za-z]+)(?: +days?)?")
_LOOSE = re.compile(rf"(?:{_LOOSE_PART.pattern} *)+")
_ISO = re.compile(
    r"P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)W)?(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?",
    re.IGNORECASE,
)
_PLURALS = {f"{unit}s": unit for unit in _CALENDAR_UNITS}
_SPELLINGS = {
    "h": "h hour hours hr hrs",
    "min": "m min mins minute minutes",
    "s": "s sec secs second seconds",
    "ms": "ms msec millis millisecond milliseconds",
    "day": "d day days",
    "week": "w wk wks week weeks",
    "month": "mo mon month months",
    "year": "y yr yrs year years",
    "working day": "wd bd weekday weekdays workday workdays working business",
}
_UNIT_MEANT = {word: unit for unit, words in _SPELLINGS.items() for word in words.split()}
_HINT = "Write it as '30 min', '1 h 30 min' or '24 h' (exact), or as '1 day', '2 weeks' or '5 working days' (calendar)."


@dataclass(frozen=True, slots=True)
class Duration:
    """A calendar part (`years` to `working_days`, steps in a zone) and an exact part (`ms`, elapsed), of one sign."""

    years: int = 0
    months: int = 0
    days: int = 0
    working_days: int = 0
    ms: int = 0

    @property
    def is_calendar(self) -> bool:
        """True if any part steps along the calendar, so that a zone is needed to know how long it is."""
        return bool(self.years or self.months or self.days or self.working_days)

    def __neg__(self) -> Duration:
        return Duration(-self.years, -self.months, -self.days, -self.working_days, -self.ms)

    def __str__(self) -> str:
        """Write it in the grammar that `parse_duration` reads; weeks are written as days."""
        steps = ((self.years, "year"), (self.months, "month"), (self.days, "day"), (self.working_days, "working day"))
        words = [counted(abs(count), unit) for count, unit in steps if count]
        rest = abs(self.ms)
        for unit, length in EXACT_UNITS.items():
            count, rest = divmod(rest, length)
            if count:
                words.append(f"{count} {unit}")
        sign = "-" if min(self.years, self.months, self.days, self.working_days, self.ms) < 0 else ""
        return sign + (" ".join(words) or "0 min")


def parse_duration(text: str) -> Duration:
    """Read `7 min`, `1 h 30 min`, `500 ms`, `1 day`, `2 weeks`, `5 working days`, `1 day 2 h`; a sign may lead.

    Numbers are whole; units are ms s min h (exact) and day week month year working day (calendar, plural or not), the
    larger first. Anything else is an ExpressionError that says what to write.
    """
    body = text.strip()
    start = len(text) - len(text.lstrip())
    sign = body[:1]
    if sign in ("+", "-"):
        start += len(body) - len(body[1:].lstrip())
    duration, end = scan_duration(text, start)
    if text[end:].strip():
        _refuse_duration(text[start:].strip(), start)
    return -duration if sign == "-" else duration


def scan_duration(text: str, start: int) -> tuple[Duration, int]:
    """Read the unsigned duration that begins at `start`; return it and the offset behind it."""
    counts = dict.fromkeys(_UNITS, 0)
    position, previous = start, -1
    in_order = True
    while part := _PART.match(text, position):
        unit = part[2] if part[2] in EXACT_UNITS else _PLURALS.get(part[2], part[2])
        if unit not in counts:
            _refuse_duration(text[part.start() :].partition(",")[0].strip(), part.start())
        rank = _UNITS.index(unit)
        in_order, previous = in_order and rank > previous, rank
        counts[unit] += int(part[1])
        position = part.end()
        while position < len(text) and text[position] == " " and _PART.match(text, position + 1):
            position += 1
    if position == start:
        _refuse_duration(text[start:].partition(",")[0].strip(), start)
    duration = _assembled(counts)
    if not in_order:
        written = text[start:position]
        rule = "larger units come first, the calendar part before all, each once"
        raise ExpressionError(f"'{written}': {rule}. Write '{duration}'.", start)
    return duration, position


def _assembled(counts: dict[str, int]) -> Duration:
    days = counts["week"] * 7 + counts["day"]
    exact = sum(counts[unit] * length for unit, length in EXACT_UNITS.items())
    return Duration(counts["year"], counts["month"], days, counts["working day"], exact)


def _refuse_duration(written: str, offset: int) -> NoReturn:
    raise ExpressionError(f"'{written}' is not a duration. {_duration_remedy(written)}", offset)


def _duration_remedy(written: str) -> str:
    """What to write instead of `written`, as exactly as it can be told."""
    iso = _ISO.fullmatch(written)
    if iso and any(iso.groups()):
        years, months, weeks, days, hours, minutes, seconds = (int(count[:9]) if count else 0 for count in iso.groups())
        meant = Duration(years, months, weeks * 7 + days, 0, hours * HOUR + minutes * MINUTE + seconds * SECOND)
        return _both_ways(meant)
    if re.match(r"[0-9]+[.,][0-9]", written):
        return "Numbers are whole: write '1 h 30 min', not '1.5 h'."
    clock = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", written)
    if clock:
        return f"Write '{Duration(ms=int(clock[1]) * HOUR + int(clock[2]) * MINUTE)}'."
    parts = _LOOSE_PART.findall(written) if _LOOSE.fullmatch(written) else []
    units = [_UNIT_MEANT.get(word.lower()) for _, word in parts]
    if units == ["week"]:
        count = int(parts[0][0])
        return f"Write '{counted(count, 'week')}' (calendar) or '{count * 168} h' (exact)."
    if parts and all(units):
        per_unit = dict.fromkeys(_UNITS, 0)
        for (count, _), unit in zip(parts, units, strict=True):
            per_unit[unit or ""] += int(count)
        return _both_ways(_assembled(per_unit))
    return _HINT


def _both_ways(meant: Duration) -> str:
    only_days = meant == Duration(days=meant.days)
    return f"Write '{meant}' (calendar) or '{meant.days * 24} h' (exact)." if only_days else f"Write '{meant}'."


def counted(count: int, unit: str) -> str:
    """`1 day`, `2 days`."""
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
