"""What crosses to another process as plain data: briefings, events, capabilities, and the rules of the clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.backends.protocol import Capabilities, capabilities_from_wire, capabilities_to_wire
from simulator.backends.reference import ReferenceBackend
from simulator.backends.session import Session
from simulator.model.briefing import Native
from simulator.model.data import data_folder
from simulator.model.jsonl import digest, instant_of, rfc3339
from simulator.model.loading import discover, load
from simulator.model.log import Event
from simulator.model.wire import briefing_from_wire, briefing_to_wire, event_from_wire, event_to_wire
from simulator.running.run import run
from simulator.words.errors import BackendFailed, ClockTurnedBack, ExpressionError
from simulator.words.vocabulary import FIELDS, FieldType, Money
from tests.unit.little import little_scenario

FIELDS_HERE = {**FIELDS, "promised_at": FieldType("date"), "discount": FieldType("percent")}


class Wired:
    """A backend that hears and answers in JSON alone, as one in another process does."""

    name = "wired"
    capabilities = ReferenceBackend.capabilities

    def __init__(self) -> None:
        self.session = Session(ReferenceBackend())

    def open(self, briefing: object, start: int) -> None:
        self.session.open(_carried(briefing_to_wire(briefing)), start)  # type: ignore[arg-type]

    def ingest(self, event: Event) -> None:
        self.session.ingest(_carried([event_to_wire(event, self.session.fields)]))

    def next_wakeup(self) -> int | None:
        wakeup = self.session.clock()["next_wakeup"]
        return None if wakeup is None else instant_of("next_wakeup", wakeup)

    def advance(self, to: int, step: int) -> list[Event]:
        told = _carried(self.session.advance(to, step))
        return [event_from_wire(event, self.session.fields) for event in told["events"]]

    def close(self) -> None:
        self.session.close()


def _carried(told: object) -> object:
    return json.loads(json.dumps(told))


@pytest.mark.parametrize(
    ("family", "variant"),
    [
        ("delayed-delivery/delayed-delivery", "as-it-should-have-gone"),
        ("contact-flood/contact-flood", "one-woman-three-rows"),
        ("late-birthday/late-birthday", "one-day-incident"),
        ("late-birthday/late-birthday", "deaf-to-the-till"),
        ("expired-coupon/expired-coupon", "as-it-should-have-gone"),
        ("after-purchase-silence/after-purchase-silence", "answered-elsewhere"),
    ],
)
def test_a_run_over_the_wire_is_the_run_without_it(family: str, variant: str) -> None:
    shipped = data_folder("scenarios")
    [source] = discover([shipped / f"{family}.scenario.yaml"], shipped, None)
    scenario = load(source, variant, seed=3, customers=0)
    some = None if len(scenario.people) < 50 else next(iter(scenario.people))
    here, there = (run(scenario, made, customer=some).log for made in (ReferenceBackend, Wired))
    assert len(here) > 5
    assert digest(there) == digest(here)


def test_a_briefing_tells_nothing_of_people_links_desks_checks_or_the_story(tmp_path: Path) -> None:
    text = json.dumps(briefing_to_wire(little_scenario(tmp_path).briefing))
    assert "ann@example.org" in text
    for secret in ('"ann"', "shop to crm", "back-office", '"checks": {"thanked', "is thanked", "o-1", "sign"):
        assert secret not in text


def test_an_engine_s_own_definition_crosses(tmp_path: Path) -> None:
    native = Native("flows.json", "[]", {"Signed Up": {"post": "/"}}, ({"message": "welcome"},), {"port": 1})
    briefing = little_scenario(tmp_path).briefing
    told = briefing_to_wire(briefing) | {"native": briefing_to_wire(_with(briefing, native))["native"]}
    assert briefing_from_wire(_carried(told)).native == {"engine": native}  # type: ignore[arg-type]


def _with(briefing: object, native: Native) -> object:
    from dataclasses import replace

    return replace(briefing, native={"engine": native})  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"format": 2}, "format is 2"),
        ({"journeys": None}, "lacks journeys"),
        ({"end": "tomorrow"}, "RFC 3339"),
    ],
)
def test_a_briefing_that_is_not_in_form_is_refused_with_the_member(
    tmp_path: Path, change: dict[str, object], complaint: str
) -> None:
    told = {**briefing_to_wire(little_scenario(tmp_path).briefing), **change}
    told = {name: value for name, value in told.items() if name not in change or value is not None}
    with pytest.raises(ExpressionError, match=complaint):
        briefing_from_wire(told)


def test_every_type_of_value_comes_back_as_it_was() -> None:
    data = {
        "item": "łóżko 🛏 \u202eabc", "revenue": Money(3990, "EUR"), "promised_at": "2026-02-28", "discount": 30.0,
        "until": 1_772_000_000_123, "hard": True, "unresolved": 2, "nobody declared it": "x",
    }  # fmt: skip
    event = Event(1_772_445_600_001, "Order Completed", "", "crm-1", "esp", "/3", dict(data), 7)
    assert event_from_wire(_carried(event_to_wire(event, FIELDS_HERE)), FIELDS_HERE) == event


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("x", "an event is a JSON object"),
        ({"time": "2026-03-02T10:00:00Z"}, "has a 'type'"),
        ({"type": "Signed Up"}, "time of 'Signed Up' is missing"),
        ({"type": "Signed Up", "time": 5}, "RFC 3339"),
        ({"type": "Signed Up", "time": "2026-03-02T10:00:00Z", "data": []}, "data of 'Signed Up'"),
        ({"type": "Signed Up", "time": "2026-03-02T10:00:00Z", "data": {"hard": "yes"}}, "'hard' is of type flag"),
        ({"type": "Signed Up", "time": "2026-03-02T10:00:00Z", "profile": 3}, "profile is 3"),
    ],
)
def test_an_event_that_is_not_in_form_is_refused_with_the_member(line: object, complaint: str) -> None:
    with pytest.raises(ExpressionError, match=complaint):
        event_from_wire(line, FIELDS_HERE)


def test_capabilities_come_back_as_they_were() -> None:
    declared = Capabilities("stepped", 60_000, False, True, True, frozenset({"trigger.event"}))
    assert capabilities_from_wire(_carried(capabilities_to_wire(declared))) == declared


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ([], "JSON object"),
        ({}, "clock is None"),
        ({"clock": "stepped", "granularity_ms": -1}, "granularity_ms is -1"),
        ({"clock": "stepped", "granularity_ms": True}, "granularity_ms is True"),
        ({"clock": "stepped", "features": "all"}, "features is 'all'"),
        ({"clock": "stepped", "restart": "no"}, "restart is 'no'"),
        ({"clock": "stepped", "granularity": 3}, "unknown capability 'granularity'.*granularity_ms"),
    ],
)
def test_capabilities_that_are_not_in_form_are_refused_with_the_member(told: object, complaint: str) -> None:
    with pytest.raises(ExpressionError, match=complaint):
        capabilities_from_wire(told)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[tuple[Session, int, dict[str, object]]]:
    scenario = little_scenario(tmp_path)
    opened = Session(ReferenceBackend())
    opened.open(briefing_to_wire(scenario.briefing), scenario.start)
    order = Event(scenario.start + 1_000, "Order Completed", "", scenario.briefing.profiles[0].id, "esp", "",
                  {"order_id": "o-1", "item": "lamp"}, 0)  # fmt: skip
    yield opened, scenario.start + 1_000, event_to_wire(order, opened.fields)
    opened.close()


def test_the_same_step_again_has_the_same_answer_and_no_second_effect(session: tuple[Session, int, dict]) -> None:
    opened, at, order = session
    opened.ingest([order])
    first = opened.advance(at, 1)
    assert [event["type"] for event in first["events"]] == ["Journey Entered", "Message Sent", "Journey Exited"]
    assert opened.advance(at, 1) == first
    assert opened.advance(at, 2)["events"] == []


def test_an_event_that_is_told_twice_is_heard_once(session: tuple[Session, int, dict]) -> None:
    opened, at, order = session
    opened.ingest([order])
    opened.ingest([order])
    sent = [event for event in opened.advance(at, 1)["events"] if event["type"] == "Message Sent"]
    assert len(sent) == 1


def test_a_batch_with_one_bad_event_has_no_effect(session: tuple[Session, int, dict]) -> None:
    opened, at, order = session
    with pytest.raises(ExpressionError):
        opened.ingest([order, {"type": "Signed Up"}])
    assert opened.advance(at, 1)["events"] == []


def test_the_clock_is_not_turned_back(session: tuple[Session, int, dict]) -> None:
    opened, at, order = session
    opened.advance(at + 5, 3)
    for to, step in ((at + 4, 4), (at + 6, 3), (at + 5, 2), (at + 9, 1)):
        with pytest.raises(ClockTurnedBack):
            opened.advance(to, step)
    with pytest.raises(ClockTurnedBack, match="is told at"):
        opened.ingest([order])
    assert opened.clock() == {"now": rfc3339(at + 5), "step": 3, "next_wakeup": None}


@pytest.mark.parametrize("stamp", [-1, 6])
def test_a_stamp_outside_the_step_is_an_error(tmp_path: Path, stamp: int) -> None:
    scenario = little_scenario(tmp_path)

    class Stamping(ReferenceBackend):
        def advance(self, to: int, step: int) -> list[Event]:
            return [Event(scenario.start + stamp, "Message Sent")]

    opened = Session(Stamping())
    opened.open(briefing_to_wire(scenario.briefing), scenario.start)
    with pytest.raises(BackendFailed, match="outside the step"):
        opened.advance(scenario.start + 5, 1)
    opened.close()
