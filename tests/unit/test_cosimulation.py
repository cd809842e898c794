"""The co-simulation loop, with small engines that a user might bring along."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simulator.backends import BACKENDS
from simulator.backends.protocol import Capabilities
from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.running.run import run
from simulator.words.clock import parse_instant, zone
from simulator.words.durations import MINUTE
from simulator.words.errors import BackendFailed, Stuck
from tests.unit.little import little_scenario

ROME = zone("Europe/Rome")
ORDER_ARRIVES = parse_instant("2026-03-02 10:06", ROME)


class Engine:
    """Thanks for each order at once, and keeps no timers."""

    name = "little"
    capabilities = Capabilities()

    def __init__(self) -> None:
        self.waiting: list[Event] = []
        self.asked: list[tuple[int, int]] = []
        self.row = ""

    def open(self, briefing: Briefing, start: int) -> None:
        self.row = briefing.profiles[0].id
        assert all("ann" not in profile.id for profile in briefing.profiles)

    def ingest(self, event: Event) -> None:
        assert event.person == ""
        self.waiting.append(event)

    def next_wakeup(self) -> int | None:
        return None

    def advance(self, to: int, step: int) -> list[Event]:
        self.asked.append((to, step))
        orders, self.waiting = self.waiting, []
        return [self.thanks(to, order) for order in orders if order.name == "Order Completed"]

    def thanks(self, time: int, order: Event) -> Event:
        data = {"message": "thanks", "channel": "email", "purpose": "transactional", "address": "ann@example.org"}
        return Event(time, "Message Sent", profile=order.profile, cause=order.id, data=dict(data))

    def close(self) -> None:
        self.row = ""


def test_after_any_ingest_the_engine_is_advanced_at_that_instant_whatever_it_said_before(tmp_path: Path) -> None:
    engine = Engine()
    log = run(little_scenario(tmp_path), lambda: engine).log
    (sent,) = [row for row in log if row.name == "Message Sent"]
    assert sent.time == ORDER_ARRIVES
    assert log.rows[log.index[sent.cause]].name == "Order Completed"
    assert sent.person == "ann"
    steps = [step for _, step in engine.asked]
    assert steps == sorted(set(steps)), "every step has a number of its own"


class Ticked(Engine):
    """Looks at its queue every ten minutes only."""

    capabilities = Capabilities(clock="stepped", granularity_ms=10 * MINUTE)

    def advance(self, to: int, step: int) -> list[Event]:
        if to % (10 * MINUTE):
            return []
        return super().advance(to, step)


def test_a_stepped_engine_is_ticked_at_its_granularity(tmp_path: Path) -> None:
    scenario = replace(little_scenario(tmp_path), end=ORDER_ARRIVES + 60 * MINUTE)
    log = run(scenario, Ticked).log
    assert [row.time for row in log if row.name == "Message Sent"] == [parse_instant("2026-03-02 10:10", ROME)]


class Broken(Engine):
    def ingest(self, event: Event) -> None:
        raise RuntimeError("the queue is full")


class Backdating(Engine):
    def thanks(self, time: int, order: Event) -> Event:
        return super().thanks(time - 3_600_000 * 24, order)


class Gossip(Engine):
    def thanks(self, time: int, order: Event) -> Event:
        return replace(super().thanks(time, order), profile="somebody-else")


class Mistyped(Engine):
    def thanks(self, time: int, order: Event) -> Event:
        sent = super().thanks(time, order)
        return replace(sent, data={**sent.data, "unresolved": float("nan")})


class Undeclared(Engine):
    def thanks(self, time: int, order: Event) -> Event:
        sent = super().thanks(time, order)
        return replace(sent, data={**sent.data, "mood": ["fine"]})


class Inventive(Engine):
    def thanks(self, time: int, order: Event) -> Event:
        return replace(super().thanks(time, order), name="Mesage Sent")


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        (Broken, "failed in ingest: RuntimeError: the queue is full"),
        (Backdating, "outside the step"),
        (Gossip, "the profile 'somebody-else'"),
        (Mistyped, "'unresolved' is number, and nan is none"),
        (Undeclared, r"'mood' is a value, and \['fine'\] is none"),
        (Inventive, r"'Mesage Sent'.*did you mean 'Message Sent'"),
    ],
)
def test_an_engine_that_breaks_the_protocol_is_an_error_with_its_cause(
    engine: type[Engine], said: str, tmp_path: Path
) -> None:
    with pytest.raises(BackendFailed, match=said):
        run(little_scenario(tmp_path), engine)


class Sleepless(Engine):
    def next_wakeup(self) -> int | None:
        return 0


def test_an_engine_that_never_comes_to_rest_is_stuck(tmp_path: Path) -> None:
    with pytest.raises(Stuck, match="after 50 rounds"):
        run(little_scenario(tmp_path, extra="limits: {rounds: 50}\n"), Sleepless)


def test_one_customer_alone_lives_through_the_same_events(tmp_path: Path) -> None:
    story = "[{at: 2026-03-02 10:00, who: everyone, event: Order Completed, with: {order_id: o-1, item: lamp}}]"
    scenario = little_scenario(tmp_path, story=story)
    together = run(scenario, BACKENDS["reference"]).log
    alone = run(scenario, BACKENDS["reference"], customer="bob").log
    assert [row for row in together if row.person == "bob"] == list(alone)


class Real(Engine):
    """Writes to an address that somebody might really have."""

    def thanks(self, time: int, order: Event) -> Event:
        sent = super().thanks(time, order)
        return replace(sent, data={**sent.data, "address": "ann@gmail.com"})


def test_no_channel_takes_a_message_for_a_real_domain(tmp_path: Path) -> None:
    log = run(little_scenario(tmp_path), Real).log
    assert [row.data["reason"] for row in log if row.name == "Message Bounced"] == [
        "refused: gmail.com is a real domain"
    ]
    assert not [row for row in log if row.name == "Message Received"]
