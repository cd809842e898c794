"""Cells: groups of people who share nothing with anybody outside, and can therefore be simulated alone."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.model.people import Person


def cells(people: Sequence[Person], shared: bool) -> list[tuple[str, ...]]:
    """The ids of people in groups connected by a shared household or address; each group sorted, and the groups too.

    With `shared`, some resource of the organisation has a stated capacity: then all are one cell.
    """
    if shared:
        return [tuple(sorted(person.id for person in people))] if people else []
    parents = {person.id: person.id for person in people}

    def root(id: str) -> str:
        while parents[id] != id:
            parents[id] = parents[parents[id]]
            id = parents[id]
        return id

    owners: dict[tuple[str, str], str] = {}
    for person in people:
        for thing in _shareable(person):
            parents[root(person.id)] = root(owners.setdefault(thing, person.id))
    groups: dict[str, list[str]] = {}
    for id in sorted(parents):
        groups.setdefault(root(id), []).append(id)
    return sorted(map(tuple, groups.values()))


def _shareable(person: Person) -> list[tuple[str, str]]:
    """Everything that somebody else might have too: a household, and each address."""
    things = [("household", person.household)] if person.household else []
    for row in person.profiles:
        # One telephone number serves `sms` and `phone`.
        things += [("phone" if channel == "sms" else channel, at.casefold()) for channel, at in row.addresses.items()]
    return things
