"""What a briefing lacks: rules of contact that nobody wrote, messages that no journey sends."""

from __future__ import annotations

from functools import cached_property

from simulator.model.conditions import names
from simulator.model.journeys import AnniversaryTrigger, DateTrigger, Program, SegmentTrigger, Send
from simulator.model.log import Event
from simulator.model.rules import Absence, AtMost, NotCoexistence, NotResponse, Rule, ValueRule
from simulator.model.scenarios import Scenario
from simulator.running.naming import Naming, plain_words

Gap = tuple[str, str, str]
"""An id, a title, and a sentence about what is missing."""


class Gaps:
    """Looks through the briefing of one scenario for what would have stopped a violation, and is not there."""

    def __init__(self, scenario: Scenario, naming: Naming) -> None:
        self.scenario = scenario
        self.naming = naming
        self.policy = scenario.briefing.policy

    @cached_property
    def sent(self) -> frozenset[str]:
        """The messages that some journey sends."""
        found: set[str] = set()
        for program in self.scenario.briefing.programs:
            for node in program.nodes:
                if isinstance(node.step, Send):
                    planned = str(program.campaign.get("message", "campaign"))
                    found.add(planned if node.step.send == "campaign" else node.step.send)
        return frozenset(found)

    @cached_property
    def _story(self) -> frozenset[str]:
        habits = (act.event for person in self.scenario.people.values() for act in person.habits)
        return frozenset({*(act.event for act in self.scenario.story), *habits})

    def told(self, event: str) -> bool:
        """Whether the story itself may bring an event about."""
        return event in self._story

    @cached_property
    def _rows_apart(self) -> bool:
        """Whether somebody is several rows that nobody links."""
        several = any(len(person.profiles) > 1 for person in self.scenario.people.values())
        return several and self.scenario.organisation.identity == "never"

    def of(self, rule: Rule) -> Gap | None:
        """The rule of contact that would have stopped it, and is missing or asks the wrong question."""
        match rule:
            case AtMost() if rule.target.event.startswith("Message "):
                return self._counting(rule.limit)
            case NotResponse() if rule.activation.event == "Consent Withdrawn":
                return self._consent()
            case Absence() if rule.during is not None and self._is_daily(rule.during):
                return None if self.policy.quiet_hours is not None else _QUIET
            case NotCoexistence():
                return self._coherence()
            case ValueRule():
                return self._data(rule)
        return None

    def _is_daily(self, state: str) -> bool:
        known = self.scenario.states.get(state)
        return known is not None and known.daily is not None

    def _counting(self, limit: int) -> Gap | None:
        if self._rows_apart and limit == 1:
            return _ROWS
        if not self.policy.caps:
            return _NO_CAP
        if any(cap.per == "profile" for cap in self.policy.caps.values()):
            return _PER_ROW
        return _ROWS if self._rows_apart else None

    def _consent(self) -> Gap | None:
        if self.policy.consent is None:
            return _NO_CONSENT
        if self.policy.consent.checked == "at scheduling":
            return _AT_SCHEDULING
        return _ROWS if self._rows_apart else None

    def _coherence(self) -> Gap | None:
        if self.policy.coherence is None:
            return _NO_COHERENCE
        return _ROWS if self._rows_apart else None

    def _data(self, rule: ValueRule) -> Gap | None:
        asked = fields_of(rule)
        if "unresolved" in asked and not self.policy.require:
            return _NO_DATA
        if "campaign.until" in asked and self.policy.plan_windows == "ignored" and self.scenario.campaigns:
            return _NO_PLAN
        return None

    def moved_by(self, program: Program, origin: Event | None) -> str:
        """What a journey acted on: the event that set it off, else the date or the segment it goes by."""
        trigger, title = program.journey.trigger, f"The journey “{program.journey.journey}”"
        date = trigger.anniversary if isinstance(trigger, AnniversaryTrigger) else ""
        date = trigger.date if isinstance(trigger, DateTrigger) else date
        if origin is not None and not (date and date.rpartition(".")[2] in origin.data):
            there = f" {self.naming.there(origin.system)}" if origin.system else ""
            return (
                f"What set it off: {self.naming.event(origin)}{there}, {self.naming.when(origin.time, origin.person)}."
            )
        if date:
            return f"{title} goes by a date alone: {plain_words(date)}."
        if isinstance(trigger, SegmentTrigger):
            return f"{title} goes to everybody in the segment “{plain_words(trigger.segment)}”."
        return f"{title} sent it."


def fields_of(rule: ValueRule) -> list[str]:
    """The fields that a rule about a value speaks of."""
    conditions = [rule.expect, *([] if rule.activation.condition is None else [rule.activation.condition])]
    return [str(name).partition(" per ")[0] for condition in conditions for name in names(condition)]


_NO_CAP = ("cap", "No limit on messages", "Nothing in the contact rules counts messages: there is no cap.")
_PER_ROW = (
    "cap-per-row",
    "The cap counts rows, not people",
    "The cap counts rows of the database, and one person may be several rows.",
)
_ROWS = (
    "rows-apart",
    "Rows of one person that nobody linked",
    "To the automation each row of the database is somebody else: nobody links the rows of one person.",
)
_QUIET = ("quiet-hours", "No quiet hours", "The contact rules have no quiet hours.")
_NO_CONSENT = ("consent", "Nobody asks for consent", "Nothing in the contact rules asks for consent.")
_AT_SCHEDULING = (
    "consent-at-scheduling",
    "Consent is read too early",
    "Consent was looked up when the message was planned, not when it left.",
)
_NO_COHERENCE = (
    "coherence",
    "Nothing compares messages with each other",
    "Nothing in the contact rules keeps messages from contradicting each other.",
)
_NO_DATA = (
    "required-data",
    "Nothing asks whether the data is there",
    "Nothing in the contact rules asks whether what a message says is known.",
)
_NO_PLAN = ("plan", "The plan is not enforced", "The contact rules do not hold messages to the days of the plan.")
