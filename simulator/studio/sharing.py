"""A what-if as a report: one HTML file that opens anywhere and asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.reporting.html import html_report
from simulator.running import result_file
from simulator.studio.running import Ran


def report(ran: Sequence[Ran]) -> bytes:
    """The HTML report of one what-if, or of A and B."""
    rehearsals = [item.rehearsal.finished for item in ran]
    document: dict[str, Any] = result_file(rehearsals, {"seed": rehearsals[0].result["seed"]})
    return html_report(document)
