"""One day or every day: what the margins of a check alone tell about lateness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from simulator.model.results import Verdict, Violation
from simulator.model.scenarios import Scenario
from simulator.running.diagnosis import diagnose
from simulator.words.clock import DAY, HOUR, MINUTE
from tests.unit.small import welcome

ZONES = {"ada": "Europe/Paris", "bob": "Asia/Tokyo", "eve": "America/New_York"}
NOV_14 = 1_763_114_400_000  # 14 November 2025, 11:00 in Paris
JUL_1 = 1_751_360_400_000


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    made = welcome(tmp_path_factory.mktemp("project"))
    ada = made.people["ada"]
    return replace(made, people={id: replace(ada, id=id, zone=zone) for id, zone in ZONES.items()})


def verdict(
    late: Sequence[tuple[int, int, str]], in_time: int = 0, never: int = 0, template: str = "response"
) -> Verdict:
    """`late` are (due, late by, customer); other cases came in time, or never."""
    violations = [
        Violation(f"case-{n}", customer, due, "Late.", margin_ms=-by) for n, (due, by, customer) in enumerate(late)
    ]
    violations += [Violation(f"never-{n}", "ada", NOV_14 + n * DAY, "Never.") for n in range(never)]
    margins = (*(-by for _, by, _ in late), *[2 * HOUR] * in_time)
    outcome = "violated" if violations else "satisfied"
    return Verdict("welcomed", template, outcome, violations=tuple(violations), margins=margins)


def daily(by: int, count: int, start: int = NOV_14, who: str = "ada") -> list[tuple[int, int, str]]:
    return [(start + n * 7 * DAY, by, who) for n in range(count)]


@pytest.mark.parametrize(
    ("found", "kind", "why"),
    [
        (verdict([(NOV_14, 22 * HOUR + 7 * MINUTE, "ada")], in_time=1), "single incident", "1 of 2 came late"),
        (verdict([(NOV_14 + n * HOUR, 9 * HOUR - n * HOUR, "ada") for n in range(9)], in_time=50), "single incident",
         "one day, not every day"),
        (verdict(daily(22 * HOUR, 12)), "constant shift of 1 day", "on 12 different days: every day, not one"),
        (verdict([*daily(19 * HOUR, 6), *daily(27 * HOUR, 6)]), "constant shift of 1 day", "by 19 h to 27 h"),
        (verdict(daily(46 * HOUR, 4)), "constant shift of 2 days", "4 of 4"),
        (verdict([*daily(HOUR, 5), *daily(2 * HOUR, 5, JUL_1)], in_time=9), "time zone", "differ"),
        (verdict([*daily(HOUR, 3), *daily(7 * HOUR, 3, NOV_14, "eve")]), "time zone", "just what their clocks differ"),
        (verdict(daily(9 * HOUR, 3, NOV_14, "bob"), in_time=20), "time zone", "differ from UTC"),
        (verdict(daily(HOUR, 3, NOV_14, "eve"), in_time=20), "clock change", "only on one side of a clock change"),
        (verdict([(NOV_14, HOUR + n * 20 * MINUTE, "ada") for n in range(12)], in_time=80), "backlog",
         "as out of a queue"),
        (verdict([(NOV_14 + n * DAY, n * n * 11 * MINUTE + MINUTE, "ada") for n in range(9)], in_time=9), "backlog",
         "later and later"),
        (verdict(daily(3 * HOUR + 7 * MINUTE, 6)), "constant shift of 3 h 7 min", "all alike"),
        (verdict([(NOV_14, HOUR, "ada")]), "none", "one day alone does not tell"),
        (verdict([], in_time=3, never=2), "none", "2 never came at all"),
        (verdict([(NOV_14 + n * 9 * DAY, by * MINUTE, "ada") for n, by in enumerate((50, 7, 300, 21))], in_time=9),
         "none", "in no pattern"),
    ],
)  # fmt: skip
def test_lateness_is_told_by_its_pattern(scenario: Scenario, found: Verdict, kind: str, why: str) -> None:
    diagnosis = diagnose(found, scenario)
    assert diagnosis is not None
    assert (diagnosis.kind, why in diagnosis.why) == (kind, True), diagnosis


def test_margins_without_violations_of_single_cases_are_enough_for_a_shift(scenario: Scenario) -> None:
    whole = Violation("p99", "", NOV_14, "p99 is 24 h.")
    found = Verdict("sla", "sla", "violated", violations=(whole,), margins=(-DAY,) * 99)
    diagnosis = diagnose(found, scenario)
    assert diagnosis is not None
    assert diagnosis.kind == "constant shift of 1 day"


def test_only_violated_checks_about_time_are_diagnosed(scenario: Scenario) -> None:
    assert diagnose(verdict([], in_time=3), scenario) is None
    assert diagnose(verdict([(NOV_14, HOUR, "ada")], template="at_most"), scenario) is None


def test_what_the_granularity_excuses_came_in_time(scenario: Scenario) -> None:
    late = verdict([(NOV_14, 22 * HOUR, "ada")])
    excused = {"granularity": {"ms": HOUR, "cases": 3, "most_ms": HOUR}}
    found = replace(late, margins=(-22 * HOUR, *[-HOUR] * 3), figures=excused)
    told = diagnose(found, scenario)
    assert told is not None
    assert (told.kind, told.why.split(",")[0]) == ("single incident", "1 of 4 came late")
