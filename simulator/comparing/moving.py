"""Messages that moved: what moved alike is one thing, whether it is one message or three hundred."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from simulator.comparing.facts import instant_of
from simulator.comparing.people import Apart, Moved
from simulator.words.clock import zone
from simulator.words.errors import ExpressionError

ALIKE_FROM = 2
"""From so many messages on, what moved by the same time is told together."""
MOST_SHIFTS = 3
"""So many different times are told each; what is left is told together, from the least to the most."""


@dataclass(frozen=True)
class Shift:
    """Messages of one journey that moved together: by `ms`, or (None) by different times.

    `on_the_clock`: the time is one of the wall clock (a day is a day, whether it has 23, 24 or 25 hours). `of` counts
    the journey's messages in both runs; `clock_change` is the zone whose change of clocks they all follow, or ''.
    """

    journey: str
    moves: tuple[Moved, ...]
    of: int
    ms: int | None
    on_the_clock: bool = False
    clock_change: str = ""

    @property
    def everything(self) -> bool:
        """Whether all of the journey's messages moved so."""
        return len(self.moves) == self.of

    @cached_property
    def customers(self) -> tuple[str, ...]:
        """Whose messages they are."""
        return tuple(sorted({move.customer for move in self.moves}))


def shifts(people: Sequence[Apart]) -> list[Shift]:
    """All movements of a case, grouped by journey and by how far; the largest groups first."""
    moves: dict[str, list[Moved]] = {}
    totals: dict[str, int] = {}
    still: dict[str, list[tuple[str, int]]] = {}
    for person in people:
        moving = {id(move.after) for move in person.moved}
        for move in person.moved:
            moves.setdefault(move.after.journey, []).append(move)
        for pair in person.pairs:
            journey = pair.after.journey
            totals[journey] = totals.get(journey, 0) + 1
            if id(pair.after) not in moving:
                still.setdefault(journey, []).append((person.zone, instant_of(pair.after.at)))
    zones = {person.customer: person.zone for person in people}
    found: list[Shift] = []
    for journey in sorted(moves):
        found += _of_journey(journey, moves[journey], totals[journey], zones, still.get(journey, []))
    return sorted(found, key=lambda shift: (-len(shift.moves), shift.journey, shift.ms is None, shift.ms or 0))


def _of_journey(
    journey: str, moves: Sequence[Moved], total: int, zones: dict[str, str], still: Sequence[tuple[str, int]]
) -> list[Shift]:
    exact, wall = _grouped(moves, "ms"), _grouped(moves, "wall_ms")
    on_the_clock = len(wall) < len(exact)
    groups = sorted((wall if on_the_clock else exact).items(), key=lambda row: (-len(row[1]), row[0]))
    alone = [(ms, group) for ms, group in groups if len(group) >= ALIKE_FROM][:MOST_SHIFTS]
    told = {ms for ms, _ in alone}
    rest = [move for ms, group in groups if ms not in told for move in group]
    if len(rest) == 1 or (len(groups) <= MOST_SHIFTS and rest):
        alone += [(ms, group) for ms, group in groups if ms not in told]
        rest = []
    found = []
    for ms, group in alone:
        change = _clock_change(group, zones, still)
        found.append(Shift(journey, _in_order(group), total, ms, on_the_clock, change))
    if rest:
        found.append(Shift(journey, _in_order(rest), total, None))
    return found


def _grouped(moves: Sequence[Moved], by: str) -> dict[int, list[Moved]]:
    groups: dict[int, list[Moved]] = {}
    for move in moves:
        groups.setdefault(getattr(move, by), []).append(move)
    return groups


def _in_order(moves: Sequence[Moved]) -> tuple[Moved, ...]:
    return tuple(sorted(moves, key=lambda move: (instant_of(move.after.time), move.customer, move.after.message)))


def _clock_change(moves: Sequence[Moved], zones: dict[str, str], still: Sequence[tuple[str, int]]) -> str:
    """The zone whose clocks were moved by just so much before all of these, and not before any that stayed."""
    names = {zones[move.customer] for move in moves}
    if len(names) != 1 or not still:
        return ""
    [name] = names
    try:
        clock = zone(name)
    except ExpressionError:
        return ""
    periods = {bisect_right(clock.starts, instant_of(move.before.at)) - 1 for move in moves}
    if len(periods) != 1 or (period := periods.pop()) < 1:
        return ""
    step = abs(clock.offsets[period] - clock.offsets[period - 1])
    stayed = {bisect_right(clock.starts, at) - 1 for where, at in still if where == name}
    alike = all(abs(move.ms) == step for move in moves)
    return name if alike and stayed and period not in stayed else ""
