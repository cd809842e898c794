"""Programs run as child processes: what they print is kept, and nothing of them is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from simulator.backends.processes import LINE_BYTES, LINES, MARK, Process, wait_until
from simulator.words.errors import BackendFailed, NotInstalled
from tests.contract.engines_for_tests import alive

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 20.0

DETACHED = """
import os, signal, sys
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:
        print("detached", os.getpid(), flush=True)
        signal.pause()
    os._exit(0)
os.wait()
"""
"""A daemon: two forks and a session of its own, so that its parent is init; it will not hear SIGTERM."""


def python(program: str, **options: object) -> Process:
    return Process([sys.executable, "-c", program], **options)  # type: ignore[arg-type]


def descriptors() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; print('half way'); sys.exit(3)", "ended with code 3; the last it printed: half way"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "was killed by SIGSEGV; it printed nothing"),
        (
            "import sys; print('one', flush=True); print('two', file=sys.stderr)",
            "ended with code 0; the last it printed: one | two",
        ),
        (r"print('\x1b[31mred\x1b[0m\x07 \xff')", "ended with code 0; the last it printed: red ÿ"),
    ],
)
def test_a_sentence_says_how_it_ended_and_what_it_printed_last(program: str, said: str) -> None:
    with python(program, environment={"PYTHONIOENCODING": "utf-8"}) as process:
        assert process.wait(LIMIT)
        assert process.cause() == said


def test_nothing_is_left_of_a_program_that_was_ended(tmp_path: Path) -> None:
    before, threads = descriptors(), threading.active_count()
    process = python("import signal, time; print('up', flush=True); signal.pause()", folder=tmp_path)
    assert process.wait_for_line("^up$", LIMIT)
    assert not process.ended
    assert process.members() == (process.pid,)
    process.end()
    process.end()
    assert process.returncode == -signal.SIGTERM
    assert process.cause() == "was ended; the last it printed: up"
    assert not alive(process.pid)
    assert descriptors() == before
    assert threading.active_count() == threads
    assert (
        subprocess.run(["ps", "-o", "stat=", "-p", str(process.pid)], stdout=subprocess.PIPE, check=False).stdout == b""
    )


def test_one_that_does_not_hear_is_killed() -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\n"
    deaf += "while True: signal.pause()"
    process = python(deaf, grace=0.1)
    assert process.wait_for_line("up", LIMIT)
    process.signal(signal.SIGSTOP)
    process.end()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("stays", [True, False], ids=["program-runs", "program-has-ended"])
def test_a_grandchild_with_a_session_of_its_own_is_ended_too(stays: bool) -> None:
    process = python(DETACHED + ("signal.pause()" if stays else ""), grace=0.1)
    found = process.wait_for_line(r"^detached (\d+)$", LIMIT)
    assert found
    grandchild = int(found[1])
    assert os.getsid(grandchild) != process.pid
    if not stays:
        assert process.wait(LIMIT)
    assert grandchild in process.members()
    process.end()
    assert not process.members()
    assert not alive(grandchild)


def test_one_that_cleans_its_environment_is_known_by_its_session() -> None:
    program = f"import os; os.execve({sys.executable!r}, ['python', '-c', 'print(1, flush=True); input(); '], {{}})"
    with python(program.replace("input()", "import signal; signal.pause()")) as process:
        assert process.wait_for_line("1", LIMIT)
        assert process.members() == (process.pid,)
    assert not alive(process.pid)


def test_a_flood_neither_blocks_the_program_nor_fills_the_memory() -> None:
    flood = "import sys\nfor n in range(200_000): print('line', n)\nsys.stdout.write('x' * 5_000_000); print('y' * 9)"
    with python(flood) as process:
        assert process.wait(LIMIT)
        assert process.cause().startswith("ended with code 0")
        lines = process.last_lines()
    assert len(lines) == LINES
    assert lines[-2] == "line 199999"
    assert lines[-1] == "x" * LINE_BYTES


def test_waiting_for_a_line_ends_with_the_program() -> None:
    with python("print('nothing of interest')") as process:
        assert process.wait_for_line("interest", LIMIT)
        assert process.wait_for_line("ready", LIMIT) is None


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotInstalled, match="the program 'no-such-engine' is not there"):
        Process(["no-such-engine"])
    before = descriptors()
    with pytest.raises(BackendFailed, match=r"'python' could not be started: .*nowhere"):
        Process([sys.executable], name="python", folder=tmp_path / "nowhere")
    assert descriptors() == before


def test_the_environment_is_the_parents_with_what_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEESE", "brie")
    monkeypatch.setenv("WINE", "red")
    show = "import os; print(os.environ.get('CHEESE'), os.environ.get('WINE'), os.environ['MUSTARD'])"
    with python(show, environment={"MUSTARD": "hot & 'sweet'", "WINE": None}) as process:
        assert process.wait(LIMIT)
        assert process.cause().endswith("brie None hot & 'sweet'")


def test_a_program_ends_with_the_object_that_nobody_holds_any_more() -> None:
    process = python("import signal; signal.pause()")
    pid = process.pid
    del process
    assert not alive(pid)


PARENT = f"""
import os, signal, sys
from simulator.backends.processes import Process
process = Process([sys.executable, "-c", {DETACHED + "signal.pause()"!r}], grace=0.1)
print(process.pid, process.wait_for_line(r"detached (\\d+)", {LIMIT})[1], flush=True)
"""


def run_parent(tail: str) -> tuple[int, int, int]:
    done = subprocess.run(
        [sys.executable, "-c", PARENT + tail], cwd=ROOT, stdout=subprocess.PIPE, check=False, timeout=60
    )
    child, grandchild = done.stdout.split()
    return done.returncode, int(child), int(grandchild)


def test_a_program_ends_with_its_parent() -> None:
    code, child, grandchild = run_parent("")
    assert code == 0
    assert not alive(child)
    assert not alive(grandchild)


def test_a_program_ends_with_a_parent_that_is_killed() -> None:
    code, child, grandchild = run_parent("os.kill(os.getpid(), signal.SIGKILL)")
    assert code == -signal.SIGKILL
    assert wait_until(lambda: not alive(child), LIMIT)
    os.kill(grandchild, signal.SIGKILL)


def test_a_fork_leaves_the_processes_of_its_parent_alone() -> None:
    code, child, _ = run_parent("""
before = os.listdir("/proc/self/fd")
fork = os.fork()
if fork == 0:
    process.end()
    os._exit(0 if len(os.listdir("/proc/self/fd")) < len(before) else 7)
_, status = os.waitpid(fork, 0)
sys.exit(0 if os.waitstatus_to_exitcode(status) == 0 and not process.ended else 1)
""")
    assert code == 0
    assert not alive(child)


def test_a_worker_of_multiprocessing_ends_its_own() -> None:
    code, child, grandchild = run_parent("""
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

class Kept: pass

def start():
    Kept.process = Process([sys.executable, "-c", "import signal; signal.pause()"])
    return Kept.process.pid

with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
    theirs = pool.submit(start).result()
assert not os.path.exists(f"/proc/{theirs}"), theirs
""")
    assert code == 0
    assert not alive(child)
    assert not alive(grandchild)


def test_a_process_inside_a_process_bears_both_marks() -> None:
    outer = f"""
import os, sys
from simulator.backends.processes import Process
with Process([sys.executable, "-c", "import os; print(os.environ[{MARK!r}])"]) as inner:
    inner.wait({LIMIT})
    print(inner.cause(), os.environ[{MARK!r}])
"""
    with Process([sys.executable, "-c", outer], folder=ROOT) as process:
        assert process.wait(LIMIT)
        inner, own = process.cause().split()[-2:]
    assert inner.split(":")[: len(own.split(":"))] == own.split(":")
    assert len(inner.split(":")) == len(own.split(":")) + 1
