"""A backend that is a program behind HTTP, in whatever language it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from simulator.backends.answers import MOST_EVENTS
from simulator.backends.http.calls import Calls
from simulator.backends.protocol import Capabilities, capabilities_from_wire
from simulator.model.briefing import Briefing
from simulator.model.jsonl import instant_of, rfc3339
from simulator.model.log import Event
from simulator.model.wire import briefing_to_wire, event_from_wire, event_to_wire
from simulator.words.errors import BackendFailed, ExpressionError

BATCH: Final = 1_000
"""The most events that are told in one call."""
_LAST_WORD = 2.0
"""How many seconds a backend has to end a session after it has failed."""
_SESSION = re.compile(r"[A-Za-z0-9._~-]{1,100}")


class RemoteBackend:
    """Speaks the protocol of `contract` to a program at `http://127.0.0.1:PORT`; see `protocol.Backend`.

    `token` is the bearer token, that of the environment variable JOURNEYPROOF_BACKEND_TOKEN where none is given;
    `timeout` says how many seconds an answer may take. The program is asked at once what it can do. Raises UsageError
    for an address that does not lead to this machine, BackendFailed where nobody answers there as a backend does.

    Events are told in one call, before the next step, or before the next question for a timer.
    """

    definition = ""

    def __init__(self, url: str, *, token: str | None = None, timeout: float = 30.0) -> None:
        self._calls = Calls(url, token, timeout)
        self._session = ""
        self._failed = False
        self._waiting: list[dict[str, Any]] = []
        self._wakeup: int | None = None
        path = "/v1/capabilities"
        told = self._calls.ask("GET", path)
        with self._reading(f"GET {path}"):
            self.capabilities: Capabilities = capabilities_from_wire(told)
            self.name = _text(told, "name")

    def open(self, briefing: Briefing, start: int) -> None:
        """Begin a session: publish journeys, policy and profiles at `start` (ms UTC)."""
        path = "/v1/sessions"
        self._fields = briefing.dictionary.fields
        opened = self._ask(path, {"briefing": briefing_to_wire(briefing), "start": rfc3339(start)})
        with self._reading(f"POST {path}"):
            session = _text(opened, "session")
            if not _SESSION.fullmatch(session):
                raise ExpressionError("session holds more than letters, digits and . _ ~ -, or more than 100 of them")
            self._session = session
            self._wakeup = _wakeup(opened)
            self.definition = _text(opened, "definition") if opened.get("definition") else ""

    def ingest(self, event: Event) -> None:
        """Keep an event for the next call."""
        self._waiting.append(event_to_wire(event, self._fields))

    def next_wakeup(self) -> int | None:
        """The earliest timer as the last answer told it, after everything that has been ingested."""
        self._tell()
        return self._wakeup

    def advance(self, to: int, step: int) -> list[Event]:
        """Everything that the program does up to and including `to`."""
        self._tell()
        path, instant = f"/v1/sessions/{self._session}/advance", rfc3339(to)
        done = self._ask(path, {"to": instant, "step": step})
        with self._reading(f"POST {path} to {instant}, step {step}"):
            if instant_of("now", done.get("now")) != to:
                raise ExpressionError(f"now is {done['now']}, and it was sent to {instant}")
            events = done.get("events")
            if not isinstance(events, list):
                raise ExpressionError("events is no list")
            if len(events) > MOST_EVENTS:
                raise ExpressionError(f"it tells {len(events)} events in one step; the limit is {MOST_EVENTS}")
            told = [event_from_wire(event, self._fields) for event in events]
            self._wakeup = _wakeup(done)
        return told

    def close(self) -> None:
        """End the session, if one was begun. A program that has failed is not asked for long, nor listened to."""
        session, self._session, self._waiting = self._session, "", []
        if not session:
            return
        limit = _LAST_WORD if self._failed else None
        try:
            self._calls.ask("DELETE", f"/v1/sessions/{session}", timeout=limit, done_already=404)
        except BackendFailed:
            if not self._failed:
                raise

    def _tell(self) -> None:
        """Tell the program what has been ingested since."""
        path = f"/v1/sessions/{self._session}/events"
        while self._waiting:
            heard = self._ask(path, {"events": self._waiting[:BATCH]})
            del self._waiting[:BATCH]
            with self._reading(f"POST {path}"):
                self._wakeup = _wakeup(heard)

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._calls.ask("POST", path, body)
        except BackendFailed:
            self._failed = True
            raise

    @contextmanager
    def _reading(self, call: str) -> Iterator[None]:
        """Read an answer; one that has not the form of the contract is a failure of the backend."""
        try:
            yield
        except ExpressionError as error:
            self._failed = True
            raise self._calls.failure(call, f"answers with what the protocol does not have: {error}") from None


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= 200:
        raise ExpressionError(f"{name} is no text of 1 to 200 visible characters")
    return value


def _wakeup(answer: dict[str, Any]) -> int | None:
    if "next_wakeup" not in answer:
        raise ExpressionError("next_wakeup is missing: it is an instant, or null")
    wakeup = answer["next_wakeup"]
    return None if wakeup is None else instant_of("next_wakeup", wakeup)
