"""The briefing made ready to be walked: conditions compiled, names split, messages and caps looked up.

A briefing's journeys are compiled once, however many backends are opened with them: `compiled` remembers the last few.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from simulator.model.briefing import Briefing
from simulator.model.condition_nodes import speaks_of_time
from simulator.model.conditions import Condition, Pattern, names
from simulator.model.evaluation import Judge, compile_row
from simulator.model.journeys import (
    AnniversaryTrigger,
    Cap,
    Command,
    DateTrigger,
    EventTrigger,
    Policy,
    Program,
    SegmentTrigger,
    Send,
    Split,
    Suppression,
    WaitFor,
    WaitUntil,
)
from simulator.model.moments import (
    BIRTH_DATE,
    Anniversary,
    EndOf,
    EndOfDay,
    Hours,
    Moment,
    StartOfDay,
    TimeOn,
    Word,
)
from simulator.model.values import value_of
from simulator.words.clock import HOUR
from simulator.words.vocabulary import TEXT, Value

Path = tuple[str, ...]
COUPON = ("coupon", "coupon_id", ("discount", "valid_until", "status"))
"""What a coupon is, where the organisation's dictionary does not say."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object: its name, the field that is its key, and its other fields."""

    name: str
    key: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """The path of a name, beside plain values."""

    path: Path


@dataclass(frozen=True, slots=True)
class Listener:
    """A pattern made ready: what it is called, and the test on the event (None: any of its name)."""

    event: str
    judge: Judge | None
    text: str

    @classmethod
    def of(cls, pattern: Pattern) -> Listener:
        """The listener for a pattern."""
        return cls(pattern.event, None if pattern.condition is None else compile_row(pattern.condition), str(pattern))


@dataclass(frozen=True, slots=True)
class Mailing:
    """What one `send` step sends: fields known beforehand (`base`), names to resolve, and the rules that apply.

    `names` are (field, path, whether a hole counts); `required` are (as written, path).
    """

    base: dict[str, Value]
    purpose: str
    channel: str
    names: tuple[tuple[str, Path, bool], ...]
    required: tuple[tuple[str, Path], ...]
    grants: str | None
    caps: tuple[tuple[str, Cap], ...]
    suppressions: tuple[tuple[str, Suppression, Judge, tuple[str, ...]], ...]
    label: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """A `wait_until` made ready. `live`: it names a field; `of_trigger`: its days count from the trigger's own day."""

    moment: Moment
    live: bool
    of_trigger: bool


@dataclass(slots=True)
class Script:
    """One program made ready. `base` are the fields every event of its instances carries.

    `daily`: the segment's condition speaks of time, so somebody may come into it while nothing happens.
    By the index of a node: what a `send` sends, what a `wait_for` or command listens for, when a `wait_until` ends, the
    conditions of a split, and what a command says (a name or a value).
    """

    order: int
    program: Program
    base: dict[str, Value]
    entry: Judge | None
    exits: dict[str, list[Listener]]
    goal: Listener | None
    path: Path = ()
    segment: Judge | None = None
    daily: bool = False
    window: tuple[date | None, date | None] = (None, None)
    at: int = 0
    mailings: dict[int, Mailing] = field(default_factory=dict)
    listeners: dict[int, Listener] = field(default_factory=dict)
    meetings: dict[int, Meeting] = field(default_factory=dict)
    branches: dict[int, tuple[Judge | None, ...]] = field(default_factory=dict)
    questions: dict[int, dict[str, Named | Value]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The program's id."""
        return self.program.id

    @property
    def plan_window(self) -> tuple[date, date] | None:
        """The days between which the plan allows its messages, half-open."""
        start, end = self.window
        return None if start is None or end is None or not self.program.campaign else (start, end)


@dataclass(slots=True)
class Compiled:
    """Everything compiled. `events` are the scripts an event may trigger, `heard` all events listened for."""

    scripts: tuple[Script, ...]
    kinds: tuple[Kind, ...]
    customer: frozenset[str]
    policy: Policy
    events: dict[str, list[tuple[Script, Listener]]]
    segments: tuple[Script, ...]
    of_customer: tuple[Script, ...]
    of_things: dict[str, tuple[Script, ...]]
    heard: frozenset[str]
    kept: tuple[object, ...] = ()


_CACHE: OrderedDict[tuple[int, ...], Compiled] = OrderedDict()
_KEPT = 8


def compiled(briefing: Briefing) -> Compiled:
    """The briefing's journeys and policy, compiled once for all briefings that share these very objects."""
    parts = (briefing.programs, briefing.policy, briefing.messages, briefing.segments, briefing.dictionary)
    key = tuple(id(part) for part in parts)
    found = _CACHE.get(key)
    if found is None:
        found = _compile(briefing)
        found.kept = parts  # while they are kept, nobody else can have their ids
        _CACHE[key] = found
        if len(_CACHE) > _KEPT:
            _CACHE.popitem(last=False)
    return found


def _compile(briefing: Briefing) -> Compiled:
    objects = briefing.dictionary.objects
    kinds = [Kind(name, kind.key, tuple(kind.fields)) for name, kind in objects.items() if kind.key != "person"]
    if all(kind.name != COUPON[0] for kind in kinds):
        kinds.append(Kind(*COUPON))
    customer = frozenset(name for kind in objects.values() if kind.key == "person" for name in kind.fields)
    scripts = tuple(_script(order, program, briefing) for order, program in enumerate(briefing.programs))
    ranked = sorted(scripts, key=lambda script: (-script.program.journey.priority, script.order))
    events: dict[str, list[tuple[Script, Listener]]] = {}
    of_things: dict[str, tuple[Script, ...]] = {}
    known = {kind.name for kind in kinds}
    for script in ranked:
        trigger = script.program.journey.trigger
        if isinstance(trigger, EventTrigger):
            events.setdefault(trigger.event.event, []).append((script, Listener.of(trigger.event)))
        if script.path and script.path[0] in known:
            of_things[script.path[0]] = (*of_things.get(script.path[0], ()), script)
    return Compiled(
        scripts, tuple(kinds), customer, briefing.policy, events,
        segments=tuple(script for script in ranked if script.segment is not None),
        of_customer=tuple(script for script in ranked if script.path and script.path[0] not in known),
        of_things=of_things,
        heard=frozenset(events) | frozenset(name for script in scripts for name in _heard_by(script)),
    )  # fmt: skip


def _heard_by(script: Script) -> Iterable[str]:
    yield from script.exits
    yield from (listener.event for listener in script.listeners.values())
    if script.goal is not None:
        yield script.goal.event


def _script(order: int, program: Program, briefing: Briefing) -> Script:
    journey, trigger = program.journey, program.journey.trigger
    base: dict[str, Value] = {"journey": program.id}
    if "campaign" in program.campaign:
        base["campaign"] = str(program.campaign["campaign"])
    exits: dict[str, list[Listener]] = {}
    for pattern in journey.exit:
        exits.setdefault(pattern.event, []).append(Listener.of(pattern))
    script = Script(
        order, program, base,
        entry=None if journey.if_ is None else compile_row(journey.if_),
        exits=exits,
        goal=None if journey.goal is None else Listener.of(journey.goal),
        window=(_day(program.campaign.get("from")), _day(program.campaign.get("until"))),
    )  # fmt: skip
    if isinstance(trigger, AnniversaryTrigger | DateTrigger):
        text = trigger.anniversary if isinstance(trigger, AnniversaryTrigger) else trigger.date
        script.path = BIRTH_DATE if text == "birthday" else tuple(text.split("."))
        script.at = trigger.at
    if isinstance(trigger, SegmentTrigger):
        condition: Any = briefing.segments[trigger.segment]
        script.segment = compile_row(condition)
        script.daily = speaks_of_time(condition)
        script.at = 9 * HOUR if trigger.at is None else trigger.at
    for node in program.nodes:
        _prepare(script, node.index, node.step, briefing)
    return script


def _day(text: Any) -> date | None:
    return None if text is None else date.fromisoformat(str(text))


def _prepare(script: Script, index: int, step: Any, briefing: Briefing) -> None:
    match step:
        case Send():
            script.mailings[index] = _mailing(script, index, step, briefing)
        case WaitUntil():
            live = any(True for _ in step.wait_until.names())
            script.meetings[index] = Meeting(step.wait_until, live, _of_trigger(step.wait_until))
        case WaitFor():
            script.listeners[index] = Listener.of(step.wait_for)
        case Command():
            script.questions[index] = {name: _asked(name, text, briefing) for name, text in step.with_.items()}
            if step.answer is not None:
                script.listeners[index] = Listener.of(step.answer)
        case Split():
            script.branches[index] = tuple(
                None if branch.if_ is None else compile_row(branch.if_) for branch in step.split
            )


def _asked(name: str, text: str, briefing: Briefing) -> Named | Value:
    """What a command says: a name such as `order.item`, else a value as written."""
    head, dot, _ = text.partition(".")
    if dot and (head in briefing.dictionary.objects or head == "customer"):
        return Named(tuple(text.split(".")))
    return value_of(text, briefing.dictionary.fields.get(name, TEXT), name, briefing.zone)


def _of_trigger(moment: Moment) -> bool:
    """True if a moment says `activation`, `birthday` or `anniversary of`: these count from the trigger's own day."""
    base = moment.base
    if isinstance(base, EndOf):
        return _of_trigger(base.moment)
    if isinstance(base, Word):
        return base.word == "activation"
    days = isinstance(base, TimeOn | StartOfDay | EndOfDay | Hours) and isinstance(base.day, Anniversary)
    return days or (isinstance(base, Hours) and _of_trigger(base.otherwise))


def _mailing(script: Script, index: int, step: Send, briefing: Briefing) -> Mailing:
    program, policy = script.program, briefing.policy
    id = str(program.campaign.get("message", "campaign")) if step.send == "campaign" else step.send
    message = briefing.messages.get(id)
    purpose = step.purpose or program.journey.purpose
    base = {**script.base, "message": id, "channel": step.channel, "purpose": purpose}
    for name in ("product", "stance"):
        said = program.campaign.get(name) or (getattr(message, name) if message is not None else None)
        if said is not None:
            base[name] = str(said)
    base["line"] = program.nodes[index].line
    sources: Mapping[str, str] = {} if message is None else message.names
    optional = () if message is None else message.optional
    required = [*policy.require.get("*", []), *policy.require.get(id, [])]
    return Mailing(
        base, purpose, step.channel,
        names=tuple((name, tuple(source.split(".")), name not in optional) for name, source in sources.items()),
        required=tuple((text, tuple(text.split("."))) for text in dict.fromkeys(required)),
        grants=step.grants,
        caps=tuple((name, cap) for name, cap in policy.caps.items() if _counts(cap, purpose, step.channel)),
        suppressions=tuple(
            (name, rule, compile_row(rule.while_), _kinds(rule.while_, briefing))
            for name, rule in policy.suppress.items() if purpose in rule.purpose
        ),
        label=str(base.get("campaign", id)),
    )  # fmt: skip


def _counts(cap: Cap, purpose: str, channel: str) -> bool:
    """True if messages of this purpose and channel use up a cap, and are held back by it."""
    named = cap.purposes is None or purpose in cap.purposes
    return named and purpose not in cap.exempt and (cap.channels is None or channel in cap.channels)


def _kinds(condition: Condition, briefing: Briefing) -> tuple[str, ...]:
    objects = briefing.dictionary.objects
    heads = (name.parts[0] for name in names(condition) if len(name.parts) > 1)
    return tuple(dict.fromkeys(head for head in heads if head in objects and objects[head].key != "person"))
