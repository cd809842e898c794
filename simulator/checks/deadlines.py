"""Moments of many activations at once.

A moment is evaluated once for each distinct context (zone, day, values of its names) and gathered; `now + 2 h` and
`activation.needed_by` need no loop at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulator.checks.evidence import Evidence, take
from simulator.checks.joins import CAMPAIGN, Objects
from simulator.model.log import Column, Ints, Mask
from simulator.model.moments import EndOf, Hours, Moment, Name, PlaceHours, Word, evaluate
from simulator.words.clock import Zone, zone
from simulator.words.vocabulary import Value

FAR = 1 << 60
"""An instant beyond every log: no deadline."""


@dataclass(frozen=True)
class Instants:
    """An instant (ms UTC) for each row asked about; it counts only where `known`."""

    values: Ints
    known: Mask

    def or_else(self, other: int) -> Ints:
        """The instants, with another one where they are unknown."""
        return np.where(self.known, self.values, other)


@dataclass(frozen=True)
class _Context:
    """One activation, for `moments.evaluate`."""

    now: int
    start: int
    zone: Zone
    leap_day: str
    country: str | None
    names: Mapping[tuple[str, ...], Value | None]
    places: Evidence

    def value(self, name: tuple[str, ...]) -> Value | None:
        value = self.names[name]
        return int(value) if isinstance(value, float) else value

    def place(self, place_id: str) -> PlaceHours | None:
        return self.places.scenario.hours(place_id)


def at_start(evidence: Evidence, moment: Moment | None, where: str, fields: Mapping[str, Value]) -> int:
    """A moment as of the start of the scenario, for somebody in zone `where` with these attributes; FAR if unknown."""
    if moment is None:
        return FAR
    start, calendar = evidence.scenario.start, evidence.scenario.organisation.calendar
    held = {use.path: fields.get(use.path[-1]) if use.path[0] == "customer" else None for use in moment.names()}
    context = _Context(start, start, zone(where), calendar.leap_day, calendar.country, held, evidence)
    instant = evaluate(moment, context)
    return FAR if instant is None else instant


class Moments:
    """Evaluates moments over a log."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.objects = Objects(evidence)

    def at(self, moment: Moment, whose: Ints, when: Ints | None = None) -> Instants:
        """The instant of a moment for the activations `whose`, objects as of the rows `when` (else `whose`)."""
        evidence, base = self.evidence, moment.base
        when = whose if when is None else when
        if isinstance(base, Word):
            start = np.full(len(whose), evidence.scenario.start)
            values = start if base.word == "start" else evidence.time[whose]
            return Instants(evidence.shifted(values, whose, moment.shift), np.ones(len(whose), np.bool_))
        if isinstance(base, Name):
            column = self._column(base.path, whose, when)
            if column.type.kind == "instant":
                # Where nothing is known, any instant does to count from.
                values = np.where(column.known, column.values, evidence.time[whose])
                return Instants(evidence.shifted(values, whose, moment.shift), column.known)
        return self._distinct(moment, whose, when)

    def following(self, moment: Moment, rows: Ints) -> Instants:
        """As `at`, but the moment moves as long as it has not passed when an object it names changes.

        Moved into the past it has passed at the instant of the change. While it is unknown it binds nothing.
        """
        evidence, named = self.evidence, self._objects_of(moment)
        found = self.at(moment, rows).or_else(FAR)
        places, after = (np.arange(len(rows)), rows) if named else (rows[:0], rows[:0])
        while len(places):
            changes = [self.objects.next_change(kind, field, rows[places], after) for kind, field in named]
            change = np.min(changes, axis=0)
            there = change < evidence.size
            moved = np.zeros(len(change), np.bool_)
            moved[there] = evidence.time[change[there]] <= found[places[there]]
            places, after = places[moved], change[moved]
            if len(places):
                now = self.at(moment, rows[places], after)
                found[places] = np.where(now.known, np.maximum(now.values, evidence.time[after]), FAR)
        return Instants(found, found < FAR)

    def _objects_of(self, moment: Moment) -> list[tuple[str, str]]:
        paths = [use.path for use in moment.names()]
        return [(path[0], path[1]) for path in paths if path[0] in self.objects.kinds and len(path) > 1]

    def _column(self, path: tuple[str, ...], whose: Ints, when: Ints) -> Column:
        if path[0] in self.objects.kinds or (path[0] == CAMPAIGN and len(path) > 1):
            return self.objects.column(path, None, whose, when)
        return take(self.evidence.field(path[-1]), whose)

    def _distinct(self, moment: Moment, whose: Ints, when: Ints) -> Instants:
        evidence = self.evidence
        columns = {use.path: self._column(use.path, whose, when) for use in moment.names()}
        day_or_instant = evidence.local_days[whose] if _by_day(moment) else evidence.time[whose]
        key = [evidence.zones[whose], day_or_instant]
        for column in columns.values():
            key += [np.where(column.known, column.values, 0).astype(np.int64), column.known.astype(np.int64)]
        _, first, where = np.unique(np.stack(key), axis=1, return_index=True, return_inverse=True)
        calendar = evidence.scenario.organisation.calendar
        answers = []
        for place in first:
            row = whose[place]
            context = _Context(
                now=int(evidence.time[row]),
                start=evidence.scenario.start,
                zone=zone(evidence.zone_names[evidence.zones[row]]),
                leap_day=calendar.leap_day,
                country=calendar.country,
                names={path: column.at(int(place)) for path, column in columns.items()},
                places=evidence,
            )
            answers.append(evaluate(moment, context))
        values = np.array([0 if answer is None else answer for answer in answers], dtype=np.int64)
        known = np.array([answer is not None for answer in answers], dtype=np.bool_)
        where = where.reshape(-1)
        return Instants(values[where], known[where])


def _by_day(moment: Moment) -> bool:
    """True if the moment depends on the day of the activation only, not on its time of day."""
    base = moment.base
    if isinstance(base, Word):
        return base.word == "start"
    if isinstance(base, EndOf):
        shift = base.moment.shift
        return _by_day(base.moment) or (isinstance(base.moment.base, Word) and (shift is None or shift.ms == 0))
    return not isinstance(base, Hours) or _by_day(base.otherwise)
