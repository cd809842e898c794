"""The conformance kit as tests: what a user's own pytest says of a good backend and of a bad one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Pytest = Callable[..., subprocess.CompletedProcess[str]]

TESTS = """
import pytest
from simulator.backends.reference import ReferenceBackend
from simulator.conformance.testing import BackendConformance


class Mine:
    name = "mine"
    capabilities = ReferenceBackend.capabilities

    def open(self, briefing, start):
        self.engine = ReferenceBackend()
        self.engine.open(briefing, start)
        self.now = start

    def ingest(self, event):
        self.engine.ingest(event)

    def next_wakeup(self):
        return self.engine.next_wakeup()

    def advance(self, to, step):
        return self.engine.advance(to, step)

    def close(self):
        self.engine = None


class Careless(Mine):
    def advance(self, to, step):
        self.now = max(to, self.now)
        return super().advance(self.now, step)


class Mute(Mine):
    capabilities = type(ReferenceBackend.capabilities)()


class TestMine(BackendConformance):
    @pytest.fixture(autouse=True)
    def workshop(self, tmp_path):
        self.folder = tmp_path

    def make_backend(self):
        assert self.folder.is_dir()
        return Mine()


class TestCareless(BackendConformance):
    large = 100

    def make_backend(self):
        return Careless()


class TestMute(BackendConformance):
    def make_backend(self):
        return Mute()


class TestForgotten(BackendConformance):
    pass
"""


@pytest.fixture
def run(tmp_path: Path) -> Pytest:
    """pytest in a process of its own, in a project that has nothing but the tests."""
    (tmp_path / "test_mine.py").write_text(TESTS, encoding="utf-8")

    def started(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return started


def test_a_good_backend_passes_and_what_does_not_apply_says_why(run: Pytest) -> None:
    done = run("-v", "-rs", "-k", "TestMine")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "TestMine::test_conformance[time-forward] PASSED" in done.stdout
    assert "TestMine::test_that_something_applies PASSED" in done.stdout
    assert "22 passed, 3 skipped" in done.stdout
    assert "not applicable: it captures no messages" in done.stdout


def test_a_bad_one_fails_with_the_sentence_alone(run: Pytest) -> None:
    done = run("-k", "TestCareless")
    assert done.returncode == 1
    assert "1 failed, 21 passed, 3 skipped" in done.stdout, done.stdout
    assert "Time never goes back (time-forward): A log is ordered by time." in done.stdout
    assert "asked to advance to 2026-03-02T08:00:00.000Z in a later step, it did so" in done.stdout
    assert "Raise ClockTurnedBack when `to` is earlier" in done.stdout
    assert "Traceback" not in done.stdout
    assert "def " not in done.stdout
    assert "simulator/conformance" not in done.stdout


def test_one_to_which_nothing_applies_fails(run: Pytest) -> None:
    done = run("-k", "TestMute and something")
    assert done.returncode == 1
    assert "no rule that makes the backend act applies: the backend does not declare trigger.event" in done.stdout


def test_a_class_that_makes_nothing_is_told_what_to_write(run: Pytest) -> None:
    done = run("-k", "TestForgotten and capabilities")
    assert done.returncode == 1
    assert "TestForgotten has to override make_backend" in done.stdout
