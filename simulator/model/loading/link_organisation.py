"""Organisations: systems, links, channels, places and desks exist where they are named, and hours can be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from simulator.model.loading.bundles import key_place, mapping
from simulator.model.loading.resolving import Resolver
from simulator.model.organisation import Decision, Link, Organisation, parse_link_name
from simulator.model.reading import Node, child_of
from simulator.model.typing import Scope
from simulator.model.values import value_of
from simulator.words.calendars import OpeningHours, holidays
from simulator.words.clock import zone
from simulator.words.errors import ExpressionError, Place, Problem
from simulator.words.vocabulary import Value

_SOME_DAY = date(2020, 1, 1)
SEGMENT = Scope(fields_of_event=False, owner="a segment")
ADDED = Scope(fields_of_event=False, owner="what a desk adds")


def check_shape(organisation: Organisation, node: Node, problems: list[Problem]) -> None:
    """What must hold before anything can be typed: systems are declared once, and objects live in them."""
    systems = organisation.systems
    listed = child_of(node, "systems") or node
    for number, system in enumerate(systems):
        if system in systems[:number]:
            problems.append(Problem(_at(listed, number), f"the system '{system}' stands twice. Remove one."))
        if " " in system:
            problems.append(Problem(_at(listed, number), f"a system is one word; write '{system.replace(' ', '-')}'."))


def link_organisation(organisation: Organisation, node: Node, resolver: Resolver) -> Organisation:
    """The organisation with its desks and segments typed. `node` is what it was made of."""
    problems = resolver.problems
    check_shape(organisation, node, problems)
    _systems(organisation, node, resolver)
    _calendar(organisation, node, problems)
    _links(organisation, node, resolver)
    _places(organisation, node, problems)
    desks = dict(organisation.desks)
    for name, desk in organisation.desks.items():
        at = child(node, "desks", name)
        _desk(organisation, desk.hours, desk.place, at, resolver)
        scope = Scope(owner="a desk", system=desk.system)
        decides = {
            key: _decision(decision, child(at, "decides", key), resolver, scope)
            for key, decision in desk.decides.items()
        }
        desks[name] = desk.model_copy(update={"decides": decides})
    segments = {
        name: resolver.value(condition, child(node, "segments", name), lambda _: SEGMENT, "segments")
        for name, condition in organisation.segments.items()
    }
    return organisation.model_copy(update={"desks": desks, "segments": segments})


def _systems(organisation: Organisation, node: Node, resolver: Resolver) -> None:
    """Everything that names a system."""
    systems = organisation.systems
    resolver.known("system", organisation.automation, systems, child(node, "automation"))
    for name, thing in organisation.objects.items():
        resolver.known("system", thing.home, systems, child(node, "objects", name, "home"))
    for name, event in organisation.events.items():
        if event.home is not None:
            resolver.known("system", event.home, systems, child(node, "events", name, "home"))
    for name, channel in organisation.channels.items():
        if channel.system is not None:
            resolver.known("system", channel.system, systems, child(node, "channels", name, "system"))
    for name, desk in organisation.desks.items():
        resolver.known("system", desk.system, systems, child(node, "desks", name, "system"))
    if organisation.consent_home is not None:
        resolver.known("system", organisation.consent_home, systems, child(node, "consent_home"))


def _calendar(organisation: Organisation, node: Node, problems: list[Problem]) -> None:
    country = organisation.calendar.country
    try:
        check = holidays(country)
        if check is not None:
            check(_SOME_DAY)
    except ExpressionError as error:
        problems.append(Problem(child(node, "calendar", "country").place, error.message))


def _links(organisation: Organisation, node: Node, resolver: Resolver) -> None:
    listed = child(node, "links")
    for name, link in organisation.links.items():
        at = Node(name, key_place(listed, name), inner=key_place(listed, name))
        try:
            ends = parse_link_name(name)
        except ExpressionError as error:
            resolver.note(at, error.message)
            continue
        known = [resolver.known("system", end, organisation.systems, at, name.rindex(end)) for end in ends]
        if all(known) and ends[0] == ends[1]:
            resolver.note(at, f"the link '{name}' leads from a system to itself. Remove it.")
        if isinstance(link, Link):
            _link(link, child(listed, name), resolver)


def _link(link: Link, at: Node, resolver: Resolver) -> None:
    if link.delay is not None and link.batch is not None:
        resolver.note(at, "a link has a 'delay' or comes with a 'batch'; write one of them.")
    if isinstance(link.carries, list):
        carries = child(at, "carries")
        for number, event in enumerate(link.carries):
            resolver.event(event, child_of(carries, number) or carries)


def _places(organisation: Organisation, node: Node, problems: list[Problem]) -> None:
    for name, place in organisation.places.items():
        at = child(node, "places", name)
        country = place.country or organisation.calendar.country
        check_hours(place.hours, country, place.zone or organisation.calendar.zone, child(at, "hours"), problems)


def check_hours(text: str, country: str | None, zone_name: str, at: Node, problems: list[Problem]) -> None:
    """Opening hours that can be read."""
    try:
        OpeningHours(text, country, zone(zone_name))
    except ExpressionError as error:
        if all(problem.message != error.message for problem in problems):
            problems.append(Problem(at.place, error.message))


def _desk(organisation: Organisation, hours: str | None, place: str | None, at: Node, resolver: Resolver) -> None:
    if place is not None:
        resolver.known("place", place, organisation.places, child(at, "place"))
    if hours is not None:
        calendar = organisation.calendar
        check_hours(hours, calendar.country, calendar.zone, child(at, "hours"), resolver.problems)


def _decision(decision: Decision, at: Node, resolver: Resolver, scope: Scope) -> Decision:
    if decision.then is None and decision.else_ is None:
        resolver.note(at, "this desk decides nothing: add 'then: EVENT'.")
    for key, said in (("then", decision.then), ("else", decision.else_)):
        for number, event in enumerate([said] if isinstance(said, str) else said or []):
            branch = child(at, key)
            resolver.event(event, child_of(branch, number) or branch)
    _added(decision.with_, child(at, "with"), resolver)
    return resolver.model(decision, at, scope)


def _added(raw: dict[str, object], at: Node, resolver: Resolver) -> None:
    """What a desk adds: a value, or the name of what its system knows (`offer.price`)."""
    for name, written in raw.items():
        head = written.partition(".")[0] if isinstance(written, str) and "." in written else ""
        if head in resolver.dictionary.objects and name in resolver.dictionary.fields:
            resolver.dotted(str(written), child(at, name), ADDED)
        else:
            values({name: written}, at, resolver)


def values(raw: Mapping[str, object], at: Node, resolver: Resolver) -> dict[str, Value]:
    """What stands under `with`, as values in memory by field."""
    found: dict[str, Value] = {}
    for name, written in raw.items():
        kind = resolver.dictionary.fields.get(name)
        if kind is None:
            key = Node(name, key_place(at, name), inner=key_place(at, name))
            resolver.known("field", name, resolver.dictionary.fields, key)
            continue
        try:
            found[name] = value_of(written, kind, name, resolver.dictionary.zone, resolver.places)
        except ExpressionError as error:
            resolver.note(mapping(at).get(name, at), error.message, error.offset)
    return found


def child(node: Node, *path: str) -> Node:
    """What stands at a path, or the nearest above it."""
    for part in path:
        found = child_of(node, part)
        if found is None:
            return Node(node.value, key_place(node, part), inner=None)
        node = found
    return node


def _at(node: Node, number: int) -> Place:
    item = child_of(node, number)
    return node.place if item is None else item.place
