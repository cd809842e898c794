"""Which message of one run is which of the other: in order, as many as possible, and then with the least movement."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple, TypeVar

from simulator.comparing.facts import Sent, Story, Unsent, instant_of

_Item = TypeVar("_Item")

MOST_CELLS = 4_000_000
"""Beyond so many cells of the table, what is left over is taken from the end: it would take too long."""


class Pair(NamedTuple):
    """One message in both runs."""

    before: Sent
    after: Sent


class Aligned(NamedTuple):
    """Of one person: messages in both runs, in the first alone, in the second alone."""

    pairs: list[Pair]
    lost: list[Sent]
    gained: list[Sent]


def align(before: Story, after: Story) -> Aligned:
    """Match the messages of one person.

    First those of one step; of what is left those of one id, those that go by another channel or come from another
    journey, and those that stand in another's place at its very moment.
    """
    pairs: list[Pair] = []
    lost, gained = _in_order(before.sent), _in_order(after.sent)
    keys: tuple[Callable[[Sent], Hashable], ...] = (
        lambda sent: (sent.journey, sent.message, sent.channel),
        lambda sent: sent.id,
        lambda sent: (sent.journey, sent.message),
        lambda sent: (sent.message, sent.channel) if sent.message else None,
        lambda sent: (sent.channel, sent.at),
    )
    for key in keys:
        found, lost, gained = _matched(lost, gained, key)
        pairs += found
    pairs.sort(key=lambda pair: (*_order(pair.before), *_order(pair.after)))
    return Aligned(pairs, lost, gained)


def align_unsent(before: Sequence[Unsent], after: Sequence[Unsent]) -> list[tuple[Unsent | None, Unsent | None]]:
    """Match what was not sent, by kind, journey and message; None where the other side has no such thing."""
    left, right = _by(before, _unsent_key), _by(after, _unsent_key)
    rows: list[tuple[Unsent | None, Unsent | None]] = []
    for key in dict.fromkeys([*left, *right]):
        first = sorted(left.get(key, []), key=_unsent_order)
        second = sorted(right.get(key, []), key=_unsent_order)
        chosen = matches([instant_of(item.at) for item in first], [instant_of(item.at) for item in second])
        rows += [(first[i], second[j]) for i, j in chosen]
        rows += [(item, None) for place, item in enumerate(first) if place not in {i for i, _ in chosen}]
        rows += [(None, item) for place, item in enumerate(second) if place not in {j for _, j in chosen}]
    return rows


def matches(before: Sequence[int], after: Sequence[int]) -> list[tuple[int, int]]:
    """Match rising times in order: all of the shorter, so that the sum of all movements is least.

    Returns pairs of places. Exchanging the two sides exchanges the places, and nothing else.
    """
    if len(before) > len(after):
        return [(i, j) for j, i in matches(after, before)]
    spare = len(after) - len(before)
    if not spare or len(before) * spare > MOST_CELLS:
        return [(place, place) for place in range(len(before))]
    # least[k]: the least movement of what was matched so far when k of `after` were passed over.
    least = [0] * (spare + 1)
    passed: list[list[int]] = []
    for place, time in enumerate(before):
        row, came_from = [0] * (spare + 1), [0] * (spare + 1)
        best, source = least[0], 0
        for k in range(spare + 1):
            if least[k] < best:
                best, source = least[k], k
            row[k], came_from[k] = best + abs(after[place + k] - time), source
        least = row
        passed.append(came_from)
    k = least.index(min(least))
    found = []
    for place in range(len(before) - 1, -1, -1):
        found.append((place, place + k))
        k = passed[place][k]
    return found[::-1]


def _matched(
    lost: list[Sent], gained: list[Sent], key: Callable[[Sent], Hashable]
) -> tuple[list[Pair], list[Sent], list[Sent]]:
    left, right = (
        _by(list(enumerate(lost)), lambda row: key(row[1])),
        _by(list(enumerate(gained)), lambda row: key(row[1])),
    )
    pairs: list[Pair] = []
    gone: set[int] = set()
    come: set[int] = set()
    for name, first in left.items():
        second = right.get(name) if name is not None else None
        if not second:
            continue
        for i, j in matches(
            [instant_of(item.time) for _, item in first], [instant_of(item.time) for _, item in second]
        ):
            pairs.append(Pair(first[i][1], second[j][1]))
            gone.add(first[i][0])
            come.add(second[j][0])
    return (
        pairs,
        [sent for place, sent in enumerate(lost) if place not in gone],
        [sent for place, sent in enumerate(gained) if place not in come],
    )


def _by(items: Sequence[_Item], key: Callable[[_Item], Hashable]) -> dict[Hashable, list[_Item]]:
    groups: dict[Hashable, list[_Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _in_order(sent: Sequence[Sent]) -> list[Sent]:
    return sorted(sent, key=_order)


def _order(sent: Sent) -> tuple[int | str, ...]:
    words = (sent.journey, sent.message, sent.channel, sent.subject, sent.text_digest, sent.html_digest)
    return (instant_of(sent.time), instant_of(sent.at), *words, sent.fate, sent.id or "", sent.event or "")


def _unsent_key(item: Unsent) -> tuple[str, str, str]:
    return item.kind, item.journey, item.message


def _unsent_order(item: Unsent) -> tuple[int | str, ...]:
    return instant_of(item.at), item.reason, item.channel, item.until or "", item.event or ""
