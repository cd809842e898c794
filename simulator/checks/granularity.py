"""How exactly the backend kept time, and what that decided.

A backend that is ticked every minute, or that lives under a clock of its own, can be late by so much and not be wrong.
`Evidence.allowed` is where a deadline asks; here the verdict says so, if nothing else kept it from being violated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simulator.checks.evidence import Evidence
from simulator.checks.findings import Finding
from simulator.checks.sentences import span
from simulator.model.conditions import Pattern
from simulator.model.results import Verdict
from simulator.model.rules import Precedence, Rule
from simulator.words.vocabulary import OF_AUTOMATION

GRANULARITY = "granularity"
"""The figure that a verdict has where the granularity decided of a case."""


def is_automations(rule: Rule) -> bool:
    """True if what a rule waits for is the automation's to do: a desk or a customer is not late because of it."""
    waited = rule.activation if isinstance(rule, Precedence) else getattr(rule, "target", None)
    return isinstance(waited, Pattern) and waited.event in OF_AUTOMATION


def figure_of(evidence: Evidence, finding: Finding) -> dict[str, Any]:
    """The figure of one finding: `ms` and `backend` as in the log, how many `cases` were excused, `most_ms` late."""
    if not len(finding.excused):
        return {}
    log = evidence.log
    found = {"ms": log.granularity_ms, "cases": len(finding.excused), "most_ms": int(finding.excused.max())}
    return {GRANULARITY: found | ({"backend": log.backend} if log.backend else {})}


def excused_in_all(figures: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    """One figure from those of blocks of people."""
    found = [figure for figure in figures if figure is not None]
    if not found:
        return {}
    cases, most = sum(figure["cases"] for figure in found), max(figure["most_ms"] for figure in found)
    return {GRANULARITY: {**found[0], "cases": cases, "most_ms": most}}


def decided(verdict: Verdict) -> str:
    """What a verdict that is satisfied says of the cases that only the granularity excused; empty if there are none."""
    figure = verdict.figures.get(GRANULARITY)
    if figure is None:
        return ""
    count = figure["cases"]
    by = f"by {'up to ' if count > 1 else ''}{span(figure['most_ms'])}"
    whose = f"the backend '{figure['backend']}'" if figure.get("backend") else "the backend"
    late = f"{count} of {verdict.activations} {'were' if count > 1 else 'was'} late {by}"
    return f"{late}, within the {span(figure['ms'])} to which {whose} keeps time."
