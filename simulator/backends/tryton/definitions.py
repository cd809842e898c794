"""What Tryton runs: scenarios with their activities, close to Tryton's own fields, compiled or written by hand.

`Definition` is what journeys are compiled into. `NativeDefinition` is the document that a scenario of ours may name
under `native: {tryton: ...}`: `read_native` makes the one from the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import Field

from simulator.model.reading import read_text
from simulator.model.rules import Document, DurationText
from simulator.model.validating import validate
from simulator.words.clock import DAY, Duration
from simulator.words.errors import InvalidDocuments, Place, Problem
from simulator.words.vocabulary import Value

FACT: Final = "journeyproof.fact"
THING: Final = "journeyproof.thing"
OCCASION: Final = "journeyproof.occasion"
PARTY: Final = "party.party"
On = Literal["email_opened", "email_opened_not", "email_clicked", "email_clicked_not"]
"""The events of an e-mail that activities can hang on."""


@dataclass(frozen=True)
class Coupon:
    """A coupon that an activity grants with its e-mail: `discount` in percent, valid for a duration of the calendar."""

    name: str
    discount: float
    valid: str


@dataclass(frozen=True)
class Activity:
    """One activity: what is done `delay_ms` after its parent, if `on` has happened and `condition` (PYSON) holds.

    With a `title` and a `template` (Genshi) it sends an e-mail, else it does nothing itself. `message`, `names` (where
    each comes from) and `stated` are what a compiled message says of itself, `line` is where the step stands.
    """

    name: str
    line: str = ""
    on: On | None = None
    delay_ms: int = 0
    condition: str = ""
    title: str = ""
    template: str = ""
    message: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    stated: Mapping[str, Value] = field(default_factory=dict)
    coupon: Coupon | None = None
    children: tuple[Activity, ...] = ()


@dataclass(frozen=True)
class Exit:
    """A fact of this name and domain (over facts) ends a scenario. `reason` is the pattern as it was written."""

    name: str
    domain: str
    reason: str


@dataclass(frozen=True)
class Calendar:
    """A date whose coming is an occasion: `path` names the field, `yearly` whether it returns each year.

    `offset` steps along the calendar, `at` is the local time of day in milliseconds. Somebody enters once for each
    `party`, once for each `thing` whose date it is, once a `year` of the date, or `always`, when the date moves too.
    """

    path: tuple[str, ...]
    yearly: bool
    offset: Duration | None
    at: int
    once: Literal["party", "thing", "year", "always"]


@dataclass(frozen=True)
class Scenario:
    """One scenario: the records of a `model` that its `domain` (PYSON) finds enter, each once.

    `fact_domain` finds the fact by which a party or a thing entered. `calendar` plans the occasions, and `openings` are
    the instants (ms UTC) at which the domain begins to let somebody in, by the passing of time alone.
    """

    name: str
    model: str
    domain: str
    activities: tuple[Activity, ...]
    journey: str = ""
    line: str = ""
    unsubscribable: bool = False
    fact_domain: str = ""
    exits: tuple[Exit, ...] = ()
    stated: Mapping[str, Value] = field(default_factory=dict)
    calendar: Calendar | None = None
    openings: tuple[int, ...] = ()


@dataclass(frozen=True)
class Definition:
    """All that is published. `heard` are the names of events that it asks for; None: it may ask for any."""

    scenarios: tuple[Scenario, ...]
    heard: frozenset[str] | None = None

    @property
    def timely(self) -> bool:
        """True if a scenario's domain may come true by the passing of time, at an instant that nobody has told."""
        words = ('"Date"', '"DateTime"')
        return any(
            not scenario.openings and scenario.calendar is None and any(word in scenario.domain for word in words)
            for scenario in self.scenarios
        )


class NativeActivity(Document):
    """An activity as its author wrote it; see Tryton's form. `delay` counts exact time: a day is 24 hours."""

    name: str
    on: On | None = None
    delay: DurationText | None = None
    condition: str = ""
    action: Literal["send_email"] | None = None
    email_title: str = ""
    email_template: str = ""
    children: list[NativeActivity] = []


class NativeScenario(Document):
    """A scenario as its author wrote it; `domain` is PYSON, as in Tryton's form."""

    scenario: str
    model: Literal["party.party", "journeyproof.fact", "journeyproof.thing"] = "party.party"
    domain: str = "[]"
    unsubscribable: bool = False
    activities: Annotated[list[NativeActivity], Field(min_length=1)]


class NativeDefinition(Document):
    """The whole document: `tryton` says in words what it is, and `scenarios` holds what is published."""

    tryton: str
    scenarios: Annotated[list[NativeScenario], Field(min_length=1)]


NativeActivity.model_rebuild()


def read_native(text: str, file: str) -> Definition:
    """The definition in a document (YAML, or JSON, which is YAML too). Raises InvalidDocuments with file and line."""
    nodes = read_text(text, file)
    problems: list[Problem] = []
    document = validate(NativeDefinition, nodes[0], problems) if len(nodes) == 1 else None
    if len(nodes) != 1:
        problems.append(Problem(Place(file), f"there are {len(nodes)} documents in the file. Write one."))
    if document is None or problems:
        raise InvalidDocuments(problems)
    scenarios = tuple(_scenario(each, file) for each in document.scenarios)
    return Definition(scenarios)


def _scenario(written: NativeScenario, file: str) -> Scenario:
    return Scenario(
        name=written.scenario, model=written.model, domain=written.domain, line=file,
        unsubscribable=written.unsubscribable, activities=_activities(written.activities, file),
    )  # fmt: skip


def _activities(written: Sequence[NativeActivity], file: str) -> tuple[Activity, ...]:
    return tuple(_activity(each, file) for each in written)


def _activity(written: NativeActivity, file: str) -> Activity:
    sends = written.action == "send_email"
    if sends != bool(written.email_title and written.email_template):
        wanted = "a title and a template" if sends else "'action: send_email'"
        raise InvalidDocuments([Problem(Place(file), f"activity '{written.name}': an e-mail needs {wanted}. Add it.")])
    return Activity(
        name=written.name, line=file, on=written.on, condition=written.condition, title=written.email_title,
        template=written.email_template, delay_ms=_exact(written.delay, written.name, file),
        children=_activities(written.children, file),
    )  # fmt: skip


def _exact(delay: Duration | None, name: str, file: str) -> int:
    if delay is None:
        return 0
    if delay.years or delay.months or delay.working_days:
        remedy = "Tryton counts days, hours and minutes. Write it in these."
        raise InvalidDocuments([Problem(Place(file), f"activity '{name}': a delay of {delay}: {remedy}")])
    return delay.days * DAY + delay.ms
