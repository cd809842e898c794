"""A Python backend in a child process does wrong: the run is an error with its cause, and nothing is left of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from simulator.backends.child import ChildBackend, Limits, end_idle_children
from simulator.backends.processes import wait_until
from simulator.model.log import Event
from simulator.running.rehearsal import Rehearsal, rehearse
from simulator.words.clock import parse_instant, zone
from simulator.words.errors import BackendFailed, ClockTurnedBack, NotInstalled, NotQuiescent, Unsupported, UsageError
from tests.contract import engines_for_tests as engines
from tests.contract.engines_for_tests import Thankful, alive, called
from tests.unit.little import little_scenario

ROOT = Path(__file__).resolve().parents[2]
ARRIVES = "2026-03-02T09:06:00.000Z"
NOON = parse_instant("2026-03-02 12:00", zone("UTC"))
EVERYBODY = "[{at: 2026-03-02 10:00, who: everyone, event: Order Completed, with: {order_id: o-1, item: lamp}}]"
SMALL = Limits(events=1_000, bytes=100_000)


def held() -> tuple[str, int, int]:
    """What this process holds: its children, zombies included, its threads and its descriptors."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="utf-8")
    return children, threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    end_idle_children()
    before = held()
    yield
    end_idle_children()
    assert held() == before


def rehearsed(engine: type[Thankful], folder: Path, *, timeout: float = 20.0) -> Rehearsal:
    backend = partial(ChildBackend, called(engine), timeout=timeout, limits=SMALL)
    return rehearse(little_scenario(folder, story=EVERYBODY), backend=backend)


def reason(rehearsal: Rehearsal) -> str:
    [verdict] = rehearsal.verdicts
    assert verdict.outcome == rehearsal.outcome == "error"
    assert not rehearsal.as_expected
    assert "Traceback" not in verdict.reason
    return verdict.reason


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        (
            engines.Raising,
            r"failed in ingest: JSONDecodeError: .* \(.*engines_for_tests.py:\d+\); the last it printed: .*queue$",
        ),
        (engines.Unmakable, r"Unmakable' could not be made: RuntimeError: no licence \(.*engines_for_tests.py:\d+\)$"),
        (engines.Leaving, rf"failed in advance at {ARRIVES}: it called sys.exit\('I am done'\) \(.*_tests.py:\d+\)$"),
        (engines.Dying, "failed in ingest: its process ended with code 3; the last it printed: taken 1 | taken 2$"),
        (engines.Crashing, f"advance at {ARRIVES}: its process was killed by SIGSEGV; .* printed: reading address 0$"),
        (engines.Flooding, rf"advance at {ARRIVES}: advance\(\) returned 4000 events; the limit is 1000"),
        (engines.Meddling, f"failed in advance at {ARRIVES}: its answer is nonsense: 'hello"),
        (engines.Endless, "failed in advance at .*: it answers with more than 100000 bytes, the limit"),
        (engines.HalfAnswering, "failed in advance at .*: in the middle of its answer its process ended with code 9"),
        (
            engines.Closing,
            "failed in advance at .*: its process ended with code 1; .* the pipe to the harness is closed",
        ),
    ],
)
def test_a_run_that_an_engine_spoils_is_an_error_with_its_cause(
    engine: type[Thankful], said: str, tmp_path: Path
) -> None:
    found = reason(rehearsed(engine, tmp_path))
    assert re.search(said, found), found


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        (
            engines.Hanging,
            "no answer within 1 s; its process was still running; the last it printed: waiting for a lock",
        ),
        (engines.Hiding, "it closed its pipe; its process was still running; it printed nothing"),
        (engines.HangingWithChild, "no answer within 1 s; its process was still running; the last it printed: daemon"),
    ],
)
def test_one_that_never_answers_is_ended_with_all_that_it_started(
    engine: type[Thankful], said: str, tmp_path: Path
) -> None:
    found = reason(rehearsed(engine, tmp_path, timeout=1.0))
    assert f"failed in advance at {ARRIVES}" in found
    assert said in found
    if "daemon" in found:
        assert not alive(int(found.split()[-1]))


def test_the_next_scenario_runs_after_one_that_was_spoilt(tmp_path: Path) -> None:
    assert rehearsed(engines.Crashing, tmp_path / "one").outcome == "error"
    assert rehearsed(engines.Thankful, tmp_path / "two").outcome == "satisfied"


@pytest.mark.parametrize("engine", [engines.Late, engines.Chatty, engines.Doubling])
def test_what_is_slow_or_talks_much_but_answers_has_done_nothing_wrong(engine: type[Thankful], tmp_path: Path) -> None:
    rehearsal = rehearsed(engine, tmp_path)
    assert rehearsal.outcome == "satisfied"
    assert [row.person for row in rehearsal.log if row.name == "Message Sent"] == ["ann", "bob"]


def test_what_an_engine_started_and_forgot_is_ended_when_it_is_closed(tmp_path: Path) -> None:
    rehearsal = rehearsed(engines.Forking, tmp_path)
    assert rehearsal.outcome == "satisfied"
    started = [str(row.data["item"]) for row in rehearsal.log if row.name == "Message Sent"]
    assert len(started) == 2
    assert not any(alive(int(pid)) for pid in started)


def test_the_errors_of_a_backend_are_the_same_on_this_side_of_the_pipe(tmp_path: Path) -> None:
    briefing = little_scenario(tmp_path).briefing
    refusing = ChildBackend(called(engines.Refusing))
    with pytest.raises(Unsupported) as refused:
        refusing.open(briefing, NOON)
    journey, general = refused.value.refusals
    assert journey.line == briefing.programs[0].line
    assert (journey.sentence, general.line, general.sentence) == ("no journeys here", "", "nor messages: “никаких”")
    with pytest.raises(NotInstalled, match=r"journeyproof\[absent\]"):
        ChildBackend(called(engines.Absent))
    restless = ChildBackend(called(engines.Restless))
    restless.open(briefing, NOON)
    with pytest.raises(NotQuiescent, match="three jobs"):
        restless.advance(NOON, 1)
    restless.close()


def test_a_caller_who_turns_the_clock_back_is_told_and_the_engine_lives_on(tmp_path: Path) -> None:
    briefing = little_scenario(tmp_path).briefing
    backend = ChildBackend(called(engines.Thankful))
    backend.open(briefing, NOON)
    assert backend.advance(NOON + 1, 1) == []
    with pytest.raises(ClockTurnedBack, match="goes back"):
        backend.advance(NOON, 2)
    with pytest.raises(ClockTurnedBack, match="'Order Completed' is told at"):
        backend.ingest(Event(NOON, "Order Completed", profile=briefing.profiles[0].id, number=0))
    backend.ingest(Event(NOON + 1, "Order Completed", profile=briefing.profiles[0].id, number=1))
    [sent] = backend.advance(NOON + 1, 2)
    assert backend.advance(NOON + 1, 2) == [sent]
    assert sent.cause == "/1"
    backend.close()
    backend.close()


def test_a_backend_that_is_not_there_or_not_open_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"'no_such_module:Engine' cannot be imported: No module named .* module:Class"
    ):
        ChildBackend("no_such_module:Engine")
    with pytest.raises(UsageError, match="has no class 'Nobody'"):
        ChildBackend(f"{engines.HERE}:Nobody")
    with pytest.raises(UsageError, match="write freezegun or time-machine"):
        ChildBackend(called(engines.Thankful), clock="sundial")  # type: ignore[arg-type]
    with pytest.raises(BackendFailed, match="was called in advance while it was not open"):
        ChildBackend(called(engines.Thankful)).advance(NOON, 1)


def test_a_module_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_written.py").write_text("class Engine:\n    def open(self\n", encoding="utf-8")
    (tmp_path / "raising.py").write_text("x = 1\nraise ValueError('not today')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    with pytest.raises(BackendFailed, match=r"could not be made: SyntaxError: .* \(half_written.py:2\)"):
        ChildBackend("half_written:Engine")
    with pytest.raises(BackendFailed, match=r"could not be made: ValueError: not today \(raising.py:2\)"):
        ChildBackend("raising:Engine")


KILLED = f"""
import os, signal, sys, threading
from pathlib import Path
from simulator.backends.child import ChildBackend
from simulator.model.log import Event
from tests.unit.little import little_scenario

def use() -> None:
    backend = ChildBackend("{engines.HERE}:Forking")
    briefing = little_scenario(Path(sys.argv[1])).briefing
    backend.open(briefing, {NOON})
    backend.ingest(Event({NOON}, "Order Completed", profile=briefing.profiles[0].id))
    [sent] = backend.advance({NOON}, 1)
    print(backend.process.pid, sent.data["item"], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

threading.Thread(target=use).start()
"""


def test_a_child_ends_with_a_parent_that_is_killed_and_takes_its_own_with_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    child, grandchild = (int(pid) for pid in done.stdout.split())
    assert wait_until(lambda: not alive(child) and not alive(grandchild), 20.0)


def test_an_engine_that_is_killed_between_two_steps_is_an_error(tmp_path: Path) -> None:
    backend = ChildBackend(called(engines.Thankful))
    backend.open(little_scenario(tmp_path).briefing, NOON)
    assert backend.process
    os.kill(backend.process.pid, signal.SIGKILL)
    with pytest.raises(BackendFailed, match=r"failed in advance at .*: its process was killed by SIGKILL"):
        backend.advance(NOON, 1)
    with pytest.raises(BackendFailed, match="called in advance after it had been ended"):
        backend.advance(NOON, 1)
    backend.close()
