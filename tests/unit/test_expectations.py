"""Verdicts against what a variant declares: less is a difference, and so is more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.model.results import Verdict, Violation
from simulator.model.scenarios import Expected, Scenario
from simulator.running.expectations import compare, declared
from tests.unit.small import welcome

NOON = 1_772_452_800_000
HOUR = 3_600_000


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return welcome(tmp_path_factory.mktemp("project"))


def violation(customer: str = "ada", **changes: Any) -> Violation:
    said: dict[str, Any] = {
        "case": customer, "onset": NOON, "sentence": "It came too late.", "margin_ms": -HOUR,
        "activation": f"{customer}/0", **changes,
    }  # fmt: skip
    return Violation(customer=customer, **said)


def verdict(*violations: Violation, activations: int = 2, **changes: Any) -> Verdict:
    outcome = changes.pop("outcome", "violated" if violations else "satisfied")
    template = changes.pop("template", "response")
    return Verdict("welcomed", template, outcome, activations=activations, violations=violations, **changes)


def differences(scenario: Scenario, said: Expected | None, found: Verdict, only: set[str] | None = None) -> list[str]:
    violates = {} if said is None else {"welcomed": said}
    return compare(replace(scenario, violates=violates), [found], only)


BOTH = (violation("ada"), violation("bob"))


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (None, verdict()),
        (None, verdict(outcome="pending", pending=1)),
        (None, verdict(outcome="vacuous", activations=0)),
        (None, verdict(outcome="unsupported")),
        (Expected(), verdict(violation())),
        (Expected(everyone=True), verdict(*BOTH)),
        (Expected(everyone=True), verdict(*BOTH, activations=3, pending=1)),
        (Expected(everyone=True), verdict(violation(activation=None), template="sla", activations=90)),
        (Expected(who=("ada",)), verdict(violation(), violation(onset=NOON + 1))),
        (Expected(times=2), verdict(*BOTH)),
        (Expected(at=(NOON,)), verdict(*BOTH)),
        (Expected(late_ms=HOUR), verdict(*BOTH)),
        (Expected(count=(1, 2)), verdict(*BOTH)),
        (Expected(count=(2, float("inf"))), verdict(*BOTH)),
        (Expected(share=(40, 60)), verdict(violation())),
        (Expected(unaware="esp"), verdict(violation(actor="esp", silo="link crm to esp (lost)"))),
        (Expected(expected="149 EUR", found="411 EUR"), verdict(violation(expected="149 EUR", found="411 EUR"))),
    ],
)
def test_what_is_as_declared_makes_no_difference(scenario: Scenario, said: Expected | None, found: Verdict) -> None:
    assert differences(scenario, said, found) == []


@pytest.mark.parametrize(
    ("said", "found", "complaint"),
    [
        (None, verdict(*BOTH), "welcomed: must hold, and is violated twice, first for ada: It came too late."),
        (None, verdict(outcome="error", reason="division by zero"), "could not judge: division by zero"),
        (Expected(), verdict(outcome="error", reason="oh"), "could not judge: oh"),
        (Expected(), verdict(), "must be violated, and is satisfied"),
        (Expected(), verdict(outcome="pending", reason="1 open."), "must be violated, and is pending (1 open.)"),
        (Expected(), verdict(outcome="vacuous"), "must be violated, and is vacuous"),
        (Expected(everyone=True), verdict(violation()), "must be violated in every case, and 1 of 2 cases hold"),
        (Expected(who=("ada", "bob")), verdict(violation()), "must be violated for bob, and is not"),
        (Expected(who=("ada",)), verdict(*BOTH), "is violated for bob, which is not declared: It came too late."),
        (Expected(times=3), verdict(*BOTH), "must be violated 3 times, and is violated twice"),
        (Expected(at=(NOON + 1,)), verdict(violation()), "at 2026-03-02T12:00:00.001+00:00, and is at 2026-03"),
        (Expected(late_ms=HOUR + 1), verdict(violation()), "must be late by 1 h 1 ms, and is late by 1 h for ada"),
        (Expected(late_ms=HOUR), verdict(violation(margin_ms=None)), "and is with no margin for ada"),
        (Expected(late_ms=HOUR), verdict(violation(), violation(margin_ms=HOUR)), "and is in time by 1 h"),
        (Expected(count=(3, 9)), verdict(*BOTH), "must be violated 3 .. 9 times, and is violated twice"),
        (Expected(count=(0, 1)), verdict(*BOTH), "must be violated 0 .. 1 times, and is violated twice"),
        (Expected(count=(2, 2)), verdict(violation(), violation()), "must be violated 2 times, and is violated once"),
        (Expected(share=(60, 100)), verdict(violation()), "in 60 .. 100 % of its cases, and is in 50 % (1 of 2)"),
        (Expected(unaware="till"), verdict(violation(actor="esp")), "must name till as what did not know"),
        (Expected(unaware="crm"), verdict(violation(actor="crm", known_since=NOON)), "crm must not have known"),
        (Expected(found="411 EUR"), verdict(violation(found="410 EUR")), "'found' must be 411 EUR, and is 410 EUR"),
        (Expected(expected="1 EUR"), verdict(violation()), "'expected' must be 1 EUR, and is not told"),
    ],
)  # fmt: skip
def test_each_difference_is_a_sentence_that_begins_with_the_check(
    scenario: Scenario, said: Expected | None, found: Verdict, complaint: str
) -> None:
    sentences = differences(scenario, said, found)
    assert len(sentences) == 1
    assert sentences[0].startswith("welcomed: ")
    assert complaint in sentences[0]


def test_every_difference_of_a_check_is_told(scenario: Scenario) -> None:
    said = Expected(who=("bob",), times=2, late_ms=2 * HOUR)
    assert len(differences(scenario, said, verdict(violation()))) == 4


def test_a_check_that_is_not_there_cannot_be_violated(scenario: Scenario) -> None:
    found = compare(replace(scenario, violates={"gone": Expected()}), [verdict()])
    assert found == ["gone: must be violated, and there is no check of that name"]


@pytest.mark.parametrize(
    ("said", "found", "expected"),
    [
        (Expected(count=(40, 60)), verdict(violation(), activations=1), 0),
        (Expected(count=(40, 60)), verdict(), 0),
        (Expected(times=7, who=("ada", "bob")), verdict(violation(), activations=1), 0),
        (Expected(times=2, who=("ada",)), verdict(violation(), activations=1), 1),
        (Expected(who=("ada",)), verdict(), 1),
        (Expected(who=("bob",)), verdict(violation()), 1),
        (Expected(who=("bob",)), verdict(), 0),
        (Expected(everyone=True), verdict(violation(), activations=1), 0),
        (Expected(everyone=True), verdict(), 1),
        (Expected(everyone=True), verdict(outcome="vacuous", activations=0), 0),
        (Expected(late_ms=2 * HOUR), verdict(violation()), 1),
        (None, verdict(violation()), 1),
        (None, verdict(violation(), template="level"), 0),
        (None, verdict(outcome="error"), 1),
    ],
)
def test_of_one_cell_only_what_concerns_it_is_compared(
    scenario: Scenario, said: Expected | None, found: Verdict, expected: int
) -> None:
    assert len(differences(scenario, said, found, {"ada"})) == expected


def test_what_is_declared_stands_in_the_result(tmp_path: Path) -> None:
    scenario = welcome(tmp_path, "engine-down")
    assert declared(scenario) == {
        "welcomed": {"outcome": "violated", "cases": "everyone"},
        "one-welcome": {"outcome": "satisfied"},
    }
    said = Expected(who=("bob",), at=(NOON,), late_ms=5, count=(1, float("inf")), unaware="crm")
    assert declared(replace(scenario, violates={"welcomed": said}))["welcomed"] == {
        "outcome": "violated", "cases": ["bob"], "at": ["2026-03-02T21:00:00+09:00"], "late_ms": 5, "unaware": "crm",
        "count": [1, None],
    }  # fmt: skip


def test_nothing_is_declared_of_people_whom_the_command_line_added(scenario: Scenario) -> None:
    people = {"bob": scenario.people["bob"], "extra": replace(scenario.people["bob"], id="extra", background=True)}
    crowded = replace(scenario, people=people, violates={"welcomed": Expected(who=("bob", "extra"))})
    found = verdict(violation(customer="bob"), violation(customer="extra"))
    assert differences(crowded, Expected(who=("bob",)), found) == []
    assert differences(crowded, Expected(who=("bob", "extra")), verdict(violation(customer="bob"))) == []
    assert compare(crowded, [replace(found, name="one-welcome"), found]) == [
        "one-welcome: must hold, and is violated once, first for bob: It came too late."
    ]
