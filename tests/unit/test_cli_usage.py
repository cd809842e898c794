"""The command as one types it: help that teaches, mistakes that are answered, exit codes as documented."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.cli import execute
from simulator.cli.crashes import told
from simulator.cli.exits import MEANINGS, PRECEDENCE, Exit, first
from simulator.reporting.entries import tally
from simulator.words.errors import BackendFailed, InvalidDocuments, LimitReached, Place, Problem, Stuck, UsageError

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (
    "run", "list", "lint", "check", "replay", "merge", "preview", "report", "diff", "baseline", "studio", "schema",
    "backends", "doctor", "serve-backend", "conformance", "init",
)  # fmt: skip


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = execute(words)
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return code, said.out, said.err


def test_the_exit_codes_are_those_of_the_documentation() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| (\d+) \| (.+) \|$", page, re.MULTILINE))
    assert table == {str(int(code)): meaning for code, meaning in MEANINGS.items()}
    [order] = re.findall(r"returned: ([\d, ]+)\.", page)
    assert [int(code) for code in order.split(",")] == [int(code) for code in PRECEDENCE]


def test_the_gravest_exit_code_wins() -> None:
    assert first([0, 5, 1, 4, 3, 2]) is Exit.USAGE
    assert first([0, 5, 1, 4, 3]) is Exit.CRASHED
    assert first([0, 5, 1, 4]) is Exit.STUCK
    assert first([0, 5, 1]) is Exit.NOT_AS_EXPECTED
    assert first([0, 5]) is Exit.NOTHING
    assert first([0]) is Exit.AS_EXPECTED


def test_every_option_and_command_is_documented() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "simulator", "run", "--help"], capture_output=True, text=True, check=True
    )
    options = set(re.findall(r"--[a-z]+", done.stdout)) - {"--help"}
    assert len(options) > 9
    assert not [option for option in sorted(options) if option not in page]
    assert not [command for command in COMMANDS if f"journeyproof {command}" not in page]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, command, "--help")
    assert code == 0
    assert f"Usage: journeyproof {command}" in out


def test_help_teaches_by_example_and_says_what_the_exit_codes_mean(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "--help")
    assert code == 0
    assert "journeyproof run late-birthday" in out
    for number, meaning in MEANINGS.items():
        assert f"{int(number)}  {meaning}" in out


def test_no_command_is_wrong_usage_and_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys)
    assert code == 2
    assert "Usage: journeyproof" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rnu",), "Did you mean 'run'?"),
        (("run", "--sed", "3"), "there is no option --sed (did you mean '--seed'?)."),
        (("run", "--seed", "many"), "Invalid value for '--seed'"),
        (("run", "--seed", "-1"), "--seed"),
        (("run", "--workers", "0"), "--workers"),
        (("run", "--seed"), "--seed"),
        (("check",), "Missing argument 'LOG'"),
        (
            ("run", "late-brithday"),
            "there is no scenario file, folder or family 'late-brithday' (did you mean 'late-birthday'?)",
        ),
        (("run", "late-birthday", "--variant", "leapday"), "no variant is called 'leapday' (did you mean 'leap-day'?)"),
        (("run", "late-birthday", "--backend", "referense"), "(did you mean 'reference'?)"),
        (("list", "nowhere"), "there is no scenario file, folder or family 'nowhere'"),
        (("run", "\x1b[31mred"), "'\\x1b[31mred'"),
    ],
)
def test_a_mistake_is_answered_with_the_remedy(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = typed(capsys, *words)
    assert code == 2
    assert said in err
    assert "\x1b" not in err


def test_the_command_answers_at_once() -> None:
    program = "import sys; sys.argv[1:] = ['--help']\nfrom simulator.cli import main\nmain()"
    listing = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {line.rpartition("|")[2].strip() for line in listing.stderr.splitlines()}
    heavy = {"numpy", "simpy", "faker", "pydantic", "pytest", "hypothesis", "rich", "simulator.model.log"}
    assert not loaded & heavy


def test_a_reader_who_has_gone_is_no_error() -> None:
    program = "from simulator.cli import main\nimport sys\nsys.stdin.read()\nmain(['list'])"
    child = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdin
    assert child.stdout
    assert child.stderr
    child.stdout.close()
    child.stdin.close()
    said = child.stderr.read()
    child.stderr.close()
    assert child.wait(timeout=60) == Exit.READER_GONE
    assert said == ""


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (InvalidDocuments([Problem(Place("a.yaml", 3, 1), "no")]), "invalid", 2),
        (UsageError("no"), "refused", 2),
        (BackendFailed("no"), "crashed", 3),
        (Stuck("no"), "stuck", 4),
        (LimitReached("no"), "limit reached", 4),
        (ZeroDivisionError("no"), "crashed", 3),
    ],
)
def test_whatever_goes_wrong_is_one_line_and_a_code(error: Exception, kind: str, code: int) -> None:
    found, exit_code, message = told(error)
    assert (found, int(exit_code)) == (kind, code)
    assert "no" in message
    assert len(message.splitlines()) == 1


def test_a_mistake_of_ours_names_its_place_and_shows_more_to_who_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeyError) as raised:
        tally({})
    _, _, message = told(raised.value)
    assert message.startswith("KeyError: 'checks' (simulator/reporting/entries.py:")
    assert "JOURNEYPROOF_DEBUG=1" in message
    assert not capsys.readouterr().err
    monkeypatch.setenv("JOURNEYPROOF_DEBUG", "1")
    told(raised.value)
    assert "Traceback" in capsys.readouterr().err


def test_the_cause_of_a_crash_is_told_with_it() -> None:
    error = BackendFailed("the backend raised")
    error.__cause__ = ValueError("boom")
    assert told(error)[2] == "the backend raised: ValueError: boom"
