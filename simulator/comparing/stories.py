"""Two stories of one person, and what differs, in sentences: the A and B of whoever tries things out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.comparing.contents import quoted, told
from simulator.comparing.facts import Sent, Story, Unsent, instant_of
from simulator.comparing.people import Alone, Apart, Moved, Reason, Rewritten, apart
from simulator.comparing.phrases import because, capital, channel, counted, moved, when
from simulator.comparing.reading import story_of


@dataclass(frozen=True)
class Change:
    """One difference: `kind` is gained, lost, moved, changed or verdict; the events are ids, None where none is."""

    kind: str
    sentence: str
    event_a: str | None = None
    event_b: str | None = None


def stories(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What differs for one person between two exhibits of results, in the order of time."""
    return changes_of(apart(story_of(before), story_of(after)))


def changes_of(found: Apart) -> list[Change]:
    """The sentences of what differs for one person. Messages that all moved alike are one change."""
    rows: list[tuple[int, int, Change]] = []
    alike = {(move.ms, move.why is not None) for move in found.moved}
    if len(found.moved) > 1 and len(alike) == 1 and len(found.moved) == len(found.pairs):
        rows.append((_time(found.moved[0].after), 0, _all_moved(found.moved)))
    else:
        rows += [(_time(move.after), 0, Change("moved", sentence_moved(move), *_events(move))) for move in found.moved]
    rows += [
        (_time(one.sent), 1, Change("lost", sentence_lost(one), one.sent.event, _event(one.why))) for one in found.lost
    ]
    rows += [
        (_time(one.sent), 2, Change("gained", sentence_gained(one), _event(one.why), one.sent.event))
        for one in found.gained
    ]
    rows += [
        (_time(item.after), 3, Change("changed", sentence_rewritten(item), *_events(item))) for item in found.rewritten
    ]
    rows += [(_at(item), 4, Change("changed", sentence_reason(item), *_unsent_events(item))) for item in found.reasons]
    return [change for _, _, change in sorted(rows, key=lambda row: row[:2])]


def message_named(sent: Sent) -> str:
    """`the e-mail “Camille, 30 % for your birthday”`, or by its own name where it has no subject."""
    # French writes `30 %` with a space that does not break: in a name that is good typography and nothing to point at.
    subject = sent.subject.replace("\u00a0", " ").replace("\u202f", " ")
    name = quoted(subject) if subject else f"'{sent.message}'"
    return f"the {channel(sent.channel)} {name}"


def sentence_moved(move: Moved) -> str:
    """When it comes now, and when it came."""
    before, after = (move.before.time, move.after.time)
    if move.before.came is None or move.after.came is None:
        before, after = move.before.at, move.after.at
    words = f"{message_named(move.after)} comes {moved(move.ms)}: {when(after)} instead of {when(before)}"
    return capital(f"{words}{_held(move.why)}.")


def sentence_lost(one: Alone) -> str:
    """What is not sent any more, and why, if that is known."""
    words = f"{message_named(one.sent)}, which came {when(one.sent.time)}, is not sent any more"
    return capital(f"{words}{_not_sent(one.why)}.")


def sentence_gained(one: Alone) -> str:
    """What is sent now and was not."""
    was = f"; before, it was not sent, because {because(one.why.reason)}" if one.why else ""
    return f"New: {message_named(one.sent)} comes {when(one.sent.time)}{was}."


def sentence_rewritten(item: Rewritten) -> str:
    """What reads otherwise in a message."""
    name, at = message_named(item.before), when(item.after.time)
    [first, *_] = item.changes or (None,)
    if item.part == "channel" and first:
        return capital(f"{name} of {at} goes by {channel(first.come)} instead of by {channel(first.gone)}.")
    if item.part == "message" and first:
        return capital(f"{name} of {at} became another message: '{first.come}' instead of '{first.gone}'.")
    if item.part == "journey" and first:
        return capital(f"{name} of {at} is sent by the journey '{first.come}' instead of '{first.gone}'.")
    if item.part == "fate" and first:
        return capital(f"{name} of {at}: {first.come or 'it arrived'}; before: {first.gone or 'it arrived'}.")
    where = {"subject": "the subject", "text": "the text", "html": "the HTML"}[item.part]
    words = told(item.changes) if item.changes else "it reads differently; the words of before are not stored"
    return f"{capital(where)} of {name} ({at}) changed: {words}."


def sentence_reason(item: Reason) -> str:
    """Why something is not sent now, was not sent before, or both."""
    if item.before and item.after:
        words = f"is still {_verb(item.after)}, now because {because(item.after.reason)}"
        return capital(f"{_subject(item.after)} {words}; before because {because(item.before.reason)}.")
    if item.after:
        until = f"; it waits until {when(item.after.until)}" if item.after.until else ""
        words = f"is {_verb(item.after)} on {when(item.after.at)}, because {because(item.after.reason)}{until}"
        return capital(f"{_subject(item.after)} {words}; before, {_attempt(item.after, 'was')}.")
    assert item.before is not None
    words = f"was {_verb(item.before)} on {when(item.before.at)}, because {because(item.before.reason)}"
    return capital(f"{_subject(item.before)} {words}; now, {_attempt(item.before, 'is')}.")


def _attempt(item: Unsent, verb: str) -> str:
    return f"there {verb} no attempt to send it" if item.kind == "withheld" else f"that {verb} not so"


def _subject(item: Unsent) -> str:
    return f"the message '{item.message}'" if item.kind == "withheld" else f"the journey '{item.journey}'"


def _verb(item: Unsent) -> str:
    held = "held back" if item.until else "not sent"
    return {"not entered": "not entered", "exited": "left early"}.get(item.kind, held)


def _held(why: Unsent | None) -> str:
    return f", because {because(why.reason)}" if why else ""


def _not_sent(why: Unsent | None) -> str:
    if why is None:
        return ""
    words = {"not entered": "is not entered", "exited": "is left"}.get(why.kind)
    journey = f": the journey '{why.journey}' {words}" if words else ""
    return f"{journey}, because {because(why.reason)}"


def _all_moved(moves: tuple[Moved, ...]) -> Change:
    first = moves[0]
    words = f"All {counted(len(moves), 'message')} come {moved(first.ms)}{_held(first.why)}"
    return Change("moved", f"{words}; the first {when(first.after.time)}.", *_events(first))


def _events(item: Moved | Rewritten) -> Iterator[str | None]:
    yield item.before.event
    yield item.after.event


def _unsent_events(item: Reason) -> Iterator[str | None]:
    yield _event(item.before)
    yield _event(item.after)


def _event(item: Unsent | None) -> str | None:
    return item.event if item else None


def _time(sent: Sent) -> int:
    return instant_of(sent.time)


def _at(item: Reason) -> int:
    known = item.after or item.before
    assert known is not None
    return instant_of(known.at)


__all__ = ["Change", "Story", "changes_of", "stories"]
