"""The command `replay`: run again from a result file alone, and say where the first difference is."""

from __future__ import annotations

from pathlib import Path

from simulator.cli import files
from simulator.cli.exits import MEANINGS, Exit
from simulator.cli.rehearsing import prepare_backend
from simulator.reporting.plain import clean, counted
from simulator.reporting.screen import Screen


def replay(result: Path, workers: int, backend: str | None, screen: Screen) -> Exit:
    """Run every scenario of a result file again and compare what came of it."""
    from simulator.running import replay as run_again

    if backend is not None:
        prepare_backend(backend)
    outcomes = run_again(files.read_json(result), workers=workers, backend=backend)
    for outcome in outcomes:
        if outcome.same:
            screen.line(f"  {clean(outcome.name)}  ", ("✓ the same log, digest for digest", "green"), hang=4)
        else:
            difference = clean(outcome.first_difference or "the digests differ")
            screen.line(f"  {clean(outcome.name)}  ", ("✗ another log", "bold red"), f": {difference}", hang=4)
    same = sum(outcome.same for outcome in outcomes)
    code = Exit.NOTHING if not outcomes else Exit.AS_EXPECTED if same == len(outcomes) else Exit.NOT_AS_EXPECTED
    meaning = {
        Exit.AS_EXPECTED: "everything came out the same",
        Exit.NOT_AS_EXPECTED: "something came out differently",
    }.get(code, MEANINGS[code])
    style = "green" if code is Exit.AS_EXPECTED else "bold red"
    screen.line((f"{same} of {counted(len(outcomes), 'run')} the same · exit {int(code)}: {meaning}", style))
    return code
