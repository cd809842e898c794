"""Malformed documents and what is said of them, word for word: `invalid/CASE/` holds the broken files and the answer.

Each case is the little project in `invalid/project` with the files of the case in place of its own. What is said is
told to the author of a document, who is no programmer; so a change of a message is read before it is accepted.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from simulator.model.loading import discover, load
from simulator.words.errors import InvalidDocuments, LimitReached

INVALID = Path(__file__).with_name("invalid")
PROJECT = INVALID / "project"
CASES = sorted(folder.name for folder in INVALID.iterdir() if folder.is_dir() and folder != PROJECT)
PLACES = {file.name: file.relative_to(PROJECT) for file in PROJECT.rglob("*.yaml")}
NOTHING_SHIPPED = INVALID / "nothing"
"""A folder that is not there: what this project ships does not change what is said."""


def what_is_said(project: Path) -> str:
    """Load every variant until one is refused; return how it is refused."""
    try:
        for source in discover([project / "scenarios"], NOTHING_SHIPPED, None):
            for variant in source.variants:
                load(source, variant)
    except (InvalidDocuments, LimitReached) as refused:
        return str(refused)
    return "nothing"


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 40


def test_the_project_itself_is_valid(tmp_path: Path) -> None:
    for source in discover([PROJECT / "scenarios"], NOTHING_SHIPPED, None):
        for variant in source.variants:
            assert load(source, variant).variant == variant


@pytest.mark.parametrize("case", CASES)
def test_a_malformed_document_is_refused_with_its_place_and_a_remedy(case: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project)
    for file in sorted((INVALID / case).glob("*.yaml")):
        shutil.copyfile(file, project / PLACES[file.name])
    said = what_is_said(project)
    assert said == (INVALID / case / "expected.txt").read_text(encoding="utf-8").rstrip("\n")
    first = said.splitlines()[0]
    assert re.match(r"(scenarios|fixtures)/[\w./-]+\.yaml:(\d+:\d+:)? ", first), first
    assert str(tmp_path) not in said
    assert "Traceback" not in said
