"""The words that the engine's side and the harness's side share; nothing is imported with them."""

from __future__ import annotations

from typing import Final

SMTP: Final = "JOURNEYPROOF_SMTP"
"""The variable of the environment that says where mails are taken: `127.0.0.1:2525`."""
WEBHOOK: Final = "JOURNEYPROOF_WEBHOOK"
"""The variable that says where all other messages are taken: `http://127.0.0.1:8025`."""
OF_APPLICATION: Final = frozenset({
    "trigger.event", "trigger.anniversary", "trigger.date", "trigger.segment",
    "step.send", "step.wait", "step.wait_until", "step.split", "step.goal", "step.exit",
    "policy.consent", "policy.require", "policy.plan_windows", "coupons",
})  # fmt: skip
"""What the mail application can do of a briefing."""
OF_DRIPS: Final = frozenset({"trigger.event", "step.send", "step.wait", "policy.consent"})
"""What can be made into drips of django-drip-campaigns."""
