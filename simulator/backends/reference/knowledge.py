"""What has reached the automation: profile rows, which of them are one person, and the objects they speak of.

Nothing here is the truth. A row holds what its events said; two rows are one person (a *group*) once `Profiles Linked`
has said so; an object is what the events that carried its key have told.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from simulator.model.briefing import Briefing, Profile
from simulator.model.log import Event
from simulator.model.moments import BIRTH_DATE, PlaceHours
from simulator.words.calendars import holidays
from simulator.words.clock import Duration, Instant, Zone, add, move, next_anniversary, zone
from simulator.words.vocabulary import Value

if TYPE_CHECKING:
    from simulator.backends.reference.scripts import Kind
    from simulator.backends.reference.steps import Instance
    from simulator.backends.reference.timers import Timer

CHANNELS = ("email", "sms", "push", "letter", "phone")
"""The fields of `Profile Updated` that are addresses."""
EVERY_CHANNEL = ""
"""Under which a consent decision is noted that names no channel."""


class Counter:
    """What caps count of one person or row: for each cap, when each message that was sent stops counting (sorted)."""

    __slots__ = ("expiries",)

    def __init__(self) -> None:
        self.expiries: dict[str, list[Instant]] = {}

    def count(self, cap: str, expiry: Instant) -> None:
        """Note a message that counts until `expiry`."""
        insort(self.expiries.setdefault(cap, []), expiry)

    def full_until(self, cap: str, limit: int, now: Instant) -> Instant | None:
        """None while the cap has a free slot, else when the next one comes free."""
        expiries = self.expiries.get(cap, [])
        gone = bisect_right(expiries, now)
        live = len(expiries) - gone
        return None if live < limit else expiries[gone + live - limit]

    def take_in(self, other: Counter) -> None:
        """Count what the other counts as well."""
        for cap, expiries in other.expiries.items():
            self.expiries[cap] = sorted(self.expiries.get(cap, []) + expiries)


@dataclass(slots=True, eq=False)
class Row:
    """One profile as known here; `planted` once its triggers are set, which they are when it first speaks.

    By the order of a program: how many `entries` it made, the timer of its trigger, when that `fired` last, and for
    each segment that is open whether the row was `inside` at the last look.
    """

    id: str
    zone: Zone
    addresses: dict[str, str]
    consents: frozenset[str]
    fields: dict[str, Value]
    group: Group = field(init=False)
    planted: bool = False
    counter: Counter = field(default_factory=Counter)
    entries: dict[int, int] = field(default_factory=dict)
    timers: dict[int, Timer] = field(default_factory=dict)
    fired: dict[int, Instant] = field(default_factory=dict)
    inside: dict[int, bool] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Thing:
    """One object as known here: its key, its fields, the row that spoke of it last, and when that was.

    `told` says when each field was heard of, counted in events, so that two groups can be merged.
    """

    key: Value
    fields: dict[str, Value]
    row: Row
    heard: int
    told: dict[str, int] = field(default_factory=dict)
    timers: dict[int, Timer] = field(default_factory=dict)
    fired: dict[int, Instant] = field(default_factory=dict)


@dataclass(slots=True)
class Said:
    """What a message urged, of what, and until when that is to be remembered."""

    differs: Value
    expiry: Instant
    label: str


@dataclass(slots=True, eq=False)
class Group:
    """Rows known to be one person, sorted by id, with everything that is counted or remembered per person.

    `things` holds objects by kind and key, the one heard of last at the end. `decisions` is the last word on consent
    by channel: (when it was heard, given).
    """

    rows: list[Row]
    things: dict[str, dict[Value, Thing]] = field(default_factory=dict)
    decisions: dict[str, tuple[int, bool]] = field(default_factory=dict)
    counter: Counter = field(default_factory=Counter)
    said: dict[Value, list[Said]] = field(default_factory=dict)
    entries: dict[int, set[tuple[Value, ...]]] = field(default_factory=dict)
    instances: dict[str, Instance] = field(default_factory=dict)
    erased: bool = False

    def consented(self, row: Row, channel: str) -> bool:
        """The last decision that any row made on the channel counts for all of them; else what the row came with."""
        decisions = [self.decisions[word] for word in (channel, EVERY_CHANNEL) if word in self.decisions]
        return max(decisions)[1] if decisions else channel in row.consents

    def addresses(self, row: Row, channel: str) -> Iterator[str]:
        """The row's own address first, then those of the rows known to be the same person."""
        for each in (row, *self.rows):
            if channel in each.addresses:
                yield each.addresses[channel]


@dataclass(slots=True)
class Change:
    """What an event changed in what is known: the fields of the row, and objects with theirs. `linked`: who is who."""

    customer: set[str] = field(default_factory=set)
    things: list[tuple[str, Thing, set[str]]] = field(default_factory=list)
    linked: bool = False

    def __bool__(self) -> bool:
        return bool(self.customer or self.things or self.linked)


class Knowledge:
    """All rows and groups of one backend. `kinds` are the objects of the dictionary, without the customer."""

    def __init__(self, briefing: Briefing, kinds: tuple[Kind, ...], customer: frozenset[str]) -> None:
        self.home = zone(briefing.zone)
        self.kinds = kinds
        self.by_name = {kind.name: kind for kind in kinds}
        self.keys = tuple(dict.fromkeys(kind.key for kind in kinds))
        self.customer_fields = customer
        self.rows: dict[str, Row] = {}
        self.bounced: set[tuple[str, str]] = set()
        self._heard = 0
        for profile in briefing.profiles:
            self._add(profile)
        for linked in briefing.linked:
            known = [self.rows[id] for id in linked if id in self.rows]
            for other in known[1:]:
                self.link(known[0], other)

    def _add(self, profile: Profile) -> Row:
        row = Row(profile.id, zone(profile.zone), dict(profile.addresses), profile.consents, dict(profile.fields))
        row.group = Group([row])
        self.rows[row.id] = row
        return row

    def row(self, id: str) -> Row:
        """The row; one that nobody has briefed is made, with the home zone and neither address nor consent."""
        row = self.rows.get(id)
        if row is None:
            row = self._add(Profile(id, "", self.home.name, "", {}, frozenset()))
        return row

    def keys_in(self, data: Mapping[str, Value]) -> dict[str, Value]:
        """The object keys that an event carries."""
        return {key: data[key] for key in self.keys if key in data}

    def learn(self, event: Event, row: Row) -> Change:
        """Take in what an event tells. A receipt (`Message ...`) tells of a message only, and changes no object."""
        self._heard += 1
        data, change, group = event.data, Change(), row.group
        match event.name:
            case "Profiles Linked":
                change.linked = self.link(row, self.row(str(data.get("other", row.id))))
                return change
            case "Consent Given" | "Consent Withdrawn":
                channel = str(data.get("channel", EVERY_CHANNEL))
                group.decisions[channel] = (self._heard, event.name == "Consent Given")
            case "Customer Erased":
                group.erased = True
            case "Message Bounced":
                self._bounce(row, data)
        if event.name.startswith("Message "):
            return change
        for kind in self.kinds:
            if kind.key in data:
                change.things.append(self._learn_thing(kind, row, data))
        if event.name == "Profile Updated":
            change.customer = self._learn_customer(row, data)
        return change

    def _bounce(self, row: Row, data: Mapping[str, Value]) -> None:
        channel = str(data.get("channel", ""))
        address = data.get("address", row.addresses.get(channel))
        if data.get("hard") and address is not None:
            self.bounced.add((channel, str(address)))

    def _learn_thing(self, kind: Kind, row: Row, data: Mapping[str, Value]) -> tuple[str, Thing, set[str]]:
        things = row.group.things.setdefault(kind.name, {})
        key = data[kind.key]
        thing = things.pop(key, None)
        told = [name for name in kind.fields if name in data]
        if thing is None:
            thing = Thing(key, {}, row, self._heard)
        news = {name for name in told if thing.fields.get(name) != data[name]}
        things[key] = thing
        thing.row, thing.heard = row, self._heard
        for name in told:
            thing.fields[name] = data[name]
            thing.told[name] = self._heard
        return kind.name, thing, news

    def _learn_customer(self, row: Row, data: Mapping[str, Value]) -> set[str]:
        news = {name for name in self.customer_fields if name in data and row.fields.get(name) != data[name]}
        row.fields.update({name: data[name] for name in sorted(news)})
        row.addresses.update({name: str(data[name]) for name in CHANNELS if name in data})
        if "zone" in data and data["zone"] != row.zone.name:
            row.zone = zone(str(data["zone"]))
            news.add("zone")
        return news

    def link(self, row: Row, other: Row) -> bool:
        """Note that two rows are one person; everything known of either counts for both. False if that was known."""
        into, other_group = row.group, other.group
        if into is other_group:
            return False
        into.rows = sorted(into.rows + other_group.rows, key=lambda each: each.id)
        for each in other_group.rows:
            each.group = into
        for name, things in other_group.things.items():
            into.things[name] = _merged(into.things.get(name, {}), things)
        for channel, decision in other_group.decisions.items():
            into.decisions[channel] = max(decision, into.decisions.get(channel, decision))
        into.counter.take_in(other_group.counter)
        for same, said in other_group.said.items():
            into.said[same] = into.said.get(same, []) + said
        for order, entries in other_group.entries.items():
            into.entries.setdefault(order, set()).update(entries)
        into.instances.update(other_group.instances)
        into.erased |= other_group.erased
        return True


def _merged(ours: dict[Value, Thing], theirs: dict[Value, Thing]) -> dict[Value, Thing]:
    """The objects of two groups, the one heard of last at the end; of one that both know, each field's newer word."""
    merged = {**theirs, **ours}
    for key in ours.keys() & theirs.keys():
        older, newer = sorted((ours[key], theirs[key]), key=lambda each: each.heard)
        for name, told in older.told.items():
            if told > newer.told.get(name, -1):
                newer.fields[name], newer.told[name] = older.fields[name], told
        for timer in older.timers.values():
            timer.cancel()
        merged[key] = newer
    return dict(sorted(merged.items(), key=lambda item: item[1].heard))


class View:
    """What one row's person is known to be, at one instant: what conditions and moments ask.

    `keys` choose the objects spoken of (else the one heard of last), `chosen` overrides them by kind, and `fields` are
    those of the event that led here. It is both `evaluation.Facts` and `moments.Context`.
    """

    __slots__ = ("_knowledge", "_setting", "chosen", "fields", "keys", "now", "row")

    def __init__(
        self,
        setting: Setting,
        row: Row,
        now: Instant,
        keys: Mapping[str, Value],
        fields: Mapping[str, Value],
        chosen: Mapping[str, Thing | None] | None = None,
    ) -> None:
        self._setting = setting
        self._knowledge = setting.knowledge
        self.row = row
        self.now = now
        self.keys = keys
        self.fields = fields
        self.chosen = chosen or {}

    @property
    def start(self) -> Instant:
        """When the backend was opened."""
        return self._setting.start

    @property
    def zone(self) -> Zone:
        """The row's zone."""
        return self.row.zone

    @property
    def leap_day(self) -> str:
        """The organisation's rule for 29 February."""
        return self._setting.leap_day

    @property
    def country(self) -> str | None:
        """The organisation's country: its holidays are no working days."""
        return self._setting.country

    def value(self, name: tuple[str, ...], per: str | None = None) -> Value | None:
        """The value of `field` (of the event that led here), `customer.field` or `object.field`."""
        if len(name) == 1:
            return self.fields.get(name[0])
        head, part = name[0], name[1]
        if len(name) > 2 or head in self.fields:
            # The name of a place, as the systems have it; what stands on the door is no system's knowledge.
            place = self._setting.place_names.get(str(self.value(name[:-1])))
            if len(name) > 2 or place is not None:
                return place if name[-1] == "name" else None
        if head == "activation":
            return self.fields.get(part)
        kind = self._knowledge.by_name.get(head)
        if kind is None:
            return self._customer(part)
        thing = self.thing(kind)
        if part == kind.key:
            return self.keys.get(part) if thing is None else thing.key
        return None if thing is None else thing.fields.get(part)

    def thing(self, kind: Kind) -> Thing | None:
        """The object of a kind that is spoken of."""
        if kind.name in self.chosen:
            return self.chosen[kind.name]
        things = self.row.group.things.get(kind.name)
        if not things:
            return None
        if kind.key in self.keys:
            return things.get(self.keys[kind.key])
        return things[next(reversed(things))]

    def _customer(self, name: str) -> Value | None:
        value = self.row.fields.get(name)
        if value is None:
            for row in self.row.group.rows:
                if name in row.fields:
                    return row.fields[name]
        return value

    def today(self, duration: Duration | None = None, sign: int = 1) -> str:
        """The row's local date, or one so far from it."""
        day = self.row.zone.local_date(self.now)
        return (day if duration is None else move(day, duration, holidays(self.country), sign)).isoformat()

    def birthday(self) -> str | None:
        """The first birthday on or after today."""
        born = self.value(BIRTH_DATE)
        if not isinstance(born, str):
            return None
        today = self.row.zone.local_date(self.now)
        return next_anniversary(date.fromisoformat(born), today, self.leap_day).isoformat()

    def shift(self, duration: Duration, sign: int) -> Instant:
        """`now` moved along the row's calendar."""
        return add(self.now, duration, self.row.zone, holidays(self.country), sign)

    def place(self, place_id: str) -> PlaceHours | None:
        """The hours of a place."""
        return self._setting.places.get(place_id)


@dataclass(slots=True)
class Setting:
    """What every view shares: the knowledge, and what the briefing says of the organisation."""

    knowledge: Knowledge
    start: Instant
    leap_day: str
    country: str | None
    places: Mapping[str, PlaceHours]
    place_names: Mapping[str, str]


def known_things(group: Group, kinds: Iterable[str]) -> list[tuple[str, list[Any]]]:
    """For each kind the objects this person is known to have, or [None] where there are none."""
    return [(kind, list(group.things.get(kind, {}).values()) or [None]) for kind in kinds]
