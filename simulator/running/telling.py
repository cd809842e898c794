"""What one violation did to somebody, in one sentence that stands for itself: who, what, when, and how much."""

from __future__ import annotations

import re

from simulator.model.conditions import Comparison
from simulator.model.log import Event, EventLog
from simulator.model.results import Verdict, Violation
from simulator.model.rules import (
    Absence,
    Agreement,
    AtMost,
    NotCoexistence,
    NotResponse,
    Precedence,
    Response,
    Rule,
    Sla,
    Succession,
    Timed,
    ValueRule,
)
from simulator.model.scenarios import Scenario
from simulator.running.missing import fields_of
from simulator.running.naming import (
    Naming,
    by_channel,
    dated,
    noun_and_verb,
    plain_words,
    possessive,
    several,
    small,
    span,
)
from simulator.words.clock import MINUTE

_MONEY = re.compile(r"-?[\d.]+ [A-Z]{3}")


class Telling:
    """Tells the violations of one log."""

    def __init__(self, scenario: Scenario, log: EventLog) -> None:
        self.scenario = scenario
        self.log = log
        self.naming = Naming(scenario)

    def event(self, id: str | None) -> Event | None:
        """The event of an id."""
        row = -1 if id is None else self.log.index.get(id, -1)
        return None if row < 0 else self.log.rows[row]

    def told(self, verdict: Verdict, item: Violation) -> str:
        """The sentence, without its full stop; that of the check itself where nothing better is known."""
        rule = self.scenario.checks.get(verdict.name)
        sentence = "" if rule is None else self._told(rule, verdict, item)
        return sentence or dated(item.sentence.partition(": ")[0].rstrip("."))

    def _told(self, rule: Rule, verdict: Verdict, item: Violation) -> str:
        deed, other = self.event(item.activation), self.event(next(iter(item.witnesses), None))
        if other is not None and other.name == "Message Withheld":
            other = None  # it says why nothing came
        match rule:
            case Precedence() if deed is not None:
                return self._too_early(rule, deed, item)
            case Response() | Sla():
                return self._answer(rule, item, deed, other)
            case Succession():
                return self._silence(rule, item, deed)
            case ValueRule() if deed is not None:
                return self._value(rule, item, deed)
            case Absence() if deed is not None:
                return self._forbidden(rule, deed, other)
            case NotResponse() if deed is not None and other is not None:
                after = span(other.time - deed.time)
                return f"{self._sent(other)}, {after} after {self.naming.event(deed)}"
            case NotCoexistence() if (pair := self._pair(item)) is not None:
                urges = self._urges(*pair)
                between = span(pair[1].time - pair[0].time)
                return f"{self._sent(pair[1])}, {between} after the {self.naming.message_of(pair[0])}{urges}"
            case AtMost() if deed is not None:
                allowed = f"{small(rule.limit)} {'is' if rule.limit == 1 else 'are'} allowed"
                return f"{self._sent(deed)}: number {rule.limit + 1}{_in(rule)}, where {allowed}"
            case Agreement() if deed is not None:
                return self._unknown(rule, item, deed)
        return _level(verdict)

    # -- something that should have come

    def _answer(self, rule: Response | Sla, item: Violation, began: Event | None, answer: Event | None) -> str:
        who, naming = item.customer, self.naming
        noun, verb = naming.target(rule.target)
        owner = f"{possessive(naming.who(who))} {noun}" if noun else naming.who(who)
        due = naming.due(item.onset, who)
        if isinstance(rule, Response) and rule.exactly is not None and answer is not None and item.margin_ms is None:
            return f"{owner} {verb} again {naming.when(answer.time, who)}, though once was enough"
        if item.margin_ms is not None and answer is not None:
            came = verb if not answer.name.startswith("Message ") else "came"
            return f"{owner} {came} {naming.when(answer.time, who)}, {self._late(rule, item, answer)}"
        never = verb.replace("was ", "was never ", 1) if verb.startswith("was ") else f"never {verb}"
        never = "never came" if rule.target.event.startswith("Message ") else never
        since = self._after(began)
        return f"{owner} {never}{since}; it was due {due}"

    def _late(self, rule: Response | Sla, item: Violation, answer: Event) -> str:
        """By how much, and what had happened by then."""
        margin = item.margin_ms or 0
        if margin >= 0:
            chasers = [event for id in item.witnesses[1:] if (event := self.event(id)) is not None]
            return "only after " + (self.naming.happened(chasers[0]) if chasers else "somebody had to chase it")
        missed = self.naming.missed(rule.by) if isinstance(rule, Response) else ""
        if missed:
            return f"{span(margin)} after {missed}"
        return f"{span(margin)} too late: it was due {self.naming.due(answer.time + margin, item.customer)}"

    def _after(self, began: Event | None) -> str:
        """What it would have been the answer to."""
        if began is None or began.name == "Birthday Began":
            return ""
        noun, verb = self.naming.thing(began)
        what = f"the {noun} {verb}" if noun else f"{self.naming.who(began.person)} {verb}"
        return f" after {what} {self.naming.when(began.time, began.person)}"

    def _silence(self, rule: Succession, item: Violation, began: Event | None) -> str:
        naming, who = self.naming, item.customer
        if began is None or began.name != rule.activation.event:
            return self._wrong_way(rule, item, began)
        what = self._contact(began)
        stage = next((stage for stage in (*rule.through, rule.target) if not self._happened(stage.event, began)), None)
        waited = span(item.onset - began.time)
        if item.margin_ms is not None:
            return f"{what} was settled {span(item.margin_ms)} too late: it was due {naming.due(item.onset, who)}"
        _, verb = noun_and_verb((stage or rule.target).event)
        nobody = verb.replace("was ", "was never ", 1) if verb.startswith("was ") else f"was never {verb}"
        done = stage.event.split(" ")[0].lower() if stage is not None else ""
        subject = f"the {done} for it " if done and done != began.name.split(" ")[0].lower() else ""
        never = f"{subject or 'it '}{nobody}"
        late = f"{waited} went by; it was due {naming.due(item.onset, who)}"
        return f"{what} found nobody: {never}, and {late}{self._meanwhile(rule, item)}"

    def _happened(self, name: str, began: Event) -> bool:
        """Whether an event of this name followed for the same case."""
        keys = {key: value for key, value in began.data.items() if key.endswith("_id")}
        return any(
            event.name == name
            and event.person == began.person
            and event.time >= began.time
            and all(event.data.get(key, value) == value for key, value in keys.items())
            for event in self.log
            if event.name == name
        )

    def _contact(self, event: Event) -> str:
        """`Giulia Conti's complaint of Mon 19 May 2025 20:47 on social`."""
        noun = str(event.data.get("about") or noun_and_verb(event.name)[0])
        channel = f" {by_channel(str(event.data['channel']))}" if event.data.get("channel") else ""
        when = self.naming.when(event.time, event.person)
        return f"{possessive(self.naming.who(event.person))} {noun} of {when}{channel}"

    def _wrong_way(self, rule: Succession, item: Violation, closed: Event | None) -> str:
        """An answer that went elsewhere than the question came from."""
        if closed is None:
            return ""
        keys = {name: closed.data.get(name) for name, _ in rule.keys() if name != "channel"}  # noqa: SIM118  no mapping
        for event in self.log:
            if event.name == rule.activation.event and event.person == item.customer:
                same = all(event.data.get(name) == value for name, value in keys.items())
                if same and event.data.get("channel") != closed.data.get("channel"):
                    there = by_channel(str(closed.data.get("channel")))
                    return f"{self._contact(event)} was answered {there}, and not where it was asked"
        return ""

    def _meanwhile(self, rule: Timed, item: Violation) -> str:
        """What was sent to somebody who waited for an answer."""
        if rule.meanwhile is None:
            return ""
        found = [event for id in item.witnesses if (event := self.event(id)) is not None]
        sent = [event for event in found if event.name == rule.meanwhile.event]
        return f"; meanwhile {several(len(sent), 'promotion')} went out to the same person" if sent else ""

    # -- something that should not have been

    def _sent(self, event: Event) -> str:
        """`Camille Moreau was sent the birthday offer Sat 15 Nov 2025 08:07`."""
        naming = self.naming
        when = naming.when(event.time, event.person)
        if not event.name.startswith("Message "):
            return f"{naming.happened(event)} {when}"
        verb = {"Message Sent": "was sent", "Message Received": "got"}.get(event.name, "was sent")
        return f"{naming.who(event.person)} {verb} the {naming.message_of(event)} {when}"

    def _too_early(self, rule: Precedence, deed: Event, item: Violation) -> str:
        noun, verb = self.naming.target(rule.target)
        what = f"the {noun} {verb}" if noun else verb
        after = self.event(next(iter(item.witnesses), None))
        if after is None:
            return f"{self._sent(deed)}, and {what.replace('was ', 'was never ', 1)}"
        return f"{self._sent(deed)}, {span(after.time - deed.time)} before {what}"

    def _forbidden(self, rule: Absence, deed: Event, opener: Event | None) -> str:
        sent = self._sent(deed)
        if rule.during is None:
            return f"{sent}. That must never happen"
        state = self.scenario.states.get(rule.during)
        if state is not None and state.daily is not None:
            return f"{sent}, between {_clock(state.daily.from_)} and {_clock(state.daily.until)}"
        words = plain_words(rule.during)
        since = "" if opener is None else f" since {self.naming.when(opener.time, deed.person)}"
        if words.endswith(" open"):
            noun = words.removesuffix(" open")
            return f"{sent}, though {'an' if noun[:1] in 'aeiou' else 'a'} {noun} had been open{since}"
        if words.startswith("waiting"):
            return f"{sent}, while {words}"
        return f"{sent}, while “{words}” held{since}"

    def _pair(self, item: Violation) -> tuple[Event, Event] | None:
        found = [event for id in item.witnesses if (event := self.event(id)) is not None]
        return (found[0], found[-1]) if len(found) > 1 else None

    def _urges(self, first: Event, second: Event) -> str:
        before, after, of = first.data.get("stance"), second.data.get("stance"), first.data.get("product")
        return f": one says “{before}”, the other “{after}”, about {of}" if before and after and of else ""

    def _value(self, rule: ValueRule, item: Violation, deed: Event) -> str:
        naming = self.naming
        expected, found = (dated(str(value)) for value in (item.expected, item.found))
        who = naming.who(item.customer)
        if item.expected and item.found and _MONEY.fullmatch(item.expected) and _MONEY.fullmatch(item.found):
            noun, verb = naming.thing(deed)
            when = naming.when(deed.time, item.customer)
            return f"{who} was charged {found} instead of {expected}: the {noun} {verb} {when}"
        if "unresolved" in str(rule.expect) and deed.data.get("unresolved"):
            holes = int(float(str(deed.data["unresolved"])))
            return f"{self._sent(deed)} with {small(holes)} hole{'' if holes == 1 else 's'} in it"
        if plan := self._planned(rule, item, deed):
            return plan
        if item.expected and item.found and item.found not in ("unknown", item.expected):
            fields = [name for name in fields_of(rule) if "." in name]
            if isinstance(rule.expect, Comparison) and str(rule.expect.left) in fields:
                left = plain_words(str(rule.expect.left))
                return f"{self._sent(deed)}: the {left} is {found}, and should be {expected}"
            return f"{self._sent(deed)}; it says {found}, and should say {expected}"
        why = item.sentence.partition(": ")[2].partition(": ")[0].partition(";")[0].rstrip(".")
        if unknown := re.match(r"(.+?) is unknown and should be", why):
            return f"{self._sent(deed)}; the {unknown[1]} was not known, and should be {expected}"
        return f"{self._sent(deed)}: {dated(why)}"

    def _planned(self, rule: ValueRule, item: Violation, deed: Event) -> str:
        """A message outside the days of its campaign, or of none."""
        if not {"campaign.from", "campaign.until"} & set(fields_of(rule)) or not deed.name.startswith("Message "):
            return ""
        if item.found == "unknown":
            return f"{self._sent(deed)}, which belongs to no campaign of the plan"
        days = self.scenario.campaigns.get(str(deed.data.get("campaign", "")), {})
        first, last = (dated(str(days.get(name, "?"))) for name in ("from", "until"))
        return f"{self._sent(deed)}, outside the days of its campaign (from {first}, and before {last})"

    def _unknown(self, rule: Agreement, item: Violation, deed: Event) -> str:
        naming = self.naming
        what = plain_words(rule.field.rpartition(".")[2])
        held = f", and still went by {dated(item.found)}" if item.found and item.found != "unknown" else ""
        new = f" ({what}: {dated(str(item.expected))})" if item.expected else ""
        noun = noun_and_verb(deed.name)[0]
        made = f"{possessive(naming.who(item.customer))} {noun} of {naming.when(deed.time, item.customer)}{new}"
        until = naming.when(item.onset, item.customer)
        return f"{made} was not known to {naming.system(item.actor)} by {until}{held}"


def _in(rule: AtMost) -> str:
    window = rule.window
    if window is None:
        return ""
    return f" in a {window.calendar}" if window.duration is None else f" in {window.duration}"


def _level(verdict: Verdict) -> str:
    figures = verdict.figures
    if verdict.template != "level" or "end" not in figures:
        return ""
    return consents_left(figures)


def consents_left(figures: dict[str, int]) -> str:
    """`Of 999 people who had given a consent 400 still hold one at the end (40 %)`."""
    start, end = figures["start"], figures["end"]
    share = f" ({round(100 * end / start)} %)" if start else ""
    return f"of {several(start, 'person', 'people')} who had given a consent {end:,} still hold one at the end{share}"


def _clock(ms: int) -> str:
    return f"{ms // MINUTE // 60:02d}:{ms // MINUTE % 60:02d}"
