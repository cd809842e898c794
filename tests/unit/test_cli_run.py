"""`run`, `check` and `replay`, on the project that `init` lays out and on what is shipped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from simulator.cli import execute

Typed = Callable[..., tuple[int, str, str]]
SCENARIO = "scenarios/welcome/welcome.scenario.yaml"
CHECKS = "scenarios/welcome/welcome.checks.yaml"
SECOND_THOUGHTS = """
  second-thoughts:
    story:
      - {at: 2026-03-02 23:15, who: anna, event: Consent Withdrawn, in: esp, with: {channel: email}}
"""


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """The command, typed in a fresh project."""
    monkeypatch.setenv("COLUMNS", "500")
    assert execute(["init", str(tmp_path)]) == 0
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    capsys.readouterr()

    def run(*words: str) -> tuple[int, str, str]:
        code = execute(words)
        said = capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return code, said.out, said.err

    return run


def change(file: str, old: str, new: str) -> None:
    text = Path(file).read_text(encoding="utf-8")
    assert old in text
    Path(file).write_text(text.replace(old, new), encoding="utf-8")


def add_second_thoughts() -> None:
    with Path(SCENARIO).open("a", encoding="utf-8") as stream:
        stream.write(SECOND_THOUGHTS.lstrip("\n"))


def add_backend(name: str, body: str) -> str:
    lines = ["from simulator.backends.reference import ReferenceBackend", f"class {name}(ReferenceBackend):"]
    text = "\n".join([*lines, *(f"    {line}" for line in body.splitlines())])
    Path(f"mine_{name.lower()}.py").write_text(text, encoding="utf-8")
    return f"mine_{name.lower()}:{name}"


def test_the_example_is_as_expected_and_tells_its_violation(typed: Typed) -> None:
    code, out, err = typed("run")
    assert (code, err) == (0, "")
    assert "2 variants of 1 scenario · seed 42 · backend reference" in out
    assert "✗ quiet-nights: Anna Bianchi's welcome was received Mon 2 Mar 2026 22:31" in out
    assert out.splitlines()[-1].endswith("exit 0: every verdict is as expected")


def test_strictly_a_vacuous_check_is_a_failure(typed: Typed) -> None:
    code, out, _ = typed("run", "--strict")
    assert code == 1
    assert "no-mail-after-withdrawal: vacuous, which --strict does not accept" in out
    words = out.partition("rerun: journeyproof ")[2].splitlines()[0].split()
    assert words[-1] == "--strict"
    assert typed(*words)[0] == 1


def test_what_is_not_declared_is_told_and_can_be_run_again_by_its_last_line(typed: Typed) -> None:
    add_second_thoughts()
    code, out, _ = typed("run", "--variant", "second-thoughts", "--seed", "7")
    assert code == 1
    line = Path(CHECKS).read_text(encoding="utf-8").splitlines().index("no-mail-after-withdrawal:") + 1
    assert f"no-mail-after-withdrawal (not_response): violated · {CHECKS}:{line}" in out
    assert "│ Mon 2 Mar 2026 23:15  Consent Withdrawn" in out
    [again] = [line for line in out.splitlines() if line.lstrip().startswith("rerun: ")]
    words = again.partition("rerun: journeyproof ")[2].split()
    assert words == ["run", "welcome", "--variant", "second-thoughts", "--seed", "7", "--customer", "anna"]
    assert typed(*words)[0] == 1
    change("fixtures/policies/corner-shop-rules.policy.yaml", "at scheduling", "at sending")
    assert typed(*words)[0] == 0


def test_a_shipped_family_is_run_by_its_name_from_anywhere(typed: Typed) -> None:
    code, out, _ = typed("run", "late-birthday", "--variant", "one-day-incident")
    assert code == 0
    assert "22 h 7 min after" in out


def test_without_a_project_the_shipped_families_are_meant(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    os.chdir(tmp_path / "empty")
    _, out, _ = typed("list")
    assert "late-birthday · " in out
    assert "one-day-incident" in out
    assert not list((tmp_path / "empty").iterdir())


def test_the_result_file_holds_no_path_of_the_machine_and_is_the_same_every_time(typed: Typed, tmp_path: Path) -> None:
    for name in ("one.json", "two.json"):
        assert typed("run", "--json", f"out/{name}", "--workers", "1" if name == "one.json" else "2")[0] == 0
    one, two = (json.loads(Path("out", name).read_text(encoding="utf-8")) for name in ("one.json", "two.json"))
    assert (one["format"], one["seed"], one["options"]["strict"]) == ("journeyproof-result", 42, False)
    assert str(tmp_path) not in json.dumps(one)
    assert [entry["variant"] for entry in one["scenarios"]] == ["as-it-should-go", "quiet-hours-left-out"]
    for document in (one, two):
        del document["tool"], document["timing"]
    assert one == two


def test_a_result_does_not_choose_the_code_that_replays_it(typed: Typed) -> None:
    name = add_backend("Own", "name = 'own'")
    assert typed("run", "--variant", "as-it-should-go", "--backend", name, "--json", "r.json")[0] in (0, 1)
    code, out, _ = typed("replay", "r.json")
    assert code == 1
    assert f"add '--backend {name}' if you trust the code behind it" in " ".join(out.split())
    assert typed("replay", "r.json", "--backend", name)[0] == 0
    assert typed("replay", "r.json", "--backend", "nobody")[0] == 2


def test_a_result_is_replayed_from_its_file_alone(typed: Typed, tmp_path: Path) -> None:
    typed("run", "--json", "r.json")
    (tmp_path / "elsewhere").mkdir()
    os.chdir(tmp_path / "elsewhere")
    code, out, _ = typed("replay", "../r.json")
    assert code == 0
    assert "2 of 2 runs the same · exit 0" in out
    document = json.loads(Path("../r.json").read_text(encoding="utf-8"))
    document["scenarios"][0]["log_digest"] = "sha256:0"
    document["scenarios"][0]["exhibits"][0]["events"][1]["name"] = "Signed Off"
    Path("r.json").write_text(json.dumps(document), encoding="utf-8")
    code, out, _ = typed("replay", "r.json")
    assert code == 1
    assert "another log: anna: Signed Off at 2026-03-02T22:30:00+01:00 became Signed Up" in out


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"format": "journeyproof-result", "version": 1}', "\udcff"])
def test_what_is_no_result_is_refused_with_the_remedy(content: str, typed: Typed) -> None:
    Path("r.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    code, _, err = typed("replay", "r.json")
    assert code == 2
    assert "--json" in err
    assert typed("replay", "nowhere.json")[0] == 2


def test_a_saved_log_is_judged_as_the_run_was(typed: Typed) -> None:
    assert typed("run", "--log", "logs")[0] == 0
    names = sorted(path.name for path in Path("logs").iterdir())
    assert names == ["welcome.welcome.as-it-should-go.jsonl", "welcome.welcome.quiet-hours-left-out.jsonl"]
    code, out, _ = typed("check", f"logs/{names[1]}", "--scenario", "welcome", "--variant", "quiet-hours-left-out")
    assert code == 0
    assert "✗ quiet-nights: Anna Bianchi's welcome was received Mon 2 Mar 2026 22:31" in out
    code, out, _ = typed("check", f"logs/{names[1]}", "--scenario", SCENARIO, "--variant", "as-it-should-go")
    assert code == 1
    words = out.partition("rerun: journeyproof ")[2].splitlines()[0].split()
    assert words[:2] == ["check", f"logs/{names[1]}"]
    assert typed(*words)[0] == 1
    code, _, err = typed("check", f"logs/{names[1]}", "--scenario", "welcome")
    assert code == 2
    assert "Choose one with --variant" in err
    assert typed("check", "nowhere.jsonl", "--scenario", "welcome", "--variant", "as-it-should-go")[0] == 2
    Path("broken.jsonl").write_text('{"id": 1}\nno json\n', encoding="utf-8")
    code, _, err = typed("check", "broken.jsonl", "--scenario", "welcome", "--variant", "as-it-should-go")
    assert code == 2
    assert "broken.jsonl:2" in err


def test_one_log_is_written_to_the_file_that_was_named(typed: Typed) -> None:
    assert typed("run", "--variant", "as-it-should-go", "--log", "day.jsonl")[0] == 0
    first = json.loads(Path("day.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert first["specversion"] == "1.0"


def test_junit_names_every_check_of_every_variant(typed: Typed) -> None:
    typed("run", "--junit", "junit.xml")
    cases = list(ET.parse("junit.xml").iter("testcase"))
    assert len(cases) == 6
    assert {case.get("file") for case in cases} == {CHECKS}
    assert all(int(case.get("line") or 0) > 0 for case in cases)


def test_one_customer_is_run_alone(typed: Typed) -> None:
    code, out, _ = typed("run", "late-birthday", "--variant", "one-day-incident", "--customer", "camille")
    assert code == 0
    assert "✗ offer-before-opening" in out
    code, _, err = typed("run", "--customer", "ana")
    assert code == 2
    assert "no customer of these scenarios is called 'ana' (did you mean 'anna'?)" in err


def test_an_invalid_file_is_told_with_its_place_and_the_others_still_run(typed: Typed) -> None:
    other = Path("scenarios/other")
    other.mkdir()
    text = Path(SCENARIO).read_text(encoding="utf-8").replace("event: Signed Up", "event: Singed Up")
    (other / "other.scenario.yaml").write_text(text.replace("checks: welcome", "checks: nowhere"), encoding="utf-8")
    code, out, err = typed("run")
    assert code == 2
    assert "scenarios/other/other.scenario.yaml:" in err
    assert "did you mean 'Signed Up'?" in err
    assert len(err.splitlines()) == len(set(err.splitlines())), "each problem is told once"
    assert "2 of 4 variants as expected, 2 invalid" in out


def test_a_backend_that_raises_is_told_by_its_cause_and_stops_nobody(typed: Typed) -> None:
    name = add_backend("Raises", "def advance(self, to, step):\n    raise ValueError('no \\x1b[31m more')")
    code, out, _ = typed("run", "--backend", name)
    assert code == 3
    assert "ValueError" in out
    assert "\x1b" not in out
    assert f"--backend {name}" in out


def test_a_backend_that_never_rests_is_stuck(typed: Typed) -> None:
    body = "def next_wakeup(self):\n    return 0\ndef advance(self, to, step):\n    return []"
    code, out, err = typed("run", "--variant", "as-it-should-go", "--backend", add_backend("Restless", body))
    assert code == 4
    assert "✗ stuck: no verdict" in out
    assert "has nothing to say" in err


def test_what_no_backend_can_express_is_unsupported_and_nothing_was_judged(typed: Typed) -> None:
    body = (
        "from dataclasses import replace\ncapabilities = replace(ReferenceBackend.capabilities, features=frozenset())"
    )
    code, out, _ = typed("run", "--variant", "as-it-should-go", "--backend", add_backend("Poor", body))
    assert code == 5
    assert "unsupported: the backend 'mine_poor:Poor' has no " in out
    assert "exit 5" in out
    assert typed("run", "--variant", "as-it-should-go", "--backend", "mine_poor:Poor", "--strict")[0] == 1


def test_a_backend_that_is_not_there_is_wrong_usage(typed: Typed) -> None:
    assert typed("run", "--backend", "nowhere:Engine")[0] == 2
    Path("mine_empty.py").write_text("", encoding="utf-8")
    code, _, err = typed("run", "--backend", "mine_empty:Engine")
    assert code == 2
    assert "has no class 'Engine'" in err


@pytest.mark.parametrize("option", ["--json", "--junit"])
def test_a_place_where_nothing_can_be_written_is_refused_before_anything_runs(option: str, typed: Typed) -> None:
    code, out, err = typed("run", option, "scenarios")
    assert code == 2
    assert option in err
    assert "as expected" not in out
    Path("file").write_text("", encoding="utf-8")
    assert typed("run", option, "file/below.json")[0] == 2
    assert typed("run", "--log", "file")[0] == 2


def test_an_interrupt_ends_the_command_quietly(typed: Typed) -> None:
    name = add_backend(
        "Slow", "def advance(self, to, step):\n    import time\n    print('slow', flush=True)\n    time.sleep(60)"
    )
    # Whoever starts the tests in the background has told them to ignore the keyboard, and children inherit that.
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{listen}; from simulator.cli import main; main()", "run", "--backend", name]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout
    while "slow" not in child.stdout.readline():
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert err.strip() == "interrupted"


def test_init_changes_nothing_that_is_there(typed: Typed) -> None:
    Path("README.md").write_text("mine", encoding="utf-8")
    Path(CHECKS).unlink()
    code, out, _ = typed("init", ".")
    assert code == 0
    assert "kept  README.md" in out
    assert f"made  {CHECKS}" in out
    assert Path("README.md").read_text(encoding="utf-8") == "mine"
    assert "nothing was changed" in typed("init", ".")[1]
    assert typed("init", "README.md")[0] == 2


def test_schemas_are_written_for_the_editor(typed: Typed) -> None:
    code, out, _ = typed("schema", ".schemas")
    assert code == 0
    assert "yaml-language-server: $schema=.schemas/scenario.schema.json" in out
    schema = json.loads(Path(".schemas/scenario.schema.json").read_text(encoding="utf-8"))
    assert "properties" in json.dumps(schema)
    assert {"scenario", "result"} <= json.loads(typed("schema")[1]).keys()


def test_backends_say_what_they_can_do(typed: Typed) -> None:
    code, out, _ = typed("backends")
    assert code == 0
    for name in ("reference", "tryton", "node-red", "celery", "apscheduler", "django", "http"):
        assert f"\n{name} · " in f"\n{out}", name
    lines = out.splitlines()
    assert lines[0].startswith("reference · ")
    assert lines[1].strip() == "cooperative clock · exact · deterministic · independent customers"
    assert "policy.caps" in lines[2]
    assert "any program behind the HTTP protocol: --backend http://127.0.0.1:PORT" in out
