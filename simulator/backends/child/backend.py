"""A Python backend that runs in a child process, behind the same protocol as any other."""

from __future__ import annotations

import json
import os
import sys
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import util
from pathlib import Path
from typing import Any

from simulator.backends.child.clocks import LIBRARIES, Library
from simulator.backends.child.connection import Child, Limits, Order
from simulator.backends.processes import Process
from simulator.backends.protocol import capabilities_from_wire
from simulator.model.briefing import Briefing
from simulator.model.jsonl import instant_of, rfc3339
from simulator.model.log import Event
from simulator.model.wire import briefing_to_wire, event_from_wire, event_to_wire
from simulator.words.errors import BackendFailed, ExpressionError, Refusal, Unsupported, UsageError
from simulator.words.vocabulary import FieldType

IDLE = 4
"""Children that are kept while nobody uses them."""


class ChildBackend:
    """The backend `target` (`module:Class`), called with `arguments`, in a child process.

    `clock` is the library that holds the clock in the child (only there), moved to the instant of each call, in UTC
    unless `environment` sets TZ. `timeout` is the limit in seconds for each call; `limits` are the others. A child
    serves the next backend of the same kind where the class declares independent customers, or where `reuse` says so.
    Raises UsageError where there is no such class, NotInstalled, and BackendFailed.
    """

    def __init__(
        self,
        target: str,
        *,
        clock: Library | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        arguments: Mapping[str, Any] | None = None,
        reuse: bool | None = None,
        limits: Limits | None = None,
    ) -> None:
        if clock is not None and clock not in LIBRARIES:
            raise UsageError(f"no library '{clock}' holds a clock here: write {' or '.join(LIBRARIES)}.")
        told = json.dumps(dict(arguments or {}), sort_keys=True)
        variables = tuple(sorted((environment or {}).items()))
        path = tuple(str(Path(entry).resolve()) for entry in sys.path)
        self._order = Order(target, told, clock, variables, str(Path.cwd()), path, limits or Limits())
        self._timeout = timeout
        self._child: Child | None = None
        self._briefing: Briefing | None = None
        self._fields: Mapping[str, FieldType] = {}
        self._untold: list[Event] = []
        self._wakeup: int | None = None
        self._now = 0
        self.definition = ""
        child = _hire(self._order)
        try:
            self.capabilities = capabilities_from_wire(child.declared["capabilities"])
            self.name = child.name = str(child.declared["name"])
        except (ExpressionError, KeyError) as error:
            child.end(polite=False)
            said = f"the backend '{target}' declares nonsense of itself: {error}"
            raise BackendFailed(child.told(said)) from error
        self._reuse = self.capabilities.independent_customers if reuse is None else reuse
        _keep(child)

    @property
    def process(self) -> Process | None:
        """The child's process, from `open` to `close`."""
        return None if self._child is None else self._child.process

    def printed(self) -> str:
        """What it printed last, for a sentence; empty once it has been ended, for then it has been told."""
        return self._child.process.printed() if self._child is not None and self._child.alive else ""

    def open(self, briefing: Briefing, start: int) -> None:
        """Publish journeys, policy and the profiles it may know, at `start` (ms UTC). Raises Unsupported."""
        self._briefing, self._fields = briefing, briefing.dictionary.fields
        self._untold.clear()
        self._now = start
        self._child = _hire(self._order)
        self._child.name = self.name
        answer = self._call("open", {"briefing": briefing_to_wire(briefing), "start": rfc3339(start)})
        self.definition = str(answer.get("definition", ""))

    def ingest(self, event: Event) -> None:
        """A fact or a receipt has reached its system. It is told with all others before the next step."""
        self._untold.append(event)
        if event.time < self._now:
            self._tell()

    def next_wakeup(self) -> int | None:
        """Its own earliest timer, as it said after the last step or event."""
        self._tell()
        return self._wakeup

    def advance(self, to: int, step: int) -> list[Event]:
        """Everything it does up to and including `to`."""
        self._tell()
        answer = self._call("advance", {"to": rfc3339(to), "step": step})
        self._now = to
        try:
            return [event_from_wire(event, self._fields) for event in answer["events"]]
        except (ExpressionError, LookupError, TypeError) as error:
            raise self._nonsense("advance", error) from error

    def close(self) -> None:
        """Let go of everything. The child is kept for the next one, or ended."""
        child = self._child
        if child is None:
            return
        try:
            if child.alive:
                self._call("close", {})
        finally:
            self._child = None
            if self._reuse and child.alive:
                _keep(child)
            else:
                child.end()

    def restart(self, instant: int) -> None:
        """Kill its process, and open a new one with the same briefing at `instant`. Raises Unsupported.

        What the engine has written down it finds again; all else is lost.
        """
        if not self.capabilities.restart or self._briefing is None:
            raise Unsupported([Refusal("", f"the backend '{self.name}' cannot be restarted in a run")])
        if self._child is not None:
            self._child.end(polite=False)
        self.open(self._briefing, instant)

    def _tell(self) -> None:
        """Tell it the events that have come since the last call, all at once."""
        if self._untold:
            events = [event_to_wire(event, self._fields) for event in self._untold]
            self._untold.clear()
            self._call("ingest", {"events": events})

    def _call(self, what: str, told: Mapping[str, Any]) -> dict[str, Any]:
        if self._child is None:
            raise BackendFailed(f"the backend '{self.name}' was called in {what} while it was not open")
        answer = self._child.call(what, told, self._timeout)
        try:
            wakeup = answer.get("next_wakeup")
            self._wakeup = None if wakeup is None else instant_of("next_wakeup", wakeup)
        except ExpressionError as error:
            raise self._nonsense(what, error) from error
        return answer

    def _nonsense(self, what: str, error: Exception) -> BackendFailed:
        said = f"the backend '{self.name}' failed in {what}: its answer is nonsense: {error}"
        if self._child is not None:
            self._child.end(polite=False)
            said = self._child.told(said)
        return BackendFailed(said)


_IDLE: OrderedDict[Order, Child] = OrderedDict()
_AT_EXIT: list[object] = []


def end_idle_children() -> None:
    """End the children that are kept for backends to come."""
    _keep_only(0)


def _hire(order: Order) -> Child:
    """A child for an order: one that is idle, or a new one."""
    child = _IDLE.pop(order, None)
    if child is not None and not child.alive:
        child.end(polite=False)
        child = None
    return child or Child(order)


def _keep(child: Child) -> None:
    """Keep a child for the next backend of its kind; beyond a few, the one that has been idle longest is ended."""
    if not _AT_EXIT:
        # Before the processes are ended, so that exit handlers have their time.
        _AT_EXIT.append(util.Finalize(None, end_idle_children, exitpriority=20))
    if _IDLE.setdefault(child.order, child) is not child:
        child.end()
    _keep_only(IDLE)


def _keep_only(most: int) -> None:
    # Another thread may take the last one in the meantime.
    with suppress(KeyError):
        while len(_IDLE) > most:
            _, child = _IDLE.popitem(last=False)
            child.end()


def _forked() -> None:
    # These children belong to the process that was forked.
    _IDLE.clear()
    _AT_EXIT.clear()


os.register_at_fork(after_in_child=_forked)
