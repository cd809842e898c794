"""A scenario as one plain document, complete in itself: what a result holds, and what it is run again from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.model.loading.bundles import Bundle, Definition, key_place, mapping, walk
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
        **_layouts(bundle),
        "checks": _plain(bundle.checks),
        "lines": _lines(bundle, places),
        **_natives(bundle),
    }


def _layouts(bundle: Bundle) -> dict[str, Any]:
    """The layouts of its messages, where there are any."""
    return {"layouts": {id: plain(node) for id, node in bundle.layouts.items()}} if bundle.layouts else {}


def _natives(bundle: Bundle) -> dict[str, Any]:
    """Engines' own definitions as they were found, so that a result can be run again without their files."""
    found = {name: {"file": native.file, "text": native.text} for name, native in bundle.native.items()}
    return {"native": found} if found else {}


_TOLD = ("organisation", "calendar", "systems", "automation", "identity", "objects", "events", "places", "segments")
_SPAN = ("scenario", "starts", "ends", "lasts", "warm_up", "cool_down")


def told_documents(document: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a scenario's document that its automation is told: no people, no story, no checks, no links.

    `bare_document` makes a scenario of it again, and so the briefing that another process is handed.
    """
    organisation = {key: value for key, value in document["organisation"].items() if key in _TOLD}
    if "places" in organisation:
        # The sign on the door is the truth; systems know the name.
        organisation["places"] = {
            id: {key: value for key, value in place.items() if key != "sign"}
            for id, place in organisation["places"].items()
        }
    # Of a channel it knows that there is one, not how long messages take.
    organisation["channels"] = {id: {} for id in document["organisation"].get("channels", {})}
    lines = {path: line for path, line in document["lines"].items() if path.startswith(("journeys/", "policy/"))}
    told = {key: document[key] for key in ("journeys", "policy", "plan", "messages")}
    told |= {"layouts": document["layouts"]} if "layouts" in document else {}
    span = {key: value for key, value in document["scenario"].items() if key in _SPAN}
    return {"organisation": organisation, **told, "lines": lines, "span": span}


def bare_document(told: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """A scenario's document around what an automation was told: nobody takes part and nothing is checked."""
    kept = {key: told[key] for key in ("organisation", "journeys", "policy", "plan", "messages", "lines")}
    kept["layouts"] = told.get("layouts", {})
    head = dict.fromkeys(_HEAD, "") | {"name": "briefing", "file": "briefing", "line": 1}
    checks = {"checks": "none"}
    return {"format": FORMAT, **head, "seed": seed, "scenario": told["span"], "people": [], "checks": checks, **kept}


def _plain(node: Node | None) -> Any:
    return None if node is None else plain(node)


def _lines(bundle: Bundle, places: Mapping[str, str]) -> dict[str, str]:
    lines = {f"checks/{name}": line for name, line in places.items()}
    for id, journey in bundle.journeys.items():
        for path, node in walk(journey):
            if path == () or (path[0] == "steps" and isinstance(path[-1], int)):
                parts = ("journeys", id, *path)
                lines["/".join(map(str, parts))] = bundle.line_of(node, *parts)
    for rule in mapping(bundle.policy):
        assert bundle.policy is not None
        lines[f"policy/{rule}"] = bundle.line_of(Node(None, key_place(bundle.policy, rule)), "policy", rule)
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
        layouts=mapping(from_plain(document.get("layouts", {}), file)),
        native={name: Definition(told["file"], told["text"]) for name, told in document.get("native", {}).items()},
        drawn=tuple(document["people"]),
        lines=dict(document.get("lines", {})),
    )
