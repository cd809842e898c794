"""The words that the engine's side and the harness's side share; nothing is imported with them."""

from __future__ import annotations

from typing import Final

from simulator.model.journeys import STEPS, TRIGGERS, Policy

SMTP: Final = "JOURNEYPROOF_SMTP"
"""The variable of the environment that says where mails are taken: `127.0.0.1:2525`."""
WEBHOOK: Final = "JOURNEYPROOF_WEBHOOK"
"""The variable that says where all other messages are taken: `http://127.0.0.1:8025`."""
FEATURES: Final = frozenset(
    [f"trigger.{word}" for word in TRIGGERS]
    + [f"step.{word}" for word in STEPS]
    + [f"policy.{word}" for word in Policy.model_fields]
    + ["coupons", "holdout"]
)
"""Every word of a briefing: what of it an engine cannot express, `open` refuses by its line."""
