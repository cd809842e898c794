"""A watch over one run: it counts the days that are through, and ends the run when its time is over or nobody waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event as Flag
from typing import Any

from simulator.backends.protocol import Backend, Factory
from simulator.model.log import Event
from simulator.words.durations import DAY
from simulator.words.errors import BackendFailed

Progress = Callable[[int, int], None]
"""Called with the simulated days that are through, and all of them."""
EVERY = 0.2
"""Seconds between two calls of a progress."""


class GoneAway(BackendFailed):
    """Nobody waits for this run any more."""


class Watch:
    """Time for a run: `seconds` of it, from the first look on; `stop` ends it at the next."""

    def __init__(self, seconds: float, progress: Progress | None = None) -> None:
        self.seconds = seconds
        self.stop = Flag()
        self._progress = progress
        self._until = time.monotonic() + seconds
        self._next = time.monotonic() + EVERY
        self._span = (0, 0)
        self._watched: list[Backend] = []

    def spans(self, start: int, end: int) -> None:
        """The run goes from `start` to `end` (ms UTC)."""
        self._span = (start, end)

    def look(self, now: int) -> None:
        """The run has come to `now` (ms UTC). Raises BackendFailed where it is to end."""
        clock = time.monotonic()
        if self.stop.is_set():
            raise GoneAway("nobody waits for this run any more")
        if clock > self._until:
            raise BackendFailed(f"the run was not through after {self.seconds:g} seconds, and was ended")
        if self._progress is not None and clock >= self._next:
            self._next = clock + EVERY
            start, end = self._span
            self._progress(max(0, now - start) // DAY, max(1, (end - start) // DAY))

    def over(self, factory: Factory) -> Factory:
        """What makes backends that are watched."""

        def make() -> Backend:
            backend = factory()
            self._watched.append(backend)
            return _Watched(backend, self)

        return make

    def end(self) -> None:
        """End the run now: where a backend is a process of its own, by ending that, for it may not answer any more."""
        self.stop.set()
        for backend in list(self._watched):
            process = getattr(backend, "process", None)
            if process is not None:
                process.end(grace=0)


class _Watched:
    """A backend whose every step is looked at. Whatever else it has, it has."""

    def __init__(self, backend: Backend, watch: Watch) -> None:
        self._backend, self._watch = backend, watch
        self.name, self.capabilities = backend.name, backend.capabilities
        self.open, self.ingest = backend.open, backend.ingest
        self.next_wakeup, self.close = backend.next_wakeup, backend.close

    def advance(self, to: int, step: int) -> list[Event]:
        """Everything it does up to and including `to`."""
        self._watch.look(to)
        return self._backend.advance(to, step)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)
