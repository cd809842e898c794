"""A scenario and a seed make a run; a run is an event log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from typing import Self

from simulator.backends.protocol import Backend, Capabilities, Factory
from simulator.model.log import Event, EventLog
from simulator.model.scenarios import Scenario, within
from simulator.running.capabilities import let_go
from simulator.running.cells import BLOCK, Cell, Work, cells_of, only, pieces_of, work

Progress = Callable[[int, int], None]
"""Called with the number of people done, and of all."""


@dataclass(frozen=True)
class Run:
    """What happened: the log, and what the backend declared of itself. `cells` counts those that ran."""

    log: EventLog
    backend: str
    capabilities: Capabilities
    cells: int


def run(
    scenario: Scenario,
    factory: Factory,
    *,
    customer: str | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    made: Backend | None = None,
) -> Run:
    """Run a scenario on a backend; `customer` runs that person's cell alone, with the same events.

    Blocks of cells go over `executor` when one is given and there is more than one block. `made` is what the factory
    has made already: it is used, or closed. Raises BackendFailed, Unsupported, Stuck and LimitReached.
    """
    backend = factory() if made is None else made
    with _Supply(backend, factory) as supply:
        return _run(scenario, supply, customer=customer, executor=executor, progress=progress)


class _Supply:
    """Makes backends; the first it gives is the one that is there already, whose process may be long in starting."""

    def __init__(self, backend: Backend, factory: Factory) -> None:
        self.backend = backend
        self.factory = factory
        self._left: list[Backend] = [backend]

    def __enter__(self) -> Self:
        return self

    def __call__(self) -> Backend:
        return self._left.pop() if self._left else self.factory()

    def __exit__(self, *_: object) -> None:
        for backend in self._left:
            let_go(backend)


def _run(
    scenario: Scenario,
    supply: _Supply,
    *,
    customer: str | None,
    executor: Executor | None,
    progress: Progress | None,
) -> Run:
    backend = supply.backend
    cells = cells_of(scenario, independent=backend.capabilities.independent_customers)
    if customer is not None:
        cells = only(cells, customer)
    blocks = _blocks(cells)
    elsewhere = executor is not None and len(blocks) > 1
    pieces = pieces_of(scenario, supply.factory if elsewhere else supply, blocks, elsewhere=elsewhere)
    rows = organisation_events(scenario)
    done, everybody = 0, sum(len(cell) for cell in cells)
    for piece, found in _carry_out(pieces, executor if elsewhere else None):
        rows.extend(found)
        within(scenario.limits, len(rows))
        done += sum(len(cell) for cell in piece.cells)
        if progress is not None:
            progress(done, everybody)
    granularity = backend.capabilities.granularity_ms
    log = EventLog(
        rows, scenario.dictionary.fields, scenario.start, scenario.end,
        granularity_ms=granularity, backend=backend.name if granularity else "",
    )  # fmt: skip
    return Run(log, backend.name, backend.capabilities, len(cells))


def _blocks(cells: list[Cell]) -> list[list[Cell]]:
    blocks: list[list[Cell]] = [[]]
    people = 0
    for cell in cells:
        if people >= BLOCK:
            blocks.append([])
            people = 0
        blocks[-1].append(cell)
        people += len(cell)
    return blocks


def _carry_out(pieces: list[Work], executor: Executor | None) -> Iterator[tuple[Work, list[Event]]]:
    """Each piece with its rows, as they come: the log sorts them."""
    if executor is None:
        for piece in pieces:
            yield piece, work(piece)
        return
    waiting = {executor.submit(work, piece): piece for piece in pieces}
    try:
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    finally:
        for future in waiting:
            future.cancel()


def organisation_events(scenario: Scenario) -> list[Event]:
    """What happens to the organisation as a whole, computed before any cell and written once."""
    rows: list[Event] = []
    for fault in scenario.faults:
        data = {"fault": fault.kind, "of": fault.name if fault.target == "backend" else f"{fault.target} {fault.name}"}
        if fault.start <= scenario.end:
            rows.append(Event(max(fault.start, scenario.start), "Fault Began", data=dict(data)))
        if fault.end <= scenario.end:
            rows.append(Event(fault.end, "Fault Ended", data=dict(data)))
    return sorted(rows, key=lambda row: (row.time, row.name, str(row.data["of"])))
