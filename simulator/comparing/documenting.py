"""A comparison as plain data, for programs."""

from __future__ import annotations

from typing import Any

from simulator.comparing.comparison import Compared, Comparison, Finding, Smallest
from simulator.comparing.stories import Change

FORMAT, VERSION = "journeyproof-diff", 1


def document(comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON data: the same comparison gives the same document."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "worse": len(comparison.worse),
        "changed": len(comparison.drifted),
        "same": len(comparison.same),
        "notes": list(comparison.notes),
        "scenarios": [_case(case) for case in comparison.cases],
    }


def _case(case: Compared) -> dict[str, Any]:
    state = case.only and {"before": "gone", "after": "new"}[case.only]
    return {
        "family": case.family,
        "name": case.name,
        "variant": case.variant,
        "label": case.label,
        "seed": case.seed,
        "backend": case.backend,
        "customers": case.customers,
        "state": state or ("worse" if case.worse else "same" if case.same else "changed"),
        "findings": [_finding(finding) for finding in case.findings],
        "notes": list(case.notes),
        "smallest": None if case.smallest is None else _smallest(case.smallest),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "about": finding.about,
        "sentence": finding.sentence,
        "before": finding.before,
        "after": finding.after,
        "worse": finding.worse,
        "customers": list(finding.customers),
        "people": finding.people,
        "at_least": finding.at_least,
        "details": list(finding.details),
    }


def _smallest(found: Smallest) -> dict[str, Any]:
    return {"customer": found.customer, "name": found.name, "changes": [_change(change) for change in found.changes]}


def _change(change: Change) -> dict[str, Any]:
    events = {"event_a": change.event_a, "event_b": change.event_b}
    return {"kind": change.kind, "sentence": change.sentence, **events}
