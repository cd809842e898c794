"""Files of documents: which kind each is, its id, and each file read once in a process.

A document's first key tells its kind and holds a title; its id is the name of its file before `.kind.yaml`, or what it
says itself under `id`. A file may hold several documents, with `---` between them.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from simulator.model.reading import Node, read_file
from simulator.model.validating import kind_of
from simulator.words.errors import InvalidDocuments, Place, Problem

KINDS = ("organisation", "people", "journey", "policy", "plan", "message", "layout", "checks", "scenario")
"""The kinds of documents, as their first key names them."""

FOLDERS = {
    "organisation": "organisations", "people": "people", "journey": "journeys", "policy": "policies",
    "plan": "plans", "message": "messages", "layout": "layouts", "checks": "checks",
}  # fmt: skip
"""The folder of `fixtures/` in which each kind lies."""


@dataclass(frozen=True)
class Written:
    """One document of a file: its kind, its id, and what it holds (`id` taken out)."""

    kind: str
    id: str
    node: Node
    path: Path

    @property
    def file(self) -> str:
        """The file's name as messages show it."""
        return self.node.place.file

    def text(self) -> str:
        """The file's text as its author wrote it; empty when it is gone by now."""
        try:
            return self.path.read_text(encoding="utf-8-sig", errors="replace")
        except OSError:
            return ""


def documents_in(path: Path, shown: str) -> tuple[Written, ...]:
    """The documents of a file that messages call `shown`. Raises InvalidDocuments."""
    try:
        state = path.stat()
        stamp = (state.st_mtime_ns, state.st_size)
    except OSError:
        stamp = (0, 0)
    found = _documents(path, shown, stamp)
    if isinstance(found, InvalidDocuments):
        raise found
    return found


@lru_cache(maxsize=4096)
def _documents(path: Path, shown: str, _stamp: tuple[int, int]) -> tuple[Written, ...] | InvalidDocuments:
    try:
        if path.suffix == ".csv":
            return (Written("plan", path.stem, _table(path, shown), path),)
        return _told_apart(read_file(path, shown), path)
    except InvalidDocuments as invalid:
        return invalid


def _told_apart(nodes: list[Node], path: Path) -> tuple[Written, ...]:
    stem = path.name.removesuffix(".yaml").removesuffix(".yml")
    stem, _, said = stem.rpartition(".") if stem.rpartition(".")[2] in KINDS else (stem, "", "")
    found: list[Written] = []
    problems: list[Problem] = []
    for node in nodes:
        try:
            kind = kind_of(node, KINDS)
            found.append(Written(kind, *_id(node, stem), path))
        except InvalidDocuments as invalid:
            problems += invalid.problems
    problems += _repeated(found)
    if len(nodes) == 1 and found and said and found[0].kind != said:
        sentence = f"the file's name says '{said}', its first key '{found[0].kind}'. Rename the one or the other."
        problems.append(Problem(next(iter(nodes[0].keys.values())), sentence))
    if problems:
        raise InvalidDocuments(problems)
    return tuple(found)


def _id(node: Node, stem: str) -> tuple[str, Node]:
    assert isinstance(node.value, dict)
    said = node.value.get("id")
    if said is None:
        return stem, node
    if not isinstance(said.value, str) or not said.value:
        raise InvalidDocuments([Problem(said.place, "an 'id' is a word, such as 'birthday'.")])
    entries = {key: value for key, value in node.value.items() if key != "id"}
    return said.value, Node(entries, node.place, node.keys)


def _repeated(found: list[Written]) -> list[Problem]:
    seen: dict[tuple[str, str], Written] = {}
    problems = []
    for document in found:
        first = seen.setdefault((document.kind, document.id), document)
        if first is not document:
            place = document.node.keys[document.kind]
            sentence = (
                f"this file holds two documents of kind {document.kind} with the id '{document.id}' "
                f"(the first on line {first.node.place.line}). Give this one an 'id:' of its own, or a file."
            )
            problems.append(Problem(place, sentence))
    return problems


def _table(path: Path, shown: str) -> Node:
    """A plan in comma-separated values: the first line names the columns. The place of a value is its line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            rows = [(reader.line_num, row) for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        sentence = f"the table cannot be read: {error}. Save it as comma-separated values in UTF-8."
        raise InvalidDocuments([Problem(Place(shown), sentence)]) from error
    if not rows:
        raise InvalidDocuments([Problem(Place(shown), "the table is empty. Its first line names the columns.")])
    lists = [
        Node(tuple(Node(cell.strip(), Place(shown, line)) for cell in row), Place(shown, line)) for line, row in rows
    ]
    top = Place(shown)
    entries = {"plan": Node(path.stem, top), "columns": lists[0], "campaigns": Node(tuple(lists[1:]), top)}
    return Node(entries, top, dict.fromkeys(entries, top))
