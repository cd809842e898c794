"""What failed the last time, so that `run --last-failed` runs just that: a small file beside the user's project."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.model.loading import Source

FOLDER = Path(".journeyproof")
"""Below the current directory; it ignores itself, so that no repository takes it in."""
_FILE = "last-failed.json"
_FORMAT = {"format": "journeyproof-last-failed", "version": 1}

Key = tuple[str, str, str]
"""A variant: family, scenario, variant."""


def key_of(source: Source, variant: str) -> Key:
    """What a variant is remembered as."""
    return source.family, source.name, variant


def remembered() -> list[Key]:
    """The variants that were not as expected when they were last run here; none where nobody knows."""
    try:
        document = json.loads((FOLDER / _FILE).read_text(encoding="utf-8"))
        found = document["failed"] if {name: document[name] for name in _FORMAT} == _FORMAT else []
        return [(str(family), str(name), str(variant)) for family, name, variant in found]
    except (OSError, ValueError, KeyError, TypeError):
        # Of another version, or damaged: then all is run, which is never wrong.
        return []


def remember(run: Iterable[Key], failed: Sequence[Key]) -> None:
    """Note what failed of those that were run; of what was not run the last word stands. Nothing is said where the
    folder cannot be written: it is a convenience."""
    were_run = set(run)
    kept = [key for key in remembered() if key not in were_run] + list(failed)
    document = json.dumps({**_FORMAT, "failed": kept}, ensure_ascii=False, indent=1)
    if not kept and not FOLDER.is_dir():
        return
    with suppress(OSError):
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")
        (FOLDER / _FILE).write_text(document + "\n", encoding="utf-8")
