"""A rehearsal: a scenario is run, its log is judged, and the verdicts are compared with what the variant declares."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_all_start_methods, get_context
from threading import active_count
from typing import Any

from simulator.backends import BACKENDS
from simulator.backends.protocol import Backend, Capabilities, Factory
from simulator.checks import judge
from simulator.model.log import EventLog
from simulator.model.results import Verdict, gravest
from simulator.model.scenarios import Scenario
from simulator.running.capabilities import (
    chosen,
    elsewhere,
    factory_of,
    lacking,
    let_go,
    make,
    missing,
    refused,
    said_by,
)
from simulator.running.cells import BLOCK, Cell, cells_of
from simulator.running.cells import only as cell_of
from simulator.running.expectations import compare
from simulator.running.resultfile import Told, entry_of
from simulator.running.run import Progress, Run, run
from simulator.running.standing import with_standing
from simulator.words.errors import BackendFailed, Unsupported, UsageError


@dataclass(frozen=True)
class Finished:
    """What reports need of a rehearsal: its entry of the result file, and the wall time it took."""

    result: dict[str, Any]
    seconds: float


@dataclass(frozen=True)
class Rehearsal:
    """What a rehearsal showed. `result` is its entry of the result file, `outcome` the gravest of its verdicts.

    `as_expected`: every verdict is what the variant declares. `seconds` is the wall time that run and verdicts took.
    """

    scenario: Scenario
    log: EventLog
    verdicts: tuple[Verdict, ...]
    result: dict[str, Any]
    outcome: str
    as_expected: bool
    seconds: float

    @property
    def finished(self) -> Finished:
        """What reports need of it."""
        return Finished(self.result, self.seconds)


def rehearse(
    scenario: Scenario,
    *,
    backend: str | Factory | None = None,
    workers: int = 1,
    only: str | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Rehearsal:
    """Run a scenario on a backend, judge the log, and compare the verdicts with what the variant declares.

    `backend` is a word as behind `--backend`, or what makes one; unsaid, it is the first that the scenario is about, or
    the reference. `only` runs the cell of one customer, with the same events, and compares what concerns them. Cells
    are spread over `executor`, or over `workers` processes. What a backend cannot express, and a backend that the
    scenario is not about, make every check `unsupported`; one that fails makes them `error`. Raises UsageError for an
    unknown backend or customer, Stuck and LimitReached.
    """
    begun = time.perf_counter()
    word = chosen(scenario) if backend is None else backend
    factory = factory_of(word)
    told = Told(said_by(word), None, customer=only)
    if isinstance(word, str) and word in BACKENDS and (reason := elsewhere(scenario, told.backend)):
        return _without_log(scenario, told, "unsupported", reason, begun)
    try:
        made = make(factory)
        told = replace(told, backend=told.backend or made.name, capabilities=made.capabilities)
        reason = elsewhere(scenario, made.name, told.backend)
        if not reason and (refusals := missing(scenario, made)):
            told, reason = replace(told, refusals=refusals), lacking(refusals, told.backend)
        if reason:
            let_go(made)
            return _without_log(scenario, told, "unsupported", reason, begun)
        cell = _cell(scenario, made, only)
        spread = executor or _executor(workers, scenario, made.capabilities, cell is None)
        ran = _ran(scenario, factory, made, only=only, executor=spread, progress=progress)
    except Unsupported as error:
        told = replace(told, refusals=error.refusals)
        return _without_log(scenario, told, "unsupported", refused(error.refusals, told.backend), begun)
    except BackendFailed as error:
        return _without_log(scenario, told, "error", str(error), begun)
    return _judged(ran.log, scenario, told, cell, begun)


def _cell(scenario: Scenario, made: Backend, only: str | None) -> Cell | None:
    """The cell of one customer. Raises UsageError for somebody who is not there."""
    try:
        cells = cells_of(scenario, independent=made.capabilities.independent_customers)
        return None if only is None else cell_of(cells, only)[0]
    except UsageError:
        let_go(made)
        raise


def _ran(
    scenario: Scenario,
    factory: Factory,
    made: Backend,
    *,
    only: str | None,
    executor: Executor | None,
    progress: Progress | None,
) -> Run:
    try:
        return run(scenario, factory, customer=only, executor=executor, progress=progress, made=made)
    except BrokenExecutor as error:
        worker_pool.cache_clear()
        raise BackendFailed(f"a worker process ended before its work was done: {error}") from error


def judge_log(log: EventLog, scenario: Scenario) -> Rehearsal:
    """Judge a log that is there already, and compare the verdicts with what the variant declares."""
    return _judged(log, scenario, Told("", None), None, time.perf_counter())


def _judged(log: EventLog, scenario: Scenario, told: Told, cell: Sequence[str] | None, begun: float) -> Rehearsal:
    if cell is not None:
        scenario = replace(scenario, people={person: scenario.people[person] for person in cell})
    scenario = with_standing(scenario, log)
    verdicts = judge(log, scenario)
    return _concluded(log, scenario, verdicts, told, cell, begun)


def _without_log(scenario: Scenario, told: Told, outcome: str, reason: str, begun: float) -> Rehearsal:
    """Every check has the same outcome, because there is nothing to judge."""
    places = scenario.check_places
    verdicts = [
        Verdict(name, rule.template, outcome, rule.rule, reason=reason, place=places.get(name, ""))
        for name, rule in scenario.checks.items()
    ]
    log = EventLog([], scenario.dictionary.fields, scenario.start, scenario.end)
    return _concluded(log, scenario, verdicts, replace(told, ran=False), None, begun)


def _concluded(
    log: EventLog, scenario: Scenario, verdicts: Sequence[Verdict], told: Told, cell: Sequence[str] | None, begun: float
) -> Rehearsal:
    seconds = time.perf_counter() - begun
    unexpected = compare(scenario, verdicts, cell, log.granularity_ms)
    result = entry_of(scenario, log, verdicts, told, unexpected)
    outcome = gravest(verdict.outcome for verdict in verdicts)
    return Rehearsal(scenario, log, tuple(verdicts), result, outcome, result["as_expected"], seconds)


def _executor(workers: int, scenario: Scenario, capabilities: Capabilities, everybody: bool) -> Executor | None:
    """A pool, where there is work for several processes."""
    several = everybody and capabilities.independent_customers and len(scenario.people) > BLOCK
    return worker_pool(workers) if workers > 1 and several else None


@lru_cache(maxsize=1)
def worker_pool(workers: int) -> ProcessPoolExecutor:
    """Worker processes, kept for the next scenario. An interrupt is for the parent, which ends them.

    A fork starts at once and has everything loaded; but a thread might hold a lock just then that nobody in the fork
    would release, so that where there are threads (and on macOS, whose libraries start some) we start afresh.
    """
    known = get_all_start_methods()
    forks = "fork" in known and active_count() == 1 and sys.platform != "darwin"
    method = "fork" if forks else "forkserver" if "forkserver" in known else "spawn"
    ignore = (signal.SIGINT, signal.SIG_IGN)
    return ProcessPoolExecutor(workers, mp_context=get_context(method), initializer=signal.signal, initargs=ignore)
