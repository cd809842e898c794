"""What the sinks took, told as events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from simulator.backends.capture.addressbook import AddressBook
from simulator.backends.capture.intake import LATER, HandedIn, TurnedAway
from simulator.backends.capture.mail import Captured
from simulator.backends.capture.planning import Plan
from simulator.backends.capture.postoffice import stamp
from simulator.backends.capture.recognising import Recognised, Recogniser
from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.model.recognition import Recognise
from simulator.words.vocabulary import Value

NOBODY_THERE: Final = "nobody is known at this address"
NO_RULE: Final = "no rule knows this message"
_OF_THE_HARNESS: Final = ("profile", "stamped", "folder", "consented")


class Teller:
    """Makes events of what the sinks took, for one briefing.

    `captured` are the messages by message id, `book` knows whose addresses they went to, `told` counts events by name.
    """

    def __init__(self, briefing: Briefing, rules: Sequence[Recognise] = ()) -> None:
        self.book = AddressBook(briefing)
        self.captured: dict[str, Captured] = {}
        self.told: Counter[str] = Counter()
        self._plan = Plan(briefing)
        self._recogniser = Recogniser(briefing, self._plan, rules)
        self._system = briefing.system
        self._sent: Counter[str] = Counter()

    def tell(self, handed_in: HandedIn, since: int, to: int) -> list[Event]:
        """An event for each message, in the order of the post office: what was not taken first."""
        events = [self._of_one_turned_away(message, to) for message in handed_in.turned_away]
        events += [self._of_captured(message, stamp(message, since, to)) for message in handed_in.captured]
        self.told.update(event.name for event in events)
        return events

    def _of_one_turned_away(self, message: TurnedAway, to: int) -> Event:
        data: dict[str, Value] = {"answered": message.answered, "reason": message.reason}
        for name in ("channel", "address", "sender"):
            if said := getattr(message, name):
                data[name] = said
        row = self.book.row(message.address, {}) if message.address else ""
        name = "Message Deferred" if message.answered == LATER else "Message Refused"
        return Event(to, name, profile=row, system=self._system, data=data)

    def _of_captured(self, message: Captured, time: int) -> Event:
        recognised = self._recogniser.recognise(message)
        values = dict(recognised.values) if recognised else {}
        row = self.book.row(message.address, values)
        cause = str(values.pop("cause", ""))
        for field in _OF_THE_HARNESS:
            values.pop(field, None)
        if recognised is None or not row:
            reason = NO_RULE if recognised is None else NOBODY_THERE
            data = {**values, **self._facts(message), "message_id": message.id, "reason": reason}
            name = "Message Unrecognised"
        else:
            data = {**self._said(recognised, values, message, row), **self._facts(message)}
            name = "Message Sent"
        self.captured[str(data["message_id"])] = message
        return Event(time, name, profile=row, system=self._system, cause=cause, data=data)

    def _facts(self, message: Captured) -> dict[str, Value]:
        """What is certain of a message, whatever it is."""
        address = self.book.spelled(message.address)
        facts: dict[str, Value] = {
            "captured": message.id,
            "channel": message.channel,
            "address": address,
            "recipient": address,
            "answered": message.answered,
            "links": len(message.anchors),
        }
        optional = {"subject": message.subject, "sender": message.sender}
        return {**facts, **{name: text for name, text in optional.items() if text}}

    def _said(self, recognised: Recognised, values: dict[str, Value], message: Captured, row: str) -> dict[str, Value]:
        """What the message says, completed by what the briefing says of it."""
        values = self._plan.completed(recognised.message, {**values, "channel": message.channel})
        # A name of its own that no other message can shift: whoever else is in the run, it keeps its luck.
        instance = values.get("instance") or f"{values.get('journey', message.channel)}/{row}"
        base = id = str(values.get("message_id") or f"{instance}/{recognised.message}")
        while id in self.captured:
            self._sent[base] += 1
            id = f"{base}/{self._sent[base] + 1}"
        return {
            **values,
            "message": recognised.message,
            "message_id": id,
            "unresolved": self._plan.holes(recognised.message, values, recognised.asked),
        }
