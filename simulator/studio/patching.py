"""The opposite of merging: what a variant has to say so that one document becomes another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.model.merging import ABSENT


def patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What makes `after` of `before` where variants merge: mappings by key, `absent` for what goes, the rest new."""
    said: dict[str, Any] = {}
    for key, value in after.items():
        old = before.get(key)
        if key in before and old == value:
            continue
        said[key] = patch(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    said.update({key: ABSENT for key in before if key not in after})
    return said
