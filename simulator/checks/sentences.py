"""Plain sentences for people who plan campaigns: who, what, when, and how late."""

from __future__ import annotations

from simulator.checks.evidence import Evidence, states_nothing
from simulator.checks.protocol import JudgedDecision
from simulator.model.conditions import Comparison, Literal, Name, Pattern, each_test
from simulator.model.log import Event
from simulator.words.clock import spoken, spoken_span, zone
from simulator.words.vocabulary import Value

_BY_THE_PERSON = ("Arrived", "Checked", "Signed")
"""First words of events that a person does by themselves: Checked In, Signed Up."""


class Telling:
    """Puts rows, people and instants of one log into words; clock times are the person's own."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence

    def when(self, instant: int, person: str) -> str:
        """`Fri 14 Nov 2025 08:07`."""
        return spoken(instant, zone(self.evidence.zone_of_person(person)))

    def who(self, person: str) -> str:
        """The person's name; the organisation where nobody is spoken of."""
        known = self.evidence.scenario.people.get(person)
        return known.name if known is not None else person or "the organisation"

    def acting(self, row: int) -> str:
        """The system that did what a row tells: the automation where it is a message or a step of a journey."""
        event = self.evidence.log.rows[row]
        return self.evidence.scenario.organisation.automation if states_nothing(event.name) else event.system

    def expected_from(self, target: Pattern, row: int, activation: int = -1) -> str:
        """The system that had to bring about a target: where it came from in the end, else where it is done.

        If no desk does it, and the organisation names no home for it, that is the system in which the duty arose.
        """
        rows, organisation = self.evidence.log.rows, self.evidence.scenario.organisation
        if states_nothing(target.event):
            return organisation.automation
        if row >= 0:
            return rows[row].system
        for desk in organisation.desks.values():
            if any(target.event in _deeds(decision) for decision in desk.decides.values()):
                return desk.system
        own = organisation.events.get(target.event)
        home = own.home if own is not None else None
        return home or (rows[activation].system if activation >= 0 else "")

    def noun(self, row: int) -> str:
        """`contact`, for `Contact Received`; the name of the campaign or the message for what happened to a message."""
        event = self.evidence.log.rows[row]
        return _noun_and_verb(event.name, _called(event))[0] or event.name

    def happened(self, row: int) -> str:
        """`Camille Moreau's birthday-offer was received Sat 15 Nov 2025 08:07`."""
        event = self.evidence.log.rows[row]
        noun, verb = _noun_and_verb(event.name, _called(event))
        return f"{self._clause(event.person, noun, verb)} {self.when(event.time, event.person)}"

    def never(self, pattern: Pattern, person: str) -> str:
        """`Camille Moreau's birthday-offer was never received`."""
        noun, verb = _noun_and_verb(pattern.event, _message_of(pattern))
        verb = verb.replace("was ", "was never ", 1) if verb.startswith("was ") else f"never {verb}"
        return self._clause(person, noun, verb)

    def thing(self, pattern: Pattern, person: str) -> str:
        """`Camille Moreau's question was answered`, without saying when."""
        return self._clause(person, *_noun_and_verb(pattern.event, _message_of(pattern)))

    def _clause(self, person: str, noun: str, verb: str) -> str:
        who = self.who(person)
        return f"{who}'s {noun} {verb}" if noun else f"{who} {verb}"

    def value(self, value: Value | None, person: str, kind: str = "") -> str:
        """A value as people write it."""
        if value is None:
            return "unknown"
        if isinstance(value, bool):
            return "true" if value else "false"
        if kind == "instant" and isinstance(value, int):
            return self.when(value, person)
        if kind == "percent":
            return f"{float(value):g} %" if isinstance(value, int | float) else str(value)
        if isinstance(value, float):
            return f"{value:.15g}"
        return str(value)


def _deeds(decision: JudgedDecision) -> list[str]:
    """The events that a decision may lead to."""
    deeds = (decision.then, decision.else_)
    return [event for deed in deeds if deed is not None for event in ([deed] if isinstance(deed, str) else deed)]


def span(ms: int) -> str:
    """How long, without a sign: `22 h 7 min`."""
    return spoken_span(abs(ms))


def _called(event: Event) -> str:
    """What a message is called: many campaigns of a plan share one text, so the campaign says more."""
    return str(event.data.get("campaign") or event.data.get("message", ""))


def _noun_and_verb(event: str, message: str) -> tuple[str, str]:
    """`Question Answered` as `question` and `was answered`; the noun is empty for what a person does alone."""
    first, _, rest = event.partition(" ")
    if event == "Birthday Began":
        return "birthday", "began"
    if not rest or first in _BY_THE_PERSON:
        return "", event.lower()
    return (message if first == "Message" and message else first.lower()), f"was {rest.lower()}"


def _message_of(pattern: Pattern) -> str:
    """The message that a pattern speaks of, if it names one."""
    for test in each_test(pattern.condition) if pattern.condition is not None else ():
        match test:
            case Comparison(Name(("message",)), "=", Literal(value)):
                return str(value)
    return ""
