"""What the flows cannot do, by file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from simulator.backends.node_red.scripting import condition_js, path_of, template_js
from simulator.model.briefing import Briefing
from simulator.model.conditions import Condition, Pattern
from simulator.model.journeys import Command, EventTrigger, Exit, Goal, Policy, Program, Send, Split, Wait, WaitFor
from simulator.model.letters import letter_of
from simulator.model.messages import variables
from simulator.words.clock import Duration
from simulator.words.errors import ExpressionError, NotInstalled, Refusal

T = TypeVar("T")

_OF_A_LANGUAGE = ("money", "percent", "number", "date", "instant")
CHANNELS = ("email", "sms", "push", "letter", "phone")
REENTRIES = ("always", "once", "after exit")
OWN_EVENTS = frozenset({
    "Message Sent", "Message Withheld", "Journey Entered", "Journey Not Entered", "Journey Exited", "Goal Reached",
    "Split Taken", "Command Issued", "Coupon Granted",
})  # fmt: skip
"""What an automation says itself. A flow does not hear what another flow does."""


def refusals(briefing: Briefing) -> list[Refusal]:
    """Everything in the briefing that cannot be a flow."""
    line = briefing.programs[0].line if briefing.programs else ""
    found = [Refusal(line, f"Node-RED cannot express {what} of the policy") for what in _policy(briefing.policy)]
    for program in briefing.programs:
        found += [Refusal(program.line, f"Node-RED cannot express {what}") for what in _journey(program)]
        for node in program.nodes:
            found += [
                Refusal(node.line, f"Node-RED cannot express {what}") for what in _step(node.step, program, briefing)
            ]
    return sorted(found, key=lambda refusal: _place(refusal.line))


def _place(line: str) -> tuple[str, int]:
    file, _, number = line.rpartition(":")
    return file, int(number) if number.isdigit() else 0


def _policy(policy: Policy) -> Iterator[str]:
    yield from (f"the cap '{name}'" for name in policy.caps)
    yield from (f"the suppression '{name}'" for name in policy.suppress)
    if policy.quiet_hours is not None:
        yield "the quiet hours"
    if policy.coherence is not None:
        yield "the coherence"
    if policy.plan_windows == "enforced":
        yield "the windows of the plan"
    if policy.consent is not None and policy.consent.checked != "at sending":
        yield "the consent looked up at scheduling"


def _journey(program: Program) -> Iterator[str]:
    journey = program.journey
    trigger: Any = journey.trigger
    if not isinstance(trigger, EventTrigger):
        word = type(trigger).__name__.removesuffix("Trigger").lower()
        yield f"the trigger '{word}': a flow begins with an event"
    else:
        yield from _listens(trigger.event)
    for pattern in journey.exit:
        yield from _listens(pattern)
    yield from _condition(journey.if_)
    if journey.reentry not in REENTRIES and not journey.reentry.startswith("once per "):
        yield f"re-entry '{journey.reentry}'"
    if journey.goal is not None:
        yield f"the goal '{journey.goal}'"
    if journey.holdout is not None:
        yield "a holdout"
    if journey.priority:
        yield "a priority: flows do not know of each other"


def _listens(pattern: Pattern) -> Iterator[str]:
    if pattern.event in OWN_EVENTS:
        yield f"'{pattern.event}' as something to listen to: it is what a flow does itself"
    yield from _condition(pattern.condition)


def _condition(condition: Condition | None) -> Iterator[str]:
    if condition is not None:
        yield from _tried(condition_js, condition)


def _tried(write: Callable[[T], object], what: T) -> Iterator[str]:
    try:
        write(what)
    except ExpressionError as error:
        yield error.message


def _step(step: Any, program: Program, briefing: Briefing) -> Iterator[str]:
    match step:
        case Send():
            yield from _message(step, program, briefing)
        case Wait(wait=duration):
            yield from _duration(duration)
        case Split(split=branches):
            if branches[0].share is not None:
                yield "a split by share"
            for branch in branches:
                yield from _condition(branch.if_)
        case Exit():
            pass
        case WaitFor():
            yield f"waiting for '{step.wait_for}': a delay waits for a time"
        case Command():
            yield f"the command '{step.command}': no system answers a flow"
        case Goal():
            yield f"the goal '{step.goal}'"
        case _:
            yield f"waiting until '{step.wait_until}': a delay knows how long, not until when"


def _duration(duration: Duration) -> Iterator[str]:
    if duration.years or duration.months or duration.working_days:
        yield f"a wait of {duration}: a flow counts days and hours"


def _message(step: Send, program: Program, briefing: Briefing) -> Iterator[str]:
    if step.grants is not None:
        yield f"the coupon '{step.grants}'"
    if step.channel not in CHANNELS:
        yield f"the channel '{step.channel}'"
    id = str(program.campaign.get("message", "campaign")) if step.send == "campaign" else step.send
    message = briefing.messages.get(id)
    if message is None:
        yield f"the message '{id}', which has no template"
        return
    try:
        letter = letter_of(message, briefing.layouts)
    except (ExpressionError, NotInstalled) as error:
        yield f"the message '{id}': {error}"
        return
    for template, is_html in ((letter.subject, False), (letter.text, False), (letter.html, True)):
        for what in _tried(partial(template_js, links=message.links, is_html=is_html), template):
            yield f"{what} (message '{id}')"
    used = {name for template in (letter.subject, letter.text, letter.html) for name in variables(template)}
    for name in sorted(used & set(message.names)):
        kind = briefing.dictionary.fields.get(name)
        if kind is not None and kind.kind in _OF_A_LANGUAGE:
            yield f"the {kind} '{name}' of the message '{id}': a flow does not write it as its reader's language does"
    require = briefing.policy.require
    for path in (*message.names.values(), *require.get("*", []), *require.get(id, [])):
        yield from _tried(path_of, tuple(path.split(".")))
