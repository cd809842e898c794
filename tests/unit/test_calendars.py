"""Holidays, working days, opening hours."""

from __future__ import annotations

import pickle
from datetime import date

import pytest

from simulator.words import calendars, clock
from simulator.words.calendars import OpeningHours
from simulator.words.errors import ExpressionError

PARIS = clock.zone("Europe/Paris")
BOUTIQUE = OpeningHours("Mo-Sa 10:00-19:00; Su,PH off", "FR", PARIS)


def spoken(instant: int | None) -> str | None:
    return None if instant is None else clock.spoken(instant, PARIS)


def at(text: str) -> int:
    return clock.parse_instant(text, PARIS)


@pytest.mark.parametrize(
    ("country", "day", "holiday"),
    [
        ("FR", date(2025, 11, 11), True),
        ("IT", date(2025, 11, 11), False),
        ("IT", date(2025, 4, 25), True),
        ("FR", date(2025, 4, 21), True),
        ("NO", date(2026, 5, 17), True),
        ("FR", date(2025, 11, 14), False),
        ("DE", date(2076, 12, 25), True),
    ],
)
def test_public_holidays(country: str, day: date, holiday: bool) -> None:
    assert calendars.is_holiday(country, day) is holiday


@pytest.mark.parametrize("year", [calendars.HOLIDAYS_FROM - 2, calendars.HOLIDAYS_TO + 1])
def test_a_year_of_unknown_holidays_is_not_a_year_without_any(year: int) -> None:
    with pytest.raises(ExpressionError, match="are known from 2000 to 2076"):
        calendars.is_holiday("FR", date(year, 7, 14))


@pytest.mark.parametrize(("country", "remedy"), [("IN", "weekends only"), ("fr", "'FR'"), ("XX", "Leave out")])
def test_a_country_without_known_holidays_is_refused(country: str, remedy: str) -> None:
    with pytest.raises(ExpressionError, match=f"no public holidays are known.*{remedy}"):
        calendars.is_holiday(country, date(2025, 1, 1))


def test_working_days_skip_weekends_and_holidays() -> None:
    assert calendars.next_working_day(date(2025, 11, 10), "FR") == date(2025, 11, 12)
    assert calendars.next_working_day(date(2025, 11, 10), None) == date(2025, 11, 11)
    assert calendars.next_working_day(date(2025, 11, 14), "FR") == date(2025, 11, 17)
    assert not calendars.is_working_day(date(2025, 11, 11), "FR")
    step = clock.parse_duration("2 working days")
    assert spoken(clock.add(at("2025-11-07 09:00"), step, PARIS, calendars.holidays("FR"))) == "Wed 12 Nov 2025 09:00"
    assert calendars.holidays(None) is None


@pytest.mark.parametrize(
    ("day", "opening", "closing"),
    [
        (date(2025, 11, 14), "Fri 14 Nov 2025 10:00", "Fri 14 Nov 2025 19:00"),
        (date(2025, 11, 16), None, None),
        (date(2025, 11, 11), None, None),
    ],
)
def test_a_shop_opens_and_closes(day: date, opening: str | None, closing: str | None) -> None:
    assert spoken(BOUTIQUE.opening_on(day)) == opening
    assert spoken(BOUTIQUE.closing_on(day)) == closing


@pytest.mark.parametrize(
    ("text", "opening", "closing"),
    [
        ("10:00-12:00,14:00-19:00", "Sat 15 Nov 2025 10:00", "Sat 15 Nov 2025 19:00"),
        ("22:00-06:00", "Sat 15 Nov 2025 22:00", "Sun 16 Nov 2025 06:00"),
        ("Fr 22:00-26:00", None, None),
        ("24/7", "Sat 15 Nov 2025 00:00", "Sun 16 Nov 2025 00:00"),
        ("Fr 20:00-24:00; Sa 00:00-24:00; Su 00:00-02:00", "Sat 15 Nov 2025 00:00", "Sun 16 Nov 2025 02:00"),
        ("Sa 10:00-24:00; Su 00:00-24:00", "Sat 15 Nov 2025 10:00", "Sun 16 Nov 2025 00:00"),
        ('Mo-Su 10:00-12:00 "PH by bell", 12:00-14:00 "ring"', "Sat 15 Nov 2025 10:00", "Sat 15 Nov 2025 14:00"),
        ("Mo-Fr 10:00-12:00; Sa unknown", None, None),
        ("off", None, None),
    ],
)
def test_the_first_opening_and_the_last_closing_of_a_saturday(text: str, opening: str | None, closing: str) -> None:
    hours = OpeningHours(text, None, PARIS)
    assert spoken(hours.opening_on(date(2025, 11, 15))) == opening
    assert spoken(hours.closing_on(date(2025, 11, 15))) == closing


def test_doors_are_open_from_the_opening_until_just_before_the_closing() -> None:
    assert not BOUTIQUE.is_open(at("2025-11-14 10:00") - 1)
    assert BOUTIQUE.is_open(at("2025-11-14 10:00"))
    assert BOUTIQUE.is_open(at("2025-11-14 19:00") - 1)
    assert not BOUTIQUE.is_open(at("2025-11-14 19:00"))
    night = OpeningHours("Fr 22:00-26:00", None, PARIS)
    assert night.is_open(at("2025-11-15 01:59"))
    assert not night.is_open(at("2025-11-15 02:00"))
    assert spoken(night.open_until(at("2025-11-14 23:00"))) == "Sat 15 Nov 2025 02:00"
    assert night.open_until(at("2025-11-15 02:00")) is None


def test_when_the_clocks_change_a_shop_follows_the_policy_of_every_other_time() -> None:
    early = OpeningHours("02:30-05:00", None, PARIS)
    assert spoken(early.opening_on(date(2026, 3, 29))) == "Sun 29 Mar 2026 03:00"
    opening = early.opening_on(date(2026, 10, 25))
    assert opening is not None
    assert clock.iso(opening, PARIS) == "2026-10-25T02:30:00+02:00"
    assert early.is_open(opening + clock.HOUR)
    within_the_gap = OpeningHours("02:10-02:50", None, PARIS)
    assert within_the_gap.opening_on(date(2026, 3, 29)) is None
    assert not within_the_gap.is_open(at("2026-03-29 03:00"))
    assert spoken(within_the_gap.next_opening(at("2026-03-28 03:00"))) == "Mon 30 Mar 2026 02:10"


@pytest.mark.parametrize(
    ("text", "now", "following"),
    [
        ("Mo-Sa 10:00-19:00; Su,PH off", "2025-11-10 19:00", "Wed 12 Nov 2025 10:00"),
        ("Mo-Sa 10:00-19:00; Su,PH off", "2025-11-12 10:00", "Wed 12 Nov 2025 10:00"),
        ("Mo-Sa 10:00-19:00; Su,PH off", "2025-11-12 10:01", "Thu 13 Nov 2025 10:00"),
        ("2027 Mar 01 10:00-12:00", "2025-11-12 10:01", "Mon 1 Mar 2027 10:00"),
        ("24/7", "2025-11-12 10:01", None),
        ("off", "2025-11-12 10:01", None),
    ],
)
def test_the_next_opening(text: str, now: str, following: str | None) -> None:
    assert spoken(OpeningHours(text, "FR", PARIS).next_opening(at(now))) == following


@pytest.mark.parametrize(
    ("text", "country", "message"),
    [
        ("Mo-Sa 10:00-19:00; Su,PH offf", "FR", r"on OpenStreetMap\.\n(?s:.*)\^---"),
        ("Mo-Fr 9am-5pm", None, "is not written as opening hours on OpenStreetMap"),
        ("", None, "opening hours are empty"),
        ("Mo-Fr 10:00-12:00; PH off", None, r"public holidays \(PH\) of which country"),
        ("Mo-Fr 10:00-12:00; PH off", "IN", "no public holidays are known for country 'IN'"),
        ("Mo-Fr 10:00-12:00; SH off", "FR", "school holidays"),
        ("sunrise-19:00", "FR", "where 'sunrise' is seen"),
    ],
)
def test_hours_that_cannot_be_told_are_refused_when_made(text: str, country: str | None, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        OpeningHours(text, country, PARIS)


def test_hours_without_holidays_need_no_country_that_is_known() -> None:
    assert OpeningHours("Mo-Fr 10:00-12:00", "IN", PARIS).opening_on(date(2090, 1, 2)) is not None
    with pytest.raises(ExpressionError, match="cannot be told for 2090"):
        BOUTIQUE.opening_on(date(2090, 1, 2))


def test_hours_travel_to_another_process() -> None:
    copy = pickle.loads(pickle.dumps(BOUTIQUE))
    assert copy.opening_on(date(2025, 11, 14)) == BOUTIQUE.opening_on(date(2025, 11, 14))
