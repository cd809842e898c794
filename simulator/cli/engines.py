"""The commands for backends: `backends` shows them, `serve-backend` exposes one, `conformance` asks one the rules."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.cli.exits import Exit
from simulator.cli.rehearsing import prepare_backend
from simulator.cli.selecting import SEED, all_of, chosen, discover
from simulator.reporting.plain import clean, counted, listed
from simulator.reporting.screen import Screen
from simulator.words.clock import spoken_span
from simulator.words.errors import JourneyproofError, UsageError

if TYPE_CHECKING:
    from simulator.backends.catalogue import Listing
    from simulator.backends.protocol import Capabilities
    from simulator.conformance import Rule
    from simulator.model.scenarios import Scenario


def list_backends(screen: Screen) -> Exit:
    """Print each backend: what it is, what of it is installed and what it can, or what is missing and how to get it."""
    from simulator.backends.catalogue import catalogue

    found = catalogue()
    for listing in found:
        screen.line((clean(listing.name), "bold"), f" · {clean(listing.summary)}", hang=2)
        there = [f"{clean(name)} {clean(version)}" for name, version in listing.needs if version is not None]
        if there:
            screen.line(f"installed: {', '.join(there)}", indent=2, hang=2)
        if listing.installed:
            _declared(listing, screen)
        else:
            missing = [clean(name) for name, version in listing.needs if version is None]
            screen.line((f"✗ missing: {', '.join(missing)}; get it with", "red"), indent=2, hang=2)
            screen.verbatim(clean(listing.how_to_get), indent=4)
    installed = sum(listing.installed for listing in found)
    screen.line((f"{installed} of {counted(len(found), 'backend')} installed", "dim"))
    return Exit.AS_EXPECTED


def _declared(listing: Listing, screen: Screen) -> None:
    """What a backend that is installed declares of itself; one is made, and let go at once."""
    from simulator.backends import BACKENDS
    from simulator.running.capabilities import make

    if listing.name not in BACKENDS:
        return  # What it can is told by the program that is behind the address.
    try:
        backend = make(BACKENDS[listing.name])
    except JourneyproofError as error:
        screen.line((f"✗ it cannot be made: {clean(error)}", "red"), indent=2, hang=2)
        return
    capabilities = backend.capabilities
    with suppress(Exception):
        backend.close()
    screen.line(" · ".join(_words(capabilities)), indent=2, hang=2)
    screen.line(f"can: {', '.join(sorted(map(clean, capabilities.features))) or 'nothing it names'}", indent=2, hang=2)


def _words(declared: Capabilities) -> list[str]:
    return [
        f"{declared.clock} clock",
        f"late by {spoken_span(declared.granularity_ms)} at most" if declared.granularity_ms else "exact",
        "deterministic" if declared.deterministic else "not deterministic",
        "independent customers" if declared.independent_customers else "customers together",
    ]


def serve_backend(backend: str, port: int, *, token: bool, screen: Screen) -> Exit:
    """Expose a backend over HTTP on a port of this machine until somebody interrupts it."""
    from simulator.backends import backend_factory
    from simulator.backends.http.serving import serve

    prepare_backend(backend)

    def say(line: str) -> None:
        # Whoever started us may read the port from a pipe, which is not flushed by itself.
        screen.verbatim(clean(line))
        screen.flush()

    serve(backend_factory(backend), port, open_to_all=not token, say=say)
    return Exit.AS_EXPECTED


def conformance(backend: str, scenario: str | None, rules: list[str] | None, screen: Screen, notes: Screen) -> int:
    """Ask a backend the rules of the protocol, print what came of each, and return the report's exit code."""
    from simulator.conformance import check, rendered

    prepare_backend(backend)
    own = None if scenario is None else _loaded(scenario)

    def begun(rule: Rule, done: int, everything: int) -> None:
        if notes.moves:
            notes.line((f"… {done + 1} of {everything} · {rule.id}", "dim"))

    report = check(backend, scenario=own, rules=rules or None, progress=begun)
    for line in rendered(report, screen.console.width).splitlines():
        screen.verbatim(line)
    return report.exit_code


def _loaded(word: str) -> Scenario:
    """The one variant that a word means: `FILE`, or `FILE:VARIANT` where there are several."""
    from simulator.model.loading import load

    file, colon, variant = word.rpartition(":")
    if not colon or Path(word).exists():
        file, variant = word, ""
    pairs = chosen(all_of(discover([file])), variant or None)
    if len(pairs) != 1:
        known = listed([f"{file}:{name}" for _, name in pairs])
        raise UsageError(f"--scenario {word} means {len(pairs)} variants. Name one: {known}.")
    [(source, name)] = pairs
    return load(source, name, seed=SEED)
