"""The template `agreement`: what an event says of a field is known in every system named, in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simulator.checks.deadlines import FAR
from simulator.checks.declare import deadlines
from simulator.checks.evidence import Evidence
from simulator.checks.findings import Breach, Finding
from simulator.checks.groups import Occurrences, Part, case_text, codes_of, correlate, pairs_of
from simulator.checks.joins import Objects
from simulator.checks.masks import match
from simulator.checks.sentences import Telling, span
from simulator.model.log import Ints, Mask
from simulator.model.rules import Agreement


def agreement(evidence: Evidence, rule: Agreement) -> Finding:
    """Every system holds the activation's value at the deadline."""
    return _Agreeing(evidence, rule).find()


@dataclass(frozen=True)
class _Learnt:
    """What one system knew of each activation's value. Rows are -1 where there is none.

    `holds`: it holds the value at the deadline; `since`: the row by which it learnt it; `held`: the row that it went by
    at the deadline; `later`: the row by which it learnt the value after that.
    """

    system: str
    holds: Mask
    since: Ints
    held: Ints
    later: Ints


class _Agreeing:
    def __init__(self, evidence: Evidence, rule: Agreement) -> None:
        self.evidence = evidence
        self.rule = rule
        self.telling = Telling(evidence)
        self.objects = Objects(evidence)
        self.kind, _, self.field = rule.field.partition(".")
        self.column = evidence.field(self.field)
        self.codes = codes_of(evidence, (self.field, self.field))[0]

    def find(self) -> Finding:
        evidence, rule = self.evidence, self.rule
        found = match(evidence, rule.activation)
        part, _ = correlate(evidence, pairs_of(rule.same), found.rows, [])
        keys, said = self._said(part.rows)
        known = (keys >= 0) & (said >= 0)
        rows, keys, said = part.rows[known], keys[known], said[known]
        deadline, _, unknown = deadlines(evidence, rule.within, rule.by, rows)
        released = self._taken_over(Part(rows, part.groups[known], rows[:0]), said, deadline)
        systems = [self._learnt(system, keys, said, evidence.past_time(deadline)) for system in rule.between]
        agreed = np.all([system.holds for system in systems], axis=0)
        broken = ~agreed & ~released & (deadline <= evidence.log.end)
        timed = agreed & (deadline < FAR)
        knew = np.maximum(np.max([system.since for system in systems], axis=0), rows)
        return Finding(
            len(rows),
            list(self._breaches(rows, said, deadline, broken, systems)),
            pending=int((~agreed & ~released & ~broken).sum()),
            unjudged=[found.unknown, part.unkeyed, part.rows[~known], rows[unknown]],
            margin_rows=rows[timed],
            margins=deadline[timed] - evidence.time[knew[timed]],
        )

    def _said(self, rows: Ints) -> tuple[Ints, Ints]:
        """The object each activation speaks of, and the row that says the value: its own, else the last fact."""
        setters = self.objects.setters(self.kind, self.field, None, rows, rows)
        return self.objects.keys(self.kind, rows, rows), np.where(self.column.known[rows], rows, setters)

    def _taken_over(self, part: Part, said: Ints, deadline: Ints) -> Mask:
        """Whether a later activation of the same case says something else before the deadline."""
        order = np.lexsort((part.rows, part.groups))
        rows, groups, value = part.rows[order], part.groups[order], self.codes[said[order]]
        last = len(rows)
        if not last:
            return np.zeros(0, np.bool_)
        changes = np.append(np.flatnonzero((groups[1:] != groups[:-1]) | (value[1:] != value[:-1])) + 1, last)
        following = changes[np.searchsorted(changes, np.arange(last), "right")]
        at = np.minimum(following, last - 1)
        taken = np.zeros(last, np.bool_)
        in_time = self.evidence.time[rows[at]] <= deadline[order]
        taken[order] = (following < last) & (groups[at] == groups) & in_time
        return taken

    def _learnt(self, system: str, keys: Ints, said: Ints, closing: Ints) -> _Learnt:
        updates = self.objects.updates(self.kind, self.field, system)
        size = self.evidence.size
        place = updates.position(keys, closing) - 1
        held = updates.row_at(place, keys)
        held = np.where(held == size, -1, held)
        holds = (held >= 0) & (self.codes[held] == self.codes[said])
        of_value = Occurrences(updates.rows, self._with_value(updates.groups, updates.rows), size)
        later = of_value.first(self._with_value(keys, said), closing)
        later = np.where(holds | (later == size), -1, later)
        since = held
        if len(updates.rows):
            since = np.where(holds, _run_starts(updates, self.codes)[np.maximum(place, 0)], -1)
        return _Learnt(system, holds, since, held, later)

    def _with_value(self, groups: Ints, rows: Ints) -> Ints:
        return groups * (int(self.codes.max(initial=0)) + 1) + self.codes[rows]

    def _breaches(
        self, rows: Ints, said: Ints, deadline: Ints, broken: Mask, systems: Sequence[_Learnt]
    ) -> Iterator[Breach]:
        evidence, telling = self.evidence, self.telling
        names = [name for name, _ in pairs_of(self.rule.same)]
        kind = self.column.type.kind
        for place in np.flatnonzero(broken):
            row, until = int(rows[place]), int(deadline[place])
            person = evidence.person_at(row)
            expected = telling.value(self.column.at(int(said[place])), person, kind)
            for system in systems:
                if system.holds[place]:
                    continue
                held, later = int(system.held[place]), int(system.later[place])
                found = "nothing" if held < 0 else telling.value(self.column.at(held), person, kind)
                still = "still held" if held >= 0 else "held"
                sentence = f"{telling.happened(row)} with {self.field} {expected}; {system.system} {still} {found}"
                sentence += f" at the deadline {telling.when(until, person)}"
                if later >= 0:
                    sentence += f" and learnt it {span(int(evidence.time[later]) - until)} after that"
                yield Breach(
                    onset=until,
                    customer=person,
                    case=case_text(evidence, names, row),
                    sentence=sentence,
                    activation=row,
                    witnesses=(later,) if later >= 0 else (),
                    deciding=row,
                    acting=system.system,
                    margin=until - int(evidence.time[later]) if later >= 0 else None,
                    expected=expected,
                    found=found,
                )


def _run_starts(updates: Occurrences, codes: Ints) -> Ints:
    """For each update the row from which the system has held that value without a break."""
    value = codes[updates.rows]
    starts = np.ones(len(value), np.bool_)
    starts[1:] = (updates.groups[1:] != updates.groups[:-1]) | (value[1:] != value[:-1])
    first = np.maximum.accumulate(np.where(starts, np.arange(len(value)), 0))
    return updates.rows[first]
