"""From what differs for each person to what differs for all of them: the same thing is told once, with its number."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from simulator.comparing.comparison import Finding
from simulator.comparing.contents import Reworded, told, visible
from simulator.comparing.facts import Unsent, instant_of
from simulator.comparing.moving import Shift, shifts
from simulator.comparing.people import Alone, Apart, Reason, Rewritten
from simulator.comparing.phrases import because, capital, channel, counted, day_of, moved, named, when
from simulator.comparing.stories import (
    sentence_gained,
    sentence_lost,
    sentence_moved,
    sentence_reason,
    sentence_rewritten,
)

MOST_DETAILS = 200
"""Sentences of single messages that a finding holds; whoever shows it says how many more there are."""

MOST_WAYS = 3
"""Ways in which the messages of one step may have changed before they are told together."""

_Item = TypeVar("_Item", Alone, Rewritten, Reason)


def gathered(people: Sequence[Apart]) -> Iterator[Finding]:
    """The findings about messages, in no particular order."""
    for shift in shifts(people):
        yield _shift(shift)
    yield from _alone("lost", (one for person in people for one in person.lost), people)
    yield from _alone("gained", (one for person in people for one in person.gained), people)
    yield from _rewritten([item for person in people for item in person.rewritten])
    yield from _reasons([item for person in people for item in person.reasons])


def _shift(shift: Shift) -> Finding:
    moves = shift.moves
    details = tuple(f"{move.customer}: {sentence_moved(move)}" for move in moves[:MOST_DETAILS])
    if len(moves) == 1:
        [move] = moves
        cells = (when(move.before.time), when(move.after.time))
        return Finding("moved", shift.journey, f"{move.customer}: {sentence_moved(move)}", *cells, shift.customers, 1)
    many = counted(len(moves), "message")
    whose = f"all {many}" if shift.everything else f"{len(moves):,} of {counted(shift.of, 'message')}"
    reasons = {move.why.reason if move.why else "" for move in moves}
    held = f", because {because(reasons.pop())}" if len(reasons) == 1 and "" not in reasons else ""
    if shift.ms is None:
        lengths = sorted(move.ms for move in moves)
        how = f"between {moved(lengths[0])} and {moved(lengths[-1])}"
    else:
        how = moved(shift.ms, shift.on_the_clock)
    words = f"{whose} of '{shift.journey}' come {how}{held}"
    if shift.clock_change:
        words += f", from {day_of(moves[0].before.at)} on and not before: the clock change of {shift.clock_change}"
    cells = (when(moves[0].before.time), when(moves[0].after.time))
    return Finding("moved", shift.journey, capital(f"{words}."), *cells, shift.customers, len(shift.customers), details)


def _alone(kind: str, found: Iterable[Alone], people: Sequence[Apart]) -> Iterator[Finding]:
    sentence = sentence_lost if kind == "lost" else sentence_gained
    kept: dict[Hashable, int] = {}
    for person in people:
        for pair in person.pairs:
            sent = pair.before if kind == "lost" else pair.after
            kept[sent.journey, sent.message, sent.channel] = kept.get((sent.journey, sent.message, sent.channel), 0) + 1
    for key, group in _groups(found, lambda one: (one.sent.journey, one.sent.message, one.sent.channel)):
        group.sort(key=lambda one: (instant_of(one.sent.time), one.customer))
        whom = _customers(group)
        count, rest = len(group), kept.get(key, 0)
        with_them, without = f"{rest + count:,} sent", f"{rest:,} sent"
        was, now = (with_them, without) if kind == "lost" else (without, with_them)
        first = group[0]
        if count == 1:
            text = f"{first.customer}: {sentence(first)}"
        else:
            name = (
                f"{counted(count, channel(first.sent.channel), channel(first.sent.channel, 2))} '{first.sent.message}'"
            )
            of = f" of '{first.sent.journey}'" if first.sent.journey else ""
            verb = "are not sent any more" if kind == "lost" else "are new"
            text = f"{name}{of} {verb}, to {_people(whom)}{_why([one.why for one in group], kind)}."
        details = tuple(f"{one.customer}: {sentence(one)}" for one in group[:MOST_DETAILS]) if count > 1 else ()
        yield Finding(kind, first.sent.journey, text, was, now, whom, len(whom), details)


def _why(found: Sequence[Unsent | None], kind: str) -> str:
    """The reasons of many, the commonest first."""
    counts: dict[str, int] = {}
    for why in found:
        if why is not None:
            counts[why.reason] = counts.get(why.reason, 0) + 1
    if not counts:
        return ""
    ranked = sorted(counts, key=lambda reason: (-counts[reason], reason))
    before = "; before, they were not sent" if kind == "gained" else ""
    if len(counts) == 1 and counts[ranked[0]] == len(found):
        return f"{before}, because {because(ranked[0])}"
    most = [f"{because(reason)} ({counts[reason]:,})" for reason in ranked[:3]]
    return f"{before}, because {named(most)}" + (" and more" if len(ranked) > 3 else "")


def _rewritten(found: Iterable[Rewritten]) -> Iterator[Finding]:
    """The same words changed in one message are one finding; where a baseline kept none, they are counted with it."""
    by_message = _groups(found, lambda item: (item.after.journey, item.before.message, item.after.message, item.part))
    for _, group in by_message:
        group.sort(key=lambda item: (instant_of(item.after.time), item.customer))
        unknown = [item for item in group if not item.changes]
        known = [item for item in group if item.changes]
        by_words = sorted(
            (items for _, items in _groups(known, lambda item: item.changes)), key=lambda items: -len(items)
        )
        common = set(known[0].changes).intersection(*(item.changes for item in known)) if known else set()
        if len(by_words) > 1 and (common or len(by_words) > MOST_WAYS):
            # Each has words of its own as well, as a date or a name that stands in it.
            yield _reworded(group, tuple(change for change in known[0].changes if change in common), several=True)
        elif by_words:
            by_words[0] += unknown
            for items in by_words:
                yield _reworded(items, items[0].changes)
        else:
            yield _reworded(unknown, ())


def _reworded(items: list[Rewritten], changes: tuple[Reworded, ...], several: bool = False) -> Finding:
    """One finding; `several`: beside these changes each of the messages has others."""
    first = items[0]
    whom = _customers(items)
    cells = _cells(changes)
    if len(items) == 1:
        text = f"{first.customer}: {sentence_rewritten(first)}"
        return Finding("changed", first.after.journey, text, *cells, whom, 1, _lines(changes))
    details = tuple(f"{item.customer}: {sentence_rewritten(item)}" for item in items[:MOST_DETAILS])
    name = f"{counted(len(items), 'message')} '{first.before.message}'"
    [change, *_] = changes or (Reworded("", ""),)
    how = told(changes) if changes else "each in words of its own" if several else "the words are not stored"
    how += ", and other words in each" if several and changes else ""
    words = {
        "subject": f"the subject of {name} changed: {how}",
        "text": f"the text of {name} changed: {how}",
        "html": f"the HTML of {name} changed: {how}",
        "channel": f"{name} go by {channel(change.come)} instead of by {channel(change.gone)}",
        "message": f"{name} became '{first.after.message}'",
        "journey": f"{name} are sent by the journey '{change.come}' instead of '{change.gone}'",
        "fate": f"{name}: {change.come or 'they arrived'}; before: {change.gone or 'they arrived'}",
    }[first.part]
    text = capital(f"{words}, for {_people(whom)}.")
    return Finding("changed", first.after.journey, text, *cells, whom, len(whom), _lines(changes) + details)


def _cells(changes: Sequence[Reworded]) -> tuple[str, str]:
    [first, *_] = changes or (Reworded("", ""),)
    return visible(first.gone.strip()), visible(first.come.strip())


def _lines(changes: Sequence[Reworded]) -> tuple[str, ...]:
    """Each change of words beyond those that the sentence tells."""
    return tuple(told([change]) for change in changes[2:MOST_DETAILS])


def _reasons(found: Iterable[Reason]) -> Iterator[Finding]:
    """Reasons that changed, by journey and message: the least that can happen, for nobody received anything else."""

    def key(item: Reason) -> Hashable:
        known = item.after or item.before
        assert known is not None
        return (
            known.journey,
            known.message,
            known.kind,
            *(side.reason if side else "" for side in (item.before, item.after)),
        )

    for _, group in _groups(found, key):
        whom = _customers(group)
        old, new = group[0].before, group[0].after
        known = new or old
        assert known is not None
        cells = (old.reason if old else "", new.reason if new else "")
        if len(group) == 1:
            text = f"{group[0].customer}: {sentence_reason(group[0])}"
            yield Finding("reason", known.journey, text, *cells, whom, 1)
            continue
        what = f"'{known.message}'" if known.kind == "withheld" else f"the journey '{known.journey}'"
        verb = {"withheld": "not sent", "not entered": "not entered", "exited": "left early"}[known.kind]
        now = f"now because {because(new.reason)}" if new else "now there was no attempt"
        was = f"before because {because(old.reason)}" if old else "before there was no attempt"
        text = capital(f"{what} {verb} {counted(len(group), 'time')}, {now}; {was}; {_people(whom)}.")
        details = tuple(f"{item.customer}: {sentence_reason(item)}" for item in group[:MOST_DETAILS])
        yield Finding("reason", known.journey, text, *cells, whom, len(whom), details)


def _groups(found: Iterable[_Item], key: Callable[[_Item], Hashable]) -> list[tuple[Hashable, list[_Item]]]:
    groups: dict[Hashable, list[_Item]] = {}
    for item in found:
        groups.setdefault(key(item), []).append(item)
    return list(groups.items())


def _customers(found: Iterable[Alone | Rewritten | Reason]) -> tuple[str, ...]:
    return tuple(sorted({item.customer for item in found}))


def _people(customers: Sequence[str]) -> str:
    return customers[0] if len(customers) == 1 else f"{counted(len(customers), 'customer')} ({named(customers, 3)})"
