"""The viewer that is committed is the one that its source builds, and its source is tested and kept small."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from simulator.model.data import data_folder

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

VIEWER = data_folder("reports") / "viewer"
SOURCES = sorted(VIEWER.glob("src/**/*.js"))
LONGEST_MODULE = 500
LARGEST = 450_000
"""Bytes of the built page: with a result in it, a report stays well below a megabyte."""
DANGEROUS = re.compile(
    r"\.(?:inner|outer)HTML\s*=[^=]|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function\b"
)


def node(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", *words], cwd=VIEWER, capture_output=True, text=True, timeout=120, check=False)


def test_the_committed_page_is_what_its_source_builds(tmp_path: Path) -> None:
    built = tmp_path / "viewer.html"
    done = node("build.mjs", "--out", str(built))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    committed = (VIEWER.parent / "viewer.html").read_bytes()
    assert built.read_bytes() == committed, "reports/viewer.html is not what reports/viewer/ builds: run 'make viewer'"


def test_it_is_one_page_with_one_script_and_nothing_from_elsewhere() -> None:
    page = (VIEWER.parent / "viewer.html").read_text(encoding="utf-8")
    outside = re.sub(r"<script>.*?</script>", "", page, count=1, flags=re.DOTALL)
    assert outside != page
    assert "<script" not in outside
    assert not re.search(r"""(?:src|href)=(?!"data:)|url\((?!["']?(?:data:|#))|@import""", outside)
    assert len(page.encode()) < LARGEST


def test_the_tests_of_the_source_ran_and_passed() -> None:
    files = sorted(str(file.relative_to(VIEWER)) for file in VIEWER.glob("tests/*.test.js"))
    done = node("--test", "--test-reporter=tap", *files)
    assert done.returncode == 0, done.stdout
    counts = {name: int(count) for name, count in re.findall(r"^# (\w+) (\d+)$", done.stdout, re.MULTILINE)}
    assert counts["tests"] >= len(files) > 0
    assert counts["pass"] == counts["tests"]
    assert counts["skipped"] == counts["todo"] == 0


def test_every_package_is_of_one_version_and_of_no_address() -> None:
    wanted = json.loads((VIEWER / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((VIEWER / "package-lock.json").read_text(encoding="utf-8"))
    versions = wanted["dependencies"] | wanted["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())
    locked = {path.removeprefix("node_modules/"): package for path, package in lock["packages"].items() if path}
    assert {name: locked[name]["version"] for name in versions} == versions
    assert [name for name, package in locked.items() if "resolved" in package or "integrity" not in package] == []


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(VIEWER / "src")))
def test_modules_are_small_and_write_no_markup_from_text(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_MODULE
    assert text.startswith("//"), "a module begins with what it is for"
    assert DANGEROUS.findall(text) == []
