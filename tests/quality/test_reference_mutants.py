"""The twin earns its keep: each of these engines decides one thing wrongly, and the comparison sees every one."""

from datetime import date
from random import Random

import pytest

from simulator.backends.reference import Conduct, ReferenceBackend
from simulator.words.clock import DAY, add
from simulator.words.errors import BackendFailed
from tests.laws.journeys_strategies import Case, make_case, play
from tests.laws.twin import Twin

CASES = 600
"""How many cases a mutant is tried on. The rarest mistake, consent read too early, shows in one of a hundred."""


class OffsetOfNow(Conduct):
    """A local time is computed with the offset that is in force now."""

    def local_time(self, zone, day, time_of_day, now):
        return (day - date(1970, 1, 1)).days * DAY + time_of_day - zone.offset_ms(now)


class QuietAtTheEnd(Conduct):
    """Quiet hours until 08:00 include 08:00."""

    def quiet(self, now, begins, ends):
        return begins <= now <= ends


class LoudAtTheStart(Conduct):
    """Quiet hours from 21:00 leave 21:00 out."""

    def quiet(self, now, begins, ends):
        return begins < now < ends


class CapByMidnight(Conduct):
    """A rolling cap is counted by calendar days."""

    def expires(self, sent, window, zone):
        return zone.end_of_day(zone.local_date(sent))


class ExactlyOldCounts(Conduct):
    """A message exactly as old as the window still counts."""

    def expires(self, sent, window, zone):
        return super().expires(sent, window, zone) + 1


class CapPerRow(Conduct):
    """A cap per person counts per profile row."""

    def counter(self, cap, row, group):
        return row.counter


class ConsentAtScheduling(Conduct):
    """Consent is that of the moment of entry."""

    def consent_read(self, rule):
        return "at scheduling"


class DayIsTwentyFourHours(Conduct):
    """One day is 24 hours."""

    def wait_end(self, now, duration, zone, holidays):
        if duration.days and not duration.months:
            return now + duration.days * DAY + duration.ms
        return add(now, duration, zone, holidays)


class DateNotMoved(Conduct):
    """A wait until a date goes on at the instant first computed."""

    def moves(self, due, moved):
        return due


class OnceForEver(Conduct):
    """Who has entered once never enters again, whatever the re-entry rule counts."""

    def entry(self, reentry, year, keys):
        return ("once",)


class NoLeapDay(Conduct):
    """There is no 29 February in a common year, so there is no birthday."""

    def anniversary(self, first, year, leap_day):
        return None if (first.month, first.day) == (2, 29) and year % 4 else super().anniversary(first, year, leap_day)


class AnyOrder(Conduct):
    """An event ends or moves on every instance of the person, whichever order it is about."""

    def concerns(self, keys, event):
        return True


MUTANTS = [
    OffsetOfNow, QuietAtTheEnd, LoudAtTheStart, CapByMidnight, ExactlyOldCounts, CapPerRow, ConsentAtScheduling,
    DayIsTwentyFourHours, DateNotMoved, OnceForEver, NoLeapDay, AnyOrder,
]  # fmt: skip


@pytest.fixture(scope="module")
def expected() -> list[tuple[Case, list[object]]]:
    """Cases, and what the twin says of them."""
    cases = [make_case(Random(seed)) for seed in range(CASES)]
    return [(case, play(Twin(), case)) for case in cases]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_the_twin_sees_the_mutant(mutant: type[Conduct], expected: list[tuple[Case, list[object]]]) -> None:
    assert any(_told(ReferenceBackend(mutant()), case) != told for case, told in expected)


def test_the_twin_sees_nothing_where_nothing_is_wrong(expected: list[tuple[Case, list[object]]]) -> None:
    assert all(_told(ReferenceBackend(Conduct()), case) == told for case, told in expected[:200])


def _told(backend: ReferenceBackend, case: Case) -> list[object]:
    try:
        return list(play(backend, case))
    except BackendFailed:
        return []  # a hold that ends before it begins: the engine's own alarm
