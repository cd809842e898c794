"""Results to compare: small documents of the published form, with only what a comparison asks of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.words.clock import from_iso, iso, zone

Entry = dict[str, Any]


def moved(time: str, ms: int, where: str = "Europe/Rome") -> str:
    """A moment so much later, on the clock of a zone."""
    return iso(from_iso(time) + ms, zone(where))


def message(number: int, sent: str, text: str = "Hello.", **others: Any) -> Entry:
    """A message of the journey `welcome` that arrived at once."""
    given = {"journey": "welcome", "message": "welcome-mail", "channel": "email", "subject": "Welcome", **others}
    received = {} if given.pop("lost", False) else {"received": given.pop("received", sent), "folder": "inbox"}
    return {"event": f"e/{number}", "sent": sent, "message_id": f"id/{number}", "text": text, **received, **given}


def withheld(number: int, time: str, reason: str, until: str | None = None, **others: Any) -> Entry:
    """The event of a message that was not sent."""
    data = {"journey": "welcome", "message": "welcome-mail", "channel": "email", "reason": reason, **others}
    data.update({"until": until} if until else {})
    return {"id": f"w/{number}", "time": time, "name": "Message Withheld", "data": data}


def exhibit(customer: str, messages: Sequence[Entry] = (), events: Sequence[Entry] = (), **others: Any) -> Entry:
    """The story of somebody."""
    return {
        "customer": customer,
        "name": customer.capitalize(),
        "zone": "Europe/Rome",
        "why_shown": "everybody is shown",
        "sampled": False,
        "events": list(events),
        "messages": list(messages),
        **others,
    }


def check(name: str = "welcomed", outcome: str = "satisfied", violations: Sequence[Entry] = (), **others: Any) -> Entry:
    """What a check says."""
    return {
        "name": name,
        "outcome": outcome,
        "activations": 10,
        "violations_in_all": len(violations),
        "violations": list(violations),
        "margins": None,
        **others,
    }


def violation(customer: str, sentence: str = "It came too late.") -> Entry:
    """One violation."""
    return {
        "case": customer,
        "customer": customer,
        "onset": "2026-03-02T10:00:00+01:00",
        "margin_ms": -60_000,
        "sentence": sentence,
    }


def entry(exhibits: Sequence[Entry] = (), checks: Sequence[Entry] = (), **others: Any) -> Entry:
    """One variant of one scenario."""
    return {
        "family": "welcome",
        "name": "welcome",
        "variant": "as-it-should-go",
        "title": "A welcome",
        "seed": 42,
        "backend": "reference",
        "customer": None,
        "customers": len(exhibits),
        "events": 100,
        "outcome": "violated" if any(item["outcome"] == "violated" for item in checks) else "satisfied",
        "as_expected": True,
        "unexpected": [],
        "checks": list(checks),
        "results": {},
        "digests": {},
        "exhibits": list(exhibits),
        **others,
    }


def result(*entries: Entry, **options: Any) -> Entry:
    """A result document."""
    head = {"format": "journeyproof-result", "version": 1, "seed": 42}
    return {**head, "options": options, "scenarios": list(entries)}
