"""Tryton's marketing automation, unpatched, as an automation under test. `make()` makes one.

The package is GPL-3.0-or-later, and runs in a process of its own behind the protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.backends.protocol import Backend


def make() -> Backend:
    """Tryton with the sinks that take its mails. Raises NotInstalled with the command that installs it."""
    from simulator.backends.tryton.adapter import make as made

    return made()
