"""What the kit says: rules, what each found, and the whole of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from simulator.conformance.kit import Kit

Outcome = Literal["passed", "failed", "not applicable", "error"]
MOST_FINDINGS: Final = 5
"""How many findings of one rule are told; the others are counted."""


class NotApplicable(Exception):
    """A rule cannot be asked of this backend; the argument says why."""


@dataclass(frozen=True)
class Finding:
    """One thing that a backend does wrongly: what happened, with times, names and values, and what to mend."""

    what: str
    mend: str

    @property
    def sentence(self) -> str:
        """Both, as text."""
        return f"{self.what} {self.mend}"


@dataclass(frozen=True)
class Rule:
    """One rule: its id, what it says, why it matters, and the check that drives a backend.

    `acts`: the check makes the backend act on events. A kit of which no such rule applied has shown nothing.
    """

    id: str
    title: str
    why: str
    check: Callable[[Kit], Iterable[Finding]] = field(repr=False)
    acts: bool = True


@dataclass(frozen=True)
class Result:
    """What came of one rule: `findings` when it failed, else in `reason` why it did not apply or what broke."""

    rule: Rule
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    reason: str = ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What went wrong, one text each; nothing when it passed. Of many findings the first few, and their count."""
        told = [finding.sentence for finding in self.findings[:MOST_FINDINGS]]
        if len(self.findings) > MOST_FINDINGS:
            told.append(f"And {len(self.findings) - MOST_FINDINGS} more of this kind.")
        return (*told, self.reason) if self.reason else tuple(told)


@dataclass(frozen=True)
class Report:
    """What the kit found of one backend, by rule."""

    backend: str
    results: tuple[Result, ...]

    def of(self, id: str) -> Result:
        """The result of a rule. KeyError for one that was not asked."""
        for result in self.results:
            if result.rule.id == id:
                return result
        raise KeyError(id)

    def ids(self, outcome: Outcome) -> tuple[str, ...]:
        """The ids of the rules with an outcome, in their order."""
        return tuple(result.rule.id for result in self.results if result.outcome == outcome)

    @property
    def is_empty(self) -> bool:
        """True when no rule that makes a backend act applied: then nothing was shown."""
        return all(result.outcome == "not applicable" for result in self.results if result.rule.acts)

    @property
    def outcome(self) -> Literal["passed", "failed", "error", "empty"]:
        """`error` before `failed`: what broke may hide what is wrong. `empty`: no rule that makes it act applied."""
        if self.ids("error"):
            return "error"
        if self.ids("failed"):
            return "failed"
        return "empty" if self.is_empty else "passed"

    @property
    def exit_code(self) -> int:
        """For a command: 0 passed, 1 failed, 3 the backend broke, 5 nothing applied."""
        return {"passed": 0, "failed": 1, "error": 3, "empty": 5}[self.outcome]
