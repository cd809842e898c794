"""How exactly a backend keeps time, in verdicts, in logs, in results, and in what is compared with a declaration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from simulator.backends.protocol import Capabilities
from simulator.backends.reference import ReferenceBackend
from simulator.checks import judge, judge_block, merge
from simulator.model.log import Event
from simulator.model.results import Verdict, Violation
from simulator.model.resultschema import result_schema
from simulator.model.scenarios import Expected, Scenario
from simulator.running import judge_log, read_log, rehearse, result_file, write_log
from simulator.running.expectations import compare
from tests.laws.logs import HOUR, PEOPLE, START, bench, log_of
from tests.unit.small import welcome

MINUTE = HOUR // 60
RESPONSE = {
    "response": "Each is answered.",
    "activation": "Question Asked",
    "target": "Message Received",
    "within": "2 h",
}


def at(minutes: int, name: str, person: str = "anna", **data: Any) -> Event:
    return Event(START + minutes * MINUTE, name, person, system="helpdesk", data=data)


def asked_and_answered(minutes: int, person: str = "anna") -> list[Event]:
    return [at(0, "Question Asked", person), at(minutes, "Message Received", person)]


def judged(spec: dict[str, Any], *events: Event, granularity: int = 15, end: int = 10_000) -> Verdict:
    (verdict,) = judge(log_of(events, START + end * MINUTE, granularity * MINUTE), bench(spec))
    return verdict


def test_the_granularity_excuses_its_last_millisecond_and_says_so() -> None:
    events = [*asked_and_answered(130), *asked_and_answered(135, "bob"), *asked_and_answered(60, "cem")]
    verdict = judged(RESPONSE, *events)
    words = "within the 15 min to which the backend 'coarse' keeps time."
    assert (verdict.outcome, verdict.reason) == ("satisfied", f"2 of 3 were late by up to 15 min, {words}")
    assert verdict.figures["granularity"] == {
        "ms": 15 * MINUTE, "cases": 2, "most_ms": 15 * MINUTE, "backend": "coarse",
    }  # fmt: skip
    assert sorted(verdict.margins) == [-15 * MINUTE, -10 * MINUTE, 60 * MINUTE]
    assert judged(RESPONSE, *asked_and_answered(130)).reason == f"1 of 1 was late by 10 min, {words}"


def test_a_millisecond_more_is_a_violation_with_its_margin_from_the_deadline() -> None:
    late = at(135, "Message Received")
    late.time += 1
    verdict = judged(RESPONSE, at(0, "Question Asked"), late, *asked_and_answered(130, "bob"))
    assert (verdict.outcome, verdict.reason) == ("violated", "1 violation.")
    [found] = verdict.violations
    assert (found.onset, found.margin_ms) == (START + 2 * HOUR, -15 * MINUTE - 1)
    assert verdict.figures["granularity"]["cases"] == 1


def test_where_it_does_not_decide_nothing_is_said_of_it() -> None:
    verdict = judged(RESPONSE, *asked_and_answered(120))
    assert (verdict.outcome, verdict.reason, verdict.figures) == ("satisfied", "", {})


def test_a_duty_is_open_until_the_granularity_is_over() -> None:
    assert judged(RESPONSE, at(0, "Question Asked"), end=134).outcome == "pending"
    assert judged(RESPONSE, at(0, "Question Asked"), end=135).outcome == "violated"


@pytest.mark.parametrize(
    ("spec", "events", "late"),
    [
        ({"existence": "", "target": "Message Received", "by": "start + 2 h"},
         [at(125, "Message Received", person) for person in PEOPLE], 5),
        ({"precedence": "", "activation": "Message Received", "target": "Question Asked", "within": "2 h"},
         asked_and_answered(127), 7),
        ({**RESPONSE, "unless": "Complaint Closed"}, [at(0, "Question Asked"), at(129, "Complaint Closed")], 9),
        ({"sla": "", "activation": "Question Asked", "target": "Message Received", "quantiles": {"p50": "2 h"}},
         asked_and_answered(121), 1),
    ],
)  # fmt: skip
def test_every_deadline_is_relaxed_alike(spec: dict[str, Any], events: list[Event], late: int) -> None:
    assert judged(spec, *events, granularity=late - 1).outcome == "violated"
    verdict = judged(spec, *events)
    assert verdict.outcome == "satisfied"
    assert verdict.figures["granularity"]["most_ms"] == late * MINUTE


def test_a_desk_that_is_late_is_not_excused_by_the_automation_s_clock() -> None:
    answered = {**RESPONSE, "target": "Question Answered"}
    verdict = judged(answered, at(0, "Question Asked"), at(121, "Question Answered"), granularity=600)
    assert (verdict.outcome, verdict.figures) == ("violated", {})


def test_what_is_forbidden_stays_forbidden() -> None:
    quiet = {"not_response": "", "activation": "Question Asked", "target": "Message Received", "within": "2 h"}
    assert judged(quiet, *asked_and_answered(120), granularity=600).outcome == "violated"
    assert judged({"absence": "", "target": "Message Received"}, *asked_and_answered(1)).outcome == "violated"


def test_blocks_say_together_what_the_whole_says() -> None:
    events = [*asked_and_answered(122), *asked_and_answered(131, "bob"), *asked_and_answered(60, "cem")]
    whole, end = bench(RESPONSE), START + 200 * MINUTE
    blocks = []
    for people in (("anna", "cem"), ("bob",)):
        ours = replace(whole, people={name: PEOPLE[name] for name in people})
        rows = [event for event in events if event.person in people]
        blocks.append(judge_block(log_of(rows, end, 15 * MINUTE), ours))
    assert merge(blocks) == judge(log_of(events, end, 15 * MINUTE), whole)
    assert merge(blocks)[0].reason.startswith("2 of 3 were late by up to 11 min")


# ------------------------------------------------------------------------------------------------------- running


class Coarse(ReferenceBackend):
    """The reference under a clock that is looked at every 85 minutes."""

    name = "coarse"
    capabilities = replace(ReferenceBackend.capabilities, clock="stepped", granularity_ms=85 * MINUTE)

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[Event] = []

    def ingest(self, event: Event) -> None:
        self._kept.append(event)

    def advance(self, to: int, step: int) -> list[Event]:
        # What arrives between two looks at the clock waits for the next one.
        if (to - self.begun) % (85 * MINUTE) == 0:
            for event in self._kept:
                event.time = to
                super().ingest(event)
            self._kept = []
        return super().advance(to, step)

    def open(self, briefing: Any, start: int) -> None:
        self.begun = start
        super().open(briefing, start)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return welcome(tmp_path_factory.mktemp("project"))


def test_a_run_on_a_coarse_backend_says_what_it_was_excused_for(scenario: Scenario, tmp_path: Path) -> None:
    found = rehearse(scenario, backend=Coarse)
    [welcomed, _] = found.verdicts
    assert welcomed.outcome == "satisfied"
    assert "within the 1 h 25 min to which the backend 'coarse' keeps time." in welcomed.reason
    assert found.as_expected
    assert found.result["granularity_ms"] == 85 * MINUTE
    jsonschema.Draft202012Validator(result_schema()).validate(result_file([found]))

    write_log(found.log, scenario, tmp_path / "log.jsonl")
    again = judge_log(read_log(tmp_path / "log.jsonl", scenario), scenario)
    assert again.verdicts == found.verdicts
    assert (again.log.granularity_ms, again.log.backend) == (85 * MINUTE, "coarse")


def test_the_log_of_an_exact_backend_speaks_of_no_granularity(scenario: Scenario, tmp_path: Path) -> None:
    found = rehearse(scenario)
    write_log(found.log, scenario, tmp_path / "log.jsonl")
    assert "granularity" not in (tmp_path / "log.jsonl").read_text(encoding="utf-8")
    assert "granularity_ms" not in found.result


def test_a_cooperative_backend_may_be_inexact_as_well(scenario: Scenario) -> None:
    class Lazy(ReferenceBackend):
        capabilities = replace(ReferenceBackend.capabilities, granularity_ms=1)

    assert rehearse(scenario, backend=Lazy).log.granularity_ms == 1
    assert Capabilities().granularity_ms == 0


# ------------------------------------------------------------------------------------------------- what is declared

NOON = 1_772_452_800_000


def differences(scenario: Scenario, said: Expected, granularity: int, **changes: Any) -> list[str]:
    told: dict[str, Any] = {"onset": NOON, "margin_ms": -HOUR, "sentence": "It came too late.", **changes}
    verdict = Verdict("welcomed", "response", "violated", activations=2, violations=(Violation("ada", "ada", **told),))
    return compare(replace(scenario, violates={"welcomed": said}), [verdict], None, granularity)


def test_a_declared_instant_and_lateness_may_be_later_by_the_granularity(scenario: Scenario) -> None:
    declared = Expected(at=(NOON,), late_ms=HOUR)
    assert differences(scenario, declared, 0) == []
    for beyond in (1, MINUTE):
        changes = {"onset": NOON + beyond, "margin_ms": -HOUR - beyond}
        assert len(differences(scenario, declared, 0, **changes)) == 2
        assert differences(scenario, declared, MINUTE, **changes) == []
    assert len(differences(scenario, declared, MINUTE, onset=NOON + MINUTE + 1, margin_ms=-HOUR - MINUTE - 1)) == 2


def test_what_comes_before_it_is_declared_is_a_difference_on_any_clock(scenario: Scenario) -> None:
    declared = Expected(at=(NOON,), late_ms=HOUR)
    assert len(differences(scenario, declared, MINUTE, onset=NOON - 1, margin_ms=-HOUR + 1)) == 2


def test_each_declared_instant_must_be_met(scenario: Scenario) -> None:
    assert differences(scenario, Expected(at=(NOON, NOON - HOUR)), MINUTE)
