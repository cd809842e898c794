"""Cells: customers who share nothing run alone, each in a small environment of their own.

Cells are spread over any `concurrent.futures` executor, and their rows are merged in canonical order, so the log is the
same whatever the number of workers.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from simulator.backends.protocol import Backend, Factory
from simulator.model.briefing import Profile
from simulator.model.log import Event
from simulator.model.people import Person
from simulator.model.populations import cells as components
from simulator.model.scenarios import Scenario
from simulator.running.cosimulation import CoSimulation
from simulator.words.errors import UsageError, did_you_mean
from simulator.world import Setting, World

Cell = tuple[str, ...]
BLOCK = 100
"""People in one piece of work for a worker: large enough that handing it over costs little."""


@dataclass(frozen=True)
class Work:
    """A piece of work for one worker: some cells of one scenario on one backend.

    `common` is the scenario without its people; for other processes it is pickled, so that each reads and compiles it
    once, however many pieces it gets. `people`, `profiles` and `linked` rows are those of the cells alone.
    """

    common: Scenario | bytes
    factory: Factory
    cells: tuple[Cell, ...]
    people: Mapping[str, Person]
    profiles: tuple[Profile, ...]
    linked: tuple[tuple[str, ...], ...]


def pieces_of(scenario: Scenario, factory: Factory, blocks: Sequence[Sequence[Cell]], *, elsewhere: bool) -> list[Work]:
    """The work of some blocks of cells; `elsewhere` says that other processes do it."""
    briefing = scenario.briefing
    bare = replace(scenario, people={}, document={}, briefing=replace(briefing, profiles=(), linked=()))
    common = pickle.dumps(bare) if elsewhere else bare
    known = {row.id: row for row in briefing.profiles}
    linked: dict[str, list[tuple[str, ...]]] = {}
    for group in briefing.linked:
        linked.setdefault(group[0], []).append(group)
    found = []
    for block in blocks:
        people = {person: scenario.people[person] for cell in block for person in cell}
        rows = [row.id for person in people.values() for row in person.profiles]
        profiles = tuple(known[row] for row in rows if row in known)
        groups = tuple(group for row in rows for group in linked.get(row, ()))
        found.append(Work(common, factory, tuple(block), people, profiles, groups))
    return found


@lru_cache(maxsize=2)
def _common(pickled: bytes) -> Scenario:
    scenario: Scenario = pickle.loads(pickled)  # noqa: S301  these bytes come from our own parent process
    return scenario


def scenario_of(piece: Work) -> Scenario:
    """The scenario with the people of a piece alone."""
    common = _common(piece.common) if isinstance(piece.common, bytes) else piece.common
    briefing = replace(common.briefing, profiles=piece.profiles, linked=piece.linked)
    return replace(common, people=piece.people, briefing=briefing)


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
    scenario = scenario_of(piece)
    setting = Setting(scenario)
    rows: list[Event] = []
    for cell in piece.cells:
        rows.extend(run_cell(setting, piece.factory(), cell))
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
