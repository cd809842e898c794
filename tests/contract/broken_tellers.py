"""Backends that are wrong on purpose in what they tell and declare; see `broken_backends`."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any, ClassVar

from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.words.errors import Refusal, Unsupported
from tests.contract.broken_backends import DECLARED, Sound, is_message


class Tidy(Sound):
    """Brings every name into one form."""

    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        return [replace(event, profile=unicodedata.normalize("NFC", event.profile).strip()) for event in told]


class Headed(Sound):
    """Writes ids into a header of its mails."""

    def ingest(self, event: Event) -> None:
        if "\n" in event.profile:
            raise ValueError("header values may not contain linefeeds")
        super().ingest(event)


class Mojibake(Sound):
    """Writes UTF-8 and reads Latin-1."""

    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        for event in told:
            if "first_name" in event.data:
                event.data["first_name"] = str(event.data["first_name"]).encode().decode("latin-1")
        return told


class Altering(Sound):
    """Changes the fields of the greeting of one customer."""

    fields: ClassVar[dict[str, Any]] = {}
    without = ""

    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        for event in told:
            if is_message(event) and event.profile == "kit-first":
                event.data.update(self.fields)
                event.data.pop(self.without, None)
        return told


class Speechless(Altering):
    without = "channel"


class Unplanned(Sound):
    """Greets one customer once more, in its own words."""

    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        more = [event for event in told if is_message(event) and event.profile == "kit-first"]
        return told + [replace(event, data={**event.data, "message": "hallo"}) for event in more]


class Misdirected(Altering):
    fields = {"address": "somebody@example.org"}


class Strange(Sound):
    """A mail leaves it that nobody knows."""

    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        data: dict[str, Any] = {"subject": "Win a car", "address": "kit-first@example.org"}
        odd = [Event(to, "Message Unrecognised", "", event.profile, data=data) for event in told if is_message(event)]
        return told + odd


class Miscounting(Sound):
    captured = 12
    recognised = 11
    unrecognised = 0


class Gossip(Sound):
    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        return [*told, *(replace(event, profile="somebody-else") for event in told if event.name == "Journey Entered")]


class Inventive(Sound):
    def act(self, to: int, step: int) -> list[Event]:
        told = super().act(to, step)
        renamed = {"Journey Exited": "Jurney Exited"}
        return [replace(event, name=renamed.get(event.name, event.name)) for event in told]


class Fractional(Sound):
    def act(self, to: int, step: int) -> list[Event]:
        return [replace(event, time=float(event.time)) for event in super().act(to, step)]  # type: ignore[arg-type]


class Mistyped(Altering):
    fields = {"unresolved": "none"}


class Clockless(Sound):
    capabilities = replace(DECLARED, clock="sometimes")  # type: ignore[arg-type]


class Ticking(Sound):
    capabilities = replace(DECLARED, clock="stepped")


class Misspelling(Sound):
    capabilities = replace(DECLARED, features=DECLARED.features | {"step.wiat"})


class Uncapped(Sound):
    """Declares caps, and does not know what they are."""

    def open(self, briefing: Briefing, start: int) -> None:
        super().open(replace(briefing, policy=briefing.policy.model_copy(update={"caps": {}})), start)


class Jostled(Sound):
    """Follows the first six journeys that it is told."""

    def open(self, briefing: Briefing, start: int) -> None:
        super().open(replace(briefing, programs=briefing.programs[:6]), start)


class Blind(Sound):
    """Declares that it waits for clicks, and never hears of one."""

    def ingest(self, event: Event) -> None:
        if event.name != "Message Clicked":
            super().ingest(event)


class Refusing(Sound):
    """Declares goals, and refuses them."""

    def open(self, briefing: Briefing, start: int) -> None:
        nodes = [node for program in briefing.programs for node in program.nodes]
        if refused := [Refusal(node.line, "no goals") for node in nodes if hasattr(node.step, "goal")]:
            raise Unsupported(refused)
        super().open(briefing, start)


class Silent(Sound):
    """Does not declare goals, and takes them without a word."""

    capabilities = replace(DECLARED, features=DECLARED.features - {"step.goal"})


class Crashing(Silent):
    def open(self, briefing: Briefing, start: int) -> None:
        if any(hasattr(node.step, "goal") for program in briefing.programs for node in program.nodes):
            raise KeyError("goal")
        super().open(briefing, start)


class Vague(Silent):
    def open(self, briefing: Briefing, start: int) -> None:
        if any(hasattr(node.step, "goal") for program in briefing.programs for node in program.nodes):
            raise Unsupported([Refusal("", "goals are not for us")])
        super().open(briefing, start)
