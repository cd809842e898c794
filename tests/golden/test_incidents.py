"""docs/incidents.md says which check keeps each promise, and which variants break and keep it: here they are run."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from simulator.model.data import data_folder
from simulator.model.loading import Source, discover, load
from simulator.running import Rehearsal, rehearse

pytestmark = pytest.mark.slow

DOCUMENT = Path(__file__).parents[2] / "docs" / "incidents.md"
FAMILIES = {"delayed-delivery", "contact-flood", "after-purchase-silence", "expired-coupon", "late-birthday"}


class Line(NamedTuple):
    """One row of a table: a promise of incidents.md, and where it is broken and kept."""

    family: str
    promise: str
    check: str
    violated_by: str
    satisfied_by: str


def lines() -> list[Line]:
    found: list[Line] = []
    family = ""
    for text in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if heading := re.fullmatch(r"## .* \(`([a-z-]+)`\)", text):
            family = heading[1]
        cells = [cell.strip() for cell in text.strip("|").split("|")]
        if text.startswith("| ") and len(cells) == 4 and cells[0] != "must hold":
            found.append(Line(family, *cells))
    return found


@cache
def sources() -> dict[str, Source]:
    shipped = data_folder("scenarios")
    return {Path(source.file).name.partition(".")[0]: source for source in discover([], shipped, None)}


@cache
def rehearsed(name: str) -> Rehearsal:
    scenario, _, variant = name.partition("/")
    return rehearse(load(sources()[scenario], variant, seed=42, customers=0))


def test_every_family_has_its_table() -> None:
    assert {line.family for line in lines()} == FAMILIES


@pytest.mark.parametrize("line", lines(), ids=lambda line: f"{line.family}: {line.promise[:50]}")
def test_each_promise_is_broken_as_it_happened_and_kept_as_it_should_have_gone(line: Line) -> None:
    broken, kept = rehearsed(line.violated_by), rehearsed(line.satisfied_by)
    assert broken.as_expected, broken.result["unexpected"]
    assert kept.as_expected, kept.result["unexpected"]
    if line.check.startswith("output: diagnosis = "):
        assert broken.result["diagnosis"] == line.check.removeprefix("output: diagnosis = ")
        assert kept.result["diagnosis"] is None
        return
    if line.check.startswith("output: "):
        assert broken.result[line.check.removeprefix("output: ")]
        return
    verdicts = {verdict.name: verdict for verdict in broken.verdicts}
    assert verdicts[line.check].outcome == "violated"
    assert all(violation.sentence for violation in verdicts[line.check].violations)
    held = {verdict.name: verdict for verdict in kept.verdicts}[line.check]
    assert (held.outcome, held.activations > 0) == ("satisfied", True)


SMALL = 30
"""Variants of no more people than this tell of protagonists, whom no seed may change."""


@pytest.mark.parametrize("seed", [1, 7, 49, 2026])
def test_what_happens_to_protagonists_is_the_same_under_any_seed(seed: int) -> None:
    for source in sources().values():
        for variant in source.variants:
            scenario = load(source, variant, seed=seed)
            if len(scenario.people) <= SMALL:
                assert rehearse(scenario).result["unexpected"] == [], f"{source.name}/{variant}"


def test_more_customers_are_a_background_and_change_no_expectation() -> None:
    for source in sources().values():
        for variant in source.variants:
            scenario = load(source, variant, seed=42, customers=10)
            if len(scenario.people) <= SMALL + 10:
                assert rehearse(scenario).result["unexpected"] == [], f"{source.name}/{variant}"
