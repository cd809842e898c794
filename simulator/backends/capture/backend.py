"""An engine that really sends, as a backend: what it hands to the sinks becomes events.

Nothing is lost on the way. Every captured message is an event, `Message Sent` if it is recognised and `Message
Unrecognised` if not, and what was not taken is `Message Refused` or `Message Deferred`; `counts` keep the books.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from simulator.backends.capture.clicks import Follow, Visit, clicked, follow, on_loopback
from simulator.backends.capture.intake import Answer, always_taken
from simulator.backends.capture.mail import Captured
from simulator.backends.capture.postoffice import PostOffice, Sinks
from simulator.backends.capture.telling import Teller
from simulator.backends.protocol import Backend, Capabilities
from simulator.model.briefing import Briefing
from simulator.model.jsonl import rfc3339
from simulator.model.log import Event
from simulator.model.recognition import Recognise, read_rules
from simulator.words.errors import BackendFailed, ClockTurnedBack, NotQuiescent

MakeEngine = Callable[[Sinks], Backend]
"""Makes the engine, once its sinks are open."""
SETTLES_WITHIN: Final = 30.0
"""Seconds of real time in which a session with a sink has to end once the engine says that it is done."""


@dataclass(frozen=True)
class Counts:
    """What became of every message that was handed to a sink.

    `captured` were taken; `waiting` of them came after the last step, and are told of in the next.
    """

    captured: int = 0
    recognised: int = 0
    unrecognised: int = 0
    refused: int = 0
    deferred: int = 0
    waiting: int = 0

    @property
    def balanced(self) -> bool:
        """True if every captured message is accounted for."""
        return self.captured == self.recognised + self.unrecognised + self.waiting


@dataclass(frozen=True)
class Followed:
    """An address of a captured message that somebody's opening or clicking led to."""

    event: str
    message_id: str
    visit: Visit


class CapturingBackend:
    """Wraps an engine that sends by SMTP or webhooks.

    `make_engine` is called by `open`, when the sinks are there to be told of. `capabilities` are what the engine will
    declare. `rules` tell its messages apart; without any those of the briefing's `native` count, and without those
    the subjects of the briefing's messages. The engine itself says no `Message Sent` of what it hands to a sink.
    """

    def __init__(
        self,
        make_engine: MakeEngine,
        *,
        name: str,
        capabilities: Capabilities,
        rules: Iterable[Recognise] = (),
        follow: Follow = follow,
        definition: str = "",
        settles_within: float = SETTLES_WITHIN,
    ) -> None:
        self.name = name
        self.capabilities = capabilities
        self.followed: list[Followed] = []
        self._make_engine, self._rules, self._follow = make_engine, tuple(rules), follow
        self._definition, self._patience = definition, settles_within
        self._answer: Answer = always_taken
        self._office = PostOffice()
        self._engine: Backend | None = None
        self._teller: Teller | None = None
        self._now = 0
        self._step = 0
        self._told: list[Event] | None = None

    # ---------------------------------------------------------------------------------------------- the protocol

    def use(self, answer: Answer) -> None:
        """Let the sinks answer as the world's channels would: 250, 451 or 550 for a channel and an address."""
        self._answer = answer

    @property
    def definition(self) -> str:
        """What the engine runs, as it says itself."""
        return str(getattr(self._engine, "definition", "")) or self._definition

    @property
    def restart(self) -> Callable[[int], None]:
        """Kill the engine and begin it anew, where it can be; the sinks stay where they are."""
        restart: Callable[[int], None] | None = getattr(self._engine, "restart", None)
        if restart is None:
            raise AttributeError(f"'{self.name}' cannot be restarted")
        return restart

    def open(self, briefing: Briefing, start: int) -> None:
        """Open the sinks, make the engine, and open it. Whatever fails, no sink stays open."""
        native = briefing.native.get(self.name)
        rules = self._rules or read_rules(native.recognise if native else (), f"native: {self.name}: recognise")
        self._teller = teller = Teller(briefing, rules)
        self._office, self.followed = PostOffice(), []
        self._office.intake.answer = lambda channel, address: self._answer(channel, teller.book.spelled(address))
        self._now, self._step, self._told = start, 0, None
        try:
            self._engine = self._make_engine(self._office.open())
            self._engine.open(briefing, start)
        except BaseException:
            # What went wrong first is what is told, whatever a half-open engine says to its end.
            with suppress(Exception):
                self.close()
            raise

    def ingest(self, event: Event) -> None:
        """Tell the engine, except of an opening or a click that it hears of through its own addresses."""
        engine, teller = self._running()
        teller.book.hear(event)
        if not self._goes_through_links(event, teller):
            engine.ingest(event)

    def next_wakeup(self) -> int | None:
        """The engine's own."""
        return self._running()[0].next_wakeup()

    def advance(self, to: int, step: int) -> list[Event]:
        """Let the engine work, and tell what it said and what it sent, in order of their stamps."""
        engine, teller = self._running()
        if self._told is not None and (to, step) == (self._now, self._step):
            return list(self._told)
        if to < self._now or (self._told is not None and step <= self._step):
            raise ClockTurnedBack(
                f"step {step} to {rfc3339(to)} comes after step {self._step} to {rfc3339(self._now)}:"
                " a new step has a higher number and no earlier instant"
            )
        said = engine.advance(to, step)
        if not self._office.intake.settled(self._patience):
            count = self._office.intake.open_sessions
            raise NotQuiescent(
                f"'{self.name}' says that it is done, and {count} of its sessions with the sinks were still open"
                f" after {self._patience:g} s. An engine returns from a step once everything is handed over."
            )
        sent = teller.tell(self._office.collect(self._now, to), self._now, to)
        if not self.counts.balanced:
            raise BackendFailed(f"'{self.name}': a captured message was told of by no event: {self.counts}")
        self._told = sorted([*said, *sent], key=lambda event: event.time)
        self._now, self._step = to, step
        return list(self._told)

    def close(self) -> None:
        """Close the engine, then the sinks, whatever the engine says to it."""
        engine, self._engine = self._engine, None
        try:
            if engine is not None:
                engine.close()
        finally:
            self._office.close()

    # -------------------------------------------------------------------------------------------------- the books

    @property
    def counts(self) -> Counts:
        """What became of every message so far."""
        taken, waiting = self._office.intake.books
        told = self._teller.told if self._teller is not None else Counter[str]()
        return Counts(
            captured=taken,
            recognised=told["Message Sent"],
            unrecognised=told["Message Unrecognised"],
            refused=told["Message Refused"],
            deferred=told["Message Deferred"],
            waiting=waiting,
        )

    @property
    def captured(self) -> Mapping[str, Captured]:
        """Every captured message that was told of, by its message id."""
        return self._teller.captured if self._teller is not None else {}

    def _running(self) -> tuple[Backend, Teller]:
        if self._engine is None or self._teller is None:
            raise BackendFailed(f"'{self.name}' is asked something, and it is not open")
        return self._engine, self._teller

    def _goes_through_links(self, event: Event, teller: Teller) -> bool:
        """Follow what an opening fetches or a click leads to. False if the engine has no address of its own there."""
        message_id = str(event.data.get("message_id", ""))
        message = teller.captured.get(message_id)
        if message is None or event.name not in ("Message Opened", "Message Clicked"):
            return False
        wanted = message.images if event.name == "Message Opened" else filter(None, [clicked(message, event.data)])
        own = False
        for url in dict.fromkeys(wanted):
            if on_loopback(url):
                if not own and (arrive := getattr(self._engine, "arrive", None)) is not None:
                    arrive(event.time)
                own = True
                visit = self._follow(url, event.time)
            else:
                visit = Visit(url, None, "not on loopback: not fetched")
            self.followed.append(Followed(event.name, message_id, visit))
        return own
