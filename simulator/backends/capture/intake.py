"""The counter at which both sinks hand in what they took: it answers senders, keeps every message, and counts.

Sinks run in threads of their own. Everything here may be called from any thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from typing import Final, NamedTuple

from simulator.backends.capture.mail import Captured
from simulator.model.addresses import checked_email, checked_phone
from simulator.words.errors import BackendFailed, ExpressionError

TAKEN, LATER, REFUSED = 250, 451, 550
"""What a sender hears, as SMTP says it (RFC 5321, 4.2.3)."""
BY_PHONE: Final = frozenset({"sms", "phone", "whatsapp", "voice", "mms", "rcs"})
"""Channels whose addresses are telephone numbers. A push token or a postal address may be any words."""

Answer = Callable[[str, str], int]
"""What a channel answers for an address: 250, 451 or 550."""


class Ruling(NamedTuple):
    """What the sender of a message hears for one address; `unsafe` says why it may never be sent there."""

    code: int
    unsafe: str = ""


@dataclass(frozen=True, order=True)
class TurnedAway:
    """A message that was not taken: `answered` is 451 (later) or 550, with the reason."""

    channel: str
    address: str
    sender: str
    answered: int
    reason: str = ""


@dataclass(frozen=True)
class HandedIn:
    """All that came in since somebody asked last, in the order in which it came."""

    captured: tuple[Captured, ...] = ()
    turned_away: tuple[TurnedAway, ...] = ()


def unsafe(channel: str, address: str) -> str:
    """Why a message to this address might reach somebody; empty if it cannot."""
    try:
        if "@" in address or channel == "email":
            checked_email(address)
        elif channel in BY_PHONE or re.fullmatch(r"\+[\d ().-]+", address):
            checked_phone(address)
    except ExpressionError as error:
        return error.message
    return "" if address.strip() else "it says no address"


def always_taken(_channel: str, _address: str) -> int:
    """The answer of channels that nobody has told what to say."""
    return TAKEN


class Intake:
    """What the sinks share. `answer` is asked once for each recipient of each message."""

    def __init__(self, answer: Answer = always_taken) -> None:
        self.answer = answer
        self._changed = Condition()
        self._captured: list[Captured] = []
        self._turned_away: list[TurnedAway] = []
        self._taken = 0
        self._open = 0
        self._failure: BaseException | None = None

    # ------------------------------------------------------------------------------------------ for the sinks

    def rule(self, channel: str, address: str) -> Ruling:
        """What to answer for a recipient. An answer that fails is told to whoever collects, and meanwhile is 451."""
        reason = unsafe(channel, address)
        if reason:
            return Ruling(REFUSED, reason)
        try:
            code = self.answer(channel, address)
            if code not in (TAKEN, LATER, REFUSED):
                raise ValueError(f"a channel answers 250, 451 or 550, and not {code!r}")
        except Exception as error:  # noqa: BLE001  it crosses to the thread that can tell it
            self.fail(error)
            return Ruling(LATER)
        return Ruling(code)

    def take(self, *messages: Captured) -> None:
        """Keep messages, until they are collected."""
        with self._changed:
            self._captured.extend(messages)
            self._taken += len(messages)

    def turn_away(self, *messages: TurnedAway) -> None:
        """Note messages that were not taken."""
        with self._changed:
            self._turned_away.extend(messages)

    def fail(self, error: BaseException) -> None:
        """Note what must not pass in silence: the first failure is raised when somebody collects."""
        with self._changed:
            self._failure = self._failure or error

    def opened(self) -> None:
        """A session has something under way."""
        with self._changed:
            self._open += 1

    def ended(self) -> None:
        """It is over, or idle."""
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    # ------------------------------------------------------------------------------------------- for collectors

    @property
    def open_sessions(self) -> int:
        """Sessions with something under way. A connection that is kept for later is none."""
        with self._changed:
            return self._open

    @property
    def books(self) -> tuple[int, int]:
        """How many messages were ever taken, and how many of them wait to be collected."""
        with self._changed:
            return self._taken, len(self._captured)

    def settled(self, seconds: float) -> bool:
        """Wait until no session is open, at most so long in real time; False if one still is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, seconds)

    def collect(self) -> HandedIn:
        """All that came in since the last time. Raises BackendFailed if a sink could not do its work."""
        with self._changed:
            failure, self._failure = self._failure, None
            if failure is not None:
                raise BackendFailed(f"a sink failed: {type(failure).__name__}: {failure}") from failure
            handed_in = HandedIn(tuple(self._captured), tuple(self._turned_away))
            self._captured.clear()
            self._turned_away.clear()
            return handed_in
