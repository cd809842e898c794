"""The workflow files of the documentation: they are YAML, and their commands do what they are there for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.cli import execute

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "ci"
PROGRAM = "journeyproof "


def _read(name: str) -> dict[str, Any]:
    document = yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose journeys were accepted, and in which one message has moved since."""
    folder = tmp_path / "project"
    assert execute(["init", str(folder)]) == 0
    monkeypatch.chdir(folder)
    scenarios = folder / "scenarios" / "welcome" / "welcome.scenario.yaml"
    another = "  from-the-day-before:\n    says: The run begins a day earlier.\n    starts: 2026-03-01\n"
    scenarios.write_text(scenarios.read_text(encoding="utf-8") + another, encoding="utf-8")
    assert execute(["baseline", "accept"]) == 0
    policy = folder / "fixtures" / "policies" / "corner-shop-rules.policy.yaml"
    text = policy.read_text(encoding="utf-8")
    assert "08:00" in text
    policy.write_text(text.replace("08:00", "08:30"), encoding="utf-8")
    return folder


def _run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A step as the server runs it: in bash, which stops at the first command that fails."""
    command = f"{sys.executable} -m simulator "
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script.replace(PROGRAM, command)],
        env={**os.environ, "CI": "true", **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def _steps(job: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The steps that are commands of ours, in order."""
    for step in job["steps"]:
        if PROGRAM in step.get("run", "") and step["name"] != "install":
            yield step["name"], step["run"]


def test_github(project: Path) -> None:
    jobs = _read("github-journeys.yml")["jobs"]
    summary = project / "summary.md"
    environment = {"GITHUB_STEP_SUMMARY": str(summary)}
    for shard in jobs["rehearse"]["strategy"]["matrix"]["shard"]:
        [(_, script)] = _steps(jobs["rehearse"])
        done = _run(re.sub(r"\$\{\{ matrix\.shard \}\}", str(shard), script), **environment)
        assert done.returncode == 0, done.stdout + done.stderr
    steps = dict(_steps(jobs["compare"]))
    assert list(steps) == ["merge", "report", "compare"]
    for name, script in steps.items():
        done = _run(script, **environment)
        assert done.returncode == 0, (name, done.stdout, done.stderr)
    comment = (project / "comment.md").read_text(encoding="utf-8")
    assert "30 min later" in comment
    assert summary.read_text(encoding="utf-8").endswith(comment)
    assert (project / "report.html").read_bytes().startswith(b"<!doctype html>")
    assert 'tests="' in (project / "junit.xml").read_text(encoding="utf-8")


def test_gitlab(project: Path) -> None:
    jobs = _read("gitlab-journeys.yml")
    for node in range(1, jobs["rehearse"]["parallel"] + 1):
        for line in jobs["rehearse"]["script"]:
            done = _run(line, CI_NODE_INDEX=str(node), CI_NODE_TOTAL=str(jobs["rehearse"]["parallel"]))
            assert done.returncode == 0, done.stdout + done.stderr
    codes = [_run(line).returncode for line in jobs["compare"]["script"]]
    assert codes == [0, 0, *jobs["compare"]["allow_failure"]["exit_codes"]]
    assert "30 min later" in (project / "comment.md").read_text(encoding="utf-8")
