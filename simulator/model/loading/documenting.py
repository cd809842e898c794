"""A scenario as one plain document, complete in itself: what a result holds, and what it is run again from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.model.loading.bundles import Bundle, mapping, walk
from simulator.model.people import Person, person_document
from simulator.model.reading import Node, from_plain, plain
from simulator.words.errors import InvalidDocuments, Place, Problem

FORMAT = 1
"""The form of `Scenario.document`; another number is another form, and is refused."""

_ELSEWHERE = ("organisation", "people", "policy", "plan", "checks", "states", "results", "variants", "journeys")
_HEAD = ("name", "family", "variant", "title", "says", "file", "line")


def document_of(bundle: Bundle, people: Mapping[str, Person], seed: int, places: Mapping[str, str]) -> dict[str, Any]:
    """Everything that the run was made of, as plain JSON data: drawn people, and the lines that reports name."""
    return {
        "format": FORMAT,
        **{key: getattr(bundle, key) for key in _HEAD},
        "seed": seed,
        "scenario": {key: value for key, value in plain(bundle.scenario).items() if key not in _ELSEWHERE},
        "organisation": _plain(bundle.organisation),
        "people": [person_document(person) for person in people.values()],
        "journeys": {id: plain(node) for id, node in bundle.journeys.items()},
        "policy": _plain(bundle.policy),
        "plan": _plain(bundle.plan),
        "messages": {id: plain(node) for id, node in bundle.messages.items()},
        "checks": _plain(bundle.checks),
        "lines": _lines(bundle, places),
    }


def _plain(node: Node | None) -> Any:
    return None if node is None else plain(node)


def _lines(bundle: Bundle, places: Mapping[str, str]) -> dict[str, str]:
    lines = {f"checks/{name}": line for name, line in places.items()}
    for id, journey in bundle.journeys.items():
        for path, node in walk(journey):
            if path == () or (path[0] == "steps" and isinstance(path[-1], int)):
                parts = ("journeys", id, *path)
                lines["/".join(map(str, parts))] = bundle.line_of(node, *parts)
    return lines


def bundle_of(document: Mapping[str, Any]) -> Bundle:
    """The bundle behind a document. Raises InvalidDocuments when it is none of ours."""
    file = str(document.get("file", "result"))
    if document.get("format") != FORMAT:
        said = document.get("format")
        sentence = f"this is no scenario of a result that can be run again: its 'format' is {said}, not {FORMAT}."
        raise InvalidDocuments([Problem(Place(file), sentence)])
    missing = [key for key in (*_HEAD, "scenario", "organisation", "people", "policy", "checks") if key not in document]
    if missing:
        remedy = "It was damaged: run the scenario itself again."
        sentence = f"the scenario of this result lacks {', '.join(missing)}. {remedy}"
        raise InvalidDocuments([Problem(Place(file), sentence)])

    def node(key: str) -> Node:
        return from_plain(document[key], file)

    return Bundle(
        **{key: document[key] for key in _HEAD},
        scenario=node("scenario"),
        organisation=node("organisation"),
        policy=node("policy"),
        checks=node("checks"),
        plan=None if document.get("plan") is None else node("plan"),
        journeys=mapping(from_plain(document.get("journeys", {}), file)),
        messages=mapping(from_plain(document.get("messages", {}), file)),
        drawn=tuple(document["people"]),
        lines=dict(document.get("lines", {})),
    )
