"""Documents as YAML in the style of this project: blocks are the rule, `{...}` is for what is short."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from simulator.model.reading import plain, read_text
from simulator.words.errors import InvalidDocuments

WIDTH: Final = 116
"""Characters of a line, where it can be broken."""


def yaml_of(document: Mapping[str, Any]) -> str:
    """One document. What our reader makes of it is the document again."""
    return "\n".join(_mapping(document, 0)) + "\n"


def commented(text: str, width: int = WIDTH) -> str:
    """Text as comment lines, broken between words."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = "#"
        for word in paragraph.split():
            if len(line) + 1 + len(word) > width:
                lines.append(line)
                line = "#  "
            line += f" {word}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def _mapping(value: Mapping[str, Any], indent: int) -> Iterator[str]:
    for key, item in value.items():
        yield from _entry(f"{' ' * indent}{_key(key)}:", item, indent)


def _entry(head: str, item: Any, indent: int) -> Iterator[str]:
    """A key, or the dash of a list, with what stands behind or below it."""
    short = _short(item)
    if short is not None and len(head) + 1 + len(short) <= WIDTH:
        yield f"{head} {short}"
    elif isinstance(item, Mapping):
        yield head
        yield from _mapping(item, indent + 2)
    elif isinstance(item, list):
        yield head
        for member in item:
            yield from _item(member, indent + 2)
    elif isinstance(item, str) and _is_literal(item):
        yield f"{head} |"
        yield from (f"{' ' * (indent + 2)}{line}" if line else "" for line in item[:-1].split("\n"))
    else:
        yield f"{head} {_scalar(item)}"


def _item(item: Any, indent: int) -> Iterator[str]:
    dash = f"{' ' * indent}-"
    short = _short(item)
    if isinstance(item, Mapping) and item and (short is None or len(dash) + 1 + len(short) > WIDTH):
        first, *rest = _mapping(item, indent + 2)
        yield f"{dash} {first[indent + 2 :]}"
        yield from rest
    elif isinstance(item, list) and item and (short is None or len(dash) + 1 + len(short) > WIDTH):
        first, *rest = [line for member in item for line in _item(member, indent + 2)]
        yield f"{dash} {first[indent + 2 :]}"
        yield from rest
    else:
        yield f"{dash} {short if short is not None else _scalar(item)}"


def _short(item: Any) -> str | None:
    """A value on one line, if it is short enough in itself: scalars, lists of words, and mappings of such."""
    if isinstance(item, list):
        inside = [_inside(member) for member in item]
        return None if None in inside else f"[{', '.join(map(str, inside))}]"
    if isinstance(item, Mapping):
        entries = []
        for key, value in item.items():
            nested = isinstance(value, Mapping) and any(isinstance(deeper, Mapping | list) for deeper in value.values())
            shown = None if nested else _inside(value) if not isinstance(value, Mapping | list) else _short(value)
            if shown is None:
                return None
            entries.append(f"{_key(key)}: {shown}")
        return f"{{{', '.join(entries)}}}"
    return None


def _inside(item: Any) -> str | None:
    """A scalar between brackets; None for what would be hard to read there."""
    if isinstance(item, Mapping | list) or (isinstance(item, str) and ("\n" in item or len(item) > WIDTH // 2)):
        return None
    if isinstance(item, str) and any(mark in item for mark in ",[]{}"):
        return None
    return _scalar(item)


def _is_literal(text: str) -> bool:
    """Whether a text of several lines can stand as it is below a `|`."""
    lines = text.split("\n")
    return (
        len(lines) > 1
        and lines[-1] == ""
        and lines[-2] != ""
        and not lines[0].startswith(" ")
        and lines[0] != ""
        and all(line.isprintable() and line == line.rstrip() for line in lines)
    )


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if not isinstance(value, str):
        return json.dumps(value)
    return value if _is_plain(value) else json.dumps(value, ensure_ascii=False)


def _key(text: str) -> str:
    """A key, in quotes unless it can only be read as what it is, wherever it stands."""
    bare = _is_plain(text) and not any(mark in text for mark in ",[]{}")
    return text if bare else json.dumps(text, ensure_ascii=False)


@lru_cache(maxsize=4096)
def _is_plain(text: str) -> bool:
    """Whether a text needs no quotes, neither in a block nor between brackets."""
    if text != text.strip() or "\n" in text or not text or any(mark in text for mark in ",[]{}"):
        return bool(text) and text == text.strip() and "\n" not in text and _same_in_block(text)
    try:
        [read] = read_text(f"- {{{text}: {text}}}\n- [{text}]\n- {text}\n- {text}: 1\n", "")
    except (InvalidDocuments, ValueError):
        return False
    return bool(plain(read) == [{text: text}, [text], text, {text: 1}])


def _same_in_block(text: str) -> bool:
    try:
        [read] = read_text(f"value: {text}\nitems:\n  - {text}\n", "")
    except (InvalidDocuments, ValueError):
        return False
    return bool(plain(read) == {"value": text, "items": [text]})
