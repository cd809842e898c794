"""Verdicts and results: what a run said, in the form that every report reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

OUTCOMES = ("error", "violated", "unsupported", "pending", "vacuous", "satisfied")
"""From the gravest to the best: the outcome of several checks together is the first that any of them has."""


def gravest(outcomes: Iterable[str]) -> str:
    """The outcome of several checks together; without any it is `vacuous`, for nothing was judged."""
    found = set(outcomes)
    return next((outcome for outcome in OUTCOMES if outcome in found), "vacuous")


@dataclass(frozen=True)
class Violation:
    """One way in which a rule was broken, for one case.

    `case` is the correlation key as text, `customer` the human being, `onset` the instant (ms UTC) from which the rule
    was broken, `margin_ms` the time to spare (negative: late by; None where time is not the matter).
    `true_since` is when the deciding fact became true, `actor` the system that acted (or failed to), `known_since` when
    the fact reached it (None: never), `silo` the link or system where it stopped. `activation` and `witnesses` are
    event ids.
    """

    case: str
    customer: str
    onset: int
    sentence: str
    margin_ms: int | None = None
    true_since: int | None = None
    known_since: int | None = None
    actor: str | None = None
    silo: str | None = None
    activation: str | None = None
    witnesses: tuple[str, ...] = ()
    expected: str | None = None
    found: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What one check says of one log. `pending` counts open obligations, `not_judged` rows whose data was unknown.

    `margins` are the spare times (ms) of judged activations, in order of (time, person), for diagnosis and reports;
    `figures` what the template measured (quantiles, levels). `reason` is one sentence for anything but `satisfied`, and
    there it says so if the backend's granularity decided.
    """

    name: str
    template: str
    outcome: str
    rule: str = ""
    activations: int = 0
    violations: tuple[Violation, ...] = ()
    pending: int = 0
    not_judged: int = 0
    reason: str = ""
    place: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    margins: tuple[int, ...] = ()
