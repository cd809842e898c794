"""Entries of a result file, written by hand, for tests of what draws them."""

from __future__ import annotations

from typing import Any

from simulator.reporting.entries import Done, Failed, Rerun


def violation(**changes: Any) -> dict[str, Any]:
    return {
        "case": "camille",
        "customer": "camille",
        "onset": "2025-11-14T10:00:00+01:00",
        "margin_ms": -79_620_000,
        "true_since": None,
        "known_since": None,
        "silo": None,
        "sentence": "Camille's offer came on Sat 15 Nov 2025 08:07, 22 h 7 min after the shop had opened.",
        "witnesses": [],
        **changes,
    }


def check(name: str = "offer-before-opening", outcome: str = "satisfied", **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "template": "response",
        "outcome": outcome,
        "activations": 1,
        "violations": [],
        "pending": 0,
        "reason": "",
        "rule": "The offer is received before the shop opens on the customer's birthday.",
        "place": "scenarios/late-birthday/birthday.checks.yaml:2",
        **changes,
    }


def entry(*checks: dict[str, Any], variant: str = "leap-day", **changes: Any) -> dict[str, Any]:
    return {
        "name": "late-birthday",
        "family": "late-birthday",
        "variant": variant,
        "file": "scenarios/late-birthday/late-birthday.scenario.yaml",
        "line": 41,
        "outcome": "satisfied",
        "expected": {},
        "as_expected": True,
        "unexpected": [],
        "log_digest": "sha256:0",
        "customers": 1,
        "events": 1204,
        "virtual_start": "2024-10-01T00:00:00+02:00",
        "virtual_end": "2025-12-31T00:00:00+01:00",
        "checks": list(checks),
        "exhibits": [],
        **changes,
    }


def surprised() -> dict[str, Any]:
    """A variant with one check violated that it does not declare, on two customers."""
    late = violation(true_since="2025-11-14T00:00:00+01:00", silo="link crm to esp")
    other = violation(customer="sabine", case="order c-2", margin_ms=None, known_since="2025-11-14T00:00:00+01:00")
    return entry(
        check(outcome="violated", violations=[late, other]),
        check("one-greeting-a-year"),
        outcome="violated",
        as_expected=False,
        unexpected=["offer-before-opening: violated 2 times; the variant declares no violation of it."],
        exhibits=[
            {
                "customer": "camille",
                "why_shown": "violation",
                "events": [
                    {"time": "2025-11-14T00:00:00+01:00", "name": "Birthday Began", "data": {}},
                    {
                        "time": "2025-11-14T08:00:00+01:00",
                        "name": "Message Sent",
                        "data": {"message": "birthday-offer"},
                    },
                    {"time": "2025-11-15T08:07:00+01:00", "name": "Message Received", "data": {}},
                ],
                "messages": [],
            }
        ],
    )


def done(what: dict[str, Any], seconds: float = 0.44, **options: Any) -> Done:
    return Done(what, seconds, Rerun("late-birthday", what["variant"], 42, **options))


def failed(kind: str = "invalid", code: int = 2, message: str = "a.yaml:3:1: unknown key 'sended'") -> Failed:
    file = "scenarios/late-birthday/late-birthday.scenario.yaml"
    rerun = Rerun("late-birthday", "broken", 42)
    return Failed("late-birthday", "late-birthday", "broken", file, kind, code, message, rerun)
