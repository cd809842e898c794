"""The lines of messages that wait before a full cap.

A slot that comes free is offered to the first in the line alone. Everybody behind goes on waiting, without being
judged again and without an event: a hundred campaigns for one customer cost a hundred steps, not ten thousand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from simulator.backends.reference.knowledge import Row
from simulator.backends.reference.timers import Rank, Timer, Timers
from simulator.words.clock import Instant

if TYPE_CHECKING:
    from simulator.backends.reference.steps import Instance


@dataclass(slots=True, eq=False)
class Line:
    """Who waits before one cap for messages to one row, in order of rank."""

    waiting: list[tuple[Rank, Instance]] = field(default_factory=list)
    due: Instant = 0
    timer: Timer | None = None


class Lines:
    """All lines of one backend. `full_until` tells when a cap has a slot; `judge` judges the first of a line."""

    def __init__(
        self,
        timers: Timers,
        full_until: Callable[[str, Row, Instant], Instant | None],
        judge: Callable[[Instance, Instant], None],
    ) -> None:
        self._timers = timers
        self._full_until = full_until
        self._judge = judge
        self._lines: dict[tuple[str, str], Line] = {}

    def join(self, cap: str, instance: Instance, until: Instant) -> None:
        """Wait before a cap whose next slot comes free at `until`."""
        line = self._lines.setdefault((cap, instance.row.id), Line())
        if not line.waiting:
            line.due = until
        heappush(line.waiting, (instance.rank, instance))
        if line.waiting[0][1] is instance:
            self._arm(cap, line)

    def _arm(self, cap: str, line: Line) -> None:
        """Wake the line when its slot comes free, in the place that its first has among all that is due then."""
        if line.timer is not None:
            line.timer.cancel()
        while line.waiting and not _still_waits(line.waiting[0][1]):
            heappop(line.waiting)
        line.timer = None
        if line.waiting:
            line.timer = self._timers.set(line.due, line.waiting[0][0], lambda now: self._wake(cap, line, now))

    def _wake(self, cap: str, line: Line, now: Instant) -> None:
        first = line.waiting[0][1]
        if not _still_waits(first):
            return self._arm(cap, line)
        until = self._full_until(cap, first.row, now)
        if until is not None:
            line.due = until
            return self._arm(cap, line)
        heappop(line.waiting)
        line.timer = None
        self._judge(first, now)
        return self._arm(cap, line)


def _still_waits(instance: Instance) -> bool:
    return instance.alive and instance.waiting == "line"
