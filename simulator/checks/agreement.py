"""The template `agreement`: what an event says of a field is known in every system named, in time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulator.checks.declare import duties_of
from simulator.checks.evidence import Evidence, take
from simulator.checks.findings import Breach, Finding
from simulator.checks.groups import Part, case_text, correlate, pairs_of
from simulator.checks.holdings import Holdings
from simulator.checks.joins import Objects
from simulator.checks.masks import compare, match
from simulator.checks.sentences import Telling, span
from simulator.model.log import Column, Ints, Mask
from simulator.model.rules import Agreement


@dataclass(frozen=True)
class _Learnt:
    """One system: does it hold the value at the deadline, since when (row), and if not, when did it learn it (row)."""

    holds: Mask
    since: Ints
    later: Ints


def agreement(evidence: Evidence, rule: Agreement) -> Finding:
    """Every system holds the activation's value at the deadline."""
    return _Agreeing(evidence, rule).find()


class _Agreeing:
    def __init__(self, evidence: Evidence, rule: Agreement) -> None:
        self.evidence = evidence
        self.rule = rule
        self.telling = Telling(evidence)
        self.objects = Objects(evidence)
        self.kind, _, self.field = rule.field.partition(".")

    def find(self) -> Finding:
        evidence, rule = self.evidence, self.rule
        found = match(evidence, rule.activation)
        part, _ = correlate(evidence, pairs_of(rule.same), found.rows, [])
        said = self._said(part.rows)
        known = said.known & (self.objects.keys(self.kind, part.rows, part.rows) >= 0)
        judged = Part(part.rows[known], part.groups[known], part.unkeyed)
        duties, _, unknown = duties_of(evidence, rule, judged)
        said = _chosen(said, known)
        released = self._taken_over(judged, said, duties.deadline)
        closing = np.minimum(evidence.past_time(duties.deadline), evidence.size) - 1
        learnt = [self._learnt(system, judged.rows, said, closing) for system in rule.between]
        agreed = np.all([system.holds for system in learnt], axis=0) & ~released
        broken = ~agreed & ~released & (duties.deadline <= evidence.log.end)
        finding = Finding(len(judged.rows), unjudged=[found.unknown, part.unkeyed, part.rows[~known], unknown])
        finding.pending = int((~agreed & ~released & ~broken).sum())
        timed = agreed & (duties.deadline < (1 << 60))
        last = np.max([system.since for system in learnt], axis=0)
        knew = np.maximum(evidence.time[last[timed]], evidence.time[judged.rows[timed]])
        finding.margin_rows, finding.margins = judged.rows[timed], duties.deadline[timed] - knew
        finding.breaches = self._breaches(judged.rows, duties.deadline, broken, learnt, said)
        return finding

    def _said(self, rows: Ints) -> Column:
        """What each activation says of the field; where it says nothing, what was true then."""
        own = take(self.evidence.field(self.field), rows)
        if bool(own.known.all()):
            return own
        setters = self.objects.setters(self.kind, self.field, None, rows, rows)
        # A row that names the field is the newest fact about it, so that the rows can be put side by side.
        return take(self.evidence.field(self.field), np.where(own.known, rows, setters))

    def _taken_over(self, part: Part, said: Column, deadline: Ints) -> Mask:
        """Whether a later activation of the same case, before the deadline, says something else."""
        evidence = self.evidence
        order = np.lexsort((part.rows, part.groups))
        rows, groups = part.rows[order], part.groups[order]
        value = _codes(said)[order]
        change = np.zeros(len(rows), np.bool_)
        change[1:] = (groups[1:] != groups[:-1]) | (value[1:] != value[:-1])
        # The next place at which the value or the case changes, seen from each place.
        places = np.where(change, np.arange(len(rows)), len(rows))
        following = np.append(np.minimum.accumulate(places[::-1])[::-1][1:], len(rows)) if len(rows) else places
        at = np.minimum(following, max(len(rows) - 1, 0))
        same = (following < len(rows)) & (groups[at] == groups) if len(rows) else change
        taken = np.zeros(len(rows), np.bool_)
        taken[order] = same & (evidence.time[rows[at]] <= deadline[order])
        return taken

    def _learnt(self, system: str, rows: Ints, said: Column, closing: Ints) -> _Learnt:
        evidence = self.evidence
        groups = self.objects.keys(self.kind, rows, rows)
        updates = self.objects.updates(self.kind, self.field, system)
        place = updates.position(groups, closing + 1) - 1
        held = updates.row_at(place, groups)
        held = np.where(held == evidence.size, -1, held)
        column = evidence.field(self.field)
        holds = compare(take(column, held), "=", said).holds
        since, later = held.copy(), np.full(len(rows), -1)
        for at in range(len(rows)):
            one = replace(said, values=said.values[at : at + 1], known=said.known[at : at + 1])
            if said.currency is not None:
                one = replace(one, currency=said.currency[at : at + 1])
            if holds[at]:
                since[at] = self._first_of_run(updates.rows, updates.groups, int(place[at]), one, column)
            else:
                later[at] = self._first_after(updates.rows, updates.groups, int(place[at]) + 1, int(groups[at]), one)
        return _Learnt(holds, since, later)
