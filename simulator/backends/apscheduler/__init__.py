"""APScheduler 3, in a child whose clock is held: its own scheduler, stepped, with no thread of its own."""

from __future__ import annotations

from simulator.backends.child.clocks import Library
from simulator.backends.protocol import Backend

__all__ = ["make"]


def make(clock: Library = "freezegun") -> Backend:
    """The backend `apscheduler`; `clock` holds the clock in its child. NotInstalled where the library is missing."""
    from simulator.backends.application.hosting import hosted

    return hosted(
        "apscheduler", "simulator.backends.apscheduler.engine:APSchedulerEngine", ("apscheduler",), clock=clock
    )
