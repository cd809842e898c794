"""Somebody's inbox at an instant: what has come, what is on its way, and what was not sent and why.

It is read off an exhibit of the result file; nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.reporting.plain import spoken_iso
from simulator.words.clock import from_iso

Exhibit = Mapping[str, Any]
"""One element of `exhibits` of an entry."""


@dataclass(frozen=True)
class Letter:
    """A message as it lies in the inbox: its number there, when it came and was opened (None: not yet), and itself.

    `came` is None for one that is on its way. Moments are ISO 8601 on the clock of whoever reads it.
    """

    number: int
    message: Mapping[str, Any]
    came: str | None
    opened: str | None

    @property
    def is_spam(self) -> bool:
        """Whether it lies in the spam folder."""
        return self.message.get("folder") == "spam"

    @property
    def subject(self) -> str:
        """Its subject, else the beginning of its text, else what it is called."""
        text = str(self.message.get("text") or "").strip().partition("\n")[0]
        name = str(self.message.get("title") or self.message.get("message") or "a message")
        return str(self.message.get("subject") or text or name)


@dataclass(frozen=True)
class Unsent:
    """What did not go out or did not arrive by then: when, on which channel, its subject or name, and why."""

    time: str
    kind: str
    channel: str | None
    name: str
    sentence: str
    line: str | None


@dataclass(frozen=True)
class Inbox:
    """An inbox at an instant (ms UTC): what has come, the newest last; what is on its way; what was not sent."""

    received: tuple[Letter, ...]
    underway: tuple[Letter, ...]
    unsent: tuple[Unsent, ...]


def inbox_of(exhibit: Exhibit, at: int) -> Inbox:
    """The inbox of an exhibit's customer as it was at `at`."""
    sent = [message for message in exhibit["messages"] if _by(message.get("sent"), at)]
    came = sorted((each for each in sent if _by(each.get("received"), at)), key=lambda each: from_iso(each["received"]))
    received = tuple(_letter(number, each, at) for number, each in enumerate(came, start=1))
    gone = _never_arriving(exhibit, at)
    underway = [each for each in sent if not _by(each.get("received"), at) and each["event"] not in gone]
    return Inbox(
        received,
        tuple(Letter(len(received) + number, each, None, None) for number, each in enumerate(underway, start=1)),
        tuple(_unsent(exhibit, at)),
    )


def _by(moment: str | None, at: int) -> bool:
    return moment is not None and from_iso(moment) <= at


def _letter(number: int, message: Mapping[str, Any], at: int) -> Letter:
    opened = message.get("opened")
    return Letter(number, message, message["received"], opened if _by(opened, at) else None)


def _never_arriving(exhibit: Exhibit, at: int) -> set[str]:
    """The messages that bounced, were refused or were lost by then: ids of their events."""
    ended = ("Message Bounced", "Fact Lost", "Message Refused")
    return {event.get("cause", "") for event in exhibit["events"] if event["name"] in ended and _by(event["time"], at)}


def _unsent(exhibit: Exhibit, at: int) -> list[Unsent]:
    """What was not sent by then. What had to wait and went out after all by then is said to have gone."""
    data = {event["id"]: event["data"] for event in exhibit["events"] if event["name"] == "Message Withheld"}
    went = {each.get("message_id"): each["sent"] for each in exhibit["messages"] if _by(each["sent"], at)}
    found = []
    for item in exhibit.get("not_sent", ()):
        if not _by(item["time"], at):
            continue
        held = data.get(item["event"], {})
        later = went.get(held.get("message_id")) if held.get("then") == "hold" else None
        sentence = item["sentence"].partition(" It waits")[0] if later else item["sentence"]
        told = f"{sentence} It went out {spoken_iso(later)}." if later else sentence
        name = item.get("subject") or re.sub(r"[-_:]+", " ", item.get("message") or item.get("journey") or "")
        found.append(Unsent(item["time"], item["kind"], item.get("channel"), name, told, item.get("line")))
    return found
