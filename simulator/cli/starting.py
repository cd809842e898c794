"""The command `init`: lay out a user's own project, never touching what is there."""

from __future__ import annotations

import shlex
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from simulator.cli.exits import Exit
from simulator.reporting.plain import clean
from simulator.reporting.screen import Screen
from simulator.words.errors import UsageError

_TEMPLATE = ".template"
"""Ends the name of what is no part of this program, although it looks like one: the example's own test."""


def init(folder: Path, screen: Screen) -> Exit:
    """Copy the example project into a folder. Files that are there stay as they are, and are named."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: that is a file. Name a folder.")
    made = 0
    try:
        for path, content in sorted(_files(files("simulator.cli") / "starter", Path())):
            target = folder / path
            if target.exists() or target.is_symlink():
                screen.verbatim(f"  kept  {clean(target)}")
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            screen.verbatim(f"  made  {clean(target)}")
            made += 1
    except OSError as error:
        place = error.filename or folder
        raise UsageError(f"{place}: cannot be made: {error.strerror}. Name a folder of yours.") from error
    if not made:
        screen.line("Everything was there already; nothing was changed.")
        return Exit.AS_EXPECTED
    screen.line("Now run it, and then change something:")
    if folder.resolve() != Path.cwd():
        screen.verbatim(f"  cd {clean(shlex.quote(str(folder)))}")
    screen.verbatim("  journeyproof run")
    return Exit.AS_EXPECTED


def _files(folder: Traversable, below: Path) -> list[tuple[Path, bytes]]:
    """Every file of the example with its place in the project."""
    found: list[tuple[Path, bytes]] = []
    for item in folder.iterdir():
        if item.is_dir():
            found += [] if item.name == "__pycache__" else _files(item, below / item.name)
        else:
            found.append((below / item.name.removesuffix(_TEMPLATE), item.read_bytes()))
    return found
