"""The briefing: what the automation is told before the run, from documents and from people as systems hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from simulator.model.briefing import Briefing, Profile
from simulator.model.conditions import parse_condition
from simulator.model.journeys import Policy, Program
from simulator.model.messages import Layout, Message
from simulator.model.organisation import Organisation
from simulator.model.people import Person
from simulator.model.scenarios import Fault
from simulator.model.typing import Dictionary
from simulator.words.clock import Instant, Zone, add, zone
from simulator.words.vocabulary import Value

Route = tuple[str, str]
EVERYONE = "everyone"
"""The segment that nobody has to declare."""

_ANYBODY = parse_condition("customer.person is known or customer.person is unknown")


@dataclass(frozen=True)
class Told:
    """What the documents tell the automation."""

    programs: tuple[Program, ...]
    policy: Policy
    messages: Mapping[str, Message]
    layouts: Mapping[str, Layout]
    dictionary: Dictionary


def briefing_of(
    organisation: Organisation, told: Told, known: Mapping[str, tuple[Profile, ...]], *, seed: int, end: Instant
) -> Briefing:
    """The briefing of a run until `end` (ms UTC); `known` are the rows of each person that have reached it."""
    linked = [rows for rows in known.values() if len(rows) > 1 and organisation.identity == "known"]
    return Briefing(
        programs=told.programs,
        policy=told.policy,
        messages=told.messages,
        layouts=told.layouts,
        segments={EVERYONE: _ANYBODY, **organisation.segments},
        dictionary=told.dictionary,
        system=organisation.automation,
        zone=organisation.calendar.zone,
        country=organisation.calendar.country,
        leap_day=organisation.calendar.leap_day,
        places=dict(organisation.hours),
        place_names={id: place.name for id, place in organisation.places.items()},
        profiles=tuple(row for rows in known.values() for row in rows),
        linked=tuple(tuple(row.id for row in rows) for rows in linked),
        seed=seed,
        end=end,
    )


class Rows:
    """The rows that the automation has heard of at the start, with what faults have made of them on the way."""

    def __init__(self, organisation: Organisation, faults: Sequence[Fault], start: Instant) -> None:
        self._zone = zone(organisation.calendar.zone)
        self._routes = _routes_to(organisation)
        self._altering: dict[str, list[Fault]] = {}
        for fault in faults:
            if fault.kind == "altered" and fault.target == "link" and fault.start <= start < fault.end:
                self._altering.setdefault(fault.name, []).append(fault)

    def known(self, people: Mapping[str, Person]) -> dict[str, tuple[Profile, ...]]:
        """The rows of each person whose system has a way to the automation."""
        return {
            id: tuple(self._arrived(row) for row in person.profiles if row.system in self._routes)
            for id, person in people.items()
        }

    def _arrived(self, row: Profile) -> Profile:
        if not self._altering:
            return row
        fields = dict(row.fields)
        for source, target in self._routes[row.system]:
            for fault in self._altering.get(f"{source} to {target}", ()):
                name = (fault.field or "").rpartition(".")[2]
                if name in fields:
                    fields[name] = altered(fields[name], fault, self._zone)
        return replace(row, fields=fields)


def altered(value: Value, fault: Fault, local: Zone) -> Value:
    """What an altering fault makes of a value: dates and instants are shifted, anything may be replaced."""
    if fault.value is not None:
        return fault.value
    if isinstance(value, str):
        moved = add(local.start_of_day(date.fromisoformat(value)), fault.by, local)
        return local.local_date(moved).isoformat()
    return add(value, fault.by, local) if type(value) is int else value


def _routes_to(organisation: Organisation) -> dict[str, tuple[Route, ...]]:
    """From each system that has one, the shortest way over links to the automation, as the links taken."""
    found: dict[str, tuple[Route, ...]] = {organisation.automation: ()}
    waiting = [organisation.automation]
    for here in waiting:
        for source, target in organisation.routes:
            if target == here and source not in found:
                found[source] = ((source, target), *found[here])
                waiting.append(source)
    return found
