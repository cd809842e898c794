"""Which variants of which scenarios are meant, and how to run one of them again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.backends import DESCRIBED
from simulator.model.data import data_folder
from simulator.model.loading import Source
from simulator.model.loading import discover as discover_among
from simulator.reporting.entries import Rerun
from simulator.words.errors import UsageError, did_you_mean

USUAL = "reference"
"""What is under test where neither the command nor the scenario says."""
SEED = 42
"""The seed of a run that names none."""


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line, beside the scenarios."""

    variant: str | None = None
    seed: int = SEED
    customers: int = 0
    customer: str | None = None
    backend: str | None = None
    """What is under test; unsaid, the first backend that a scenario is about, or the reference."""
    workers: int = 1
    strict: bool = False
    log: str | None = None
    """The saved log that is judged in place of a run."""
    shard: str | None = None
    """`2/3`: only the second of three equal shares of the variants."""
    last_failed: bool = False
    """Only what was not as expected when it was last run here."""


def project() -> Path | None:
    """The user's own project: the current directory, if it holds `scenarios/`."""
    here = Path.cwd()
    return here if (here / "scenarios").is_dir() else None


def discover(paths: Sequence[Path | str] = (), *, engines: bool = False) -> list[Source]:
    """The scenarios that these words mean, as on the command line: files, folders, or names of families.

    Without any, those of the current directory's `scenarios/`, else the shipped ones; with `engines` also those of its
    folder `engines/`. Raises UsageError for a name that nobody knows, InvalidDocuments for files that cannot be read.
    """
    return discover_among(paths, data_folder("scenarios"), project(), engines=engines)


def all_of(found: Sequence[Source]) -> list[tuple[Source, str]]:
    """Each variant with its source."""
    return [(source, name) for source in found for name in source.variants]


def chosen(found: Sequence[tuple[Source, str]], variant: str | None) -> list[tuple[Source, str]]:
    """The variants of one name, all without one. Raises UsageError for a variant that is not there."""
    pairs = [(source, name) for source, name in found if variant in (None, name)]
    if not pairs and variant is not None:
        known = sorted({name for _, name in found})
        near = did_you_mean(variant, known)
        raise UsageError(f"no variant is called '{variant}'{near}. There are {', '.join(known)}.")
    return pairs


@dataclass(frozen=True)
class Others:
    """Variants that are not run because nobody named them, nor the `backends` that they are about."""

    variants: int
    backends: tuple[str, ...]


def for_backend(found: Sequence[Source], backend: str | None) -> tuple[list[tuple[Source, str]], Others]:
    """Of all scenarios here, the variants to run on a backend when none is named, and those that are left.

    What is about certain backends is run on those alone; what lies in `scenarios/engines/` wants to be named. Raises
    UsageError where nothing is to be run.
    """
    word = without_folder(USUAL if backend is None else backend)
    names = {word, word.removesuffix(DESCRIBED)}
    pairs: list[tuple[Source, str]] = []
    left: list[tuple[str, ...]] = []
    for source in found:
        for variant in source.variants:
            about = tuple(map(without_folder, source.backends_of(variant)))
            meant = bool(names & set(about)) if about else not source.is_for_an_engine
            if meant:
                pairs.append((source, variant))
            else:
                left.append(about)
    others = Others(len(left), tuple(dict.fromkeys(name for about in left for name in about)))
    if not pairs:
        known = ", ".join(others.backends) or "engines"
        raise UsageError(f"no scenario here is about '{word}'. There are some about {known}: name them, or --backend.")
    return pairs, others


def backend_for(source: Source, variant: str, wish: Wish) -> str:
    """What a variant is run on."""
    return wish.backend or _usual(source, variant)


def _usual(source: Source, variant: str) -> str:
    return source.usual_backend(variant) or USUAL


def without_folder(word: str) -> str:
    """A backend's word without the folder of the file that describes it."""
    return Path(word).name if word.endswith(DESCRIBED) else word


def rerun(source: Source, variant: str, wish: Wish) -> Rerun:
    """How to run this variant again from the directory we are in."""
    word, usual = backend_for(source, variant, wish), _usual(source, variant)
    shown = "" if word == usual else word
    return Rerun(_word_for(source), variant, wish.seed, shown, wish.customers, wish.strict, wish.log)


def _word_for(source: Source) -> str:
    """The shortest word for a scenario: its family where that holds no other, family/name, else the file's path."""
    here = Path.cwd()
    scenarios = source.root / "scenarios"
    if source.root in (here, source.shipped) and scenarios in source.file.parents:
        family = source.file.parent.relative_to(scenarios).as_posix()
        alone = len(list(source.file.parent.rglob("*.scenario.yaml"))) == 1
        # A folder here, or a family of the project, would be taken before a shipped family of that name.
        hidden = Path(family).exists() or (source.root != here and (here / "scenarios" / family).exists())
        if family != "." and not hidden:
            return family if alone else f"{family}/{source.name}"
    relative = os.path.relpath(source.file, here)
    return relative if not relative.startswith("..") else str(source.file)


def default_workers() -> int:
    """As many processes as this one may use cores, four at most."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 4)
