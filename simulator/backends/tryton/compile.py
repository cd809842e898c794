"""Journeys compiled into Tryton's scenarios and activities, and a refusal for everything that Tryton cannot express.

A step that is refused names its file and line. Nothing is left out in silence: what a rule of contact would hold back
is refused at the first message that it concerns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from simulator.backends.tryton.conditions import (
    CannotSay,
    Pyson,
    all_of,
    consents,
    is_known,
    statement,
    within,
    written,
)
from simulator.backends.tryton.definitions import FACT, Activity, Coupon, Definition, On, Scenario
from simulator.backends.tryton.templates import has_link, template_of, title_of
from simulator.backends.tryton.triggers import Trigger, kinds_by_name, trigger_of
from simulator.model.briefing import Briefing
from simulator.model.conditions import Comparison, Literal, Name, Pattern
from simulator.model.journeys import Command, Exit, Goal, Node, Program, Send, Split, Wait, WaitFor, WaitUntil
from simulator.words.clock import DAY, HOUR, Duration, zone
from simulator.words.errors import Refusal, Unsupported

MOST_ACTIVITIES: Final = 200
"""A journey's splits multiply what follows them; beyond this many activities it is refused."""
_ASKED: Final = {"Message Opened": "email_opened", "Message Clicked": "email_clicked"}


def compiled(briefing: Briefing, start: int) -> Definition:
    """The briefing's journeys for Tryton, opened at `start` (ms UTC). Raises Unsupported with every refusal."""
    refusals: list[Refusal] = []
    if briefing.linked and (briefing.policy.consent or any(_counts_people(each) for each in briefing.programs)):
        linked = ", ".join(briefing.linked[0])
        refusals.append(Refusal(
            briefing.programs[0].line,
            f"the profile rows {linked} are known to be one person; to Tryton each is a party of its own, so that"
            " re-entry and consent cannot be theirs in common",
        ))  # fmt: skip
    scenarios = []
    heard: set[str] = set()
    for program in sorted(briefing.programs, key=lambda program: -program.journey.priority):
        found, heard_here = _Compiler(program, briefing, start, refusals).scenario()
        heard |= heard_here
        if found is not None:
            scenarios.append(found)
    if refusals:
        raise Unsupported(refusals)
    return Definition(tuple(scenarios), frozenset(heard))


def _counts_people(program: Program) -> bool:
    return program.journey.reentry != "always"


@dataclass(frozen=True)
class _Pending:
    """What the next activity will hang on: an event of the mail above it, a delay, conditions judged when it is due.

    `sent` is the step of the mail right above, while nothing lies between.
    """

    on: On | None = None
    delay: int = 0
    conditions: tuple[Pyson, ...] = ()
    sent: Node | None = None

    @property
    def is_timed(self) -> bool:
        """True if what is pending must be done before anything can be waited for."""
        return bool(self.conditions) or (self.on or "").endswith("_not")


class _Compiler:
    """Compiles one program. Refusals are added to a list that all share."""

    def __init__(self, program: Program, briefing: Briefing, start: int, refusals: list[Refusal]) -> None:
        self._program, self._briefing, self._start = program, briefing, start
        self._refusals = refusals
        self._kinds = kinds_by_name(briefing.dictionary)
        self._count = 0
        self._trigger = Trigger()

    def scenario(self) -> tuple[Scenario | None, set[str]]:
        """The scenario, unless its trigger is refused, and the names of the events that it listens to."""
        program, journey = self._program, self._program.journey
        try:
            self._trigger = trigger = trigger_of(program, self._briefing, self._start)
        except CannotSay as problem:
            self._refuse(program.line, str(problem))
            self._trigger = trigger = Trigger(model=FACT)
        if journey.holdout is not None:
            self._refuse(program.line, "Tryton draws nobody into a holdout")
        if journey.goal is not None:
            self._refuse(program.line, f"Tryton's scenarios have no goal, and the journey's is '{journey.goal}'")
        root = _Pending()
        if trigger.entry is not None:
            try:
                root = _Pending(conditions=(statement(trigger.entry, self._name),))
            except CannotSay as problem:
                self._refuse(program.line, f"Tryton cannot judge the condition of entry: it {problem}")
        activities = self._after(0 if program.nodes else -1, root)
        if self._count > MOST_ACTIVITIES:
            self._refuse(program.line, f"its splits unfold into more than {MOST_ACTIVITIES} activities of Tryton")
        stated: dict[str, Any] = {"journey": program.id}
        if "campaign" in program.campaign:
            stated["campaign"] = str(program.campaign["campaign"])
        return Scenario(
            name=journey.journey, journey=program.id, line=program.line, model=trigger.model,
            domain=written(trigger.domain), activities=activities, stated=stated, exits=trigger.exits,
            fact_domain=written(trigger.fact_domain) if trigger.fact_domain else "", calendar=trigger.calendar,
            openings=trigger.openings,
        ), set(trigger.heard)  # fmt: skip

    def _refuse(self, line: str, sentence: str) -> None:
        self._refusals.append(Refusal(line, sentence))

    # Steps.

    def _after(self, index: int, pending: _Pending) -> tuple[Activity, ...]:
        """The activities that begin with a step."""
        self._count += 1
        if self._count > MOST_ACTIVITIES:
            return ()
        if index < 0:
            # An answer to an event ends its contrary, even where nothing more is to be done.
            return (self._activity("end", pending, self._program.line),) if pending.on else ()
        node = self._program.nodes[index]
        match node.step:
            case Send():
                return self._send(node, node.step, pending)
            case Wait():
                return self._wait(node, node.step, pending)
            case Split():
                return self._split(node, node.step, pending)
            case WaitFor():
                return self._wait_for(node, node.step, pending)
            case Exit():
                return self._after(-1, pending)
            case WaitUntil():
                sentence = f"Tryton's delays have a fixed length, and 'wait_until: {node.step.wait_until}' has none"
            case Command():
                sentence = f"Tryton's activities send e-mail; they cannot ask '{node.step.to}' anything"
            case Goal():
                sentence = f"Tryton's scenarios have no goal such as '{node.step.goal}'"
            case _:
                sentence = f"Tryton has no step such as this one, {type(node.step).__name__}"
        self._refuse(node.line, sentence)
        return tuple(each for following in (*node.branches, node.next) for each in self._after(following, _Pending()))

    def _activity(self, name: str, pending: _Pending, line: str, children: tuple[Activity, ...] = ()) -> Activity:
        """An activity that does nothing itself."""
        condition = written(all_of(list(pending.conditions))) if pending.conditions else ""
        return Activity(
            name=name, line=line, on=pending.on, delay_ms=pending.delay, condition=condition, children=children
        )

    def _wait(self, node: Node, step: Wait, pending: _Pending) -> tuple[Activity, ...]:
        delay = self._exact(step.wait, node.line)
        if not pending.is_timed:
            return self._after(node.next, replace(pending, delay=pending.delay + delay, sent=None))
        children = self._after(node.next, _Pending(delay=delay))
        return (self._activity(f"step {node.index}", pending, node.line, children),)

    def _split(self, node: Node, step: Split, pending: _Pending) -> tuple[Activity, ...]:
        if step.split[0].share is not None:
            self._refuse(node.line, "Tryton draws no shares, and this split goes by share")
            return tuple(each for branch in node.branches for each in self._after(branch, _Pending()))
        found: list[Activity] = []
        earlier: tuple[Pyson, ...] = ()
        for branch, following in zip(step.split, node.branches, strict=True):
            condition: tuple[Pyson, ...] = ()
            if branch.if_ is not None:
                try:
                    holds = statement(branch.if_, self._name)
                except CannotSay as problem:
                    self._refuse(node.line, f"Tryton cannot judge the condition of a branch: it {problem}")
                    holds = True
                condition = (holds,)
            taken = replace(pending, conditions=(*pending.conditions, *earlier, *condition), sent=None)
            found += self._after(following, taken)
            earlier += tuple({"__class__": "Not", "v": each} for each in condition)
        return tuple(found)

    def _wait_for(self, node: Node, step: WaitFor, pending: _Pending) -> tuple[Activity, ...]:
        """Waiting for a click, or for the opening, of the mail right above: Tryton's own events."""
        sent = None if pending.sent is None else self._message_id(pending.sent.step)
        event = _ASKED.get(step.wait_for.event)
        if event is None or sent is None or _message_asked(step.wait_for) != sent:
            self._refuse(
                node.line,
                f"Tryton waits for an e-mail's opening or click and for no other event, here '{step.wait_for}'. Write"
                " 'Message Clicked where message = ...' right below the send of that message",
            )
            return tuple(each for way in (*node.branches, node.next) for each in self._after(way, _Pending()))
        message = self._briefing.messages.get(sent)
        if event == "email_clicked" and message is not None and not has_link(message):
            self._refuse(node.line, f"the message '{sent}' has no link that could be clicked")
        positive: On = "email_clicked" if event == "email_clicked" else "email_opened"
        negative: On = "email_clicked_not" if event == "email_clicked" else "email_opened_not"
        found = self._after(node.next, _Pending(on=positive))
        if step.at_most is None:
            return found
        otherwise = _Pending(on=negative, delay=self._exact(step.at_most, node.line))
        return (*found, *self._after(node.branches[0], otherwise))

    # Sending.

    def _send(self, node: Node, step: Send, pending: _Pending) -> tuple[Activity, ...]:
        program, line = self._program, node.line
        id = self._message_id(step)
        message = self._briefing.messages.get(id)
        purpose = step.purpose or program.journey.purpose
        stated: dict[str, Any] = {"message": id, "channel": step.channel, "purpose": purpose}
        for name in ("product", "stance"):
            said = program.campaign.get(name) or (getattr(message, name) if message is not None else None)
            if said is not None:
                stated[name] = str(said)
        stated["line"] = line
        if step.channel != "email":
            self._refuse(line, f"Tryton's marketing automation sends e-mail only, and this goes by {step.channel}")
        for sentence in self._held_back(purpose, step.channel, stated):
            self._refuse(line, sentence)
        conditions = [*pending.conditions, *self._conditions(id, purpose, step)]
        title = template = ""
        if message is None:
            self._refuse(line, f"there is no message '{id}' to make an e-mail of")
        else:
            try:
                title, template = title_of(message) or id, template_of(message, self._briefing.layouts)
                for source in message.names.values():
                    self._source(source)
            except CannotSay as problem:
                self._refuse(line, f"Tryton cannot write the message '{id}': it {problem}")
        granted = program.journey.coupons.get(step.grants or "")
        return (
            Activity(
                name=f"{node.index}: {id}", line=line, on=pending.on, delay_ms=pending.delay,
                condition=written(all_of(conditions)) if conditions else "", title=title, template=template, message=id,
                names=message.names if message is not None else {}, stated=stated,
                coupon=None if granted is None else Coupon(step.grants or "", granted.discount, str(granted.valid)),
                children=self._after(node.next, _Pending(sent=node)),
            ),
        )  # fmt: skip

    def _message_id(self, step: Send) -> str:
        return str(self._program.campaign.get("message", "campaign")) if step.send == "campaign" else step.send

    def _conditions(self, message: str, purpose: str, step: Send) -> Iterator[Pyson]:
        """What an activity asks before it sends: consent, the day of the plan, and the fields that must be known."""
        policy = self._briefing.policy
        if policy.consent is not None and purpose in policy.consent.needed_for:
            yield consents()
        days = [self._program.campaign.get(name) for name in ("from", "until")]
        if policy.plan_windows == "enforced" and None not in days:
            home = zone(self._briefing.zone)
            yield from within(*(home.start_of_day(date.fromisoformat(str(each))) for each in days))
        for field in dict.fromkeys((*policy.require.get("*", []), *policy.require.get(message, []))):
            if not (step.grants and field.startswith("coupon.")):
                try:
                    yield is_known(self._name(Name(tuple(field.split(".")))))
                except CannotSay as problem:
                    self._refuse(self._program.line, f"Tryton cannot ask whether '{field}' is known: it {problem}")

    def _held_back(self, purpose: str, channel: str, stated: dict[str, Any]) -> Iterator[str]:
        """The rules of contact that Tryton has no means for, as far as they concern this message."""
        policy = self._briefing.policy
        none = "which Tryton has no means for"
        consent = policy.consent
        if consent is not None and purpose in consent.needed_for and consent.checked != "at sending":
            yield f"the policy looks consent up at scheduling, {none}: an activity's condition is judged when it is due"
        for name, cap in policy.caps.items():
            counts = purpose not in cap.exempt and (cap.purposes is None or purpose in cap.purposes)
            if counts and (cap.channels is None or channel in cap.channels):
                yield f"the policy's cap '{name}' counts this message, {none}: no scenario knows what others have sent"
        if policy.quiet_hours is not None and purpose not in policy.quiet_hours.exempt:
            yield f"the policy's quiet hours hold this message, {none}"
        for name, suppression in policy.suppress.items():
            if purpose in suppression.purpose:
                yield f"the policy's suppression '{name}' concerns this message, {none}"
        coherence = policy.coherence
        if coherence is not None and coherence.same in stated and coherence.differs in stated:
            yield f"the policy's coherence concerns this message, {none}: no scenario knows what others have said"

    # What is shared.

    def _source(self, source: str) -> None:
        """Refuse a source of a message's name that the module does not keep."""
        head, *rest = source.split(".")
        kind = self._briefing.dictionary.fields.get(head)
        if len(rest) > 1 or head == "activation" or (rest and kind is not None and kind.kind == "place"):
            raise CannotSay(f"takes a name from '{source}', which a party of Tryton does not carry")

    def _name(self, name: Name) -> str:
        """A name as activities may ask for it."""
        head, *rest = name.parts
        if len(rest) > 1 or name.per is not None or head == "activation":
            raise CannotSay(f"asks for '{name}', which a party of Tryton does not carry")
        if not rest and self._trigger.model != FACT:
            raise CannotSay(f"asks for '{name}', a field of the event, and the record that enters is no event")
        if rest and head not in self._kinds:
            return f"customer.{rest[0]}"
        return ".".join(name.parts)

    def _exact(self, duration: Duration, line: str) -> int:
        """The milliseconds of a duration, refused where it may be longer or shorter on some calendar."""
        if duration.years or duration.months or duration.working_days:
            self._refuse(line, f"Tryton's delays have a fixed length, and '{duration}' has none. Write days or hours")
        elif duration.days and (change := self._clock_change()):
            self._refuse(
                line,
                f"'{duration}' keeps the time of day, and Tryton counts {24 * duration.days} hours: they differ,"
                f" because {change}. Write '{24 * duration.days} h'",
            )
        return duration.days * DAY + duration.ms

    def _clock_change(self) -> str:
        """A clock change that somebody may live through while the journeys run, in words; empty if there is none."""
        steps = [node.step for node in self._program.nodes]
        waits = [step.wait for step in steps if isinstance(step, Wait)]
        waits += [step.at_most for step in steps if isinstance(step, WaitFor) and step.at_most is not None]
        end = self._briefing.end + sum(wait.days * DAY + wait.ms for wait in waits) + HOUR
        for name in sorted({self._briefing.zone, *(profile.zone for profile in self._briefing.profiles)}):
            where = zone(name)
            for change in where.starts[1:]:
                if self._start < change <= end:
                    return f"on {where.local_date(change)} the clocks of {name} change"
        return ""


def _message_asked(pattern: Pattern) -> str | None:
    """The message that a pattern such as `Message Clicked where message = welcome` is about."""
    match pattern.condition:
        case Comparison(Name(("message",)), "=", Literal(value)):
            return str(value)
    return None
