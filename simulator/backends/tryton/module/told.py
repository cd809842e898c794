"""What the automation was told: facts, the things they speak of, and the occasions that come with a date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from trytond.model import ModelSQL, fields
from trytond.modules.marketing_automation.mixin import MarketingAutomationMixin
from trytond.pool import Pool


class Value(ModelSQL):  # type: ignore[misc]  # trytond brings no types
    """One field of a fact, of a thing or of a party. A flag is the text `true` or `false`; money counts in cents."""

    __name__ = "journeyproof.value"

    fact = fields.Many2One("journeyproof.fact", "Fact", ondelete="CASCADE")
    thing = fields.Many2One("journeyproof.thing", "Thing", ondelete="CASCADE")
    party = fields.Many2One("party.party", "Party", ondelete="CASCADE")
    name = fields.Char("Name", required=True)
    kind = fields.Char("Kind", required=True)
    text = fields.Text("Text", strip=False)
    number = fields.Float("Number")


class ToldMixin(MarketingAutomationMixin):  # type: ignore[misc]  # trytond brings no types
    """What every model has that a scenario may be about: a party, its consent, and what is known now."""

    __slots__ = ()

    email_consent = fields.Function(fields.Boolean("Consent to E-mail"), "get_email_consent")
    told = fields.Function(fields.Dict(None, "Told"), "get_told")

    def get_marketing_party(self, name: str) -> int | None:
        """The party that the record is about."""
        return self.party.id if self.party else None

    @classmethod
    def search_marketing_party(cls, name: str, clause: Any) -> list[Any]:
        """Search through the party."""
        return [("party" + clause[0][len(name) :], *clause[1:])]

    def get_email_consent(self, name: str) -> bool:
        """Whether the party consents to e-mail now."""
        return bool(self.party and self.party.email_consent)

    def get_told(self, name: str) -> dict[str, Any]:
        """What is known by now: see `values_by_name`."""
        return self.values_by_name()

    def object_keys(self) -> dict[str, str]:
        """The keys of the objects that the record speaks of, by the name of the key: `{"order_id": "f-1"}`."""
        return {}

    def values_by_name(self) -> dict[str, Any]:
        """What is known by now; see `known_of`."""
        return known_of(self.party, self.object_keys())


def known_of(party: Any, keys: Mapping[str, str]) -> dict[str, Any]:
    """Plain values by dotted name: `customer.first_name`, `order.model`, and with `?` behind it whether it is known.

    Of each kind it is the thing that `things_of` chooses.
    """
    told: dict[str, Any] = {}
    put(told, "customer.", party.values)
    for kind, thing in things_of(party, keys).items():
        told[f"{kind}.{thing.key_name}"] = thing.key
        told[f"{kind}.{thing.key_name}?"] = True
        put(told, f"{kind}.", thing.values)
    return told


def things_of(party: Any, keys: Mapping[str, str]) -> dict[str, Any]:
    """By kind the thing whose key stands in `keys`, else the one of the party's heard of last."""
    known = Pool().get("journeyproof.thing").search([("party", "=", party.id)], order=[("heard", "ASC")])
    return {thing.kind: thing for thing in known if keys.get(thing.key_name, thing.key) == thing.key}


def put(told: dict[str, Any], prefix: str, values: Any) -> None:
    """Add fields under a prefix: a number, a date or a text each, and that they are known."""
    for value in values:
        name = f"{prefix}{value.name}"
        told[f"{name}?"] = True
        match value.kind:
            case "number" | "percent" | "instant":
                told[name] = value.number
            case "money":
                told[name], told[f"{name} currency"] = value.number, value.text
            case "flag":
                told[name] = value.text == "true"
            case "date":
                told[name] = dt.date.fromisoformat(value.text)
            case _:
                told[name] = value.text


class Fact(ToldMixin, ModelSQL):  # type: ignore[misc]  # trytond brings no types
    """An event that has reached the automation, and the party that it speaks of. `cause` is its id."""

    __name__ = "journeyproof.fact"

    name = fields.Char("Name", required=True)
    at = fields.DateTime("At", required=True)
    party = fields.Many2One("party.party", "Party", required=True, ondelete="CASCADE")
    cause = fields.Text("Cause", strip=False)
    values = fields.One2Many("journeyproof.value", "fact", "Values")
    things = fields.Many2Many("journeyproof.fact-journeyproof.thing", "fact", "thing", "Things")

    def object_keys(self) -> dict[str, str]:
        """The keys of the things that the event names."""
        return {thing.key_name: thing.key for thing in self.things}

    def values_by_name(self) -> dict[str, Any]:
        """What is known by now, and under one word the fields of the event itself."""
        told = super().values_by_name()
        put(told, "", self.values)
        return told


class Thing(ToldMixin, ModelSQL):  # type: ignore[misc]  # trytond brings no types
    """An order, a complaint, a coupon: what events with its key have told of it. `party` spoke of it last.

    `heard` counts events, so that the one heard of last can be found. A coupon belongs to the automation's `record`.
    """

    __name__ = "journeyproof.thing"

    kind = fields.Char("Kind", required=True)
    key_name = fields.Char("Name of the Key", required=True)
    key = fields.Text("Key", required=True, strip=False)
    party = fields.Many2One("party.party", "Party", required=True, ondelete="CASCADE")
    heard = fields.Integer("Heard", required=True)
    record = fields.Many2One("marketing.automation.record", "Record", ondelete="CASCADE")
    values = fields.One2Many("journeyproof.value", "thing", "Values")
    facts = fields.Many2Many("journeyproof.fact-journeyproof.thing", "thing", "fact", "Facts")

    def object_keys(self) -> dict[str, str]:
        """Its own key."""
        return {self.key_name: self.key}


class FactThing(ModelSQL):  # type: ignore[misc]  # trytond brings no types
    """That a fact speaks of a thing."""

    __name__ = "journeyproof.fact-journeyproof.thing"

    fact = fields.Many2One("journeyproof.fact", "Fact", required=True, ondelete="CASCADE")
    thing = fields.Many2One("journeyproof.thing", "Thing", required=True, ondelete="CASCADE")


class Occasion(ToldMixin, ModelSQL):  # type: ignore[misc]  # trytond brings no types
    """A day that comes, such as a birthday: planned ahead, and entered by Tryton's own trigger once it is `due`."""

    __name__ = "journeyproof.occasion"

    journey = fields.Char("Journey", required=True)
    party = fields.Many2One("party.party", "Party", required=True, ondelete="CASCADE")
    thing = fields.Many2One("journeyproof.thing", "Thing", ondelete="CASCADE")
    due = fields.DateTime("Due", required=True)
    year = fields.Integer("Year", required=True)

    def object_keys(self) -> dict[str, str]:
        """The key of the thing whose date it is."""
        return self.thing.object_keys() if self.thing else {}
