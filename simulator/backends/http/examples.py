"""The run that the examples of the contract tell: somebody buys a lamp, and is thanked."""

from __future__ import annotations

from typing import Any, Final

START: Final = "2026-03-01T23:00:00.000Z"
"""When the run begins: midnight in Rome."""
_ROW: Final = "crm-1"
_LINE: Final = "fixtures/journeys/thanks.journey.yaml"

HEARD: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "/0",
    "source": "/journeyproof",
    "type": "Order Completed",
    "time": "2026-03-02T09:05:00.000Z",
    "datacontenttype": "application/json",
    "profile": _ROW,
    "system": "shop",
    "data": {"amount": "20 EUR", "item": "lamp", "order_id": "o-1"},
}
"""The purchase, as it reaches the automation."""


def _told(name: str, line: int, data: dict[str, Any]) -> dict[str, Any]:
    instance = {"instance": "thanks/crm-1/1", "journey": "thanks", "line": f"{_LINE}:{line}", "order_id": "o-1"}
    return {**HEARD, "id": "/-1", "type": name, "system": "esp", "causeid": "/0", "data": {**instance, **data}}


_MESSAGE: Final = {
    "address": "ann@example.org",
    "channel": "email",
    "item": "lamp",
    "message": "thanks",
    "message_id": "thanks/crm-1/1/0",
    "purpose": "transactional",
    "recipient": "ann@example.org",
    "unresolved": 0,
}
TOLD: Final = [
    _told("Journey Entered", 2, {}),
    _told("Message Sent", 7, _MESSAGE),
    _told("Journey Exited", 7, {"reason": "completed"}),
]
"""What the reference backend then does, all of it at that instant."""

_ORDER_FIELDS: Final = {"item": "text", "amount": "money"}
BRIEFING: Final[dict[str, Any]] = {
    "format": 1,
    "system": "esp",
    "zone": "Europe/Rome",
    "country": "IT",
    "seed": 42,
    "end": "2026-03-11T23:00:00.000Z",
    "organisation": {
        "organisation": "A shop and its automation",
        "calendar": {"zone": "Europe/Rome", "country": "IT"},
        "systems": ["shop", "crm", "esp"],
        "automation": "esp",
        "objects": {
            "customer": {"key": "person", "home": "crm", "fields": {"first_name": "text"}},
            "order": {"key": "order_id", "home": "shop", "fields": _ORDER_FIELDS},
        },
        "channels": {"email": {}},
    },
    "journeys": {
        "thanks": {
            "journey": "Thank you",
            "purpose": "transactional",
            "trigger": {"event": "Order Completed"},
            "reentry": "always",
            "steps": [{"send": "thanks", "channel": "email"}],
        }
    },
    "policy": {"policy": "No rules of contact"},
    "plan": None,
    "messages": {
        "thanks": {
            "message": "Thanks",
            "subject": "Your {{ item }}",
            "text": "Thank you for the {{ item }}.",
            "names": {"item": "order.item"},
        }
    },
    "lines": {"journeys/thanks": f"{_LINE}:2", "journeys/thanks/steps/0": f"{_LINE}:7"},
    "span": {"scenario": "A purchase", "starts": "2026-03-02", "lasts": "10 days"},
    "fields": {
        name: {"type": kind, "choices": []}
        for name, kind in (("amount", "money"), ("first_name", "text"), ("item", "text"), ("order_id", "id"))
    },
    "profiles": [
        {
            "id": _ROW,
            "system": "crm",
            "zone": "Europe/Rome",
            "country": "IT",
            "addresses": {"email": "ann@example.org"},
            "consents": ["email"],
            "fields": {"first_name": "Ann"},
        }
    ],
    "linked": [],
    "native": {},
}
"""All that the automation is told before the run."""
