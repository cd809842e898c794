"""The pytest plugin in somebody else's project: the one that `journeyproof init` lays out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from simulator.cli import execute

Pytest = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    assert execute(["init", str(folder)]) == 0
    return folder


@pytest.fixture
def run(project: Path) -> Pytest:
    """pytest in a process of its own, as its user starts it."""

    def started(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *words]
        return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)

    return started


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_each_variant_is_a_test_and_the_example_passes(run: Pytest) -> None:
    done = run("-v", "scenarios", "tests")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "scenarios/welcome/welcome.scenario.yaml::as-it-should-go PASSED" in done.stdout
    assert "scenarios/welcome/welcome.scenario.yaml::quiet-hours-left-out PASSED" in done.stdout
    assert "tests/test_welcome.py::test_the_welcome_waits_for_the_morning PASSED" in done.stdout
    assert "4 passed" in done.stdout


def test_one_variant_can_be_chosen(run: Pytest) -> None:
    done = run("scenarios/welcome/welcome.scenario.yaml::as-it-should-go")
    assert "1 passed" in done.stdout


def test_a_variant_that_is_not_as_declared_fails_with_our_account(project: Path, run: Pytest) -> None:
    change(project / "scenarios/welcome/welcome.scenario.yaml", "policy: {quiet_hours: absent}", "says_not: 1")
    change(project / "scenarios/welcome/welcome.scenario.yaml", "    says_not: 1\n", "")
    done = run("scenarios", "--journeyproof-seed", "7")
    assert done.returncode == 1
    assert "quiet-nights: must be violated, and is satisfied" in done.stdout
    assert (
        "rerun: journeyproof run scenarios/welcome/welcome.scenario.yaml --variant quiet-hours-left-out --seed 7"
        in (done.stdout)
    )
    assert "Traceback" not in done.stdout
    assert "simulator/" not in done.stdout


def test_file_and_line_of_the_variant_reach_junit(project: Path, run: Pytest) -> None:
    run("scenarios", "--junit-xml", "junit.xml", "-o", "junit_family=xunit1")
    cases = {case.get("name"): case for case in ET.parse(project / "junit.xml").iter("testcase")}
    scenario = project / "scenarios/welcome/welcome.scenario.yaml"
    lines = scenario.read_text(encoding="utf-8").splitlines()
    case = cases["quiet-hours-left-out"]
    assert case.get("file") == "scenarios/welcome/welcome.scenario.yaml"
    # pytest counts lines from 0 here.
    assert lines[int(case.get("line") or -1)].strip() == "quiet-hours-left-out:"
    properties = {item.get("name"): item.get("value") for item in case.iter("property")}
    assert properties["seed"] == "42"
    assert (properties["reproduce"] or "").startswith("journeyproof run scenarios/welcome/welcome.scenario.yaml")


def test_a_broken_file_is_an_error_with_its_place_and_stops_no_other_file(project: Path, run: Pytest) -> None:
    (project / "scenarios" / "broken.scenario.yaml").write_text("scenario: [\n", encoding="utf-8")
    done = run("scenarios", "--continue-on-collection-errors")
    assert "scenarios/broken.scenario.yaml:" in done.stdout
    assert "2 passed, 1 error" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_misspelt_word_is_told_with_its_place(project: Path, run: Pytest) -> None:
    change(project / "scenarios/welcome/welcome.checks.yaml", "activation: Signed Up", "activation: Singed Up")
    done = run("scenarios")
    assert done.returncode == 1
    assert "scenarios/welcome/welcome.checks.yaml:4:15: " in done.stdout
    assert "did you mean 'Signed Up'?" in done.stdout
    assert "Traceback" not in done.stdout


def test_simulate_finds_a_path_beside_the_test_a_family_and_a_shipped_scenario(project: Path, run: Pytest) -> None:
    (project / "tests" / "test_more.py").write_text(
        """
import pytest
from simulator import UsageError, discover

def test_path(simulate):
    run = simulate("../scenarios/welcome/welcome.scenario.yaml", "as-it-should-go", seed=7)
    assert run.scenario.seed == 7
    assert run.outcome != "violated" and not run.violated and run.as_expected
    assert "--seed 7" in run.rerun

def test_source(simulate):
    [source] = discover(["scenarios/welcome"])
    assert simulate(source, "quiet-hours-left-out").violations("quiet-nights")[0].customer == "anna"

def test_shipped(simulate):
    assert "offer-before-opening" in simulate("late-birthday", "one-day-incident").violated

def test_unclear(simulate):
    with pytest.raises(UsageError, match="has several variants"):
        simulate("welcome")
    with pytest.raises(UsageError, match="did you mean 'welcome'"):
        simulate("welcom")
""",
        encoding="utf-8",
    )
    done = run("tests/test_more.py")
    assert "4 passed" in done.stdout, done.stdout


def test_a_project_without_scenarios_pays_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_light.py").write_text(
        "import sys\n"
        "def test_light():\n"
        "    heavy = {'numpy', 'simpy', 'faker', 'pydantic', 'hypothesis', 'rich', 'simulator.model'}\n"
        "    assert 'simulator.pytest_plugin' in sys.modules\n"
        "    assert not heavy & set(sys.modules)\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "test_light.py"]
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": ""}
    command += ["-p", "simulator.pytest_plugin"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_help_of_pytest_names_the_option_and_the_fixture(run: Pytest) -> None:
    assert "--journeyproof-seed" in run("--help").stdout
    assert "simulate" in run("--fixtures", "-q").stdout
