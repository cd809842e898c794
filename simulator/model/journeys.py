"""Journeys, policies and plans: the briefing, what the automation is told to do.

A journey's steps are verbs. `Program` is the same journey laid flat: one `Node` for each step, with the file and line
it stands on and the nodes that may follow, which is what backends walk and reports draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from simulator.model.rules import (
    ConditionText,
    Document,
    DurationText,
    LocalTime,
    MomentText,
    OffsetText,
    PatternText,
    WindowText,
)
from simulator.model.validating import Expression, one_key_union
from simulator.words.quantities import parse_percent, parse_wall_time

Purpose = Literal["marketing", "transactional", "survey", "service"]
Then = Literal["hold", "drop", "advance"]
WallTime = Annotated[int, Expression(parse_wall_time, description="a local time of day, such as 08:00 local")]
Percent = Annotated[float, Expression(parse_percent, description="a share, such as 30 %")]


class EventTrigger(Document):
    """Enter when an event of the pattern reaches the automation."""

    event: PatternText


class AnniversaryTrigger(Document):
    """Enter each year on the anniversary of a date field, `offset` away, at a local time of day."""

    anniversary: str
    offset: OffsetText | None = None
    at: WallTime


class DateTrigger(Document):
    """Enter when a date field comes, `offset` away, at a local time of day; moves when the field moves."""

    date: str
    offset: OffsetText | None = None
    at: WallTime


class SegmentTrigger(Document):
    """Enter when a profile is (or comes) in a segment between two days, at a local time of day."""

    segment: str
    from_: str | None = Field(None, alias="from")
    until: str | None = None
    at: WallTime | None = None


TRIGGERS = {
    "event": EventTrigger,
    "anniversary": AnniversaryTrigger,
    "date": DateTrigger,
    "segment": SegmentTrigger,
}


class Send(Document):
    """Send a message (or `campaign`, the row of the plan that the journey runs for) on a channel."""

    send: str
    channel: str
    purpose: str | None = None
    grants: str | None = None


class Wait(Document):
    """Wait an exact (`24 h`) or a calendar (`1 day`) duration."""

    wait: DurationText


class WaitUntil(Document):
    """Wait until a moment. One that names a field is live: it moves when the date moves."""

    wait_until: MomentText


class WaitFor(Document):
    """Wait for an event with the keys of this instance, at most so long; then `else`, and on."""

    wait_for: PatternText
    at_most: DurationText | None = None
    else_: list[Step] = Field(default=[], alias="else")


class Command(Document):
    """Ask or tell another system, and wait for its answer, at most so long; then `else`, and on."""

    command: str
    to: str
    with_: dict[str, str] = Field(default={}, alias="with")
    answer: PatternText | None = None
    at_most: DurationText | None = None
    else_: list[Step] = Field(default=[], alias="else")


class Branch(Document):
    """One branch of a split: by condition (`if`), by sticky share (`share`), or `else`."""

    if_: ConditionText | None = Field(None, alias="if")
    share: Percent | None = None
    then: list[Step] = []
    else_: list[Step] | None = Field(None, alias="else")

    @model_validator(mode="after")
    def _one_kind(self) -> Branch:
        kinds = [self.if_ is not None, self.share is not None, self.else_ is not None]
        if kinds.count(True) != 1:
            raise ValueError("a branch has exactly one of 'if', 'share' and 'else'")
        return self


class Split(Document):
    """Branches tried in order. Conditions need an `else`; shares add up to 100 % and stick to the customer."""

    split: list[Branch] = Field(min_length=1)

    @model_validator(mode="after")
    def _complete(self) -> Split:
        shares = [branch.share for branch in self.split if branch.share is not None]
        if shares:
            if len(shares) != len(self.split):
                raise ValueError("a split by share has only 'share' branches; put conditions into a split of their own")
            if abs(sum(shares) - 100) > 1e-9:
                raise ValueError(f"the shares of a split add up to 100 %, these to {sum(shares):g} %")
        elif self.split[-1].else_ is None or any(branch.else_ is not None for branch in self.split[:-1]):
            raise ValueError("a split ends with one 'else' branch: add '- {else: []}' for everybody else")
        return self


class Exit(Document):
    """Leave the journey, with a reason in plain words."""

    exit: str


class Goal(Document):
    """Mark the goal as reached, and go on."""

    goal: str


STEPS: dict[str, Any] = {
    "send": Send,
    "wait": Wait,
    "wait_until": WaitUntil,
    "wait_for": WaitFor,
    "command": Command,
    "split": Split,
    "exit": Exit,
    "goal": Goal,
}
Step = Annotated[Any, one_key_union(STEPS)]

for _model in (WaitFor, Command, Branch, Split):
    _model.model_rebuild()


class Coupon(Document):
    """A coupon that a send may grant: valid from the grant for a calendar duration."""

    discount: Percent
    valid: DurationText


class Journey(Document):
    """One journey as configured in the automation."""

    journey: str
    purpose: str
    for_each: Literal["campaign in plan"] | None = None
    trigger: Annotated[Any, one_key_union(TRIGGERS)]
    if_: ConditionText | None = Field(None, alias="if")
    reentry: str = "once"
    exit: list[PatternText] = []
    goal: PatternText | None = None
    holdout: Percent | None = None
    priority: int = 0
    steps: list[Step] = Field(min_length=1)
    coupons: dict[str, Coupon] = {}


class ConsentRule(Document):
    """For which purposes consent is needed, and when it is looked up."""

    needed_for: list[Purpose]
    checked: Literal["at sending", "at scheduling"] = "at sending"


class Cap(Document):
    """At most `limit` messages in the window, per linked group of profiles (`person`) or per `profile` row."""

    limit: int = Field(ge=0)
    window: WindowText
    per: Literal["person", "profile"] = "person"
    purposes: list[Purpose] | None = None
    channels: list[str] | None = None
    exempt: list[Purpose] = []
    then: Then = "hold"


class QuietHours(Document):
    """No message in these hours; 08:00 sharp is outside a window until 08:00."""

    from_: LocalTime = Field(alias="from")
    until: LocalTime
    zone: str = "recipient"
    exempt: list[Purpose] = []
    then: Then = "hold"

    @model_validator(mode="after")
    def _some_hours(self) -> QuietHours:
        if self.from_ == self.until:
            raise ValueError("quiet hours end when they begin; write another 'until', or leave them out")
        return self


class Suppression(Document):
    """No message of this purpose while a condition holds on what the automation knows."""

    purpose: list[Purpose]
    while_: ConditionText = Field(alias="while")
    then: Then = "drop"


class Coherence(Document):
    """Two messages with an equal `same` field must not differ in `differs` inside the window."""

    same: str
    differs: str
    window: WindowText
    then: Then = "drop"


class Policy(Document):
    """The rules of contact, over all journeys. Their order at a node is docs/semantics-journeys.md."""

    policy: str
    consent: ConsentRule | None = None
    caps: dict[str, Cap] = {}
    quiet_hours: QuietHours | None = None
    suppress: dict[str, Suppression] = {}
    coherence: Coherence | None = None
    plan_windows: Literal["enforced", "ignored"] = "ignored"
    require: dict[str, list[str]] = {}


class Plan(Document):
    """The campaign plan of a period: a table with a row for each campaign."""

    plan: str
    columns: list[str]
    campaigns: list[list[Any]]


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a flat journey. `next` follows it; `branches` are where a split or a time-out may go.

    -1 is the end of the journey. `line` is `file:line` of the step.
    """

    index: int
    step: Any
    line: str
    next: int
    branches: tuple[int, ...] = ()


@dataclass(frozen=True)
class Program:
    """A journey laid flat: `nodes[0]` is its first step. `id` names it; `campaign` is the plan's row, if it has one."""

    id: str
    journey: Journey
    nodes: tuple[Node, ...]
    line: str
    campaign: Mapping[str, Any] = field(default_factory=dict)


def flatten(id: str, journey: Journey, lines: Mapping[tuple[str | int, ...], str]) -> Program:
    """Lay a journey flat. `lines` gives `file:line` by path, such as `("steps", 0)`; `()` is the journey itself."""
    nodes: list[Node] = []

    def line_of(path: tuple[str | int, ...]) -> str:
        return lines.get(path, lines.get((), id))

    def lay(steps: list[Any], follows: int, path: tuple[str | int, ...]) -> int:
        """Lay the steps that end at node `follows`; return the index of the first."""
        first = follows
        starts = [len(nodes) + position for position in range(len(steps))]
        nodes.extend(Node(start, None, "", -1) for start in starts)
        for position, step in enumerate(steps):
            after = starts[position + 1] if position + 1 < len(steps) else follows
            here = (*path, position)
            branches = tuple(lay(branch, after, (*here, *key)) for key, branch in _branches(step))
            nodes[starts[position]] = Node(starts[position], step, line_of(here), after, branches)
        return starts[0] if steps else first

    lay(journey.steps, -1, ("steps",))
    return Program(id, journey, tuple(nodes), line_of(()))


def _branches(step: Any) -> list[tuple[tuple[str | int, ...], list[Any]]]:
    if isinstance(step, Split):
        return [
            (("split", number, "else" if branch.else_ is not None else "then"), branch.else_ or branch.then)
            for number, branch in enumerate(step.split)
        ]
    if isinstance(step, WaitFor | Command):
        return [(("else",), step.else_)]
    return []
