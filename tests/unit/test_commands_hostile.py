"""What people type, with damaged files, hostile words and a world that is in the way: a sentence, or a right answer."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from simulator.cli import execute

Result = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "\x1b[2J\x1b]0;t\x07\u202e</script><script>alert(1)</script>|`${x}` @all #1 ```\n%%{init}%%; --> <!-- [a](http://evil.example)"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A result as `run --json` writes it."""
    file = tmp_path_factory.mktemp("real") / "real.json"
    assert execute(["run", "late-birthday", "--variant", "one-day-incident", "--json", str(file)]) == 0
    found: Result = json.loads(file.read_text(encoding="utf-8"))
    return found


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """What came of a command: never a traceback, a mistake of ours, or a character that commands a terminal."""
    capsys.readouterr()
    code = execute(words)
    said = capsys.readouterr()
    both = said.out + said.err
    assert "Traceback" not in both
    assert "mistake in journeyproof" not in both, (words, said.err)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", both)
    return code, said.out, said.err


def saved(name: str, document: Any) -> str:
    Path(name).write_text(json.dumps(document), encoding="utf-8")
    return name


def typed_as_process(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    known = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run([sys.executable, "-m", "simulator", *words], env=known, capture_output=True, check=False)


# ----------------------------------------------------------------------------------------------- damaged results

VALUES: list[Any] = [None, [], {}, "", -1, 10**30, "\ud800", True, 1.5, "x", [None], {"a": None}, float("nan"), HOSTILE]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*path, key))


def shapes(document: Result) -> dict[tuple[Any, ...], list[tuple[Any, ...]]]:
    """The places of a result by what stands there: an element of a list is like another."""
    found: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for path in places(document):
        found.setdefault(tuple("*" if isinstance(key, int) else key for key in path), []).append(path)
    return {shape: paths for shape, paths in found.items() if "document" not in shape[:-1]}


@pytest.mark.parametrize("seed", range(3))
def test_a_value_of_a_wrong_kind_anywhere_is_a_sentence_or_no_matter(
    real: Result, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    chance = random.Random(seed)
    known = shapes(real)
    before = saved("before.json", real)
    for _ in range(16):
        *way, end = chance.choice(known[chance.choice(list(known))])
        damaged = copy.deepcopy(real)
        inner: Any = damaged
        for key in way:
            inner = inner[key]
        inner[end] = chance.choice(VALUES)
        file = saved("damaged.json", damaged)
        for words in (
            ("report", file, "-o", "damaged.html"),
            ("diff", before, file, "--markdown", "comment.md"),
            ("diff", file, before),
            ("baseline", "accept", file),
        ):
            code, _, err = typed(capsys, *words)
            assert code in (0, 1, 2, 5, 6), (way, end, inner[end])
            assert (code == 2) == bool(err)


@pytest.mark.parametrize("key", ["onset", "sent", "received", "time"])
@pytest.mark.parametrize("value", [True, "x", "2025-02-30T08:00:00+01:00", "2025-11-14", None, "9999-99-99T00:00:00Z"])
def test_a_time_that_is_none_is_told_before_anything_is_written(
    real: Result, capsys: pytest.CaptureFixture[str], key: str, value: Any
) -> None:
    damaged = copy.deepcopy(real)
    for path in list(places(damaged)):
        if path[-1] == key and ("violations" in path or "messages" in path or "events" in path):
            inner: Any = damaged
            for step in path[:-1]:
                inner = inner[step]
            inner[key] = value
    code, _, err = typed(capsys, "baseline", "accept", saved("damaged.json", damaged))
    assert code == 2 or key == "time" or (key == "received" and value is None)  # what is not read is no matter
    if code == 2:
        assert "cannot be read" in err
        assert not list(Path("baselines").rglob("*.txt"))
    assert "object has no attribute" not in err


@pytest.mark.parametrize("text", ["", "[]", "1", "{", '"x"', "\x00", "{}", '{"format": "other", "version": 1}',
                                  '{"format": "journeyproof-result", "version": 2, "scenarios": []}',
                                  '{"format": "journeyproof-result", "version": 1}',
                                  '{"format": "journeyproof-result", "version": 1, "scenarios": [1]}',
                                  '{"format": "journeyproof-result", "version": 1, "scenarios": {}}'])  # fmt: skip
def test_what_is_no_result_is_refused(real: Result, capsys: pytest.CaptureFixture[str], text: str) -> None:
    Path("other.json").write_text(text, encoding="utf-8")
    before = saved("before.json", real)
    for words in (("report", "other.json"), ("diff", before, "other.json"), ("baseline", "accept", "other.json")):
        code, _, err = typed(capsys, *words)
        assert code == 2
        assert "other.json" in err


def test_a_report_of_a_number_that_is_none_is_refused(real: Result, capsys: pytest.CaptureFixture[str]) -> None:
    damaged = {**real, "seed": float("nan")}
    code, _, err = typed(capsys, "report", saved("damaged.json", damaged))
    assert (code, Path("damaged.html").exists()) == (2, False)
    assert "damaged.json: this result holds a number that is none" in err


@pytest.mark.parametrize("target", ["folder", "file/x.html", "/proc/nowhere/x.html", "/dev/full", "-"])
def test_a_report_that_cannot_be_written_is_a_sentence(
    real: Result, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    Path("folder").mkdir()
    Path("file").touch()
    code, _, err = typed(capsys, "report", saved("real.json", real), "-o", target)
    assert code == 2
    assert target.partition("/x")[0] in err
    assert not Path("-").exists()


@pytest.mark.parametrize(
    "words",
    [("diff", "real.json", "folder"), ("diff", "real.json", "real.json", "--json", "folder"),
     ("diff", "real.json", "real.json", "--markdown", "folder"), ("diff", "real.json", "real.json", "--markdown",
     "/dev/full"),
     ("diff", "real.json", "real.json", "--json", "file/x"), ("baseline", "accept", "real.json", "--dir", "file"),
     ("baseline", "accept", "folder"), ("report", "folder"), ("preview", "folder"), ("lint", "folder"), ("lint", ""),
     ("preview", "late-birthday", "--at", "\x1b[2J"), ("preview", "late-birthday", "--customer", HOSTILE),
     ("preview", "late-birthday", "--message", "-1"), ("preview", "late-birthday", "--message", str(10**30)),
     ("preview", "late-birthday", "--at", "9999-12-31 23:59"), ("preview", HOSTILE), ("diff", HOSTILE, "real.json"),
     ("diff", "real.json", f"real.json::{HOSTILE}"), ("diff", "real.json", "real.json", "--only", HOSTILE),
     ("diff", "real.json", "real.json", "--within", "1 month"), ("diff", "real.json", "real.json", "--within",
     "-1 h"),
     ("lint", HOSTILE), ("report", "nowhere.json")],
)  # fmt: skip
def test_what_is_in_the_way_is_named(real: Result, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    Path("folder").mkdir()
    Path("file").touch()
    saved("real.json", real)
    code, _, err = typed(capsys, *words)
    assert code == 2
    assert err.strip()


# ---------------------------------------------------------------------------------------------- hostile words


def hostile(real: Result) -> Result:
    """A result in which whatever people wrote is hostile, and nobody knows an end of it."""
    document = copy.deepcopy(real)
    [entry] = document["scenarios"]
    entry["title"] = entry["says"] = HOSTILE
    entry["headline"]["sentence"] = HOSTILE
    for check in entry["checks"]:
        check["rule"] = HOSTILE
        for violation in check["violations"]:
            violation["sentence"] = f"{HOSTILE} at {violation['onset']}"
    for exhibit in entry["exhibits"]:
        exhibit["name"] = HOSTILE
        for number, message in enumerate(exhibit["messages"]):
            message["subject"] = f"{number}{HOSTILE}"
            message["text"] = f"{HOSTILE}{number}" * 50
        for item in exhibit["events"]:
            if "reason" in item.get("data", {}):
                item["data"]["reason"] = HOSTILE
    return document


def test_hostile_words_command_neither_terminal_nor_comment_nor_browser(
    real: Result, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = saved("before.json", real), saved("after.json", hostile(real))
    for sides in ((before, after), (after, before)):
        assert typed(capsys, "diff", *sides, "--json", "diff.json")[0] in (1, 6)
        code, comment, _ = typed(capsys, "diff", *sides, "--markdown", "-")
        assert code in (1, 6)
        check_comment(comment)
        json.loads(Path("diff.json").read_text(encoding="utf-8"))
    assert typed(capsys, "baseline", "accept", after)[0] == 0
    [baseline] = Path("baselines").rglob("*.txt")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", baseline.read_text(encoding="utf-8"))
    assert typed(capsys, "diff", after)[0] == 0
    assert typed(capsys, "report", after)[0] == 0
    page = Path("after.html").read_text(encoding="utf-8")
    assert "alert(1)" not in page
    assert unpacked(page) == json.loads(Path(after).read_text(encoding="utf-8"))


def check_comment(comment: str) -> None:
    """What a forge makes of a comment holds no markup but ours."""
    assert len(comment.encode()) <= 60_000
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", comment)
    first, _, rest = comment.partition("\n")
    assert first == "<!-- journeyproof:diff -->"
    outside = re.sub(r"^(`{3,})\w*\n.*?^\1\n", "", rest, flags=re.DOTALL | re.MULTILINE)
    assert "```" not in outside
    tags = set(re.findall(r"(?<!\\)<(/?[a-z!][^>\n]*)>", outside))
    assert tags <= {f"{end}{tag}" for end in ("", "/") for tag in ("details", "summary", "span")}
    assert not re.search(r"(?<![\w\\])@\w", outside)
    assert not re.search(r"(?<!\\)\]\(http", outside)
    for diagram in re.findall(r"^```mermaid\n(.*?)^```$", rest, re.DOTALL | re.MULTILINE):
        assert not re.search(r"[<>{}#;`%]|-->", diagram)


def unpacked(page: str) -> Any:
    """The result inside a report."""
    found = re.search(r'id="journeyproof-result">([^<]*)</script>', page)
    assert found is not None
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


@pytest.mark.parametrize("columns", ["", "0", "-1", "1", "x", "²", "40", "100000"])
def test_any_width_is_a_width(
    real: Result, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    sides = saved("before.json", real), saved("after.json", hostile(real))
    assert typed(capsys, "diff", *sides)[0] in (1, 6)
    assert typed(capsys, "preview", "late-birthday")[0] == 0


def test_what_is_gone_is_accepted_by_the_line_that_is_said(real: Result, capsys: pytest.CaptureFixture[str]) -> None:
    sides = saved("before.json", real), saved("after.json", {**real, "scenarios": []})
    code, out, _ = typed(capsys, "diff", *sides)
    assert code == 6
    [line] = re.findall(r"^accept: journeyproof (.*)$", out, re.MULTILINE)
    assert typed(capsys, *line.split())[0] == 0


# -------------------------------------------------------------------------------------------- pipes and interrupts


@pytest.mark.parametrize("words", [("diff", "a.json", "b.json"), ("diff", "a.json", "b.json", "--markdown", "-"),
                                   ("preview", "late-birthday"), ("report", "a.json")])  # fmt: skip
def test_a_reader_who_has_gone_is_no_mistake(real: Result, words: tuple[str, ...]) -> None:
    saved("a.json", real)
    saved("b.json", hostile(real))
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "simulator", *words]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=writing,
    stderr=subprocess.PIPE,
                          check=False)  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("words", [("report", "pipe.json"), ("diff", "a.json", "pipe.json")])
def test_an_interrupt_is_told_in_a_word(real: Result, here: Path, words: tuple[str, ...]) -> None:
    saved("a.json", real)
    os.mkfifo("pipe.json")
    command = [sys.executable, "-m", "simulator", *words]
    # A shell that runs the tests in the background lets them ignore the interrupt, and so what they start.
    heeded = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          preexec_fn=heeded) as process:  # noqa: PLW1509  # fmt: skip
        try:
            time.sleep(2)  # nobody ever writes into the pipe: it waits there
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, out) == (130, b"")
    assert err.strip() == b"interrupted"


# --------------------------------------------------------------------------------------------- the same everywhere


def test_reports_and_baselines_are_the_same_everywhere(real: Result) -> None:
    """Whatever the process, the zone and the language of the machine; of a run again all but `tool` and `timing`."""
    saved("real.json", real)
    pages, ran, baselines = set(), [], set()
    for seed, where, language in (("0", "Asia/Tokyo", "C"), ("7", "America/St_Johns", "it_IT.UTF-8")):
        environment = {"PYTHONHASHSEED": seed, "TZ": where, "LC_ALL": language}
        assert typed_as_process("report", "real.json", "-o", "page.html", **environment).returncode == 0
        pages.add(Path("page.html").read_bytes())
        words = ("run", "late-birthday", "--variant", "one-day-incident", "--html", "run.html", "--workers", "1")
        assert typed_as_process(*words, **environment).returncode == 0
        found = unpacked(Path("run.html").read_text(encoding="utf-8"))
        ran.append({key: value for key, value in found.items() if key not in ("tool", "timing")})
        assert typed_as_process("baseline", "accept", "real.json", "--dir", seed, **environment).returncode == 0
        [baseline] = Path(seed).rglob("*.txt")
        baselines.add(baseline.read_bytes())
    assert (len(pages), len(baselines)) == (1, 1)
    assert ran[0] == ran[1]
