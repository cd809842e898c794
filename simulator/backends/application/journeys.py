"""Journeys made into plain jobs, and a refusal for everything that such jobs cannot do here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from simulator.backends.application.customers import Row
from simulator.model.briefing import Briefing
from simulator.model.condition_nodes import speaks_of_time
from simulator.model.conditions import Pattern
from simulator.model.evaluation import Judge, compile_row
from simulator.model.journeys import (
    AnniversaryTrigger,
    Command,
    EventTrigger,
    Policy,
    Program,
    SegmentTrigger,
    Send,
    Split,
    WaitFor,
)
from simulator.model.moments import BIRTH_DATE, Moment
from simulator.words.clock import HOUR, Duration, Instant
from simulator.words.errors import Refusal
from simulator.words.vocabulary import Value

OWN_EVENTS = frozenset({
    "Message Sent", "Message Withheld", "Journey Entered", "Journey Not Entered", "Journey Exited", "Goal Reached",
    "Split Taken", "Coupon Granted",
})  # fmt: skip
"""What the application says itself, and does not listen to."""
MORNING = 9 * HOUR
"""When a segment is looked at, where the journey does not say."""


@dataclass(frozen=True)
class Listener:
    """A pattern made ready; `judge` is None where any event of the name will do."""

    event: str
    judge: Judge | None
    text: str


@dataclass(frozen=True)
class Plan:
    """One journey made ready to run. `path` is the field that its trigger hangs on, `at` ms after local midnight.

    Into a `segment` people come from the day it `opens` until it `closes`. `planned` are the days between which the
    plan lets its messages leave, half-open.
    """

    program: Program
    base: Mapping[str, Value]
    enters: Listener | None
    condition: Judge | None
    exits: tuple[Listener, ...]
    goal: Listener | None
    path: tuple[str, ...] = ()
    at: int = 0
    segment: Judge | None = None
    opens: date | None = None
    closes: date | None = None
    planned: tuple[date, date] | None = None
    branches: Mapping[int, tuple[Judge | None, ...]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The program's id."""
        return self.program.id


@dataclass(eq=False)
class Instance:
    """One row on its way through a journey: `node` is the step to be done next, not before `due`.

    `since` is when the trigger was due, `job` the handle of the job that goes on. While it waits for a moment that may
    move, `meeting` is that moment and `reached` when it began to wait; `due` is None while the moment is unknown.
    """

    id: str
    plan: Plan
    row: Row
    keys: dict[str, Value]
    facts: Mapping[str, Value]
    since: Instant
    cause: str
    node: int = 0
    due: Instant | None = 0
    job: str = ""
    meeting: Moment | None = None
    reached: Instant = 0
    goal_reached: bool = False
    coupons: dict[str, str] = field(default_factory=dict)


def plans(briefing: Briefing) -> tuple[Plan, ...]:
    """The journeys of a briefing, made ready."""
    return tuple(_plan(program, briefing) for program in briefing.programs)


def _plan(program: Program, briefing: Briefing) -> Plan:
    journey = program.journey
    trigger: Any = journey.trigger
    base: dict[str, Value] = {"journey": program.id}
    if "campaign" in program.campaign:
        base["campaign"] = str(program.campaign["campaign"])
    hangs_on = getattr(trigger, "anniversary", None) or getattr(trigger, "date", "")
    segment: Any = briefing.segments[trigger.segment] if isinstance(trigger, SegmentTrigger) else None
    at = getattr(trigger, "at", None)
    return Plan(
        program,
        base,
        enters=_listener(trigger.event) if isinstance(trigger, EventTrigger) else None,
        condition=None if journey.if_ is None else compile_row(journey.if_),
        exits=tuple(_listener(pattern) for pattern in journey.exit),
        goal=None if journey.goal is None else _listener(journey.goal),
        path=BIRTH_DATE if hangs_on == "birthday" else tuple(hangs_on.split(".")) if hangs_on else (),
        at=MORNING if at is None else at,
        segment=None if segment is None else compile_row(segment),
        opens=_day(getattr(trigger, "from_", None)),
        closes=_day(getattr(trigger, "until", None)),
        planned=_planned(program, briefing.policy),
        branches={
            node.index: tuple(None if branch.if_ is None else compile_row(branch.if_) for branch in node.step.split)
            for node in program.nodes
            if isinstance(node.step, Split)
        },
    )


def _listener(pattern: Pattern) -> Listener:
    judge = None if pattern.condition is None else compile_row(pattern.condition)
    return Listener(pattern.event, judge, str(pattern))


def _planned(program: Program, policy: Policy) -> tuple[date, date] | None:
    days = _day(program.campaign.get("from")), _day(program.campaign.get("until"))
    if policy.plan_windows != "enforced" or days[0] is None or days[1] is None:
        return None
    return days[0], days[1]


def _day(text: Any) -> date | None:
    return None if text is None else date.fromisoformat(str(text))


# What is refused.


def refusals(briefing: Briefing, engine: str) -> list[Refusal]:
    """What the application cannot do, by file and line."""
    line = briefing.programs[0].line if briefing.programs else ""
    found = [Refusal(line, f"{engine} cannot express {rule} of the policy") for rule in _rules(briefing.policy)]
    for program in briefing.programs:
        found += [
            Refusal(program.line, f"{engine} cannot express {what}") for what in _journey(program, briefing.segments)
        ]
        for node in program.nodes:
            found += [Refusal(node.line, f"{engine} cannot express {what}") for what in _step(node.step)]
    return found


def _rules(policy: Policy) -> Iterator[str]:
    """Rules that look over all journeys, and those that hold a message back: a job knows of its own journey alone."""
    yield from (f"the cap '{name}'" for name in policy.caps)
    yield from (f"the suppression '{name}'" for name in policy.suppress)
    if policy.quiet_hours is not None:
        yield "the quiet hours"
    if policy.coherence is not None:
        yield "the coherence"
    if policy.consent is not None and policy.consent.checked != "at sending":
        yield "the consent looked up at scheduling"


def _journey(program: Program, segments: Mapping[str, Any]) -> Iterator[str]:
    journey = program.journey
    trigger: Any = journey.trigger
    if journey.holdout is not None:
        yield "a holdout"
    if journey.priority:
        yield "a priority: jobs that are due together run in the order in which they were made"
    if isinstance(trigger, SegmentTrigger) and journey.reentry != "once":
        yield f"re-entry '{journey.reentry}' into a segment"
    if isinstance(trigger, SegmentTrigger) and speaks_of_time(segments[trigger.segment]):
        yield f"the segment '{trigger.segment}', which people come into by the passing of time alone"
    offset: Duration | None = getattr(trigger, "offset", None)
    if offset is not None and (offset.ms or abs(offset.years) > 1 or abs(offset.months) > 11 or abs(offset.days) > 300):
        yield f"the offset '{offset}': it is whole days, less than a year"
    if isinstance(trigger, AnniversaryTrigger) and trigger.anniversary.split(".")[0] not in ("birthday", "customer"):
        yield f"the anniversary of '{trigger.anniversary}': the daily job reads the customers' own fields"
    listened = [trigger.event] if isinstance(trigger, EventTrigger) else []
    listened += [*journey.exit, *([journey.goal] if journey.goal is not None else [])]
    for pattern in listened:
        if pattern.event in OWN_EVENTS:
            yield f"'{pattern.event}' as something to listen to: it is what the application says itself"


def _step(step: Any) -> Iterator[str]:
    match step:
        case WaitFor():
            yield f"waiting for '{step.wait_for}': a job waits for a time"
        case Command():
            yield f"the command '{step.command}': no system answers a job"
        case Split() if step.split[0].share is not None:
            yield "a split by share"
        case Send() if step.channel not in ("email", "sms", "push", "letter", "phone"):
            yield f"the channel '{step.channel}'"
