"""YAML text becomes a tree of nodes, and every node knows its place.

The dialect is small on purpose. Unquoted `NO`, `on`, `21:00`, `1:30`, `010`, `1_0` and `2025-11-14` stay text; typed
are only plain whole numbers, plain decimals, `true`, `false` and the empty value. Repeated keys, anchors, aliases,
merge keys, tags and keys that are not text are refused, all of them at once. The parser's events are read one by one
and never composed, so that a file built to explode is stopped at the first node too many.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from simulator.model.mistakes import BRACES, NO_COMMA_INSIDE, NO_KEY, explain
from simulator.words.errors import InvalidDocuments, Place, Problem

MAX_BYTES = 1024 * 1024
"""The largest file that is read, in bytes."""
MAX_DEPTH = 40
"""How deep mappings and lists may be nested; the outermost is 1."""
MAX_NODES = 50_000
"""How many values, keys included, one file may hold."""

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser: the one in C where PyYAML was built with it."""

Scalar = str | int | float | bool | None

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_WORDS: dict[str, Scalar] = {"": None, "null": None, "~": None, "true": True, "false": False}
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNWELCOME = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a document and where it was written.

    `value` is a scalar, a tuple of nodes (a list) or a dict of nodes (a mapping, in the order written). `keys` holds
    the place of each key of a mapping. `inner` is the place of the first character of a text that was written on one
    line and as it is, or as a block below `|` (then every line begins in its column), so that an offset in the text is
    an offset in the file; else None.
    """

    value: Scalar | tuple[Node, ...] | dict[str, Node]
    place: Place
    keys: dict[str, Place] = field(default_factory=dict)
    inner: Place | None = None


def read_file(path: Path, shown_as: str) -> list[Node]:
    """Read the documents of a file; `shown_as` is the file's name in messages. Raises InvalidDocuments."""
    try:
        if path.exists() and not path.is_file():
            raise InvalidDocuments([Problem(Place(shown_as), "this is not a file. Name a YAML file.")])
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        sentence = f"the file cannot be read: {reason}. Check its name and its permissions."
        raise InvalidDocuments([Problem(Place(shown_as), sentence)]) from error
    return read_bytes(data, shown_as)


def read_bytes(data: bytes, file: str) -> list[Node]:
    """Read the documents in UTF-8 bytes, with or without a byte order mark. Raises InvalidDocuments."""
    _refuse_large(len(data), file)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        what = f"byte 0x{data[error.start]:02X} is not UTF-8"
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            what = "the file is UTF-16, not UTF-8"
        problem = Problem(_place_after(before, file), f"{what}. Save the file as UTF-8.")
        raise InvalidDocuments([problem]) from error
    return read_text(text, file)


def read_text(text: str, file: str) -> list[Node]:
    """Read the documents in a text, one node for each; `---` separates them.

    Raises InvalidDocuments with every problem found, up to the first mistake after which the rest has no sure meaning.
    """
    text = text.removeprefix("\ufeff")
    _refuse_large(len(text.encode("utf-8", "surrogatepass")), file)
    # One damaged file can hold a million of them; the first few tell enough.
    unwelcome = [_unwelcome(match, text, file) for match in islice(_UNWELCOME.finditer(text), 10)]
    if unwelcome:
        raise InvalidDocuments(unwelcome)
    builder = _Builder(text, file)
    try:
        for event in yaml.parse(text, Loader=LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        builder.problems.append(explain(error, text, file))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # The parser in Python stumbles over escapes beyond Unicode, such as "\UFFFFFFFF".
        builder.problems.append(Problem(Place(file), f"this is not YAML: {error}. Check the escapes in double quotes."))
    except _Enough:
        pass
    if not builder.documents and not builder.problems:
        sentence = "the file is empty. Its first line is a kind and a title, such as 'scenario: A late birthday mail'."
        builder.problems.append(Problem(Place(file), sentence))
    if builder.problems:
        raise InvalidDocuments(builder.problems)
    return builder.documents


def plain(node: Node) -> Any:
    """Return the value as nested dicts, lists and scalars, without places."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, tuple):
        return [plain(child) for child in node.value]
    return node.value


def child_of(node: Node, part: str | int) -> Node | None:
    """Return the entry of a mapping or the item of a list, or None when there is none."""
    if isinstance(node.value, dict):
        return node.value.get(part) if isinstance(part, str) else None
    if isinstance(node.value, tuple) and isinstance(part, int) and 0 <= part < len(node.value):
        return node.value[part]
    return None


def place_in(node: Node, offset: int) -> Place:
    """Return the place of the character at `offset` of a text, as far as it can be told; else the place of the text."""
    if node.inner is None:
        return node.place
    before = node.value[:offset] if isinstance(node.value, str) and "\n" in node.value else ""
    lines = before.count("\n")
    column = offset - (before.rfind("\n") + 1)
    return Place(node.inner.file, node.inner.line + lines, node.inner.column + column)


def find(node: Node, loc: Sequence[str | int], *, key: bool = False) -> Place:
    """Return the place of the deepest node that exists along a pydantic location.

    For a missing key that is its parent's place. With `key`, or after pydantic's `[key]`, it is the place of the last
    key rather than of its value. Parts that name a member of a union, and no node, are passed over.
    """
    at_key = None
    for number, part in enumerate(loc):
        if part == "[key]" and number == len(loc) - 1 and at_key:
            return at_key
        child = child_of(node, part)
        if child is None:
            if number == len(loc) - 1:
                return node.place
            continue
        at_key = node.keys.get(part) if isinstance(part, str) else None
        node = child
    return at_key if key and at_key else node.place


def from_plain(data: Any, file: str) -> Node:
    """Wrap plain data, such as a result read from JSON; every place is line 1, column 1. Raises InvalidDocuments."""
    return _grown(data, Place(file), 1)


def _grown(data: Any, place: Place, depth: int) -> Node:
    if depth > MAX_DEPTH + 1:
        raise InvalidDocuments([Problem(place, f"the data are nested deeper than {MAX_DEPTH} levels. Flatten them.")])
    if isinstance(data, Mapping):
        odd = next((key for key in data if not isinstance(key, str)), None)
        if odd is not None:
            raise InvalidDocuments([Problem(place, f"the key {odd!r} is not text. Make every key a text.")])
        entries = {key: _grown(value, place, depth + 1) for key, value in data.items()}
        return Node(entries, place, dict.fromkeys(entries, place))
    if isinstance(data, list | tuple):
        return Node(tuple(_grown(item, place, depth + 1) for item in data), place)
    if data is None or isinstance(data, str | int | float | bool):
        return Node(data, place)
    kind = type(data).__name__
    sentence = f"a value of type {kind} cannot stand in a document. Use text, numbers, true, false, lists and mappings."
    raise InvalidDocuments([Problem(place, sentence)])


def _refuse_large(size: int, file: str) -> None:
    if size > MAX_BYTES:
        sentence = f"the file is larger than {MAX_BYTES // 1024} KiB, the most that is read. Split it into several."
        raise InvalidDocuments([Problem(Place(file), sentence)])


def _place_after(before: str, file: str) -> Place:
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Place(file, len(lines), len(lines[-1]) + 1)


def _unwelcome(match: re.Match[str], text: str, file: str) -> Problem:
    sign = match[0]
    place = _place_after(text[: match.start()], file)
    if sign == "\0":
        return Problem(place, "a NUL byte. This is not a text file, or it was damaged: save it again as UTF-8 text.")
    return Problem(place, f"the invisible character U+{ord(sign):04X} cannot stand in a document. Remove it.")


class _Enough(Exception):
    """A limit was passed; what follows is not read."""


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet."""

    place: Place
    start: int
    is_mapping: bool
    is_flow: bool
    problems_before: int
    entries: dict[str, Node] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    keys: dict[str, Place] = field(default_factory=dict)
    awaits_key: bool = True
    key: str | None = None
    key_place: Place | None = None
    key_end: int = -1
    last_key: str = ""
    key_before: str = ""

    def closed(self) -> Node:
        return Node(self.entries if self.is_mapping else tuple(self.items), self.place, self.keys)


class _Builder:
    """Takes the parser's events in order and keeps documents and problems."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.documents: list[Node] = []
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._count = 0

    def take(self, event: Any) -> None:
        """Take one event. Raises _Enough when a limit is passed."""
        if isinstance(event, yaml.DocumentStartEvent):
            if event.version or event.tags:
                self._problem(event.start_mark, "lines that begin with '%' are not used here. Remove it.")
        elif isinstance(event, yaml.AliasEvent):
            self._count_node(event)
            alias = f"the alias '*{event.anchor}' is not allowed"
            self._problem(event.start_mark, f"{alias}. Write the value out, or put it in quotes if it is text.")
            self._attach(Node(None, self._place(event.start_mark)), event, is_key=False)
        elif isinstance(event, yaml.ScalarEvent):
            self._count_node(event)
            self._refuse_decorations(event)
            self._take_scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._count_node(event)
            self._refuse_decorations(event)
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self._open.pop()
            self._attach(done.closed(), event, is_key=False, closed=done)

    def _begin(self, event: Any) -> None:
        place = self._place(event.start_mark)
        if len(self._open) >= MAX_DEPTH:
            sentence = f"nested deeper than {MAX_DEPTH} levels, the most that is read. Flatten it."
            self.problems.append(Problem(place, sentence))
            raise _Enough
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        before = len(self.problems)
        self._open.append(_Open(place, event.start_mark.index, is_mapping, bool(event.flow_style), before))

    def _take_scalar(self, event: Any) -> None:
        place = self._place(event.start_mark)
        value = self._typed(event) if not event.style else event.value
        if isinstance(value, str) and (bad := _CONTROL.search(value)):
            self._problem(event.start_mark, f"the text holds the control character U+{ord(bad[0]):04X}. Remove it.")
        parent = self._open[-1] if self._open else None
        if parent is None and not event.style and not event.value:
            self._problem(event.start_mark, "this document is empty. Remove its '---', or write the document.")
        if parent and parent.is_mapping and parent.awaits_key:
            self._attach(Node(value, place), event, is_key=True)
            return
        if parent and parent.is_mapping and not event.style and not event.value:
            self._refuse_lonely(parent, event)
        self._attach(Node(value, place, inner=self._inner(event, place)), event, is_key=False)

    def _attach(self, node: Node, event: Any, *, is_key: bool, closed: _Open | None = None) -> None:
        """Put a finished node where it belongs: among documents, items, keys or values."""
        if not self._open:
            self.documents.append(node)
            return
        parent = self._open[-1]
        if not parent.is_mapping:
            parent.items.append(node)
        elif not parent.awaits_key:
            if parent.key is not None and parent.key_place is not None:
                parent.entries[parent.key] = node
                parent.keys[parent.key] = parent.key_place
            parent.awaits_key = True
        else:
            parent.awaits_key = False
            parent.key_place, parent.key_end = node.place, event.end_mark.index
            parent.key = self._key(node, event, parent, closed) if is_key or closed else None

    def _key(self, node: Node, event: Any, parent: _Open, closed: _Open | None) -> str | None:
        """Return the text of a key, or None after saying why it is refused."""
        if closed:
            if self.text[closed.start - 1 : closed.start + 1] == "{{":
                del self.problems[closed.problems_before :]
                self.problems.append(Problem(parent.place, BRACES))
            else:
                self.problems.append(Problem(node.place, "a list or a mapping cannot be a key. Write a text."))
            return None
        if not isinstance(node.value, str):
            odd = f"the key {event.value} is not text. Write it in quotes: '{event.value}'."
            self.problems.append(Problem(node.place, odd if event.value else NO_KEY))
            return None
        if node.value == "<<" and not event.style:
            self.problems.append(Problem(node.place, "the merge key '<<' is not allowed. Write the entries out."))
            return None
        if node.value in parent.keys:
            lines = f"on line {parent.keys[node.value].line} and on line {node.place.line}"
            sentence = f"the key '{_short(node.value)}' stands twice, {lines}. Remove one of them."
            self.problems.append(Problem(node.place, sentence))
            return None
        parent.key_before, parent.last_key = parent.last_key, node.value
        return node.value

    def _refuse_lonely(self, parent: _Open, event: Any) -> None:
        """Refuse `{a: b, c}`: YAML takes `c` for a key, and whoever wrote it meant a comma inside a text."""
        if event.start_mark.index != parent.key_end or parent.key is None or parent.key_place is None:
            return
        key, at = _short(parent.key), parent.key_place
        if not parent.is_flow:
            self.problems.append(Problem(at, f"the key '{key}' has no colon. Write '{key}:' and a value."))
        elif ":" in parent.key:
            spaced = re.sub(r":(?=\S)", ": ", key, count=1)
            self.problems.append(Problem(at, f"'{key}' has no space after its colon. Write '{spaced}'."))
        else:
            owner = f" of '{_short(parent.key_before)}'" if parent.key_before else ""
            remedy = f"put the value{owner} in quotes, or write a block"
            self.problems.append(Problem(at, f"'{key}' stands here without a value. {NO_COMMA_INSIDE}: {remedy}."))

    def _refuse_decorations(self, event: Any) -> None:
        if event.anchor:
            sentence = f"the anchor '&{event.anchor}' is not allowed. Remove it, and write the value out where needed."
            self._problem(event.start_mark, sentence)
        if event.tag:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            sentence = f"the tag '{_short(tag)}' is not allowed. Remove it, or put the value in quotes if it is text."
            self._problem(event.start_mark, sentence)

    def _count_node(self, event: Any) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            sentence = f"more than {MAX_NODES} values and keys, the most that is read of a file. Split it into several."
            self._problem(event.start_mark, sentence)
            raise _Enough

    def _typed(self, event: Any) -> Scalar:
        written: str = event.value
        if written in _WORDS:
            return _WORDS[written]
        if _WHOLE.fullmatch(written):
            # Longer ones do not fit into 64 bits, and Python itself refuses to read thousands of digits.
            if len(written) <= 20 and abs(number := int(written)) < 2**63:
                return number
        elif _DECIMAL.fullmatch(written):
            if math.isfinite(decimal := float(written)):
                return decimal
        else:
            return written
        self._problem(event.start_mark, f"{_short(written)} is too large a number. Put it in quotes if it is an id.")
        return written

    def _inner(self, event: Any, place: Place) -> Place | None:
        written = self.text[event.start_mark.index : event.end_mark.index]
        if not event.style:
            return place if written == event.value else None
        if event.style in "'\"" and written[1:-1] == event.value:
            return Place(place.file, place.line, place.column + 1)
        return _in_block(written, event.value, place) if event.style == "|" else None

    def _place(self, mark: Any) -> Place:
        return Place(self.file, mark.line + 1, mark.column + 1)

    def _problem(self, mark: Any, message: str) -> None:
        self.problems.append(Problem(self._place(mark), message))


def _in_block(written: str, value: str, place: Place) -> Place | None:
    """The place of the first character of a text that was written as a block below `|`."""
    lines = written.splitlines()[1:]
    for line, said in zip(lines, value.splitlines(), strict=False):
        if said.strip():
            return Place(place.file, place.line + 1, len(line) - len(said) + 1) if line.endswith(said) else None
    return None


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
