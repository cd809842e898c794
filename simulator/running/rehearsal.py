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

from simulator.backends.protocol import Capabilities, Factory
from simulator.checks import judge
from simulator.model.log import EventLog
from simulator.model.results import Verdict, gravest
from simulator.model.scenarios import Scenario
from simulator.running.capabilities import factory_of, make, missing
from simulator.running.cells import BLOCK, cells_of
from simulator.running.cells import only as cell_of
from simulator.running.expectations import compare
from simulator.running.resultfile import Told, entry_of
from simulator.running.run import Progress, run
from simulator.words.errors import BackendFailed


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
    backend: str | Factory = "reference",
    workers: int = 1,
    only: str | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Rehearsal:
    """Run a scenario on a backend, judge the log, and compare the verdicts with what the variant declares.

    `backend` is a registered name, `module:Class`, or what makes one. `only` runs the cell of one customer, with the
    same events, and compares what concerns them. Cells are spread over `executor`, or over `workers` processes. What a
    backend cannot express makes every check `unsupported`, one that fails makes them `error`. Raises UsageError for an
    unknown backend or customer, Stuck and LimitReached.
    """
    begun = time.perf_counter()
    factory = factory_of(backend)
    told = Told(backend if isinstance(backend, str) else "", None, customer=only)
    try:
        made = make(factory)
        told = replace(told, backend=told.backend or made.name, capabilities=made.capabilities)
        if lacking := missing(scenario, made.capabilities):
            reason = f"the backend '{told.backend}' has no {', '.join(lacking)}"
            return _without_log(scenario, told, "unsupported", reason, begun)
        cells = cells_of(scenario, independent=made.capabilities.independent_customers)
        cell = None if only is None else cell_of(cells, only)[0]
        spread = executor or _executor(workers, scenario, made.capabilities, cell is None)
        try:
            ran = run(scenario, factory, customer=only, executor=spread, progress=progress)
        except BrokenExecutor as error:
            worker_pool.cache_clear()
            raise BackendFailed(f"a worker process ended before its work was done: {error}") from error
    except BackendFailed as error:
        return _without_log(scenario, told, "error", str(error), begun)
    return _judged(ran.log, scenario, told, cell, begun)


def judge_log(log: EventLog, scenario: Scenario) -> Rehearsal:
    """Judge a log that is there already, and compare the verdicts with what the variant declares."""
    return _judged(log, scenario, Told("", None), None, time.perf_counter())


def _judged(log: EventLog, scenario: Scenario, told: Told, cell: Sequence[str] | None, begun: float) -> Rehearsal:
    if cell is not None:
        scenario = replace(scenario, people={person: scenario.people[person] for person in cell})
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
    unexpected = compare(scenario, verdicts, cell)
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
