"""The report: one file with the result inside, a policy that lets nothing else run, and clear words when it fails."""

from __future__ import annotations

import base64
import copy
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.cli import execute
from simulator.reporting import html
from simulator.reporting.html import html_report
from simulator.running import rehearse, result_file
from simulator.words.errors import JourneyproofError, UsageError
from tests.unit.small import WELCOME, welcome


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    text = WELCOME.replace("name: Ada Example", 'name: "Ada </script><!--journeyproof:csp--> O\'Neill"')
    return result_file([rehearse(welcome(tmp_path_factory.mktemp("project"), "engine-down", text))])


@pytest.fixture(scope="module")
def page(result: dict[str, Any]) -> str:
    return html_report(result).decode("utf-8")


def embedded(page: str) -> bytes:
    found = re.findall(r'<script type="application/octet-stream" id="journeyproof-result">([^<]*)</script>', page)
    assert len(found) == 1
    return base64.b64decode(found[0], validate=True)


def test_the_result_stands_in_the_page_as_it_is(result: dict[str, Any], page: str) -> None:
    assert json.loads(gzip.decompress(embedded(page))) == json.loads(json.dumps(result))
    assert "<!--journeyproof:" not in page
    assert page.index("journeyproof-result") < page.index("<script>")


def test_the_policy_comes_first_and_allows_the_script_that_is_there(page: str) -> None:
    [script] = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{hashed}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert f'<head><meta http-equiv="Content-Security-Policy" content="{policy}">' in page


def test_the_same_result_gives_the_same_bytes_without_a_time_or_a_system(result: dict[str, Any], page: str) -> None:
    assert html_report(copy.deepcopy(result)).decode() == page
    head = embedded(page)[:10]
    assert head[:2] == b"\x1f\x8b"
    assert head[3:] == b"\x00\x00\x00\x00\x00\x02\xff", "no name, no time, packed as small as can be, by nobody"


def test_a_report_asks_the_network_nothing(page: str) -> None:
    outside = page.replace(re.findall(r"<script>.*?</script>", page, re.DOTALL)[0], "")
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", outside)


# -------------------------------------------------------------------------------------------------------- errors


def other(document: dict[str, Any]) -> None:
    document["format"] = "something"


def foreign(document: dict[str, Any]) -> None:
    del document["format"]


def newer(document: dict[str, Any]) -> None:
    document["version"] = 9


def cut(document: dict[str, Any]) -> None:
    document["scenarios"] = {}


def damaged(document: dict[str, Any]) -> None:
    del document["scenarios"][0]["exhibits"]


def older(document: dict[str, Any]) -> None:
    del document["scenarios"][0]["headline"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (other, "this is no result of journeyproof: it says 'something'. Name a file that 'run --json' wrote."),
        (foreign, "this is no result of journeyproof: it does not say that it is one."),
        (newer, "this result is of version 9, and reports are drawn of version 1. Update journeyproof."),
        (cut, "this result holds no list of scenarios: it was damaged."),
        (damaged, "a scenario of this result lacks exhibits. Write it again with --json."),
        (older, "this result was written by an older journeyproof: it has no headline. Run it again with --json."),
    ],
)
def test_what_is_no_result_of_this_version_is_refused(
    result: dict[str, Any], change: Callable[[dict[str, Any]], None], said: str
) -> None:
    document = copy.deepcopy(result)
    change(document)
    with pytest.raises(UsageError, match="^" + re.escape(said)):
        html_report(document)


def test_a_missing_viewer_says_where_it_should_be(
    result: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "data_folder", lambda _: tmp_path)
    with pytest.raises(JourneyproofError, match=r"viewer.html: the viewer of reports is missing"):
        html_report(result)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<head></head>", "'<!--journeyproof:csp-->' stands in it 0 times"),
        ("<!--journeyproof:csp--><!--journeyproof:data-->", "it has not one script"),
    ],
)
def test_a_viewer_that_was_not_built_is_no_viewer(
    result: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, why: str
) -> None:
    (tmp_path / "viewer.html").write_text(text, encoding="utf-8")
    monkeypatch.setattr(html, "data_folder", lambda _: tmp_path)
    with pytest.raises(JourneyproofError, match=re.escape(why)):
        html_report(result)


# ------------------------------------------------------------------------------------------------------ commands


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    welcome(tmp_path)
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    return tmp_path


def test_run_writes_the_report_of_just_this_run(project: Path) -> None:
    assert execute(["run", "--html", "out/report.html", "--json", "result.json"]) == 0
    report = (project / "out/report.html").read_text(encoding="utf-8")
    told = json.loads(gzip.decompress(embedded(report)))
    assert told == json.loads((project / "result.json").read_text(encoding="utf-8"))
    assert [entry["variant"] for entry in told["scenarios"]] == ["as-it-should-go", "engine-down"]


def test_report_draws_a_saved_result_beside_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    execute(["run", "--html", "first.html", "--json", "result.json"])
    capsys.readouterr()
    assert execute(["report", "result.json"]) == 0
    assert (project / "result.html").read_bytes() == (project / "first.html").read_bytes()
    assert capsys.readouterr().out.startswith("result.html · 2 variants · ")
    assert execute(["report", "result.json", "-o", "deep/er/x.html"]) == 0
    assert (project / "deep/er/x.html").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report", "nowhere.json"], "nowhere.json: cannot be read"),
        (["report", "broken.json"], "broken.json:1:12: not JSON"),
        (["report", "other.json"], "other.json: this is no result of journeyproof"),
        (["report", "r.html"], "r.html: the report would overwrite the result"),
        (["run", "--html", "."], "--html .: that is a folder"),
    ],
)
def test_what_cannot_be_drawn_is_told_in_a_line(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    (project / "broken.json").write_text('{"format": ', encoding="utf-8")
    (project / "other.json").write_text("{}", encoding="utf-8")
    assert execute(words) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert "Traceback" not in complaint
