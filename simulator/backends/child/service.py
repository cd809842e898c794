"""The child's side: it makes a backend, holds its clock, and answers the calls that come through a pipe.

A call is one JSON object on a line, `{"call": "advance", "to": "...", "step": 3}`, and is answered by one:
`{"answer": {...}}` or `{"error": {...}}`. What the engine prints goes its own way and is no part of this.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from simulator.backends.answers import asked, capabilities_of, methods_of, name_of
from simulator.backends.child.clocks import Move, held
from simulator.backends.child.failures import failure_to_wire
from simulator.backends.protocol import Backend, capabilities_to_wire
from simulator.backends.session import Session
from simulator.model.briefing import Briefing
from simulator.model.jsonl import instant_of
from simulator.model.log import Event
from simulator.words.errors import BackendFailed, UsageError

PATIENCE = 3
"""Seconds that exit handlers have once the parent is gone."""


def serve(told: Mapping[str, Any]) -> None:
    """Answer calls until the parent closes the pipe, or is no more."""
    for descriptor in (told["calls"], told["answers"]):
        os.set_inheritable(descriptor, False)
    # A fork of the engine's own must not answer in its place.
    os.register_at_fork(after_in_child=lambda: _close(told["calls"], told["answers"]))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Line by line, so that what was printed before a crash has been printed.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    alone: list[bool] = []
    # Registered before anything of the engine's, so that it is called last.
    atexit.register(lambda: _end_group() if alone else None)
    service = Service(told)
    try:
        with os.fdopen(told["calls"], "rb", closefd=False) as calls:
            for line in calls:
                written = service.answer(line)
                while written:
                    written = written[os.write(told["answers"], written) :]
    except OSError as error:
        sys.exit(f"the pipe to the harness is closed: {error.strerror}")
    # The parent is gone, or does not want us any more: exit handlers have their time, and no more than that.
    alone.append(True)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(PATIENCE)


def _end_group() -> None:
    """Leave nothing behind that the engine started, in case there is no parent any more who would see to it."""
    if os.getpgrp() == os.getsid(0):
        os.killpg(os.getpgrp(), signal.SIGKILL)


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        with suppress(OSError):
            os.close(descriptor)


def _encoded(answer: dict[str, Any], most: int) -> bytes:
    try:
        line = json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        if len(line) <= most:
            return line
        problem: BaseException = BackendFailed(f"its answer has {len(line)} bytes; the limit is {most}")
    except (TypeError, ValueError, RecursionError) as error:
        problem = BackendFailed(f"its answer holds what JSON cannot carry: {error}")
    return json.dumps({"error": failure_to_wire(problem)}).encode() + b"\n"


class Service:
    """Answers calls about one backend after the other.

    `told` names its `target`, `arguments` and `clock`, and the most `events` and `bytes` in one answer.
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told = told
        self._make: Callable[[], Backend] | None = None
        self._move: Move = lambda _: None
        self._session: Session | None = None
        self._clock = held(told["clock"])
        self._calls: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "capabilities": self._capabilities,
            "open": self._open,
            "ingest": lambda call: self._opened.ingest(call["events"]),
            "advance": lambda call: self._opened.advance(instant_of("to", call["to"]), call["step"]),
            "next_wakeup": lambda _: self._opened.clock(),
            "close": self._close,
        }

    def answer(self, line: bytes) -> bytes:
        """The line that answers the line of a call; whatever an engine raises is an answer too."""
        call = json.loads(line)
        try:
            answer = {"answer": self._calls[call["call"]](call)}
        except BaseException as error:  # noqa: BLE001  an engine may raise anything, SystemExit included
            answer = {"error": failure_to_wire(error)}
        return _encoded(answer, self._told["bytes"])

    @property
    def _opened(self) -> Session:
        if self._session is None:
            raise BackendFailed("it has not been opened")
        return self._session

    def _backend(self) -> Backend:
        """A backend of the class, made while the clock is held."""
        if self._make is None:
            # What is loaded before the freeze begins is frozen in one walk.
            self._make = _found(self._told["target"])
            self._move = self._clock.__enter__()
        return Watched(self._make(**self._told["arguments"]), self._move)

    def _capabilities(self, call: Mapping[str, Any]) -> dict[str, Any]:
        backend = self._backend()
        return {"name": backend.name, "capabilities": capabilities_to_wire(backend.capabilities)}

    def _open(self, call: Mapping[str, Any]) -> dict[str, Any]:
        start = instant_of("start", call["start"])
        self._move(start)
        self._session = Session(self._backend(), self._told["events"])
        return self._session.open(call["briefing"], start)

    def _close(self, call: Mapping[str, Any]) -> dict[str, Any]:
        session, self._session = self._opened, None
        session.close()
        return {}


def _found(target: str) -> Callable[..., Backend]:
    """The class of a target `module:Class`. Raises UsageError."""
    module, _, name = target.partition(":")
    try:
        found = getattr(import_module(module), name, None)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing != module and not module.startswith(f"{missing}."):
            raise  # The module is there; something that it needs is not.
        raise UsageError(f"the backend '{target}' cannot be imported: {error}. Write module:Class.") from error
    if not callable(found):
        raise UsageError(f"the backend '{target}' is not there: {module} has no class '{name}'. Write module:Class.")
    made: Callable[..., Backend] = found
    return made


class Watched:
    """A backend whose clock is moved before each call; what it declares of itself is looked at first."""

    def __init__(self, backend: Backend, move: Move) -> None:
        methods_of(backend)
        self._backend, self._move = backend, move
        self.name = name_of(backend)
        self.capabilities = capabilities_of(backend)

    @property
    def definition(self) -> str:
        """What it runs: our journeys compiled, or a definition of its own. Empty where it does not say."""
        return str(getattr(self._backend, "definition", ""))

    def open(self, briefing: Briefing, start: int) -> None:
        """Publish the briefing at its start."""
        self._move(start)
        asked(self._backend, "open", briefing, start)

    def ingest(self, event: Event) -> None:
        """Tell it an event at that instant."""
        self._move(event.time)
        asked(self._backend, "ingest", event)

    def next_wakeup(self) -> int | None:
        """Its earliest timer."""
        return self._backend.next_wakeup()

    def advance(self, to: int, step: int) -> list[Event]:
        """What it did."""
        self._move(to)
        return self._backend.advance(to, step)

    def close(self) -> None:
        """Let go of everything."""
        asked(self._backend, "close")
