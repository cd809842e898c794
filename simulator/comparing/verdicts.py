"""Verdicts, times to spare and figures: what differs between two runs beside the stories of people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.comparing.comparison import Finding
from simulator.comparing.facts import Broken, Case, Figures, Judged
from simulator.comparing.phrases import counted, moved, named, spare
from simulator.model.results import OUTCOMES

MOST_SENTENCES = 10
"""Violations whose sentences a finding holds."""
# By the time to spare: the first of them came latest.
_SPREAD = {
    "p1": "the slowest hundredth", "p10": "the slowest tenth", "p50": "half of them", "p90": "the quickest tenth",
    "p99": "the quickest hundredth",
}  # fmt: skip
_TELLING = ("p50", "p10", "p1", "p90", "p99")
_BROKEN = ("error", "violated")
_WORDS = {
    "entered": "entered", "not_entered": "not entered", "sent": "sent", "received": "received", "opened": "opened",
    "clicked": "clicked", "bounced": "bounced", "marked_as_spam": "marked as spam", "redemptions": "coupons redeemed",
    "churn": "customers lost", "complaints": "complaints", "consents_lost": "consents withdrawn", "goals": "goals",
    "revenue": "revenue",
}  # fmt: skip


def verdicts(before: Case, after: Case) -> Iterator[Finding]:
    """A finding for each check that says something else, is new or is gone.

    Worse is one that is violated or broke down now, has more violations or others; and of one and the same variant one
    that is gone, or that judged and does so no longer.
    """
    one = before.key == after.key
    for name in dict.fromkeys([*before.by_check, *after.by_check]):
        old, new = before.by_check.get(name), after.by_check.get(name)
        if old is None and new is not None:
            worse = new.outcome in _BROKEN
            yield _verdict(new, f"The check '{name}' is new: {_outcome(new)}", "no such check", _outcome(new), worse)
        elif new is None and old is not None:
            yield _verdict(old, f"The check '{name}' is gone", _outcome(old), "no such check", one)
        elif old is not None and new is not None:
            yield from _of_check(old, new, one)


def declared(before: Case, after: Case) -> Iterator[Finding]:
    """Whether a variant is as it declares, where it was otherwise; not where two different variants are compared."""
    if before.key != after.key or before.as_declared == after.as_declared:
        return
    if before.as_declared:
        sentence = f"Not as the variant declares any more: {' '.join(after.unexpected[:1])}".rstrip(": ")
        details = after.unexpected[1:MOST_SENTENCES]
        yield Finding("verdict", "", sentence, "as declared", "not as declared", details=details, worse=True)
    else:
        yield Finding("verdict", "", "It is as the variant declares again.", "not as declared", "as declared")


def _of_check(old: Judged, new: Judged, one: bool) -> Iterator[Finding]:
    fresh = _fresh(old, new)
    if old.outcome != new.outcome:
        graver = _rank_of(new.outcome) < _rank_of(old.outcome)
        worse = graver and (new.outcome in _BROKEN or (one and new.outcome != "pending"))
        words = f"'{new.name}' is {new.outcome} now, and was {old.outcome}"
        yield _verdict(new, words, _outcome(old), _outcome(new), worse, fresh)
    elif old.violations != new.violations:
        words = f"'{new.name}' is violated {counted(new.violations, 'time')}, and was {counted(old.violations, 'time')}"
        yield _verdict(new, words, _outcome(old), _outcome(new), new.violations > old.violations, fresh)
    elif fresh:
        words = f"'{new.name}' is violated as often as before, and on others"
        whom = [item.customer or item.case for item in _fresh(new, old)]
        yield _verdict(new, words, _who(whom), _who([item.customer or item.case for item in fresh]), True, fresh)


def _rank_of(outcome: str) -> int:
    return OUTCOMES.index(outcome) if outcome in OUTCOMES else -1


def _fresh(old: Judged, new: Judged) -> tuple[Broken, ...]:
    """Violations that were not there before, as far as both sides list theirs."""
    known = {(item.customer, item.case) for item in old.broken}
    if len(old.broken) < old.violations:
        return () if old.violations == new.violations else new.broken
    return tuple(item for item in new.broken if (item.customer, item.case) not in known)


def _verdict(
    check: Judged, words: str, before: str, after: str, worse: bool = False, fresh: Sequence[Broken] = ()
) -> Finding:
    shown = fresh or (check.broken if worse and check.outcome == "violated" else ())
    first = f": {shown[0].sentence}" if shown else "."
    whom = tuple(dict.fromkeys(item.customer for item in shown if item.customer))
    details = tuple(item.sentence for item in shown[1:MOST_SENTENCES])
    more = len(check.broken) < check.violations
    return Finding("verdict", check.name, f"{words}{first}", before, after, whom, len(whom), details, worse, more)


def _outcome(check: Judged) -> str:
    return f"violated × {check.violations:,}" if check.outcome == "violated" else check.outcome


def _who(names: Sequence[str]) -> str:
    return named(list(dict.fromkeys(names)))


def times(before: Case, after: Case, within: int) -> Iterator[Finding]:
    """A finding for each check whose times to spare moved by more than `within` ms."""
    for name, new in after.by_check.items():
        old = before.by_check.get(name)
        if old is None or not old.spare or not new.spare:
            continue
        both = [quantile for quantile in _TELLING if quantile in old.spare and quantile in new.spare]
        apart = {quantile: old.spare[quantile] - new.spare[quantile] for quantile in both}
        far = [quantile for quantile in both if abs(apart[quantile]) > within]
        if not far:
            continue
        steps = {apart[quantile] for quantile in both}
        if len(steps) == 1 and old.timed == new.timed:
            words = f"'{name}': all {new.timed:,} times are {moved(steps.pop())}"
            shown = "p50"
        else:
            shown = max(far, key=lambda quantile: (abs(apart[quantile]), -both.index(quantile)))
            now, was = spare(new.spare[shown]), spare(old.spare[shown])
            words = f"'{name}', {counted(new.timed, 'time')}: {_SPREAD[shown]}: {now}, and was {was}"
        details = tuple(
            f"{_SPREAD[quantile]}: {spare(old.spare[quantile])} → {spare(new.spare[quantile])}"
            for quantile in _SPREAD
            if quantile in far
        )
        was, now = (f"{_SPREAD[shown]}: {spare(side.spare[shown])}" for side in (old, new))
        yield Finding("times", name, f"{words}.", was, now, details=details)


def figures(before: Case, after: Case) -> Iterator[Finding]:
    """A finding for each journey of which something else is counted."""
    for journey in dict.fromkeys([*before.journeys, *after.journeys]):
        old, new = before.journeys.get(journey, {}), after.journeys.get(journey, {})
        differing = [name for name in dict.fromkeys([*old, *new]) if old.get(name, 0) != new.get(name, 0)]
        if not differing:
            continue
        differing.sort(key=_rank)
        rows = [f"{_figure(name)} {_value(old, name)} → {_value(new, name)}" for name in differing]
        first = differing[0]
        words = f"'{journey}': {', '.join(rows[:3])}" + (f" and {len(rows) - 3} more figures" if len(rows) > 3 else "")
        was, now = (f"{_figure(first)} {_value(side, first)}" for side in (old, new))
        yield Finding("figures", journey, f"{words}.", was, now, details=tuple(rows[3:]))


def _rank(name: str) -> tuple[int, str]:
    order = list(_WORDS)
    return (order.index(name) if name in order else len(order), name)


def _figure(name: str) -> str:
    kind, _, reason = name.partition(": ")
    return f"{kind} because of '{reason}'" if reason else _WORDS.get(name, name)


def _value(side: Figures, name: str) -> str:
    value = side.get(name, 0)
    return f"{value:,}" if isinstance(value, int) else str(value)
