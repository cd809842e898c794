"""The one seam between the harness and an automation under test.

Only events cross it. The backend never sees who is who: an event that crosses carries the profile row it speaks of, and
`Profiles Linked` when the identity system has found that two rows are one human being.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.words.clock import DAY
from simulator.words.errors import ExpressionError, did_you_mean

CLOCKS: Final = ("cooperative", "stepped", "blackbox")
"""The three ways in which a backend may keep time."""
MOST_GRANULARITY: Final = 366 * DAY
"""The least exact that a backend may be, in milliseconds: whoever is later than that keeps no time at all."""


@dataclass(frozen=True)
class Capabilities:
    """What a backend declares of itself.

    `clock`: it knows its next wake-up (cooperative), is ticked (stepped), or is an unmodified process (blackbox).
    `granularity_ms` is how late it may act without being wrong. `features` are the words of the briefing that it can
    express (`policy.caps`, `trigger.anniversary`, ...); a scenario that needs others is `unsupported`. Of waits for
    events a backend may know some alone, and names them: `step.wait_for Message Clicked`. `restart` says that what it
    is waiting for survives a restart.
    """

    clock: Literal["cooperative", "stepped", "blackbox"] = "cooperative"
    granularity_ms: int = 0
    deterministic: bool = True
    independent_customers: bool = False
    restart: bool = False
    features: frozenset[str] = field(default_factory=frozenset)


class Backend(Protocol):
    """What is under test.

    Four things it may have besides. `definition` is what it runs, `compiled` or `native FILE`: the log says so. `use`
    takes the answer that the world's channels give at hand-over, and `restart` kills its process and
    begins it anew at an instant, as a fault of the scenario asks. `printed` returns what it printed last, as a
    sentence tells it (`the last it printed: ...`), where that is not told already.
    """

    name: str
    capabilities: Capabilities

    def open(self, briefing: Briefing, start: int) -> None:
        """Publish journeys, policy and the profiles it may know, at `start` (ms UTC).

        Raises Unsupported with each step, rule and message that it cannot express.
        """

    def ingest(self, event: Event) -> None:
        """A fact or a receipt has reached its system, at the instant `event.time`."""

    def next_wakeup(self) -> int | None:
        """Its own earliest timer; None when it has none, or cannot tell (stepped)."""

    def advance(self, to: int, step: int) -> list[Event]:
        """Everything it does up to and including `to`; returns only when quiescent.

        The same `step` again gives the same answer; a new step with the same `to` does what became due since. The time
        of an event is the backend's own stamp: after the previous step's instant (or at it), and not after `to`.
        """

    def close(self) -> None:
        """Let go of everything."""


def capabilities_to_wire(declared: Capabilities) -> dict[str, Any]:
    """What a backend declares, as plain data."""
    return {
        "clock": declared.clock,
        "granularity_ms": declared.granularity_ms,
        "deterministic": declared.deterministic,
        "independent_customers": declared.independent_customers,
        "restart": declared.restart,
        "features": sorted(declared.features),
    }


def capabilities_from_wire(told: object) -> Capabilities:
    """What a backend declared in plain data. Raises ExpressionError with the member that is wrong."""
    if not isinstance(told, dict):
        raise ExpressionError("capabilities are a JSON object")
    if unknown := sorted(set(told) - {"name", *capabilities_to_wire(Capabilities())}):
        raise ExpressionError(f"unknown capability '{unknown[0]}'{did_you_mean(unknown[0], vars(Capabilities()))}")
    clock, granularity, features = told.get("clock"), told.get("granularity_ms", 0), told.get("features", [])
    if clock not in CLOCKS:
        raise ExpressionError(f"clock is {clock!r}: it is one of {', '.join(CLOCKS)}")
    if type(granularity) is not int or granularity < 0:
        raise ExpressionError(f"granularity_ms is {granularity!r}: it is a whole number of milliseconds, 0 or more")
    if granularity > MOST_GRANULARITY:
        raise ExpressionError(f"granularity_ms is {granularity}: a year, {MOST_GRANULARITY}, is the most")
    if not isinstance(features, list) or not all(isinstance(word, str) for word in features):
        raise ExpressionError(f"features is {features!r}: it is a list of words")
    flags = {}
    for name in ("deterministic", "independent_customers", "restart"):
        flags[name] = told.get(name, False)
        if not isinstance(flags[name], bool):
            raise ExpressionError(f"{name} is {flags[name]!r}: it is true or false")
    return Capabilities(clock=clock, granularity_ms=granularity, features=frozenset(features), **flags)


Factory = Callable[[], Backend]
"""Makes one backend for each cell where customers are independent, else one for all."""
