"""Files and surroundings that no reader of JSON, of dates or of a terminal's size is made for."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.cli import execute
from simulator.running.naming import dated

RESULT = '{"format": "journeyproof-result", "version": 1'
COMMANDS = [("report", "a.json"), ("baseline", "accept", "a.json"), ("replay", "a.json"),
            ("merge", "a.json", "--json", "m.json")]  # fmt: skip


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, f'{RESULT}, "seed": {"1" * 5000}}}'])
@pytest.mark.parametrize("words", COMMANDS)
def test_json_that_cannot_be_read_is_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    text: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_text(text, encoding="utf-8")
    assert execute(words) == 2
    assert "to be read. Name a file that 'run --json' wrote." in capsys.readouterr().err


@pytest.mark.parametrize(
    "rest",
    ["", ', "scenarios": []', ', "scenarios": null, "timing": {"seconds": 1, "scenarios": []}, "options": {}',
     ', "scenarios": [], "timing": "x", "options": {}', ', "scenarios": [{}], "timing": {}, "options": {}',
     ', "scenarios": [], "timing": {"seconds": 1, "scenarios": 1.5}, "options": {}'],
)  # fmt: skip
def test_a_damaged_share_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rest: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_text(f"{RESULT}{rest}}}", encoding="utf-8")
    assert execute(["merge", "a.json", "--json", "m.json"]) == 2
    assert "a.json: this result was damaged" in capsys.readouterr().err


def test_what_looks_like_a_date_and_is_none_stays_as_it_is() -> None:
    assert dated("from 2025-02-30 to 2025-03-01") == "from 2025-02-30 to 1 March 2025"


@pytest.mark.parametrize("name", ["COLUMNS", "LINES"])
def test_a_size_that_only_looks_like_a_number_is_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "²")
    assert execute(["list", "late-birthday"]) == 0
