"""One backend behind a wire: the rules of the clock, and events as plain data.

Whatever carries the messages (HTTP, the pipes of a child process), a `Session` answers them for a Python backend. What
a caller sends twice has one effect: an event is known by its id, a step by its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simulator.backends.answers import MOST_EVENTS, asked, events_of, wakeup_of
from simulator.backends.protocol import Backend
from simulator.model.jsonl import rfc3339
from simulator.model.wire import briefing_from_wire, event_from_wire, event_to_wire
from simulator.words.errors import BackendFailed, ClockTurnedBack
from simulator.words.vocabulary import FieldType


class Session:
    """A backend from `open` to `close`. Times are ms UTC, and RFC 3339 in answers.

    `fields` are the types of the fields that events carry, `now` the instant of the last step, `step` its number.
    `most` is how many events it may tell in one. What it answers is looked at: BackendFailed where it is not in form.
    """

    def __init__(self, backend: Backend, most: int = MOST_EVENTS) -> None:
        self.backend = backend
        self.most = most
        self.fields: Mapping[str, FieldType] = {}
        self.now = 0
        self.step = 0
        self._heard: set[int] = set()
        self._answer: dict[str, Any] | None = None

    def open(self, briefing: Mapping[str, Any], start: int) -> dict[str, Any]:
        """Publish a briefing. Raises Unsupported; ExpressionError and InvalidDocuments where it is not in form."""
        told = briefing_from_wire(briefing)
        self.fields = told.dictionary.fields
        self.now = start
        asked(self.backend, "open", told, start)
        return {"next_wakeup": self._wakeup(), "definition": str(getattr(self.backend, "definition", ""))}

    def ingest(self, events: Iterable[object]) -> dict[str, Any]:
        """Tell the backend events; one whose id it has been told is passed over.

        All of them are read before the first is told, so that a batch that is not in form has no effect. Raises
        ExpressionError, and ClockTurnedBack for an event from before the last step.
        """
        told = [event_from_wire(event, self.fields) for event in events]
        for event in told:
            if event.time < self.now:
                raise ClockTurnedBack(
                    f"'{event.name}' is told at {rfc3339(event.time)}, and the clock stands at {rfc3339(self.now)}"
                )
        for event in told:
            if event.number >= 0:
                if event.number in self._heard:
                    continue
                self._heard.add(event.number)
            asked(self.backend, "ingest", event)
        return {"next_wakeup": self._wakeup()}

    def advance(self, to: int, step: int) -> dict[str, Any]:
        """Let it do everything up to `to`. The same step again is answered as before, and the backend is not asked.

        Raises ClockTurnedBack for an instant or a step before the last one, and for a step that had another instant.
        """
        if self._answer is not None and step == self.step and to == self.now:
            return self._answer
        if self._answer is not None and step <= self.step:
            raise ClockTurnedBack(
                f"step {step} to {rfc3339(to)} comes after step {self.step} to {rfc3339(self.now)}:"
                " a new step has a higher number, and the same step the same instant"
            )
        if to < self.now:
            raise ClockTurnedBack(f"step {step} goes back to {rfc3339(to)}; the clock stands at {rfc3339(self.now)}")
        done = events_of(self.backend.advance(to, step), self.most)
        for event in done:
            if not self.now <= event.time <= to:
                raise BackendFailed(
                    f"it stamps '{event.name}' {rfc3339(event.time)}, outside the step"
                    f" from {rfc3339(self.now)} to {rfc3339(to)}"
                )
        events = [event_to_wire(event, self.fields) for event in done]
        self.now, self.step = to, step
        self._answer = {"now": rfc3339(to), "events": events, "next_wakeup": self._wakeup()}
        return self._answer

    def clock(self) -> dict[str, Any]:
        """Where the clock stands, and the earliest timer."""
        return {"now": rfc3339(self.now), "step": self.step, "next_wakeup": self._wakeup()}

    def close(self) -> None:
        """Let go of everything."""
        asked(self.backend, "close")

    def _wakeup(self) -> str | None:
        wakeup = wakeup_of(self.backend.next_wakeup())
        return None if wakeup is None else rfc3339(wakeup)
