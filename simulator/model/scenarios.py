"""Scenarios: as people write them (documents), and as a run takes them (`Scenario`, one frozen value).

A variant may change the world and the briefing, never the checks. What it must violate is listed, and unlisted means
that the check must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from simulator.model.briefing import Briefing
from simulator.model.conditions import Pattern
from simulator.model.organisation import Link, Organisation
from simulator.model.people import Person
from simulator.model.recognition import Recognise
from simulator.model.rules import Document, DurationText, OffsetText, PatternText, Rule, State
from simulator.model.typing import Dictionary
from simulator.model.validating import Expression
from simulator.words.calendars import OpeningHours
from simulator.words.clock import Duration
from simulator.words.errors import ExpressionError, LimitReached
from simulator.words.quantities import parse_percent
from simulator.words.vocabulary import Value


class ActOf(Document):
    """One act of the story: at a time (`at`), or so long `after` an event of that person (`when`)."""

    at: str | None = None
    when: PatternText | None = None
    after: DurationText | None = None
    who: str | list[str] | None = None
    event: str
    in_: str | None = Field(None, alias="in")
    place: str | None = None
    with_: dict[str, Any] = Field(default={}, alias="with")
    unless: PatternText | None = None
    since: str | None = None
    shows: str | None = None
    times: int = Field(1, ge=1, le=1000)

    @model_validator(mode="after")
    def _one_cause(self) -> ActOf:
        if (self.at is None) == (self.when is None):
            raise ValueError("an act has either 'at' (a time) or 'when' (an event) as its cause; write one of them")
        if self.when is None and self.after is not None:
            raise ValueError("'after' counts from the event in 'when'; an act with 'at' has no 'after'")
        return self


class FaultOf(Document):
    """Something in the world that goes wrong for a time.

    `down`: a link, channel, desk or the backend does nothing. `late`: what passes takes `by` longer. `altered`: a
    field's value is shifted `by` (or set `to`) on a link. `lossy`: a `share` of what passes is lost. `restarted`: the
    backend's process is killed, and runs again from `until` on.
    """

    fault: Literal["down", "late", "altered", "lossy", "restarted"]
    of: str
    from_: str | None = Field(None, alias="from")
    until: str | None = None
    by: OffsetText | None = None
    field: str | None = None
    to: Any = None
    share: str | None = None


def parse_range(text: str) -> tuple[float, float]:
    """`10 .. 40`, `12`, `20 % .. 60 %` or `at least 5`: the bounds, both included."""
    body = text.strip()
    number: Callable[[str], float] = parse_percent if "%" in body else float
    try:
        if body.startswith("at least "):
            return number(body.removeprefix("at least ").strip()), float("inf")
        low, dots, high = body.partition("..")
        return number(low.strip()), number(high.strip() if dots else low.strip())
    except ValueError:
        raise ExpressionError(f"'{text}' is not a range. Write '12', '10 .. 40' or '20 % .. 60 %'") from None


RangeText = Annotated[tuple[float, float], Expression(parse_range, description="12, 10 .. 40, 20 % .. 60 %")]


class Expectation(Document):
    """How a check is expected to be violated: on whom and when, or how often where it is about a crowd."""

    who: str | list[str] | None = None
    at: str | list[str] | None = None
    late: DurationText | None = None
    times: int | None = Field(None, ge=1)
    count: RangeText | None = None
    share: RangeText | None = None
    unaware: str | None = None
    expected: str | None = None
    found: str | None = None


Violates = dict[str, Expectation | Literal["everyone"]] | str


class NativeOf(Document):
    """An engine's own definition, in place of the journeys.

    `definition` is a file, named from the scenario's folder. `tell` says by event how the engine is told of it,
    `recognise` how its messages are recognised; `settings` are the adapter's.
    """

    definition: str
    tell: dict[str, Any] = {}
    recognise: list[Recognise] = []
    settings: dict[str, Any] = {}


Natives = dict[str, str | NativeOf]


class VariantOf(Document):
    """One way in which the scenario may go."""

    says: str = ""
    organisation: dict[str, Any] | str | None = None
    people: Any = None
    starts: str | None = None
    ends: str | None = None
    lasts: DurationText | None = None
    warm_up: DurationText | None = None
    cool_down: DurationText | None = None
    journeys: list[str] | None = None
    native: Natives | None = None
    backends: list[str] | None = None
    policy: dict[str, Any] | str | None = None
    plan: str | None = None
    story: list[ActOf] | Literal["none"] | None = None
    faults: list[FaultOf] | Literal["none"] | None = None
    with_: dict[str, Any] = Field(default={}, alias="with")
    violates: Violates = {}
    diagnosis: str | None = None


class Limits(Document):
    """Bounds of a run, each a typed error when reached."""

    events: int = Field(default=2_000_000, ge=1)
    rounds: int = Field(default=1_000, ge=1)
    people: int = Field(default=100_000, ge=1)


def within(limits: Limits, events: int) -> None:
    """Raise LimitReached when a run has more events than it may."""
    if events > limits.events:
        raise LimitReached(
            f"the run has more than {limits.events} events: its limit."
            " Raise 'limits: {events: ...}' in the scenario if so many are meant"
        )


class ScenarioOf(Document):
    """A scenario document."""

    scenario: str
    organisation: str | dict[str, Any] = "plain"
    people: Any = "plain"
    starts: str
    ends: str | None = None
    lasts: DurationText | None = None
    warm_up: DurationText | None = None
    cool_down: DurationText | None = None
    journeys: list[str] = []
    native: Natives = {}
    backends: list[str] = []
    policy: str | dict[str, Any] = "plain"
    plan: str | dict[str, Any] | None = None
    story: list[ActOf] = []
    faults: list[FaultOf] = []
    checks: str | dict[str, Any]
    states: dict[str, State] = {}
    results: dict[str, Any] = {}
    limits: Limits = Limits()
    ties: list[Literal["facts", "arrivals", "receipts"]] = ["facts", "arrivals", "receipts"]
    violates: Violates = {}
    diagnosis: str | None = None
    variants: dict[str, VariantOf] = {}

    @model_validator(mode="after")
    def _one_end(self) -> ScenarioOf:
        if (self.ends is None) == (self.lasts is None):
            raise ValueError("a scenario has either 'ends' (a day) or 'lasts' (a duration); write one of them")
        return self

    @field_validator("ties")
    @classmethod
    def _all_kinds(cls, ties: list[str]) -> list[str]:
        if sorted(ties) != ["arrivals", "facts", "receipts"]:
            raise ValueError("'ties' is the order of facts, arrivals and receipts at one instant; name each once")
        return ties


@dataclass(frozen=True)
class StoryAct:
    """An act with its words resolved. `time` (ms UTC) or `when` and `after` is its cause; `who` are person ids.

    `unless` looks back to `since` (ms UTC); unsaid, to the event in `when`, or over the local day of an act at a time.
    """

    index: int
    event: str
    system: str
    who: tuple[str, ...]
    time: int | None = None
    when: Pattern | None = None
    after: Duration = Duration()
    place: str | None = None
    data: Mapping[str, Value] = field(default_factory=dict)
    unless: Pattern | None = None
    since: int | None = None
    shows: str | None = None
    times: int = 1


@dataclass(frozen=True)
class Fault:
    """A fault with its words resolved: `kind` of FaultOf, `target` (`link`, `desk`, `channel`, `backend`) and `name`.

    It holds in [start, end) (ms UTC). `by` shifts or delays, `value` replaces, `share` (percent) is lost.
    """

    index: int
    kind: str
    target: str
    name: str
    start: int
    end: int
    by: Duration = Duration()
    field: str | None = None
    value: Value | None = None
    share: float = 100.0


@dataclass(frozen=True)
class Expected:
    """What a variant expects of one check; None anywhere means that nothing is said about it."""

    everyone: bool = False
    who: tuple[str, ...] | None = None
    at: tuple[int, ...] | None = None
    late_ms: int | None = None
    times: int | None = None
    count: tuple[float, float] | None = None
    share: tuple[float, float] | None = None
    unaware: str | None = None
    expected: str | None = None
    found: str | None = None


@dataclass(frozen=True)
class Scenario:
    """Everything a run needs, and all that its log is judged against. Times are ms UTC; the run covers [start, end].

    Between `active_from` and `active_until` (the run without its `warm_up` and `cool_down`) the world brings birthdays,
    and people react to what they get. Before, offers ahead of time can go out; after, open duties can be met, and in
    the second half of the cool-down (`briefing.end`) nobody enters a journey any more.
    `ties` is the order of facts, arrivals and receipts at one instant. `document` is the resolved document in plain
    data: a result that holds it can be run again from itself alone. `backends` are those that the scenario is about,
    the usual one first; without any it is about them all. `sources` are the texts of the files it was written in, by
    their names in messages: none of one that a result holds. They are no part of what it is.
    """

    name: str
    family: str
    variant: str
    title: str
    says: str
    file: str
    line: int
    seed: int
    start: int
    end: int
    active_from: int
    active_until: int
    organisation: Organisation
    people: Mapping[str, Person]
    briefing: Briefing
    dictionary: Dictionary
    story: tuple[StoryAct, ...]
    faults: tuple[Fault, ...]
    checks: Mapping[str, Rule]
    states: Mapping[str, State]
    check_places: Mapping[str, str]
    campaigns: Mapping[str, Mapping[str, Value]]
    limits: Limits
    ties: tuple[str, ...]
    violates: Mapping[str, Expected]
    diagnosis: str | None
    document: Mapping[str, Any]
    backends: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def zone(self) -> str:
        """The organisation's IANA zone."""
        return self.organisation.calendar.zone

    @property
    def links(self) -> Mapping[tuple[str, str], Link]:
        """The links that exist."""
        return self.organisation.routes

    def hours(self, place: str) -> OpeningHours | None:
        """Opening hours of a place, None for an unknown one."""
        return self.organisation.hours.get(place)
