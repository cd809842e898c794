"""The documents whose lines a result cites, and the hours by which a report shades the days of the people in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from simulator.model.scenarios import Scenario
from simulator.words.clock import HOUR, MINUTE

NIGHT = ("22:00", "07:00")
"""When it is night in a report, on everybody's own clock."""


def sources(scenario: Scenario, entry: Mapping[str, Any]) -> dict[str, str]:
    """The texts of the documents that an entry cites, by file: none of a scenario that a result has brought."""
    cited = {place.rpartition(":")[0] for place in places(entry)} | {scenario.file}
    return {file: text for file, text in scenario.sources.items() if file in cited}


def places(entry: Mapping[str, Any]) -> Iterator[str]:
    """Every `file:line` that an entry cites."""
    for journey in entry["journeys"]:
        yield journey["place"]
        yield from (node["place"] for node in journey["nodes"])
    yield from (check["place"] for check in entry["checks"])
    yield from (refusal["line"] for refusal in entry.get("refusals", ()))
    yield from _lines(entry["shading"]["quiet_hours"])
    for exhibit in entry["exhibits"]:
        yield from _lines(exhibit.get("not_sent", ()))


def _lines(items: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield from (item["line"] for item in items if item.get("line"))


def shading(scenario: Scenario) -> dict[str, Any]:
    """The night, and the quiet hours of the policy: local times of whoever is looked at."""
    quiet = scenario.briefing.policy.quiet_hours
    hours = [] if quiet is None else [
        {
            "from": _clock(quiet.from_),
            "until": _clock(quiet.until),
            "channels": None,
            "line": policy_line(scenario, "quiet_hours"),
        }
    ]  # fmt: skip
    return {"night": list(NIGHT), "quiet_hours": hours}


def policy_line(scenario: Scenario, rule: str) -> str | None:
    """`file:line` of a rule of the policy; None where it states none of that name."""
    line = scenario.document.get("lines", {}).get(f"policy/{rule}")
    return None if line is None else str(line)


def _clock(ms: int) -> str:
    return f"{ms // HOUR:02d}:{ms % HOUR // MINUTE:02d}"
