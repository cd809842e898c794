"""The shop's customers: what it has been told of them, and which of its rows are one human being."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from simulator.model.briefing import Briefing, Profile
from simulator.model.log import Event
from simulator.model.moments import BIRTH_DATE, PlaceHours
from simulator.words.calendars import holidays
from simulator.words.clock import Duration, Instant, Zone, add, move, next_anniversary, zone
from simulator.words.vocabulary import Value

if TYPE_CHECKING:
    from simulator.backends.application.journeys import Instance

ADDRESSES = ("email", "sms", "push", "letter", "phone")
ALL_CHANNELS = ""
COUPON = {"coupon": ("coupon_id", frozenset({"discount", "valid_until", "status"}))}
"""What a coupon is, where the organisation's dictionary does not say."""


@dataclass(eq=False)
class Row:
    """One row of the customers' table."""

    id: str
    zone: Zone
    addresses: dict[str, str]
    consents: frozenset[str]
    fields: dict[str, Value]


@dataclass(eq=False)
class Thing:
    """An order, a coupon, a complaint: its fields, and the row that spoke of it last."""

    fields: dict[str, Value]
    row: Row


@dataclass(eq=False)
class Customer:
    """One human being, as far as the shop knows: `rows` by id, `things` by kind and key (the last heard of comes last).

    `decisions` is the last word on consent by channel (when it was heard, given), `entered` what re-entry counts.
    """

    rows: list[Row]
    things: dict[str, dict[Value, Thing]] = field(default_factory=dict)
    decisions: dict[str, tuple[int, bool]] = field(default_factory=dict)
    entered: set[tuple[Value, ...]] = field(default_factory=set)
    instances: dict[str, Instance] = field(default_factory=dict)
    erased: bool = False

    def consents(self, row: Row, channel: str) -> bool:
        """Whether a message may be sent on a channel: the last decision, else what the row came with."""
        said = [self.decisions[word] for word in (channel, ALL_CHANNELS) if word in self.decisions]
        return max(said)[1] if said else channel in row.consents

    def addresses(self, row: Row, channel: str) -> Iterator[str]:
        """The row's own address, then those of the same person's other rows."""
        return (each.addresses[channel] for each in (row, *self.rows) if channel in each.addresses)


class Customers:
    """All customers since `start`. `told` takes in an event; `of` finds the customer of a row."""

    def __init__(self, briefing: Briefing, start: Instant) -> None:
        self.briefing = briefing
        self.start = start
        declared = {name: (kind.key, frozenset(kind.fields)) for name, kind in briefing.dictionary.objects.items()}
        _, self._fields = declared.pop("customer", ("person", frozenset()))
        self.kinds = {**COUPON, **declared}
        self._home = zone(briefing.zone)
        self.rows: dict[str, Row] = {}
        self._owner: dict[str, Customer] = {}
        self.bounced: set[tuple[str, str]] = set()
        self._heard = 0
        for profile in briefing.profiles:
            self._add(profile)
        for first, *others in briefing.linked:
            for other in others:
                self.link(self.row(first), self.row(other))

    def _add(self, profile: Profile) -> Row:
        row = Row(profile.id, zone(profile.zone), dict(profile.addresses), profile.consents, dict(profile.fields))
        self.rows[row.id] = row
        self._owner[row.id] = Customer([row])
        return row

    def row(self, id: str) -> Row:
        """A row; of one that nobody has told of nothing is known but its id."""
        return self.rows.get(id) or self._add(Profile(id, "", self._home.name, "", {}, frozenset()))

    def of(self, row: Row) -> Customer:
        """Whose row it is."""
        return self._owner[row.id]

    def keys_in(self, data: Mapping[str, Value]) -> dict[str, Value]:
        """The keys of things that an event carries."""
        return {key: data[key] for key, _ in self.kinds.values() if key in data}

    def told(self, event: Event) -> bool:
        """Take in what an event tells; True if something is known now that was not."""
        self._heard += 1
        row, data = self.row(event.profile), event.data
        customer = self.of(row)
        match event.name:
            case "Profiles Linked":
                return self.link(row, self.row(str(data.get("other", row.id))))
            case "Consent Given" | "Consent Withdrawn":
                given = event.name == "Consent Given"
                customer.decisions[str(data.get("channel", ALL_CHANNELS))] = (self._heard, given)
            case "Customer Erased":
                customer.erased = True
            case "Message Bounced" if data.get("hard") and "address" in data:
                self.bounced.add((str(data.get("channel", "")), str(data["address"])))
        if event.name.startswith("Message "):
            return False
        for kind, (key, fields) in self.kinds.items():
            if key in data:
                self.note(row, kind, data[key], {name: data[name] for name in sorted(fields & data.keys())})
        if event.name == "Profile Updated":
            self._update(row, data)
        return True

    def note(self, row: Row, kind: str, key: Value, fields: Mapping[str, Value]) -> None:
        """Write down what is known of a thing."""
        things = self.of(row).things.setdefault(kind, {})
        known = things.pop(key, None)
        things[key] = Thing({**(known.fields if known else {}), **fields}, row)

    def _update(self, row: Row, data: Mapping[str, Value]) -> None:
        row.fields.update({name: data[name] for name in sorted(self._fields & data.keys())})
        row.addresses.update({channel: str(data[channel]) for channel in ADDRESSES if channel in data})
        if "zone" in data:
            row.zone = zone(str(data["zone"]))

    def link(self, row: Row, other: Row) -> bool:
        """Two rows are one human being. False if that was known."""
        into, gone = self.of(row), self.of(other)
        if into is gone:
            return False
        into.rows = sorted([*into.rows, *gone.rows], key=lambda each: each.id)
        self._owner.update({each.id: into for each in gone.rows})
        for kind, things in gone.things.items():
            into.things[kind] = {**things, **into.things.get(kind, {})}
        for channel, said in gone.decisions.items():
            into.decisions[channel] = max(said, into.decisions.get(channel, said))
        into.entered |= gone.entered
        into.instances.update(gone.instances)
        into.erased |= gone.erased
        return True


@dataclass(frozen=True)
class Outlook:
    """One row's customer at an instant: what conditions, moments and messages ask (`Facts` and `Context` of the model).

    `keys` choose the things that are meant, else the one heard of last; `facts` are the fields of the event that is
    spoken of.
    """

    customers: Customers
    row: Row
    now: Instant
    keys: Mapping[str, Value]
    facts: Mapping[str, Value]

    @property
    def start(self) -> Instant:
        """When the shop opened."""
        return self.customers.start

    @property
    def zone(self) -> Zone:
        """The row's zone."""
        return self.row.zone

    @property
    def leap_day(self) -> str:
        """Where a birthday on 29 February lies in other years."""
        return self.customers.briefing.leap_day

    @property
    def country(self) -> str | None:
        """Whose holidays are no working days."""
        return self.customers.briefing.country

    def value(self, name: tuple[str, ...], per: str | None = None) -> Value | None:
        """What is known under a name: a field of the event, `customer.x`, `thing.x`, or a place's `name`."""
        if len(name) == 1:
            return self.facts.get(name[0], self.keys.get(name[0]))
        if len(name) > 2 or name[0] in self.facts:
            place = self.customers.briefing.place_names.get(str(self.value(name[:-1])))
            if len(name) > 2 or place is not None:
                return place if name[-1] == "name" else None
        head, part = name[0], name[1]
        if head == "activation":
            return self.facts.get(part)
        if head not in self.customers.kinds:
            rows = (self.row, *self.customers.of(self.row).rows)
            return next((each.fields[part] for each in rows if part in each.fields), None)
        return self._of_thing(head, part)

    def _of_thing(self, kind: str, part: str) -> Value | None:
        key_name, _ = self.customers.kinds[kind]
        things = self.customers.of(self.row).things.get(kind, {})
        key = self.keys.get(key_name, next(reversed(things), None))
        if part == key_name:
            return key
        return things[key].fields.get(part) if key in things else None

    def today(self, duration: Duration | None = None, sign: int = 1) -> str:
        """The local date, or one so far from it."""
        day = self.zone.local_date(self.now)
        return (day if duration is None else move(day, duration, holidays(self.country), sign)).isoformat()

    def birthday(self) -> str | None:
        """The first birthday on or after today."""
        born = self.value(BIRTH_DATE)
        if not isinstance(born, str):
            return None
        today = self.zone.local_date(self.now)
        return next_anniversary(date.fromisoformat(born), today, self.leap_day).isoformat()

    def shift(self, duration: Duration, sign: int) -> Instant:
        """Now, moved along the row's calendar."""
        return add(self.now, duration, self.zone, holidays(self.country), sign)

    def place(self, place_id: str) -> PlaceHours | None:
        """The hours of a place."""
        return self.customers.briefing.places.get(place_id)
