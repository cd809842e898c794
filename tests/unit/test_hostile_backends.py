"""A backend handed over in Python may answer anything: a run of it is an `error` with its cause, never a crash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from simulator.backends.protocol import Capabilities
from simulator.model.log import Event
from simulator.running import rehearse
from simulator.words.errors import Stuck
from tests.unit.little import little_scenario

FEATURES = frozenset({"trigger.event", "step.send"})


class Plain:
    """Does nothing, rightly; each test spoils one thing."""

    name = "plain"
    capabilities = Capabilities(features=FEATURES)

    def open(self, briefing: Any, start: int) -> Any:
        self.profile = next(row.id for row in briefing.profiles)

    def ingest(self, event: Event) -> Any:
        return None

    def next_wakeup(self) -> Any:
        return None

    def advance(self, to: int, step: int) -> Any:
        return []

    def close(self) -> Any:
        return None

    def told(self, time: Any, name: Any = "Journey Entered", **others: Any) -> Event:
        return Event(time, name, profile=self.profile, **others)


def _answering(answer: Any) -> type[Plain]:
    class Answering(Plain):
        def advance(self, to: int, step: int) -> Any:
            return answer(self, to) if callable(answer) else answer

    return Answering


class Asynchronous(Plain):
    async def advance(self, to: int, step: int) -> list[Event]:
        return []


class Generating(Plain):
    def advance(self, to: int, step: int) -> Iterator[Event]:
        yield from ()


class Leaving(Plain):
    def ingest(self, event: Event) -> None:
        raise SystemExit("good night")


class NeverAwake(Plain):
    def next_wakeup(self) -> Any:
        return "soon"


class BeyondTheCalendar(Plain):
    def next_wakeup(self) -> Any:
        return 10**40


class Nameless(Plain):
    name = ""


class Lacking:
    name = "lacking"
    capabilities = Capabilities()


class Boasting(Plain):
    capabilities = replace(Capabilities(), features="all of them")  # type: ignore[arg-type]


class Ticking(Plain):
    capabilities = Capabilities(clock="stepped", features=FEATURES)


@pytest.mark.parametrize(
    ("backend", "says"),
    [
        (_answering(None), "advance() returned None: it returns a list of events"),
        (_answering(["hello"]), "advance() returned a list with 'hello': each is a simulator.Event"),
        (_answering(lambda self, to: [self.told(float(to))]), "a stamp is an instant (int, ms UTC)"),
        (_answering(lambda self, to: [self.told(True)]), "a stamp is an instant (int, ms UTC)"),
        (_answering(lambda self, to: [self.told(10**30)]), "that is no instant (ms UTC) of the calendar"),
        (_answering(lambda self, to: [self.told(to, name=7)]), "it tells an event whose name is 7: it is a text"),
        (_answering(lambda self, to: [self.told(to, data=None)]), "it is a dict of fields by name"),
        (
            _answering(lambda self, to: [self.told(to, data={"step": "\ud800"})]),
            "'step' is text, and",
        ),
        (_answering(lambda self, to: [self.told(to, data={"until": 10**40})]), "'until' is instant"),
        (_answering(lambda self, to: [self.told(to, data={"day": "2026-02-30"})]), "'day' is date"),
        (_answering(lambda self, to: [self.told(to, data={"revenue": float("nan")})]), "'revenue' is money"),
        (_answering(lambda self, to: [self.told(to, "Message Received")]), "which is no event it may say"),
        (_answering(lambda self, to: [self.told(to, "Message Sent")]), "and not its message and channel and address"),
        (Asynchronous, "advance() is async, and nobody waits for it"),
        (Generating, "it returns a list of events"),
        (Leaving, "failed in ingest: SystemExit: good night"),
        (NeverAwake, "next_wakeup() returned 'soon'"),
        (BeyondTheCalendar, "of the years 1 to 9999"),
        (Nameless, "it is a text of 1 to 200 visible characters"),
        (Lacking, "it has no method open, ingest, next_wakeup, advance, close"),
        (Boasting, "they are a set of words, such as 'step.wait'"),
        (Ticking, "its granularity_ms is 0"),
    ],
)
def test_whatever_a_backend_answers_is_an_outcome_with_its_cause(backend: Any, says: str, tmp_path: Any) -> None:
    done = rehearse(little_scenario(tmp_path), backend=backend)
    assert done.outcome == "error"
    assert not done.as_expected
    assert all(says in verdict.reason for verdict in done.verdicts), done.verdicts[0].reason


def test_a_timer_that_never_acts_is_stuck_and_says_whose_it_is(tmp_path: Any) -> None:
    class Restless(Plain):
        def open(self, briefing: Any, start: int) -> None:
            self.now = start

        def advance(self, to: int, step: int) -> list[Event]:
            self.now = to
            return []

        def next_wakeup(self) -> int:
            return self.now

    with pytest.raises(Stuck, match=r"the backend 'plain' has nothing to say .* is its earliest timer"):
        rehearse(little_scenario(tmp_path), backend=Restless)


def test_a_timer_that_creeps_is_stuck_before_the_day_is_over(tmp_path: Any) -> None:
    class Creeping(Plain):
        def open(self, briefing: Any, start: int) -> None:
            self.now = start

        def advance(self, to: int, step: int) -> list[Event]:
            self.now = to
            return []

        def next_wakeup(self) -> int:
            return self.now + 1

    with pytest.raises(Stuck, match=r"woke up .* times in a row and did nothing"):
        rehearse(little_scenario(tmp_path), backend=Creeping)
