"""What two runs are compared by: plain facts that a result and a baseline both give, in no particular order.

A time is ISO 8601 text on the clock of the person it concerns, as results write it. What is not known is None.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache

from simulator.words.clock import Instant, from_iso
from simulator.words.errors import JourneyproofError


@lru_cache(maxsize=65_536)
def instant_of(text: str) -> Instant:
    """Milliseconds UTC of an ISO 8601 moment."""
    return from_iso(text)


@lru_cache(maxsize=65_536)
def wall_of(text: str) -> int:
    """What the clock on the wall showed at that moment, in milliseconds since 1970 on that clock."""
    offset = datetime.fromisoformat(text).utcoffset()
    return instant_of(text) + (0 if offset is None else round(offset.total_seconds() * 1000))


def digest_of(text: str) -> str:
    """A short name for a text: the same for the same text, on every machine."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]


@dataclass(frozen=True)
class Sent:
    """A message that went out. `came` is when it reached the person; `fate` says what became of it if not the usual.

    `text` and `html` are None where only their digests are known (a baseline keeps one text of each kind).
    """

    at: str
    channel: str
    journey: str
    message: str
    subject: str = ""
    came: str | None = None
    fate: str = ""
    text: str | None = None
    text_digest: str = ""
    html: str | None = None
    html_digest: str = ""
    lang: str = ""
    id: str | None = None
    event: str | None = None

    @property
    def time(self) -> str:
        """When the person had it, as far as that is known."""
        return self.came or self.at


@dataclass(frozen=True)
class Unsent:
    """Something that was not sent, or a journey that somebody did not enter or left early, and why.

    `kind` is 'withheld', 'not entered' or 'exited'; `until` is when what is held goes out.
    """

    at: str
    kind: str
    journey: str
    message: str
    channel: str
    reason: str
    until: str | None = None
    id: str | None = None
    event: str | None = None


@dataclass(frozen=True)
class Story:
    """What one person received, and what not. `protagonist`: shown whatever the run, not as one of a sample."""

    customer: str
    name: str
    zone: str
    sent: tuple[Sent, ...] = ()
    unsent: tuple[Unsent, ...] = ()
    why_shown: str = ""


@dataclass(frozen=True)
class Broken:
    """One violation: on whom, when, and the sentence."""

    case: str
    customer: str
    onset: str
    margin_ms: int | None
    sentence: str


@dataclass(frozen=True)
class Judged:
    """What one check said. `spare` are the times to spare in ms by quantile ('p50'); empty where time is no matter."""

    name: str
    outcome: str
    rule: str = ""
    activations: int = 0
    violations: int = 0
    timed: int = 0
    spare: Mapping[str, int] = field(default_factory=dict)
    broken: tuple[Broken, ...] = ()


Figures = Mapping[str, int | str]
"""What is counted of a journey, by name: `sent`, `withheld: no consent`, `revenue`."""


@dataclass(frozen=True)
class Case:
    """One variant of one scenario, as it was run."""

    family: str
    name: str
    variant: str
    title: str = ""
    seed: int = 0
    backend: str = ""
    granularity_ms: int = 0
    customers: int = 0
    events: int = 0
    only: str | None = None
    outcome: str = ""
    as_declared: bool = True
    unexpected: tuple[str, ...] = ()
    checks: tuple[Judged, ...] = ()
    journeys: Mapping[str, Figures] = field(default_factory=dict)
    sampled: bool = False
    stories: tuple[Story, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """What names it: family, scenario, variant."""
        return self.family, self.name, self.variant

    @property
    def label(self) -> str:
        """`family › scenario › variant`, the scenario left out where it is called like its family."""
        parts = [self.family, self.variant] if self.name == self.family else list(self.key)
        return " › ".join(parts)

    @cached_property
    def by_customer(self) -> dict[str, Story]:
        """The stories by the customer's id."""
        return {story.customer: story for story in self.stories}

    @cached_property
    def by_check(self) -> dict[str, Judged]:
        """The verdicts by the check's name."""
        return {check.name: check for check in self.checks}


@dataclass(frozen=True)
class Snapshot:
    """One side of a comparison: a result, or baselines. `whole`: what is not in it was not there, and not left out."""

    cases: tuple[Case, ...]
    origin: str = "result"
    whole: bool = True

    @cached_property
    def by_key(self) -> dict[tuple[str, str, str], Case]:
        """The cases by family, scenario and variant."""
        return {case.key: case for case in self.cases}


class Damaged(JourneyproofError):
    """A document that says it is a result is not built like one."""
