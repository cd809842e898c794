"""The co-simulation loop: world and backend share one virtual clock, and the earlier next event goes first.

One instant runs to a fixpoint: what is due in the world, what that brought to the automation's door, then the backend,
again until neither side has anything left at that instant.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from simulator.backends.answers import looked_at
from simulator.backends.protocol import Backend
from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.words.clock import spoken, spoken_span, zone
from simulator.words.errors import BackendFailed, ExpressionError, JourneyproofError, Refusal, Stuck, Unsupported
from simulator.world import World

MOST_TICKS: Final = 5_000_000
"""How often a backend may ask to be ticked in one run."""
FRUITLESS: Final = 100
"""After so many rounds at one instant in which nothing happened a timer that is still due is not waited for."""
MOST_IDLE, IDLE_FOR_EACH = 20_000, 100
"""How often in a row, and for each person, a backend may wake up for nothing, if it does so every second or oftener."""


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
        self._idle, self._idle_since = 0, scenario.start
        stepped = backend.capabilities.clock != "cooperative"
        self._tick = max(1, backend.capabilities.granularity_ms) if stepped else None

    def run(self) -> list[Event]:
        """Run to the horizon; the rows of the world's log, in the order in which they happened."""
        try:
            self._refuse_endless_ticking()
            if hasattr(self._backend, "use"):
                self._ask("use", self._world.answer)
            self._ask("open", self._briefing, self._start)
            self._world.published(self._backend.name, str(getattr(self._backend, "definition", "")))
            instant: int | None = self._start
            while instant is not None and instant <= self._end:
                self._settle(instant)
                instant = self._next_instant(instant)
            self._ask("close")
        except BaseException as error:
            printed = self._printed() if isinstance(error, BackendFailed) else ""
            # What went wrong first is what is told, whatever an engine in that state says to its end.
            with suppress(Exception, SystemExit):
                self._backend.close()
            if printed:
                raise type(error)(f"{error}; {printed}") from error
            raise
        return self._world.rows

    def _refuse_endless_ticking(self) -> None:
        """A backend that wants to be ticked all too often would keep us for days."""
        if self._tick is not None and (ticks := (self._end - self._start) // self._tick) > MOST_TICKS:
            raise BackendFailed(
                f"the backend '{self._backend.name}' is to be ticked every {self._tick} ms, {ticks:,} times in this"
                f" scenario; the limit is {MOST_TICKS:,}. Let it declare a larger granularity_ms"
            )

    def _printed(self) -> str:
        """What the backend printed last, where it has a way to tell and has not told yet."""
        with suppress(Exception):
            return str(self._backend.printed()) if hasattr(self._backend, "printed") else ""
        return ""

    def _settle(self, instant: int) -> None:
        """Run one instant to its fixpoint. During an outage arrivals wait at the door."""
        down = self._faults.down_until("backend", "backend", instant) is not None
        rounds = fruitless = 0
        while rounds < self._rounds and fruitless < FRUITLESS:
            rounds += 1
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
            fruitless = 0 if arrived or done else fruitless + 1
            self._note_idleness(instant, idle=fruitless > 0)
        raise Stuck(self._why_stuck(instant, rounds, alone=fruitless > 1))

    def _why_stuck(self, instant: int, rounds: int, *, alone: bool) -> str:
        when = f"at {spoken(instant, zone('UTC'))} UTC after {rounds} rounds"
        if not alone:
            return (
                f"world and backend were still answering each other {when}. Look for a journey or a desk that causes"
                " itself, or raise 'limits: {rounds: ...}' in the scenario"
            )
        wakeup = self._ask("next_wakeup") if self._tick is None else instant
        due = "now" if wakeup is None or wakeup == instant else f"at {spoken(wakeup, zone('UTC'))} UTC"
        return (
            f"the backend '{self._backend.name}' has nothing to say {when}, and still says that it is to act {due}."
            " next_wakeup() is its earliest timer (ms UTC): a later one, or none, once it has acted"
        )

    def _note_idleness(self, instant: int, *, idle: bool) -> None:
        """A backend whose timer creeps forward, and that does nothing each time, would keep us for days."""
        if not idle or self._tick is not None:
            self._idle, self._idle_since = 0, instant
            return
        self._idle += 1
        lasted = instant - self._idle_since
        if self._idle > MOST_IDLE + IDLE_FOR_EACH * len(self._world.people) and lasted < 1000 * self._idle:
            raise Stuck(
                f"the backend '{self._backend.name}' woke up {self._idle:,} times in a row and did nothing, within"
                f" {spoken_span(lasted)} before {spoken(instant, zone('UTC'))} UTC. next_wakeup() is when something is"
                " due, not when to look whether anything is"
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
        where = f"the backend '{self._backend.name}' failed in {what}"
        try:
            answer = getattr(self._backend, what)(*arguments)
        except ExpressionError as error:
            raise BackendFailed(f"{where}: {error}") from error
        except JourneyproofError:
            raise
        except (Exception, SystemExit) as error:
            cause = f"{type(error).__name__}: {error}".removesuffix(": ")
            raise BackendFailed(f"{where}: {cause}") from error
        try:
            return looked_at(what, answer)
        except BackendFailed as error:
            raise BackendFailed(f"{where}: {error}") from None
