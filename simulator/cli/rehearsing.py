"""The commands `run` and `check`: rehearse, or judge what a run left behind."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.cli.exits import Exit
from simulator.cli.progress import Progress
from simulator.cli.selecting import Wish, chosen, discover
from simulator.cli.session import Outputs, Session
from simulator.reporting.screen import Screen
from simulator.words.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from simulator.model.loading import Source
    from simulator.running import Rehearsal


def run(paths: Sequence[str], wish: Wish, outputs: Outputs, screen: Screen, complaints: Screen) -> Exit:
    """Rehearse every variant that is meant. Raises UsageError and InvalidDocuments before anything has run."""
    prepare_backend(wish.backend)
    pairs = chosen(discover(paths), wish.variant)
    several = len(pairs) > 1 or (outputs.log is not None and outputs.log.is_dir())
    outputs.prepare(several)
    session = Session(screen, complaints, wish, outputs)
    scenarios = len({source.file for source, _ in pairs})
    session.terminal.header(version("journeyproof"), len(pairs), scenarios, wish.seed, wish.backend)
    met: set[str] = set()
    progress = Progress(screen, len(pairs))
    for source, variant in pairs:
        rehearsal = session.take(source, variant, partial(_rehearsed, source, variant, wish, progress, met))
        if rehearsal is not None and outputs.log is not None:
            _write_log(rehearsal, outputs.log, several)
    if wish.customer is not None and not session.done and not session.failed:
        near = did_you_mean(wish.customer, sorted(met))
        raise UsageError(f"no customer of these scenarios is called '{wish.customer}'{near}.")
    return session.finish(_options(wish))


def check(log: Path, scenario: str, wish: Wish, outputs: Outputs, screen: Screen, complaints: Screen) -> Exit:
    """Judge a saved log without running anything."""
    pairs = chosen(discover([scenario]), wish.variant)
    if len(pairs) != 1:
        known = ", ".join(f"{source.name} {variant}" for source, variant in pairs)
        raise UsageError(f"--scenario {scenario} means {len(pairs)} variants. Choose one with --variant: {known}.")
    if not log.is_file():
        raise UsageError(f"{log}: there is no such file. Name a log that 'run --log' wrote, or an export of that form.")
    outputs.prepare(several=False)
    session = Session(screen, complaints, wish, outputs)
    [(source, variant)] = pairs
    session.take(source, variant, partial(_judged, source, variant, wish, log))
    return session.finish(_options(wish))


def prepare_backend(name: str) -> None:
    """Make `module:Class` of the current directory known; raise UsageError for a name that is not registered."""
    from simulator.backends import BACKENDS

    if ":" in name:
        # A class of the user's own lies in the current directory, where `python -m` would look as well.
        sys.path.append(str(Path.cwd()))
    elif name not in BACKENDS:
        known = ", ".join(sorted(BACKENDS))
        raise UsageError(
            f"--backend {name}: there is no backend of that name{did_you_mean(name, BACKENDS)}. "
            f"There are {known}; write module:Class for one of your own."
        )


def _rehearsed(source: Source, variant: str, wish: Wish, progress: Progress, met: set[str]) -> Rehearsal | None:
    """Load and rehearse one variant; None when the customer who was asked for does not take part in it."""
    from simulator.model.loading import load
    from simulator.running import rehearse

    progress.begin(f"{source.family} › {variant}")
    try:
        scenario = load(source, variant, seed=wish.seed, customers=wish.customers)
        met.update(scenario.people)
        if wish.customer is not None and wish.customer not in scenario.people:
            return None
        return rehearse(
            scenario, backend=wish.backend, workers=wish.workers, only=wish.customer, progress=progress.people
        )
    finally:
        progress.clear()


def _judged(source: Source, variant: str, wish: Wish, log: Path) -> Rehearsal:
    from simulator.model.loading import load
    from simulator.running import judge_log, read_log

    scenario = load(source, variant, seed=wish.seed, customers=wish.customers)
    return judge_log(read_log(log, scenario), scenario)


def _write_log(rehearsal: Rehearsal, path: Path, several: bool) -> None:
    """Write a log to the path, or into that folder under a name of its own."""
    from simulator.running import write_log

    if several:
        scenario = rehearsal.scenario
        parts = [re.sub(r"[^\w-]", "_", part) for part in (scenario.family, scenario.name, scenario.variant)]
        path /= f"{'.'.join(parts)}.jsonl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_log(rehearsal.log, rehearsal.scenario, path)
    except OSError as error:
        raise UsageError(f"--log {path}: cannot be written: {error.strerror}. Name another place.") from error


def _options(wish: Wish) -> dict[str, Any]:
    """What the result file says it was asked for; workers are left out, because they change nothing."""
    return {
        "seed": wish.seed,
        "backend": wish.backend,
        "variant": wish.variant,
        "customers": wish.customers,
        "customer": wish.customer,
        "strict": wish.strict,
    }
