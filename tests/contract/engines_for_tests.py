"""Small Python backends that a user might bring along, most of them with something wrong.

They are named to a child process by `tests.contract.engines_for_tests:Class`.
"""

# Engines print, and ask for the time, as their authors like it.
# ruff: noqa: T201, DTZ005, DTZ011

from __future__ import annotations

import asyncio
import ctypes
import datetime as dt
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from simulator.backends.protocol import Capabilities
from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.words.durations import DAY
from simulator.words.errors import ClockTurnedBack, NotInstalled, NotQuiescent, Refusal, Unsupported

FEATURES = frozenset({"trigger.event", "step.send", "step.wait", "policy.consent"})
HERE = "tests.contract.engines_for_tests"


def alive(pid: int) -> bool:
    """True if a process runs; one that has ended may still be listed until its parent has heard of it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def called(engine: type[Thankful]) -> str:
    """How a child process is told of an engine."""
    return f"{HERE}:{engine.__name__}"


class Thankful:
    """Thanks for each order, and for each sign-up, at once, and keeps no timers."""

    name = "thankful"
    capabilities = Capabilities(features=FEATURES)

    def __init__(self) -> None:
        self.waiting: list[Event] = []
        self.addresses: dict[str, str] = {}
        self.text: dict[str, str | int] = {}

    def open(self, briefing: Briefing, start: int) -> None:
        self.addresses = {row.id: row.addresses["email"] for row in briefing.profiles}

    def ingest(self, event: Event) -> None:
        self.waiting.append(event)

    def next_wakeup(self) -> int | None:
        return None

    def advance(self, to: int, step: int) -> list[Event]:
        heard, self.waiting = self.waiting, []
        return [self.thanks(to, event) for event in heard if event.name in ("Order Completed", "Signed Up")]

    def thanks(self, time: int, event: Event) -> Event:
        address = self.addresses[event.profile]
        sent = {"message": "thanks", "channel": "email", "purpose": "transactional", "address": address}
        return Event(time, "Message Sent", profile=event.profile, cause=event.id, data={**sent, **self.text})

    def close(self) -> None:
        self.waiting.clear()


class Independent(Thankful):
    """One of its kind for each customer; tells in which process, and the how many-th it is there."""

    capabilities = Capabilities(features=FEATURES, independent_customers=True)
    made = 0

    def open(self, briefing: Briefing, start: int) -> None:
        super().open(briefing, start)
        Independent.made += 1
        self.text = {"item": f"{os.getpid()} {Independent.made}"}


class Durable(Thankful):
    """Counts in a file what it has been told, and survives the end of its process."""

    capabilities = Capabilities(features=FEATURES, restart=True)

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = Path(file)

    def ingest(self, event: Event) -> None:
        super().ingest(event)
        known = self.file.read_text(encoding="utf-8") if self.file.exists() else ""
        self.file.write_text(f"{known}{event.name} {os.getpid()}\n", encoding="utf-8")


class Clerk(Thankful):
    """Stamps what it does by the clock on its wall, and says what that clock showed when it was opened."""

    def open(self, briefing: Briefing, start: int) -> None:
        super().open(briefing, start)
        self.opened = dt.datetime.now(dt.UTC)

    def next_wakeup(self) -> int | None:
        return round(time.time() * 1000) + DAY

    def thanks(self, time_: int, event: Event) -> Event:
        today = dt.date.today()
        local = dt.datetime.now()
        self.text = {"item": f"{self.opened.isoformat()} {today} {local:%H:%M:%S.%f} {time.strftime('%H:%M')}"}
        # An event loop has to come to its end although the clock stands still.
        asyncio.run(asyncio.sleep(0.001))
        return super().thanks(round(time.time() * 1000), event)


class Echo(Thankful):
    """Says again what was bought, after what it was told from outside."""

    def __init__(self, greeting: str = "", file: str = "") -> None:
        super().__init__()
        self.greeting = greeting or os.environ.get("GREETING", "")
        if file:
            self.greeting += Path(file).read_text(encoding="utf-8")

    def thanks(self, time: int, event: Event) -> Event:
        self.text = {"item": f"{self.greeting}{event.data['item']}"}
        return super().thanks(time, event)


# ------------------------------------------------------------------------------------- with something wrong


class Raising(Thankful):
    def ingest(self, event: Event) -> None:
        print("reading the queue")
        json.loads("{")


class Speechless(Thankful):
    """Raises what cannot say what it is."""

    class Error(Exception):
        def __str__(self) -> str:
            return str(1 // 0)

    def advance(self, to: int, step: int) -> list[Event]:
        raise Speechless.Error


class Odd(Thankful):
    def advance(self, to: int, step: int) -> list[Event]:
        self.text = {"item": {"a set"}}  # type: ignore[dict-item]
        return super().advance(to, step)


class Unmakable(Thankful):
    def __init__(self) -> None:
        raise RuntimeError("no licence")


class Undeclared(Thankful):
    capabilities = "all of them"  # type: ignore[assignment]


class Leaving(Thankful):
    def advance(self, to: int, step: int) -> list[Event]:
        sys.exit("I am done")


class Hanging(Thankful):
    def advance(self, to: int, step: int) -> list[Event]:
        print("waiting for a lock")
        while True:
            signal.pause()


class HangingWithChild(Thankful):
    """Leaves behind a daemon with a session of its own, and hangs."""

    def advance(self, to: int, step: int) -> list[Event]:
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                print(f"daemon {os.getpid()}", flush=True)
            while True:
                signal.pause()
        while True:
            signal.pause()


class Forking(Thankful):
    """Starts a process and forgets it, in every step."""

    def thanks(self, time: int, event: Event) -> Event:
        pid = os.fork()
        if pid == 0:
            while True:
                signal.pause()
        self.text = {"item": str(pid)}
        return super().thanks(time, event)


class Doubling(Thankful):
    """Comes back from its step twice, because it forked."""

    def advance(self, to: int, step: int) -> list[Event]:
        os.fork()
        return super().advance(to, step)


class Dying(Thankful):
    """Dies in the middle of a batch."""

    def ingest(self, event: Event) -> None:
        super().ingest(event)
        print("taken", len(self.waiting))
        if len(self.waiting) == 2:
            os._exit(3)


class Crashing(Thankful):
    def advance(self, to: int, step: int) -> list[Event]:
        print("reading address 0")
        ctypes.string_at(0)
        return []


class Late(Thankful):
    def advance(self, to: int, step: int) -> list[Event]:
        time.sleep(0.3)
        return super().advance(to, step)


class Chatty(Thankful):
    """Prints what would be answers, and much of it."""

    def advance(self, to: int, step: int) -> list[Event]:
        for number in range(20_000):
            print('{"answer": {"events": []}}', number)
        os.write(1, b"\xff\xfe\n{" + b"no line end " * 100_000)
        return super().advance(to, step)


class Flooding(Thankful):
    def advance(self, to: int, step: int) -> list[Event]:
        return [event for event in super().advance(to, step) for _ in range(2_000)]


class Wordy(Thankful):
    def advance(self, to: int, step: int) -> list[Event]:
        self.text = {"item": "x" * 200_000}
        return super().advance(to, step)


class Dreaming(Thankful):
    def next_wakeup(self) -> int | None:
        return "tomorrow"  # type: ignore[return-value]


class Listless(Thankful):
    def advance(self, to: int, step: int) -> list[Event]:
        return None  # type: ignore[return-value]


class Loose(Thankful):
    def advance(self, to: int, step: int) -> list[Event]:
        return [{"type": "Message Sent"}]  # type: ignore[list-item]


class Unspeakable(Thankful):
    def advance(self, to: int, step: int) -> list[Event]:
        self.text = {"item": "\ud800", "order_id": "o-1"}
        return super().advance(to, step)


class Infinite(Thankful):
    def advance(self, to: int, step: int) -> list[Event]:
        self.text = {"unresolved": float("inf")}  # type: ignore[dict-item]
        return super().advance(to, step)


class Meddling(Thankful):
    """Writes into every descriptor that it finds."""

    words = b"hello?\n"

    def advance(self, to: int, step: int) -> list[Event]:
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, self.words)
            except OSError:
                continue
        self.after()
        return super().advance(to, step)

    def after(self) -> None:
        """What it does then."""


class HalfAnswering(Meddling):
    words = b'{"answer": {"events": ['

    def after(self) -> NoReturn:
        os._exit(9)


class Endless(Meddling):
    words = b"[" * 200_000


class Closing(Thankful):
    """Closes every descriptor that it did not open."""

    def advance(self, to: int, step: int) -> list[Event]:
        os.closerange(3, 64)
        return super().advance(to, step)


class Hiding(Closing):
    """Closes its pipe, and stays."""

    def advance(self, to: int, step: int) -> list[Event]:
        super().advance(to, step)
        while True:
            signal.pause()


class Backdating(Thankful):
    def thanks(self, time: int, event: Event) -> Event:
        return super().thanks(time - DAY, event)


class Refusing(Thankful):
    def open(self, briefing: Briefing, start: int) -> None:
        refusals = [Refusal(briefing.programs[0].line, "no journeys here"), Refusal("", "nor messages: “никаких”")]
        raise Unsupported(refusals)


class Restless(Thankful):
    def advance(self, to: int, step: int) -> list[Event]:
        raise NotQuiescent("three jobs were still running after 30 s")


class Turning(Thankful):
    def advance(self, to: int, step: int) -> list[Event]:
        raise ClockTurnedBack("it is later than you think")


class Absent(Thankful):
    def __init__(self) -> None:
        raise NotInstalled("pip install 'journeyproof[absent]'")
