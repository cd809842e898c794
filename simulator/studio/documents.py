"""The documents of a saved what-if: a scenario that names what there is, and beside it what there is not.

What differs from a document of the shelf stands in a variant, as little of it as can be; what has no name anywhere is
written into the same file, where it is found first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from simulator.model.data import data_folder
from simulator.model.loading.finding import Shelf
from simulator.model.reading import plain
from simulator.studio.drafts import Draft, Plain
from simulator.studio.patching import patch
from simulator.studio.persons import habits_as_acts, written_person

VARIANT: Final = "what-if"
"""The variant that holds what is changed in documents with a name."""
NOBODY: Final = "nothing"
"""The scenario beside it from which documents are looked up."""
_SPAN: Final = ("starts", "ends", "lasts", "warm_up", "cool_down")
_REST: Final = ("ties", "limits", "backends")
_MOST_PATCHED: Final = 0.5
"""A change of more than this share of a document's text is written out as a whole."""


def documents_of(
    document: Mapping[str, Any], draft: Draft, file: Path, people: Any, declared: Mapping[str, Any]
) -> list[Plain]:
    """The documents of the file: the scenario first. `declared` is what it must violate, and how late it is."""
    return _Writer(document, draft, file).documents(people, declared)


def told_people(
    document: Mapping[str, Any], draft: Draft, drawn: Callable[[Any], list[Plain]]
) -> list[str] | dict[str, Plain]:
    """The people as they are written: by name where that draws the same people, else in full."""
    people = document["people"]
    wanted = [{**person, "habits": []} for person in people]
    names = [person["id"] for person in people]
    protagonists = all(person["crowd"] is None for person in people)
    if protagonists and not any(person["habits"] for person in people) and drawn(names) == wanted:
        return names
    return {person["id"]: written_person(person, draft.fields, draft.zone) for person in people}


class _Writer:
    """Writes one what-if."""

    def __init__(self, document: Mapping[str, Any], draft: Draft, file: Path) -> None:
        self.document = document
        self.draft = draft
        self.id = file.name.partition(".")[0]
        # What the file itself brings along is written here, so that it is looked up as from a file beside it.
        beside = file.with_name(f"{NOBODY}.scenario.yaml")
        self.shelf = Shelf(beside, file.parents[2], data_folder("scenarios").parent)
        self.companions: list[Plain] = []
        self.change: Plain = {}

    def documents(self, people: Any, declared: Mapping[str, Any]) -> list[Plain]:
        document, head = self.document, self.document["scenario"]
        scenario: Plain = {"scenario": document["title"], "organisation": self._patched("organisation")}
        scenario["people"] = people
        scenario |= {key: head[key] for key in _SPAN if key in head}
        scenario["journeys"] = [self._named("journey", id, journey) for id, journey in document["journeys"].items()]
        scenario["policy"] = self._patched("policy")
        if document.get("plan") is not None:
            scenario["plan"] = self._found("plan", document["plan"])
        scenario["checks"] = self._checks()
        for id, message in document["messages"].items():
            self._named("message", id, message)
        for id, layout in document.get("layouts", {}).items():
            self._named("layout", id, layout)
        scenario |= {key: head[key] for key in _REST if key in head}
        story = [*head.get("story", []), *habits_as_acts(document["people"], self.draft.fields, self.draft.zone)]
        scenario |= {key: value for key, value in (("story", story), ("faults", head.get("faults"))) if value}
        if self.change:
            says = "What was changed in the studio."
            scenario["variants"] = {VARIANT: {"says": says, **self.change, **declared}}
        else:
            scenario |= declared
        return [scenario, *self.companions]

    def _patched(self, kind: str) -> Any:
        """The name of the document that this one is nearest to; what differs goes into the variant."""
        wanted = self.document[kind]
        near = self._nearest(kind, wanted)
        if near is None:
            return self._companion(kind, self.id, wanted)
        id, there = near
        if there != wanted:
            self.change[kind] = _links_kept(kind, patch(there, wanted), there)
        return id

    def _nearest(self, kind: str, wanted: Mapping[str, Any]) -> tuple[str, Plain] | None:
        """A document of the shelf with the same title: it is what the variant was made of."""
        found: tuple[str, Plain] | None = None
        for id in self.shelf.ids(kind):
            written = self.shelf.document(kind, id)
            if written is None:
                continue
            there = plain(written.node)
            if there == wanted:
                return id, there
            if there.get(kind) == wanted.get(kind):
                found = found or (id, there)
        if found is None or len(str(patch(found[1], wanted))) > _MOST_PATCHED * len(str(wanted)):
            return None
        return found

    def _found(self, kind: str, wanted: Mapping[str, Any]) -> str:
        for id in self.shelf.ids(kind):
            written = self.shelf.document(kind, id)
            if written is not None and plain(written.node) == wanted:
                return id
        return self._companion(kind, self.id, wanted)

    def _named(self, kind: str, id: str, wanted: Mapping[str, Any]) -> str:
        """A document that has to be found under its id."""
        written = self.shelf.document(kind, id)
        if written is None or plain(written.node) != wanted:
            self._companion(kind, id, wanted)
        return id

    def _checks(self) -> str:
        checks = self.document["checks"]
        flat: Plain = {"checks": checks["checks"], **checks["rules"]}
        flat |= {key: checks[key] for key in ("states", "results") if key in checks}
        return self._found("checks", flat)

    def _companion(self, kind: str, id: str, wanted: Mapping[str, Any]) -> str:
        title = wanted[kind]
        rest = {key: value for key, value in wanted.items() if key != kind}
        self.companions.append({kind: title, **({} if id == self.id else {"id": id}), **rest})
        return id


def _links_kept(kind: str, change: Plain, there: Mapping[str, Any]) -> Plain:
    """A link that is gone is said to be absent: this is how the language writes it, and there it stays a value."""
    if kind == "organisation" and change.get("links") == "absent" and there.get("links"):
        change["links"] = dict.fromkeys(there["links"], "absent")
    return change
