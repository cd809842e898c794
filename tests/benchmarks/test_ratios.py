"""Speed as ratios within one run, because machines differ: `make bench` prints them.

Every comparison first asserts that both ways give the same log.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from typing import Any

import pytest

from simulator.backends.protocol import Capabilities
from simulator.backends.reference import ReferenceBackend
from simulator.checks import judge
from simulator.model.data import data_folder
from simulator.model.jsonl import digest
from simulator.model.loading import discover, load
from simulator.model.log import EventLog
from simulator.model.scenarios import Scenario
from simulator.running.run import run

pytestmark = pytest.mark.benchmark


class Together(ReferenceBackend):
    """The reference engine, asked to serve all customers at once."""

    capabilities = Capabilities(features=ReferenceBackend().capabilities.features)


def scenario(family: str, variant: str = "as-it-should-have-gone", customers: int = 0) -> Scenario:
    sources = discover([family], data_folder("scenarios"), None)
    return load(next(source for source in sources if variant in source.variants), variant, seed=42, customers=customers)


def seconds(work: Callable[[], Any]) -> float:
    """The median CPU time of three runs."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return median(taken)


def test_independent_customers_cost_no_more_alone_than_all_in_one_environment() -> None:
    """Cells are there for independence, memory and workers; here it is seen that they cost nothing."""
    made = scenario("late-birthday", customers=3_000)
    assert digest(run(made, ReferenceBackend).log) == digest(run(made, Together).log)
    apart, together = seconds(lambda: run(made, ReferenceBackend)), seconds(lambda: run(made, Together))
    print(f"\none environment for {len(made.people)} people takes {together / apart:.2f} times as long as cells")
    assert apart < 1.3 * together


def afresh(log: EventLog) -> EventLog:
    """The same log without the columns that an earlier judge has made of it."""
    return EventLog(log.rows, log.fields, log.start, log.end, numbered=True)


def test_judging_costs_a_fraction_of_running() -> None:
    made = scenario("contact-flood")
    log = run(made, ReferenceBackend).log
    running, judging = seconds(lambda: run(made, ReferenceBackend)), seconds(lambda: judge(afresh(log), made))
    print(f"\n{len(log):,} events: judging takes {judging / running:.2f} of the time of running")
    print(f"{len(log) / running:,.0f} events a second run, {len(log) / judging:,.0f} judged")
    assert judging < running / 2


def test_two_workers_share_the_work() -> None:
    """Wall time is at the mercy of whoever else uses the machine, so CPU time counts: ours, and half the workers'."""
    made = scenario("contact-flood")
    alone = run(made, ReferenceBackend).log
    one = seconds(lambda: run(made, ReferenceBackend))
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime, time.process_time()
    with ProcessPoolExecutor(2) as pool:
        shared = run(made, ReferenceBackend, executor=pool).log
    ours = time.process_time() - begun
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    assert digest(shared) == digest(alone)
    print(
        f"\none process takes {one / (ours + theirs / 2):.2f} times the CPU time of the longest path with two workers"
    )
    assert one > ours + theirs / 2
