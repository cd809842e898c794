"""Journeys as graphs, and the days on which the calendar does something: what a report draws beside the story."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from simulator.model.journeys import (
    AnniversaryTrigger,
    Command,
    DateTrigger,
    EventTrigger,
    Exit,
    Goal,
    Node,
    Program,
    SegmentTrigger,
    Send,
    Split,
    Wait,
    WaitFor,
    WaitUntil,
)
from simulator.model.scenarios import Scenario
from simulator.words.calendars import is_holiday
from simulator.words.clock import MINUTE, Zone, iso, zone
from simulator.words.durations import HOUR
from simulator.words.errors import ExpressionError

END = -1
"""The node where a journey is over."""


def journeys_of(scenario: Scenario) -> list[dict[str, Any]]:
    """Each journey as nodes and edges; -1 is its end, and the first node follows the trigger."""
    return [_journey(program) for program in scenario.briefing.programs]


def _journey(program: Program) -> dict[str, Any]:
    journey = program.journey
    return {
        "journey": program.id,
        "title": journey.journey,
        "purpose": journey.purpose,
        "campaign": program.campaign.get("campaign"),
        "place": program.line,
        "trigger": _trigger(journey.trigger),
        "nodes": [_node(node) for node in program.nodes],
        "edges": [edge for node in program.nodes for edge in _edges(node)],
    }


def _trigger(trigger: Any) -> str:
    match trigger:
        case EventTrigger():
            return f"{trigger.event}"
        case AnniversaryTrigger() | DateTrigger():
            of = f"anniversary of {trigger.anniversary}" if isinstance(trigger, AnniversaryTrigger) else trigger.date
            away = "" if trigger.offset is None else f", {trigger.offset} away"
            return f"{of}{away}, at {_clock(trigger.at)} local"
        case SegmentTrigger():
            bounds = (("from", trigger.from_), ("until", trigger.until))
            return " ".join([f"segment {trigger.segment}", *(f"{word} {day}" for word, day in bounds if day)])
    return str(trigger)


def _clock(ms: int) -> str:
    return f"{ms // HOUR:02d}:{ms % HOUR // MINUTE:02d}"


def _node(node: Node) -> dict[str, Any]:
    kind, label = _label(node.step)
    return {"node": node.index, "kind": kind, "label": label, "place": node.line}


def _label(step: Any) -> tuple[str, str]:
    """The verb of a step, and the step in a few words."""
    match step:
        case Send():
            return "send", f"send {step.send} by {step.channel}"
        case Wait():
            return "wait", f"wait {step.wait}"
        case WaitUntil():
            return "wait_until", f"wait until {step.wait_until}"
        case WaitFor():
            return "wait_for", f"wait for {step.wait_for}"
        case Command():
            return "command", f"tell {step.to}: {step.command}"
        case Split():
            return "split", "split"
        case Exit():
            return "exit", f"exit: {step.exit}"
        case Goal():
            return "goal", f"goal: {step.goal}"
    return type(step).__name__.lower(), str(step)


def _edges(node: Node) -> Iterator[dict[str, Any]]:
    step = node.step
    if isinstance(step, Split):
        for branch, target in zip(step.split, node.branches, strict=True):
            label = "else" if branch.share is None else f"{branch.share:g} %"
            yield _edge(node, target, label if branch.if_ is None else str(branch.if_))
    elif isinstance(step, WaitFor | Command):
        answered = isinstance(step, WaitFor) or step.answer is not None
        yield _edge(node, node.next, "in time" if answered and step.at_most is not None else "")
        if answered and step.at_most is not None:
            yield _edge(node, node.branches[0], f"not within {step.at_most}")
    elif not isinstance(step, Exit):
        yield _edge(node, node.next, "")


def _edge(node: Node, target: int, label: str) -> dict[str, Any]:
    return {"from": node.index, "to": target, "label": label}


# ----------------------------------------------------------------------------------------------------- calendar


def calendar_of(scenario: Scenario) -> dict[str, Any]:
    """Clock changes and public holidays while the run lasts, wherever its people and places are."""
    organisation = scenario.organisation
    calendar, places = organisation.calendar, organisation.places.values()
    people = scenario.people.values()
    zones = {calendar.zone, *(place.zone for place in places), *(person.zone for person in people)} - {None}
    countries = {calendar.country, *(place.country for place in places), *(person.country for person in people)}
    names = sorted(name for name in zones if name)
    return {
        "zone": calendar.zone,
        "country": calendar.country,
        "leap_day": calendar.leap_day,
        "clock_changes": [change for name in names for change in _changes(zone(name), scenario.start, scenario.end)],
        "holidays": [day for country in sorted(filter(None, countries)) for day in _holidays(country, scenario)],
    }


def _changes(local: Zone, start: int, end: int) -> Iterator[dict[str, Any]]:
    for place in range(bisect_right(local.starts, start), bisect_right(local.starts, end)):
        at = local.starts[place]
        before, after = iso(at - 1, local)[-6:], iso(at, local)
        yield {"zone": local.name, "at": after, "from": before, "to": after[-6:]}


def _holidays(country: str, scenario: Scenario) -> Iterator[dict[str, str]]:
    """The public holidays of a country; nothing where they are not known."""
    local = zone(scenario.zone)
    day, last = local.local_date(scenario.start), local.local_date(scenario.end)
    while day <= last:
        if _is_holiday(country, day):
            yield {"country": country, "day": day.isoformat()}
        day += timedelta(days=1)


def _is_holiday(country: str, day: date) -> bool:
    try:
        return is_holiday(country, day)
    except ExpressionError:
        return False
