"""The one seam between the harness and an automation under test.

Only events cross it. The backend never sees who is who: an event that crosses carries the profile row it speaks of, and
`Profiles Linked` when the identity system has found that two rows are one human being.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from simulator.model.briefing import Briefing
from simulator.model.log import Event


@dataclass(frozen=True)
class Capabilities:
    """What a backend declares of itself.

    `clock`: it knows its next wake-up (cooperative), is ticked (stepped), or is an unmodified process (blackbox).
    `granularity_ms` is how late it may act without being wrong. `features` are the words of the briefing that it can
    express (`policy.caps`, `trigger.anniversary`, ...); a scenario that needs others is `unsupported`.
    """

    clock: Literal["cooperative", "stepped", "blackbox"] = "cooperative"
    granularity_ms: int = 0
    deterministic: bool = True
    independent_customers: bool = False
    restart: bool = False
    features: frozenset[str] = field(default_factory=frozenset)


class Backend(Protocol):
    """What is under test."""

    name: str
    capabilities: Capabilities

    def open(self, briefing: Briefing, start: int) -> None:
        """Publish journeys, policy and the profiles it may know, at `start` (ms UTC)."""

    def ingest(self, event: Event) -> None:
        """A fact or a receipt has reached its system, at the instant `event.time`."""

    def next_wakeup(self) -> int | None:
        """Its own earliest timer; None when it has none, or cannot tell (stepped)."""

    def advance(self, to: int, step: int) -> list[Event]:
        """Everything it does up to and including `to`; returns only when quiescent.

        The same `step` again gives the same answer; a new step with the same `to` does what became due since.
        """

    def close(self) -> None:
        """Let go of everything."""


Factory = Callable[[], Backend]
"""Makes one backend for each cell where customers are independent, else one for all."""
