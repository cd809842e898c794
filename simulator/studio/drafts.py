"""A draft: a copy of a scenario's document that edits are written into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.model.loading.bundles import walk
from simulator.model.loading.finding import Shelf
from simulator.model.reading import from_plain, plain
from simulator.model.scenarios import Scenario
from simulator.studio.problems import Refused
from simulator.words.clock import Zone, zone
from simulator.words.vocabulary import FieldType

Plain = dict[str, Any]


def copied(value: Any) -> Any:
    """Plain data again, sharing nothing that could be changed."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [copied(item) for item in value]
    return value


class Draft:
    """The document that edits are written into. `document` is the draft's own.

    What an edit takes out of a list is None until `finished`, so that the others keep their places.
    """

    def __init__(self, scenario: Scenario, document: Mapping[str, Any], customer: str, shelf: Shelf) -> None:
        self.scenario = scenario
        self.document: Plain = copied({**document, "lines": dict(document["lines"])})
        self.customer = customer
        self.shelf = shelf
        self.zone: Zone = zone(scenario.zone)
        self.added = 0
        self.sources: dict[str, str] = {}

    @property
    def person(self) -> Plain:
        """The customer's entry."""
        found: Plain = next(person for person in self.document["people"] if person["id"] == self.customer)
        return found

    @property
    def called(self) -> str:
        """The customer's name in a sentence."""
        return str(self.person["name"]).partition(" ")[0] or self.customer

    @property
    def organisation(self) -> Plain:
        """The organisation."""
        found: Plain = self.document["organisation"]
        return found

    @property
    def policy(self) -> Plain:
        """The rules of contact."""
        found: Plain = self.document["policy"]
        return found

    @property
    def journeys(self) -> dict[str, Plain]:
        """The journeys by id."""
        found: dict[str, Plain] = self.document["journeys"]
        return found

    @property
    def story(self) -> list[Any]:
        """The acts, None for one that was taken out."""
        found: list[Any] = self.document["scenario"].setdefault("story", [])
        return found

    @property
    def faults(self) -> list[Any]:
        """The faults, None for one that was taken out."""
        found: list[Any] = self.document["scenario"].setdefault("faults", [])
        return found

    @property
    def fields(self) -> Mapping[str, FieldType]:
        """The types of all fields."""
        return self.scenario.dictionary.fields

    def kind_of(self, field: str) -> FieldType:
        """The type of a field; text for one that nobody declared."""
        return self.fields.get(field, FieldType("text"))

    def put_journey(self, id: str) -> None:
        """Let a journey of the shelf run too, with the messages that it sends. Raises Refused for one not there."""
        written = self.shelf.document("journey", id)
        if written is None:
            raise Refused(200, f"there is no journey '{id}'.")
        self.journeys[id] = plain(written.node)
        for path, node in walk(written.node):
            if path == () or (path[0] == "steps" and isinstance(path[-1], int)):
                key = "/".join(map(str, ("journeys", id, *path)))
                self.document["lines"][key] = f"{node.place.file}:{node.place.line}"
        self.sources[written.file] = written.text()
        for message in sends(self.journeys[id]):
            self._put_message(message)

    def _put_message(self, id: str) -> None:
        messages = self.document["messages"]
        written = None if id in messages else self.shelf.document("message", id)
        if written is None:
            return
        messages[id] = plain(written.node)
        layout = messages[id].get("layout")
        if isinstance(layout, str) and (found := self.shelf.document("layout", layout)):
            self.document.setdefault("layouts", {}).setdefault(layout, plain(found.node))

    def drop_journey(self, id: str) -> None:
        """Let a journey not run."""
        del self.journeys[id]

    def put_policy(self, id: str) -> None:
        """Let another policy of the shelf hold. Raises Refused for one that is not there."""
        written = self.shelf.document("policy", id)
        if written is None:
            raise Refused(200, f"there is no policy '{id}'.")
        self.document["policy"] = plain(written.node)
        self.sources[written.file] = written.text()
        lines = {key: line for key, line in self.document["lines"].items() if not key.startswith("policy/")}
        for rule, place in written.node.keys.items():
            lines[f"policy/{rule}"] = f"{place.file}:{place.line}"
        self.document["lines"] = lines

    def finished(self) -> Plain:
        """The document with what was taken out gone."""
        head = self.document["scenario"]
        for key in ("story", "faults"):
            if key in head:
                head[key] = [item for item in head[key] if item is not None]
        for person in self.document["people"]:
            person["habits"] = [habit for habit in person["habits"] if habit is not None]
        return self.document


def sends(journey: Mapping[str, Any]) -> Iterator[str]:
    """The messages that a journey sends by name."""
    for path, node in walk(from_plain(journey, "")):
        if path and path[-1] == "send" and isinstance(node.value, str) and node.value != "campaign":
            yield node.value


def steps_of(journey: Mapping[str, Any]) -> Iterator[tuple[str, Plain]]:
    """Every step of a journey with its path, such as `steps.2.else.0`; those of branches included."""
    yield from _steps(journey.get("steps", []), "steps")


def _steps(steps: list[Any], path: str) -> Iterator[tuple[str, Plain]]:
    for number, step in enumerate(steps):
        here = f"{path}.{number}"
        yield here, step
        if isinstance(step.get("else"), list):
            yield from _steps(step["else"], f"{here}.else")
        for index, branch in enumerate(step.get("split", [])):
            for key in ("then", "else"):
                if isinstance(branch.get(key), list):
                    yield from _steps(branch[key], f"{here}.split.{index}.{key}")
