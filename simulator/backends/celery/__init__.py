"""Celery 5, in a child whose clock is held: real tasks, messages, countdowns, retries and beat, ticked one by one."""

from __future__ import annotations

from simulator.backends.child.clocks import Library
from simulator.backends.protocol import Backend

__all__ = ["make"]


def make(clock: Library = "freezegun") -> Backend:
    """The backend `celery`; `clock` holds the clock in its child. NotInstalled where the library is missing."""
    from simulator.backends.application.hosting import hosted

    return hosted("celery", "simulator.backends.celery.engine:CeleryEngine", ("celery",), clock=clock)
