"""Channels: what happens to a message between hand-over and the person who reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.model.addresses import is_reserved_domain
from simulator.model.log import Event
from simulator.model.organisation import Channel
from simulator.words.clock import add
from simulator.words.streams import Stream
from simulator.words.vocabulary import Value
from simulator.world.environment import RECEIPT
from simulator.world.setting import Setting

if TYPE_CHECKING:
    from simulator.world.world import World

TAKEN, LATER, REFUSED = 250, 451, 550
"""What a channel answers at hand-over, as SMTP says it (RFC 5321, 4.2.3)."""

_RECEIPT_FIELDS = ("message", "message_id", "channel", "purpose", "journey", "campaign", "address")
_KEPT_BY_SENDER = ("line", "unresolved", "instance", "recipient", "stamped", "answered", "captured")


class Channels:
    """The channels of an organisation. A daily limit is a queue that everybody in the cell shares."""

    def __init__(self, world: World, setting: Setting) -> None:
        self._world, self._setting = world, setting
        self._used: dict[tuple[str, int], int] = {}
        self._asked: dict[tuple[str, str], int] = {}

    def hand_over(self, sent: Event) -> None:
        """Take a message from the automation: accept it, queue it, deliver it, or bounce it."""
        name = str(sent.data.get("channel"))
        _, is_mail, domain = str(sent.data.get("address", "")).rpartition("@")
        if is_mail and not is_reserved_domain(domain):
            self._bounce(sent, self._setting.automation, f"refused: {domain} is a real domain", True)
            return
        channel = self._setting.organisation.channels.get(name)
        if channel is None:
            self._bounce(sent, self._setting.automation, "no such channel", True)
            return
        luck = self._setting.streams.stream("channel", sent.person, str(sent.data.get("message_id", sent.number)))
        system = channel.system or self._setting.automation
        # Where an engine really handed the message over, the channel has answered already.
        answered = sent.data.get("answered")
        if answered == REFUSED or (answered is None and not luck.happens(channel.accepts / 100)):
            self._bounce(sent, system, "refused by the channel", False)
            return
        arrives = self._arrival(name, channel, luck)
        bounced = luck.happens(channel.bounces / 100)
        # Whether the person consented is a matter of the hand-over, however late the message arrives.
        seen: dict[str, Value] = {
            "folder": "spam" if luck.happens(channel.spam_folder / 100) else "inbox",
            "consented": self._world.behaviour.consents(sent.person, name),
        }
        if self._setting.faults.lost("channel", name, self._world.now, luck):
            self._lose(sent, system, name)
        elif bounced:
            self._world.at(arrives, RECEIPT, sent.person, self._bounce, sent, system, "mailbox unknown", True)
        else:
            self._world.at(arrives, RECEIPT, sent.person, self._deliver, sent, system, seen)

    def answer(self, name: str, address: str) -> int:
        """What the channel answers an engine that hands it a message for an address: 250, 451 or 550."""
        channel = self._setting.organisation.channels.get(name)
        _, is_mail, domain = address.rpartition("@")
        if channel is None or (is_mail and not is_reserved_domain(domain)):
            return REFUSED
        if self._setting.faults.down_until("channel", name, self._world.now) is not None:
            return LATER
        count = self._asked[name, address] = self._asked.get((name, address), 0) + 1
        luck = self._setting.streams.stream("answer", name, address, str(count))
        return TAKEN if luck.happens(channel.accepts / 100) else REFUSED

    def _arrival(self, name: str, channel: Channel, luck: Stream) -> int:
        setting, now = self._setting, self._world.now
        leaves = setting.faults.down_until("channel", name, now) or now
        if channel.daily_limit is not None:
            leaves = self._place_in_queue(name, channel.daily_limit, leaves)
        arrives = add(leaves, channel.latency, setting.zone, setting.holidays)
        arrives += int(luck.fraction() * channel.spread.ms)
        return setting.faults.later("channel", name, now, arrives)

    def _place_in_queue(self, name: str, limit: int, instant: int) -> int:
        """The start of the first day from `instant` on that has a place left; the same instant if today has one."""
        zone = self._setting.zone
        day = zone.local_date(instant).toordinal()
        today = day
        while self._used.get((name, day), 0) >= limit:
            day += 1
        self._used[name, day] = self._used.get((name, day), 0) + 1
        return instant if day == today else zone.start_of_day(type(zone.local_date(instant)).fromordinal(day))

    def _lose(self, sent: Event, system: str, channel: str) -> None:
        """Nobody hears of it again: neither the person nor, by a receipt, the automation."""
        told: dict[str, Value] = {"fact": sent.name, "link": f"channel {channel}", "reason": "lost on the way"}
        self._world.record("Fact Lost", sent.person, system, told, sent.id, sent.profile)

    def _bounce(self, sent: Event, system: str, reason: str, hard: bool) -> None:
        self._world.emit(
            "Message Bounced",
            sent.person,
            system,
            {**receipt(sent), "reason": reason, "hard": hard},
            sent.id,
            sent.profile,
        )

    def _deliver(self, sent: Event, system: str, how: dict[str, Value]) -> None:
        delivered = self._world.emit("Message Delivered", sent.person, system, receipt(sent), sent.id, sent.profile)
        seen = {**{field: value for field, value in sent.data.items() if field not in _KEPT_BY_SENDER}, **how}
        for reader in self._world.readers(sent):
            self._world.behaviour.react(
                self._world.emit("Message Received", reader, "", seen, delivered.id, sent.profile)
            )


def receipt(sent: Event) -> dict[str, Value]:
    """What a channel tells about a message: enough to know which one it was."""
    return {field: sent.data[field] for field in _RECEIPT_FIELDS if field in sent.data}
