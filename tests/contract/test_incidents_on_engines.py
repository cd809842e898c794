"""docs/engines.md, read: what engines declare, which incidents they run, and the commands with what they print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from simulator.backends import BACKENDS
from simulator.backends.catalogue import catalogue
from simulator.backends.protocol import Capabilities
from simulator.model.data import data_folder
from simulator.model.loading import Source, discover, load
from simulator.model.log import Event
from simulator.model.scenarios import Scenario
from simulator.running import rehearse
from simulator.running.capabilities import make
from simulator.words.clock import MINUTE

pytestmark = pytest.mark.engine

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "engines.md").read_text(encoding="utf-8")
FAMILIES = ("late-birthday", "delayed-delivery", "contact-flood", "after-purchase-silence", "expired-coupon")
ENGINES = ("tryton", "node-red", "celery", "apscheduler", "django")
GROUPS = {"node-red": "blackbox"}
"""Engines that must not run side by side with others than their own kind."""
LINE = re.compile(r"[\w-]+\.(journey|policy)\.yaml:\d+")


def table(heading: str) -> Iterator[list[str]]:
    """The rows of the first table below a heading, the one with the names of the columns first."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    assert section, f"the page has no section '{heading}'"
    found = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert found, f"the section '{heading}' has no table"
    for line in found[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not set(line) <= set("|-: "):
            yield cells


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


# What is declared.


@cache
def declared() -> Mapping[str, Capabilities]:
    found = {}
    for name, factory in BACKENDS.items():
        backend = make(factory)
        found[name] = backend.capabilities
        backend.close()
    return found


def test_the_page_says_what_each_engine_can_express() -> None:
    (_, _, *names), *rows = table("What each can express")
    assert names == list(BACKENDS)
    said: dict[str, set[str]] = {name: set() for name in names}
    for word, _, *cells in rows:
        for name, cell in zip(names, cells, strict=True):
            assert cell in ("yes", "")
            said[name] |= {*quoted(word)} if cell else set()
    for name, capabilities in declared().items():
        # An engine that waits for any event also waits for an opening.
        named = {word for word in said[name] if word.partition(" ")[0] not in capabilities.features or " " not in word}
        assert named == capabilities.features, name


def test_the_page_says_how_each_engine_keeps_time() -> None:
    _, *rows = table("How time is kept")
    said = {name: (clock, late, same == "yes", kept == "yes") for name, clock, late, same, kept in rows}
    assert said == {
        name: (each.clock, f"{each.granularity_ms // MINUTE} min", each.deterministic, each.restart)
        for name, each in declared().items()
    }


def test_the_page_names_every_engine_with_its_version() -> None:
    said = {quoted(name)[0]: version for name, _, version, _ in list(table("Which they are, and how to get them"))[1:]}
    assert set(BACKENDS) <= set(said)
    part = {"tryton": "trytond", "node-red": "node-red"}
    for listing in catalogue():
        if listing.name in ENGINES:
            installed = dict(listing.needs)[part.get(listing.name, listing.name)]
            assert f"{installed}.".startswith(f"{said[listing.name]}."), listing.name


# What runs where.


class Cell(NamedTuple):
    """Variants on an engine: as declared, perhaps tried by hand alone, or unsupported for want of some words."""

    variants: tuple[str, ...]
    engine: str
    outcome: str
    lacks: tuple[str, ...] = ()


@cache
def sources() -> Mapping[str, Source]:
    found = discover(list(FAMILIES), data_folder("scenarios"), None)
    return {source.name: source for source in found}


@cache
def shipped(name: str) -> Scenario:
    scenario, _, variant = name.partition("/")
    return load(sources()[scenario], variant, seed=42)


def named(text: str) -> Iterator[str]:
    """`late-birthday/one-day-incident, leap-day; handover-boundaries/*`, one by one."""
    for group in text.split("; "):
        scenario, _, variants = group.partition("/")
        known = sources()[scenario].variants
        yield from (f"{scenario}/{each}" for each in (known if variants == "*" else variants.split(", ")))


def cells() -> Iterator[Cell]:
    for first, runs, lacking in list(table("Which incidents run where"))[1:]:
        variants = tuple(named(first))
        there = dict(re.findall(r"([a-z-]+)( \(by hand\))?(?:, |$)", "" if runs == "none" else runs))
        others = [engine for engine in ENGINES if engine not in there]
        lacks: dict[str, list[str]] = {engine: [] for engine in others}
        for part in lacking.split("; "):
            engines, _, words = part.partition(": ")
            for engine in others if engines in ("all", "the others") else engines.split(", "):
                lacks[engine] += quoted(words)
        yield from (Cell(variants, engine, f"as declared{by_hand}") for engine, by_hand in there.items())
        yield from (Cell(variants, engine, "unsupported", tuple(sorted(lacks[engine]))) for engine in others)


def on(engine: str, variant: str, *values: object) -> object:
    group = pytest.mark.xdist_group(GROUPS.get(engine, engine))
    return pytest.param(engine, *values, id=f"{engine}: {variant}", marks=group)


def test_every_variant_stands_in_the_table_once() -> None:
    said = [(variant, cell.engine) for cell in cells() for variant in cell.variants]
    there = [f"{source.name}/{variant}" for source in sources().values() for variant in source.variants]
    assert sorted(said) == sorted((variant, engine) for variant in there for engine in ENGINES)
    assert all(cell.lacks for cell in cells() if cell.outcome == "unsupported")


@pytest.mark.parametrize(
    ("engine", "variant"),
    [on(cell.engine, each, each) for cell in cells() if cell.outcome == "as declared" for each in cell.variants],
)
def test_an_incident_runs_as_declared_and_its_witnesses_are_captured(engine: str, variant: str) -> None:
    rehearsal = rehearse(shipped(variant), backend=engine)
    assert rehearsal.as_expected, rehearsal.result["unexpected"]
    judged = {verdict.outcome for verdict in rehearsal.verdicts}
    assert judged & {"violated", "satisfied"}
    assert not judged & {"error", "unsupported"}
    rows = {row.id: row for row in rehearsal.log}
    assert [row for row in rehearsal.log if row.data.get("captured")]
    assert not [row for row in rehearsal.log if row.name == "Message Unrecognised"]
    violations = [violation for verdict in rehearsal.verdicts for violation in verdict.violations]
    seen = [id for violation in violations for id in (violation.activation, *violation.witnesses) if id]
    assert not violations or any(captured(id, rows) for id in seen)


def captured(id: str, rows: Mapping[str, Event]) -> bool:
    """True if a row is about a message that was captured: the sending itself, or what came of it."""
    row: Event | None = rows.get(id)
    while row is not None and row.name != "Message Sent":
        row = rows.get(row.cause)
    return row is not None and re.fullmatch(r"c-\d+", str(row.data.get("captured"))) is not None


@pytest.mark.parametrize(
    ("engine", "variants", "lacks"),
    [on(cell.engine, cell.variants[0], cell.variants, cell.lacks) for cell in cells() if cell.outcome == "unsupported"],
)
def test_what_an_engine_lacks_is_said_by_line_and_nothing_passes_in_silence(
    engine: str, variants: tuple[str, ...], lacks: tuple[str, ...]
) -> None:
    for variant in variants:
        rehearsal = rehearse(shipped(variant), backend=engine)
        assert {verdict.outcome for verdict in rehearsal.verdicts} == {"unsupported"}, variant
        assert not [row for row in rehearsal.log if row.name == "Message Sent"]
        reason = rehearsal.verdicts[0].reason
        assert LINE.search(reason), reason
        if " has no " in reason:
            assert lacks == tuple(re.findall(r"([a-z_.]+(?: [A-Z]\w+)*) \([^)]*\)", reason))
        else:
            assert all(words in reason for words in lacks), reason


# The commands, one after another, and what they print.

BLOCK = re.compile(r"^```(yaml|sh|text)(?: ([\w./-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.xdist_group("blackbox")
def test_the_commands_of_the_page_print_what_it_shows(tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("COLUMNS", None)
    output, ran = "", 0
    for kind, name, body in BLOCK.findall(PAGE):
        if kind == "yaml" and name:
            (tmp_path / name).parent.mkdir(parents=True)
            (tmp_path / name).write_text(body, encoding="utf-8")
        elif kind == "sh":
            command = ["sh", "-ec", body]
            done = subprocess.run(command, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True)
            output, ran = " ".join((done.stdout + done.stderr).split()), ran + 1
            assert done.returncode in (0, 1, 5), output
        elif kind == "text":
            for line in body.splitlines():
                assert line in output, f"{line}\n\nis not in\n\n{output}"
    assert ran == 6
