"""Backends that are wrong on purpose: each is sound but for one thing. `test_conformance_broken` says who finds it.

`Sound` wraps the reference backend and breaks nothing. A broken one overrides as little as it can.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from simulator.backends.reference import ReferenceBackend
from simulator.model.briefing import Briefing
from simulator.model.journeys import Node, Wait
from simulator.model.log import Event
from simulator.words.clock import DAY, HOUR, MINUTE, Duration, parse_instant, zone

DECLARED = ReferenceBackend.capabilities


class Sound:
    """The reference backend, kept behind a wall: `act` is where the broken ones do otherwise."""

    name = "sound"
    capabilities = DECLARED

    def __init__(self) -> None:
        self.inner: Any = None
        self.now = 0
        self.step = 0
        self.answer: list[Event] = []

    def open(self, briefing: Briefing, start: int) -> None:
        self.inner = ReferenceBackend()
        self.now, self.step, self.answer = start, 0, []
        self.inner.open(briefing, start)

    def ingest(self, event: Event) -> None:
        self.inner.ingest(event)

    def next_wakeup(self) -> int | None:
        wakeup: int | None = self.inner.next_wakeup()
        return wakeup

    def advance(self, to: int, step: int) -> list[Event]:
        if step == self.step:
            return list(self.answer)
        self.answer = self.act(to, step)
        self.now, self.step = to, step
        return list(self.answer)

    def act(self, to: int, step: int) -> list[Event]:
        return list(self.inner.advance(to, step))

    def close(self) -> None:
        self.inner = None


def is_message(event: Event, message: str = "hello", row: str = "") -> bool:
    return (
        event.name == "Message Sent" and event.data.get("message") == message and event.profile in (row, event.profile)
    )


# ---------------------------------------------------------------------------------------------------- time


class Backdating(Sound):
    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        return [replace(event, time=event.time - DAY) if is_message(event, "how-are-you") else event for event in told]


class Foreseeing(Sound):
    def act(self, to: int, step: int) -> list[Event]:
        return [replace(event, time=event.time + HOUR) for event in super().act(to, step)]


class TurningBack(Sound):
    def act(self, to: int, step: int) -> list[Event]:
        return [] if to < self.now else super().act(to, step)


class Hasty(Sound):
    """Rounds the clock up to a second before it looks which timers are due."""

    def act(self, to: int, step: int) -> list[Event]:
        if to < self.now:
            return super().act(to, step)
        second = to if self.inner._heard else -(-to // 1_000) * 1_000
        told = super().act(max(second, self.inner._now), step)
        return [replace(event, time=to) for event in told]


class Impatient(Sound):
    """Looks every quarter of an hour, and takes a wait for over when it will be at the next look."""

    capabilities = replace(DECLARED, clock="stepped", granularity_ms=15 * MINUTE, independent_customers=False)

    def open(self, briefing: Briefing, start: int) -> None:
        programs = tuple(
            replace(program, nodes=tuple(self.shortened(node) for node in program.nodes))
            for program in briefing.programs
        )
        super().open(replace(briefing, programs=programs), start)

    def shortened(self, node: Node) -> Node:
        if not isinstance(node.step, Wait):
            return node
        length = Duration(ms=node.step.wait.ms - self.capabilities.granularity_ms)
        return replace(node, step=node.step.model_copy(update={"wait": length}))


class NoMidnight(Sound):
    """The day's last mail falls into the gap between two days."""

    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        return told if to % DAY else [event for event in told if not is_message(event, "how-are-you")]


class Exclusive(Sound):
    """What is due at `to` waits for the next step: it compares with < where <= is meant."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Event] = []

    def next_wakeup(self) -> int | None:
        return self.now + 1 if self.kept else super().next_wakeup()

    def act(self, to: int, step: int) -> list[Event]:
        kept = [replace(event, time=to) for event in self.kept]
        told = super().act(to, step)
        self.kept = [event for event in told if is_message(event, "how-are-you")]
        return kept + [event for event in told if not is_message(event, "how-are-you")]


class Dawdling(Sound):
    """Takes its time over one of the customers."""

    def __init__(self) -> None:
        super().__init__()
        self.queue: list[Event] = []

    def ingest(self, event: Event) -> None:
        if event.profile == "kit-alone" and event.name == "Signed Up":
            self.queue.append(event)
        else:
            super().ingest(event)

    def next_wakeup(self) -> int | None:
        times = [event.time + 5 * MINUTE for event in self.queue]
        wakeup = super().next_wakeup()
        return min(times + ([] if wakeup is None else [wakeup]), default=None)

    def act(self, to: int, step: int) -> list[Event]:
        for event in [event for event in self.queue if event.time + 5 * MINUTE <= to]:
            self.queue.remove(event)
            self.inner.ingest(replace(event, time=to))
        return super().act(to, step)


class Twice(Sound):
    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        return told + [event for event in told if is_message(event) and event.profile == "kit-alone"]


class OneTooFew(Sound):
    """Has room for two at one instant."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[int] = []

    def ingest(self, event: Event) -> None:
        if event.name == "Signed Up":
            self.taken.append(event.time)
            if event.profile == "kit-three" and self.taken.count(event.time) > 2:
                return
        super().ingest(event)


FORGOTTEN = parse_instant("2026-03-04 08:02", zone("UTC")) + 123


class Forgetful(Sound):
    """Knows of a timer, and does not name it."""

    def next_wakeup(self) -> int | None:
        wakeup = super().next_wakeup()
        return None if wakeup == FORGOTTEN else wakeup


class Haunted(Sound):
    """A timer that was cancelled is named for ever."""

    def next_wakeup(self) -> int | None:
        return min(super().next_wakeup() or self.now, self.now - HOUR) if self.step > 2 else super().next_wakeup()


# -------------------------------------------------------------------------------------------- steps and sessions


class TellingOnce(Sound):
    """Asked again it has nothing to tell any more."""

    def advance(self, to: int, step: int) -> list[Event]:
        return [] if step == self.step else super().advance(to, step)


class Touchy(Sound):
    """Takes a step that is asked again for a mistake."""

    def advance(self, to: int, step: int) -> list[Event]:
        if step == self.step:
            raise ValueError(f"step {step} has been done")
        return super().advance(to, step)


class Repeating(Sound):
    """Goes by the instant, and pays no heed to the number of the step."""

    def advance(self, to: int, step: int) -> list[Event]:
        if to == self.now and self.step and not self.inner._heard:
            return list(self.answer)
        return super().advance(to, step)


class Remembering(Sound):
    """What was open before goes on behind the curtain."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Any] = []

    def open(self, briefing: Briefing, start: int) -> None:
        super().open(briefing, start)

    def close(self) -> None:
        if self.inner is not None:
            self.before.append(self.inner)
        super().close()

    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        for inner in self.before:
            told += inner.advance(to, 1_000 + step) if to >= inner._now else []
        return told


class Gossiping(Sound):
    """All of its kind write into one list."""

    everything: ClassVar[list[tuple[int, Event]]] = []

    def open(self, briefing: Briefing, start: int) -> None:
        super().open(briefing, start)
        self.read = len(self.everything)

    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        others = [event for who, event in self.everything[self.read :] if who != id(self)]
        self.everything.extend((id(self), event) for event in told)
        self.read = len(self.everything)
        return told + [replace(event, time=to) for event in others]


class Contended(Sound):
    """Numbers its messages by how many sessions there are."""

    capabilities = replace(DECLARED, independent_customers=False)
    at_work: ClassVar[set[int]] = set()

    def open(self, briefing: Briefing, start: int) -> None:
        super().open(briefing, start)
        self.at_work.add(id(self))

    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        for event in told:
            if event.name == "Message Sent":
                event.data["message_id"] = f"{event.data['message_id']}-{len(self.at_work)}"
        return told

    def close(self) -> None:
        super().close()
        self.at_work.discard(id(self))


class Unkept(Sound):
    """Says that its waits survive, and begins from nothing."""

    capabilities = replace(DECLARED, restart=True)

    def open(self, briefing: Briefing, start: int) -> None:
        super().open(briefing, start)
        self.briefing = briefing

    def restart(self, at: int) -> None:
        super().open(self.briefing, at)
        self.step = 1_000


class Unrestartable(Sound):
    capabilities = replace(DECLARED, restart=True)


class SmallBuffer(Sound):
    """A buffer of 256 events; what does not fit is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.held = 0

    def ingest(self, event: Event) -> None:
        self.held += 1
        if self.held <= 256:
            super().ingest(event)

    def act(self, to: int, step: int) -> list[Event]:
        self.held = 0
        return super().act(to, step)


class Counting(Sound):
    """Numbers its messages from one run to the next."""

    capabilities = replace(DECLARED, independent_customers=False)
    sent: ClassVar[list[int]] = []

    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        for event in told:
            if event.name == "Message Sent":
                self.sent.append(to)
                event.data["message_id"] = f"mail-{len(self.sent)}"
        return told


class Crowded(Sound):
    """What somebody is told depends on how many others there are."""

    def open(self, briefing: Briefing, start: int) -> None:
        super().open(briefing, start)
        self.rows = len(briefing.profiles)

    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        return [replace(event, data={**event.data, "reason": f"one of {self.rows}"}) for event in told]


class Prim(Sound):
    """Dies of a word that it has never heard."""

    def ingest(self, event: Event) -> None:
        if event.name in ("Arrived", "Teapot Whistled") and event.profile == "kit-alone":
            raise KeyError(event.name)
        super().ingest(event)


class Excitable(Sound):
    """Greets whoever does anything at all."""

    def ingest(self, event: Event) -> None:
        if event.name == "Arrived" and event.profile == "kit-alone":
            event = replace(event, name="Signed Up", profile="kit-crossing")
        super().ingest(event)


class Clinging(Sound):
    def close(self) -> None:
        del self.inner


class Overworked(Sound):
    """Never met a receipt before."""

    def ingest(self, event: Event) -> None:
        if event.name == "Message Delivered":
            raise NotImplementedError("receipts")
        super().ingest(event)
