"""Driving a backend by its protocol, step by step, and writing down all that it answers.

The order is that of the real loop, but nothing is judged on the way: what a backend tells wrongly is kept, so that the
one rule that is about it can say so. `Play` is one session of one backend; its `Recording` is what the rules read.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from simulator.backends.protocol import Backend
from simulator.model.briefing import Briefing
from simulator.model.jsonl import rfc3339
from simulator.model.log import Event
from simulator.model.scenarios import Scenario
from simulator.words.errors import BackendFailed, JourneyproofError
from simulator.words.vocabulary import Value
from simulator.world import Setting, World
from simulator.world.channels import receipt

MOST_STEPS = 20_000
"""How many steps one play may take; a backend whose timers creep forward would take as many as it likes."""
MOST_ROUNDS = 50
"""How often a backend may act again at one instant."""
IDLE_ROUNDS = 3
"""After so many rounds at one instant in which nothing happened, a timer that is still due is not waited for."""
COUNTERS = ("captured", "recognised", "unrecognised")
"""What a backend that captures messages counts; besides, perhaps, those `waiting` for the next step."""


Counts = Counter[tuple[str, str]]
"""How often each row was sent each message."""


class Around(Protocol):
    """What is around a backend: whatever brings it events, and takes what it tells."""

    def next_time(self) -> int | None:
        """The next instant (ms UTC) at which there is something for the backend, or a look at it is due."""

    def arrivals(self, instant: int) -> tuple[list[Event], bool]:
        """What reaches the backend at an instant, and whether it is to be advanced though nothing does."""

    def take(self, told: Iterable[Event], since: int, instant: int) -> None:
        """Take what the backend told in its step from one instant to another."""


class Script:
    """Events at stated instants, in the order in which they are handed over, and instants to look at.

    To look is to advance the backend though nothing has reached it. With `answering`, every command that is issued is
    answered that many milliseconds later; and so does the row of `receipts` react to its message, in the event that is
    named there.
    """

    def __init__(
        self,
        events: Iterable[Event],
        looks: Iterable[int] = (),
        answering: int | None = None,
        receipts: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self._events = sorted((replace(event, data=dict(event.data)) for event in events), key=lambda each: each.time)
        self._looks = sorted(set(looks))
        self._answering = answering
        self._receipts = receipts or {}
        self._number = 1 + max((event.number for event in self._events), default=0)

    def next_time(self) -> int | None:
        """See `Around`."""
        times = [*(event.time for event in self._events[:1]), *self._looks[:1]]
        return min(times, default=None)

    def arrivals(self, instant: int) -> tuple[list[Event], bool]:
        """See `Around`."""
        due = [event for event in self._events if event.time <= instant]
        self._events = self._events[len(due) :]
        looked = any(look <= instant for look in self._looks)
        self._looks = [look for look in self._looks if look > instant]
        return due, looked

    def take(self, told: Iterable[Event], since: int, instant: int) -> None:
        """See `Around`."""
        for event in told:
            name, data = self._reaction(event)
            if name and self._answering is not None:
                answer = Event(instant + self._answering, name, "", event.profile, event.system, "", data)
                answer.number, self._number = self._number, self._number + 1
                self._events.append(answer)
        self._events.sort(key=lambda each: each.time)

    def _reaction(self, event: Event) -> tuple[str, dict[str, Value]]:
        """What an event of the backend leads to, and what is repeated of it."""
        if event.name == "Command Issued":
            known = {name: value for name, value in event.data.items() if name == "command_id"}
            return "Command Answered", known
        if event.name == "Message Sent":
            return self._receipts.get((event.profile, str(event.data.get("message"))), ""), receipt(event)
        return "", {}


class Surroundings:
    """The whole world of a scenario. What the world would refuse to take is passed over: a rule tells of it."""

    def __init__(self, scenario: Scenario) -> None:
        self.world = World(Setting(scenario), list(scenario.people.values()))

    def next_time(self) -> int | None:
        """See `Around`."""
        return self.world.next_time()

    def arrivals(self, instant: int) -> tuple[list[Event], bool]:
        """See `Around`."""
        self.world.step_to(instant)
        arrived, self.world.door = self.world.door, []
        for event in arrived:
            event.time = instant
        return arrived, False

    def take(self, told: Iterable[Event], since: int, instant: int) -> None:
        """See `Around`."""
        for event in told:
            with suppress(BackendFailed):
                self.world.apply([event], since)


@dataclass(frozen=True)
class Step:
    """One step: what was ingested before it, what the backend told, and the timer it named afterwards.

    `again` is its answer to the same step asked a second time, `anew` that to a new step with the same instant; both
    are None where that was not asked.
    """

    number: int
    since: int
    to: int
    ingested: tuple[Event, ...]
    told: tuple[Event, ...]
    wakeup: Any
    again: tuple[Event, ...] | None = None
    anew: tuple[Event, ...] | None = None

    @property
    def everything(self) -> tuple[Event, ...]:
        """All that it told, with what the new step at the same instant brought."""
        return self.told + (self.anew or ())


@dataclass
class Recording:
    """What a backend did in one session. `ghosts` are (instant, timer): the timer was due, and did nothing.

    `turned_back` is what it told when it was asked to go back, None when it refused (or was not asked). `counts` are
    its counters of captured messages, empty where it has none. `closed_again` is what it raised when it was closed a
    second time, empty if nothing. `seconds` is the real time that it took.
    """

    briefing: Briefing
    start: int
    end: int
    steps: list[Step] = field(default_factory=list)
    ghosts: list[tuple[int, Any]] = field(default_factory=list)
    turned_back: tuple[int, tuple[Event, ...]] | None = None
    counts: dict[str, int] = field(default_factory=dict)
    closed_again: str = ""
    seconds: float = 0.0

    def told(self) -> Iterator[tuple[Step, Event]]:
        """Every event that it told, with the step."""
        for step in self.steps:
            for event in step.everything:
                yield step, event

    def sent(self, row: str | None = None, message: str | None = None) -> list[tuple[int, Event]]:
        """The messages it sent, each with the instant of the step; of one row and one message, where they are given."""
        return [
            (step.to, event)
            for step, event in self.told()
            if event.name == "Message Sent"
            and (row is None or event.profile == row)
            and (message is None or event.data.get("message") == message)
        ]

    def counted(self) -> Counts:
        """How often each row was sent each message."""
        return Counter((event.profile, str(event.data.get("message"))) for _, event in self.sent())


class Play:
    """One session. `start` and `end` are ms UTC; with `retried` every step is asked twice, and then once anew."""

    def __init__(
        self, backend: Backend, around: Around, briefing: Briefing, start: int, end: int, *, retried: bool = False
    ) -> None:
        self.backend = backend
        self.around = around
        self.recording = Recording(briefing, start, end)
        self._retried = retried
        self._number = 0
        self._at: int | None = None
        self._now = start
        stepped = backend.capabilities.clock != "cooperative"
        self._tick = max(1, backend.capabilities.granularity_ms) if stepped else None

    # ------------------------------------------------------------------------------------------ from open to close

    def whole(self) -> Recording:
        """Open it, run to the end, try to turn its clock back, and close it, twice."""
        self.open()
        try:
            begun = time.perf_counter()
            self.run_to(self.recording.end)
            self.recording.seconds = time.perf_counter() - begun
            self.recording.counts = counts_of(self.backend)
            self._turn_back()
        except BaseException:
            self.let_go()
            raise
        self.close()
        self.recording.closed_again = closing(self.backend)
        return self.recording

    def open(self) -> None:
        """Open the backend; one that fails in it is closed."""
        try:
            use = getattr(self.backend, "use", None)
            if callable(use):
                world = getattr(self.around, "world", None)
                use(_taken if world is None else world.answer)
            self.ask("open", self.recording.briefing, self.recording.start)
        except BaseException:
            self.let_go()
            raise

    def close(self) -> None:
        """Close the backend."""
        self.ask("close")

    def let_go(self) -> None:
        """Close the backend after something else has failed: what went wrong first is what is told."""
        with suppress(Exception):
            self.backend.close()

    def run_to(self, end: int) -> None:
        """Do everything up to and including an instant."""
        while (instant := self._next_instant()) is not None and instant <= end:
            self._at = instant
            self._settle(instant)

    def _turn_back(self) -> None:
        if self._now <= self.recording.start:
            return
        try:
            told = self.ask("advance", self.recording.start, self._number + 1)
        except JourneyproofError:
            return
        self.recording.turned_back = (self._now, tuple(told if isinstance(told, list) else ()))

    # ------------------------------------------------------------------------------------------------ the loop

    def _next_instant(self) -> int | None:
        at, due = self._at, self.around.next_time()
        if at is None:
            return self.recording.start
        if self._tick is not None:
            wakeup: int | None = at - (at - self.recording.start) % self._tick + self._tick
        else:
            wakeup = self._wakeup()
            if wakeup is not None and wakeup <= at:
                wakeup = None
        return min((instant for instant in (due, wakeup) if instant is not None), default=None)

    def _settle(self, instant: int) -> None:
        """One instant to its fixpoint. A timer that stays due and does nothing is written down, and passed over."""
        idle = 0
        for _ in range(MOST_ROUNDS):
            arrived, looked = self.around.arrivals(instant)
            for event in arrived:
                self.ask("ingest", event)
            if not arrived and not looked and not self._is_due(instant):
                return
            told = self._step(instant, arrived)
            idle = 0 if told or arrived else idle + 1
            if idle >= IDLE_ROUNDS:
                break
        if self._tick is None and self._is_due(instant):
            self.recording.ghosts.append((instant, self._wakeup()))

    def _is_due(self, instant: int) -> bool:
        if self._tick is not None:
            return self._number == 0 or self._now < instant
        wakeup = self._wakeup()
        return wakeup is not None and wakeup <= instant

    def _wakeup(self) -> int | None:
        """The backend's earliest timer, where it is an instant at all."""
        wakeup = self.ask("next_wakeup")
        return int(wakeup) if isinstance(wakeup, int | float) else None

    def _step(self, instant: int, arrived: list[Event]) -> bool:
        """Advance the backend; True if it told something."""
        if self._number >= MOST_STEPS:
            raise BackendFailed(
                f"{MOST_STEPS} steps were not enough to come from {rfc3339(self.recording.start)} to"
                f" {rfc3339(self.recording.end)}; the clock stands at {rfc3339(instant)}, and next_wakeup still names"
                " a timer close by"
            )
        self._number += 1
        number, since = self._number, self._now
        told = self._advance(instant, number)
        again = anew = None
        if self._retried:
            again = self._advance(instant, number)
            self._number += 1
            anew = self._advance(instant, self._number)
        self._now = instant
        wakeup = self.ask("next_wakeup")
        ingested = tuple(_copied(arrived))
        step = Step(number, since, instant, ingested, told, wakeup, again, anew)
        self.recording.steps.append(step)
        self.around.take(_copied(step.everything), since, instant)
        return bool(step.everything)

    def _advance(self, instant: int, number: int) -> tuple[Event, ...]:
        told = self.ask("advance", instant, number)
        if not isinstance(told, list | tuple) or not all(isinstance(event, Event) for event in told):
            raise BackendFailed(
                f"advance({rfc3339(instant)}, {number}) returned {type(told).__name__} {str(told)[:80]!r}:"
                " it returns a list of Event, an empty one when nothing was done"
            )
        return tuple(_copied(told))

    def ask(self, what: str, *arguments: Any) -> Any:
        """Call the backend. What it raises becomes BackendFailed with its cause, unless it is an error of ours."""
        try:
            return getattr(self.backend, what)(*arguments)
        except JourneyproofError:
            raise
        except Exception as error:
            moment = f" at {rfc3339(arguments[0].time)}" if what == "ingest" else ""
            raise BackendFailed(f"{what}{moment} raised {type(error).__name__}: {error}") from error


def closing(backend: Backend) -> str:
    """Close a backend; what it raises, or nothing."""
    try:
        backend.close()
    except Exception as error:  # noqa: BLE001  a rule tells of it, whatever it is
        return f"{type(error).__name__}: {error}"
    return ""


def counts_of(backend: Backend) -> dict[str, int]:
    """What a backend has counted of the messages it captured, in its `counts` or itself; empty where it does not."""
    books: Any = getattr(backend, "counts", backend)
    found = {name: getattr(books, name, None) for name in (*COUNTERS, "waiting")}
    numbers = {name: value for name, value in found.items() if type(value) is int}
    return numbers if numbers.keys() >= set(COUNTERS) else {}


def _taken(_channel: str, _address: str) -> int:
    """A channel that takes everything, as SMTP says it."""
    return 250


def _copied(events: Iterable[Event]) -> list[Event]:
    """The events as they are now, whatever a backend does with its own objects later."""
    return [replace(event, data=dict(event.data)) for event in events]
