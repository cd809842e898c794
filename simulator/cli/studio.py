"""The command `studio`: a page on this machine where somebody asks "what if?"."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simulator.cli.exits import Exit
from simulator.cli.rehearsing import prepare_backend
from simulator.reporting.plain import clean
from simulator.reporting.screen import Screen


def studio(port: int, backends: Sequence[str], *, browser: bool, screen: Screen) -> Exit:
    """Serve the studio until somebody interrupts it. Its project is the current directory."""
    from simulator.studio.server import serve

    for backend in backends:
        prepare_backend(backend)

    def say(line: str) -> None:
        # Whoever started us may read the address from a pipe, which is not flushed by itself.
        screen.verbatim(clean(line))
        screen.flush()

    serve(Path.cwd(), port, backends=backends, browser=browser, say=say)
    return Exit.AS_EXPECTED
