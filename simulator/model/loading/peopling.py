"""The people of a scenario: drawn from their entries, or taken as a saved result has them."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.model.loading.bundles import Bundle, within
from simulator.model.loading.resolving import Resolver
from simulator.model.organisation import Organisation
from simulator.model.people import PeopleError, Person, PersonOf
from simulator.model.populations import draw, person_from
from simulator.model.reading import Node, child_of
from simulator.model.validating import validate
from simulator.words.clock import Instant
from simulator.words.errors import ExpressionError, LimitReached, Problem
from simulator.words.streams import Streams


@dataclass(frozen=True)
class Casting:
    """Who takes part; `extra` people of the background beside those of the bundle, at most `limit` together."""

    bundle: Bundle
    resolver: Resolver
    seed: int
    extra: int
    limit: int

    def people(self, organisation: Organisation, start: Instant, end: Instant) -> dict[str, Person] | None:
        """Everybody by id, drawn for a run over [start, end) (ms UTC); None after mistakes, which are noted."""
        return _people(self, organisation, start, end)


def _people(casting: Casting, organisation: Organisation, start: Instant, end: Instant) -> dict[str, Person] | None:
    bundle, resolver, extra, limit = casting.bundle, casting.resolver, casting.extra, casting.limit
    fields = resolver.dictionary.fields
    if bundle.is_crowd_broken:
        return None
    if bundle.drawn is not None:
        return {person.id: person for person in (person_from(document, fields) for document in bundle.drawn)}
    before = len(resolver.problems)
    entries = {id: validate(PersonOf, node, resolver.problems) for id, node in bundle.library.items()}
    if len(resolver.problems) > before:
        return None
    known = {id: entry for id, entry in entries.items() if entry is not None}
    asked = extra + sum(entry.count or 0 for id, entry in known.items() if id in bundle.people)
    if asked > limit:
        raise LimitReached(
            f"{bundle.file}: {asked} people are asked for, and at most {limit} are allowed. "
            "Raise 'limits: {people: ...}' in the scenario, or ask for fewer."
        )
    try:
        people = draw(known, organisation, Streams(casting.seed), start, end, extra, fields, tuple(bundle.people))
    except ExpressionError as error:
        path = error.path if isinstance(error, PeopleError) else ()
        node = _node(bundle, path)
        resolver.problems.append(Problem(within(node, error.offset), error.message))
        return None
    return {person.id: person for person in people}


def _node(bundle: Bundle, path: tuple[str | int, ...]) -> Node:
    """The node at a path through the entries, or the nearest above it."""
    if not path or str(path[0]) not in bundle.library:
        return bundle.scenario
    node = bundle.library[str(path[0])]
    for part in path[1:]:
        following = child_of(node, part)
        if following is None:
            break
        node = following
    return node
