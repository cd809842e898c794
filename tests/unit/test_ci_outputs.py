"""What build servers read: annotations by cause, the summary of a step, CTRF, shares of a run, and what failed last."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from simulator.cli import execute
from simulator.reporting.ctrf import ctrf
from simulator.reporting.entries import Done, Failed, Rerun
from simulator.reporting.github import MOST_ANNOTATIONS, MOST_BYTES, annotated, summary


def _entry(variant: str, *wrong: str, place: str = "scenarios/a/b.checks.yaml") -> dict[str, Any]:
    checks = [
        {
            "name": name, "template": "existence", "rule": "It is.", "place": f"{place}:{10 + number}", "reason": "",
            "outcome": "violated", "violations": [], "activations": 1, "pending": 0,
        }
        for number, name in enumerate(wrong or ("fine",))
    ]  # fmt: skip
    if not wrong:
        checks[0]["outcome"] = "satisfied"
    return {
        "name": "family", "family": "family", "variant": variant, "file": "scenarios/a/b.scenario.yaml", "line": 3,
        "checks": checks, "outcome": checks[0]["outcome"], "expected": {}, "as_expected": not wrong,
        "unexpected": [f"{name}: violated, and the variant declares satisfied" for name in wrong],
    }  # fmt: skip


def _done(variant: str, *wrong: str, **others: Any) -> Done:
    return Done(_entry(variant, *wrong, **others), 1.5, Rerun("family", variant, 42))


def _failed(variant: str, message: str = "b.scenario.yaml:3:4: unknown word") -> Failed:
    return Failed("family", "family", variant, "b.scenario.yaml", "invalid", 2, message, Rerun("family", variant, 42))


def _read(line: str) -> tuple[dict[str, str], str]:
    """An annotation as GitHub's runner takes it apart."""
    found = re.fullmatch(r"::error (?P<told>[^\n]*?)::(?P<said>[^\n]*)", line)
    assert found is not None, line
    properties = dict(part.split("=", 1) for part in found["told"].split(","))

    def plain(text: str) -> str:
        for code, sign in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
            text = text.replace(code, sign)
        return text

    return {name: plain(value) for name, value in properties.items()}, plain(found["said"])


def test_one_rule_broken_in_many_variants_is_one_annotation() -> None:
    lines = annotated([_done(f"v{number}", "on-time") for number in range(30)], [])
    [(properties, said)] = map(_read, lines)
    assert properties == {"file": "scenarios/a/b.checks.yaml", "line": "10", "title": "on-time is violated"}
    assert said.startswith("family › v0 and 29 more variants:\n")
    assert said.endswith("again: journeyproof run family --variant v0 --seed 42")


def test_there_are_never_more_than_ten_and_the_last_counts_the_others() -> None:
    lines = annotated([_done("v", *(f"check-{number}" for number in range(14)))], [])
    assert len(lines) == MOST_ANNOTATIONS + 1
    properties, said = _read(lines[-1])
    assert properties["title"] == "and 5 more"
    assert said == "and 5 more, such as check-9 is violated, check-10 is violated and check-11 is violated"


def test_nothing_is_said_when_all_is_well() -> None:
    assert annotated([_done("v")], []) == []
    assert summary([_done("v")], []).startswith("### Journeys: every verdict is as expected\n")


def test_a_document_cannot_command_the_runner() -> None:
    hostile = "100 %0A,x: y\n::warning file=secret::gone\r::set-output name=a::b"
    lines = annotated([], [_failed("v", hostile)])
    assert len(lines) == 1
    assert "\n" not in lines[0]
    assert "\r" not in lines[0]
    properties, _ = _read(lines[0])
    assert properties["title"] == "invalid: 100 %0A,x: y"


def test_a_summary_is_bounded_and_harmless() -> None:
    hostile = _done("<img src=x onerror=alert(1)> | @team `x`", "on-time")
    many = [_done(f"v{number}", "on-time") for number in range(3_000)]
    text = summary([hostile, *many], [_failed("broken")])
    assert len(text.encode()) <= MOST_BYTES
    # Between backticks neither Markdown, HTML nor a name means anything.
    outside = re.sub(r"`[^`\n]*`", "", text)
    assert "<img" not in outside
    assert "@team" not in outside
    assert text.startswith("### Journeys: 3002 of 3,002 variants not as expected")
    assert re.search(r"and [\d,]+ more lines, which the terminal has\n$", text)


def test_ctrf_has_a_test_for_each_check() -> None:
    document = ctrf([_done("good"), _done("bad", "on-time", "kept")], [_failed("broken")], "1.2.3")
    assert (document["reportFormat"], document["specVersion"]) == ("CTRF", "1.0.0")
    results = document["results"]
    counted = {name: results["summary"][name] for name in ("tests", "passed", "failed", "skipped", "pending", "other")}
    assert counted == {"tests": 4, "passed": 1, "failed": 3, "skipped": 0, "pending": 0, "other": 0}
    assert [test["status"] for test in results["tests"]] == ["passed", "failed", "failed", "failed"]
    assert results["tests"][1]["filePath"] == "scenarios/a/b.checks.yaml"
    assert results["tests"][1]["message"] == "on-time: violated, and the variant declares satisfied"


# ------------------------------------------------------------------------------------------------- on the command line


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    assert execute(["init", str(tmp_path / "project")]) == 0
    monkeypatch.chdir(tmp_path / "project")
    capsys.readouterr()
    return tmp_path / "project"


def test_shares_of_a_run_merge_into_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert execute(["run", "late-birthday", "--json", "whole.json", "--junit", "whole.xml"]) == 0
    for number in (1, 2, 3):
        shard = ["--shard", f"{number}/3", "--json", f"{number}.json", "--junit", f"{number}.xml"]
        assert execute(["run", "late-birthday", *shard]) == 0
    files = ["3.json", "1.json", "2.json", "1.xml", "2.xml", "3.xml"]
    assert execute(["merge", *files, "--json", "merged.json", "--junit", "merged.xml"]) == 0
    whole, merged = (json.loads(Path(name).read_text(encoding="utf-8")) for name in ("whole.json", "merged.json"))
    for result in (whole, merged):
        del result["timing"]
    assert merged == whole
    counted = [ET.parse(name).getroot().attrib["tests"] for name in ("whole.xml", "merged.xml")]
    assert counted[0] == counted[1] != "0"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "--shard", "0/3"], "--shard 0/3: that is no share. Write 1/3, 2/3 and 3/3"),
        (["run", "--shard", "4/3"], "that is no share"),
        (["run", "--shard", "a/b"], "that is no share"),
        (["run", "--shard", "3/3"], "--shard 3/3: there are only 2 variants. Take fewer shares."),
        (["merge", "1.json"], "1.json is one of the results: name with --json F where they are to be written."),
        (["merge", "1.json", "--json", "all.json"], "the share 2/2 is missing. Name the results of all of them."),
        (["merge", "1.json", "1.json", "--json", "all.json"], "1.json: the share 1/2 is here twice. Name each once."),
        (
            ["merge", "1.json", "other.json", "--json", "all.json"],
            "its seed is 7, and that of 1.json is 42",
        ),
        (["merge", "broken.xml", "--junit", "all.xml"], "broken.xml: this is no JUnit XML"),
        (
            ["merge", "1.json", "--json", "a.json", "--junit", "a.xml"],
            "there are no JUnit XML among the files",
        ),
    ],
)
def test_shares_that_cannot_be_are_refused(
    arguments: list[str], says: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["run", "--shard", "1/2", "--json", "1.json"]) == 0
    assert execute(["run", "--shard", "2/2", "--json", "other.json", "--seed", "7"]) == 0
    Path("broken.xml").write_text("<testsuites><oops", encoding="utf-8")
    capsys.readouterr()
    assert execute(arguments) == 2
    assert says in capsys.readouterr().err.replace("\n", " ")


def test_only_what_failed_last_is_run_again(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checks = here / "scenarios" / "welcome" / "welcome.scenario.yaml"
    text = checks.read_text(encoding="utf-8")
    assert execute(["run"]) == 0
    assert not (here / ".journeyproof").exists(), "a run that goes well leaves nothing behind"
    checks.write_text(text.replace("22:31", "22:32"), encoding="utf-8")
    capsys.readouterr()
    broken = execute(["run"])
    assert broken == 1
    capsys.readouterr()
    assert execute(["run", "--last-failed"]) == 1
    assert "1 variant of 1 scenario" in capsys.readouterr().out
    checks.write_text(text, encoding="utf-8")
    assert execute(["run", "--last-failed"]) == 0
    assert "1 variant of 1 scenario" in capsys.readouterr().out
    assert execute(["run", "--last-failed"]) == 0
    told = capsys.readouterr()
    assert "2 variants of 1 scenario" in told.out
    assert "nothing that is meant here failed" in told.err


def test_github_gets_annotations_and_a_summary(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    step = here / "step.md"
    step.write_text("What another step wrote.\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    assert execute(["run", "--strict", "--github", "--ctrf", "c.json"]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("::error ")]
    assert len(lines) == 1
    properties, _ = _read(lines[0])
    assert properties["file"].endswith("welcome.checks.yaml")
    assert step.read_text(encoding="utf-8").startswith("What another step wrote.\n### Journeys: ")
    assert json.loads((here / "c.json").read_text(encoding="utf-8"))["results"]["summary"]["failed"] == 2


def test_a_failed_case_in_junit_leads_to_the_report_and_tells_what_came_last(here: Path) -> None:
    scenario = here / "scenarios" / "welcome" / "welcome.scenario.yaml"
    scenario.write_text(scenario.read_text(encoding="utf-8").replace("22:31", "22:32"), encoding="utf-8")
    assert execute(["run", "--junit", "j.xml", "--html", "out/report.html"]) == 1
    cases = {
        case.attrib["name"]: case
        for case in ET.parse("j.xml").getroot().iter("testcase")
        if "quiet" in case.attrib["classname"]
    }
    told = cases["quiet-nights"].findtext("system-out") or ""
    assert re.search(r"^until Mon 2 Mar 2026 22:31:\nMon 2 Mar 2026 22:31  Journey Entered  journey = welcome", told)
    assert told.endswith("\n[[ATTACHMENT|out/report.html]]")
    assert "ATTACHMENT" not in (cases["welcomed"].findtext("system-out") or "")
