"""Where Node.js and Node-RED are on this machine, and how to get them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

from simulator.words.errors import NotInstalled

VARIABLE: Final = "JOURNEYPROOF_NODE_RED"
"""The variable that names a `node_modules` folder with Node-RED in it."""
PACKAGES: Final = ("node-red", "node-red-node-email")
"""What has to be installed."""
HOW_TO_GET: Final = "npm install node-red@4 node-red-node-email"
"""The command that installs Node-RED in the folder in which the harness is run."""
HOME: Final = Path("engines", "node-red", "node_modules")
"""Where it is inside a virtual environment."""


def node_version() -> str | None:
    """The version of Node.js, such as `20.20.2`; None if it is not installed."""
    node = shutil.which("node")
    return None if node is None else _told([node, "--version"]).removeprefix("v") or None


def node_red_version() -> str | None:
    """The version of Node-RED; None unless it and its e-mail node are installed."""
    modules = node_modules()
    return None if modules is None else _version(modules, PACKAGES[0])


def node_modules() -> Path | None:
    """The `node_modules` folder in which Node-RED and its e-mail node are; None if there is none.

    It is looked for where JOURNEYPROOF_NODE_RED says, in the virtual environment, in the current folder, and among
    npm's global packages.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return _complete(Path(named)) or _complete(Path(named, "node_modules"))
    return _complete(Path(sys.prefix) / HOME) or _complete(Path.cwd() / "node_modules") or _complete(_global())


def installed() -> Path:
    """The `node_modules` folder with Node-RED. Raises NotInstalled, with the command that installs what is missing."""
    if node_version() is None:
        raise NotInstalled("Node.js is not there, in which Node-RED runs. Install it: apt-get install nodejs npm")
    modules = node_modules()
    if modules is None:
        named = os.environ.get(VARIABLE)
        where = f"in {named}, where {VARIABLE} says it is" if named else "in any of the places where it is looked for"
        raise NotInstalled(f"{' and '.join(PACKAGES)} are not there, {where}. Install them: {HOW_TO_GET}")
    return modules


def _complete(modules: Path | None) -> Path | None:
    if modules is None or any(_version(modules, package) is None for package in PACKAGES):
        return None
    return modules.resolve()


def _version(modules: Path, package: str) -> str | None:
    try:
        told = json.loads((modules / package / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(told.get("version", "")) or None if isinstance(told, dict) else None


def _global() -> Path | None:
    npm = shutil.which("npm")
    told = _told([npm, "root", "-g"]) if npm is not None else ""
    return Path(told) if told else None


@cache
def _ask(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _told(command: list[str]) -> str:
    """What a command prints; '' if it fails."""
    return _ask(tuple(command))
