"""What the briefing says of a message: which journeys send it, for which purpose, about what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from simulator.model.briefing import Briefing
from simulator.model.journeys import Program, Send
from simulator.words.vocabulary import Value

HINTS: Final = ("line", "journey", "campaign", "channel", "purpose")
"""Fields that tell apart the journeys that send a message, the one that tells most first."""


@dataclass(frozen=True)
class Sending:
    """One `send` step of one journey: the fields that its messages carry beside those of the person."""

    message: str
    fields: Mapping[str, str]


class Plan:
    """Every `send` step of a briefing."""

    def __init__(self, briefing: Briefing) -> None:
        self.messages = briefing.messages
        self._sendings: dict[str, list[Sending]] = {}
        for program in briefing.programs:
            for node in program.nodes:
                if isinstance(node.step, Send):
                    sending = _sending(program, node.step, node.line)
                    self._sendings.setdefault(sending.message, []).append(sending)

    def channels(self, message: str) -> tuple[str, ...]:
        """The channels on which journeys send a message; e-mail where none does."""
        found = (sending.fields["channel"] for sending in self._sendings.get(message, ()))
        return tuple(dict.fromkeys(found)) or ("email",)

    def completed(self, message: str, known: Mapping[str, Value]) -> dict[str, Value]:
        """What else is certain of a message: the fields on which all journeys agree that it can have come from."""
        possible = self._sendings.get(message, [])
        for hint in HINTS:
            told = [sending for sending in possible if hint in known and sending.fields.get(hint) == known[hint]]
            possible = told or possible
        fields: dict[str, Value] = {}
        for name in dict.fromkeys(name for sending in possible for name in sending.fields):
            said = {sending.fields.get(name, "") for sending in possible}
            if len(said) == 1:
                fields[name] = min(said)
        template = self.messages.get(message)
        for name in ("product", "stance"):
            said_of_it = None if template is None else getattr(template, name)
            if said_of_it is not None and name not in fields:
                fields[name] = str(said_of_it)
        return {**fields, **known}

    def holes(self, message: str, values: Mapping[str, Value], asked: Iterable[str] | None) -> int:
        """How many of the message's names have no value. `asked` are those that could have been found, None for all."""
        template = self.messages.get(message)
        if template is None:
            return 0
        needed = [name for name in template.names if name not in template.optional]
        sought = needed if asked is None else sorted(set(needed) & set(asked))
        return sum(1 for name in sought if name not in values)


def _sending(program: Program, step: Send, line: str) -> Sending:
    row = program.campaign
    message = str(row.get("message", "campaign")) if step.send == "campaign" else step.send
    fields = {
        "journey": program.id,
        "purpose": step.purpose or program.journey.purpose,
        "channel": step.channel,
        "line": line,
    }
    for name in ("campaign", "product", "stance"):
        if row.get(name):
            fields[name] = str(row[name])
    return Sending(message, fields)
