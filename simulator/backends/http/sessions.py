"""The sessions of a server: each a backend of its own, in a thread of its own."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from simulator.backends.http.lanes import Lane
from simulator.backends.http.misfits import Misfit, pointer_of
from simulator.backends.http.problems import Refused, failure, wrong_form
from simulator.backends.protocol import Factory
from simulator.backends.session import Session
from simulator.model.jsonl import rfc3339
from simulator.model.wire import event_from_wire
from simulator.words.errors import ClockTurnedBack, ExpressionError

_PATIENCE = 2.0
"""How many seconds the backends have to let go of everything when the server ends."""


@dataclass(frozen=True)
class _Held:
    session: Session
    lane: Lane


class Sessions:
    """The sessions that have been begun and not ended, at most `most` at once.

    What cannot be done is Refused. `note` is told, in one line, whatever is a failure of the backend.
    """

    def __init__(self, factory: Factory, most: int, note: Callable[[str], None]) -> None:
        self._factory, self._most, self._note = factory, most, note
        self._held: dict[str, _Held] = {}
        self._opening = 0
        self._ids = count(1)

    async def open(self, briefing: Mapping[str, Any], start: int) -> dict[str, Any]:
        """Make a backend and brief it."""
        if len(self._held) + self._opening >= self._most:
            raise Refused(429, f"there are {self._most} sessions already: end those that are done with DELETE.")
        id = f"s{next(self._ids)}"
        lane = Lane(f"session {id}")
        made: list[Session] = []

        def begin() -> dict[str, Any]:
            made.append(Session(self._factory()))
            return made[0].open(briefing, start)

        self._opening += 1
        try:
            opened = await self._carry_out(lane, begin, "open", "/briefing")
        except Refused:
            if made:
                await lane.call(made[0].close)
            lane.end()
            raise
        finally:
            self._opening -= 1
        self._held[id] = _Held(made[0], lane)
        return {"session": id, **opened}

    async def ingest(self, id: str, events: list[Any]) -> Any:
        """Tell a session what has reached its system."""
        held = self._find(id)
        return await self._carry_out(held.lane, lambda: _ingested(held.session, events), "ingest")

    async def advance(self, id: str, to: int, step: int) -> Any:
        """Move a session's clock."""
        held = self._find(id)
        return await self._carry_out(held.lane, lambda: _advanced(held.session, to, step), "advance")

    async def clock(self, id: str) -> Any:
        """Where a session stands."""
        held = self._find(id)
        return await self._carry_out(held.lane, held.session.clock, "next_wakeup")

    async def close(self, id: str) -> None:
        """End a session. From now on it is not there, whatever the backend says to its end."""
        held = self._find(id)
        del self._held[id]
        try:
            await self._carry_out(held.lane, held.session.close, "close")
        finally:
            held.lane.end()

    async def close_all(self) -> None:
        """End every session, and wait a little for those that are at work."""
        closing = [asyncio.ensure_future(self.close(id)) for id in list(self._held)]
        if closing:
            _, late = await asyncio.wait(closing, timeout=_PATIENCE)
            for task in late:
                task.cancel()
            await asyncio.gather(*closing, return_exceptions=True)

    def _find(self, id: str) -> _Held:
        # Nothing is awaited between this and the call, so that no session ends in between.
        if id not in self._held:
            raise Refused(404, f"there is no session '{id}': it has ended, or was begun with another program.")
        return self._held[id]

    async def _carry_out(self, lane: Lane, function: Callable[[], Any], doing: str, pointer: str = "") -> Any:
        """Call a backend in its thread; what it raises becomes a problem, and no traceback leaves this program."""
        answer, error = await lane.call(function)
        if error is None:
            return answer
        refused = error if isinstance(error, Refused) else failure(error, doing, pointer)
        if refused.status >= 500:
            self._note(f"{refused.detail}{_where(error)}")
        raise refused from None


def _ingested(session: Session, events: list[Any]) -> dict[str, Any]:
    for index, event in enumerate(events):
        try:
            event_from_wire(event, session.fields)
        except ExpressionError as error:
            raise wrong_form([Misfit(pointer_of(("events", index)), str(error))]) from None
    try:
        return session.ingest(events)
    except ClockTurnedBack as error:
        raise _turned_back(session, error) from None


def _advanced(session: Session, to: int, step: int) -> dict[str, Any]:
    try:
        return session.advance(to, step)
    except ClockTurnedBack as error:
        raise _turned_back(session, error) from None


def _turned_back(session: Session, error: ClockTurnedBack) -> Refused:
    return Refused(409, str(error), now=rfc3339(session.now), step=session.step)


def _where(error: BaseException) -> str:
    """` (engine.py:12)`: where a backend raised, for whoever is writing it."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
