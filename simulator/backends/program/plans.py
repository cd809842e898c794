"""How a program is run and spoken to in one run: what an adapter decides, and what it is given to decide it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from simulator.backends.program.telling import Telling
from simulator.model.briefing import Briefing

LISTENS: Final = "listens"
"""The word for a program that is up once somebody listens on its port."""
PRINTS: Final = "prints "
"""What begins the words for a program that says so itself; a regular expression follows."""


class Sinks(Protocol):
    """Where a program hands over what it sends."""

    @property
    def smtp(self) -> str:
        """`127.0.0.1:PORT` of the server that takes mails."""

    @property
    def webhook(self) -> str:
        """The address that takes all other messages."""

    @property
    def open_sessions(self) -> int:
        """Messages that are being handed over. A connection that is kept for later is none."""


@dataclass(frozen=True)
class Surroundings:
    """What a program is told of the machine: a free port, the sinks, and a folder that lasts for one run."""

    port: int
    smtp: str
    webhook: str
    folder: Path

    def values(self) -> dict[str, Any]:
        """By the names that templates use."""
        host, _, port = self.smtp.rpartition(":")
        named = {
            "python": sys.executable,
            "port": self.port,
            "smtp": self.smtp,
            "smtp_host": host,
            "webhook": self.webhook,
        }
        return {**named, "smtp_port": int(port) if port else None, "folder": str(self.folder)}


@dataclass(frozen=True)
class Plan:
    """How a program is run and spoken to in one run.

    `ready` is an address that answers once it is up, or `listens`, or `prints` and a pattern; a line with `hopeless`
    says that it never will be. `stands` says that its clock stands still between
    two steps, None that this depends on the program; without `faketime` it keeps the real time. Limits are seconds.
    """

    command: tuple[str, ...]
    definition: str
    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: str = LISTENS
    hopeless: str = ""
    faketime: bool = True
    stands: bool | None = None
    profiles: Telling | None = None
    tell: Mapping[str, Telling] = field(default_factory=dict)
    tick: Telling | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    starts_within: float = 60.0
    steps_within: float = 30.0


Planner = Callable[[Briefing, Surroundings], Plan]
"""Makes the plan of a run. Raises Unsupported for what the program cannot express."""


def write_briefing(briefing: Briefing, folder: Path) -> Path:
    """Write what the automation is told before the run as JSON, for a program that reads it."""
    from simulator.model.wire import briefing_to_wire

    path = folder / "briefing.json"
    path.write_text(json.dumps(briefing_to_wire(briefing), ensure_ascii=False), encoding="utf-8")
    return path
