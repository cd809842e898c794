"""Templates that forbid one event near another: not_response, not_coexistence."""

from __future__ import annotations

import numpy as np

from simulator.checks.counting import window_end
from simulator.checks.evidence import ROWS, Evidence
from simulator.checks.findings import Breach, Finding
from simulator.checks.groups import Occurrences, Part, case_text, correlate, pairs_of
from simulator.checks.masks import Matches, match
from simulator.checks.sentences import Telling, span
from simulator.model.log import Ints, Mask
from simulator.model.rules import NotCoexistence, NotResponse


def not_response(evidence: Evidence, rule: NotResponse) -> Finding:
    """After the activation the target never happens, until a release or the end of the time."""
    activations, targets = match(evidence, rule.activation), match(evidence, rule.target)
    releases = Matches(ROWS, ROWS) if rule.until is None else match(evidence, rule.until)
    part, (aims, frees) = correlate(evidence, pairs_of(rule.same), activations.rows, [targets.rows, releases.rows])
    unjudged = [found.unknown for found in (activations, targets, releases)]
    finding = Finding(len(part.rows), unjudged=[*unjudged, part.unkeyed, aims.unkeyed, frees.unkeyed])
    low, high = _forbidden(evidence, rule, part, frees.occurrences(evidence.size))
    telling, names = Telling(evidence), [name for name, _ in pairs_of(rule.same)]
    seen = np.zeros(evidence.size, np.bool_)
    for row, activation in _caught(evidence, part, low, high, aims.occurrences(evidence.size)):
        if seen[row]:
            continue
        seen[row] = True
        person = evidence.person_at(row)
        after = span(int(evidence.time[row] - evidence.time[activation]))
        finding.breaches.append(
            Breach(
                onset=int(evidence.time[row]),
                customer=person,
                case=case_text(evidence, names, activation),
                sentence=f"{telling.happened(row)}, {after} after {telling.happened(activation)}",
                activation=activation,
                witnesses=(row,),
                deciding=activation,
                acting=telling.acting(row),
            )
        )
    return finding


def _forbidden(evidence: Evidence, rule: NotResponse, part: Part, releases: Occurrences) -> tuple[Ints, Ints]:
    """The rows [low, high) in which each activation forbids its target."""
    rows = part.rows
    low = rows + 1
    if rule.grace is not None:
        low = np.maximum(low, evidence.from_time(evidence.shifted(evidence.time[rows], rows, rule.grace)))
    high = releases.first(part.groups, rows + 1)
    if rule.within is not None:
        high = np.minimum(high, evidence.past_time(evidence.shifted(evidence.time[rows], rows, rule.within)))
    return low, high


def _caught(evidence: Evidence, part: Part, low: Ints, high: Ints, targets: Occurrences) -> list[tuple[int, int]]:
    """(target, the latest activation that forbids it), in order of the log."""
    some = low < high
    starts = Occurrences(low[some], part.groups[some], evidence.size)
    ends = Occurrences(high[some], part.groups[some], evidence.size)
    # A target is forbidden while more stretches have begun than ended.
    first = starts.position(targets.groups, np.zeros(len(targets.rows), np.int64))
    begun = starts.position(targets.groups, targets.rows + 1) - first
    ended = ends.position(targets.groups, targets.rows + 1) - first
    caught = np.flatnonzero(begun > ended)
    acts = part.occurrences(evidence.size)
    order = np.lexsort((part.rows, part.groups))
    low, high = low[order], high[order]
    found = []
    for place in caught:
        row, group = int(targets.rows[place]), targets.groups[place : place + 1]
        at = int(acts.position(group, targets.rows[place : place + 1])[0]) - 1
        while not low[at] <= row < high[at]:
            at -= 1
        found.append((row, int(acts.rows[at])))
    return sorted(found, key=lambda pair: (pair[0], -pair[1]))


def not_coexistence(evidence: Evidence, rule: NotCoexistence) -> Finding:
    """Activation and target do not both happen inside the window, in either order; the later one carries it."""
    activations, targets = match(evidence, rule.activation), match(evidence, rule.target)
    part, (other,) = correlate(evidence, pairs_of(rule.same), activations.rows, [targets.rows])
    firsts, seconds = part.occurrences(evidence.size), other.occurrences(evidence.size)
    unjudged = [activations.unknown, targets.unknown, part.unkeyed, other.unkeyed]
    finding = Finding(len(part.rows), unjudged=unjudged)
    telling = Telling(evidence)
    keys = pairs_of(rule.same)
    seen = np.zeros(evidence.size, np.bool_)
    for side, (later, earlier) in enumerate(((firsts, seconds), (seconds, firsts))):
        before, near = _near(evidence, rule, later, earlier)
        # By cause one row may be near several others: the nearest counts.
        for row, minus_first in sorted(zip(later.rows[near].tolist(), (-before[near]).tolist(), strict=True)):
            first = -minus_first
            if seen[row]:
                continue
            seen[row] = True
            activation = row if side == 0 else first
            person = evidence.person_at(row)
            after = span(int(evidence.time[row] - evidence.time[first]))
            finding.breaches.append(
                Breach(
                    onset=int(evidence.time[row]),
                    customer=person,
                    case=case_text(evidence, [pair[0] for pair in keys], activation),
                    sentence=f"{telling.happened(row)}, {after} after {telling.happened(first)}",
                    activation=activation,
                    witnesses=(first, row),
                    deciding=first,
                    acting=telling.acting(row),
                )
            )
    return finding


def _near(evidence: Evidence, rule: NotCoexistence, later: Occurrences, earlier: Occurrences) -> tuple[Ints, Mask]:
    """For each row the nearest earlier one of the other part whose window it falls into, and whether there is one."""
    ends = np.zeros(evidence.size + 1, np.int64)
    ends[earlier.rows] = window_end(evidence, rule.window, earlier.rows)
    before = earlier.last_before(later.groups, later.rows)
    start = np.zeros(len(later.rows), np.int64)
    ended = Occurrences(ends[earlier.rows], earlier.groups, evidence.size)
    near: Mask = earlier.count(later.groups, start, later.rows) > ended.count(later.groups, start, later.rows + 1)
    # Where the clocks go back, a window that began later may end sooner: then the one before it is looked at.
    while (passed := near & (ends[before] <= later.rows)).any():
        before[passed] = earlier.last_before(later.groups[passed], before[passed])
    return before, near
