"""The world of one cell: its people, and everything between them and the automation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from simulator.model.jsonl import rfc3339
from simulator.model.log import Event
from simulator.model.people import Person
from simulator.model.scenarios import within
from simulator.model.values import misfit
from simulator.words.clock import Zone, zone
from simulator.words.errors import BackendFailed, did_you_mean
from simulator.words.vocabulary import CAPTURED, INTERNAL, PRIVATE, Value
from simulator.world.behaviour import Behaviour
from simulator.world.channels import Channels
from simulator.world.desks import Desks
from simulator.world.environment import Environment
from simulator.world.knowledge import View
from simulator.world.setting import Setting
from simulator.world.story import Story
from simulator.world.systems import Systems

NOT_ITS_OWN: Final = INTERNAL | {
    "Message Delivered", "Message Received", "Message Opened", "Message Clicked", "Message Bounced",
    "Message Marked As Spam", "Profiles Linked",
}  # fmt: skip
"""What a backend may not say: what the harness writes, what a channel reports, and what only people do."""
OF_A_MESSAGE: Final = ("message", "channel", "address")
"""What is known of every message that was handed over: the world delivers by it."""


class World:
    """Runs the people of one cell, and writes down every event (`rows`, in the order in which they happened).

    The loop drives it: `next_time` and `step_to` move it on, `door` takes what has reached the automation's system, and
    `apply` brings back what the automation did. `now` is the instant (ms UTC) that the world has reached.
    """

    def __init__(self, setting: Setting, people: Sequence[Person]) -> None:
        self.setting = setting
        self.people = {person.id: person for person in people}
        self.now = setting.scenario.start
        self.rows: list[Event] = []
        self.history: dict[str, list[Event]] = {"": [], **{person.id: [] for person in people}}
        self.door: list[Event] = []
        self._crossed: dict[str, str] = {}
        self._owner = {row.id: person.id for person in people for row in person.profiles}
        self._row_in = {(person.id, row.system): row.id for person in people for row in reversed(person.profiles)}
        self._main_row = {person.id: self._best_row(person) for person in people}
        self._by_address: dict[str, list[str]] = {}
        for person in people:
            for address in sorted({address for row in person.profiles for address in row.addresses.values()}):
                self._by_address.setdefault(address, []).append(person.id)
        self._zones = {person.id: zone(person.zone) for person in people}
        self._env = Environment(setting.scenario.start, setting.scenario.ties)
        self.systems = Systems(self, setting)
        self.channels = Channels(self, setting)
        self.behaviour = Behaviour(self, setting)
        self.desks = Desks(self, setting)
        self.story = Story(self, setting)

    def _best_row(self, person: Person) -> str:
        """The row by which systems without one of their own speak of somebody: the first that the automation knows."""
        known = [row.id for row in person.profiles if row.id in self.setting.known_rows]
        return known[0] if known else person.profiles[0].id if person.profiles else ""

    # ------------------------------------------------------------------------------------------- for the loop

    def next_time(self) -> int | None:
        """The instant of the next event of the world; None when nothing more will happen by itself."""
        return self._env.next_time()

    def step_to(self, instant: int) -> None:
        """Let everything happen that is due up to and including `instant`."""
        while (due := self._env.next_time()) is not None and due <= instant:
            self.now = due
            self._env.step()
        self.now = instant

    def apply(self, events: Iterable[Event], since: int) -> None:
        """Take what the backend did. Its own stamp must lie after the previous step; ours is now.

        Where the two differ, the backend's stands beside ours, in `stamped`. What a sink could not give to anybody is
        the organisation's.
        """
        for event in events:
            person = "" if event.name in CAPTURED and not event.profile else self._owner.get(event.profile)
            if person is None:
                raise BackendFailed(f"the backend speaks of the profile '{event.profile}', which nobody has told it of")
            if not since <= event.time <= self.now:
                stamp, step = rfc3339(event.time), f"from {rfc3339(since)} to {rfc3339(self.now)}"
                raise BackendFailed(f"the backend stamps '{event.name}' {stamp}, outside the step {step}")
            self._refuse_what_cannot_be(event)
            cause = self._crossed.get(event.cause, "")
            data = dict(event.data) if event.time == self.now else {**event.data, "stamped": event.time}
            told = self.emit(event.name, person, self.setting.automation, data, cause, event.profile, own=True)
            if told.name == "Message Sent" or (told.name == "Message Unrecognised" and person):
                self.channels.hand_over(told)

    def _refuse_what_cannot_be(self, event: Event) -> None:
        """Raise BackendFailed for an event that is not the backend's to say, or that says what cannot be."""
        dictionary = self.setting.scenario.dictionary
        if event.name not in dictionary.events or event.name in NOT_ITS_OWN:
            hint = did_you_mean(event.name, sorted(dictionary.events - NOT_ITS_OWN))
            raise BackendFailed(f"the backend says '{event.name}', which is no event it may say{hint}")
        if (wrong := misfit(event.data, dictionary.fields)) is not None:
            raise BackendFailed(f"the backend says of '{event.name}' what cannot be: {wrong}")
        if event.name != "Message Sent":
            return
        if lacking := [name for name in OF_A_MESSAGE if not event.data.get(name)]:
            raise BackendFailed(f"the backend says 'Message Sent' and not its {' and '.join(lacking)}")
        channel, channels = str(event.data["channel"]), self.setting.organisation.channels
        # What was really handed over to a gateway has had its answer there.
        if channel not in channels and "answered" not in event.data:
            hint = did_you_mean(channel, channels) or f". There are: {', '.join(channels)}"
            raise BackendFailed(f"the backend sends a message by '{channel}', which is no channel here{hint}")

    def published(self, backend: str, definition: str) -> None:
        """Write down what the backend runs: our journeys compiled into its own words, or a definition of its own."""
        if definition:
            self.record("Journeys Published", "", "", {"of": backend, "definition": definition}, profile="")

    def answer(self, channel: str, address: str) -> int:
        """What a channel says when it is handed a message, as SMTP says it: 250, 451 (later) or 550 (never)."""
        return self.channels.answer(channel, address)

    # --------------------------------------------------------------------------------------- for the processes

    def at(self, time: int, kind: int, person: str, handler: Callable[..., Any], *arguments: Any) -> None:
        """Plan something; what lies beyond the horizon will never happen and is not planned."""
        if time <= self.setting.scenario.end:
            self._env.at(time, kind, person, handler, *arguments)

    def record(
        self, name: str, person: str, system: str, data: dict[str, Value], cause: str = "", profile: str | None = None
    ) -> Event:
        """Write one row, and tell nobody."""
        history = self.history[person]
        row = Event(
            self.now,
            name,
            person,
            self.row(person, system) if profile is None else profile,
            system,
            cause,
            data,
            len(history),
        )
        history.append(row)
        self.rows.append(row)
        within(self.setting.scenario.limits, len(self.rows))
        return row

    def emit(
        self,
        name: str,
        person: str,
        system: str,
        data: dict[str, Value],
        cause: str = "",
        profile: str | None = None,
        *,
        own: bool = False,
    ) -> Event:
        """A fact is born: it is written down, known in its system, and sets out over the links.

        `own` marks what the automation itself did: it need not be told.
        """
        fact = self.record(name, person, system, data, cause, profile)
        # What a system only decided, and what only a person saw, is nobody's fact.
        if name not in PRIVATE or name == "Profiles Linked":
            self.systems.born(fact)
            if system:
                self.desks.hear(fact, fact.id)
                if system == self.setting.automation and not own:
                    self._cross(fact)
            self.behaviour.heard(fact)
        self.story.heard(fact)
        return fact

    def reached(self, told: Event, arrival: str) -> None:
        """A fact has arrived in a system over a link."""
        self.desks.hear(told, arrival)
        if told.system == self.setting.automation:
            self._cross(told)

    def _cross(self, fact: Event) -> None:
        """Lay a fact before the automation's door: the row it speaks of, and no human being."""
        row = fact.profile if fact.profile in self.setting.known_rows else self._main_row[fact.person]
        crossing = Event(self.now, fact.name, "", row, fact.system, "", dict(fact.data), len(self._crossed))
        self._crossed[crossing.id] = fact.cause if fact.number < 0 else fact.id
        self.door.append(crossing)

    def row(self, person: str, system: str) -> str:
        """The row by which a system speaks of a person."""
        return self._row_in.get((person, system)) or self._main_row[person]

    def readers(self, sent: Event) -> list[str]:
        """Everybody who reads what goes to this address; they may be several."""
        return self._by_address.get(str(sent.data.get("address")), [sent.person])

    def zone_of(self, person: str) -> Zone:
        """A person's own zone."""
        return self._zones[person]

    def view(self, fact: Event, system: str) -> View:
        """An event as a system sees it."""
        return self._view(fact, self.systems.knowledge[system])

    def truth_view(self, fact: Event) -> View:
        """An event as it is."""
        return self._view(fact, self.systems.truth)

    def _view(self, fact: Event, knowledge: Any) -> View:
        organisation = self.setting.organisation
        return View(
            knowledge,
            self.people[fact.person],
            fact.data,
            self.now,
            self._zones[fact.person],
            organisation.places,
            organisation.calendar.leap_day,
            self.setting.holidays,
        )
