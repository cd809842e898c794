"""Automations under test: the protocol they speak, and those this project brings along.

`BACKENDS` names them. A value makes one backend, and is called once for each cell of customers where they are
independent. Modules are imported only when a backend is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.words.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from simulator.backends.protocol import Backend


def _reference() -> Backend:
    from simulator.backends.reference import ReferenceBackend

    return ReferenceBackend()


BACKENDS: dict[str, Callable[[], Backend]] = {"reference": _reference}
"""Name, and what makes one."""


def backend_factory(name: str) -> Callable[[], Backend]:
    """What makes backends of that name. UsageError for a name that nobody has registered."""
    if name not in BACKENDS:
        known = ", ".join(sorted(BACKENDS))
        raise UsageError(f"unknown backend '{name}'{did_you_mean(name, BACKENDS)}. There are: {known}.")
    return BACKENDS[name]
