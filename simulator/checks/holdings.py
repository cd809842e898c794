"""What each system held of an object at a row, beside what was true: blame that costs the author of a check nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.checks.evidence import Evidence
from simulator.checks.joins import Objects
from simulator.checks.sentences import Telling
from simulator.model.log import Column, Ints
from simulator.words.vocabulary import Value

Field = tuple[str, str]
"""Kind of object and name of field."""


@dataclass(frozen=True)
class _Truth:
    column: Column
    setters: Ints


class Holdings:
    """The fields of some kinds of objects at rows of the log. The methods speak of positions in `rows`."""

    def __init__(self, evidence: Evidence, kinds: Sequence[str], rows: Ints) -> None:
        self.evidence = evidence
        self.telling = Telling(evidence)
        objects = Objects(evidence)
        self.systems = tuple(evidence.scenario.organisation.systems)
        fields = [(kind, field) for kind in kinds for field in objects.kinds[kind].fields]
        self.truth: dict[Field, _Truth] = {}
        self.held: dict[tuple[Field, str], Column] = {}
        for kind, field in fields:
            setters = objects.setters(kind, field, None, rows, rows)
            self.truth[kind, field] = _Truth(objects.values(setters, kind, field, rows), setters)
            for system in self.systems:
                found = objects.setters(kind, field, system, rows, rows)
                self.held[(kind, field), system] = objects.values(found, kind, field, rows)

    def deciding(self, place: int, used: Sequence[Field], acting: str) -> int:
        """The row of the fact to go by: one the acting system was wrong about, else the last that a used field has."""
        stale = [field for field in self.truth if self._stale(place, field, acting)]
        for fields in ([field for field in used if field in stale], stale, used):
            rows = [int(self.truth[field].setters[place]) for field in fields if field in self.truth]
            if any(row >= 0 for row in rows):
                return max(rows)
        return -1

    def _stale(self, place: int, field: Field, system: str) -> bool:
        if system not in self.systems or self.truth[field].setters[place] < 0:
            return False
        return self.held[field, system].at(place) != self.truth[field].column.at(place)

    def differences(self, place: int, person: str, acting: str) -> str:
        """`dealer still held valid_until 2024-10-31, helpdesk 2024-11-09`, for each field the systems disagree on."""
        told = (self.told(place, field, person, acting) for field in self.truth)
        return "; ".join(text for text in told if text)

    def told(self, place: int, field: Field, person: str, acting: str) -> str:
        """What the systems held of one field, the wrong ones (and among them who acted) first; empty if all agree."""
        systems = sorted(self.systems, key=lambda system: system != acting)
        values = [(system, self.held[field, system].at(place)) for system in systems]
        known = [(system, value) for system, value in values if value is not None]
        if len({_comparable(value) for _, value in known}) < 2:
            return ""
        true = self.truth[field].column.at(place)
        kind = self.truth[field].column.type.kind
        wrong = [(system, value) for system, value in known if value != true]
        right = [(system, value) for system, value in known if value == true]
        texts = [f"{system} {self.telling.value(value, person, kind)}" for system, value in wrong + right]
        first, rest = texts[0].split(" ", 1)
        return ", ".join([f"{first} {'still ' if wrong else ''}held {field[1]} {rest}", *texts[1:]])


def _comparable(value: Value) -> str:
    return repr(value)
