"""Timers: what the automation has promised itself to do, and in which order when several are due at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

from simulator.words.clock import Instant

Rank = tuple[int, int, str, int, str]
"""What orders things at one instant: (-priority, order of the program, row id, number of the entry, object's key).

A trigger has the number 0, so at one instant it comes before the row's entries into the same journey.
"""


@dataclass(slots=True, eq=False)
class Timer:
    """One thing to do at `due`. A timer that is no longer `alive` is passed over."""

    due: Instant
    act: Callable[[Instant], None]
    alive: bool = True

    def cancel(self) -> None:
        """Pass it over when its instant comes."""
        self.alive = False


class Timers:
    """All timers of one backend, the earliest first."""

    __slots__ = ("_heap", "_made")

    def __init__(self) -> None:
        self._heap: list[tuple[Instant, Rank, int, Timer]] = []
        self._made = 0

    def set(self, due: Instant, rank: Rank, act: Callable[[Instant], None]) -> Timer:
        """Do something at `due`; `act` is told when it was due."""
        timer = Timer(due, act)
        self._made += 1
        heappush(self._heap, (due, rank, self._made, timer))
        return timer

    def earliest(self) -> Instant | None:
        """When the next living timer is due."""
        heap = self._heap
        while heap and not heap[0][3].alive:
            heappop(heap)
        return heap[0][0] if heap else None

    def pop(self, now: Instant) -> Timer | None:
        """Take the next living timer that is due by now."""
        due = self.earliest()
        return heappop(self._heap)[3] if due is not None and due <= now else None
