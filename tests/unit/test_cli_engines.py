"""Backends on the command line: which is meant, what is run on it, what this machine has, and serving one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.cli import execute

Typed = Callable[..., tuple[int, str, str]]
SCENARIO = "scenarios/welcome/welcome.scenario.yaml"
ENGINE = """
from dataclasses import replace
from simulator.backends.reference import ReferenceBackend
from simulator.words.errors import NotInstalled, Refusal, Unsupported


class Coarse(ReferenceBackend):
    name = "coarse"
    capabilities = replace(ReferenceBackend.capabilities, clock="stepped", granularity_ms=900_000)


class Refusing(ReferenceBackend):
    name = "refusing"

    def open(self, briefing, start):
        raise Unsupported([Refusal("fixtures/journeys/hello.journey.yaml:7", "this engine knows no 'wait'.")])


class Absent(ReferenceBackend):
    def open(self, briefing, start):
        raise NotInstalled("the engine is not there: pip install 'journeyproof[engine]'")
"""


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """The command, typed in a fresh project with three engines of its own."""
    monkeypatch.setenv("COLUMNS", "500")
    assert execute(["init", str(tmp_path)]) == 0
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("engine.py").write_text(ENGINE, encoding="utf-8")
    capsys.readouterr()

    def run(*words: str) -> tuple[int, str, str]:
        code = execute(words)
        said = capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return code, said.out, said.err

    return run


def about(backends: str, name: str = "coarse", folder: str = "welcome") -> str:
    """A scenario like the example's, about certain backends, in a file of its own."""
    text = Path(SCENARIO).read_text(encoding="utf-8")
    head, _, rest = text.partition("\nstarts:")
    file = Path("scenarios") / folder / f"{name}.scenario.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    own = f"\nbackends: {backends}" if backends else ""
    file.write_text(f"{head}{own}\nstarts:{rest}", encoding="utf-8")
    if folder != "welcome":
        shutil.copy("scenarios/welcome/welcome.checks.yaml", file.parent)
    return file.as_posix()


def ran_on(path: str) -> list[tuple[str, str]]:
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    return sorted({(entry["name"], entry["backend"]) for entry in document["scenarios"]})


# ----------------------------------------------------------------------------------------------------- selecting


def test_without_words_scenarios_about_other_backends_are_left_and_counted(typed: Typed) -> None:
    about("[engine:Coarse]")
    about("[tryton, celery]", "timers")
    about("", "any", "engines")
    code, out, _ = typed("run", "--json", "r.json")
    assert code == 0
    assert "2 variants of 1 scenario · seed 42 · backend reference" in out
    assert (
        "6 more variants are about engine:Coarse, tryton and celery: name them, or add --backend NAME;"
        " 'journeyproof list' shows them." in out
    )
    assert ran_on("r.json") == [("welcome", "reference")]


def test_without_words_a_backend_runs_what_is_about_it_alone(typed: Typed) -> None:
    about("[reference, engine:Coarse]")
    about("[engine:Coarse]", "engine", "engines")
    assert typed("run", "--backend", "engine:Coarse", "--json", "r.json")[0] == 0
    backend = "engine:Coarse"
    assert ran_on("r.json") == [("coarse", backend), ("engine", backend), ("welcome", backend)]
    assert typed("run", "--json", "r.json")[0] == 0
    assert ran_on("r.json") == [("coarse", "reference"), ("welcome", "reference")]


def test_a_named_scenario_runs_on_the_first_backend_that_it_is_about(typed: Typed) -> None:
    file = about("[engine:Coarse, reference]")
    code, out, _ = typed("run", file, SCENARIO, "--json", "r.json")
    assert code == 0
    assert "backends engine:Coarse, reference" in out
    assert "more variants" not in out
    assert ran_on("r.json") == [("coarse", "engine:Coarse"), ("welcome", "reference")]
    assert typed("run", file, "--backend", "reference", "--json", "r.json")[0] == 0
    assert ran_on("r.json") == [("coarse", "reference")]


def test_on_a_backend_that_it_is_not_about_a_scenario_is_unsupported(typed: Typed) -> None:
    file = about("[engine:Coarse]")
    code, out, _ = typed("run", file, "--backend", "reference", "--strict")
    assert code == 1
    assert "unsupported: this scenario is about engine:Coarse, and not about reference" in out
    [again, *_] = [line for line in out.splitlines() if line.lstrip().startswith("rerun: ")]
    assert "--backend reference" in again
    assert typed("run", file, "--backend", "reference")[0] == 5


def test_nothing_about_a_backend_is_wrong_usage(typed: Typed) -> None:
    about("[engine:Coarse]", "welcome")
    code, _, err = typed("run")
    assert code == 2
    assert "no scenario here is about 'reference'. There are some about engine:Coarse: name them" in err


def test_the_list_shows_what_each_is_about(typed: Typed) -> None:
    about("[engine:Coarse, tryton]")
    file = Path(about("", "mixed"))
    file.write_text(file.read_text(encoding="utf-8").rstrip() + "\n  on-tryton: {backends: [tryton]}\n")
    about("[celery]", "timers", "engines")
    _, out, _ = typed("list")
    lines = [line.strip() for line in out.splitlines()]
    assert [line for line in lines if line.endswith("coarse.scenario.yaml · about engine:Coarse and tryton")]
    assert [line for line in lines if line.endswith("mixed.scenario.yaml")]
    assert [line for line in lines if line.startswith("on-tryton ") and line.endswith(" · about tryton")]
    assert [line for line in lines if line.endswith("timers.scenario.yaml · about celery")]


# ------------------------------------------------------------------------------------------------------ outcomes


def test_what_an_engine_refuses_is_told_by_line_and_the_rest_still_runs(typed: Typed) -> None:
    file = about("[engine:Refusing]", "refused")
    code, out, _ = typed("run", file, SCENARIO)
    assert code == 0
    assert (
        "unsupported: the backend 'engine:Refusing' cannot express this:"
        " fixtures/journeys/hello.journey.yaml:7: this engine knows no 'wait'" in out
    )
    assert "2 of 4 variants as expected, 2 unsupported" in out


def test_an_engine_that_is_not_there_is_an_error_and_the_rest_still_runs(typed: Typed) -> None:
    file = about("[engine:Absent]", "absent")
    code, out, _ = typed("run", file, SCENARIO)
    assert code == 3
    assert "pip install 'journeyproof[engine]'" in out
    assert "2 of 4 variants as expected, 2 not as expected" in out


def test_a_result_names_no_folder_of_this_machine(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "any.backend.yaml").write_text("nothing: here\n", encoding="utf-8")
    typed("run", SCENARIO, "--backend", str(tmp_path / "any.backend.yaml"), "--json", "r.json")
    assert str(tmp_path) not in Path("r.json").read_text(encoding="utf-8")


def test_a_description_is_named_from_the_folder_of_the_scenario(typed: Typed) -> None:
    file = about("[own.backend.yaml]")
    Path("scenarios/welcome/own.backend.yaml").write_text("backend: Ours\ncomand: [node]\n", encoding="utf-8")
    code, out, err = typed("run", file)
    assert code == 2
    assert "· backend own.backend.yaml" in out
    assert "own.backend.yaml:2:1: unknown key 'comand' (did you mean 'command'?)" in err
    Path(file).write_text(Path(file).read_text(encoding="utf-8").replace("[own.backend.yaml]", "[own]"))
    assert typed("run", file) == (code, out, err), "the name is enough for a file beside the scenario"
    _, out, _ = typed("run", "--backend", "scenarios/welcome/own.backend.yaml")
    assert "4 variants of 2 scenarios" in out


# ------------------------------------------------------------------------------------------------------- doctor


def test_the_doctor_finds_what_the_reference_needs(typed: Typed) -> None:
    code, out, _ = typed("doctor")
    assert code == 0
    for name in ("Python", "scenarios and fixtures", "temporary folder", "cache folder", "ports of 127.0.0.1"):
        assert any(line.startswith("✓ ok") and f" {name} " in line for line in out.splitlines()), name
    assert out.splitlines()[-1].startswith("the reference backend has all that it needs")


def test_what_is_missing_fails_only_for_whom_it_is_missing(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    code, out, _ = typed("doctor")
    assert code == 0
    missing = [line for line in out.splitlines() if line.startswith("✗ missing")]
    assert any("redis-server" in line and "apt-get install redis-server" in line for line in missing)
    assert any("node " in line and line.endswith("(for node-red)") for line in missing)
    code, out, _ = typed("doctor", "--backend", "node-red")
    assert code == 1
    assert "that the backend 'node-red' needs" in out.splitlines()[-1]
    assert typed("doctor", "--backend", "reference")[0] == 0


def test_a_cache_that_cannot_be_written_to_is_found(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(Path("file").absolute()))
    code, out, _ = typed("doctor", "--backend", "tryton")
    assert code == 1
    assert "✗ missing  cache folder" in out
    assert "let XDG_CACHE_HOME name a folder that can be written to" in out


def test_the_doctor_knows_only_backends(typed: Typed) -> None:
    code, _, err = typed("doctor", "--backend", "tryon")
    assert code == 2
    assert "did you mean 'tryton'?" in err


# ------------------------------------------------------------------------------------------ serving and conformance


def test_a_backend_is_served_to_whoever_knows_the_token(typed: Typed) -> None:
    command = [sys.executable, "-m", "simulator", "serve-backend", "engine:Coarse", "--no-token"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            assert line.startswith("listening on http://127.0.0.1:")
            url = line.removeprefix("listening on ").strip()
            assert "no token is asked for" in server.stdout.readline()
            with urllib.request.urlopen(f"{url}/v1/capabilities", timeout=30) as answer:
                assert json.load(answer)["granularity_ms"] == 900_000
            code, out, _ = typed("run", SCENARIO, "--variant", "as-it-should-go", "--backend", url)
            assert code == 0
            assert f"backend {url}" in out
        finally:
            server.terminate()


def test_nobody_serves_what_is_no_backend(typed: Typed) -> None:
    code, _, err = typed("serve-backend", "referense")
    assert code == 2
    assert "(did you mean 'reference'?)" in err


def test_the_kit_says_rule_by_rule_what_a_backend_keeps(typed: Typed) -> None:
    code, out, _ = typed("conformance", "reference", "--rule", "time-forward", "--rule", "nothing-early")
    assert code == 0
    assert "conformance of reference" in out
    assert "passed  time-forward: " in out
    assert "2 rules: 2 passed." in out
    code, _, err = typed("conformance", "reference", "--rule", "time-forwards")
    assert code == 2
    assert "did you mean 'time-forward'?" in err


def test_the_kit_takes_one_variant_of_a_scenario(typed: Typed) -> None:
    words = ("conformance", "reference", "--rule", "retried-steps", "--scenario")
    code, _, err = typed(*words, SCENARIO)
    assert code == 2
    assert f"{SCENARIO}:as-it-should-go" in err
    assert typed(*words, f"{SCENARIO}:as-it-should-go")[0] == 0
