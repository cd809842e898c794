"""What the automation is told, written into Tryton: parties, things, facts, consents, and the occasions ahead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from trytond.pool import Pool

from simulator.backends.tryton.definitions import OCCASION, Calendar, Definition, Scenario
from simulator.backends.tryton.occasions import occasions
from simulator.backends.tryton.passes import instant_of, moment_of
from simulator.backends.tryton.triggers import kinds_by_name
from simulator.backends.tryton.values import rows_of, value_in_memory
from simulator.model.briefing import Briefing, Profile
from simulator.model.log import Event
from simulator.words.clock import Instant, zone
from simulator.words.errors import Refusal, Unsupported
from simulator.words.vocabulary import Value

CONSENTS: Final = ("Consent Given", "Consent Withdrawn")


class Register:
    """Writes what is told. Every method runs inside a transaction that its caller holds.

    `left` collects the records that an event has ended: (record, pattern, id of the event).
    """

    def __init__(self, briefing: Briefing, definition: Definition) -> None:
        self._briefing, self._definition = briefing, definition
        dictionary = briefing.dictionary
        self._fields = dictionary.fields
        self._kinds = {
            name: (key, frozenset(dictionary.objects[name].fields) if name in dictionary.objects else frozenset())
            for name, key in kinds_by_name(dictionary).items()
        }
        self._customer = frozenset(
            name for kind in dictionary.objects.values() if kind.key == "person" for name in kind.fields
        )
        self._dated = [scenario for scenario in definition.scenarios if scenario.calendar is not None]
        self.left: list[tuple[Any, str, str]] = []

    def enrol(self, profiles: Iterable[Profile], now: Instant) -> None:
        """A party for each profile row, and the occasions that its dates bring."""
        rows = list(profiles)
        for profile, party in zip(rows, _parties().create([self._party(row) for row in rows]), strict=True):
            for scenario, calendar in self._calendars("customer"):
                if calendar.path[1] in profile.fields:
                    self._plan(scenario, calendar, party, None, profile.fields[calendar.path[1]], now)

    def _party(self, row: Profile) -> dict[str, Any]:
        told: dict[str, Any] = {
            "name": " ".join(str(row.fields.get("first_name", row.id)).split()), "marketing_row": row.id,
            "marketing_zone": row.zone, "email_consent": "email" in row.consents,
            "values": [("create", rows_of(row.fields, self._fields))],
        }  # fmt: skip
        if "email" in row.addresses:
            told["contact_mechanisms"] = [("create", [{"type": "email", "value": row.addresses["email"]}])]
        return told

    def _calendars(self, kind: str) -> list[tuple[Scenario, Calendar]]:
        return [
            (scenario, scenario.calendar)
            for scenario in self._dated
            if scenario.calendar is not None and scenario.calendar.path[0] == kind
        ]

    def hears(self, event: Event) -> bool:
        """True if an event changes anything, or is asked for."""
        heard = self._definition.heard
        if heard is None or event.name in heard or event.name in (*CONSENTS, "Customer Erased", "Profiles Linked"):
            return True
        if event.name.startswith("Message "):
            return event.name == "Message Bounced"
        return event.name == "Profile Updated" or any(key in event.data for key, _ in self._kinds.values())

    def take_in(self, event: Event, now: Instant) -> None:
        """Write down an event: what it tells of the customer and of things, then itself as a fact.

        Raises Unsupported when it says that two rows are one person: to Tryton each is a party.
        """
        party = self._find(event.profile)
        match event.name:
            case "Profiles Linked":
                raise Unsupported([Refusal(
                    self._definition.scenarios[0].line,
                    f"the rows {event.profile} and {event.data.get('other')} turn out to be one person, and to Tryton"
                    " each is a party of its own. Run the scenario with 'identity: never'",
                )])  # fmt: skip
            case "Consent Given" | "Consent Withdrawn":
                if event.data.get("channel", "email") == "email":
                    _parties().write([party], {"email_consent": event.name == "Consent Given"})
            case "Customer Erased":
                self._erase(party)
            case "Message Bounced":
                self._bounce(party, event.data)
            case "Profile Updated":
                self._update(party, event.data, now)
        things = [] if event.name.startswith("Message ") else self._things(party, event.data, now)
        if self._definition.heard is None or event.name in self._definition.heard:
            self._fact(party, event, now, things)

    def _find(self, row: str) -> Any:
        """The party of a row; one that nobody has briefed has the organisation's zone, no address and no consent."""
        found = _parties().search([("marketing_row", "=", row), ("active", "in", [True, False])])
        if found:
            return found[0]
        unknown = Profile(row, "", self._briefing.zone, "", {}, frozenset())
        return _parties().create([self._party(unknown)])[0]

    def _fact(self, party: Any, event: Event, now: Instant, things: list[Any]) -> None:
        fact = Pool().get("journeyproof.fact").create([{
            "name": event.name, "at": moment_of(now), "party": party.id, "cause": event.id,
            "values": [("create", rows_of(event.data, self._fields))],
            "things": [("add", [each.id for each in things])],
        }])[0]  # fmt: skip
        for record, reason in Pool().get("journeyproof.exit").apply(fact):
            self.left.append((record, reason, event.id))

    def _erase(self, party: Any) -> None:
        records = Pool().get("marketing.automation.record")
        running = records.search([("blocked", "!=", True)])
        records.block([record for record in running if record.record.party == party])
        _parties().write([party], {"active": False})

    def _bounce(self, party: Any, data: Mapping[str, Value]) -> None:
        """An address at which nobody can be reached is switched off, whoever has it."""
        mechanisms = Pool().get("party.contact_mechanism")
        if data.get("hard") and data.get("channel") == "email":
            own = [each.value for each in party.contact_mechanisms if each.type == "email"]
            address = data.get("address", own[0] if own else "")
            mechanisms.write(mechanisms.search([("type", "=", "email"), ("value", "=", address)]), {"active": False})

    def _update(self, party: Any, data: Mapping[str, Value], now: Instant) -> None:
        told = {name: data[name] for name in sorted(self._customer) if name in data}
        self._write_values("party", party, told)
        if "email" in data:
            mechanisms = Pool().get("party.contact_mechanism")
            own = mechanisms.search([("party", "=", party.id), ("type", "=", "email")])
            if own:
                mechanisms.write(own, {"value": str(data["email"])})
            else:
                mechanisms.create([{"party": party.id, "type": "email", "value": str(data["email"])}])
        moved = "zone" in data and data["zone"] != party.marketing_zone
        if moved:
            _parties().write([party], {"marketing_zone": str(data["zone"])})
        for scenario, calendar in self._calendars("customer"):
            known = self._value("party", party, calendar.path[1])
            if known is not None and (moved or calendar.path[1] in told):
                self._plan(scenario, calendar, party, None, known, now)
        if moved:
            for thing in Pool().get("journeyproof.thing").search([("party", "=", party.id)]):
                self._plan_thing(thing, frozenset(self._kinds[thing.kind][1]), now)

    def _things(self, party: Any, data: Mapping[str, Value], now: Instant) -> list[Any]:
        """The things whose keys an event carries, with what it tells of them."""
        things = Pool().get("journeyproof.thing")
        found = []
        for kind, (key, fields) in self._kinds.items():
            if key not in data:
                continue
            last = things.search([], order=[("heard", "DESC")], limit=1)
            told = {"party": party.id, "heard": last[0].heard + 1 if last else 0}
            known = things.search([("kind", "=", kind), ("key", "=", str(data[key]))])
            if known:
                thing = known[0]
                things.write([thing], told)
            else:
                thing = things.create([{"kind": kind, "key_name": key, "key": str(data[key]), **told}])[0]
            news = {name: data[name] for name in sorted(fields) if name in data}
            self._write_values("thing", thing, news)
            self._plan_thing(thing, frozenset(news), now)
            found.append(thing)
        return found

    def _write_values(self, owner: str, of: Any, told: Mapping[str, Value]) -> None:
        values = Pool().get("journeyproof.value")
        values.delete(values.search([(owner, "=", of.id), ("name", "in", list(told))]))
        values.create([{owner: of.id, **row} for row in rows_of(told, self._fields)])

    def _value(self, owner: str, of: Any, name: str) -> Value | None:
        found = Pool().get("journeyproof.value").search([(owner, "=", of.id), ("name", "=", name)])
        return value_in_memory(found[0]) if found else None

    # Occasions.

    def _plan_thing(self, thing: Any, changed: frozenset[str], now: Instant) -> None:
        for scenario, calendar in self._calendars(thing.kind):
            known = self._value("thing", thing, calendar.path[1])
            if calendar.path[1] in changed and known is not None:
                self._plan(scenario, calendar, thing.party, thing, known, now)

    def _plan(self, scenario: Scenario, calendar: Calendar, party: Any, thing: Any, value: Value, now: Instant) -> None:
        """Plan anew what a date brings from now on; what has been due is left as it is."""
        planned = Pool().get(OCCASION)
        subject = [
            ("journey", "=", scenario.journey), ("party", "=", party.id), ("thing", "=", thing.id if thing else None),
        ]  # fmt: skip
        past: list[Any] = []
        future: list[Any] = []
        for each in planned.search(subject):
            (past if instant_of(each.due) < now or _has_entered(each) else future).append(each)
        planned.delete(future)
        ahead = list(occasions(calendar, value, zone(party.marketing_zone), self._briefing, now))
        if calendar.once in ("party", "thing"):
            ahead = [] if past else ahead[:1]
        elif calendar.once == "year":
            ahead = [(due, year) for due, year in ahead if year not in {each.year for each in past}]
        else:
            ahead = [(due, year) for due, year in ahead if due not in {instant_of(each.due) for each in past}]
        planned.create([
            {"journey": scenario.journey, "party": party.id, "thing": thing.id if thing else None,
             "due": moment_of(due), "year": year}
            for due, year in ahead
        ])  # fmt: skip


def _parties() -> Any:
    return Pool().get("party.party")


def _has_entered(occasion: Any) -> bool:
    records = Pool().get("marketing.automation.record")
    return bool(records.search([("record", "=", str(occasion))], limit=1))
