"""The co-simulation loop: world and backend share one virtual clock, and the earlier next event goes first.

One instant runs to a fixpoint: what is due in the world, what that brought to the automation's door, then the backend,
again until neither side has anything left at that instant.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from simulator.backends.protocol import Backend
from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.words.clock import spoken, zone
from simulator.words.errors import BackendFailed, JourneyproofError, Refusal, Stuck, Unsupported
from simulator.world import World


class CoSimulation:
    """Drives one world and one backend from the scenario's start to its end."""

    def __init__(self, world: World, backend: Backend, briefing: Briefing) -> None:
        scenario = world.setting.scenario
        self._world, self._backend = world, backend
        self._start, self._end, self._rounds = scenario.start, scenario.end, scenario.limits.rounds
        self._briefing = briefing
        self._faults = world.setting.faults
        self._restarts = self._faults.restarts()
        self._step = 0
        self._advanced_to = scenario.start
        stepped = backend.capabilities.clock != "cooperative"
        self._tick = max(1, backend.capabilities.granularity_ms) if stepped else None

    def run(self) -> list[Event]:
        """Run to the horizon; the rows of the world's log, in the order in which they happened."""
        try:
            if hasattr(self._backend, "use"):
                self._ask("use", self._world.answer)
            self._ask("open", self._briefing, self._start)
            self._world.published(self._backend.name, str(getattr(self._backend, "definition", "")))
            instant: int | None = self._start
            while instant is not None and instant <= self._end:
                self._settle(instant)
                instant = self._next_instant(instant)
            self._ask("close")
        except BaseException:
            # What went wrong first is what is told, whatever an engine in that state says to its end.
            with suppress(Exception):
                self._backend.close()
            raise
        return self._world.rows

    def _settle(self, instant: int) -> None:
        """Run one instant to its fixpoint. During an outage arrivals wait at the door."""
        down = self._faults.down_until("backend", "backend", instant) is not None
        for _ in range(self._rounds):
            self._world.step_to(instant)
            if down:
                return
            self._restart(instant)
            arrived, self._world.door = self._world.door, []
            for event in arrived:
                event.time = instant
                self._ask("ingest", event)
            if not arrived and not self._backend_due(instant):
                return
            self._step += 1
            done = self._ask("advance", instant, self._step)
            since, self._advanced_to = self._advanced_to, instant
            self._world.apply(done, since)
        raise Stuck(
            f"world and backend were still answering each other at {spoken(instant, zone('UTC'))} UTC after"
            f" {self._rounds} rounds. Look for a journey or a desk that causes itself, or raise"
            " 'limits: {rounds: ...}' in the scenario"
        )

    def _restart(self, instant: int) -> None:
        """End the backend's process and begin it anew, if the scenario says so by now."""
        while self._restarts and self._restarts[0] <= instant:
            self._restarts.pop(0)
            if not hasattr(self._backend, "restart"):
                raise Unsupported([Refusal("", f"the backend '{self._backend.name}' cannot be restarted in a run")])
            self._ask("restart", instant)

    def _backend_due(self, instant: int) -> bool:
        """True if the backend may have something to do by now: its timer says so, or it has not been ticked yet."""
        if self._tick is not None:
            return self._step == 0 or self._advanced_to < instant
        wakeup = self._ask("next_wakeup")
        return wakeup is not None and wakeup <= instant

    def _next_instant(self, instant: int) -> int | None:
        """The earlier next event of the two sides. A backend that is down wakes when the outage ends."""
        due = self._world.next_time()
        if self._world.door:
            wakeup: int | None = instant
        elif self._tick is not None:
            wakeup = instant - (instant - self._start) % self._tick + self._tick
        else:
            wakeup = self._ask("next_wakeup")
        if self._restarts:
            wakeup = self._restarts[0] if wakeup is None else min(wakeup, self._restarts[0])
        if wakeup is not None:
            wakeup = max(wakeup, instant)
            wakeup = self._faults.down_until("backend", "backend", wakeup) or wakeup
        return min((time for time in (due, wakeup) if time is not None), default=None)

    def _ask(self, what: str, *arguments: Any) -> Any:
        """Call the backend; whatever it raises is an outcome of the run, with its cause."""
        try:
            return getattr(self._backend, what)(*arguments)
        except JourneyproofError:
            raise
        except Exception as error:
            cause = f"{type(error).__name__}: {error}"
            raise BackendFailed(f"the backend '{self._backend.name}' failed in {what}: {cause}") from error
