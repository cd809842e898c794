"""What README.md and docs/command-line.md show is done here, word for word."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.cli import execute
from tests.unit.test_cli_usage import COMMANDS

ROOT = Path(__file__).resolve().parents[2]


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def block(page: str, language: str, holding: str) -> str:
    [found] = [text for text in blocks(page, language) if holding in text]
    return found


def test_the_tour_of_the_readme_finds_its_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    first = block("README.md", "sh", "journeyproof init").splitlines()
    assert first == ["journeyproof init my-project", "cd my-project", "journeyproof run"]
    assert execute(shlex.split(first[0])[1:]) == 0
    monkeypatch.chdir(tmp_path / "my-project")
    assert execute(["run"]) == 0

    assert execute(shlex.split(block("README.md", "sh", "--strict"))[1:]) == 1
    assert "no-mail-after-withdrawal: vacuous" in capsys.readouterr().out

    scenario = Path("scenarios/welcome/welcome.scenario.yaml")
    variant = block("README.md", "yaml", "second-thoughts")
    scenario.write_text(scenario.read_text(encoding="utf-8") + variant, encoding="utf-8")
    again = shlex.split(block("README.md", "sh", "--variant second-thoughts"))[1:]
    assert execute(again) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "welcome was sent Tue 3 Mar 2026 08:00, 8 h 45 min after" in out
    assert "rerun: journeyproof run welcome --variant second-thoughts --seed 42 --customer anna" in out

    policy = Path("fixtures/policies/corner-shop-rules.policy.yaml")
    line = block("README.md", "yaml", "checked: at scheduling")
    assert line in policy.read_text(encoding="utf-8")
    repaired = line.replace("at scheduling", "at sending")
    policy.write_text(policy.read_text(encoding="utf-8").replace(line, repaired), encoding="utf-8")
    assert execute(["run"]) == 0


def test_every_command_of_the_pages_is_one() -> None:
    for page in ("README.md", "docs/command-line.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        commands = re.findall(
            r"journeyproof ([a-z-]+)", "\n".join([*re.findall(r"`([^`\n]+)`", text), *blocks(page, "sh")])
        )
        assert set(commands) <= {*COMMANDS}


def test_the_python_example_runs(tmp_path: Path) -> None:
    program = block("docs/command-line.md", "python", "from simulator import")
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "offer-before-opening camille " in done.stdout


def test_the_pytest_example_passes(tmp_path: Path) -> None:
    (tmp_path / "test_page.py").write_text(block("docs/command-line.md", "python", "simulate("), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_page.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_makefile_has_what_the_readme_promises() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {"run", "test"} <= targets
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
