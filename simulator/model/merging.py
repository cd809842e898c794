"""The one rule by which a variant changes a scenario, and a scenario what it builds on.

Mappings merge by key; `absent` as a value removes the entry; timelines (`story`, `faults`) append, and `none` empties
them; anything else, lists of names included, replaces what was there. Every node keeps the place where it was written,
so that a mistake in a variant is reported in the variant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from simulator.model.reading import Node
from simulator.words.errors import InvalidDocuments, Place, Problem, did_you_mean

ABSENT = "absent"
NONE = "none"
TIMELINES = frozenset({"story", "faults"})

Path = tuple[str, ...]
"""The keys that lead from the root to a value."""


_T = TypeVar("_T")


def _never(_path: Path) -> bool:
    return False


def merge(base: Node, patch: Node, keep_absent: Callable[[Path], bool] = _never) -> Node:
    """Return `base` changed by `patch`; neither is altered.

    `keep_absent` says of a path whether `absent` is a value there and stays, as in the links of an organisation. To
    remove what is not there is a mistake. Raises InvalidDocuments with all mistakes.
    """
    problems: list[Problem] = []
    merged = _merged(base, patch, keep_absent, (), problems)
    if problems:
        raise InvalidDocuments(problems)
    return merged


def set_path(
    root: Node,
    path: str,
    value: Node,
    *,
    at: Place | None = None,
    known: Callable[[Path], Iterable[str]] | None = None,
) -> Node:
    """Return `root` with one value set, such as `policy.caps.weekly.per`; the value `absent` removes the entry.

    A path that leads nowhere is a mistake, placed `at` (else at the value). `known` names the keys that may stand in
    the mapping at a path although nobody wrote them; these can be set, not removed. A key that holds dots itself is
    found by its full name. Raises InvalidDocuments.
    """
    place = at or value.place
    return _set(root, path.split("."), value, place, known or (lambda _path: ()), ())


def _merged(
    base: Node | None, patch: Node, keep_absent: Callable[[Path], bool], path: Path, problems: list[Problem]
) -> Node:
    if not isinstance(patch.value, dict):
        return patch
    old = base.value if base is not None and isinstance(base.value, dict) else {}
    entries = dict(old)
    keys = dict(base.keys) if base is not None and isinstance(base.value, dict) else {}
    for key, change in patch.value.items():
        here, key_place = (*path, key), patch.keys.get(key, change.place)
        before = old.get(key)
        if change.value == ABSENT and not keep_absent(here):
            if before is None:
                problems.append(_nothing_to_remove(key, old, path, key_place))
            entries.pop(key, None)
            keys.pop(key, None)
            continue
        if key in TIMELINES and (before is None or isinstance(before.value, tuple)):
            entries[key] = _lengthened(before, change)
        else:
            entries[key] = _merged(before, change, keep_absent, here, problems)
        keys[key] = key_place
    place = base.place if base is not None and isinstance(base.value, dict) else patch.place
    return Node(entries, place, keys)


def _lengthened(before: Node | None, change: Node) -> Node:
    if change.value == NONE:
        return Node((), change.place)
    if before is None or not isinstance(before.value, tuple) or not isinstance(change.value, tuple):
        return change
    return Node(before.value + change.value, change.place)


def _set(
    node: Node, parts: list[str], value: Node, place: Place, known: Callable[[Path], Iterable[str]], path: Path
) -> Node:
    entries, keys = (node.value, node.keys) if isinstance(node.value, dict) else (None, {})
    if entries is None:
        sentence = f"'{'.'.join(path)}' is no block of keys, so it has no '{'.'.join(parts)}'. Set it as a whole."
        raise InvalidDocuments([Problem(place, sentence)])
    key, rest = _first_key(parts, entries)
    here = (*path, key)
    if not rest and value.value == ABSENT:
        if key not in entries:
            raise InvalidDocuments([_nothing_to_remove(key, entries, path, place)])
        return Node(_without(entries, key), node.place, _without(keys, key))
    if key not in entries:
        possible = [*entries, *(name for name in known(path) if name not in entries)]
        if key not in possible:
            raise InvalidDocuments([_unknown(key, possible, path, place)])
    child = entries.get(key, Node({}, place))
    changed = _set(child, rest, value, place, known, here) if rest else value
    return Node({**entries, key: changed}, node.place, {**keys, key: keys.get(key, place) if rest else place})


def _first_key(parts: list[str], entries: dict[str, Node]) -> tuple[str, list[str]]:
    """Cut the first key off: the longest run of parts that is a key here, for keys that hold dots."""
    for length in range(len(parts), 1, -1):
        if (name := ".".join(parts[:length])) in entries:
            return name, parts[length:]
    return parts[0], parts[1:]


def _without(mapping: dict[str, _T], key: str) -> dict[str, _T]:
    return {name: value for name, value in mapping.items() if name != key}


def _nothing_to_remove(key: str, entries: Iterable[str], path: Path, place: Place) -> Problem:
    names = list(entries)
    where = f" in '{'.'.join(path)}'" if path else ""
    sentence = f"'absent' removes '{key}', which is not there{where}{did_you_mean(key, names)}. {_there(names)}"
    return Problem(place, sentence)


def _unknown(key: str, possible: list[str], path: Path, place: Place) -> Problem:
    where = f" in '{'.'.join(path)}'" if path else ""
    return Problem(place, f"unknown path: no '{key}'{where}{did_you_mean(key, possible)}. {_there(possible)}")


def _there(names: list[str]) -> str:
    if not names:
        return "Nothing is there."
    return f"There are: {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}."
