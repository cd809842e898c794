"""What a broken duty says beside its own row: which case waited, how long, and what happened meanwhile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.checks.evidence import Evidence
from simulator.checks.findings import Breach
from simulator.checks.groups import Keys, Occurrences
from simulator.checks.masks import match
from simulator.checks.sentences import Telling, span
from simulator.model.conditions import Pattern

MOST_TOLD = 3
"""Events that one sentence names; the rest is counted, and all of them are witnesses."""


class Meanwhile:
    """Adds what happened while something waited to the breaches of one check that asks for it."""

    def __init__(self, evidence: Evidence, pattern: Pattern, keys: Keys) -> None:
        self._evidence = evidence
        self._keys = [key for key, _ in keys if key != "channel"]
        self._telling = Telling(evidence)
        rows = match(evidence, pattern).rows
        self._events = Occurrences(rows, evidence.log.person[0][rows], evidence.size)

    def told(self, breach: Breach) -> Breach:
        """The breach with its case, the time it waited, and the events of the same person from then on as witnesses."""
        evidence, start = self._evidence, breach.activation
        if start < 0 or breach.deciding != start:
            return breach
        late = breach.margin is not None and breach.margin < 0
        until = breach.onset - breach.margin if late and breach.margin is not None else breach.onset
        waited = f"{self._case(start)} waited {span(until - int(evidence.time[start]))}"
        found = self._between(start, until)
        return replace(breach, witnesses=(*breach.witnesses, *found), aside=waited + self._list(found))

    def _case(self, row: int) -> str:
        """`contact g-1 on social`."""
        data = self._evidence.log.rows[row].data
        ids = [str(data[key]) for key in self._keys if key in data]
        where = f" on {data['channel']}" if "channel" in data else ""
        return " ".join([self._telling.noun(row), ", ".join(ids)]).strip() + where

    def _between(self, start: int, until: int) -> tuple[int, ...]:
        group = self._evidence.log.person[0][start : start + 1]
        bounds = (np.array([start + 1]), self._evidence.past_time(np.array([until])))
        first, last = (int(self._events.position(group, bound)[0]) for bound in bounds)
        return tuple(int(row) for row in self._events.rows[first:last])

    def _list(self, rows: tuple[int, ...]) -> str:
        if not rows:
            return ""
        told = [self._telling.happened(row) for row in rows[:MOST_TOLD]]
        if len(rows) > MOST_TOLD:
            told.append(f"{len(rows) - MOST_TOLD} more")
        listed = " and ".join(filter(None, (", ".join(told[:-1]), told[-1])))
        return f", and meanwhile {listed}"
