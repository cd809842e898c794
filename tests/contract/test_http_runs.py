"""Whole rehearsals over HTTP: the same log in every language, and a broken backend is found out."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulator.backends.http import RemoteBackend
from simulator.backends.http.calls import disconnect
from simulator.backends.http.serving import exposed
from simulator.backends.reference import ReferenceBackend
from simulator.model.data import data_folder
from simulator.model.jsonl import lines
from simulator.model.loading import discover, load
from simulator.model.scenarios import Scenario
from simulator.running.rehearsal import Rehearsal, rehearse
from tests.unit.little import little_scenario

ROOT = Path(__file__).resolve().parents[2]
GOOD = ROOT / "docs" / "examples" / "node-backend" / "backend.mjs"
BROKEN = Path(__file__).with_name("broken-backend.mjs")

FOLLOW_UP = """
scenario: A lamp, and a question two days later
starts: 2026-03-26
lasts: 10 days
organisation: two-systems
people: [ann, bob]
policy: no-rules
journeys: [follow-up]
story:
  - {at: 2026-03-27 10:00, who: ann, event: Order Completed, with: {order_id: o-1, item: lamp, amount: 20 EUR}}
  - {at: 2026-03-27 10:10, who: ann, event: Order Completed, with: {order_id: o-1, item: candle, amount: 2 EUR}}
  - {at: 2026-03-27 12:00, who: bob, event: Order Completed, with: {order_id: o-2, amount: 20 EUR}}
  - {at: 2026-03-28 12:00, who: bob, event: Order Completed, with: {order_id: o-3, item: bed, amount: 200 EUR}}
  - {at: 2026-03-29 12:00, who: bob, event: Order Handed Over, with: {order_id: o-3}}
checks:
  asked:
    response: Two days after an order was heard of there is a question, at the same time of day and not before.
    activation: Journey Entered where order_id != o-3
    target: Message Sent where message = question
    same: order_id
    not_before: activation + 2 days
    within: 2 days
  thanked:
    existence: Everybody is thanked in March.
    target: Message Received where message = thanks
    by: start of 2026-04-01
  once:
    at_most: No more than one question for each order.
    target: Message Received where message = question
    same: order_id
    limit: 1
  never-too-late:
    absence: Nobody is asked about what they have got.
    target: Message Sent where order_id = o-3 and message = question
"""
JOURNEY = """
journey: Follow up
purpose: survey
trigger: {event: Order Completed}
reentry: REENTRY
exit: [Order Handed Over]
steps:
  - {send: thanks, channel: email}
  - wait: 2 days
  - {send: question, channel: email}
  - wait: 1 h 30 min
"""
QUESTION = """
message: A question
subject: Do you like your {{ item }}?
text: Dear {{ first_name }}, do you like your {{ item }}?
names: {item: order.item, first_name: customer.first_name}
"""


def follow_up(folder: Path, reentry: str = "once per order_id") -> Scenario:
    """A little scenario over the night on which the clocks change: an entry, a wait, an early exit."""
    little_scenario(folder)
    home = folder / "scenarios" / "purchase"
    files = {
        "follow-up.scenario": FOLLOW_UP,
        "follow-up.journey": JOURNEY.replace("REENTRY", reentry),
        "question.message": QUESTION,
    }
    for name, text in files.items():
        (home / f"{name}.yaml").write_text(text, encoding="utf-8")
    (source,) = discover([home / "follow-up.scenario.yaml"], data_folder("scenarios"), folder)
    return load(source, source.variants[0], seed=1, customers=0)


def shipped(family: str, variant: str) -> Scenario:
    scenarios = data_folder("scenarios")
    sources = discover([scenarios / family], scenarios, scenarios.parent)
    (source,) = (source for source in sources if variant in source.variants)
    return load(source, variant, seed=42, customers=0)


@contextmanager
def node(program: Path, *words: str) -> Iterator[str]:
    """The address of a program in Node.js, which lives as long as the block."""
    command = ["node", program, "0", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip().removeprefix("listening on ")
        finally:
            process.kill()
            disconnect()


def over(url: str, scenario: Scenario) -> Rehearsal:
    return rehearse(scenario, backend=lambda: RemoteBackend(url))


def told(rehearsal: Rehearsal) -> list[str]:
    return list(lines(rehearsal.log, "/test"))


def verdicts(rehearsal: Rehearsal) -> dict[str, str]:
    return {verdict.name: verdict.outcome for verdict in rehearsal.verdicts}


@pytest.mark.parametrize(
    ("family", "variant"),
    [
        ("late-birthday", "one-day-incident"),
        ("delayed-delivery", "mis-ticked-flag"),
        ("contact-flood", "spring-clock-change"),
    ],
)
def test_a_shipped_scenario_tells_the_same_over_http_byte_for_byte(family: str, variant: str) -> None:
    scenario = shipped(family, variant)
    with exposed(ReferenceBackend, token="t") as url:
        remote = rehearse(scenario, backend=lambda: RemoteBackend(url, token="t"))
        disconnect()
    local = rehearse(scenario)
    assert told(remote) == told(local)
    assert verdicts(remote) == verdicts(local)
    assert remote.as_expected


def test_a_little_scenario_tells_the_same_over_http_byte_for_byte(tmp_path: Path) -> None:
    scenario = follow_up(tmp_path)
    with exposed(ReferenceBackend) as url:
        remote = over(url, scenario)
        disconnect()
    assert told(remote) == told(rehearse(scenario))
    assert verdicts(remote) == dict.fromkeys(("asked", "thanked", "once", "never-too-late"), "satisfied")


@pytest.mark.parametrize("reentry", ["once per order_id", "once", "always", "after exit"])
def test_a_backend_in_another_language_tells_the_same_as_the_reference(tmp_path: Path, reentry: str) -> None:
    scenario = follow_up(tmp_path, reentry)
    with node(GOOD) as url:
        remote = over(url, scenario)
    local = rehearse(scenario)
    assert [event.data["message"] for event in local.log if event.name == "Message Sent"].count("question") >= 1
    assert told(remote) == told(local)
    assert verdicts(remote) == verdicts(local)


def test_answers_that_are_lost_on_the_way_change_nothing(tmp_path: Path) -> None:
    scenario = follow_up(tmp_path)
    with node(BROKEN, "breaks-off") as url:
        remote = over(url, scenario)
    assert told(remote) == told(rehearse(scenario))


@pytest.mark.parametrize(
    ("fault", "reentry", "check", "outcome"),
    [
        ("early", "once per order_id", "asked", "violated"),
        ("forgets-events", "always", "once", "violated"),
        ("forgets-steps", "once per order_id", "thanked", "violated"),
        ("stamps-ahead", "once per order_id", "asked", "error"),
    ],
)
def test_a_broken_backend_is_found_out(tmp_path: Path, fault: str, reentry: str, check: str, outcome: str) -> None:
    scenario = follow_up(tmp_path, reentry)
    with node(BROKEN, fault) as url:
        remote = over(url, scenario)
    assert verdicts(remote)[check] == outcome
    if outcome == "error":
        assert "outside the step" in remote.verdicts[0].reason


def test_what_the_example_cannot_express_is_unsupported_by_line(tmp_path: Path) -> None:
    scenario = follow_up(tmp_path, "once a year")
    with node(GOOD) as url:
        refused = over(url, scenario)
        lacking = over(url, shipped("late-birthday", "one-day-incident"))
    assert (refused.outcome, lacking.outcome) == ("unsupported", "unsupported")
    reason = refused.verdicts[0].reason
    assert "follow-up.journey.yaml:2: it cannot count entries 'once a year'" in reason
    assert "trigger.anniversary" in lacking.verdicts[0].reason


def test_a_backend_that_dies_in_the_middle_is_an_error_and_says_so(tmp_path: Path) -> None:
    scenario = follow_up(tmp_path)
    command = ["node", GOOD, "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip().removeprefix("listening on ")

        class Dying(RemoteBackend):
            def advance(self, to: int, step: int) -> list[object]:  # type: ignore[override]
                if step == 3:
                    process.kill()
                    process.wait()
                return super().advance(to, step)  # type: ignore[return-value]

        done = rehearse(scenario, backend=lambda: Dying(url))
    disconnect()
    assert done.outcome == "error"
    assert url in done.verdicts[0].reason
    assert any(words in done.verdicts[0].reason for words in ("has gone: it answered before", "the connection broke"))
