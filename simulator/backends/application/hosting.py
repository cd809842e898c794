"""How an in-process engine is set up: in a child whose clock is held, its messages captured by the harness."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from simulator.backends.application.words import OF_APPLICATION
from simulator.backends.child.clocks import Library
from simulator.backends.protocol import Backend, Capabilities
from simulator.words.errors import NotInstalled

TIMEOUT = 300.0
"""Seconds of real time that an engine has for one step: a whole segment may be sent to in one."""


def hosted(
    name: str,
    target: str,
    needs: tuple[str, ...],
    *,
    clock: Library = "freezegun",
    capabilities: Capabilities | None = None,
    arguments: dict[str, Any] | None = None,
) -> Backend:
    """The engine `target` (`module:Class`, called with `arguments`) as the backend `name`.

    Raises NotInstalled where one of the modules is missing that it `needs`, with the extra that brings it.
    """
    missing = [module for module in (*needs, "aiosmtpd") if find_spec(module) is None]
    if missing:
        raise NotInstalled(f"the backend '{name}' needs {' and '.join(missing)}: pip install 'journeyproof[{name}]'")
    from simulator.backends.capture import CapturingBackend
    from simulator.backends.child import ChildBackend

    def engine(sinks: Any) -> Backend:
        return ChildBackend(target, clock=clock, environment=sinks.environment, timeout=TIMEOUT, arguments=arguments)

    return CapturingBackend(engine, name=name, capabilities=capabilities or Capabilities(features=OF_APPLICATION))
