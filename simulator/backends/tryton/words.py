"""What Tryton declares of itself."""

from __future__ import annotations

from typing import Final

from simulator.backends.protocol import Capabilities
from simulator.words.clock import MINUTE

EVERY: Final = 15
"""Minutes between two runs of a scheduled task of Tryton."""
CAPABILITIES: Final = Capabilities(
    clock="cooperative",
    granularity_ms=2 * EVERY * MINUTE,
    deterministic=True,
    independent_customers=False,
    restart=True,
    features=frozenset({
        "trigger.event", "trigger.anniversary", "trigger.date", "trigger.segment", "step.send", "step.wait",
        "step.split", "step.exit", "policy.consent", "policy.require", "policy.plan_windows",
        "coupons", "step.wait_for Message Clicked", "step.wait_for Message Opened",
    }),
)  # fmt: skip
"""An event waits for the trigger, and what that sets off for the processing: after an outage the two lie apart."""
