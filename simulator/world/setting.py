"""A scenario made ready to run: everything that all cells share, compiled once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simulator.model.conditions import Pattern
from simulator.model.evaluation import Facts, compile_row
from simulator.model.organisation import Decision, Desk, Link
from simulator.model.people import Person
from simulator.model.scenarios import Scenario, StoryAct
from simulator.model.values import value_of
from simulator.words.calendars import OpeningHours, holidays
from simulator.words.clock import zone
from simulator.words.streams import Streams
from simulator.words.vocabulary import PRIVATE, Value
from simulator.world.faults import Faults
from simulator.world.knowledge import Lexicon

Test = Callable[[Facts], bool | None]


class Match:
    """A pattern made ready: the event's name, and its condition as a function."""

    __slots__ = ("name", "test")

    def __init__(self, pattern: Pattern) -> None:
        self.name = pattern.event
        self.test: Test | None = None if pattern.condition is None else compile_row(pattern.condition)

    def fits(self, facts: Facts) -> bool:
        """True if the condition holds for certain; what is unknown does not fit."""
        return self.test is None or self.test(facts) is True


@dataclass(frozen=True)
class Route:
    """One link as facts travel it. `name` is `a to b`."""

    name: str
    source: str
    target: str
    link: Link

    def carries(self, fact: str, data: Mapping[str, Value]) -> bool:
        """True if this kind of fact goes over this link; a command goes only to the system it is for."""
        if fact in PRIVATE or (fact == "Command Issued" and data.get("to_system") != self.target):
            return False
        return self.link.carries == "all" or fact in self.link.carries


@dataclass(frozen=True)
class Duty:
    """One decision of one desk, made ready. `gives` and `gives_else` are the events it answers with."""

    name: str
    desk: Desk
    decision: Decision
    when: Match
    test: Test | None
    gives: tuple[str, ...]
    gives_else: tuple[str, ...]
    hours: OpeningHours | None
    data: Mapping[str, Value]
    sources: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Act:
    """An act of the story, made ready."""

    act: StoryAct
    when: Match | None
    unless: Match | None


class Setting:
    """What a scenario's cells share. `duties` and `sequels` are found by (system, event) and by event."""

    def __init__(self, scenario: Scenario) -> None:
        organisation = scenario.organisation
        self.scenario = scenario
        self.organisation = organisation
        self.zone = zone(organisation.calendar.zone)
        self.holidays = holidays(organisation.calendar.country)
        self.lexicon = Lexicon(scenario.dictionary)
        self.faults = Faults(scenario.faults, self.zone)
        self.streams = Streams(scenario.seed)
        self.automation = organisation.automation
        self.customer_home = self.home_of("customer")
        self.routes: dict[str, tuple[Route, ...]] = {}
        for (source, target), link in organisation.routes.items():
            self.routes[source] = (*self.routes.get(source, ()), Route(f"{source} to {target}", source, target, link))
        self._paths = {system: self._paths_to(system) for system in organisation.systems}
        self.duties: dict[tuple[str, str], tuple[Duty, ...]] = {}
        for name, desk in organisation.desks.items():
            for decision in desk.decides.values():
                key = (desk.system, decision.when.event)
                self.duties[key] = (*self.duties.get(key, ()), self._duty(name, desk, decision))
        acts = [Act(act, _match(act.when), _match(act.unless)) for act in scenario.story]
        self.acts = tuple(act for act in acts if act.when is None)
        self.sequels: dict[str, tuple[Act, ...]] = {}
        for act in acts:
            if act.when is not None:
                self.sequels[act.when.name] = (*self.sequels.get(act.when.name, ()), act)
        self.known_rows = {row.id: row for row in scenario.briefing.profiles}
        self.linked: dict[str, tuple[tuple[str, ...], ...]] = {}
        for group in scenario.briefing.linked:
            self.linked[group[0]] = (*self.linked.get(group[0], ()), group)
        self.tills = {desk.place: desk.system for desk in organisation.desks.values() if desk.place}

    def home_of(self, kind: str) -> str:
        """The system of record of an object; the first system for one that nobody described."""
        described = self.organisation.objects.get(kind)
        return described.home if described else self.organisation.systems[0]

    def marked(self, kind: str, word: str) -> dict[str, Value]:
        """The fields of an object that can say `word` (`status: used`), whatever the organisation calls them."""
        described = self.scenario.dictionary.objects.get(kind)
        fields = described.fields.items() if described else ()
        return {name: word for name, type_ in fields if word in type_.choices}

    def _duty(self, name: str, desk: Desk, decision: Decision) -> Duty:
        place = self.organisation.places.get(desk.place or "")
        hours = desk.hours or None
        calendar = self.organisation.calendar
        return Duty(
            name,
            desk,
            decision,
            Match(decision.when),
            None if decision.if_ is None else compile_row(decision.if_),
            _names(decision.then),
            _names(decision.else_),
            None
            if hours is None
            else OpeningHours(hours, calendar.country, zone((place and place.zone) or calendar.zone)),
            *self._with(decision),
        )

    def _with(self, decision: Decision) -> tuple[dict[str, Value], dict[str, tuple[str, ...]]]:
        """What `with` writes down: values as they stand, and the dotted names that are looked up when it is decided."""
        dictionary = self.scenario.dictionary
        values: dict[str, Value] = {}
        sources: dict[str, tuple[str, ...]] = {}
        for field, raw in decision.with_.items():
            if isinstance(raw, str) and raw.partition(".")[0] in dictionary.objects and "." in raw:
                sources[field] = tuple(raw.split("."))
            else:
                values[field] = value_of(raw, dictionary.fields[field], field, self.zone.name)
        return values, sources

    def carried_fields(self, data: Mapping[str, Value]) -> dict[str, Value]:
        """What an answer takes over from its question: the keys of objects, the channel and the place."""
        kept = (*self.lexicon.keys, "channel", "place", "command_id")
        return {field: data[field] for field in kept if field in data}

    def fields_known_in(self, system: str, person: Person) -> dict[str, Value]:
        """A customer's fields as a system holds them at the start: from its own row, or over links from another's."""
        known: dict[str, Value] = {}
        rows = {row.system: row for row in reversed(person.profiles)}
        for source, path in self._paths[system].items():
            if source in rows:
                fields = dict(rows[source].fields)
                for route in path:
                    fields = self.faults.altered(route.name, self.scenario.start, fields)
                known = {**fields, **known}
        return known

    def _paths_to(self, system: str) -> dict[str, tuple[Route, ...]]:
        """The shortest way to a system from each that reaches it, nearest first."""
        paths: dict[str, tuple[Route, ...]] = {system: ()}
        queue = deque([system])
        while queue:
            here = queue.popleft()
            for routes in self.routes.values():
                for route in routes:
                    if route.target == here and route.source not in paths:
                        paths[route.source] = (route, *paths[here])
                        queue.append(route.source)
        return paths


def _names(events: str | list[str] | None) -> tuple[str, ...]:
    return () if events is None else (events,) if isinstance(events, str) else tuple(events)


def _match(pattern: Pattern | None) -> Match | None:
    return None if pattern is None else Match(pattern)
