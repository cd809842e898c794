"""Every backend that is shipped keeps every rule of the conformance kit, but for those that cannot be asked of it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from simulator.backends import BACKENDS
from simulator.backends.child.backend import end_idle_children
from simulator.backends.http.calls import disconnect
from simulator.backends.http.serving import exposed
from simulator.conformance import check, rendered
from tests.contract.test_http_runs import GOOD, node

IN_A_CHILD = "simulator.backends.reference:ReferenceBackend"
OF_THE_REFERENCE = frozenset({"unsupported", "waits-survive", "captured"})
OF_AN_APPLICATION = frozenset({"waits-survive", "customers-apart"})
TICKED = frozenset({"wakeups"})


def named(word: str) -> AbstractContextManager[str]:
    return nullcontext(word)


@contextmanager
def served() -> Iterator[str]:
    with exposed(BACKENDS["reference"]) as url:
        yield url
    disconnect()


@dataclass(frozen=True)
class Shipped:
    """One way to a backend, the rules that do not apply to it, and the engine that it drives."""

    id: str
    word: Callable[[], AbstractContextManager[str]]
    inapplicable: frozenset[str]
    engine: str = ""


SHIPPED = (
    Shipped("reference", partial(named, "reference"), OF_THE_REFERENCE),
    Shipped("reference-in-a-child", partial(named, IN_A_CHILD), OF_THE_REFERENCE),
    Shipped("reference-over-http", served, OF_THE_REFERENCE),
    Shipped("node-example", partial(node, GOOD), frozenset({"waits-survive", "captured"}), "node"),
    *(
        Shipped(name, partial(named, name), inapplicable, name)
        for name, inapplicable in {
            "celery": OF_AN_APPLICATION,
            "apscheduler": OF_AN_APPLICATION,
            "django": OF_AN_APPLICATION | TICKED,
            "tryton": frozenset({"customers-apart"}),
            "node-red": OF_AN_APPLICATION | TICKED | {"deterministic"},
        }.items()
    ),
)


@pytest.fixture
def nothing_is_left() -> Iterator[None]:
    """No process and no thread is there afterwards that was not there before; children kept for later are ended."""
    end_idle_children()
    before = _offspring(), set(threading.enumerate())
    yield
    end_idle_children()
    assert _offspring() <= before[0]
    assert set(threading.enumerate()) <= before[1]


def _offspring() -> set[str]:
    """The processes that this one has started, and those that were left to it."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended in the meantime
        if parent == str(os.getpid()):
            found.add(folder.name)
    return found


@pytest.mark.usefixtures("nothing_is_left")
@pytest.mark.parametrize(
    "shipped",
    [
        pytest.param(
            each, id=each.id, marks=[pytest.mark.engine, pytest.mark.xdist_group(each.engine)] if each.engine else []
        )
        for each in SHIPPED
    ],
)
def test_a_shipped_backend_conforms(shipped: Shipped) -> None:
    with shipped.word() as word:
        report = check(word)
    assert (report.outcome, report.exit_code) == ("passed", 0), rendered(report)
    assert set(report.ids("not applicable")) == shipped.inapplicable, rendered(report)


def test_no_registered_backend_is_forgotten() -> None:
    assert set(BACKENDS) <= {shipped.id for shipped in SHIPPED}
