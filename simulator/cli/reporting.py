"""The command `report`, and the option `--html`: a result as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.cli import files
from simulator.cli.exits import Exit
from simulator.cli.progress import Progress
from simulator.reporting.plain import clean, counted
from simulator.reporting.screen import Screen
from simulator.words.errors import UsageError


def report(result: Path, output: Path | None, screen: Screen) -> Exit:
    """Draw the report of a result file; without `output` beside it, under its name. Raises UsageError."""
    target = result.with_suffix(".html") if output is None else output
    if str(target) == "-":
        raise UsageError("-o -: a report is a file. Name one, such as report.html.")
    if target == result:
        raise UsageError(f"{result}: the report would overwrite the result. Name another file with -o.")
    files.writable(target, "-o")
    document = files.read_json(result)
    try:
        size = write_report(target, document, screen)
    except UsageError as error:
        raise UsageError(f"{result}: {error}") from error
    variants = counted(len(document["scenarios"]), "variant")
    screen.line(f"{clean(target)}", f" · {variants} · {size / 1e6:.1f} MB · opens in any browser, without a network")
    return Exit.AS_EXPECTED


def write_report(target: Path, document: Mapping[str, Any], screen: Screen) -> int:
    """Write the report of a result document, with a line of progress where that takes long; how many bytes it has."""
    from simulator.reporting.html import html_report

    progress = Progress(screen, 1)
    progress.begin("report")
    try:
        page = html_report(document, progress.share)
    finally:
        progress.clear()
    files.write(target, page)
    return len(page)
