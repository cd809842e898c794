"""What people do with the messages they get: open, click, redeem, lose patience.

Every share is an invented figure of the scenario. Each person's luck comes from streams of their own.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from simulator.model.log import Event
from simulator.model.organisation import Pressure
from simulator.words.clock import add
from simulator.words.durations import HOUR
from simulator.words.vocabulary import Money, Value
from simulator.world.channels import receipt
from simulator.world.environment import FACT
from simulator.world.setting import Setting

if TYPE_CHECKING:
    from simulator.world.world import World


class Behaviour:
    """The reactions of the people of one cell."""

    def __init__(self, world: World, setting: Setting) -> None:
        self._world, self._setting = world, setting
        self._habits = setting.organisation.behaviour
        self._received: dict[str, deque[int]] = {}
        self._consents = {person.id: {channel for _, channel in person.consents} for person in world.people.values()}
        self._gone: set[str] = set()

    def reachable(self, person: str) -> bool:
        """True if this person holds a consent for a channel on which one of their rows has an address."""
        rows = self._world.people[person].profiles
        return any(channel in row.addresses for row in rows for channel in self._consents[person])

    def consents(self, person: str, channel: str) -> bool:
        """True if this person truly holds a consent for a channel now."""
        return channel in self._consents[person]

    def heard(self, event: Event) -> None:
        """Somebody gave or withdrew a consent, for a channel or (unsaid) for all: from now on that is the truth."""
        if event.name not in ("Consent Given", "Consent Withdrawn"):
            return
        if "channel" in event.data:
            channels = {str(event.data["channel"])}
        else:
            channels = {channel for row in self._world.people[event.person].profiles for channel in row.addresses}
        if event.name == "Consent Given":
            self._consents[event.person] |= channels
        else:
            self._consents[event.person] -= channels

    def react(self, received: Event) -> None:
        """Somebody has a message before them (the spam folder is not before them)."""
        if not self._setting.scenario.active_from <= self._world.now <= self._setting.scenario.active_until:
            return
        habits, data = self._habits, received.data
        if received.person in self._gone or data.get("folder") != "inbox":
            return
        luck = self._setting.streams.stream("reacts", received.person, which(received))
        opens, clicks, redeems = (luck.happens(share / 100) for share in (habits.opens, habits.clicks, habits.redeems))
        complains, delay = luck.happens(habits.marks_spam / 100), luck.fraction()
        if opens:
            opened = self._world.now + int(delay * habits.opens_after.ms)
            self._later(opened, "Message Opened", received)
            if clicks:
                self._later(opened, "Message Clicked", received)
        if complains:
            self._later(self._world.now + int(delay * HOUR), "Message Marked As Spam", received)
        if redeems and "coupon_id" in data:
            self._plan_purchase(received, delay)
        if data.get("purpose") == "marketing":
            self._feel_pressure(received)

    def _later(self, time: int, name: str, received: Event) -> None:
        channel = self._setting.organisation.channels.get(str(received.data.get("channel")))
        system = (channel and channel.system) or self._setting.automation
        data = receipt(received)
        self._world.at(
            time,
            FACT,
            received.person,
            self._world.emit,
            name,
            received.person,
            system,
            data,
            received.id,
            received.profile,
        )

    def _plan_purchase(self, received: Event, delay: float) -> None:
        """A coupon is used after a while: in a shop with a till while it is open, else from home."""
        person = self._world.people[received.person]
        shop = str(person.fields.get("shop", ""))
        hours = self._setting.organisation.hours.get(shop)
        if hours is None or shop not in self._setting.tills:
            hours, shop = None, ""
        visit = add(self._world.now, self._habits.redeems_after, self._setting.zone, self._setting.holidays)
        if hours is not None and not hours.is_open(visit):
            opening = hours.next_opening(visit)
            if opening is None:
                return
            visit = opening + int(delay * HOUR)
        if visit > self._setting.scenario.active_until:
            return
        self._world.at(visit, FACT, person.id, self._purchase, received, shop)

    def _purchase(self, received: Event, shop: str) -> None:
        person, coupon = received.person, received.data["coupon_id"]
        truth = self._world.systems.truth
        valid_until = truth.lookup(person, received.data, ("coupon", "valid_until"))
        today = self._world.zone_of(person).local_date(self._world.now).isoformat()
        used = any(
            truth.lookup(person, received.data, ("coupon", field)) == mark
            for field, mark in self._setting.marked("coupon", "used").items()
        )
        if used or (valid_until is not None and str(valid_until) < today):
            return
        luck = self._setting.streams.stream("buys", person, which(received))
        low, high, currency = self._habits.spends
        order: dict[str, Value] = {
            "order_id": f"{person}-order-{received.number}",
            "item": luck.choice(self._habits.buys),
            "amount": Money(100 * luck.whole(low, high), currency),
        }
        where: dict[str, Value] = {"place": shop} if shop else {}
        system = self._setting.tills[shop] if shop else self._setting.home_of("order")
        fields = self._setting.scenario.dictionary.fields
        bought = self._world.emit(
            "Order Completed", person, system, {k: v for k, v in (order | where).items() if k in fields}, received.id
        )
        redeemed: dict[str, Value] = {
            "coupon_id": coupon,
            "order_id": order["order_id"],
            **self._setting.marked("coupon", "used"),
            **where,
        }
        self._world.emit(
            "Coupon Redeemed", person, system, {k: v for k, v in redeemed.items() if k in fields}, bought.id
        )

    def _feel_pressure(self, received: Event) -> None:
        """Each promotional message beyond a number in a window may be the one too many."""
        habits, person = self._habits, received.person
        times = self._received.setdefault(person, deque(maxlen=200))
        times.append(self._world.now)
        luck = self._setting.streams.stream("patience", person, which(received))
        for pressure, reaction in (
            (habits.withdraws, self._withdraw),
            (habits.complains, self._complain),
            (habits.leaves, self._leave),
        ):
            if pressure is not None and luck.happens(pressure.share / 100) and self._pressed(person, times, pressure):
                reaction(received)

    def _pressed(self, person: str, times: deque[int], pressure: Pressure) -> bool:
        since = add(self._world.now, pressure.window, self._world.zone_of(person), self._setting.holidays, -1)
        return sum(1 for time in times if time > since) > pressure.over

    def _withdraw(self, received: Event) -> None:
        """Somebody who has had enough withdraws every consent there is."""
        person = received.person
        home = self._setting.organisation.consent_home or self._setting.customer_home
        for channel in sorted(self._consents[person]):
            self._world.emit("Consent Withdrawn", person, home, {"channel": channel}, received.id, received.profile)

    def _complain(self, received: Event) -> None:
        fields = self._setting.scenario.dictionary.fields
        data: dict[str, Value] = {
            "complaint_id": f"{received.person}-complaint-{received.number}",
            "channel": str(received.data.get("channel")),
            **self._setting.marked("complaint", "open"),
        }
        kept = {field: value for field, value in data.items() if field in fields}
        self._world.emit("Complaint Raised", received.person, self._setting.home_of("complaint"), kept, received.id)

    def _leave(self, received: Event) -> None:
        self._gone.add(received.person)
        self._world.emit("Customer Lost", received.person, self._setting.customer_home, {}, received.id)


def which(received: Event) -> str:
    """The message that somebody reacts to, by a name that no other event can shift."""
    return str(received.data.get("message_id", received.number))
