"""A welcome series as django-drip-campaigns knows it: a row for each mail, with rules about the user it goes to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from simulator.backends.capture.reference import reference_query
from simulator.model.briefing import Briefing
from simulator.model.journeys import EventTrigger, Policy, Program, Send, Wait
from simulator.model.messages import BUILT_IN, Message
from simulator.words.clock import DAY
from simulator.words.errors import Refusal, Unsupported
from simulator.words.vocabulary import Value

APPS = ("django.contrib.auth", "django.contrib.contenttypes", "simulator.backends.django.customers", "drip")
COMMAND = "send_drips"
MAIL = "simulator.backends.django.customers.mails.TextMail"

_PLAIN = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
_OF_A_LANGUAGE = ("money", "percent", "number", "date", "instant")


@dataclass(frozen=True)
class Series:
    """The drips of one mail each: a name, templates, and rules as (field, lookup, value). `trigger` begins them."""

    trigger: str
    drips: tuple[Drip, ...]


@dataclass(frozen=True)
class Drip:
    """One row of Drip with its rows of QuerySetRule."""

    name: str
    subject: str
    body: str
    rules: tuple[tuple[str, str, str], ...]


def series(briefing: Briefing) -> Series:
    """The briefing's journeys as drips. Raises Unsupported with all that drips cannot do."""
    refused = [Refusal(line, f"a drip cannot express {what}") for line, what in _refused(briefing)]
    if refused:
        raise Unsupported(refused)
    drips = tuple(drip for program in briefing.programs for drip in _drips(program, briefing))
    trigger = briefing.programs[0].journey.trigger if briefing.programs else None
    return Series(trigger.event.event if isinstance(trigger, EventTrigger) else "", drips)


def _drips(program: Program, briefing: Briefing) -> Iterator[Drip]:
    days = 0
    for node in program.nodes:
        if isinstance(node.step, Wait):
            days += node.step.wait.ms // DAY
        elif isinstance(node.step, Send):
            step, message = node.step, briefing.messages[node.step.send]
            purpose = step.purpose or program.journey.purpose
            said: dict[str, Value] = {
                "message": step.send, "message_id": f"{program.id}/{node.index}", "journey": program.id,
                "purpose": purpose, "line": node.line,
            }  # fmt: skip
            said.update({name: word for name in ("product", "stance") if (word := getattr(message, name))})
            rules = [("date_joined", "lte", f"now-{days} days")]
            consent = briefing.policy.consent
            if consent is not None and purpose in consent.needed_for:
                rules.append(("customer__consents", "contains", f",{step.channel},"))
            body = f"{message.text.rstrip()}\n\nReference: {_reference(said, message)}\n"
            yield Drip(
                f"{program.id}/{node.index}", _with(message, message.subject), _with(message, body), tuple(rules)
            )


def _reference(said: dict[str, Value], message: Message) -> str:
    """The reference, with holes that Django fills."""
    named = "".join(f"{{% if {name} %}}&{name}={{{{ {name}|urlencode:'' }}}}{{% endif %}}" for name in message.names)
    return f"{reference_query(said)}&profile={{{{ user.username|urlencode:'' }}}}{named}"


def _with(message: Message, template: str) -> str:
    """A Liquid template of plain holes is one of Django's once its names are bound. It is text: nothing is escaped."""
    bound = " ".join(f"{name}=user.customer.fields.{source.split('.')[1]}" for name, source in message.names.items())
    inner = f"{{% with {bound} %}}{template}{{% endwith %}}" if bound else template
    return f"{{% autoescape off %}}{inner}{{% endautoescape %}}"


# What is refused: (line, what).


def _refused(briefing: Briefing) -> Iterator[tuple[str, str]]:
    first = briefing.programs[0].line if briefing.programs else ""
    yield from ((first, f"{rule} of the policy") for rule in _rules(briefing.policy))
    if briefing.linked:
        yield first, "rows that are one human being: each is a user of its own"
    triggers = set()
    for program in briefing.programs:
        trigger = program.journey.trigger
        if isinstance(trigger, EventTrigger):
            triggers.add(trigger.event.event)
        yield from ((program.line, what) for what in _journey(program))
        for node in program.nodes:
            yield from ((node.line, what) for what in _step(node.step, briefing))
    if len(triggers) > 1:
        yield first, f"several triggers ({', '.join(sorted(triggers))}): a user joins once"


def _rules(policy: Policy) -> Iterator[str]:
    for rule in ("caps", "quiet_hours", "suppress", "coherence", "require"):
        if getattr(policy, rule):
            yield f"the {rule.replace('_', ' ')}"
    if policy.consent is not None and policy.consent.checked != "at sending":
        yield "the consent looked up at scheduling"


def _journey(program: Program) -> Iterator[str]:
    journey = program.journey
    if not isinstance(journey.trigger, EventTrigger):
        yield "this trigger: a drip counts from the day on which a user joined"
    elif journey.trigger.event.condition is not None:
        yield "a condition on the event that triggers it"
    if journey.reentry != "once":
        yield f"re-entry '{journey.reentry}': each drip reaches a user once"
    for name, said in (("if", journey.if_), ("goal", journey.goal), ("holdout", journey.holdout)):
        if said is not None:
            yield f"the '{name}' of a journey"
    if journey.exit:
        yield "leaving a journey: it has no state"
    if journey.priority or program.campaign:
        yield "a plan of campaigns, or a priority"


def _step(step: object, briefing: Briefing) -> Iterator[str]:
    match step:
        case Wait():
            if step.wait.is_calendar or step.wait.ms % DAY:
                yield f"the wait of {step.wait}: it counts whole days of 24 h. Write '24 h' or '72 h'"
        case Send():
            if step.channel != "email":
                yield f"the channel '{step.channel}'"
            if step.grants is not None:
                yield f"the coupon '{step.grants}'"
            yield from _message(step.send, briefing.messages.get(step.send), briefing)
        case _:
            yield f"the step '{type(step).__name__.lower()}'"


def _message(id: str, message: Message | None, briefing: Briefing) -> Iterator[str]:
    if message is None:
        return
    if message.text == "":
        yield f"the message '{id}', which has no text of its own: a drip sends plain text"
    for name in message.names:
        kind = briefing.dictionary.fields.get(name)
        if kind is not None and kind.kind in _OF_A_LANGUAGE:
            yield f"the {kind} '{name}' of the message '{id}': it does not write it as its reader's language does"
    for source in message.names.values():
        if not re.fullmatch(r"customer\.\w+", source):
            yield f"'{source}' in the message '{id}': it knows its users alone"
    for template in (message.subject, message.text):
        used = _PLAIN.findall(template)
        if "{%" in template or "{{" in _PLAIN.sub("", template) or any(word in BUILT_IN for word in used):
            yield f"the Liquid of the message '{id}': only holes such as {{{{ name }}}} mean the same to Django"
