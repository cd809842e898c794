"""Spare times as a curve: what share of the cases had at most so much time to spare, or came so much too late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.model.results import Verdict
from simulator.model.rules import Rule, Sla

MOST_POINTS = 200
"""Points of one curve; of more cases the curve is a sample at even steps, its two ends always among them."""
_NO_TIME = ("value", "at_most", "absence", "not_response", "not_coexistence", "level")


def curve(verdict: Verdict, rule: Rule | None) -> dict[str, Any] | None:
    """The curve of a check that measures time; None for any other.

    `points` are [margin in ms, share of the cases with that margin or less], rising. In time is what has at least
    `threshold_ms`: 0, or below it by what a service level allows. The quantiles say what margin so many of a hundred
    cases have at least.
    """
    if not verdict.margins or verdict.template in _NO_TIME:
        return None
    ordered = sorted(verdict.margins)
    size = len(ordered)
    return {
        "threshold_ms": _threshold(rule),
        "count": size,
        "points": [[ordered[at], round((at + 1) / size, 4)] for at in _chosen(ordered)],
        "quantiles": {f"p{share}": ordered[size - 1 - (size * share - 1) // 100] for share in (50, 90, 99)},
    }


def _threshold(rule: Rule | None) -> int | None:
    """The margin that is needed; None where it is a matter of the calendar, and so another one for each case."""
    if not isinstance(rule, Sla):
        return 0
    limits = list(rule.quantiles.values())
    return None if any(limit.is_calendar for limit in limits) else -min(limit.ms for limit in limits)


def _chosen(ordered: Sequence[int]) -> list[int]:
    """The positions to draw: the last of each run of equal margins, thinned out evenly where there are too many."""
    last = len(ordered) - 1
    corners = [at for at in range(len(ordered)) if at == last or ordered[at] != ordered[at + 1]]
    if len(corners) <= MOST_POINTS:
        return corners
    step = (len(corners) - 1) / (MOST_POINTS - 1)
    return sorted({corners[round(number * step)] for number in range(MOST_POINTS)})
