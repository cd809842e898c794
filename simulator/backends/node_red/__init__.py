"""Node-RED, unmodified, as an automation under test. `make()` makes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.backends.protocol import Backend


def make() -> Backend:
    """Node-RED with the sinks that take its messages. Raises NotInstalled with the command that installs it."""
    from simulator.backends.node_red.adapter import make as made

    return made()
