"""Any program as an automation under test, unmodified, as a child process in virtual time.

`program_backend(path)` makes a backend of a description, a `*.backend.yaml` (`document`). Adapters that write their
engine's definition themselves hand `ProgramBackend` a planner (`backend`). The parts can be used alone: `faketime` is
the clock, `waking` wakes the sleepers after a jump, `quiescence` knows when a process tree is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.backends.program.backend import ProgramBackend
    from simulator.backends.program.described import program_backend
    from simulator.backends.program.document import Description, ProgramOf, read_description
    from simulator.backends.program.plans import Plan, Sinks, Surroundings

__all__ = [
    "Description",
    "Plan",
    "ProgramBackend",
    "ProgramOf",
    "Sinks",
    "Surroundings",
    "program_backend",
    "read_description",
]

_HOMES = {
    "Plan": "plans",
    "ProgramBackend": "backend",
    "Sinks": "plans",
    "Surroundings": "plans",
    "program_backend": "described",
    "Description": "document",
    "ProgramOf": "document",
    "read_description": "document",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
