"""The child's side of the pipe, without one: lines in, lines out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from simulator.backends.child.service import Service
from simulator.model.log import Event
from simulator.model.wire import briefing_to_wire, event_to_wire
from tests.contract import engines_for_tests as engines
from tests.contract.engines_for_tests import Thankful, called
from tests.unit.little import little_scenario

START, LATER = "2026-03-02T12:00:00.000Z", "2026-03-02T12:05:00.000Z"


class Calls:
    """Calls a service as the parent does."""

    def __init__(self, engine: type[Thankful], folder: Path) -> None:
        told = {"target": called(engine), "arguments": {}, "clock": None, "events": 1_000, "bytes": 10_000}
        self.service = Service(told)
        self.briefing = little_scenario(folder).briefing

    def __call__(self, call: str, **told: Any) -> dict[str, Any]:
        line = self.service.answer(json.dumps({"call": call, **told}).encode())
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        answer: dict[str, Any] = json.loads(line)
        return answer

    def all(self) -> dict[str, Any]:
        """The first error among the calls of a run, else the answer to its one step."""
        profile = self.briefing.profiles[0].id
        order = Event(1_772_452_800_000, "Order Completed", profile=profile, data={"order_id": "o-1"}, number=0)
        calls: list[dict[str, Any]] = [
            {"call": "capabilities"},
            {"call": "open", "briefing": briefing_to_wire(self.briefing), "start": START},
            {"call": "ingest", "events": [event_to_wire(order, self.briefing.dictionary.fields)]},
            {"call": "advance", "to": LATER, "step": 1},
        ]
        answer: dict[str, Any] = {}
        for call in calls:
            answer = self(**call)
            if "error" in answer:
                break
        return answer


def test_the_calls_of_a_run_and_their_answers(tmp_path: Path) -> None:
    calls = Calls(engines.Thankful, tmp_path)
    declared = calls("capabilities")["answer"]
    assert declared["name"] == "thankful"
    assert declared["capabilities"]["clock"] == "cooperative"
    done = calls.all()["answer"]
    [sent] = done["events"]
    assert (sent["type"], sent["time"], sent["causeid"]) == ("Message Sent", LATER, "/0")
    assert done["next_wakeup"] is None
    assert calls("advance", to=LATER, step=1)["answer"] == done
    assert calls("next_wakeup")["answer"] == {"now": LATER, "step": 1, "next_wakeup": None}
    assert calls("close") == {"answer": {}}
    assert calls("advance", to=LATER, step=2)["error"]["message"] == "it has not been opened"


@pytest.mark.parametrize(
    ("engine", "kind", "said"),
    [
        (
            engines.Undeclared,
            "BackendFailed",
            "'capabilities' are 'all of them': they are a simulator.Capabilities",
        ),
        (engines.Unmakable, "Raised", r"^RuntimeError: no licence \(.*engines_for_tests.py:\d+\)$"),
        (engines.Raising, "Raised", r"^JSONDecodeError: Expecting property name .* \(.*engines_for_tests.py:\d+\)$"),
        (engines.Speechless, "Raised", r"^Speechless\.Error: its message cannot be told: ZeroDivisionError \(.*\)$"),
        (engines.Leaving, "Raised", r"^it called sys.exit\('I am done'\) \(.*engines_for_tests.py:\d+\)$"),
        (engines.Dreaming, "BackendFailed", r"next_wakeup\(\) returned 'tomorrow': it returns an instant"),
        (engines.Listless, "BackendFailed", r"advance\(\) returned None: it returns a list of events"),
        (engines.Loose, "BackendFailed", r"a list with {'type': 'Message Sent'}: each is a simulator.Event"),
        (engines.Unspeakable, "BackendFailed", "its answer holds what JSON cannot carry: .*surrogates"),
        (engines.Infinite, "BackendFailed", "its answer holds what JSON cannot carry: .*range float"),
        (engines.Odd, "BackendFailed", "its answer holds what JSON cannot carry: .* set is not JSON serializable"),
        (engines.Wordy, "BackendFailed", r"^its answer has 20\d\d\d\d bytes; the limit is 10000$"),
        (engines.Flooding, "BackendFailed", r"^advance\(\) returned 2000 events; the limit is 1000$"),
        (engines.Backdating, "BackendFailed", "it stamps 'Message Sent' .*, outside the step"),
        (engines.Restless, "NotQuiescent", "^three jobs were still running after 30 s$"),
        (engines.Turning, "ClockTurnedBack", "^it is later than you think$"),
        (engines.Absent, "NotInstalled", r"^pip install 'journeyproof\[absent\]'$"),
    ],
)
def test_what_goes_wrong_is_an_answer_too(engine: type[Thankful], kind: str, said: str, tmp_path: Path) -> None:
    error = Calls(engine, tmp_path).all()["error"]
    assert error["kind"] == kind
    assert re.search(said, error["message"]), error["message"]


def test_a_refusal_keeps_its_lines(tmp_path: Path) -> None:
    calls = Calls(engines.Refusing, tmp_path)
    line = calls.briefing.programs[0].line
    assert calls.all()["error"] == {
        "kind": "Unsupported",
        "refusals": [[line, "no journeys here"], ["", "nor messages: “никаких”"]],
    }


def test_a_briefing_that_is_not_in_form_is_said(tmp_path: Path) -> None:
    error = Calls(engines.Thankful, tmp_path)("open", briefing={"format": 7}, start=START)["error"]
    assert error["kind"] == "BackendFailed"
    assert "format is 7" in error["message"]
