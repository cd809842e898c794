"""What came of every check against what the variant declares. Each difference is one sentence.

A check that the variant does not name must hold. One that it names must be violated just so: on these customers and
nobody else, so often, at this instant, by this margin. Nothing is compared in the aggregate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from simulator.model.results import Verdict, Violation
from simulator.model.scenarios import Expected, Scenario
from simulator.running.wording import Wording
from simulator.words.clock import Duration

MOST_NAMES = 5
"""Customers who are named in one sentence; the rest is counted."""
OF_EVERYBODY = ("sla", "level")
"""Templates that measure all people together, and say nothing of one of them."""


def compare(
    scenario: Scenario, verdicts: Sequence[Verdict], only: Collection[str] | None = None, granularity_ms: int = 0
) -> list[str]:
    """Every difference between the verdicts and what the scenario declares, in the order of the checks.

    `only` are the people of the one cell that ran: what is said of a crowd is then not compared. An instant or a
    lateness may be later than is declared by `granularity_ms`, to which the backend kept time.
    """
    judged = {verdict.name for verdict in verdicts}
    comparisons = [_Comparison(scenario, verdict, only, granularity_ms) for verdict in verdicts]
    found = [sentence for comparison in comparisons for sentence in comparison.differences()]
    missing = [name for name in scenario.violates if name not in judged]
    return found + [f"{name}: must be violated, and there is no check of that name" for name in missing]


class _Comparison:
    def __init__(self, scenario: Scenario, verdict: Verdict, only: Collection[str] | None, granularity_ms: int) -> None:
        self.verdict = verdict
        self.granularity = granularity_ms
        self.expected = scenario.violates.get(verdict.name)
        # What happens to protagonists happens to people of the background too, whom no document declares anything of.
        behind = {person.id for person in scenario.people.values() if person.background} if scenario.violates else set()
        of_all = self.expected is not None and (self.expected.everyone or self.expected.share is not None)
        self.violations = tuple(item for item in verdict.violations if of_all or item.customer not in behind)
        self.behind = frozenset(behind)
        self.only = None if only is None else frozenset(only)
        self.wording = Wording(scenario)

    def differences(self) -> Iterator[str]:
        for sentence in self._sentences():
            yield f"{self.verdict.name}: {sentence}"

    def _sentences(self) -> Iterator[str]:
        verdict, expected = self.verdict, self.expected
        if verdict.outcome == "error":
            yield f"the check could not judge: {verdict.reason or 'no reason given'}"
        elif verdict.outcome == "unsupported" or (self.only is not None and verdict.template in OF_EVERYBODY):
            return
        elif expected is None:
            spoilt = self.behind and verdict.template in OF_EVERYBODY
            if verdict.outcome == "violated" and self.violations and not spoilt:
                yield f"must hold, and is violated {_times(len(self.violations))}{self._first()}"
        elif self.only is None:
            yield from self._whole(expected)
        else:
            yield from self._cell(expected, self.only)

    def _first(self) -> str:
        first = self.violations[0] if self.violations else None
        return "" if first is None else f", first for {first.customer or 'nobody in particular'}: {first.sentence}"

    def _whole(self, expected: Expected) -> Iterator[str]:
        """Compare with all that is declared."""
        if self.verdict.outcome != "violated":
            reason = f" ({self.verdict.reason})" if self.verdict.reason else ""
            yield f"must be violated, and is {self.verdict.outcome}{reason}"
            return
        if expected.everyone:
            yield from self._everyone()
        if expected.who is not None:
            yield from self._who(expected.who)
        yield from self._figures(expected)
        yield from self._particulars(expected)

    def _cell(self, expected: Expected, only: frozenset[str]) -> Iterator[str]:
        """Compare what concerns the people of one cell."""
        concerned = None if expected.who is None else [name for name in expected.who if name in only]
        if concerned == []:
            if self.violations:
                yield f"must hold for {_named(sorted(only))}, and is violated{self._first()}"
            return
        certain = expected.everyone and self.verdict.activations > self.verdict.pending
        if (certain or concerned) and not self.violations:
            yield f"must be violated, and is {self.verdict.outcome}"
            return
        if expected.everyone and self.violations:
            yield from self._everyone()
        if concerned is not None:
            yield from self._who(concerned)
            if len(concerned) == len(expected.who or ()):
                yield from self._moments(expected)
        yield from self._particulars(expected)

    def _everyone(self) -> Iterator[str]:
        if self.verdict.template in OF_EVERYBODY:
            return
        broken = len({item.activation or (item.case, item.onset) for item in self.violations})
        closed = self.verdict.activations - self.verdict.pending
        if broken < closed:
            yield f"must be violated in every case, and {closed - broken} of {closed} cases hold"

    def _who(self, who: Sequence[str]) -> Iterator[str]:
        found = {item.customer for item in self.violations}
        missing, surplus = sorted(set(who) - found - self.behind), sorted(found - set(who))
        if missing:
            yield f"must be violated for {_named(missing)}, and is not"
        if surplus:
            first = next(item for item in self.violations if item.customer == surplus[0])
            yield f"is violated for {_named(surplus)}, which is not declared: {first.sentence}"

    def _figures(self, expected: Expected) -> Iterator[str]:
        yield from self._moments(expected)
        distinct = len({(item.case, item.activation, item.onset) for item in self.violations})
        if expected.count is not None and not expected.count[0] <= distinct <= expected.count[1]:
            yield f"must be violated {_range(expected.count)} times, and is violated {_times(distinct)}"
        if expected.share is not None:
            share = 100 * distinct / self.verdict.activations if self.verdict.activations else 100.0
            if not expected.share[0] <= share <= expected.share[1]:
                of = f"{distinct} of {self.verdict.activations}"
                yield f"must be violated in {_range(expected.share)} % of its cases, and is in {share:.4g} % ({of})"

    def _moments(self, expected: Expected) -> Iterator[str]:
        if expected.times is not None and len(self.violations) != expected.times:
            yield f"must be violated {_times(expected.times)}, and is violated {_times(len(self.violations))}"
        if expected.at is not None:
            onsets = sorted({item.onset for item in self.violations})
            if not self._alike(onsets, sorted(set(expected.at))):
                yield f"must be violated at {self._when(sorted(set(expected.at)))}, and is at {self._when(onsets)}"

    def _alike(self, found: Sequence[int], declared: Sequence[int]) -> bool:
        """Whether each instant found is one that is declared, and the other way round, as exactly as time was kept."""
        near = {(at, said) for at in found for said in declared if 0 <= at - said <= self.granularity}
        return {at for at, _ in near} == set(found) and {said for _, said in near} == set(declared)

    def _when(self, onsets: Sequence[int]) -> str:
        customers = {item.onset: item.customer for item in self.violations}
        somebody = self.violations[0].customer if self.violations else ""
        shown = [self.wording.moment(at, customers.get(at, somebody)) for at in onsets[:MOST_NAMES]]
        return _listed(shown, len(onsets))

    def _particulars(self, expected: Expected) -> Iterator[str]:
        """Compare what is declared of each violation."""
        for item in self.violations:
            sentence = next(self._particular(expected, item), None)
            if sentence is not None:
                yield sentence
                return

    def _particular(self, expected: Expected, item: Violation) -> Iterator[str]:
        who = item.customer or "nobody in particular"
        beyond = None if expected.late_ms is None or item.margin_ms is None else -item.margin_ms - expected.late_ms
        if expected.late_ms is not None and (beyond is None or not 0 <= beyond <= self.granularity):
            said = Duration(ms=expected.late_ms)
            found = "with no margin" if item.margin_ms is None else _lateness(item.margin_ms)
            yield f"must be late by {said}, and is {found} for {who}"
        if expected.unaware is not None and not _unaware(item, expected.unaware):
            if item.known_since is not None:
                known = self.wording.moment(item.known_since, item.customer)
                yield f"{expected.unaware} must not have known, and knew since {known} for {who}"
            else:
                yield f"must name {expected.unaware} as what did not know, and says for {who}: {item.sentence}"
        for label in ("expected", "found"):
            said, is_so = getattr(expected, label), getattr(item, label)
            if said is not None and said != is_so:
                yield f"'{label}' must be {said}, and is {is_so or 'not told'} for {who}"


def _unaware(item: Violation, system: str) -> bool:
    return item.known_since is None and item.actor == system


def _lateness(margin_ms: int) -> str:
    return f"late by {Duration(ms=-margin_ms)}" if margin_ms < 0 else f"in time by {Duration(ms=margin_ms)}"


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count} times"


def _range(bounds: tuple[float, float]) -> str:
    low, high = bounds
    return f"{low:g}" if low == high else f"at least {low:g}" if high == float("inf") else f"{low:g} .. {high:g}"


def _named(names: Sequence[str]) -> str:
    return _listed([name or "nobody in particular" for name in names[:MOST_NAMES]], len(names))


def _listed(shown: Sequence[str], count: int) -> str:
    return f"{', '.join(shown)} and {count - len(shown)} more" if count > len(shown) else ", ".join(shown) or "none"


def declared(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """What the scenario declares of each check, as a result holds it."""
    wording = Wording(scenario)
    return {
        name: {"outcome": "satisfied"} if (said := scenario.violates.get(name)) is None else _declared(said, wording)
        for name in scenario.checks
    }


def _declared(said: Expected, wording: Wording) -> dict[str, Any]:
    entry: dict[str, Any] = {"outcome": "violated"}
    if said.everyone or said.who is not None:
        entry["cases"] = "everyone" if said.everyone else list(said.who or ())
    somebody = said.who[0] if said.who else ""
    if said.at is not None:
        entry["at"] = [wording.moment(instant, somebody) for instant in said.at]
    for name in ("late_ms", "times", "unaware", "expected", "found"):
        value = getattr(said, name)
        if value is not None:
            entry[name] = value
    for name in ("count", "share"):
        bounds = getattr(said, name)
        if bounds is not None:
            entry[name] = [bounds[0], None if bounds[1] == float("inf") else bounds[1]]
    return entry
