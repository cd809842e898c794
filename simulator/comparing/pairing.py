"""Comparing two sides: which cases belong together, what differs in each, and which person shows it best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from simulator.comparing.comparison import KINDS, Compared, Comparison, Finding, Smallest
from simulator.comparing.facts import Case, Snapshot, Story
from simulator.comparing.gathering import gathered
from simulator.comparing.people import Apart, apart
from simulator.comparing.phrases import counted, named
from simulator.comparing.reading import case_of, snapshot_of
from simulator.comparing.stories import Change, changes_of
from simulator.comparing.verdicts import declared, figures, times, verdicts

Side = Snapshot | Mapping[str, Any]
"""A result document, or what was read of one or of baselines."""

MOST_CHANGES = 200
"""Changes of the smallest case that are told."""


def compare(before: Side, after: Side, *, within: int | None = None) -> Comparison:
    """Compare two results, or baselines and a result; the order in which things stand in them does not matter.

    `within` is the time in ms by which a message may move and count as unmoved; unsaid, as exactly as the backends keep
    time. One variant on each side is compared whatever the two are called. Raises UsageError for documents that are no
    results of this version, Damaged for broken ones.
    """
    old, new = _side(before), _side(after)
    if len(old.cases) == len(new.cases) == 1:
        return Comparison((compared(old.cases[0], new.cases[0], within),))
    cases: list[Compared] = []
    left: list[str] = []
    for key in sorted({*old.by_key, *new.by_key}):
        first, second = old.by_key.get(key), new.by_key.get(key)
        if first is not None and second is not None:
            cases.append(compared(first, second, within))
        elif second is not None:
            cases.append(_alone(second, "after"))
        elif first is not None and _was_meant(first, old, new):
            cases.append(_alone(first, "before"))
        elif first is not None:
            left.append(first.label)
    rest = f"{counted(len(left), 'variant')} of the baselines did not run this time: {named(left)}."
    return Comparison(tuple(sorted(cases, key=_gravity)), (rest,) if left else ())


def entries(before: Mapping[str, Any], after: Mapping[str, Any], customer: str | None = None) -> list[Change]:
    """What differs between two entries of results, verdicts first and then the story of one customer."""
    old, new = case_of(before), case_of(after)
    found = [Change("verdict", finding.sentence) for finding in verdicts(old, new)]
    if customer is not None and customer in old.by_customer and customer in new.by_customer:
        found += changes_of(apart(old.by_customer[customer], new.by_customer[customer]))
    return found


def compared(before: Case, after: Case, within: int | None = None) -> Compared:
    """Two runs of one variant, or of two that somebody wants to set side by side."""
    allowed = max(before.granularity_ms, after.granularity_ms) if within is None else within
    whole = before.only == after.only
    both = [name for name in sorted(before.by_customer) if name in after.by_customer]
    people = [apart(before.by_customer[name], after.by_customer[name], allowed) for name in both]
    found: list[Finding] = [*gathered(people)]
    if whole:
        found += [*verdicts(before, after), *times(before, after, allowed), *figures(before, after)]
        found += declared(before, after) if not any(finding.worse for finding in found) else ()
        found += _people(before, after)
    findings = tuple(sorted(found, key=_importance))
    label = before.label if before.key == after.key else f"{before.label} → {after.label}"
    return Compared(
        *after.key,
        label,
        after.seed,
        after.backend,
        after.customers,
        findings,
        tuple(_notes(before, after, people)),
        _smallest(findings, people, before.by_customer, after.by_customer),
    )


def _side(side: Side) -> Snapshot:
    return side if isinstance(side, Snapshot) else snapshot_of(side)


def _was_meant(case: Case, old: Snapshot, new: Snapshot) -> bool:
    """Whether what is gone would have run: a result of other scenarios alone does not say that this one is gone."""
    if old.origin == "result" and new.origin == "result":
        return True
    ran = {(other.family, other.name) for other in new.cases}
    return new.whole and (case.family, case.name) in ran


def _alone(case: Case, side: str) -> Compared:
    return Compared(*case.key, case.label, case.seed, case.backend, case.customers, only=side)


def _gravity(case: Compared) -> tuple[int, str, str, str]:
    rank = 0 if case.worse else 3 if case.same else 2 if case.only else 1
    return rank, case.family, case.name, case.variant


def _importance(finding: Finding) -> tuple[Any, ...]:
    rank = KINDS.index(finding.kind)
    return not finding.worse, rank, -finding.people, finding.about, finding.sentence


def _people(before: Case, after: Case) -> Iterable[Finding]:
    """A finding where others take part."""
    if not before.sampled and not after.sampled:
        gone = [name for name in sorted(before.by_customer) if name not in after.by_customer]
        come = [name for name in sorted(after.by_customer) if name not in before.by_customer]
        words = [f"{counted(len(names), 'customer')} {verb}: {named(names)}" for names, verb in
                 ((come, "more"), (gone, "fewer")) if names]  # fmt: skip
    else:
        gone, come = [], []
        words = [f"{counted(after.customers, 'customer')} instead of {before.customers:,}"]
    if gone or come or before.customers != after.customers:
        cells = (f"{before.customers:,}", f"{after.customers:,}")
        yield Finding("people", "", f"{'; '.join(words)}.", *cells, (), abs(after.customers - before.customers))


def _notes(before: Case, after: Case, people: Sequence[Apart]) -> Iterable[str]:
    """What a reader must know to judge the findings."""
    if before.seed != after.seed:
        yield f"The seeds differ ({before.seed} and {after.seed}): much of this is chance."
    if before.backend != after.backend:
        yield f"Before it ran on '{before.backend}', now on '{after.backend}'."
    if before.only != after.only:
        whom = after.only or before.only
        yield f"One side ran {whom} alone: only that story is compared, and no verdict or figure."
    if before.sampled or after.sampled:
        most = counted(max(before.customers, after.customers), "customer")
        yield (
            f"Of {most}, both sides show the stories of {len(people):,}; "
            "of the others the figures and the times are compared."
        )
    shown = {person.customer for person in people}
    hidden = [
        name
        for name, digest in after.digests.items()
        if name not in shown and before.digests.get(name, digest) != digest
    ]
    if hidden:
        yield f"Of those who are not shown by both, {counted(len(hidden), 'customer')} lived through something else."


def _smallest(
    findings: Sequence[Finding],
    people: Sequence[Apart],
    before: Mapping[str, Story],
    after: Mapping[str, Story],
) -> Smallest | None:
    """The shortest story among those whom the gravest findings concern, and that differs."""
    differing = {person.customer: person for person in people if not person.same}
    concerned = next(
        (names for finding in findings if (names := [n for n in finding.customers if n in differing])), None
    )
    if concerned is None:
        return None

    def size(name: str) -> tuple[int, int, str]:
        sides = (before[name], after[name])
        return sum(len(side.sent) for side in sides), sum(len(side.unsent) for side in sides), name

    name = min(concerned, key=size)
    changes = tuple(changes_of(differing[name])[:MOST_CHANGES])
    return Smallest(name, after[name].name, before[name], after[name], changes)
