"""journeyproof: rehearse marketing automation against simulated people, in virtual time, and judge what it did.

    from simulator import discover, load, rehearse

    [source] = discover(["late-birthday"])
    rehearsal = rehearse(load(source, "one-day-incident"))
    assert rehearsal.as_expected

The names below are the whole public interface. Each is imported from its module when it is first asked for, so that
`import simulator` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.backends.child import ChildBackend
    from simulator.backends.http import RemoteBackend
    from simulator.backends.protocol import Backend, Capabilities
    from simulator.cli.selecting import discover
    from simulator.model.briefing import Briefing
    from simulator.model.loading import Source, from_document, load
    from simulator.model.log import Event, EventLog
    from simulator.model.results import Verdict, Violation
    from simulator.model.scenarios import Scenario
    from simulator.running import Rehearsal, judge_log, read_log, rehearse, replay, result_file, write_log
    from simulator.words.errors import (
        BackendFailed,
        InvalidDocuments,
        JourneyproofError,
        LimitReached,
        NotInstalled,
        NotQuiescent,
        Problem,
        Refusal,
        Stuck,
        Unsupported,
        UsageError,
    )
    from simulator.words.vocabulary import Money

    __version__: str

__all__ = [
    "Backend",
    "BackendFailed",
    "Briefing",
    "Capabilities",
    "ChildBackend",
    "Event",
    "EventLog",
    "InvalidDocuments",
    "JourneyproofError",
    "LimitReached",
    "Money",
    "NotInstalled",
    "NotQuiescent",
    "Problem",
    "Refusal",
    "Rehearsal",
    "RemoteBackend",
    "Scenario",
    "Source",
    "Stuck",
    "Unsupported",
    "UsageError",
    "Verdict",
    "Violation",
    "__version__",
    "discover",
    "from_document",
    "judge_log",
    "load",
    "read_log",
    "rehearse",
    "replay",
    "result_file",
    "write_log",
]

_HOMES = {
    "backends.child": ("ChildBackend",),
    "backends.http": ("RemoteBackend",),
    "backends.protocol": ("Backend", "Capabilities"),
    "cli.selecting": ("discover",),
    "model.briefing": ("Briefing",),
    "model.loading": ("Source", "from_document", "load"),
    "model.log": ("Event", "EventLog"),
    "model.results": ("Verdict", "Violation"),
    "model.scenarios": ("Scenario",),
    "running": ("Rehearsal", "judge_log", "read_log", "rehearse", "replay", "result_file", "write_log"),
    "words.errors": (
        *("BackendFailed", "InvalidDocuments", "JourneyproofError", "LimitReached", "NotInstalled", "NotQuiescent"),
        *("Problem", "Refusal", "Stuck", "Unsupported", "UsageError"),
    ),
    "words.vocabulary": ("Money",),
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("journeyproof")
    else:
        home = next((module for module, names in _HOMES.items() if name in names), None)
        if home is None:
            raise AttributeError(f"module 'simulator' has no attribute '{name}'")
        value = getattr(import_module(f"simulator.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
