"""What the naive twin knows: it keeps every event and reads the whole history each time it is asked something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.model.briefing import Briefing
from simulator.model.log import Event
from tests.laws import twin_words as words


@dataclass
class News:
    """What an event changed when it was heard."""

    customer: set[str]
    things: list[tuple[str, Any, set[str]]]
    linked: bool

    @property
    def any(self) -> bool:
        """True if anything may look different now."""
        return bool(self.customer or self.things or self.linked)


class Knowledge:
    """The history, and everything that can be read from it."""

    briefing: Briefing
    now: int

    def remember(self, briefing: Briefing) -> None:
        self.briefing = briefing
        self.profiles = {profile.id: profile for profile in briefing.profiles}
        self.history: list[Event] = []
        self.kinds = {
            name: (kind.key, set(kind.fields)) for name, kind in briefing.dictionary.objects.items()
            if kind.key != "person"
        }  # fmt: skip
        self.kinds.setdefault("coupon", ("coupon_id", {"discount", "valid_until", "status"}))
        self.customer = set(briefing.dictionary.objects["customer"].fields)

    def learn(self, event: Event) -> News:
        row = event.profile
        old_group = self.group(row)
        old = {name: self.own(row, name) for name in self.customer}
        old_zone = self.zone(row)
        old_things = {kind: self.things(kind, row) for kind in self.kinds}
        self.history.append(event)
        customer = {name for name in self.customer if self.own(row, name) != old[name]}
        customer |= {"zone"} if self.zone(row) != old_zone else set()
        things = []
        if not event.name.startswith("Message ") and event.name != "Profiles Linked":
            for kind, (key, _) in self.kinds.items():
                if key in event.data:
                    known = old_things[kind].get(event.data[key], ({}, ""))[0]
                    told = self.things(kind, row)[event.data[key]][0]
                    changed = {name for name in told if told[name] != known.get(name)}
                    things.append((kind, event.data[key], changed))
        return News(customer, things, self.group(row) != old_group)

    def group(self, row: str) -> list[str]:
        """Everybody known to be the same person: follow the links until nobody new turns up."""
        pairs = [(a, b) for linked in self.briefing.linked for a in linked for b in linked]
        pairs += [(e.profile, str(e.data["other"])) for e in self.history if e.name == "Profiles Linked"]
        found = {row}
        while more := {b for a, b in pairs if a in found} | {a for a, b in pairs if b in found}:
            if more <= found:
                break
            found |= more
        return sorted(found)

    def keys_in(self, data: dict[str, Any]) -> dict[str, Any]:
        return {key: data[key] for key, _ in self.kinds.values() if key in data}

    def speaks_of_customer(self, event: Event) -> bool:
        if event.name.startswith("Message ") or event.name == "Profiles Linked":
            return False
        return event.name == "Profile Updated" or not self.keys_in(event.data)

    def own(self, row: str, name: str) -> Any:
        """A customer field of a row itself."""
        for event in reversed(self.history):
            if event.profile == row and self.speaks_of_customer(event) and name in event.data:
                return event.data[name]
        return self.profiles[row].fields.get(name) if row in self.profiles else None

    def customer_field(self, row: str, name: str) -> Any:
        for each in (row, *self.group(row)):
            value = self.own(each, name)
            if value is not None:
                return value
        return None

    def updated(self, row: str, name: str, otherwise: Any) -> Any:
        """What the last `Profile Updated` of a row said of its zone or an address."""
        for event in reversed(self.history):
            if event.profile == row and event.name == "Profile Updated" and name in event.data:
                return event.data[name]
        return otherwise

    def zone(self, row: str) -> str:
        before = self.profiles[row].zone if row in self.profiles else self.briefing.zone
        return str(self.updated(row, "zone", before))

    def things(self, kind: str, row: str) -> dict[Any, tuple[dict[str, Any], str]]:
        """Objects of the group: fields and the row that spoke last; the one heard of last at the end."""
        key, fields = self.kinds[kind]
        group = self.group(row)
        found: dict[Any, tuple[dict[str, Any], str]] = {}
        for event in self.history:
            skip = event.name.startswith("Message ") or event.name == "Profiles Linked"
            if event.profile in group and key in event.data and not skip:
                known, _ = found.pop(event.data[key], ({}, ""))
                said = {name: value for name, value in event.data.items() if name in fields}
                found[event.data[key]] = ({**known, **said}, event.profile)
        return found

    def consented(self, row: str, channel: str) -> bool:
        group = self.group(row)
        for event in reversed(self.history):
            decides = event.name in ("Consent Given", "Consent Withdrawn") and event.profile in group
            if decides and event.data.get("channel", channel) == channel:
                return event.name == "Consent Given"
        return row in self.profiles and channel in self.profiles[row].consents

    def addresses(self, row: str, channel: str) -> list[str]:
        found = []
        for each in (row, *self.group(row)):
            briefed = self.profiles[each].addresses.get(channel) if each in self.profiles else None
            address = self.updated(each, channel, briefed)
            if address is not None:
                found.append(address)
        return found

    def usable(self, channel: str, address: str) -> bool:
        return not any(
            event.name == "Message Bounced" and event.data.get("hard")
            and (event.data.get("channel"), event.data.get("address")) == (channel, address)
            for event in self.history
        )  # fmt: skip

    def erased(self, row: str) -> bool:
        group = self.group(row)
        return any(event.name == "Customer Erased" and event.profile in group for event in self.history)

    def ask(self, row: str, keys: dict[str, Any], facts: dict[str, Any], chosen: dict[str, Any]) -> words.Ask:
        """What a name holds, for conditions and moments."""

        def value(name: tuple[str, ...]) -> Any:
            if len(name) == 1:
                return facts.get(name[0])
            head, part = name
            if head == "activation":
                return facts.get(part)
            if head not in self.kinds:
                return self.customer_field(row, part)
            key = self.kinds[head][0]
            if head in chosen:
                which, fields = chosen[head]
            else:
                things = self.things(head, row)
                which = keys.get(key, list(things)[-1] if things else None)
                fields = things[which][0] if which in things else {}
            return which if part == key else fields.get(part)

        return value

    def is_true(self, condition: Any, row: str, keys: Any, facts: Any, chosen: Any = None) -> bool:
        ask = self.ask(row, keys, facts, chosen or {})
        return words.true(condition, ask, self.now, self.zone(row), self.briefing.leap_day) is True

    def fits(self, pattern: Any, event: Event, row: str, keys: dict[str, Any]) -> bool:
        if pattern.event != event.name:
            return False
        return pattern.condition is None or self.is_true(pattern.condition, row, keys, event.data)
