"""Who takes part: names of persons, crowds and people documents become entries, each with those it is `like`."""

from __future__ import annotations

from simulator.model.loading.bundles import key_place, mapping, shown, text_of
from simulator.model.loading.documents import FOLDERS, Written
from simulator.model.loading.finding import Shelf
from simulator.model.people import EDGES, PersonOf
from simulator.model.reading import Node
from simulator.words.errors import InvalidDocuments, Place, Problem, did_you_mean

_PERSON_KEYS = frozenset(PersonOf.model_fields)


class Gatherer:
    """Collects `people`, the entries that take part, and `library`, all entries that they may be `like`."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.people: dict[str, Node] = {}
        self.library: dict[str, Node] = {}
        self.problems: list[Problem] = []
        self.edges: list[str] = []
        self._circles: set[str] = set()

    def stand_by(self, node: Node) -> None:
        """Let the entries of `node` be those around whom edge people are drawn."""
        others = Gatherer(self.shelf)
        others.take(node)
        self.library |= {id: entry for id, entry in others.library.items() if id not in self.library}

    def take(self, node: Node) -> None:
        """Take what stands under `people`: a name, a list of names and crowds, or persons by id."""
        if isinstance(node.value, str):
            self._take_name(node.value, node.place)
        elif isinstance(node.value, tuple):
            for item in node.value:
                self._take_item(item)
        elif isinstance(node.value, dict):
            self._take_entries(node)
        else:
            rule = "'people' is a name, a list of names and crowds, or persons by id"
            sentence = f"{rule}; '{shown(node)}' is none of these."
            self.problems.append(Problem(node.place, sentence))

    def _take_item(self, item: Node) -> None:
        if isinstance(item.value, str):
            self._take_name(item.value, item.place)
            return
        entries = mapping(item)
        if len(entries) == 1 and not _PERSON_KEYS & set(entries) and all(mapping(child) for child in entries.values()):
            self._take_entries(item)
        elif entries:
            self._add(self._free_id(entries), item, item.place, None)
        else:
            remedy = "Write a name, or a crowd such as '{like: camille, count: 100}'."
            sentence = f"'{shown(item)}' is no person. {remedy}"
            self.problems.append(Problem(item.place, sentence))

    def _free_id(self, entries: dict[str, Node]) -> str:
        """A crowd that is written where it is used is called `crowd`, the next one `crowd-b`; a person `person`."""
        stem = "crowd" if "count" in entries or "like" in entries else "person"
        return next(id for id in (stem, *(f"{stem}-{letter}" for letter in _LETTERS)) if id not in self.people)

    def _take_entries(self, node: Node, document: Written | None = None) -> None:
        for id, entry in mapping(node).items():
            if id != "people":
                self._add(id, entry, key_place(node, id), document)

    def _take_name(self, name: str, place: Place) -> None:
        try:
            holders, document = self.shelf.people(name)
        except InvalidDocuments as invalid:
            self.problems += invalid.problems
            return
        if document is not None:
            self._take_entries(document.node, document)
        elif len(holders) > 1:
            files = " and in ".join(holder.file for holder in holders)
            self.problems.append(Problem(place, f"'{name}' stands in {files}: who is meant? Rename one of them."))
        elif holders:
            self._add(name, mapping(holders[0].node)[name], place, holders[0])
        elif name in EDGES:
            self.people[name] = Node(name, place)
            self.edges.append(name)
        else:
            self.problems.append(Problem(place, self._unknown(name)))

    def _unknown(self, name: str) -> str:
        hint = did_you_mean(name, self.shelf.persons())
        return (
            f"there is no person, crowd or people document '{name}'{hint}. Write it into a *.people.yaml, beside the "
            f"scenario or in fixtures/{FOLDERS['people']}/."
        )

    def _add(self, id: str, entry: Node, place: Place, document: Written | None) -> None:
        if id in self.people:
            self.problems.append(Problem(place, f"'{id}' takes part already. Name everybody once."))
            return
        self.people[id] = entry
        self._follow(id, entry, document, [id])

    def _follow(self, id: str, entry: Node, document: Written | None, chain: list[str]) -> None:
        """Put the one that an entry is `like` into the library, and so on; a circle is refused."""
        self.library.setdefault(id, entry)
        like = mapping(entry).get("like")
        if like is None or (name := text_of(like)) is None:
            return
        if name in chain and chain != [name]:
            ring = chain[chain.index(name) :]
            if set(ring) <= self._circles:
                return
            self._circles |= set(ring)
            circle = " is like ".join([*ring, name])
            self._note(Problem(like.place, f"{circle}: a circle. Write out one of them."))
            return
        found, holder = self._liked(name, document)
        if found is None:
            self._note(Problem(like.place, f"'like' names '{name}', whom nobody knows{self._hint(name)}."))
        elif found is entry:
            self._note(Problem(like.place, f"{name} is like {name}: a circle. Write out one of them."))
        else:
            self._follow(name, found, holder, [*chain, name])

    def _liked(self, name: str, document: Written | None) -> tuple[Node | None, Written | None]:
        """The entry of that name: in the same document, else among those who take part, else the nearest one."""
        if document is not None and name in mapping(document.node):
            return mapping(document.node)[name], document
        if name in self.people and document is None:
            return self.people[name], None
        holders, _ = self.shelf.people(name)
        return (mapping(holders[0].node)[name], holders[0]) if holders else (None, None)

    def _hint(self, name: str) -> str:
        return did_you_mean(name, [*self.people, *self.shelf.persons()])

    def _note(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


_LETTERS = "bcdefghijklmnopqrstuvwxyz"
