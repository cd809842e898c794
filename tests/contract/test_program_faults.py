"""Programs that fail: the run ends in an error with the cause and the last words, and nothing is left behind."""

from __future__ import annotations

import socket
import sys
import tempfile
import textwrap
import threading
from functools import partial
from pathlib import Path

import pytest

from simulator.backends.program import program_backend
from simulator.running import Rehearsal
from simulator.running.rehearsal import rehearse
from tests.contract.engines_for_tests import alive
from tests.unit.small import SMALLEST, welcome

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("blackbox")]

SERVER = """
import os, subprocess, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
print("the engine is up", flush=True)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1e9)"])
Path("pids").write_text(f"{os.getpid()} {child.pid}")
Path("port").write_text(sys.argv[1])
BEFORE
class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        POST
        self.send_response(202)
        self.end_headers()
    def log_message(self, *_):
        pass
server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
AFTER
server.serve_forever()
"""

DESCRIPTION = """
backend: An engine that fails
command: ["PYTHON", engine.py, "{port}"]
starts_within: PATIENCE
steps_within: 2 s
granularity: 6 h
tell:
  Signed Up: {post: "http://127.0.0.1:{port}/"}
"""


def failing(
    folder: Path, *, before: str = "", post: str = "pass", after: str = "", more: str = "", patience: str = "30 s"
) -> Rehearsal:
    """Rehearse the smallest scenario on a server with something added."""
    script = SERVER.replace("BEFORE", before).replace("AFTER", after)
    script = script.replace("        POST", textwrap.indent(post, "        "))
    (folder / "engine.py").write_text(script, encoding="utf-8")
    file = folder / "ours.backend.yaml"
    file.write_text(
        DESCRIPTION.replace("PYTHON", sys.executable).replace("PATIENCE", patience) + more, encoding="utf-8"
    )
    return rehearse(welcome(folder, "as-written", SMALLEST), backend=partial(program_backend, file))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"before": "time.sleep(1e9)", "patience": "2 s"}, ("was not ready after 2 s: nobody listened on port",)),
        ({"before": "sys.exit('no database')"}, ("was not ready: it ended with code 1", "no database")),
        ({"before": "os._exit(0)"}, ("was not ready: it ended with code 0", "the engine is up")),
        ({"more": "ready: prints never\n", "patience": "2 s"}, ("was not ready after 2 s: it did not print 'never'",)),
        ({"more": "ready: http://127.0.0.1:{port}/no\n", "patience": "2 s"}, ("after 2 s: nothing answered at http://",)),
        ({"post": "print('goodbye', flush=True); os._exit(0)"}, ("was not told 'Signed Up'", "code 0", "goodbye")),
        ({"post": "os.kill(os.getpid(), 11)"}, ("was not told 'Signed Up'", "was killed by SIGSEGV")),
        ({"post": "time.sleep(30)"}, ("was not answered within 2 s", "was still running")),
        ({"post": "return self.send_error(500, 'no such list')"}, ("was answered 500", "no such list")),
        ({"post": "raise KeyError('email')"}, ("POST http://127.0.0.1:", "KeyError: 'email'")),
        ({"after": "import threading; threading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()"},
         ("was not done after 2 s: thread", "computes", "the engine is up")),
        ({"post": "threading = __import__('threading'); threading.Timer(0.2, lambda: os._exit(3)).start()"},
         ("ended with code 3",)),
    ],
    ids=["hangs", "dies", "leaves", "never-says-so", "never-answers", "leaves-halfway", "crashes", "answers-late",
         "refuses", "raises", "never-done", "dies-at-night"],
)  # fmt: skip
def test_a_program_that_fails_makes_an_error_and_leaves_nothing(
    wrong: dict[str, str], told: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = running_threads()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rehearsal = failing(tmp_path, **wrong)
    [verdict] = rehearsal.verdicts
    assert verdict.outcome == "error"
    assert all(word in verdict.reason for word in ("ours ", *told)), verdict.reason
    assert_nothing_left(tmp_path, threads)


def test_a_flood_of_words_is_read_and_only_the_last_are_kept(tmp_path: Path) -> None:
    flood = "for number in range(200_000): print('word', number)\nsys.stdout.flush()\nos._exit(4)"
    [verdict] = failing(tmp_path, post=flood).verdicts
    assert "ended with code 4; the last it printed: " in verdict.reason
    assert verdict.reason.endswith("word 199999")
    assert len(verdict.reason) < 2_000


def test_a_program_that_does_its_work_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = running_threads()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rehearsal = failing(tmp_path)
    assert [verdict.outcome for verdict in rehearsal.verdicts] == ["violated"]  # it sends nothing
    assert_nothing_left(tmp_path, threads)


def running_threads() -> list[str]:
    """The names of all threads here."""
    return sorted(thread.name for thread in threading.enumerate())


def assert_nothing_left(folder: Path, threads: list[str]) -> None:
    """No process, thread, folder or shared memory of a run is there any more, and nobody listens on its port."""
    pids = (folder / "pids").read_text(encoding="utf-8").split()
    assert not any(alive(int(pid)) for pid in pids)
    assert running_threads() == threads
    assert list(folder.glob("journeyproof-*")) == []
    assert [path for pid in pids for path in Path("/dev/shm").glob(f"*faketime*_{pid}")] == []
    port = int((folder / "port").read_text(encoding="utf-8"))
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 5)
