"""What differs between the two stories of one person, before anything is put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.comparing.aligning import Pair, align, align_unsent
from simulator.comparing.contents import Reworded, reworded
from simulator.comparing.facts import Sent, Story, Unsent, instant_of, wall_of


@dataclass(frozen=True)
class Moved:
    """A message that came at another time; `ms` later (negative: earlier), `wall_ms` on the person's clock.

    `why` is what held it, where the second run says so and the first does not.
    """

    customer: str
    before: Sent
    after: Sent
    ms: int
    wall_ms: int
    why: Unsent | None = None


@dataclass(frozen=True)
class Alone:
    """A message of one run only. `why`: what the other run says of its not being sent."""

    customer: str
    sent: Sent
    why: Unsent | None = None


@dataclass(frozen=True)
class Rewritten:
    """A message that reads otherwise. `part` is message, journey, channel, fate, subject, text or html.

    Without `changes` it is not known which words changed.
    """

    customer: str
    before: Sent
    after: Sent
    part: str
    changes: tuple[Reworded, ...] = ()


@dataclass(frozen=True)
class Reason:
    """Something that was not sent in either run, for different reasons, or that only one run speaks of at all."""

    customer: str
    before: Unsent | None
    after: Unsent | None


@dataclass(frozen=True)
class Apart:
    """All that differs for one person; `pairs` are the messages of both runs, moved or not."""

    customer: str
    zone: str
    pairs: tuple[Pair, ...]
    moved: tuple[Moved, ...]
    lost: tuple[Alone, ...]
    gained: tuple[Alone, ...]
    rewritten: tuple[Rewritten, ...]
    reasons: tuple[Reason, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.moved or self.lost or self.gained or self.rewritten or self.reasons)


def apart(before: Story, after: Story, within: int = 0) -> Apart:
    """Compare two stories of one person. What came at most `within` ms earlier or later came at the same time."""
    if before.sent == after.sent and before.unsent == after.unsent:
        pairs = tuple(Pair(sent, sent) for sent in before.sent)
        return Apart(after.customer, after.zone, pairs, (), (), (), (), ())
    person, aligned = after.customer, align(before, after)
    rows = align_unsent(before.unsent, after.unsent)
    dropped = [old for old, new in rows if old is not None and new is None]
    appeared = [new for old, new in rows if old is None and new is not None]
    used: set[int] = set()
    moved = tuple(_moved(person, pair, appeared, used) for pair in aligned.pairs if _span_of(pair) > within)
    lost = tuple(Alone(person, sent, _why(sent, appeared, used)) for sent in aligned.lost)
    gained = tuple(Alone(person, sent, _why(sent, dropped, used)) for sent in aligned.gained)
    # What held a message in the first run, and does not in the second, is told by the movement.
    for move in moved:
        _why(move.before, dropped, used)
    reasons = [Reason(person, old, new) for old, new in rows if old and new and old.reason != new.reason]
    reasons += [Reason(person, old, None) for old in dropped if id(old) not in used]
    reasons += [Reason(person, None, new) for new in appeared if id(new) not in used]
    rewritten = tuple(item for pair in aligned.pairs for item in _rewritten(person, pair))
    zone = after.zone or before.zone
    return Apart(person, zone, tuple(aligned.pairs), moved, lost, gained, rewritten, tuple(reasons))


def _span_of(pair: Pair) -> int:
    before, after = _times(pair)
    return abs(instant_of(after) - instant_of(before))


def _times(pair: Pair) -> tuple[str, str]:
    """The times to compare: of arrival where both arrived, else of sending."""
    both = pair.before.came is not None and pair.after.came is not None
    return (pair.before.time, pair.after.time) if both else (pair.before.at, pair.after.at)


def _moved(person: str, pair: Pair, appeared: Sequence[Unsent], used: set[int]) -> Moved:
    before, after = _times(pair)
    why = _why(pair.after, appeared, used)
    ms, wall_ms = instant_of(after) - instant_of(before), wall_of(after) - wall_of(before)
    return Moved(person, pair.before, pair.after, ms, wall_ms, why)


def _why(sent: Sent, found: Sequence[Unsent], used: set[int]) -> Unsent | None:
    """Of what was not sent, that which speaks of this message: by its id, else the nearest of its step."""
    free = [item for item in found if id(item) not in used]
    if near := [item for item in free if item.id is not None and item.id == sent.id]:
        # One that is held twice waits for the reason that came last.
        used.update(map(id, near))
        return max(near, key=lambda item: instant_of(item.at))
    if not (near := [item for item in free if item.journey == sent.journey and item.message in ("", sent.message)]):
        return None
    best = min(near, key=lambda item: (item.kind == "exited", abs(instant_of(item.at) - instant_of(sent.at))))
    used.add(id(best))
    return best


def _rewritten(person: str, pair: Pair) -> list[Rewritten]:
    before, after = pair
    found = []
    for part in ("message", "journey", "channel", "fate"):
        old, new = getattr(before, part), getattr(after, part)
        if old != new:
            found.append(Rewritten(person, before, after, part, (Reworded(old, new),)))
    if before.message != after.message:
        return found
    if before.subject != after.subject:
        found.append(Rewritten(person, before, after, "subject", reworded(before.subject, after.subject)))
    if before.text_digest != after.text_digest:
        found.append(Rewritten(person, before, after, "text", _between(before.text, after.text)))
    elif before.html_digest != after.html_digest:
        found.append(Rewritten(person, before, after, "html", _between(before.html, after.html)))
    return found


def _between(before: str | None, after: str | None) -> tuple[Reworded, ...]:
    return () if before is None or after is None else reworded(before, after)
