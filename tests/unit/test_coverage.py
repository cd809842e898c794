"""Coverage: which steps of a journey were taken, waits included, and nothing that is not known."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import discover, load, rehearse
from simulator.model.log import Event, EventLog
from simulator.model.scenarios import Scenario
from simulator.running.coverage import coverage, covered
from simulator.running.maps import journeys_of


def scenario(family: str, variant: str) -> Scenario:
    [source] = discover([f"{family}/{family}"])
    return load(source, variant, seed=42)


def journey_of(entry: dict[str, Any], id: str) -> dict[str, Any]:
    return next(journey for journey in entry["journeys"] if journey["journey"] == id)


@pytest.fixture(scope="module")
def birthday() -> dict[str, Any]:
    return journey_of(rehearse(scenario("late-birthday", "as-it-should-have-gone")).result, "birthday-early")


def test_waits_count_although_no_engine_tells_of_them(birthday: dict[str, Any]) -> None:
    visits = {node["kind"]: node["visits"] for node in birthday["nodes"] if node["kind"] != "send"}
    first = birthday["nodes"][0]["visits"]
    assert birthday["entered"] == first == 437
    assert visits["wait_until"] == visits["split"] == 435, "two left before: they had withdrawn their consent"


def test_the_arms_of_a_split_add_up_and_an_arm_that_nobody_took_shows(birthday: dict[str, Any]) -> None:
    arms = [edge["taken"] for edge in birthday["edges"] if edge["from"] == 2]
    assert sum(arms) == 435
    assert arms[1] == 0
    assert birthday["coverage"] == {"nodes": [5, 6], "edges": [6, 8], "arms": [2, 3]}


def test_a_command_that_was_answered_goes_on_in_time() -> None:
    entry = rehearse(scenario("delayed-delivery", "skipped-check")).result
    survey = journey_of(entry, "survey-on-demand")
    assert [(edge["from"], edge["to"], edge["taken"]) for edge in survey["edges"]] == [(0, 1, 1), (0, 2, 0), (1, -1, 1)]
    assert [node["visits"] for node in survey["nodes"]] == [1, 1, 0]


def test_a_message_that_was_held_and_sent_later_is_one_visit() -> None:
    entry = rehearse(scenario("contact-flood", "one-woman-three-rows")).result
    held = {
        event["data"]["instance"] for event in entry["exhibits"][0]["events"] if event["name"] == "Message Withheld"
    }
    assert held
    for journey in entry["journeys"]:
        assert [node["visits"] for node in journey["nodes"]] == [journey["entered"]]


def told(name: str, time: int, **data: str) -> Event:
    return Event(time, name, "camille", "camille-row", "esp", "", {"journey": "birthday-early", **data})


def log_of(source: Scenario, *events: Event) -> EventLog:
    return EventLog(events, source.dictionary.fields, source.start, source.end)


def test_an_engine_that_names_no_instance_is_credited_with_its_sends_alone() -> None:
    source = scenario("late-birthday", "as-it-should-have-gone")
    sent = told("Message Sent", 5, message="birthday-reminder", channel="email")
    taken = coverage(source.briefing.programs, log_of(source, sent))["birthday-early"]
    assert (taken.entered, taken.visits) == (0, {5: 1})
    assert taken.edges == {7: 1}, "after the last send comes the end"


def test_where_two_ways_lead_to_a_step_only_what_they_share_is_counted() -> None:
    source = scenario("late-birthday", "as-it-should-have-gone")
    whole = {"instance": "birthday-early/camille-row/1"}
    events = [told("Journey Entered", 1, **whole), told("Journey Exited", 9, reason="completed", **whole)]
    taken = coverage(source.briefing.programs, log_of(source, *events))["birthday-early"]
    assert set(taken.visits) == {0, 1, 2}, "which of the three greetings it was, nobody said"
    [journey] = covered(journeys_of(source), source.briefing.programs, log_of(source, *events))
    assert journey["coverage"]["arms"] == [0, 3]
