"""The page of `preview` as a person reads it on a terminal of 100 columns. `--snapshot-update` accepts a new one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from simulator.cli import execute
from simulator.reporting.inbox import Inbox, Letter, Unsent
from simulator.reporting.preview import Seen, show
from simulator.reporting.screen import Screen
from tests.unit import samples
from tests.unit.test_preview import MAIL


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "scenarios/news/news.scenario.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(MAIL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["news"],
        ["news", "--at", "2026-03-03 12:00", "--message", "1"],
        ["news", "--customer", "bob", "--variant", "all"],
        ["news", "--at", "2026-03-02 18:30"],
        ["news", "--variant", "engine-down"],
    ],
    ids=["the-end", "a-message", "without-consent", "on-its-way", "nothing"],
)
def test_an_inbox(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], snapshot: SnapshotAssertion
) -> None:
    assert execute(["preview", *words]) == 0
    assert capsys.readouterr().out == snapshot


def test_everything_that_can_lie_in_an_inbox(snapshot: SnapshotAssertion) -> None:
    hostile = (
        "Ciao \x1b[31m \u202etxt.exe, a subject that is longer than the line on which somebody reads it in the end"
    )
    spam = {
        "event": "a/1", "channel": "email", "address": "ada@example.org", "subject": hostile, "folder": "spam",
        "text": "Buongiorno,\n\n  ecco.\n", "gloss": {"subject": "Hello", "text": "Good morning,\n\nhere it is."},
        "lint": ["The subject is longer than 60 characters."], "title": "The news", "line": "news.journey.yaml:4",
        "sent": "2026-03-02T08:00:00+01:00",
    }  # fmt: skip
    letter = Letter(1, spam, "2026-03-02T08:02:00+01:00", None)
    coming = Letter(2, {"event": "a/2", "channel": "letter", "title": "A letter", "sent": spam["sent"]}, None, None)
    unsent = [
        Unsent(f"2026-03-0{day}T09:00:00+01:00", "withheld", "sms", "Saldi", f"Not sent: reason {day}.", "p.yaml:3")
        for day in range(1, 10)
    ]
    exhibit = {"customer": "ada", "name": "Ada Example", "zone": "Europe/Rome", "traits": []}
    others = {f"crowd-{number:04d}": f"Person {number}" for number in range(1, 14)}
    seen = Seen(
        samples.entry(title="The news", seed=1, backend="reference"), exhibit,
        Inbox((letter,), (coming,), tuple(unsent)),
        "2026-03-10T12:00:00+01:00", letter, others, "journeyproof preview news --customer crowd-0001",
    )  # fmt: skip
    stream = io.StringIO()
    show(seen, Screen(stream, {"COLUMNS": "100"}))
    assert stream.getvalue() == snapshot
