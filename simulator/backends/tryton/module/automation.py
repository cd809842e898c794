"""Marketing automation, extended: exits from a scenario, coupons that an e-mail grants, and what its text may say."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import quote

from trytond.model import ModelSQL, fields
from trytond.pool import Pool
from trytond.pyson import PYSONDecoder

from simulator.backends.capture.reference import reference_line
from simulator.backends.tryton.module.extending import Extension
from simulator.backends.tryton.module.told import things_of
from simulator.backends.tryton.values import value_in_memory
from simulator.model.locales import number, said
from simulator.model.templating import code
from simulator.words.clock import add, parse_duration, zone


class Scenario(Extension):  # type: ignore[misc]  # trytond brings no types
    """A scenario knows the journey that it stands for, and by which facts somebody enters it.

    `stated` is what every message of the journey says of itself, `fact_domain` a domain over facts, both as JSON.
    """

    __name__ = "marketing.automation.scenario"

    journey = fields.Char("Journey")
    line = fields.Char("Line")
    stated = fields.Text("Stated")
    fact_domain = fields.Char("Domain of Facts")
    exits = fields.One2Many("journeyproof.exit", "scenario", "Exits")


class Exit(ModelSQL):  # type: ignore[misc]  # trytond brings no types
    """A fact of this name and domain ends the scenario for the party that it speaks of: the record is blocked."""

    __name__ = "journeyproof.exit"

    scenario = fields.Many2One("marketing.automation.scenario", "Scenario", required=True, ondelete="CASCADE")
    name = fields.Char("Name", required=True)
    domain = fields.Char("Domain", required=True)
    reason = fields.Char("Reason", required=True)

    @classmethod
    def apply(cls, fact: Any) -> list[tuple[Any, str]]:
        """Block whatever a fact ends. Returns (record, reason) for each."""
        facts, records = Pool().get("journeyproof.fact"), Pool().get("marketing.automation.record")
        left: dict[int, tuple[Any, str]] = {}
        for each in cls.search([("name", "=", fact.name)]):
            if not facts.search([("id", "=", fact.id), PYSONDecoder({}).decode(each.domain)]):
                continue
            running = records.search([("scenario", "=", each.scenario.id), ("blocked", "!=", True)])
            for record in running:
                if record.record.party == fact.party and record.concerned_by(fact) and record.is_waiting():
                    left.setdefault(record.id, (record, each.reason))
        records.block([record for record, _ in left.values()])
        return list(left.values())


class Record(Extension):  # type: ignore[misc]  # trytond brings no types
    """One entry of a record into a scenario."""

    __name__ = "marketing.automation.record"

    def is_waiting(self) -> bool:
        """True while something is still to be done."""
        activities = Pool().get("marketing.automation.record.activity")
        return bool(activities.search([("record", "=", self.id), ("state", "=", "waiting")], limit=1))

    def entered_on(self) -> Any:
        """The fact by which it entered, if it was one."""
        facts = Pool().get("journeyproof.fact")
        record = self.record
        if record.__name__ == facts.__name__:
            return record
        if not self.scenario.fact_domain:
            return None
        about = [("party", "=", record.party.id)]
        if record.__name__ == "journeyproof.thing":
            about = [("things", "=", record.id)]
        domain = PYSONDecoder({}).decode(self.scenario.fact_domain)
        found = facts.search([about, domain], order=[("id", "ASC")], limit=1)
        return found[0] if found else None

    def coupon(self) -> Any:
        """The coupon that it was granted last, if any."""
        coupons = Pool().get("journeyproof.thing").search([("record", "=", self.id)], order=[("id", "DESC")], limit=1)
        return coupons[0] if coupons else None

    def keys(self) -> dict[str, str]:
        """The keys of the objects that it is about: those of its fact, its own, and that of its coupon."""
        fact, coupon = self.entered_on(), self.coupon()
        return {
            **(fact.object_keys() if fact else {}),
            **self.record.object_keys(),
            **(coupon.object_keys() if coupon else {}),
        }

    def concerned_by(self, fact: Any) -> bool:
        """True if a fact names none of its objects, or at least one of them."""
        keys, told = self.keys(), fact.object_keys()
        shared = [name for name in keys if name in told]
        return not shared or any(keys[name] == told[name] for name in shared)

    def instance(self) -> str:
        """Its name in the world: journey, profile row, and a number that counts the party's entries from 1."""
        earlier = self.__class__.search([("scenario", "=", self.scenario.id), ("id", "<=", self.id)])
        party = self.record.party
        number = sum(1 for each in earlier if each.record.party == party)
        return f"{self.scenario.journey}/{party.marketing_row}/{number}"


class Activity(Extension):  # type: ignore[misc]  # trytond brings no types
    """An activity may grant a coupon with its e-mail, and its templates may say what is known.

    `message` is the message's id, `names` where each name of it comes from (JSON), `stated` what the message says of
    itself. A coupon has a `coupon_discount` in percent and is valid for `coupon_valid`, a duration of the calendar.
    """

    __name__ = "marketing.automation.activity"

    message = fields.Char("Message")
    line = fields.Char("Line")
    names = fields.Text("Names")
    stated = fields.Text("Stated")
    coupon = fields.Char("Coupon")
    coupon_discount = fields.Float("Discount")
    coupon_valid = fields.Char("Valid For")

    def execute_send_email(self, record_activity: Any, **options: Any) -> Any:
        """Grant the coupon, if there is somebody to tell of it, and send."""
        record = record_activity.record
        if self.coupon and self._email_recipient(record.record):
            self._grant(record)
        return super().execute_send_email(record_activity, **options)

    def _grant(self, record: Any) -> None:
        things = Pool().get("journeyproof.thing")
        key = f"{record.instance()}/{self.coupon}"
        party = record.record.party
        where = zone(party.marketing_zone)
        now = round(dt.datetime.now(dt.UTC).timestamp() * 1000)
        valid_until = where.local_date(add(now, parse_duration(self.coupon_valid), where))
        last = things.search([], order=[("heard", "DESC")], limit=1)
        values = [
            {"name": "discount", "kind": "percent", "number": self.coupon_discount},
            {"name": "valid_until", "kind": "date", "text": valid_until.isoformat()},
            {"name": "status", "kind": "choice", "text": "unused"},
        ]
        things.create([{
            "kind": "coupon", "key_name": "coupon_id", "key": key, "party": party.id, "record": record.id,
            "heard": last[0].heard + 1 if last else 0, "values": [("create", values)],
        }])  # fmt: skip

    def email_context(self, record: Any) -> dict[str, Any]:
        """What a template may use: `said`, `bare` and `quoted` write a value, `knows` asks for it, `reference` ends."""
        context: dict[str, Any] = super().email_context(record)
        mailing = Mailing(self, record)
        names = ("said", "bare", "quoted", "knows", "reference")
        return {**context, **{name: getattr(mailing, name) for name in names}}


class Mailing:
    """What one e-mail may say: its names with their values, and the line by which it is recognised."""

    def __init__(self, activity: Any, record: Any) -> None:
        self._activity, self._record = activity, record
        self._values: dict[str, Any] | None = None
        self._kinds: dict[str, str] = {}

    def said(self, name: str, lang: str = "en") -> str:
        """The value as its reader's language writes it; `[name?]` where there is none, the hole that readers see."""
        value = self._value(name)
        if value is None:
            return f"[{name}?]"
        return str(said(value, self._kinds.get(name, ""), lang, zone(self._record.record.party.marketing_zone)))

    def bare(self, name: str, lang: str = "en") -> str:
        """As `said`, but a percentage without its sign: it follows in the template."""
        value = self._value(name)
        return (
            number(value, lang) if self._kinds.get(name) == "percent" and value is not None else self.said(name, lang)
        )

    def quoted(self, name: str) -> str:
        """The value as part of an address."""
        value = self._value(name)
        return quote(f"[{name}?]" if value is None else str(value), safe="")

    def knows(self, name: str) -> bool:
        """True if there is a value, and it is not `false`."""
        value = self._value(name)
        return value is not None and value is not False

    def _value(self, name: str) -> Any:
        """The value of a name of the message's, or the short code of its coupon."""
        if name != "coupon_code":
            return self._known().get(name)
        coupon = self._record.keys().get("coupon_id")
        return None if coupon is None else code(coupon)

    def reference(self) -> str:
        """The reference line: what the message is, of which entry, and which values it names."""
        activity, record, fact = self._activity, self._record, self._record.entered_on()
        instance = record.instance()
        stated = {**json.loads(record.scenario.stated or "{}"), **json.loads(activity.stated or "{}")}
        caused = {"cause": fact.cause} if fact is not None and fact.cause else {}
        row = record.record.party.marketing_row
        return reference_line({
            **self._known(), **record.keys(), **stated, **caused, "profile": row, "instance": instance,
        })  # fmt: skip

    def _known(self) -> dict[str, Any]:
        """The values of the message's names, in memory."""
        if self._values is None:
            names = json.loads(self._activity.names or "{}")
            told, kinds = self._told()
            self._values = {name: told[source] for name, source in names.items() if source in told}
            self._kinds = {name: kinds[source] for name, source in names.items() if source in kinds}
        return self._values

    def _told(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Everything known by dotted name, as it was told, and of which kind it is."""
        told: dict[str, Any] = {}
        rows: dict[str, Any] = {}
        party, keys, fact = self._record.record.party, self._record.keys(), self._record.entered_on()
        for kind, thing in things_of(party, keys).items():
            told[f"{kind}.{thing.key_name}"] = thing.key
            rows.update({f"{kind}.{value.name}": value for value in thing.values})
        rows.update({f"customer.{value.name}": value for value in party.values})
        told.update(keys)
        rows.update({value.name: value for value in (fact.values if fact else ())})
        told.update({name: value_in_memory(value) for name, value in rows.items()})
        return told, {name: value.kind for name, value in rows.items()}
