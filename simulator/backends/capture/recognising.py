"""Which message a captured one is: by its reference line, by the rules of the engine's author, or by its subject."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from simulator.backends.capture.mail import Captured
from simulator.backends.capture.planning import Plan
from simulator.backends.capture.reference import FIELD, HEADER, parse_reference, read_reference
from simulator.model.briefing import Briefing
from simulator.model.recognition import Reading, Recognise
from simulator.words.vocabulary import FIELDS, ID, Value

FEWEST_LETTERS: Final = 4
"""A template with fewer letters of its own outside its holes would recognise anything."""

_PIECE = re.compile(r"{%-?\s*(?P<tag>\w+).*?%}|{{-?\s*(?P<hole>.*?)\s*-?}}", re.DOTALL)


@dataclass(frozen=True)
class Recognised:
    """A captured message that is known: which one it is, and what it says.

    `values` hold correlation values, and what the rule or the reference line says of the message. `asked` are the names
    that could have been found in it; None when a reference line would have told them all.
    """

    message: str
    values: Mapping[str, Value]
    asked: frozenset[str] | None


class Recogniser:
    """Recognises messages of one briefing. Without rules, the subjects of the briefing's messages are the rules."""

    def __init__(self, briefing: Briefing, plan: Plan, rules: Sequence[Recognise] = ()) -> None:
        places = {name: id for id, name in sorted(briefing.place_names.items())}
        fields = {"profile": ID, **FIELDS, **briefing.dictionary.fields}
        self._reading = Reading(fields, briefing.zone, places)
        self._messages = briefing.messages
        self._rules = tuple(rules) or tuple(subject_rules(plan))

    def recognise(self, captured: Captured) -> Recognised | None:
        """Which message it is; None when nothing tells."""
        values = self._reference(captured)
        if values is not None and values["message"] in self._messages:
            return Recognised(str(values["message"]), values, None)
        for rule in self._rules:
            found = rule.match(captured)
            if found is not None:
                said = {"purpose": rule.purpose, "campaign": rule.campaign, "journey": rule.journey}
                stated = {name: word for name, word in said.items() if word is not None}
                return Recognised(rule.message, {**self._reading.values(found), **stated}, rule.groups)
        return None

    def _reference(self, captured: Captured) -> dict[str, Value] | None:
        fields = self._reading.fields
        for line in (*captured.headers.get(HEADER, ()), captured.fields.get(FIELD, "")):
            if (values := parse_reference(line, fields)) is not None:
                return values
        return read_reference(captured.text, fields) or read_reference(captured.html, fields, in_html=True)


def subject_rules(plan: Plan) -> Iterator[Recognise]:
    """A rule for each message that can be told by its subject, or its text: the most particular ones first."""
    rules: list[tuple[int, str, Recognise]] = []
    for id, message in plan.messages.items():
        for channel in plan.channels(id):
            for template in filter(None, (message.subject, message.text if channel != "email" else "")):
                letters, pattern = template_pattern(template)
                if letters >= FEWEST_LETTERS:
                    where = "subject" if template == message.subject else "text"
                    rules.append((-letters, id, Recognise.model_validate({
                        "message": id, "channel": channel, where: re.compile(pattern),
                    })))  # fmt: skip
    yield from (rule for _, _, rule in sorted(rules, key=lambda entry: entry[:2]))


def template_pattern(template: str) -> tuple[int, str]:
    """A Liquid template as a regular expression of what it renders to, and how many letters of its own it has.

    A hole is a group of its name, and whatever stands in a block is anything. Each hole ends at the first place where
    the words after it begin (an atomic group), so that no text takes long.
    """
    pieces = _pieces(template.strip())
    pattern, letters, groups = "", 0, set[str]()
    for number, (literal, hole) in enumerate(pieces):
        letters += sum(letter.isalpha() for letter in literal)
        words = _literal(literal)
        if hole is None:
            pattern += words
            continue
        group = f"(?P<{hole}>.*?)" if hole.isidentifier() and hole.isascii() and hole not in groups else ".*?"
        groups.add(hole)
        last = number == len(pieces) - 1
        pattern += f"{group}{words}" if last else f"(?>{group}{words})"
    return letters, rf"(?s)\A\s*{pattern}\s*\Z"


def _literal(text: str) -> str:
    """Words, however they are spaced: a library may lose blanks in a long subject that is not ASCII, as Python's did.

    Beside a hole the blank may be missing because the hole is empty.
    """
    if not text.strip():
        return r"\s+" if text else ""
    before, after = (r"\s*" if edge.isspace() else "" for edge in (text[0], text[-1]))
    return before + r"\s*".join(re.escape(word) for word in text.split()) + after


def _pieces(template: str) -> list[tuple[str, str | None]]:
    """The template as texts, each with the hole before it (None for the first)."""
    tags = [match["tag"] for match in _PIECE.finditer(template) if match["tag"]]
    pieces: list[tuple[str, str | None]] = [("", None)]
    depth = at = 0

    def add(text: str, hole: str | None = None) -> None:
        literal, before = pieces[-1]
        if hole is None:
            pieces[-1] = (literal + text, before)
        elif before is not None and not literal:
            # Two holes side by side cannot be told apart.
            pieces[-1] = ("", "")
        else:
            pieces.append(("", hole))

    for match in _PIECE.finditer(template):
        if not depth:
            add(template[at : match.start()])
        at, tag = match.end(), match["tag"]
        if tag and tag.startswith("end"):
            depth = max(0, depth - 1)
        elif tag and f"end{tag}" in tags:
            if not depth:
                add("", "")
            depth += 1
        elif not tag and not depth:
            add("", match["hole"])
    if not depth:
        add(template[at:])
    return pieces
