"""The desk where a message is written: whether it may leave, what stands in it, and how it is handed over."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.backends.application.customers import Customers, Outlook
from simulator.backends.application.journeys import Instance
from simulator.backends.application.mailing import Mailing
from simulator.backends.capture.reference import reference_query
from simulator.model.journeys import Send
from simulator.model.letters import Reader, letter_of
from simulator.model.messages import Message
from simulator.words import clock
from simulator.words.clock import Instant, Zone, zone
from simulator.words.vocabulary import Value


@dataclass(frozen=True)
class Draft:
    """A message that is about to leave: what is told of it, the coupon that goes with it, why it may not leave, and
    the zone of who reads it."""

    message: Message
    channel: str
    address: str
    data: dict[str, Value]
    reference: str
    coupon: dict[str, Value]
    objection: str
    zone: Zone


class Desk:
    """Writes the messages of one shop, and hands them over."""

    def __init__(self, customers: Customers) -> None:
        self._customers = customers
        self._briefing = customers.briefing
        self._mailing = Mailing(f"{self._briefing.system}@shop.test")

    def draft(self, instance: Instance, step: Send, line: str, now: Instant) -> Draft:
        """What a step would send now."""
        row, plan, customers = instance.row, instance.plan, self._customers
        campaign = plan.program.campaign
        id = str(campaign.get("message", step.send)) if step.send == "campaign" else step.send
        message = self._briefing.messages[id]
        purpose = step.purpose or plan.program.journey.purpose
        addresses = customers.of(row).addresses(row, step.channel)
        address = next((each for each in addresses if (step.channel, each) not in customers.bounced), "")
        said = {name: campaign.get(name) or getattr(message, name) for name in ("product", "stance")}
        data: dict[str, Value] = {
            **instance.keys,
            **plan.base,
            **{name: str(value) for name, value in said.items() if value},
            "message": id,
            "message_id": f"{instance.id}/{instance.node}",
            "channel": step.channel,
            "purpose": purpose,
        }
        outlook = Outlook(customers, row, now, instance.keys, instance.facts)
        coupon = self._coupon(instance, step, now)
        if coupon:
            data["coupon_id"] = f"{instance.id}/{step.grants}"
        shown = {**data, **self._names(message, outlook, coupon)}
        known: dict[str, Value] = {"profile": row.id, "instance": instance.id, "line": line}
        reference = reference_query({**shown, **known, **({"cause": instance.cause} if instance.cause else {})})
        return Draft(
            message, step.channel, address, shown, reference, coupon,
            self._objection(instance, step, id, purpose, outlook, address), row.zone,
        )  # fmt: skip

    def hand_over(self, draft: Draft, now: Instant) -> bool:
        """Hand a message over; False if it is refused for good. Raises TryLater."""
        letter = letter_of(draft.message, self._briefing.layouts)
        reader = Reader(self._briefing.dictionary.fields, draft.zone)
        subject, text = (reader.fill(draft.message, template, draft.data) for template in (letter.subject, letter.text))
        html = reader.fill(draft.message, letter.html, draft.data, html=True)
        id = str(draft.data["message_id"])
        return self._mailing.send(draft.channel, draft.address, subject, text, html, draft.reference, id, now)

    def close(self) -> None:
        """Let go of the mail server."""
        self._mailing.close()

    def _names(self, message: Message, outlook: Outlook, coupon: dict[str, Value]) -> dict[str, Value]:
        """The names of a message that are known; those of a coupon are known before it is granted."""
        found: dict[str, Value] = {}
        for name, source in message.names.items():
            path = tuple(source.split("."))
            value = coupon.get(path[-1]) if coupon and path[0] == "coupon" else outlook.value(path)
            if value is not None:
                found[name] = value
        return found

    def _coupon(self, instance: Instance, step: Send, now: Instant) -> dict[str, Value]:
        """What a coupon says that goes with the message; nothing if none does, or if it has been granted before."""
        if step.grants is None or instance.keys.get("coupon_id") == f"{instance.id}/{step.grants}":
            return {}
        granted = instance.plan.program.journey.coupons[step.grants]
        until = clock.add(now, granted.valid, instance.row.zone)
        valid_until = instance.row.zone.local_date(until).isoformat()
        return {"discount": granted.discount, "valid_until": valid_until, "status": "unused"}

    def _objection(
        self, instance: Instance, step: Send, message: str, purpose: str, outlook: Outlook, address: str
    ) -> str:
        """Why a message may not leave, in the order in which the rules are asked; empty if it may."""
        policy, row = self._briefing.policy, instance.row
        today = zone(self._briefing.zone).local_date(outlook.now)
        planned = instance.plan.planned
        if planned is not None and not planned[0] <= today < planned[1]:
            return "outside the plan"
        if not address:
            return "no address"
        needed = policy.consent is not None and purpose in policy.consent.needed_for
        if needed and not self._customers.of(row).consents(row, step.channel):
            return "no consent"
        for required in (*policy.require.get("*", ()), *policy.require.get(message, ())):
            if outlook.value(tuple(required.split("."))) is None:
                return f"missing {required}"
        return ""
