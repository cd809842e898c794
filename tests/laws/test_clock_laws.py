"""Laws of the clock. The oracle is the standard library's zoneinfo and plain datetimes, fed with the same tzdata."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from importlib import resources

from hypothesis import assume, given
from hypothesis import strategies as st

from simulator.words import clock
from simulator.words.clock import DAY, Duration
from simulator.words.errors import ExpressionError

ZONES = (
    "UTC", "Pacific/Niue", "Pacific/Kiritimati", "Pacific/Apia", "Pacific/Kwajalein", "Europe/Rome", "Europe/London",
    "Europe/Dublin", "Europe/Lisbon", "Europe/Moscow", "America/New_York", "America/Sao_Paulo", "America/Goose_Bay",
    "America/St_Johns", "America/Caracas", "America/Toronto", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Beirut",
    "Asia/Tehran", "Africa/Casablanca", "Africa/Cairo", "Antarctica/Troll", "Antarctica/Casey",
)  # fmt: skip
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = -2_177_452_800_000, 4_102_444_800_000  # 1901 to 2100


@cache
def oracle(name: str) -> zoneinfo.ZoneInfo:
    """The zone as zoneinfo reads it out of the tzdata package, whatever this machine has installed."""
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return zoneinfo.ZoneInfo.from_file(file, key=name)


def shown(instant: int, name: str) -> datetime:
    """What the wall clock shows, naive."""
    return (EPOCH + timedelta(milliseconds=instant)).astimezone(oracle(name)).replace(tzinfo=None)


def ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def occurrences(wall: datetime, name: str) -> list[int]:
    """The instants at which the wall clock shows this: none in a gap, two in a fold."""
    tries = {ms(wall.replace(tzinfo=oracle(name), fold=fold)) for fold in (0, 1)}
    return sorted(instant for instant in tries if shown(instant, name) == wall)


def expected_at(wall: datetime, name: str) -> int:
    """The first occurrence; in a gap, the first moment after it, found by bisection between the two readings."""
    found = occurrences(wall, name)
    if found:
        return found[0]
    low, high = sorted(ms(wall.replace(tzinfo=oracle(name), fold=fold)) for fold in (0, 1))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shown(middle, name) > wall else (middle, high)
    return high


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  the oracle counts wall clocks, which have no zone


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, int]:
    """A zone and an instant, half of the time within a day and a half of a clock change."""
    name = draw(st.sampled_from(ZONES))
    changes = [start for start in clock.zone(name).starts if FIRST < start < LAST]
    if changes and draw(st.booleans()):
        near = draw(st.sampled_from(changes)) + draw(st.integers(-36 * 60, 36 * 60)) * 60_000 + draw(st.integers(-1, 1))
        return name, near
    return name, draw(st.integers(FIRST, LAST))


TIMES = st.one_of(st.integers(0, 95).map(lambda quarter: quarter * 900_000), st.integers(0, DAY - 1))


@given(moments())
def test_the_wall_clock_is_the_oracles(drawn: tuple[str, int]) -> None:
    name, instant = drawn
    zone, wall = clock.zone(name), shown(instant, name)
    assert zone.offset_ms(instant) == ms(wall.replace(tzinfo=UTC)) - instant
    assert zone.local_date(instant) == wall.date()
    assert zone.local_time_ms(instant) == (wall - midnight(wall.date())) // timedelta(milliseconds=1)


@given(moments(), TIMES)
def test_a_time_on_a_day_is_its_first_occurrence_or_the_end_of_its_gap(drawn: tuple[str, int], time: int) -> None:
    name, instant = drawn
    zone, day = clock.zone(name), shown(instant, name).date()
    wall = midnight(day) + timedelta(milliseconds=time)
    found = occurrences(wall, name)
    assert zone.at(day, time) == expected_at(wall, name)
    assert zone.is_gap(day, time) is (not found)
    assert zone.is_fold(day, time) is (len(found) == 2)


@given(moments())
def test_days_follow_one_another_without_a_hole(drawn: tuple[str, int]) -> None:
    name, instant = drawn
    zone, day = clock.zone(name), clock.zone(name).local_date(instant)
    start, end = zone.start_of_day(day), zone.end_of_day(day)
    assert zone.local_date(start) == day
    assert end == zone.start_of_day(day + timedelta(days=1)) > start


@given(moments(), st.integers(-800, 800))
def test_calendar_days_keep_the_wall_clock(drawn: tuple[str, int], days: int) -> None:
    name, instant = drawn
    assume(days)
    later = clock.add(instant, Duration(days=days), clock.zone(name))
    assert later == expected_at(shown(instant, name) + timedelta(days=days), name)


@given(moments(), st.integers(-40, 40), st.integers(-40, 40))
def test_months_keep_the_day_or_fall_back_to_the_last_one(drawn: tuple[str, int], years: int, months: int) -> None:
    name, instant = drawn
    assume(years * 12 + months)
    wall = shown(instant, name)
    index = wall.year * 12 + wall.month - 1 + years * 12 + months
    assume(1902 <= index // 12 < 2100)
    first = wall.replace(year=index // 12, month=index % 12 + 1, day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    later = clock.add(instant, Duration(years=years, months=months), clock.zone(name))
    assert later == expected_at(min(first + timedelta(days=wall.day - 1), last), name)


@given(moments(), st.integers(-(10**12), 10**12))
def test_an_exact_duration_counts_milliseconds(drawn: tuple[str, int], length: int) -> None:
    name, instant = drawn
    zone = clock.zone(name)
    assert clock.add(instant, Duration(ms=length), zone) == instant + length
    assert clock.add(instant, Duration(ms=length), zone, sign=-1) == instant - length
    assert clock.add(instant, Duration(), zone) == instant


@given(moments(), TIMES)
def test_the_next_time_of_day_is_the_first_turn_of_any_day(drawn: tuple[str, int], time: int) -> None:
    name, instant = drawn
    today = midnight(shown(instant, name).date())
    turns = []
    for offset in range(-3, 5):
        day = today + timedelta(days=offset)
        if expected_at(day, name) != expected_at(day + timedelta(days=1), name):
            turns.append(expected_at(day + timedelta(milliseconds=time), name))
    assert clock.next_time_of_day(instant, time, clock.zone(name)) == min(turn for turn in turns if turn >= instant)


@given(moments(), st.integers(1, 60), st.integers(0, 6))
def test_working_days_are_counted_one_by_one(drawn: tuple[str, int], count: int, holiday: int) -> None:
    name, instant = drawn
    zone = clock.zone(name)
    later = clock.add(instant, Duration(working_days=count), zone, lambda day: day.weekday() == holiday)
    day, left = shown(instant, name).date(), count
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day.weekday() != holiday
    assert later == expected_at(midnight(day) + timedelta(milliseconds=zone.local_time_ms(instant)), name)


@given(moments())
def test_what_is_written_reads_back(drawn: tuple[str, int]) -> None:
    name, instant = drawn
    zone = clock.zone(name)
    written = clock.iso(instant, zone)
    assert clock.from_iso(written) == instant
    moment = datetime.fromisoformat(written)
    assert moment.replace(tzinfo=None) == shown(instant, name)
    whole = instant // 60_000 * 60_000
    text = clock.iso(whole, zone)
    assert clock.parse_instant(f"{text[:10]} {text[11:19]} {text[19:]}", clock.zone("UTC")) == whole


@given(st.builds(Duration, *[st.integers(0, 9999)] * 4, st.integers(0, 10**9)), st.booleans())
def test_a_duration_reads_back(duration: Duration, negative: bool) -> None:
    signed = -duration if negative else duration
    assert clock.parse_duration(str(signed)) == signed


@given(st.text(alphabet="0123456789 dhwmsPTM+-:,.aynk", max_size=14))
def test_no_text_gets_past_the_readers_with_another_error(text: str) -> None:
    zone = clock.zone("Europe/Rome")
    readers = (clock.parse_duration, clock.parse_date, clock.parse_time_of_day, partial(clock.parse_instant, zone=zone))
    for read in readers:
        error = refusal(read, text)
        if error is not None:
            assert 0 <= error.offset <= len(text)
            assert error.message.endswith((".", "?)"))


def refusal(read: Callable[[str], object], text: str) -> ExpressionError | None:
    try:
        read(text)
    except ExpressionError as error:
        return error
    return None


def test_every_zone_has_the_oracles_offsets() -> None:
    for name in resources.files("tzdata").joinpath("zones").read_text().split():
        zone = clock.zone(name)
        edges = [edge for start in zone.starts[1:] for edge in (start - 1, start)]
        for instant in (*edges, *range(FIRST, LAST, 180 * DAY)):
            assert zone.offset_ms(instant) == ms(shown(instant, name).replace(tzinfo=UTC)) - instant, (name, instant)
        # That the wall clock at the ends of offsets grows is what lets `at` find its place by one bisection.
        ends = [start + offset for start, offset in zip(zone.starts[1:], zone.offsets, strict=False)]
        assert ends == sorted(set(ends)), name
