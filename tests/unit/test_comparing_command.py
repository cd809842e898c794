"""`diff`, `baseline accept` and `run --baseline`, as one types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.cli import execute
from simulator.cli.exits import Exit
from simulator.words.clock import DAY, HOUR
from tests.unit.comparables import Entry, check, entry, exhibit, message, moved, result, violation

MONDAY = "2026-03-02T10:00:00+01:00"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = execute(words)
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return code, said.out, said.err


def save(name: str, *entries: Entry, **options: object) -> str:
    Path(name).write_text(json.dumps(result(*entries, **options)), encoding="utf-8")
    return name


def welcome(ms: int = 0, outcome: str = "satisfied", variant: str = "as-it-should-go") -> Entry:
    people = [exhibit(name, [message(1, moved(MONDAY, ms))]) for name in ("ada", "bob")]
    found = [violation("ada", "Ada's mail came too late.")] if outcome == "violated" else []
    return entry(people, [check("in-time", outcome, found)], variant=variant)


def test_nothing_changed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "diff", save("a.json", welcome()), save("b.json", welcome()))
    assert code == 0
    assert "Journeys: 1 the same · exit 0: nothing changed" in out


def test_drift_alone_is_six(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "diff", save("a.json", welcome()), save("b.json", welcome(24 * HOUR)))
    assert code == Exit.DRIFT == 6
    assert "All 2 messages of 'welcome' come 24 h later." in out
    assert "rerun: journeyproof run welcome --variant as-it-should-go --seed 42 --customer ada" in out
    assert "accept: journeyproof baseline accept b.json --only welcome/welcome/as-it-should-go" in out
    assert "exit 6: something changed, and no verdict became worse" in out
    assert typed(capsys, "diff", "a.json", "b.json", "--within", "24 h")[0] == 0


def test_a_worse_verdict_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    now = save("b.json", welcome(24 * HOUR, "violated"))
    code, out, _ = typed(capsys, "diff", save("a.json", welcome()), now)
    assert code == 1
    assert "✗ 'in-time' is violated now, and was satisfied: Ada's mail came too late." in out
    assert "exit 1: a verdict became worse" in out
    assert typed(capsys, "diff", now, "a.json")[0] == 6


def test_accepting_and_comparing_with_what_was_accepted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save("a.json", welcome(), welcome(variant="another"))
    code, out, _ = typed(capsys, "baseline", "accept", "a.json")
    assert code == 0
    assert "new      baselines/welcome/welcome/as-it-should-go.baseline.txt" in out
    assert "2 baselines: 2 new" in out
    assert typed(capsys, "diff", "a.json")[0] == 0
    save("b.json", welcome(DAY), welcome(variant="another"))
    code, out, _ = typed(capsys, "diff", "b.json")
    assert code == 6
    assert "Journeys: 1 variant changed, 1 the same · baselines → b.json" in out
    code, out, _ = typed(capsys, "baseline", "accept", "b.json", "--only", "another")
    assert "1 baseline: 1 the same" in out
    code, out, _ = typed(capsys, "baseline", "accept", "b.json")
    assert "2 baselines: 1 changed, 1 the same" in out
    assert typed(capsys, "diff", "b.json")[0] == 0
    # A file is a side as well, and a variant of a result.
    file = "baselines/welcome/welcome/another.baseline.txt"
    assert typed(capsys, "diff", file, "b.json::another")[0] == 0
    assert typed(capsys, "diff", file, "b.json::as-it-should-go")[0] == 6


def test_what_is_gone_is_named_and_stays(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(capsys, "baseline", "accept", save("a.json", welcome(), welcome(variant="another")))
    save("b.json", welcome())
    code, out, _ = typed(capsys, "diff", "b.json")
    assert code == 6
    assert "welcome › another: gone: it did not run any more" in out
    _, out, _ = typed(capsys, "baseline", "accept", "b.json")
    assert "gone     baselines/welcome/welcome/another.baseline.txt" in out
    assert "Nothing was removed" in out
    assert (here / "baselines/welcome/welcome/another.baseline.txt").is_file()
    # What was not asked for is not gone.
    save("c.json", welcome(), variant="as-it-should-go")
    code, out, _ = typed(capsys, "diff", "c.json")
    assert code == 0
    assert "1 variant of the baselines did not run this time: welcome › another." in out
    assert "gone" not in typed(capsys, "baseline", "accept", "c.json")[1]


def test_a_variant_without_a_baseline_is_new(capsys: pytest.CaptureFixture[str]) -> None:
    typed(capsys, "baseline", "accept", save("a.json", welcome()))
    code, out, _ = typed(capsys, "diff", save("b.json", welcome(), welcome(variant="another")))
    assert code == 6
    assert "welcome › another: new: it was not there before" in out
    assert "accept: journeyproof baseline accept b.json --only welcome/welcome/another" in out


def test_markdown_and_json_are_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sides = save("a.json", welcome()), save("b.json", welcome(24 * HOUR, "violated"))
    code, out, _ = typed(capsys, "diff", *sides, "--markdown", "to/comment.md", "--json", "to/diff.json")
    assert code == 1
    assert "Journeys: 1 regression" in out
    comment = (here / "to/comment.md").read_text(encoding="utf-8")
    assert comment.startswith("<!-- journeyproof:diff -->\n### Journeys: 1 regression\n")
    found = json.loads((here / "to/diff.json").read_text(encoding="utf-8"))
    assert (found["format"], found["version"], found["worse"], found["changed"]) == ("journeyproof-diff", 1, 1, 0)
    [case] = found["scenarios"]
    assert [finding["kind"] for finding in case["findings"]] == ["verdict", "moved"]
    assert case["smallest"]["customer"] == "ada"
    assert case["state"] == "worse"
    code, out, _ = typed(capsys, "diff", *sides, "--markdown", "-")
    assert (code, out) == (1, comment)


def test_run_compares_with_baselines_at_its_end(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(capsys, "init", ".")
    code, out, _ = typed(capsys, "baseline", "accept")
    assert code == 0
    files = sorted((here / "baselines").rglob("*.baseline.txt"))
    assert files
    assert f"{len(files)} new" in out
    code, out, _ = typed(capsys, "run", "--baseline", "baselines")
    assert code == 0
    assert "exit 0: nothing changed" in out
    # The same, accepted again, is the same to the byte.
    before = [file.read_bytes() for file in files]
    assert f"{len(files)} the same" in typed(capsys, "baseline", "accept", "--workers", "1")[1]
    assert [file.read_bytes() for file in files] == before
    [first, *_] = files
    text = first.read_text(encoding="utf-8")
    first.write_text(text.replace("customers ", "customers 1", 1), encoding="utf-8")
    code, out, _ = typed(capsys, "run", "--baseline", "baselines", "--json", "kept.json")
    assert code == 6
    assert "exit 6" in out
    assert (here / "kept.json").is_file()
    variant = first.name.removesuffix(".baseline.txt")
    _, out, _ = typed(capsys, "baseline", "accept", "--only", f"{first.parts[-3]}/{first.parts[-2]}/{variant}")
    assert "1 baseline: 1 changed" in out
    assert first.read_bytes() == before[0]


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    code, _, err = typed(capsys, *words)
    assert code == 2
    return err


def test_mistakes_are_answered(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = save("a.json", welcome())
    assert "there is no folder baselines here to compare a.json with" in refused(capsys, "diff", a)
    assert "nowhere.json: there is no such file or folder" in refused(capsys, "diff", a, "nowhere.json")
    assert "a.json holds no variant 'as-it-should' (did you mean 'as-it-should-go'?)" in refused(
        capsys, "diff", a, "a.json::as-it-should"
    )
    assert "--only anothre: nothing here is called so" in refused(capsys, "diff", a, a, "--only", "anothre")
    assert "--within 1 day: that has no certain length" in refused(capsys, "diff", a, a, "--within", "1 day")
    assert "--within soon: 'soon' is not a duration" in refused(capsys, "diff", a, a, "--within", "soon")
    assert "name either result files or scenarios, not both" in refused(
        capsys, "baseline", "accept", a, "late-birthday"
    )
    assert "--only nobody: no scenario and no variant here" in refused(capsys, "baseline", "accept", "--only", "nobody")
    alone = save("c.json", {**welcome(), "customer": "ada"}, customer="ada")
    assert "ran for ada alone: a baseline is of everybody" in refused(capsys, "baseline", "accept", alone)
    (here / "other.json").write_text("{}", encoding="utf-8")
    assert "other.json: this is no result to compare" in refused(capsys, "diff", a, "other.json")
    (here / "broken.json").write_text(
        '{"format": "journeyproof-result", "version": 1, "scenarios": [{}]}', encoding="utf-8"
    )
    assert "broken.json: the variant 'without a name'" in refused(capsys, "diff", a, "broken.json")
    assert "there are no baselines" in refused(capsys, "diff", ".", a)
    assert "there is no such file or folder" in refused(capsys, "run", "late-birthday", "--baseline", "nowhere")
    typed(capsys, "baseline", "accept", a)
    file = here / "baselines/welcome/welcome/as-it-should-go.baseline.txt"
    file.write_text(file.read_text(encoding="utf-8").replace("seed 42", "seed x"), encoding="utf-8")
    said = refused(capsys, "diff", a)
    assert "baselines/welcome/welcome/as-it-should-go.baseline.txt:5:6: 'x' is not a number" in said
