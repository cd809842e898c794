"""Definitions that engines run in place of our journeys: files beside the scenario, taken in as text.

What such a file means is known to its engine alone. It is looked for from the scenario's own folder, lies inside the
project, and is no larger than a person would write or export.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from simulator.model.briefing import Native
from simulator.model.loading.bundles import Definition, items, key_place, mapping, text_of
from simulator.model.loading.finding import Shelf
from simulator.model.loading.resolving import Resolver
from simulator.model.organisation import Organisation
from simulator.model.reading import Node, plain
from simulator.model.recognition import Recognise
from simulator.model.scenarios import NativeOf
from simulator.words.errors import InvalidDocuments, Problem, did_you_mean

MOST_BYTES = 2_000_000
"""The size of a definition, at most: a flow that was exported with its pictures is still far below."""


def definitions(natives: Node | None, shelf: Shelf, problems: list[Problem]) -> dict[str, Definition]:
    """The definitions that stand under `native`, by backend; what cannot be had becomes a problem."""
    found: dict[str, Definition] = {}
    for backend, node in mapping(natives).items():
        named = mapping(node).get("definition", node)
        name = text_of(named)
        if name is None:
            continue  # the scenario's own model says so
        try:
            found[backend] = _read(shelf, name)
        except _CannotBe as error:
            problems.append(Problem(named.place, str(error)))
    return found


class _CannotBe(Exception):
    """A definition cannot be had; the sentence says why."""


def _read(shelf: Shelf, name: str) -> Definition:
    path = (shelf.file.parent / name).resolve()
    root = shelf.root.resolve()
    if root not in path.parents:
        raise _CannotBe(f"'{name}' lies outside the project. Put the definition beside the scenario.")
    if not path.is_file():
        near = [file.name for file in sorted(path.parent.iterdir()) if file.is_file()] if path.parent.is_dir() else []
        hint = did_you_mean(path.name, near)
        raise _CannotBe(f"there is no file '{name}'{hint}. A definition is named from the folder of the scenario.")
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise _CannotBe(f"'{name}' has {size:,} bytes; a definition has {MOST_BYTES:,} at most. Export less.")
        return Definition(_shown(path, root), path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise _CannotBe(f"'{name}' is not UTF-8 at byte {error.start + 1}. Save the file as UTF-8.") from None
    except OSError as error:
        raise _CannotBe(f"'{name}' cannot be read: {error.strerror}.") from None


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def recognised_messages(natives: Node | None) -> list[str]:
    """The messages that engines' own mails are recognised as: what stands under `message` of each rule."""
    rules = [rule for native in mapping(natives).values() for rule in items(mapping(native).get("recognise"))]
    return [id for rule in rules if (id := text_of(mapping(rule).get("message"))) is not None]


def natives_of(
    written: Mapping[str, str | NativeOf],
    node: Node,
    found: Mapping[str, Definition],
    organisation: Organisation,
    resolver: Resolver,
) -> dict[str, Native]:
    """What backends are told in place of journeys. Events, fields and channels that it names are looked up."""
    natives: dict[str, Native] = {}
    for backend, said in written.items():
        told = NativeOf(definition=said) if isinstance(said, str) else said
        at = mapping(node).get(backend, node)
        for event in told.tell:
            place = key_place(mapping(at).get("tell", at), event)
            resolver.event(event, Node(event, place, inner=place))
        rules = items(mapping(at).get("recognise"))
        for rule, words in zip(told.recognise, rules, strict=False):
            _recognition(rule, words, organisation, resolver)
        if (definition := found.get(backend)) is not None:
            plainly = tuple(plain(words) for words in rules)
            natives[backend] = Native(definition.file, definition.text, dict(told.tell), plainly, dict(told.settings))
        elif not resolver.problems:
            # Where a file was looked for there is a problem already; a saved result has lost it.
            sentence = f"the definition of '{backend}' is missing here. Run the scenario itself again."
            raise InvalidDocuments([Problem(node.place, sentence)])
    return natives


def _recognition(rule: Recognise, words: Node, organisation: Organisation, resolver: Resolver) -> None:
    if "channel" in mapping(words):
        resolver.known("channel", rule.channel, organisation.channels, mapping(words)["channel"])
    for group in sorted(rule.groups - resolver.dictionary.fields.keys()):
        remedy = did_you_mean(group, sorted(resolver.dictionary.fields)) or ". Declare it in the organisation"
        resolver.note(words, f"the group '{group}' is no field{remedy}.")
