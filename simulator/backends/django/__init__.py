"""Any management command of Django, in a child whose clock is held, called at regular intervals as cron would."""

from __future__ import annotations

from simulator.backends.child.clocks import Library
from simulator.backends.protocol import Backend, Capabilities
from simulator.words.clock import HOUR

__all__ = ["make"]


def make(clock: Library = "freezegun", granularity_ms: int = HOUR) -> Backend:
    """The backend `django`, whose command is called every `granularity_ms`; `clock` holds the clock in its child.

    NotInstalled where the library is missing.
    """
    from simulator.backends.application.hosting import hosted
    from simulator.backends.application.words import OF_DRIPS

    return hosted(
        "django",
        "simulator.backends.django.engine:DjangoEngine",
        ("django",),
        clock=clock,
        capabilities=Capabilities(clock="stepped", granularity_ms=granularity_ms, features=OF_DRIPS),
        arguments={"granularity_ms": granularity_ms},
    )
