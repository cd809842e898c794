"""The command `doctor`: whether this machine has what rehearsals need, tried and not only looked for."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from simulator.cli.exits import Exit
from simulator.reporting.plain import clean, counted
from simulator.reporting.screen import Screen
from simulator.words.errors import JourneyproofError, UsageError, did_you_mean

EVERYBODY = "everybody"
"""Who needs what no rehearsal can do without."""
PATIENCE = 20
"""Seconds that a program may take to say its version or the time."""
OLDEST = (3, 11)


@dataclass(frozen=True)
class Sign:
    """One thing that was looked at: `found` in words when it is there, else `remedy` says how it comes to be.

    `needed_by` are the backends that do nothing without it, or `everybody`.
    """

    name: str
    found: str | None
    remedy: str = ""
    needed_by: frozenset[str] = frozenset()


def doctor(backend: str | None, screen: Screen) -> Exit:
    """Look at everything, a line each. What `everybody` and `backend` need and is missing makes the exit code 1."""
    from simulator.backends.catalogue import SUMMARIES

    if backend is not None and backend not in SUMMARIES:
        hint = did_you_mean(backend, SUMMARIES)
        raise UsageError(f"--backend {backend}: no such backend{hint}. There are {', '.join(SUMMARIES)}.")
    signs = list(_signs())
    width = max(len(sign.name) for sign in signs)
    required = {EVERYBODY, backend}
    for sign in signs:
        name = clean(sign.name).ljust(width)
        if sign.found is not None:
            screen.line(("✓ ok      ", "green"), f" {name}  {clean(sign.found)}", hang=4)
            continue
        style = "bold red" if required & sign.needed_by else ""
        users = sorted(sign.needed_by - {EVERYBODY})
        whom = f" (for {', '.join(users)})" if users else ""
        screen.line(("✗ missing ", style), f" {name}  {clean(sign.remedy)}{whom}", hang=4)
    missing = [sign for sign in signs if sign.found is None]
    failing = [sign for sign in missing if required & sign.needed_by]
    screen.line(_conclusion(len(missing), len(failing), backend))
    return Exit.NOT_AS_EXPECTED if failing else Exit.AS_EXPECTED


def _conclusion(missing: int, failing: int, backend: str | None) -> tuple[str, str]:
    for_whom = f"the backend '{backend}'" if backend is not None else "the reference backend"
    if failing:
        return (
            f"{counted(failing, 'thing')} that {for_whom} needs {'is' if failing == 1 else 'are'} missing",
            "bold red",
        )
    others = f"; {counted(missing, 'thing')} that only others need {'is' if missing == 1 else 'are'} missing"
    return f"{for_whom} has all that it needs{others if missing else ''}", "green"


def _signs() -> Iterator[Sign]:
    for name, remedy, look in (
        ("Python", f"install Python {OLDEST[0]}.{OLDEST[1]} or later", _python),
        ("scenarios and fixtures", "they are part of the package: install it again", _data),
        ("temporary folder", "let TMPDIR name a folder that can be written to", _temporary),
        ("cache folder", "let XDG_CACHE_HOME name a folder that can be written to", _cache),
        ("ports of 127.0.0.1", "let this process listen on ports: a sandbox may forbid it", _ports),
    ):
        needed_by = frozenset({EVERYBODY} if look in (_python, _data, _temporary) else _ENGINES)
        yield Sign(name, _tried(look), remedy, needed_by)
    yield from _engines()
    said = "apt-get install redis-server, for what is said of Celery with Redis"
    yield Sign("redis-server", _tried(lambda: _version("redis-server")), said)


_ENGINES = frozenset({"tryton", "node-red", "celery", "apscheduler", "django", "http"})
"""Backends in processes of their own."""


def _engines() -> Iterator[Sign]:
    """What each engine is made of; what several need is told once."""
    from simulator.backends.catalogue import catalogue

    needs: dict[str, tuple[str | None, str, set[str]]] = {}
    for listing in catalogue():
        for name, version in listing.needs:
            _, _, users = needs.setdefault(name, (version, listing.how_to_get, set()))
            users.add(listing.name)
    for name, (version, how, users) in needs.items():
        if name == "faketime":
            yield Sign(
                name, _tried(_moved_clock), "apt-get install faketime, which gives virtual time", frozenset(users)
            )
        else:
            yield Sign(name, version, how, frozenset(users))


def _tried(look: Callable[[], str | None]) -> str | None:
    """What a look found; None where it failed."""
    try:
        return look()
    except (OSError, subprocess.SubprocessError, JourneyproofError, ImportError):
        return None


def _python() -> str | None:
    return ".".join(map(str, sys.version_info[:3])) if sys.version_info[:2] >= OLDEST else None


def _data() -> str | None:
    from simulator.model.data import data_folder
    from simulator.model.loading import discover

    found = discover([], data_folder("scenarios"), None)
    return f"{counted(len(found), 'scenario')} shipped"


def _temporary() -> str | None:
    with TemporaryDirectory(prefix="journeyproof-") as folder:
        return f"{Path(folder).parent} can be written to"


def _cache() -> str | None:
    stated = os.environ.get("XDG_CACHE_HOME", "")
    folder = (Path(stated) if stated else Path.home() / ".cache") / "journeyproof"
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="doctor-", dir=folder):
        return f"{folder} can be written to"


def _ports() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with socket.create_connection(listener.getsockname(), timeout=PATIENCE):
            return "they can be listened on and reached"


def _version(program: str) -> str | None:
    """What a program says of its version."""
    path = shutil.which(program)
    if path is None:
        return None
    found = re.search(r"\d+(\.\d+)+", _said([path, "--version"], dict(os.environ)))
    return found[0] if found else "it does not say which"


def _moved_clock() -> str | None:
    """Really moves the clock of a child process: a library that is there may still not work here."""
    from simulator.backends.program.faketime import VirtualClock, installed_library
    from simulator.words.clock import from_iso

    program, wanted = shutil.which("date"), from_iso("2031-05-06T07:08:09Z")
    if program is None:
        return None
    with TemporaryDirectory(prefix="journeyproof-") as folder:
        clock = VirtualClock(Path(folder) / "clock")
        clock.stop_at(wanted)
        said = _said([program, "+%s"], {**os.environ, **clock.environment(os.environ)}).strip()
    return f"{installed_library().name} moves the clock of a child" if said == str(wanted // 1000) else None


def _said(words: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL
    )
    return done.stdout
