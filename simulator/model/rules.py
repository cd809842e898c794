"""Checks as people write them: one model for each template, told apart by its first key.

The value of the first key is the rule in plain words. What the templates mean is docs/semantics-checks.md.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.model.conditions import Condition, Pattern, parse_condition, parse_pattern
from simulator.model.moments import Moment, Window, parse_moment, parse_window
from simulator.model.validating import Expression, one_key_union
from simulator.words.clock import Duration, parse_duration, parse_time_of_day
from simulator.words.quantities import parse_span, parse_wall_time

PatternText = Annotated[Pattern, Expression(parse_pattern, description="Event Name [where CONDITION]")]
ConditionText = Annotated[Condition, Expression(parse_condition, description="a condition, such as amount > 149 EUR")]
MomentText = Annotated[Moment, Expression(parse_moment, description="a moment, such as 08:00 local on birthday")]
DurationText = Annotated[Duration, Expression(parse_span, description="7 min, 24 h (exact), 1 day (calendar)")]
OffsetText = Annotated[Duration, Expression(parse_duration, description="1 day, or -15 days for backwards")]
WindowText = Annotated[Window, Expression(parse_window, description="7 days rolling, or calendar day|week|month|year")]
LocalTime = Annotated[int, Expression(parse_time_of_day, description="a time of day, such as 21:00")]
DailyTime = Annotated[int, Expression(parse_wall_time, description="a local time of day, such as 21:00 or 21:00 local")]

Same = str | list[str] | dict[str, str]
"""Correlation: one key, several, or activation's name: target's name. `person` is the default."""


class Document(BaseModel):
    """The base of everything people write: frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Rule(Document):
    """What all checks share: `same` links two events by equal keys."""

    template: ClassVar[str]
    same: Same = "person"

    @property
    def rule(self) -> str:
        """The rule in plain words."""
        text: str = getattr(self, self.template)
        return text

    def keys(self) -> tuple[tuple[str, str], ...]:
        """Correlation as pairs (name at the activation, name at the target)."""
        if isinstance(self.same, dict):
            return tuple(self.same.items())
        names = [self.same] if isinstance(self.same, str) else self.same
        return tuple((name, name) for name in names)


class Timed(Rule):
    """An activation starts a duty; the target must come in time.

    `meanwhile` changes no verdict: a violation also names what of that pattern happened to the person who waited.
    """

    activation: PatternText
    target: PatternText
    within: DurationText | None = None
    not_before: MomentText | None = None
    by: MomentText | None = None
    meanwhile: PatternText | None = None


class Existence(Rule):
    """Every person of the scenario (or of `activation`) has the target at least `at_least` times."""

    template = "existence"
    existence: str
    target: PatternText
    at_least: int = Field(1, ge=1)
    by: MomentText | None = None


class Absence(Rule):
    """The target never happens, or never while a state holds, or never in daily hours."""

    template = "absence"
    absence: str
    target: PatternText
    during: str | None = None
    grace: DurationText | None = None


class AtMost(Rule):
    """At most `limit` targets for equal keys in the window; the n+1st event carries the violation."""

    template = "at_most"
    at_most: str
    target: PatternText
    limit: int = Field(ge=0)
    window: WindowText | None = None


class Response(Timed):
    """Each activation is followed by the target in time. `not_before` may reach back; `unless` releases the duty."""

    template = "response"
    response: str
    unless: PatternText | None = None
    unless_before: PatternText | None = None
    if_late: Literal["skip", "judge"] = "judge"
    exactly: int | None = Field(None, ge=1)


class Precedence(Timed):
    """Each activation comes after a target with equal keys (within the time, if one is given)."""

    template = "precedence"
    precedence: str


class Succession(Timed):
    """Response and precedence together; `through` names the stages in between, in order."""

    template = "succession"
    succession: str
    through: list[PatternText] = []
    unless: PatternText | None = None


class NotResponse(Rule):
    """After the activation the target never happens, until a release or the end of the time."""

    template = "not_response"
    not_response: str
    activation: PatternText
    target: PatternText
    until: PatternText | None = None
    within: DurationText | None = None
    grace: DurationText | None = None


class NotCoexistence(Rule):
    """Activation and target do not both happen, for equal keys, inside the window."""

    template = "not_coexistence"
    not_coexistence: str
    activation: PatternText
    target: PatternText
    window: WindowText | None = None


class ValueRule(Rule):
    """At each activation a condition holds, on its own fields and on objects as they truly were then."""

    template = "value"
    value: str
    activation: PatternText
    expect: ConditionText
    unknown: Literal["count", "violate", "pass"] = "count"


class Agreement(Rule):
    """What the activation says of a field is known in all the systems named, in time."""

    template = "agreement"
    agreement: str
    activation: PatternText
    field: str
    between: list[str] = Field(min_length=2)
    within: DurationText | None = None
    by: MomentText | None = None


class Sla(Rule):
    """Quantiles of lateness: target instant less `due`, early counting as zero, missing as infinitely late."""

    template = "sla"
    sla: str
    activation: PatternText
    target: PatternText
    due: MomentText | None = None
    not_before: MomentText | None = None
    quantiles: dict[str, DurationText] = Field(min_length=1)
    sample: int = Field(1, ge=1)


class Level(Rule):
    """A share of people for whom something holds stays above a bound: `of: consent.given`."""

    template = "level"
    level: str
    of: str
    at_least: str
    by: MomentText | None = None


CHECK_MODELS: dict[str, type[Rule]] = {
    model.template: model
    for model in (
        Existence,
        Absence,
        AtMost,
        Response,
        Precedence,
        Succession,
        NotResponse,
        NotCoexistence,
        ValueRule,
        Agreement,
        Sla,
        Level,
    )
}
"""The template's first key, and its model."""

CheckRule = Annotated[Any, one_key_union(CHECK_MODELS)]


class Daily(Document):
    """A state that holds every day between two times of day; past midnight when `until` is the smaller."""

    from_: DailyTime = Field(alias="from")
    until: DailyTime


class State(Document):
    """A state of a case: it begins at a pattern or when a moving moment passes, and ends at a pattern; or daily."""

    same: Same = "person"
    from_: str | None = Field(None, alias="from")
    until: PatternText | None = None
    daily: Daily | None = None

    @model_validator(mode="after")
    def _one_form(self) -> State:
        if (self.daily is None) == (self.from_ is None):
            raise ValueError("a state has either 'from' (and 'until') or 'daily'; write one of them")
        return self


class Checks(Document):
    """A checks document: rules by name, and the states they speak of."""

    checks: str
    states: dict[str, State] = {}
    rules: dict[str, CheckRule] = {}
