"""What the page wishes to see: one customer of one variant, with some edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator.studio.problems import Refused

MOST_EDITS: Final = 200
"""Edits of one wish."""
MOST_SEED: Final = 2**63 - 1
_KEYS: Final = ("target", "variant", "seed", "customer", "backend", "edits")


@dataclass(frozen=True)
class Edit:
    """One control and the value that it is set to."""

    control: str
    value: Any


@dataclass(frozen=True)
class Wish:
    """A what-if: `target` is `family/name` of a scenario, `customer` whose story is told, `edits` what is different."""

    target: str
    variant: str
    customer: str
    seed: int = 42
    backend: str = "reference"
    edits: tuple[Edit, ...] = ()


def wish_of(data: Any) -> Wish:
    """The wish in the body of a request. Raises Refused for what is none."""
    wish = _mapping(data, "a wish")
    unknown = sorted(set(wish) - set(_KEYS))
    if unknown:
        raise Refused(400, f"a wish has no '{unknown[0][:80]}'. It has {', '.join(_KEYS)}.")
    seed = wish.get("seed", 42)
    if type(seed) is not int or not 0 <= seed <= MOST_SEED:
        raise Refused(400, "the seed is a whole number, 0 or more.")
    edits = wish.get("edits", [])
    if not isinstance(edits, list) or len(edits) > MOST_EDITS:
        raise Refused(400, f"'edits' is a list of at most {MOST_EDITS} edits.")
    return Wish(
        target=_word(wish, "target"),
        variant=_word(wish, "variant"),
        customer=_word(wish, "customer", ""),
        seed=seed,
        backend=_word(wish, "backend", "reference"),
        edits=tuple(_edit(edit) for edit in edits),
    )


def _edit(data: Any) -> Edit:
    edit = _mapping(data, "an edit")
    if set(edit) != {"control", "value"}:
        raise Refused(400, "an edit has a 'control' and a 'value', and nothing else.")
    return Edit(_word(edit, "control"), edit["value"])


def _mapping(data: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise Refused(400, f"{what} is a JSON object.")
    return data


def _word(data: Mapping[str, Any], key: str, otherwise: str | None = None) -> str:
    value = data.get(key, otherwise)
    if not isinstance(value, str) or len(value) > 300:
        raise Refused(400, f"'{key}' is a text.")
    return value
