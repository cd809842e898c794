"""What a comparison found: findings in plain sentences, by scenario, the gravest first."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from simulator.comparing.facts import Story
from simulator.comparing.stories import Change

KINDS = ("verdict", "lost", "gained", "moved", "changed", "reason", "times", "figures", "people")
"""What a finding can be about, the gravest first."""

MARKS = {
    "verdict": "✗", "lost": "⊖", "gained": "⊕", "moved": "⏱", "changed": "✎", "reason": "·", "times": "⏱",
    "figures": "Σ", "people": "·",
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing that differs, however many messages it concerns.

    `about` is a check or a journey; `before` and `after` say the same in a word or two; `customers` are ids, at most
    those whose stories both sides show, `people` how many it concerns in all; `details` are sentences, one for each
    message, or lines of a text; `worse`: a verdict that became worse; `at_least`: `people` counts not all of them.
    """

    kind: str
    about: str
    sentence: str
    before: str = ""
    after: str = ""
    customers: tuple[str, ...] = ()
    people: int = 0
    details: tuple[str, ...] = ()
    worse: bool = False
    at_least: bool = False


@dataclass(frozen=True)
class Smallest:
    """The person whose story shows best what happened: the shortest of all who are concerned."""

    customer: str
    name: str
    before: Story
    after: Story
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Compared:
    """One scenario and variant on both sides, or (`only`) on one: 'before' or 'after'."""

    family: str
    name: str
    variant: str
    label: str
    seed: int = 0
    backend: str = ""
    customers: int = 0
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    smallest: Smallest | None = None
    only: str = ""

    @property
    def worse(self) -> bool:
        """Whether a verdict became worse."""
        return any(finding.worse for finding in self.findings)

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.findings and not self.only


@dataclass(frozen=True)
class Comparison:
    """Two sides, compared; `notes` concern the whole."""

    cases: tuple[Compared, ...]
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def worse(self) -> tuple[Compared, ...]:
        """Those with a verdict that became worse."""
        return tuple(case for case in self.cases if case.worse)

    @cached_property
    def drifted(self) -> tuple[Compared, ...]:
        """Those that differ, without a verdict that became worse."""
        return tuple(case for case in self.cases if not case.worse and not case.same)

    @cached_property
    def same(self) -> tuple[Compared, ...]:
        """Those that do not differ."""
        return tuple(case for case in self.cases if case.same)
