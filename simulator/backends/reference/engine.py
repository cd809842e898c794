"""The reference backend: the automation as this project understands it, in memory, one thread, no clock of its own.

It is both the default thing under test and the yardstick for others; `docs/semantics-journeys.md` is what it does.
"""

from __future__ import annotations

from collections import deque

from simulator.backends.protocol import Capabilities
from simulator.backends.reference.conduct import Conduct
from simulator.backends.reference.knowledge import Change, Knowledge, Row, Setting
from simulator.backends.reference.policy import Rules
from simulator.backends.reference.scripts import Compiled, Listener, compiled
from simulator.backends.reference.steps import Instance, Walker
from simulator.backends.reference.timers import Timers
from simulator.backends.reference.triggers import Triggers
from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.words.clock import Instant, zone
from simulator.words.errors import BackendFailed, LimitReached
from simulator.words.streams import Streams
from simulator.words.vocabulary import Value

FEATURES = frozenset({
    "trigger.event", "trigger.anniversary", "trigger.date", "trigger.segment",
    "step.send", "step.wait", "step.wait_until", "step.wait_for",
    "step.command", "step.split", "step.goal", "step.exit",
    "policy.consent", "policy.caps", "policy.quiet_hours", "policy.suppress", "policy.coherence", "policy.require",
    "policy.plan_windows", "coupons", "holdout",
})  # fmt: skip
"""Everything a briefing can say."""
OWN_EVENTS = frozenset({
    "Message Sent", "Message Withheld", "Journey Entered", "Journey Not Entered", "Journey Exited", "Goal Reached",
    "Split Taken", "Command Issued", "Coupon Granted",
})  # fmt: skip
"""What the engine tells. It hears itself at once, so the same events are passed over when they are brought back."""
MOST_ECHOES = 1_000
"""How long a chain of journeys may be that trigger each other at one instant."""


class ReferenceBackend:
    """See `protocol.Backend`. A mutant hands over a `Conduct` that decides one thing wrongly."""

    name = "reference"
    capabilities = Capabilities(clock="cooperative", deterministic=True, independent_customers=True, features=FEATURES)

    def __init__(self, conduct: Conduct | None = None) -> None:
        self._conduct = conduct or Conduct()
        self._heard: deque[tuple[Event, Row, Change, str, int]] = deque()
        self._step: int | None = None
        self._told: list[Event] = []
        self._echoes = 0

    def open(self, briefing: Briefing, start: Instant) -> None:
        """Publish the briefing at `start` (ms UTC), and set the timers of every row."""
        self._heard.clear()
        self._step, self._told, self._echoes = None, [], 0
        self._compiled: Compiled = compiled(briefing)
        self._knowledge = Knowledge(briefing, self._compiled.kinds, self._compiled.customer)
        setting = Setting(
            self._knowledge, start, briefing.leap_day, briefing.country, briefing.places, briefing.place_names
        )
        rules = Rules(briefing.policy, setting, zone(briefing.zone), self._conduct)
        streams = Streams(briefing.seed)
        self._system = briefing.system
        self._now = start
        self._timers = Timers()
        self._walker = Walker(setting, rules, self._timers, self._conduct, streams, self._tell)
        self._triggers = Triggers(
            setting, self._compiled, self._timers, self._conduct, streams, self._walker, self._tell, briefing.end
        )
        for profile in briefing.profiles:
            self._triggers.plant(self._knowledge.rows[profile.id], start, "")

    def ingest(self, event: Event) -> None:
        """Know at once what an event tells; act on it in the next `advance`. Events of no row tell nothing."""
        if not event.profile or self._is_own(event):
            return
        row = self._knowledge.row(event.profile)
        change = self._knowledge.learn(event, row)
        if not row.planted:
            self._triggers.plant(row, max(self._now, event.time), event.id)
        self._heard.append((event, row, change, event.id, 0))

    def _is_own(self, event: Event) -> bool:
        told = event.name in OWN_EVENTS and event.system == self._system
        return told and ("instance" in event.data or event.name == "Journey Not Entered")

    def next_wakeup(self) -> Instant | None:
        """The earliest timer; the present while something that has been heard waits for `advance`."""
        return max(self._now, self._heard[0][0].time) if self._heard else self._timers.earliest()

    def advance(self, to: Instant, step: int) -> list[Event]:
        """Do everything due up to `to`, all of it at `to`: first what was heard, then the timers in their order."""
        if step == self._step:
            return self._told
        if to < self._now:
            raise BackendFailed(f"advance to {to} after {self._now}: the clock was turned back")
        self._now, self._step, self._told = to, step, []
        while True:
            while self._heard:
                event, row, change, cause, self._echoes = self._heard.popleft()
                self._hear(event, row, change, cause)
            self._echoes = 0
            timer = self._timers.pop(to)
            if timer is None:
                return self._told
            timer.act(to)

    def close(self) -> None:
        """Let go of everything. A second time there is nothing left, and that is no mistake."""
        self._heard.clear()
        self._told = []
        for name in ("_knowledge", "_timers", "_walker", "_triggers"):
            self.__dict__.pop(name, None)

    def _tell(self, name: str, row: Row, data: dict[str, Value], cause: str) -> None:
        """Tell the world, and hear it oneself: a journey may wait for, or be triggered by, what another has done."""
        event = Event(self._now, name, "", row.id, self._system, cause, data)
        self._told.append(event)
        is_coupon = name == "Coupon Granted"
        if is_coupon or name in self._compiled.heard:
            if self._echoes >= MOST_ECHOES:
                raise LimitReached(
                    f"{data.get('line', '')}: journeys trigger each other for ever: '{name}' comes after "
                    f"{MOST_ECHOES} others of one chain at one instant. Give one of them a condition or a wait."
                )
            change = self._knowledge.learn(event, row) if is_coupon else Change()
            self._heard.append((event, row, change, cause, self._echoes + 1))

    def _hear(self, event: Event, row: Row, change: Change, cause: str) -> None:
        """One event, in a fixed order: exits, goals, waits, what hangs on changed knowledge, then triggers."""
        group, now = row.group, self._now
        if group.erased:
            if event.name in ("Customer Erased", "Profiles Linked"):
                for instance in _ranked(group.instances):
                    self._walker.leave(instance, "Customer Erased", cause)
            return
        if event.name in self._compiled.heard and group.instances:
            keys = self._knowledge.keys_in(event.data)
            for act in (self._exit, self._goal, self._wait):
                for instance in _ranked(group.instances):
                    if instance.alive and self._conduct.concerns(instance.keys, event.data):
                        act(instance, event, keys, cause)
        if change:
            for instance in _ranked(group.instances):
                if instance.alive:
                    self._walker.reconsider(instance, now, cause)
        self._triggers.on_change(change, row, now, cause)
        self._triggers.on_event(event, row, now, cause)

    def _matches(self, listener: Listener, instance: Instance, event: Event) -> bool:
        if listener.event != event.name:
            return False
        return listener.judge is None or bool(listener.judge(self._walker.view(instance, event.data, self._now)))

    def _exit(self, instance: Instance, event: Event, _keys: dict[str, Value], cause: str) -> None:
        for listener in instance.script.exits.get(event.name, ()):
            if self._matches(listener, instance, event):
                self._walker.leave(instance, listener.text, cause)
                return

    def _goal(self, instance: Instance, event: Event, _keys: dict[str, Value], cause: str) -> None:
        goal = instance.script.goal
        if goal is not None and self._matches(goal, instance, event):
            self._walker.reach_goal(instance, goal.text, instance.script.program.line, cause)

    def _wait(self, instance: Instance, event: Event, keys: dict[str, Value], cause: str) -> None:
        listener = self._walker.listener(instance, event.data)
        if listener is not None and self._matches(listener, instance, event):
            self._walker.heard(instance, keys, self._now, cause)


def _ranked(instances: dict[str, Instance]) -> list[Instance]:
    return sorted(instances.values(), key=lambda instance: instance.rank)
