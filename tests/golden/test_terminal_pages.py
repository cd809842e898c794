"""Whole pages as a person reads them on a terminal of 100 columns. `--snapshot-update` accepts a new one."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from simulator.cli import execute
from simulator.reporting.screen import Screen
from simulator.reporting.terminal import Terminal
from tests.unit import samples


@pytest.fixture(autouse=True)
def hundred_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def page(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command prints, without what differs from one machine and release to the next."""
    execute(words)
    said = capsys.readouterr().out
    said = re.sub(r"\b\d+ ms\b|\b\d+\.\d s\b", "N s", said)
    return re.sub(r"^journeyproof \S+", "journeyproof VERSION", said)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    execute(["init", str(tmp_path)])
    capsys.readouterr()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_green_run(project: Path, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion) -> None:
    assert page(capsys, "run") == snapshot


def test_a_red_run(project: Path, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion) -> None:
    scenario = project / "scenarios/welcome/welcome.scenario.yaml"
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text.replace("    violates:\n      quiet-nights: {who: anna, at: 2026-03-02 22:31}\n", ""))
    assert page(capsys, "run", "--strict") == snapshot


def test_the_list(project: Path, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion) -> None:
    assert page(capsys, "list") == snapshot


def test_everything_that_can_be_said_of_a_surprise(snapshot: SnapshotAssertion) -> None:
    stream = io.StringIO()
    terminal = Terminal(Screen(stream, {"COLUMNS": "100"}))
    done = samples.done(samples.surprised())
    terminal.header("VERSION", 2, 1, 42, ["reference"])
    terminal.heading("late-birthday", "late-birthday", "The birthday mail, a day late", ("leap-day", "broken"))
    terminal.done(done)
    terminal.failed(samples.failed())
    terminal.closing([done], [samples.failed()], 0.44, 2, "wrong usage, or an invalid file")
    assert stream.getvalue() == snapshot


@pytest.mark.parametrize("command", ["run", "check"])
def test_the_help(command: str, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion) -> None:
    assert page(capsys, command, "--help") == snapshot
