"""A bundle: every document that one variant of a scenario is made of, as nodes that know their places.

It is what `assembling` makes of files and what a saved result is turned back into; `building` makes a Scenario of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.model.reading import Node, place_in, plain
from simulator.words.errors import InvalidDocuments, Place, Problem

Path = tuple[str | int, ...]
"""Where something stands in a document: keys, and positions in lists."""


@dataclass(frozen=True)
class Definition:
    """What an engine runs in place of our journeys: the file's name as messages show it, and what stands in it."""

    file: str
    text: str


@dataclass
class Bundle:
    """The documents of one variant. `people` are persons and crowds by id, `library` those they may be `like`.

    A document that could not be had is None, and why is among the problems; `is_crowd_broken` says that of `people`.
    `native` are engines' own definitions by backend. `drawn` are persons already drawn (a saved result), and then
    `people` is empty. `lines` gives `file:line` of steps and checks by path, where the nodes themselves do not know it
    any more; `sources` are the texts of the files that were read, by the names that messages show.
    """

    name: str
    family: str
    variant: str
    title: str
    says: str
    file: str
    line: int
    scenario: Node
    organisation: Node | None
    policy: Node | None
    checks: Node | None
    plan: Node | None = None
    journeys: dict[str, Node] = field(default_factory=dict)
    messages: dict[str, Node] = field(default_factory=dict)
    layouts: dict[str, Node] = field(default_factory=dict)
    people: dict[str, Node] = field(default_factory=dict)
    library: dict[str, Node] = field(default_factory=dict)
    is_crowd_broken: bool = False
    drawn: tuple[Mapping[str, Any], ...] | None = None
    native: dict[str, Definition] = field(default_factory=dict)
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)
    variants: Mapping[str, Node] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def line_of(self, node: Node, *path: str | int) -> str:
        """`file:line` of what stands at a path of the bundle: as it was noted, else as the node knows it."""
        return self.lines.get("/".join(map(str, path)), f"{node.place.file}:{node.place.line}")


def mapping(node: Node | None) -> dict[str, Node]:
    """The entries of a mapping; nothing for anything else."""
    return node.value if node is not None and isinstance(node.value, dict) else {}


def items(node: Node | None) -> tuple[Node, ...]:
    """The items of a list; nothing for anything else."""
    return node.value if node is not None and isinstance(node.value, tuple) else ()


def text_of(node: Node | None) -> str | None:
    """The text of a node; None for anything else."""
    return node.value if node is not None and isinstance(node.value, str) else None


def key_place(node: Node, key: str) -> Place:
    """Where a key of a mapping is written, else where the mapping is."""
    return node.keys.get(key, node.place)


def with_entries(node: Node, **entries: Node | None) -> Node:
    """The mapping with entries set, or taken out where they are None."""
    kept = {key: child for key, child in mapping(node).items() if key not in entries}
    keys = {key: place for key, place in node.keys.items() if key in kept}
    for key, child in entries.items():
        if child is not None:
            kept[key] = child
            keys[key] = node.keys.get(key, child.place)
    return Node(kept, node.place, keys)


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every node of a tree with its path, the tree itself first."""
    yield path, node
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from walk(child, (*path, key))
    elif isinstance(node.value, tuple):
        for number, child in enumerate(node.value):
            yield from walk(child, (*path, number))


def replaced(node: Node, change: Mapping[Path, Node], path: Path = ()) -> Node:
    """The tree with the nodes at these paths replaced."""
    if path in change:
        return change[path]
    if isinstance(node.value, dict):
        entries = {key: replaced(child, change, (*path, key)) for key, child in node.value.items()}
        return Node(entries, node.place, node.keys)
    if isinstance(node.value, tuple):
        listed = tuple(replaced(child, change, (*path, number)) for number, child in enumerate(node.value))
        return Node(listed, node.place, node.keys)
    return node


def within(node: Node, offset: int) -> Place:
    """The place of the character at `offset` of a text, as far as it can be told."""
    return place_in(node, offset)


def refuse(problems: Iterable[Problem]) -> None:
    """Raise InvalidDocuments if there are problems."""
    found = list(problems)
    if found:
        raise InvalidDocuments(found)


def shown(node: Node) -> str:
    """A value as a message may quote it."""
    value = plain(node)
    said = str(value).lower() if isinstance(value, bool) or value is None else str(value)
    return said if len(said) <= 60 else f"{said[:57]}..."
