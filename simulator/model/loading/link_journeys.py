"""Journeys, policy and messages: everything that they name exists, and what they ask the automation can know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args

from simulator.model.conditions import Comparison, Literal, Pattern
from simulator.model.journeys import (
    AnniversaryTrigger,
    Command,
    DateTrigger,
    EventTrigger,
    Journey,
    Policy,
    Program,
    Purpose,
    SegmentTrigger,
    Send,
    Split,
    WaitFor,
)
from simulator.model.journeys import (
    Node as FlatNode,
)
from simulator.model.loading.briefings import EVERYONE
from simulator.model.loading.bundles import key_place
from simulator.model.loading.link_organisation import child, values
from simulator.model.loading.resolving import Resolver
from simulator.model.loading.vocabularies import SOURCE
from simulator.model.messages import Message
from simulator.model.organisation import Organisation
from simulator.model.reading import Node, child_of
from simulator.model.typing import Scope
from simulator.words.clock import parse_date, zone
from simulator.words.errors import ExpressionError, Place, Problem, did_you_mean

PURPOSES: tuple[str, ...] = get_args(Purpose)
REENTRIES = ("once", "once a year", "always", "after exit")
"""What `reentry` may be, beside `once per KEY`."""

_PER = re.compile(r"once per ([A-Za-z_]\w*)")


class JourneyLinker:
    """Links the journeys of one scenario."""

    def __init__(self, organisation: Organisation, resolver: Resolver) -> None:
        self.organisation = organisation
        self.resolver = resolver

    def journey(self, journey: Journey, node: Node) -> Journey:
        """A journey with everything in it typed."""
        by_event = isinstance(journey.trigger, EventTrigger) or any(_listens(step) for step in each_step(journey.steps))
        scope = Scope(fields_of_event=by_event, owner="a journey", system=self.organisation.automation)
        pattern_scope = Scope(owner="a journey", system=self.organisation.automation)
        patterns = ("event", "wait_for", "answer", "exit", "goal")
        typed = self.resolver.model(journey, node, lambda key: pattern_scope if key in patterns else scope)
        self._purpose(journey.purpose, child(node, "purpose"))
        self._trigger(journey, child(node, "trigger"))
        self._reentry(journey.reentry, child(node, "reentry"))
        self._steps(journey, journey.steps, child(node, "steps"))
        return typed

    def _purpose(self, purpose: str, node: Node) -> None:
        self.resolver.known("purpose", purpose, PURPOSES, node)

    def _trigger(self, journey: Journey, node: Node) -> None:
        trigger = journey.trigger
        if isinstance(trigger, AnniversaryTrigger):
            self._dated(trigger.anniversary, ("date",), child(node, "anniversary"))
        elif isinstance(trigger, DateTrigger):
            self._dated(trigger.date, ("date", "instant"), child(node, "date"))
        elif isinstance(trigger, SegmentTrigger):
            known = [*self.organisation.segments, EVERYONE]
            self.resolver.known("segment", trigger.segment, known, child(node, "segment"))
            for key, day in (("from", trigger.from_), ("until", trigger.until)):
                if day is not None:
                    self._day(day, child(node, key))

    def _dated(self, name: str, kinds: tuple[str, ...], node: Node) -> None:
        kind = self.resolver.dotted(name, node, SOURCE)
        if kind is not None and kind.kind not in kinds:
            wanted = " or ".join("a date" if word == "date" else "an instant" for word in kinds)
            self.resolver.note(node, f"'{name}' is of type {kind}. Here stands {wanted}, such as customer.birth_date.")

    def _day(self, text: str, node: Node) -> None:
        try:
            parse_date(text)
        except ExpressionError as error:
            self.resolver.note(node, error.message, error.offset)

    def _reentry(self, text: str, node: Node) -> None:
        if text in REENTRIES:
            return
        if (per := _PER.fullmatch(text)) is not None:
            self.resolver.known("field", per[1], self.resolver.dictionary.fields, node, len("once per "))
            return
        hint = did_you_mean(text, REENTRIES)
        rule = "Write 'once', 'once a year', 'once per KEY', 'always' or 'after exit'."
        self.resolver.note(node, f"'{text}' is no re-entry rule{hint}. {rule}")

    def _steps(self, journey: Journey, steps: list[object], node: Node) -> None:
        for number, step in enumerate(steps):
            at = child_of(node, number) or node
            if isinstance(step, Send):
                self._send(journey, step, at)
            elif isinstance(step, Command):
                self._command(step, at)
                self._steps(journey, step.else_, child(at, "else"))
            elif isinstance(step, WaitFor):
                if step.else_ and step.at_most is None:
                    self.resolver.note(child(at, "else"), "'else' is what happens when time is up: add 'at_most'.")
                self._steps(journey, step.else_, child(at, "else"))
            elif isinstance(step, Split):
                for index, branch in enumerate(step.split):
                    part = child_of(child(at, "split"), index) or at
                    key = "else" if branch.else_ is not None else "then"
                    self._steps(journey, branch.else_ or branch.then, child(part, key))

    def _send(self, journey: Journey, step: Send, at: Node) -> None:
        self.resolver.known("channel", step.channel, self.organisation.channels, child(at, "channel"))
        if step.purpose is not None:
            self._purpose(step.purpose, child(at, "purpose"))
        if step.grants is not None:
            remedy = "" if journey.coupons else "Add 'coupons:' to the journey."
            self.resolver.known("coupon", step.grants, journey.coupons, child(at, "grants"), remedy=remedy)

    def _command(self, step: Command, at: Node) -> None:
        self.resolver.known("system", step.to, self.organisation.systems, child(at, "to"))
        if step.else_ and step.at_most is None:
            self.resolver.note(child(at, "else"), "'else' is what happens when time is up: add 'at_most'.")
        written = child(at, "with")
        for name, source in step.with_.items():
            if "." in source and source.split(".")[0] in self.resolver.dictionary.objects:
                self.resolver.dotted(source, child(written, name), SOURCE)
            else:
                values({name: source}, written, self.resolver)

    def policy(self, policy: Policy, node: Node, messages: Mapping[str, Message]) -> Policy:
        """A policy with everything in it typed."""
        scope = Scope(fields_of_event=False, owner="a policy", system=self.organisation.automation)
        resolver = self.resolver
        for id, names in policy.require.items():
            at = child(child(node, "require"), id)
            known = resolver.dictionary.words.get("message")
            if known is not None and id != "*":
                key = key_place(child(node, "require"), id)
                resolver.known("message", id, known | frozenset(messages), Node(id, key, inner=key))
            for number, name in enumerate(names):
                resolver.dotted(name, child_of(at, number) or at, SOURCE)
        for name, cap in policy.caps.items():
            at = child(child(node, "caps"), name, "channels")
            for number, channel in enumerate(cap.channels or []):
                resolver.known("channel", channel, self.organisation.channels, child_of(at, number) or at)
        if policy.coherence is not None:
            for word in ("same", "differs"):
                at = child(node, "coherence", word)
                resolver.known("field", getattr(policy.coherence, word), resolver.dictionary.fields, at)
        if policy.quiet_hours is not None and policy.quiet_hours.zone != "recipient":
            try:
                zone(policy.quiet_hours.zone)
            except ExpressionError as error:
                at = child(node, "quiet_hours", "zone")
                resolver.note(at, f"{error.message}. Write 'recipient', or a zone such as Europe/Rome.")
        return resolver.model(policy, node, scope)


def each_step(steps: list[object]) -> list[object]:
    """Every step, those of branches included."""
    found: list[object] = []
    for step in steps:
        found.append(step)
        if isinstance(step, Split):
            for branch in step.split:
                found += each_step(branch.else_ or branch.then)
        elif isinstance(step, WaitFor | Command):
            found += each_step(step.else_)
    return found


def _listens(step: object) -> bool:
    return isinstance(step, WaitFor | Command)


def refuse_circles(programs: Mapping[str, Program], organisation: Organisation, problems: list[Problem]) -> None:
    """Refuse journeys that would start themselves again without ever waiting.

    A command brings what a desk of the commanded system does about it. A circle is certain only where no pattern and no
    desk has a condition, links lead there and back, and nothing limits re-entry.
    """
    for program in programs.values():
        trigger = program.journey.trigger
        if not isinstance(trigger, EventTrigger) or program.journey.reentry not in ("always", "after exit"):
            continue
        if not _unconditional(trigger.event):
            continue
        for node in _before_waiting(program):
            if trigger.event.event in _emitted(node, organisation):
                file, _, line = node.line.rpartition(":")
                sentence = (
                    f"this step brings '{trigger.event.event}', which starts '{program.id}' again, for ever. "
                    "Add a 'wait', a condition to the trigger, or 'reentry: once'."
                )
                problems.append(Problem(Place(file, int(line) if line.isdigit() else 1), sentence))


def _unconditional(pattern: Pattern) -> bool:
    return pattern.condition is None


def _before_waiting(program: Program) -> list[FlatNode]:
    """The steps that are certainly reached at the instant of entry."""
    found, index = [], 0
    while 0 <= index < len(program.nodes):
        node = program.nodes[index]
        found.append(node)
        waits = isinstance(node.step, Command) and node.step.answer is not None
        if waits or not isinstance(node.step, Send | Command):
            break
        index = node.next
    return found


def _emitted(node: FlatNode, organisation: Organisation) -> frozenset[str]:
    """The events that certainly reach the automation because of a step."""
    step = node.step
    if not isinstance(step, Command):
        return frozenset()
    there, back = (organisation.automation, step.to), (step.to, organisation.automation)
    if there not in organisation.routes or back not in organisation.routes or organisation.routes[back].loses:
        return frozenset()
    emitted: list[str] = []
    for desk in organisation.desks.values():
        for decision in desk.decides.values() if desk.system == step.to else ():
            if decision.if_ is None and _is_told(decision.when, step.command):
                emitted += [decision.then] if isinstance(decision.then, str) else decision.then or []
    carried = organisation.routes[back].carries
    return frozenset(event for event in emitted if carried == "all" or event in carried)


def _is_told(when: Pattern, command: str) -> bool:
    """Whether a desk certainly hears a command: `Command Issued`, alone or `where command = ...` and nothing else."""
    if when.event != "Command Issued":
        return False
    test = when.condition
    return test is None or (
        isinstance(test, Comparison)
        and str(test.left) == "command"
        and test.op == "="
        and isinstance(test.right, Literal)
        and test.right.value == command
    )
