"""Root causes: what each violation comes from, as far as the scenario and the log tell.

Asked in this order: did the fact stop between two systems; did something break that should have done it; was the
message withheld, or the wish refused; does nobody do it at all; is a rule of contact missing; what set the deed off.
Violations with the same answer are one cause.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from simulator.model.log import Event, EventLog
from simulator.model.organisation import Decision
from simulator.model.results import Verdict, Violation
from simulator.model.rules import Agreement, NotCoexistence, NotResponse, Rule, Sla, Timed, ValueRule
from simulator.model.scenarios import Fault, Scenario
from simulator.running.missing import Gaps, fields_of
from simulator.running.naming import Naming, capital, channel_word, messages_of, noun_and_verb, plain_words, span
from simulator.words.vocabulary import INTERNAL, OF_AUTOMATION

_WORST = {"value": 3, "agreement": 2, "sla": 3, "level": 5, "at_most": 5}
_MONEY = re.compile(r"-?[\d.]+ [A-Z]{3}")
_NO_LINK = re.compile(r"no link from (\S+) to (\S+)")
_LINK = re.compile(r"link (\S+) to (\S+) \((.*)\)")
_IDENTITY = re.compile(r"identity \((\S+) is not linked with (\S+)\)")


@dataclass(frozen=True)
class Found:
    """One violation of one check, and its place among the check's violations."""

    verdict: Verdict
    place: int

    @property
    def violation(self) -> Violation:
        """The violation itself."""
        return self.verdict.violations[self.place]


@dataclass
class Cause:
    """What went wrong at the root: a title in a few words, a sentence about it, and every violation it led to."""

    id: str
    title: str
    sentence: str
    silo: str | None = None
    found: list[Found] = field(default_factory=list)

    @property
    def checks(self) -> list[str]:
        """The checks that it breaks, in their order."""
        return list(dict.fromkeys(each.verdict.name for each in self.found))

    @property
    def customers(self) -> int:
        """How many people it concerns."""
        return len({each.violation.customer for each in self.found} - {""})

    @property
    def first(self) -> Found:
        """The violation to tell: of the gravest check, the first."""
        return max(self.found, key=lambda each: weight(each.verdict))

    @property
    def weight(self) -> int:
        """How grave it is: that of its gravest check."""
        return max(weight(each.verdict) for each in self.found)


def weight(verdict: Verdict) -> int:
    """How grave a broken check is for whoever lives through it: a wrong price above all, a flood, something missed."""
    item = verdict.violations[0]
    if verdict.template == "value" and item.found and _MONEY.fullmatch(item.found):
        return 6
    return _WORST.get(verdict.template, 4)


def causes_of(scenario: Scenario, log: EventLog, verdicts: list[Verdict]) -> list[Cause]:
    """The root causes of all violations, gravest first: by the check, then by people, then in the checks' order."""
    finder = _Finder(scenario, log)
    broken = [verdict for verdict in verdicts if verdict.violations]
    for verdict in sorted(broken, key=lambda verdict: verdict.template in ("level", "value")):
        for place in range(len(verdict.violations)):
            finder.take(Found(verdict, place))
    order = [verdict.name for verdict in verdicts]
    for cause in finder.causes.values():
        cause.found.sort(key=lambda each: (order.index(each.verdict.name), each.place))
    return sorted(
        finder.causes.values(), key=lambda cause: (-cause.weight, -cause.customers, order.index(cause.checks[0]))
    )


class _Finder:
    """Finds the cause of one violation after the other."""

    def __init__(self, scenario: Scenario, log: EventLog) -> None:
        self.scenario = scenario
        self.log = log
        self.naming = Naming(scenario)
        self.gaps = Gaps(scenario, self.naming)
        self.causes: dict[str, Cause] = {}
        self._by_activation: dict[str, str] = {}
        self._by_field: dict[tuple[str, str], str] = {}
        self._at_most = ""
        self._born: dict[str, frozenset[str]] = {}

    def take(self, found: Found) -> None:
        """File a violation under its cause."""
        cause = self._root(found)
        known = self.causes.setdefault(cause.id, cause)
        known.found.append(found)
        item, rule = found.violation, self.scenario.checks.get(found.verdict.name)
        if item.activation is not None:
            self._by_activation.setdefault(item.activation, cause.id)
        if found.verdict.template == "at_most":
            self._at_most = self._at_most or cause.id
        if isinstance(rule, Agreement):
            self._by_field.setdefault((item.customer, rule.field), cause.id)

    def event(self, id: str | None) -> Event | None:
        """The event of an id."""
        row = -1 if id is None else self.log.index.get(id, -1)
        return None if row < 0 else self.log.rows[row]

    def _root(self, found: Found) -> Cause:
        item, verdict = found.violation, found.verdict
        rule = self.scenario.checks.get(verdict.name)
        if item.silo is not None:
            return self._silo(item)
        if verdict.template == "level" and self._at_most:
            return self.causes[self._at_most]
        steps = (self._broken, self._stopped, self._shared, self._unheard, self._nobody, self._slow, self._rule_missing,
                 self._set_off)  # fmt: skip
        for step in steps:
            if (cause := step(item, rule)) is not None:
                return cause
        return Cause(f"check:{verdict.name}", _title_of(verdict), "")

    # -- facts that stopped on their way

    def _silo(self, item: Violation) -> Cause:
        silo, name = str(item.silo), self.naming
        if match := _NO_LINK.fullmatch(silo):
            start, end = name.system(match[1]), name.system(match[2])
            why = f"{capital(end)} never heard of {self._fact_of(item)}: no link leads from {start} to {end}."
            return Cause(f"silo:{silo}", f"No link from {start} to {end}", why, silo)
        if match := _IDENTITY.fullmatch(silo):
            why = "Two rows of the database are one person, and nobody had linked them."
            return Cause("silo:identity", "Rows of one person that nobody linked", why, silo)
        if match := _LINK.fullmatch(silo):
            return self._link(silo, match[1], match[2], match[3], item)
        return Cause(f"silo:{silo}", capital(silo), f"It stopped at {silo}.", silo)

    def _link(self, silo: str, start: str, end: str, how: str, item: Violation) -> Cause:
        link = f"the link from {self.naming.system(start)} to {self.naming.system(end)}"
        who = capital(self.naming.system(item.actor))
        if how.startswith("does not carry "):
            name = how.removeprefix("does not carry ")
            fact = _fact(name)
            why = f"{who} never heard of {self._fact_of(item, name)}: {link} does not carry that {fact}."
            return Cause(f"silo:{silo}", f"{capital(link)} does not carry that {fact}", why, silo)
        words = {"lost": "lost it", "late": "was late", "still waiting": "still holds it back"}.get(how, how)
        fact = self._fact_of(item)
        heard = f"heard of {fact} too late" if how == "late" else f"never heard of {fact}"
        faults = [each for each in self._faults("link", f"{start} to {end}") if _covers(each, item.true_since)]
        down = self._window(faults[0], f"{link} was {_state(faults[0])}") if faults else f"{link} {words}"
        return Cause(f"silo:{silo}", f"{capital(link)} {words}", f"{who} {heard}: {down}.", silo)

    def _fact_of(self, item: Violation, name: str = "") -> str:
        """The fact that decided, by its thing: `the promise of Fri 25 Oct 2024 10:00`; `name` is its own, if known."""
        if item.true_since is None:
            return "it"
        first, last = np.searchsorted(self.log.time, [item.true_since, item.true_since + 1])
        for row in range(int(first), int(last)):
            event = self.log.rows[row]
            noun = str(event.data.get("about") or noun_and_verb(event.name)[0])
            decided = event.name == name if name else event.name not in OF_AUTOMATION | INTERNAL
            if event.person == item.customer and noun and decided:
                return f"the {noun} of {self.naming.when(event.time, event.person)}"
        return "it"

    # -- things that broke

    def _broken(self, item: Violation, rule: Rule | None) -> Cause | None:
        """A fault of the engine, a channel or a link that was in the way when it was due."""
        if not isinstance(rule, Timed | Sla):
            return None
        target = rule.target.event
        came = item.onset if item.margin_ms is None else item.onset - item.margin_ms
        if target in OF_AUTOMATION:
            for fault in self._faults("backend"):
                if _covers(fault, item.onset) or _covers(fault, came):
                    what = {"down": "The engine stood still", "restarted": "The engine was restarted"}
                    why = self._window(fault, what.get(fault.kind, "The engine was out of order"))
                    return Cause(f"fault:{fault.index}", what.get(fault.kind, "The engine"), f"{why}.")
            for fault in self._faults("channel"):
                if _covers(fault, item.onset) or _covers(fault, came):
                    why = self._window(fault, f"Sending by {channel_word(fault.name)} was {_state(fault)}")
                    return Cause(f"fault:{fault.index}", f"Trouble with {channel_word(fault.name)}", f"{why}.")
        for fault in self._faults("desk"):
            if fault.name in self._desks(target) and any(
                _covers(fault, moment) for moment in (item.true_since, item.onset, came)
            ):
                desk = f"The desk “{plain_words(fault.name)}”"
                how = f"was slower than usual by {span(fault.by.ms)}" if fault.kind == "late" else "was not there"
                return Cause(f"fault:{fault.index}", f"{desk} {how}", f"{self._window(fault, f'{desk} {how}')}.")
        return self._altered(item)

    def _altered(self, item: Violation) -> Cause | None:
        """A link that hands on another value than it was given."""
        for fault in self._faults("link"):
            start, _, end = fault.name.partition(" to ")
            if fault.kind == "altered" and end == item.actor and _covers(fault, item.onset):
                change = f"by {fault.by}" if fault.field and fault.value is None else f"to {fault.value}"
                what = plain_words((fault.field or "a value").rpartition(".")[2])
                link = f"the link from {self.naming.system(start)} to {self.naming.system(end)}"
                why = f"{capital(link)} changes the {what} {change}."
                return Cause(f"fault:{fault.index}", f"{capital(link)} changes the {what}", why)
        return None

    def _faults(self, target: str, name: str | None = None) -> list[Fault]:
        return [each for each in self.scenario.faults if each.target == target and name in (None, each.name)]

    def _window(self, fault: Fault, what: str) -> str:
        start, end = max(fault.start, self.scenario.start), min(fault.end, self.scenario.end)
        if start == self.scenario.start and end == self.scenario.end:
            return f"{what} all the time"
        return f"{what} from {self.naming.when(start)} to {self.naming.when(end)}"

    # -- things that were stopped on purpose

    def _stopped(self, item: Violation, _rule: Rule | None) -> Cause | None:
        """A message that was withheld, or a wish that was refused."""
        for id in item.witnesses:
            event = self.event(id)
            if event is not None and event.name == "Message Withheld":
                reason = str(event.data.get("reason", "no reason given"))
                why = f"The automation did not send it: {plain_words(reason)}."
                return Cause(f"withheld:{reason}", f"Not sent: {plain_words(reason)}", why)
        refusal = self._refusals.get(item.activation or "")
        if refusal is None:
            return None
        who, noun = capital(self.naming.system(refusal.system)), noun_and_verb(refusal.name)[0]
        reason = f" ({refusal.data['reason']})" if refusal.data.get("reason") else ""
        return Cause(f"refused:{refusal.system}", f"{who} refused it", f"{who} refused the {noun}{reason}.")

    @cached_property
    def _refusals(self) -> dict[str, Event]:
        """Refusals by what they refuse."""
        names = [name for name in self.log.name[1] if name.endswith((" Refused", " Denied"))]
        return {event.cause: event for event in self.log if event.name in names} if names else {}

    def _shared(self, item: Violation, rule: Rule | None) -> Cause | None:
        """What another check of the same moment, or of the same field, was broken by."""
        if item.activation is not None and isinstance(rule, Timed) and (id := self._by_activation.get(item.activation)):
            return self.causes[id]
        if isinstance(rule, ValueRule):
            for name in fields_of(rule):
                if id := self._by_field.get((item.customer, name)):
                    return self.causes[id]
        return None

    # -- things that nobody does

    def _nobody(self, item: Violation, rule: Rule | None) -> Cause | None:
        """No journey sends it, or no desk does it."""
        if not isinstance(rule, Timed) or item.margin_ms is not None or rule.template == "precedence":
            return None
        target = rule.target
        if target.event in OF_AUTOMATION:
            named = messages_of(target)
            if named and not self.gaps.sent & set(named):
                why = "No journey of this variant sends it."
                return Cause("nobody:sends", "No journey sends it", why)
            return None
        noun, verb = noun_and_verb(target.event)
        if item.actor and not self._desks(target.event) and not self.gaps.told(target.event):
            why = f"Nobody has the task: no desk of {self.naming.system(item.actor)} sees to it."
            return Cause(f"nobody:{target.event}", f"Nobody sees to it that the {noun} {verb}", why)
        return None

    def _unheard(self, item: Violation, rule: Rule | None) -> Cause | None:
        """A desk that would do it, in a system that no link tells of what it acts upon."""
        if not isinstance(rule, Timed) or item.margin_ms is not None:
            return None
        for name in self._desks(rule.target.event):
            desk = self.scenario.organisation.desks[name]
            for each in desk.decides.values():
                fact, there = each.when.event, self.naming.system(desk.system)
                links = [link for (_, end), link in self.scenario.links.items() if end == desk.system]
                told = any(link.carries == "all" or fact in link.carries for link in links)
                if rule.target.event in deeds(each) and not told and self._births(fact) - {desk.system}:
                    why = f"{capital(there)} is never told that {_fact(fact)}: no link carries it there."
                    return Cause(f"unheard:{desk.system}:{fact}", f"No link tells {there} that {_fact(fact)}", why)
        return None

    def _births(self, fact: str) -> frozenset[str]:
        """The systems in which facts of this name are born."""
        if fact not in self._born:
            self._born[fact] = frozenset(event.system for event in self.log if event.name == fact)
        return self._born[fact]

    def _slow(self, item: Violation, rule: Rule | None) -> Cause | None:
        """A desk that takes longer than the rule allows."""
        if not isinstance(rule, Timed) or rule.target.event in OF_AUTOMATION:
            return None
        for name in self._desks(rule.target.event):
            desk = self.scenario.organisation.desks[name]
            slow = [each.after for each in desk.decides.values() if rule.target.event in deeds(each)]
            if slow and (slow[0].ms or slow[0].is_calendar) and item.margin_ms is not None:
                why = f"The desk “{plain_words(name)}” takes {slow[0]} for it."
                return Cause(f"desk:{name}", f"The desk “{plain_words(name)}” takes {slow[0]}", why)
        return None

    def _desks(self, event: str) -> list[str]:
        """The desks that may bring an event about."""
        desks = self.scenario.organisation.desks
        return [name for name, desk in desks.items() if any(event in deeds(each) for each in desk.decides.values())]

    # -- rules that are missing, and what set a deed off

    def _rule_missing(self, _item: Violation, rule: Rule | None) -> Cause | None:
        gap = None if rule is None else self.gaps.of(rule)
        return None if gap is None else Cause(f"rule:{gap[0]}", gap[1], gap[2])

    def _set_off(self, item: Violation, rule: Rule | None) -> Cause | None:
        """The event that moved the automation to send what it should not have sent."""
        deed = self._deed(item, rule)
        if deed is None or not deed.name.startswith("Message "):
            return None
        id = str(deed.data.get("journey", ""))
        program = next((each for each in self.scenario.briefing.programs if each.id == id), None)
        if program is None:
            return None
        title = f"The journey “{program.journey.journey}”"
        return Cause(f"journey:{program.id.partition(':')[0]}", title, self.gaps.moved_by(program, self._origin(deed)))

    def _deed(self, item: Violation, rule: Rule | None) -> Event | None:
        ids = (*item.witnesses, item.activation) if isinstance(rule, NotResponse | NotCoexistence) else (
            item.activation, *item.witnesses)  # fmt: skip
        found = [event for id in ids if (event := self.event(id)) is not None]
        return next((event for event in found if event.time == item.onset), None)

    def _origin(self, event: Event) -> Event | None:
        """What the world did that an event comes from: the first of its causes that is no deed of the automation."""
        here: Event | None = event
        for _ in range(50):
            here = self.event(here.cause) if here is not None and here.cause else None
            if here is None or (here.name != "Fact Arrived" and here.name not in OF_AUTOMATION):
                return here
        return None


def _covers(fault: Fault, instant: int | None) -> bool:
    return instant is not None and fault.start <= instant <= fault.end


def _state(fault: Fault) -> str:
    return {"down": "down", "late": "late", "lossy": "lost in part"}.get(fault.kind, fault.kind)


def _fact(name: str) -> str:
    """`an order was completed`."""
    noun, verb = noun_and_verb(name)
    article = "an" if noun[:1] in "aeiou" else "a"
    return f"{article} {noun} {verb}" if noun else f"somebody {verb}"


def deeds(decision: Decision) -> list[str]:
    """The events that a desk's decision may lead to."""
    both = (decision.then, decision.else_)
    return [event for deed in both if deed is not None for event in ([deed] if isinstance(deed, str) else deed)]


def _title_of(verdict: Verdict) -> str:
    return verdict.rule or plain_words(verdict.name)
