"""Other journeys and policies that fit an organisation: each is tried on its dictionary, once."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

from simulator.model.loading import from_document
from simulator.model.loading.documenting import bare_document, told_documents
from simulator.model.loading.finding import Shelf
from simulator.model.reading import plain
from simulator.studio.catalogue import Base
from simulator.studio.drafts import sends
from simulator.words.errors import JourneyproofError

Titled = tuple[tuple[str, str], ...]
"""Ids and titles."""


class Library:
    """What could stand in place of what is there."""

    def __init__(self) -> None:
        self._journeys: dict[tuple[str, ...], Titled] = {}
        self._policies: dict[tuple[str, ...], Titled] = {}
        self._lock = Lock()

    def journeys(self, base: Base) -> Titled:
        """Journeys that fit the organisation of a variant, whether they run there or not."""
        return self._found(self._journeys, base, "journey")

    def policies(self, base: Base) -> Titled:
        """Policies that fit it."""
        return self._found(self._policies, base, "policy")

    def _found(self, kept: dict[tuple[str, ...], Titled], base: Base, kind: str) -> Titled:
        key = (str(base.source.file), base.scenario.variant, *base.source.shelf.ids(kind))
        with self._lock:
            if key not in kept:
                told = told_documents(base.document)
                shelf = base.source.shelf
                tried = ((id, _tried(told, shelf, kind, id)) for id in shelf.ids(kind))
                kept[key] = tuple((id, title) for id, title in tried if title)
            return kept[key]


def _tried(told: Mapping[str, Any], shelf: Shelf, kind: str, id: str) -> str:
    """The title of a document if it fits; else nothing."""
    try:
        written = shelf.document(kind, id)
        if written is None:
            return ""
        document = plain(written.node)
        changed = {**told, "lines": {}, "plan": None, "journeys": {}, "messages": {}}
        if kind == "policy":
            changed["policy"] = document
            changed["messages"] = told["messages"]
        else:
            changed["journeys"] = {id: document}
            found = {message: shelf.document("message", message) for message in sends(document)}
            changed["messages"] = {name: plain(message.node) for name, message in found.items() if message is not None}
            if "for_each" in document:
                changed["plan"], changed["messages"] = told["plan"], told["messages"]
            if len(found) > len(changed["messages"]):
                return ""
        from_document(bare_document(changed, 1))
    except JourneyproofError:
        return ""
    return str(document[kind])
