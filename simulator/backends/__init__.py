"""Automations under test: the protocol they speak, and those this project brings along.

`BACKENDS` names them, and `backend_factory` reads the word that stands behind `--backend`. What it returns makes one
backend, and is called once for each cell of customers where they are independent. Modules are imported only when a
backend is made, and an engine that is not installed is NotInstalled then.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from simulator.words.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from simulator.backends.protocol import Backend


def _reference() -> Backend:
    from simulator.backends.reference import ReferenceBackend

    return ReferenceBackend()


def _tryton() -> Backend:
    from simulator.backends.tryton import make

    return make()


def _node_red() -> Backend:
    from simulator.backends.node_red import make

    return make()


def _celery() -> Backend:
    from simulator.backends.celery import make

    return make()


def _apscheduler() -> Backend:
    from simulator.backends.apscheduler import make

    return make()


def _django() -> Backend:
    from simulator.backends.django import make

    return make()


BACKENDS: dict[str, Callable[[], Backend]] = {
    "reference": _reference,
    "tryton": _tryton,
    "node-red": _node_red,
    "celery": _celery,
    "apscheduler": _apscheduler,
    "django": _django,
}
"""Name, and what makes one."""
CLOCKS: dict[str, Literal["freezegun", "time-machine"] | None] = {
    "freezegun": "freezegun",
    "time-machine": "time-machine",
    "real": None,
}
"""What may hold the clock of a class, behind the `@` of `module:Class@time-machine`; unsaid, freezegun does."""
STARTS_WITHIN, ANSWERS_WITHIN = 60.0, 30.0
"""Seconds of real time that a class has to be made, and to answer one call."""
DESCRIBED = ".backend.yaml"
"""How the name of a file ends that describes a program under test."""


_CLASS = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(@.*)?")
"""A class as one imports it, and perhaps what holds its clock."""
_HERE = re.compile(r"(http:/?/?)?(localhost|127\.[\d.]+|\[::1\])(:\d+)?/?", re.IGNORECASE)


def backend_factory(word: str) -> Callable[[], Backend]:
    """What makes the backends that a word means.

    It is a registered name, the address of a program behind HTTP (`http://127.0.0.1:8700`), the description of a
    program (`FILE.backend.yaml`), or a class (`module:Class`), which runs in a child process whose clock is held.
    Raises UsageError for a word that means nothing.
    """
    if word in BACKENDS:
        return BACKENDS[word]
    if word.lower().startswith(("http://", "https://")):
        return partial(_remote, word)
    if word.endswith(DESCRIBED):
        return partial(_described, Path(word).resolve())
    if _CLASS.fullmatch(word):
        return partial(_class, word)
    if _HERE.fullmatch(word):
        raise UsageError(f"'{word}': write an address with http:// in front, such as http://127.0.0.1:8700.")
    if word == "http":
        raise UsageError("a backend behind HTTP is named by its address, such as http://127.0.0.1:8700.")
    known = ", ".join(BACKENDS)
    raise UsageError(
        f"unknown backend '{word}'{did_you_mean(word, BACKENDS)}. There are: {known}. Or name one of your own:"
        f" module:Class, an address such as http://127.0.0.1:8700, or a file such as engine{DESCRIBED}."
    )


def _remote(url: str) -> Backend:
    from simulator.backends.http import RemoteBackend

    return RemoteBackend(url)


def _described(path: Path) -> Backend:
    from simulator.backends.program import program_backend

    return program_backend(path)


def _class(word: str) -> Backend:
    """A class in a child. `datetime.now()` there is the virtual time; `@real` leaves the clock of the child alone."""
    from simulator.backends.child import ChildBackend, Limits

    target, at, named = word.partition("@")
    if at and named not in CLOCKS:
        hint = did_you_mean(named, CLOCKS)
        raise UsageError(f"'{word}': no clock is called '{named}'{hint}. There are: {', '.join(CLOCKS)}.")
    return ChildBackend(
        target, clock=CLOCKS[named or "freezegun"], timeout=ANSWERS_WITHIN, limits=Limits(start=STARTS_WITHIN)
    )
