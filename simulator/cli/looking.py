"""The commands by which one looks at what a run did, `preview` and `report`: their options and their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_PREVIEW = """Show what one person finds in the inbox: what has come, what is on its way, what was not sent and why.

MOMENT is a moment as scenarios write it, on the person's clock: '2025-11-14 12:00', 'start + 3 days', '08:00 local on
birthday'.

\b
Examples:
  journeyproof preview late-birthday --variant one-day-incident --at '2025-11-14 12:00'
  journeyproof preview delayed-delivery --customer alberto --message 1
"""
_REPORT = """Draw the report of a result file: one HTML file that opens in any browser, without a network.

\b
Examples:
  journeyproof run late-birthday --json result.json
  journeyproof report result.json -o report.html
  journeyproof run late-birthday --html report.html       both at once
"""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("preview", help=_PREVIEW)(_preview)
    app.command("report", help=_REPORT)(_report)


def _preview(
    target: Annotated[str, typer.Argument(metavar="FAMILY|FILE", help="The scenario.")],
    variant: Annotated[str | None, typer.Option("--variant", metavar="V", help="Unsaid, the first one.")] = None,
    customer: Annotated[
        str | None, typer.Option("--customer", metavar="ID", help="Whose inbox. Unsaid, the first person's.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="MOMENT", help="When. Unsaid, at the end of the run.")
    ] = None,
    message: Annotated[
        int | None, typer.Option("--message", metavar="N", help="The message to read in full. Unsaid, the latest.")
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, show_default=True, help="The seed all chance is drawn from.")
    ] = 42,
    backend: Annotated[
        str | None,
        typer.Option("--backend", metavar="NAME", help="As of `run`: unsaid, the one the scenario is about."),
    ] = None,
) -> None:
    from simulator.cli.previewing import Look, preview
    from simulator.cli.selecting import Wish
    from simulator.reporting.screen import Screen

    raise typer.Exit(preview(target, Wish(variant, seed, backend=backend), Look(customer, at, message), Screen()))


def _report(
    result: Annotated[Path, typer.Argument(metavar="RESULT.json", help="A file that `run --json` wrote.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="F", help="The file. Unsaid, RESULT.html.")
    ] = None,
) -> None:
    from simulator.cli.reporting import report
    from simulator.reporting.screen import Screen

    raise typer.Exit(report(result, output, Screen()))
