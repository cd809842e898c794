"""The commands `run` and `check`: rehearse, or judge what a run left behind."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.cli.exits import Exit
from simulator.cli.progress import Progress
from simulator.cli.remembering import key_of, remember, remembered
from simulator.cli.selecting import (
    USUAL,
    Wish,
    all_of,
    backend_for,
    chosen,
    discover,
    for_backend,
    without_folder,
)
from simulator.cli.session import Outputs, Session
from simulator.cli.sharding import shard_of
from simulator.reporting.screen import Screen
from simulator.words.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from simulator.model.loading import Source
    from simulator.running import Finished

    Work = Callable[[], Finished | None]
    LogPath = Callable[..., Path]


def run(paths: Sequence[str], wish: Wish, outputs: Outputs, screen: Screen, complaints: Screen) -> Exit:
    """Rehearse every variant that is meant. Raises UsageError and InvalidDocuments before anything has run."""
    if wish.backend is not None:
        prepare_backend(wish.backend)
    found = discover(paths, engines=not paths)
    meant, others = for_backend(found, wish.backend) if not paths else (all_of(found), None)
    pairs = _narrowed(chosen(meant, wish.variant), wish, complaints)
    backends = list(dict.fromkeys(backend_for(source, variant, wish) for source, variant in pairs))
    make_known(backends)
    several = len(pairs) > 1 or (outputs.log is not None and outputs.log.is_dir())
    outputs.prepare(several)
    session = Session(screen, complaints, wish, outputs)
    scenarios = len({source.file for source, _ in pairs})
    session.terminal.header(
        version("journeyproof"), len(pairs), scenarios, wish.seed, list(map(without_folder, backends))
    )
    if others is not None and others.variants and wish.variant is None:
        session.terminal.others(others.variants, others.backends)
    met: set[str] = set()
    progress = Progress(screen, len(pairs))
    log = None if outputs.log is None else partial(_log_path, outputs.log.absolute(), several)
    # An engine in a process of its own takes the machine for itself, and must end with us when we are interrupted.
    apart = len(pairs) > 1 and wish.workers > 1 and wish.customer is None and backends == [USUAL]
    work = _side_by_side(pairs, wish, progress, log) if apart else _one_by_one(pairs, wish, progress, log, met)
    for (source, variant), carry_out in zip(pairs, work, strict=True):
        session.take(source, variant, carry_out)
    if wish.customer is not None and not session.done and not session.failed:
        near = did_you_mean(wish.customer, sorted(met))
        raise UsageError(f"no customer of these scenarios is called '{wish.customer}'{near}.")
    code = session.finish(_options(wish))
    if wish.customer is None:
        remember((key_of(*pair) for pair in pairs), session.not_as_expected())
    return code


def _narrowed(pairs: list[tuple[Source, str]], wish: Wish, complaints: Screen) -> list[tuple[Source, str]]:
    """Those that failed last, and of those this shard's share. Raises UsageError for a share with nothing in it."""
    if wish.last_failed:
        again = set(remembered())
        failed = [pair for pair in pairs if key_of(*pair) in again]
        if not failed:
            complaints.line("nothing that is meant here failed when it was last run: everything is run.")
        pairs = failed or pairs
    shard = shard_of(wish.shard)
    if shard is None:
        return pairs
    if not (share := shard.share(pairs)):
        raise UsageError(f"--shard {shard}: there are only {len(pairs)} variants. Take fewer shares.")
    return share


def check(log: Path, scenario: str, wish: Wish, outputs: Outputs, screen: Screen, complaints: Screen) -> Exit:
    """Judge a saved log without running anything."""
    pairs = chosen(all_of(discover([scenario])), wish.variant)
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
    """Make `module:Class` of the current directory known. Raises UsageError for a word that means no backend."""
    from simulator.backends import backend_factory

    make_known([name])
    try:
        backend_factory(name)
    except UsageError as error:
        raise UsageError(f"--backend {name}: {error}") from error


def make_known(backends: Sequence[str]) -> None:
    """Let classes of the user's own be imported from the current directory, where `python -m` would look as well."""
    if any(":" in name for name in backends) and str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))


def _one_by_one(
    pairs: Sequence[tuple[Source, str]], wish: Wish, progress: Progress, log: LogPath | None, met: set[str]
) -> Iterator[Work]:
    """Each variant here, its customers' cells spread over the workers."""
    for source, variant in pairs:
        yield partial(_here, source, variant, wish, progress, log, met)


def _here(
    source: Source, variant: str, wish: Wish, progress: Progress, log: LogPath | None, met: set[str]
) -> Finished | None:
    progress.begin(f"{source.family} › {variant}")
    try:
        return _rehearsed(source, variant, wish, log, progress.people, met)
    finally:
        progress.clear()


def _side_by_side(
    pairs: Sequence[tuple[Source, str]], wish: Wish, progress: Progress, log: LogPath | None
) -> Iterator[Work]:
    """Whole variants over the workers: they share nothing, and only their results come back."""
    from simulator.running import worker_pool

    alone = replace(wish, workers=1)
    pool = worker_pool(wish.workers)
    waiting = [pool.submit(_rehearsed, source, variant, alone, log) for source, variant in pairs]
    for (source, variant), future in zip(pairs, waiting, strict=True):
        yield partial(_awaited, future, f"{source.family} › {variant}", progress)


def _awaited(future: Future[Finished | None], name: str, progress: Progress) -> Finished | None:
    progress.begin(name)
    try:
        return future.result()
    finally:
        progress.clear()


def _rehearsed(
    source: Source,
    variant: str,
    wish: Wish,
    log: LogPath | None,
    people: Callable[[int, int], None] | None = None,
    met: set[str] | None = None,
) -> Finished | None:
    """Load and rehearse one variant; None when the customer who was asked for does not take part in it."""
    from simulator.model.loading import load
    from simulator.running import rehearse, write_log

    scenario = load(source, variant, seed=wish.seed, customers=wish.customers)
    if met is not None:
        met.update(scenario.people)
    if wish.customer is not None and wish.customer not in scenario.people:
        return None
    backend = backend_for(source, variant, wish)
    rehearsal = rehearse(scenario, backend=backend, workers=wish.workers, only=wish.customer, progress=people)
    if log is not None:
        path = log(scenario.family, scenario.name, scenario.variant)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_log(rehearsal.log, scenario, path)
        except OSError as error:
            raise UsageError(f"--log {path}: cannot be written: {error.strerror}. Name another place.") from error
    return rehearsal.finished


def _judged(source: Source, variant: str, wish: Wish, log: Path) -> Finished:
    from simulator.model.loading import load
    from simulator.running import judge_log, read_log

    scenario = load(source, variant, seed=wish.seed, customers=wish.customers)
    return judge_log(read_log(log, scenario), scenario).finished


def _log_path(path: Path, several: bool, *names: str) -> Path:
    """Where a variant's log goes: to the path, or into that folder under a name of its own."""
    name = ".".join(re.sub(r"[^\w-]", "_", name) for name in names)
    return path / f"{name}.jsonl" if several else path


def _options(wish: Wish) -> dict[str, Any]:
    """What the result file says it was asked for; workers are left out, because they change nothing."""
    from simulator.running.capabilities import said_by

    return {
        "seed": wish.seed,
        "backend": None if wish.backend is None else said_by(wish.backend),
        "variant": wish.variant,
        "customers": wish.customers,
        "customer": wish.customer,
        "strict": wish.strict,
        **({"shard": wish.shard} if wish.shard else {}),
    }
