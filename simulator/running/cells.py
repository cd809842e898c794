"""Cells: customers who share nothing run alone, each in a small environment of their own.

Cells are spread over any `concurrent.futures` executor, and their rows are merged in canonical order, so the log is the
same whatever the number of workers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from simulator.backends.protocol import Backend, Factory
from simulator.model.log import Event
from simulator.model.populations import cells as components
from simulator.model.scenarios import Scenario
from simulator.running.cosimulation import CoSimulation
from simulator.words.errors import LimitReached, UsageError, did_you_mean
from simulator.world import Setting, World

Cell = tuple[str, ...]
BLOCK = 100
"""People in one piece of work for a worker: large enough that handing it over costs little."""


@dataclass(frozen=True)
class Work:
    """A piece of work for one worker: some cells of one scenario on one backend."""

    scenario: Scenario
    factory: Factory
    cells: tuple[Cell, ...]


def cells_of(scenario: Scenario, *, independent: bool) -> list[Cell]:
    """The cells of a scenario: all people together when they share a channel's queue, or the backend needs it."""
    shared = any(channel.daily_limit is not None for channel in scenario.organisation.channels.values())
    return components(list(scenario.people.values()), shared or not independent)


def only(cells: Sequence[Cell], person: str) -> list[Cell]:
    """The cell of one person."""
    found = [cell for cell in cells if person in cell]
    if not found:
        everybody = [member for cell in cells for member in cell]
        raise UsageError(f"nobody is called '{person}' here{did_you_mean(person, everybody)}")
    return found


def work(piece: Work) -> list[Event]:
    """Run some cells one after the other, each with a backend and a world of its own."""
    setting = Setting(piece.scenario)
    rows: list[Event] = []
    for cell in piece.cells:
        rows.extend(run_cell(setting, piece.factory(), cell))
        if len(rows) > piece.scenario.limits.events:
            raise LimitReached(
                f"the run has more than {piece.scenario.limits.events} events: its limit."
                " Raise 'limits: {events: ...}' in the scenario if so many are meant"
            )
    return rows


def run_cell(setting: Setting, backend: Backend, cell: Cell) -> list[Event]:
    """Run one cell. The backend is briefed about the cell's own profile rows alone."""
    scenario = setting.scenario
    people = [scenario.people[person] for person in cell]
    rows = {row.id for person in people for row in person.profiles}
    briefing = replace(
        scenario.briefing,
        profiles=tuple(setting.known_rows[row] for row in sorted(rows & setting.known_rows.keys())),
        linked=tuple(group for row in sorted(rows) for group in setting.linked.get(row, ())),
    )
    return CoSimulation(World(setting, people), backend, briefing).run()
