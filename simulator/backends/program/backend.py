"""Any program as an automation under test: a child process in virtual time, told of events through HTTP.

The program is not touched. Its clock stands where the harness puts it; after each jump its sleepers are woken, and the
step is over when the whole process tree is quiet. What it sends is taken by the sinks and recognised there
(`simulator.backends.capture`), so this backend itself reports nothing.
"""

from __future__ import annotations

import re
import shutil
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from simulator.backends.processes import Process, wait_until
from simulator.backends.program.faketime import VirtualClock, forget
from simulator.backends.program.plans import LISTENS, PRINTS, Planner, Sinks, Surroundings
from simulator.backends.program.quiescence import QUIET, QUIET_ALONE, Quiescence
from simulator.backends.program.rows import Rows
from simulator.backends.program.telling import EVERY, Telling, holes, request, tell
from simulator.backends.program.waking import wake
from simulator.backends.protocol import Capabilities
from simulator.model.briefing import Briefing
from simulator.model.jsonl import rfc3339
from simulator.model.log import Event
from simulator.words.clock import Instant
from simulator.words.errors import BackendFailed

HEAD_START: Final = 30_000
"""Milliseconds before the start at which the program's clock begins, so that it is up when the scenario begins."""
EVE_STANDING: Final = 1
EVE_RUNNING: Final = 1_000
"""Milliseconds before an arrival up to which all that was due is let happen first; a clock that runs needs some."""


class ProgramBackend:
    """See `protocol.Backend`. `planner` says how the program is run, `sinks` where it hands over what it sends."""

    def __init__(self, name: str, planner: Planner, sinks: Sinks, capabilities: Capabilities) -> None:
        self.name = name
        self.capabilities = capabilities
        self.definition = ""
        self._planner, self._sinks = planner, sinks
        self._process: Process | None = None
        self._clock: VirtualClock | None = None
        self._folder: Path | None = None
        self._now = self._woken = 0
        self._step: int | None = None

    def open(self, briefing: Briefing, start: Instant) -> None:
        """Start the program, wait until it is ready, and tell it of the rows that it may know."""
        self._folder = Path(tempfile.mkdtemp(prefix="journeyproof-"))
        self._surroundings = Surroundings(free_port(), self._sinks.smtp, self._sinks.webhook, self._folder)
        self._plan = self._planner(briefing, self._surroundings)
        self.definition = self._plan.definition
        self._rows = Rows(briefing)
        self._values = {**self._surroundings.values(), **self._plan.values}
        self._now = start - HEAD_START
        self._begin(start)
        if self._plan.profiles is not None:
            for profile in briefing.profiles:
                self._tell(self._plan.profiles, self._rows.profile(profile, start), f"the row {profile.id}")
        self._settle()

    def ingest(self, event: Event) -> None:
        """Tell the program, once all that was due before has been done. It is told what it has a template for."""
        self._rows.learn(event)
        telling = self._plan.tell.get(event.name, self._plan.tell.get(EVERY))
        if telling is None or not event.profile:
            return
        self.arrive(event.time)
        self._tell(telling, self._rows.told(event), f"'{event.name}' of {event.profile}")

    def arrive(self, instant: Instant) -> None:
        """Let everything happen that is due before an instant, and put the clock there: somebody is about to act.

        Whoever opens a message or clicks in it does so on the program's own addresses, past `ingest`.
        """
        eve = instant - (EVE_STANDING if self._stands else EVE_RUNNING)
        if eve > self._now:
            self._move(eve)
            self._settle()
        if instant > self._now:
            self._set(instant)

    def next_wakeup(self) -> Instant | None:
        """Nobody can look into the program: None."""
        return None

    def advance(self, to: Instant, step: int) -> list[Event]:
        """Move its clock, wake it, and wait until it is done. Raises NotQuiescent if it never is."""
        if step != self._step:
            self._step = step
            if to > self._woken:
                self._move(to)
            self._settle()
        return []

    def restart(self, instant: Instant) -> None:
        """Kill the program and all that it started, and start it again so that it is up at an instant."""
        self._end(0.0)
        self._begin(instant)
        self._settle()

    def close(self) -> None:
        """End the program, and remove its folder."""
        self._end(None)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    # The process.

    @property
    def _stands(self) -> bool:
        """Whether its clock stands still while it works.

        In Node.js all sleeping is done in one place that reckons with the clock it sees. Elsewhere a sleep on a clock
        that stands may end at once, again and again, so there the clock runs on.
        """
        if self._plan.stands is not None:
            return self._plan.stands
        return Path(self._plan.command[0]).name in ("node", "nodejs")

    def _begin(self, instant: Instant) -> None:
        """Start the program so that it is up at an instant; its clock begins a little before, never before `_now`."""
        plan, folder = self._plan, self._folder
        assert folder is not None
        named = self._surroundings.values()
        variables: dict[str, str | None] = {
            "TZ": "UTC",
            "JOURNEYPROOF_SMTP": self._surroundings.smtp,
            "JOURNEYPROOF_SMTP_HOST": named["smtp_host"],
            "JOURNEYPROOF_SMTP_PORT": str(named["smtp_port"]),
            "JOURNEYPROOF_WEBHOOK": self._surroundings.webhook,
            **plan.environment,
        }
        if plan.faketime:
            if self._clock is None:
                self._clock = VirtualClock(folder / "clock")
            self._clock.run_from(max(self._now, instant - HEAD_START))
            variables.update(self._clock.environment(variables))
        self._process = Process(plan.command, name=self.name, environment=variables, folder=plan.folder)
        self._wait_until_ready(self._process)
        self._quiescence = Quiescence(
            self._process,
            alone=QUIET_ALONE if self._stands else QUIET,
            limit=plan.steps_within,
            busy=lambda: "a message is being handed over" * (self._sinks.open_sessions > 0),
        )
        self._set(instant)
        self._woken = 0

    def _wait_until_ready(self, process: Process) -> None:
        ready, limit = self._plan.ready, self._plan.starts_within
        if ready.startswith(PRINTS):
            pattern, hopeless = ready.removeprefix(PRINTS), self._plan.hopeless
            seen = process.wait_for_line(f"{hopeless}|{pattern}" if hopeless else pattern, limit)
            if seen is not None and hopeless and re.search(hopeless, seen.string):
                process.wait(0.3)  # the lines that say why may follow
                raise BackendFailed(f"{self.name} was not ready, and never will be. It {process.cause()}")
            is_up, sign = seen is not None, f"it did not print '{pattern}'"
        else:
            is_up, sign = True, f"nothing answered at {ready}"
        if is_up and not ready.startswith("http") and self._is_spoken_to:
            sign = f"nobody listened on port {self._surroundings.port}"
            is_up = wait_until(lambda: process.ended or _listens(self._surroundings.port), limit)
        elif is_up and ready.startswith("http"):
            is_up = wait_until(lambda: process.ended or _answers(ready), limit)
        if process.ended:
            raise BackendFailed(f"{self.name} was not ready: it {process.cause()}")
        if not is_up:
            raise BackendFailed(f"{self.name} was not ready after {limit:g} s: {sign}. It {process.cause()}")

    @property
    def _is_spoken_to(self) -> bool:
        """Whether anything that it is told goes to its own port, so that somebody has to listen there."""
        tellings = [*self._plan.tell.values(), *filter(None, (self._plan.profiles, self._plan.tick))]
        return self._plan.ready == LISTENS or any("port" in holes(telling.url) for telling in tellings)

    def _end(self, grace: float | None) -> None:
        if self._process is not None:
            self._process.end(grace)
            forget(self._process.pid)
            self._process = None

    # Time.

    def _set(self, instant: Instant) -> None:
        """Put the clock at an instant, and wake nobody."""
        self._now = max(self._now, instant)
        if self._clock is not None:
            (self._clock.stop_at if self._stands else self._clock.run_from)(instant)

    def _move(self, instant: Instant) -> None:
        """Put the clock at an instant, and wake everybody."""
        assert self._process is not None
        self._set(instant)
        self._woken = instant
        if self._plan.tick is not None:
            self._tell(self._plan.tick, {"time": rfc3339(instant)}, "the time")
        if self._clock is not None:
            wake(self._quiescence.members)

    def _settle(self) -> None:
        self._quiescence.settle()

    def _tell(self, telling: Telling, told: Mapping[str, Any], what: str) -> None:
        assert self._process is not None
        try:
            tell(telling, {**told, **self._values}, what, self._plan.steps_within)
        except BackendFailed as error:
            # It may have died of it, and its end comes a moment after that of its connection.
            self._process.wait(0.5)
            raise BackendFailed(f"{self.name} was not told {error}. It {self._process.cause()}") from None


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1.0).close()
    except OSError:
        return False
    return True


def _answers(url: str) -> bool:
    try:
        return request("GET", url, None, {}, 5.0, "")[0] < 400
    except BackendFailed:
        return False


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
