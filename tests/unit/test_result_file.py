"""The result file: its published form, the same bytes for the same run, and enough to run again from."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from simulator.backends.protocol import Capabilities
from simulator.backends.reference import ReferenceBackend
from simulator.model.log import Event
from simulator.model.resultschema import result_schema
from simulator.model.scenarios import Expected, Scenario
from simulator.running import Rehearsal, judge_log, read_log, rehearse, replay, result_file, write_log
from simulator.words.errors import LimitReached, Stuck, UsageError
from tests.unit.small import WELCOME, welcome

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "docs" / "result.schema.json"
CROWD = WELCOME.replace(
    "  bob:\n", "  crowd: {like: anna, count: 460, profiles: 1, varies: {name: any}}\n  bob:\n"
).replace("who: [ada, bob]", "who: [ada, bob, crowd]")


@pytest.fixture(scope="module")
def rehearsals(tmp_path_factory: pytest.TempPathFactory) -> list[Rehearsal]:
    folder = tmp_path_factory.mktemp("project")
    return [rehearse(welcome(folder, variant)) for variant in ("as-it-should-go", "engine-down")]


def entry(scenario: Scenario, **options: Any) -> dict[str, Any]:
    return rehearse(scenario, **options).result


def test_the_published_schema_is_the_one_in_the_program() -> None:
    schema = result_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    text = json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
    assert PUBLISHED.read_text(encoding="utf-8") == text, "docs/result.schema.json: write result_schema() there again"


def test_a_result_has_the_published_form(rehearsals: list[Rehearsal]) -> None:
    document = json.loads(json.dumps(result_file(rehearsals, {"seed": 1, "strict": False}), allow_nan=False))
    jsonschema.validate(document, result_schema())
    assert set(document["tool"]) == {"journeyproof", "python", "numpy", "simpy", "faker", "tzdata"}
    assert [scenario["variant"] for scenario in document["scenarios"]] == ["as-it-should-go", "engine-down"]
    assert document["timing"]["scenarios"][1]["variant"] == "engine-down"


def test_the_same_run_gives_the_same_bytes_and_no_path_of_this_machine(tmp_path: Path) -> None:
    texts = []
    for name in ("one", "another"):
        document = result_file([rehearse(welcome(tmp_path / name, "engine-down"))])
        del document["tool"], document["timing"]
        texts.append(json.dumps(document, ensure_ascii=False))
    assert texts[0] == texts[1]
    for folder in (tmp_path, ROOT, Path.home()):
        assert str(folder) not in texts[0]
    assert not re.search(r'": "/[A-Za-z]', texts[0])


def test_what_happened_is_told_as_the_customer_saw_it(rehearsals: list[Rehearsal]) -> None:
    found = rehearsals[1].result
    assert (found["outcome"], found["as_expected"], found["unexpected"]) == ("violated", True, [])
    ada, bob = found["checks"][0]["violations"]
    assert (ada["customer"], ada["onset"], ada["margin_ms"]) == ("ada", "2026-03-02T11:00:00+00:00", -3_660_000)
    assert (bob["customer"], bob["onset"]) == ("bob", "2026-03-02T20:00:00+09:00")
    story = {exhibit["customer"]: exhibit for exhibit in found["exhibits"]}["bob"]
    assert (story["zone"], story["sampled"]) == ("Asia/Tokyo", False)
    assert [event["name"] for event in story["events"]][-4:-1] == [
        "Fact Arrived", "Message Delivered", "Message Received",
    ]  # fmt: skip
    [message] = story["messages"]
    assert message["received"] == "2026-03-02T21:01:00+09:00"
    assert message["subject"] == "Welcome, Bob"
    assert "[first_name?]" not in message["text"]
    assert [event["name"] for event in found["organisation_events"]] == ["Fault Began", "Fault Ended"]
    assert found["results"]["welcome"]["sent"] == 2
    [journey] = found["journeys"]
    assert journey["edges"] == [{"from": 0, "to": -1, "label": "", "taken": 2}]
    assert re.fullmatch(r"fixtures/journeys/welcome\.journey\.yaml:\d+", journey["nodes"][0]["place"])


def test_a_log_that_was_saved_is_judged_the_same(rehearsals: list[Rehearsal], tmp_path: Path) -> None:
    for before in rehearsals:
        path = tmp_path / "run.jsonl"
        write_log(before.log, before.scenario, path)
        now = judge_log(read_log(path, before.scenario), before.scenario)
        assert now.verdicts == before.verdicts
        same = set(before.result) - {"backend", "capabilities"}
        assert {key: now.result[key] for key in same} == {key: before.result[key] for key in same}
        assert now.result["backend"] is None
    [outcome] = replay(result_file([now]))
    assert not outcome.same
    assert "nothing to run again" in str(outcome.first_difference)


# ------------------------------------------------------------------------------------------------------- replay


def document_of(rehearsals: list[Rehearsal]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(result_file(rehearsals)))
    return found


def test_a_result_is_enough_to_run_again(rehearsals: list[Rehearsal]) -> None:
    outcomes = replay(document_of(rehearsals))
    assert [(outcome.name, outcome.same) for outcome in outcomes] == [
        ("welcome › as-it-should-go", True), ("welcome › engine-down", True),
    ]  # fmt: skip


def later_fault(entry: dict[str, Any]) -> None:
    entry["scenario"]["scenario"]["faults"][0]["until"] = "2026-03-02 11:59"


def other_template(entry: dict[str, Any]) -> None:
    entry["exhibits"][1]["events"][3]["data"] = {"note": "x"}
    entry["log_digest"] = "sha256:0"


def one_event_less(entry: dict[str, Any]) -> None:
    entry["exhibits"][0]["events"].pop()
    entry["log_digest"] = "sha256:0"


def no_stories(entry: dict[str, Any]) -> None:
    entry["exhibits"] = []
    entry["digests"]["bob"] = "0"
    entry["log_digest"] = "sha256:0"


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (later_fault, "the organisation: Fault Ended at 2026-03-02T12:00:00+00:00 became Fault Ended at 2026-"),
        (other_template, "bob: Journey Entered at 2026-03-02T21:00:00+09:00: "),
        (one_event_less, "ada: Fact Arrived at 2026-03-02T12:02:00+00:00 is new"),
        (no_stories, "the events of bob differ; the result holds no story of theirs"),
    ],
)
def test_the_first_difference_is_named(
    rehearsals: list[Rehearsal], change: Callable[[dict[str, Any]], None], difference: str
) -> None:
    document = document_of([rehearsals[1]])
    change(document["scenarios"][0])
    [outcome] = replay(document)
    assert not outcome.same
    assert difference in str(outcome.first_difference)


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ({}, "it says 'no format', not 'journeyproof-result 1'"),
        ({"format": "journeyproof-result", "version": 2}, "it says 'journeyproof-result 2'"),
        ({"format": "journeyproof-result", "version": 1}, "holds no list of scenarios"),
        ({"format": "journeyproof-result", "version": 1, "scenarios": [{"name": "x"}]}, "lacks family, variant"),
    ],
)
def test_what_is_no_result_is_refused(document: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError, match=re.escape(complaint)):
        replay(document)


def test_a_damaged_scenario_is_refused(rehearsals: list[Rehearsal]) -> None:
    from simulator.words.errors import InvalidDocuments

    document = document_of([rehearsals[0]])
    del document["scenarios"][0]["scenario"]["people"]
    with pytest.raises(InvalidDocuments, match="lacks people"):
        replay(document)


# --------------------------------------------------------------------------------------------- other ways to run


def test_one_customer_runs_alone_with_the_same_events(rehearsals: list[Rehearsal]) -> None:
    whole = rehearsals[1]
    alone = rehearse(whole.scenario, only="bob")
    assert [event for event in alone.log if event.person == "bob"] == [
        event for event in whole.log if event.person == "bob"
    ]
    assert {event.person for event in alone.log} == {"", "bob"}
    assert alone.as_expected
    assert (alone.result["customer"], alone.result["customers"]) == ("bob", 1)
    assert alone.result["checks"][0]["activations"] == 1
    assert replay(document_of([alone]))[0].same
    with pytest.raises(UsageError, match="did you mean 'bob'"):
        rehearse(whole.scenario, only="bobb")


def test_what_the_variant_does_not_declare_is_told(rehearsals: list[Rehearsal]) -> None:
    scenario = rehearsals[1].scenario
    less = entry(replace(scenario, violates={}))
    assert not less["as_expected"]
    assert less["unexpected"][0].startswith("welcomed: must hold, and is violated twice, first for ada: ")
    more = entry(replace(scenario, violates={**scenario.violates, "one-welcome": Expected()}))
    assert more["unexpected"] == ["one-welcome: must be violated, and is satisfied"]
    shifted = entry(replace(scenario, diagnosis="constant shift of 1 day"))
    assert shifted["unexpected"][0].startswith("the diagnosis must be 'constant shift of 1 day', and it is 'none': 2")


class Limited(ReferenceBackend):
    name = "limited"
    capabilities = Capabilities(independent_customers=True, features=frozenset({"trigger.event"}))


class Broken(ReferenceBackend):
    name = "broken"

    def ingest(self, event: Event) -> None:
        raise ZeroDivisionError("no customers")


class Unborn(ReferenceBackend):
    def __init__(self) -> None:
        raise RuntimeError("no licence")


def test_what_a_backend_cannot_express_is_unsupported_by_name(rehearsals: list[Rehearsal]) -> None:
    found = rehearse(rehearsals[1].scenario, backend=Limited)
    assert (found.outcome, found.as_expected, len(found.log)) == ("unsupported", True, 0)
    assert {check["outcome"] for check in found.result["checks"]} == {"unsupported"}
    line, rule = "fixtures/journeys/welcome.journey.yaml:5", "fixtures/policies/plain.policy.yaml:2"
    reason = f"the backend 'limited' has no policy.consent ({rule}), step.send ({line})"
    assert found.result["checks"][0]["reason"] == reason
    assert found.result["refusals"] == [
        {"line": rule, "sentence": "the backend has no policy.consent"},
        {"line": line, "sentence": "the backend has no step.send"},
    ]
    assert found.result["log_digest"] is None
    jsonschema.validate(json.loads(json.dumps(result_file([found]))), result_schema())


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        (Broken, "the backend 'broken' failed in ingest: ZeroDivisionError: no customers"),
        (Unborn, "the backend could not be made: RuntimeError: no licence"),
    ],
)
def test_a_backend_that_fails_is_an_error_and_never_as_expected(
    rehearsals: list[Rehearsal], backend: Any, reason: str
) -> None:
    for before in rehearsals:
        found = rehearse(before.scenario, backend=backend)
        assert (found.outcome, found.as_expected) == ("error", False)
        assert [check["reason"] for check in found.result["checks"]] == [reason, reason]
        assert len(found.result["unexpected"]) == 2


def test_a_backend_of_ones_own_is_named_by_module_and_class(rehearsals: list[Rehearsal]) -> None:
    scenario = rehearsals[0].scenario
    found = rehearse(scenario, backend="simulator.backends.reference:ReferenceBackend")
    assert found.result["log_digest"] == rehearsals[0].result["log_digest"]
    for name, complaint in (
        ("referenc", "did you mean 'reference'"),
        ("no.such.module:Engine", "cannot be imported"),
        ("simulator.backends.reference:Engine", "has no class 'Engine'"),
    ):
        with pytest.raises(UsageError, match=complaint):
            rehearse(scenario, backend=name)


def test_limits_are_told_and_not_judged(rehearsals: list[Rehearsal]) -> None:
    scenario = rehearsals[0].scenario
    with pytest.raises(LimitReached):
        rehearse(replace(scenario, limits=scenario.limits.model_copy(update={"events": 5})))
    with pytest.raises(Stuck):
        rehearse(replace(scenario, limits=scenario.limits.model_copy(update={"rounds": 1})))


def test_a_large_run_shows_a_sample_and_the_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    scenario = welcome(tmp_path, "engine-down", CROWD)
    one = rehearse(scenario)
    two = rehearse(scenario, workers=2)
    assert one.log.rows == two.log.rows
    assert json.dumps(one.result) == json.dumps(two.result)
    assert len(one.log) > 5_000
    shown = one.result["exhibits"]
    assert {exhibit["sampled"] for exhibit in shown} == {True}
    assert [exhibit["customer"] for exhibit in shown][:2] == ["ada", "bob"]
    assert 20 <= len(shown) <= 60
    assert one.result["customers"] == 462
    assert one.result["checks"][0]["violations_in_all"] == 462


def test_the_list_of_violations_is_bounded_and_the_rest_is_counted(
    rehearsals: list[Rehearsal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.running.resultfile.MOST_VIOLATIONS", 1)
    check = entry(copy.copy(rehearsals[1].scenario))["checks"][0]
    assert (len(check["violations"]), check["violations_in_all"]) == (1, 2)
