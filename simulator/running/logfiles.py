"""The event log of a scenario as a file."""

from __future__ import annotations

from pathlib import Path

from simulator.model import jsonl
from simulator.model.log import EventLog
from simulator.model.scenarios import Scenario


def write_log(log: EventLog, scenario: Scenario, path: Path | str) -> None:
    """Write a log as CloudEvents, one a line. Raises OSError where the file cannot be written."""
    jsonl.write(log, source_of(scenario), Path(path))


def read_log(path: Path | str, scenario: Scenario) -> EventLog:
    """Read a log that is to be judged against a scenario, from `write_log` or from elsewhere.

    Raises InvalidDocuments with the line of everything that cannot be read, LimitReached for too many events.
    """
    limit = scenario.limits.events
    return jsonl.read(Path(path), str(path), scenario.dictionary, scenario.start, scenario.end, limit)


def source_of(scenario: Scenario) -> str:
    """The CloudEvents source of a scenario's events."""
    return f"/journeyproof/{scenario.family}/{scenario.variant}"
