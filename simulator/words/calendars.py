"""Public holidays, working days and opening hours.

Both come from `opening-hours-py`, which parses OpenStreetMap's `opening_hours` and embeds the public holidays of many
countries from 2000 to 2076; it is imported when first needed. It is only ever asked about wall clocks: what a wall
clock means as an instant is decided by `Zone.at`, so that a shop's hours and a customer's follow one policy when the
clocks change (the library itself would open a shop at the second of two 02:30s).

A weekend is Saturday and Sunday. Where the library would guess, we refuse: sunrise without a position, `PH` without a
country, school holidays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from simulator.words.clock import Holidays, Instant, Zone
from simulator.words.errors import ExpressionError

if TYPE_CHECKING:
    import opening_hours

HOLIDAYS_FROM, HOLIDAYS_TO = 2000, 2076
"""The first and the last year whose public holidays are known."""

_ONE_DAY = timedelta(days=1)
_COMMENT = re.compile(r'"[^"]*"')
_SUN = re.compile(r"\b(sunrise|sunset|dawn|dusk)\b", re.IGNORECASE)


def is_holiday(country: str, day: date) -> bool:
    """True on a public holiday of a country (ISO code, `FR`).

    A country without known holidays, or a year outside HOLIDAYS_FROM to HOLIDAYS_TO, is an ExpressionError.
    """
    return day in _holidays_of(country, day.year)


def holidays(country: str | None) -> Holidays | None:
    """The holidays of a country in the form `clock.add` takes; None (weekends only) for no country."""
    return None if country is None else partial(is_holiday, country)


def is_working_day(day: date, country: str | None) -> bool:
    """True from Monday to Friday, except on a public holiday of the country, if one is given."""
    return day.weekday() < 5 and not (country is not None and is_holiday(country, day))


def next_working_day(day: date, country: str | None) -> date:
    """The first working day after `day`."""
    day += _ONE_DAY
    while not is_working_day(day, country):
        day += _ONE_DAY
    return day


class OpeningHours:
    """The hours of one place, written as on OpenStreetMap: `Mo-Sa 10:00-19:00; Su,PH off`.

    A text that cannot be read, or whose meaning depends on something not given, is an ExpressionError when the object
    is made. Hours are wall-clock times in the place's zone; open intervals are half-open. `unknown` counts as closed.
    Every answer is an instant (milliseconds UTC) or None, and is computed once a day.
    """

    def __init__(self, text: str, country: str | None, zone: Zone) -> None:
        self.text = text
        self.country = country
        self.zone = zone
        self._hours = _parse(text, country)
        self._needs_holidays = _mentions(text, "PH")
        self._days: dict[date, tuple[Instant | None, Instant | None, tuple[tuple[Instant, Instant], ...]]] = {}

    def __repr__(self) -> str:
        return f"OpeningHours({self.text!r}, {self.country!r}, {self.zone!r})"

    def __reduce__(self) -> tuple[type[OpeningHours], tuple[str, str | None, Zone]]:
        return OpeningHours, (self.text, self.country, self.zone)

    def opening_on(self, day: date) -> Instant | None:
        """When the place first opens on that local day; None if it does not.

        Where it stays open all day, its opening is the start of the day; hours left over from the evening before are
        no opening.
        """
        return self._day(day)[0]

    def closing_on(self, day: date) -> Instant | None:
        """When the place closes after the last time it opens on that local day, perhaps after midnight; else None.

        Where it stays open over the whole next day too, its closing is the end of the day.
        """
        return self._day(day)[1]

    def is_open(self, instant: Instant) -> bool:
        """True from the moment of opening until just before the moment of closing."""
        return any(start <= instant < end for start, end in self._day(self.zone.local_date(instant))[2])

    def open_until(self, instant: Instant) -> Instant | None:
        """When a place that is open now closes, at the latest the end of the next day; None if it is closed now."""
        intervals = self._day(self.zone.local_date(instant))[2]
        return next((end for start, end in intervals if start <= instant < end), None)

    def next_opening(self, instant: Instant) -> Instant | None:
        """The first moment at or after `instant` at which a closed place opens; None if none does within ten years.

        A place that is open now is asked for its *next* opening: ask `is_open` first if now would do.
        """
        today = self.zone.local_date(instant)
        self._check_year(today.year)
        start = _midnight(today - _ONE_DAY)
        end = _midnight(date(min(today.year + 10, HOLIDAYS_TO if self._needs_holidays else date.max.year), 12, 31))
        for opens, closes in self._open_intervals(start, end):
            begin = self.zone.at(opens.date(), _time_of_day(opens))
            if begin >= instant and opens > start and begin < self.zone.at(closes.date(), _time_of_day(closes)):
                return begin
        return None

    def _day(self, day: date) -> tuple[Instant | None, Instant | None, tuple[tuple[Instant, Instant], ...]]:
        """Opening, closing, and the open intervals that touch the day."""
        known = self._days.get(day)
        if known is None:
            known = self._days[day] = self._compute(day)
        return known

    def _compute(self, day: date) -> tuple[Instant | None, Instant | None, tuple[tuple[Instant, Instant], ...]]:
        self._check_year(day.year)
        midnight = _midnight(day)
        tomorrow, after = midnight + _ONE_DAY, midnight + 2 * _ONE_DAY
        opening = closing = None
        touching: list[tuple[Instant, Instant]] = []
        for opens, closes in self._open_intervals(midnight - _ONE_DAY, after):
            begin = self.zone.at(opens.date(), _time_of_day(opens))
            end = self.zone.at(closes.date(), _time_of_day(closes))
            if begin >= end:
                continue  # a clock change swallowed it
            if opens < tomorrow and closes > midnight:
                touching.append((begin, end))
            all_day = opens < midnight and closes >= tomorrow
            if all_day or midnight <= opens < tomorrow:
                first = self.zone.start_of_day(day) if all_day else begin
                opening = first if opening is None else opening
                closing = self.zone.end_of_day(day) if closes == after else end
        return opening, closing, tuple(touching)

    def _open_intervals(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Wall-clock times between which the place is open, cut at `start` and `end`, neighbours joined."""
        previous: tuple[datetime, datetime] | None = None
        for opens, closes, state, _ in self._hours.intervals(start, end):
            if str(state) != "open":
                continue
            # A change of the comment alone ends an interval of the library's, but nobody closes a door for it.
            if previous and previous[1] == opens:
                previous = (previous[0], closes)
                continue
            if previous:
                yield previous
            previous = (opens, closes)
        if previous:
            yield previous

    def _check_year(self, year: int) -> None:
        if not self._needs_holidays or HOLIDAYS_FROM < year < HOLIDAYS_TO:
            return
        known = f"public holidays are known from {HOLIDAYS_FROM + 1} to {HOLIDAYS_TO - 1}"
        raise ExpressionError(f"'{self.text}' cannot be told for {year}: {known}. Leave out 'PH' or move the scenario.")


def _parse(text: str, country: str | None) -> opening_hours.OpeningHours:
    import opening_hours as library

    if not text.strip():
        raise ExpressionError("opening hours are empty. Write 'Mo-Sa 10:00-19:00; Su off', '24/7' or 'off'.")
    if sun := _SUN.search(_COMMENT.sub('""', text)):
        raise ExpressionError(f"'{text}': nobody said where '{sun[0]}' is seen. Write a time of day.", sun.start())
    if _mentions(text, "SH"):
        raise ExpressionError(f"'{text}': school holidays (SH) are not known here. Write the dates.")
    with_holidays = _mentions(text, "PH")
    if with_holidays and country is None:
        raise ExpressionError(f"'{text}': public holidays (PH) of which country? State the country, or leave out 'PH'.")
    if with_holidays and country is not None:
        _holidays_of(country, HOLIDAYS_FROM)
    try:
        return library.OpeningHours(text, country=country if with_holidays else None)
    except library.ParserError as error:  # type: ignore[attr-defined]  # its stub forgets it
        raise ExpressionError(f"'{text}' is not written as opening hours on OpenStreetMap.\n{error}") from None


def _mentions(text: str, word: str) -> bool:
    return re.search(rf"\b{word}\b", _COMMENT.sub('""', text), re.IGNORECASE) is not None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)


def _time_of_day(moment: datetime) -> int:
    return (moment.hour * 3600 + moment.minute * 60 + moment.second) * 1000


@cache
def _holidays_of(country: str, year: int) -> frozenset[date]:
    """The public holidays of a year. The library says nothing of an unknown year; we say that it is unknown."""
    import opening_hours as library

    try:
        calendar = library.OpeningHours("PH", country=country)
    except library.UnknownCountryError:  # type: ignore[attr-defined]  # its stub forgets it
        remedy = "Leave out the country: working days then skip weekends only."
        if country != country.upper():
            remedy = f"Write it in capitals: '{country.upper()}'."
        raise ExpressionError(f"no public holidays are known for country '{country}'. {remedy}") from None
    if not HOLIDAYS_FROM <= year <= HOLIDAYS_TO:
        known = f"public holidays are known from {HOLIDAYS_FROM} to {HOLIDAYS_TO}"
        raise ExpressionError(f"{country} {year}: {known}. Move the scenario, or leave out the country.")
    found: set[date] = set()
    for start, end, state, _ in calendar.intervals(_midnight(date(year, 1, 1)), _midnight(date(year + 1, 1, 1))):
        if str(state) == "open":
            found.update(start.date() + _ONE_DAY * count for count in range((end - start).days))
    return frozenset(found)
