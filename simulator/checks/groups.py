"""Who belongs together: rows with equal keys get one integer, and a binary search finds the next one of a group.

A place in a group is the pair (group, row), held as one integer `group * (size + 1) + row`; so that "the first target
of this case after that row" is one `searchsorted` for all cases at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from simulator.checks.evidence import WORDY, Evidence, coins
from simulator.model.log import Column, Ints

Keys = tuple[tuple[str, str], ...]
"""Correlation as pairs: name at the activation, name at the target."""

CAUSE = (("cause", "cause"),)


def pairs_of(same: str | list[str] | dict[str, str]) -> Keys:
    """What an author wrote under `same`, as pairs."""
    if isinstance(same, dict):
        return tuple(same.items())
    return tuple((name, name) for name in ([same] if isinstance(same, str) else same))


class Occurrences:
    """Rows that play one part in a check (as targets, say), sorted by (group, row)."""

    def __init__(self, rows: Ints, groups: Ints, size: int) -> None:
        order = np.lexsort((rows, groups))
        self.rows = rows[order]
        self.groups = groups[order]
        self.size = size
        self.keys = self.groups * (size + 1) + self.rows

    def position(self, groups: Ints, rows: Ints) -> Ints:
        """Where the first occurrence at or after (group, row) stands; there it may belong to another group."""
        return np.searchsorted(self.keys, groups * (self.size + 1) + rows, "left")

    def row_at(self, positions: Ints, groups: Ints) -> Ints:
        """The row at a position if that is one of the group, else the size of the log (no such row)."""
        if not len(self.rows):
            return np.full(len(positions), self.size)
        at = np.clip(positions, 0, len(self.rows) - 1)
        inside = (positions >= 0) & (positions < len(self.rows)) & (self.groups[at] == groups)
        return np.where(inside, self.rows[at], self.size)

    def first(self, groups: Ints, rows: Ints) -> Ints:
        """The first row of each group at or after a row; the size of the log if there is none."""
        return self.row_at(self.position(groups, rows), groups)

    def last_before(self, groups: Ints, rows: Ints) -> Ints:
        """The last row of each group before a row; -1 if there is none."""
        found = self.row_at(self.position(groups, rows) - 1, groups)
        return np.where(found == self.size, -1, found)

    def count(self, groups: Ints, start: Ints, end: Ints) -> Ints:
        """How many of each group lie in the rows [start, end)."""
        counted: Ints = np.maximum(self.position(groups, end) - self.position(groups, start), 0)
        return counted


@dataclass(frozen=True)
class Part:
    """The rows that play one part, with their groups; `unkeyed` are those that lack the key and so match nothing."""

    rows: Ints
    groups: Ints
    unkeyed: Ints

    def occurrences(self, size: int) -> Occurrences:
        """The rows for binary search."""
        return Occurrences(self.rows, self.groups, size)


def correlate(evidence: Evidence, keys: Keys, activations: Ints, others: Sequence[Ints]) -> tuple[Part, list[Part]]:
    """Group the rows of an activation with those of the other parts (targets, releases, stages) by equal keys."""
    if keys == CAUSE:
        return _by_cause(evidence, activations, others)
    sides = [(activations, 0), *((rows, 1) for rows in others)]
    codes = [codes_of(evidence, pair) for pair in keys]
    columns = [np.concatenate([code[side][rows] for rows, side in sides]) for code in codes]
    groups = reduce(_combined, columns[1:], columns[0])
    parts, start = [], 0
    for rows, _ in sides:
        of_part = groups[start : start + len(rows)]
        start += len(rows)
        keyed = of_part >= 0
        parts.append(Part(rows[keyed], of_part[keyed], rows[~keyed]))
    return parts[0], parts[1:]


def codes_of(evidence: Evidence, pair: tuple[str, str]) -> tuple[Ints, Ints]:
    """One integer a value for every row, alike on both sides, -1 where a row has none."""

    def compute() -> tuple[Ints, Ints]:
        left, right = (evidence.field(name) for name in pair)
        if pair[0] == pair[1] and left.type.kind in WORDY:
            codes = np.where(left.known, left.values, -1)
            return codes, codes
        return _joint(left, right)

    return evidence.once(("codes", pair), compute)


def _joint(left: Column, right: Column) -> tuple[Ints, Ints]:
    wordy = left.type.kind in WORDY, right.type.kind in WORDY
    if wordy == (True, True):
        words = {word: code for code, word in enumerate(sorted({*left.categories, *right.categories}))}
        return _recoded(left, words), _recoded(right, words)
    if any(wordy) or left.type.kind != right.type.kind:
        # Values of two kinds are never equal: the second side gets codes of its own, beyond those of the first.
        first, _ = _joint(left, left)
        second, _ = _joint(right, right)
        return first, np.where(second >= 0, second + first.max(initial=0) + 1, -1)
    known = np.concatenate([left.known, right.known])
    codes = np.unique(np.concatenate([left.values, right.values]), return_inverse=True)[1].reshape(-1)
    if left.currency is not None and right.currency is not None:
        names = sorted({*left.currencies, *right.currencies})
        codes = _combined(codes, np.concatenate([coins(left, names), coins(right, names)]))
    codes = np.where(known, codes, -1)
    return codes[: len(left.values)], codes[len(left.values) :]


def _recoded(column: Column, words: dict[str, int]) -> Ints:
    table = np.array([words[word] for word in column.categories] + [-1], dtype=np.int64)
    return np.where(column.known, table[column.values], -1)


def _combined(first: Ints, second: Ints) -> Ints:
    """One code for each pair of codes; -1 where either is missing."""
    missing = (first < 0) | (second < 0)
    both = np.where(missing, -1, first * (second.max(initial=0) + 1) + second)
    # Dense codes keep the products of many keys within 64 bits.
    values, dense = np.unique(both, return_inverse=True)
    return dense.reshape(-1) - (1 if len(values) and values[0] == -1 else 0)


def _by_cause(evidence: Evidence, activations: Ints, others: Sequence[Ints]) -> tuple[Part, list[Part]]:
    """Each activation is a group of its own; what its effects lead to, and what led to it, belongs to the group."""
    numbers = np.full(evidence.size, -1)
    numbers[activations] = np.arange(len(activations))
    nothing = np.zeros(0, np.int64)
    parts = []
    for rows in others:
        down_groups, down_rows = _ancestors(evidence, rows, numbers)
        ordinals = np.full(evidence.size, -1)
        ordinals[rows] = np.arange(len(rows))
        up_places, up_rows = _ancestors(evidence, activations, ordinals)
        found = np.concatenate([down_rows, rows[up_places]]), np.concatenate([down_groups, numbers[up_rows]])
        parts.append(Part(found[0], found[1], nothing))
    return Part(activations, np.arange(len(activations)), nothing), parts


def _ancestors(evidence: Evidence, rows: Ints, numbers: Ints) -> tuple[Ints, Ints]:
    """(number of an ancestor, row) for every ancestor of `rows` that has a number."""
    cause = causes(evidence)
    start, here = rows, cause[rows]
    found_numbers, found_rows = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    while len(here):
        on = here >= 0
        start, here = start[on], here[on]
        hit = numbers[here] >= 0
        found_numbers.append(numbers[here[hit]])
        found_rows.append(start[hit])
        here = cause[here]
    return np.concatenate(found_numbers), np.concatenate(found_rows)


def causes(evidence: Evidence) -> Ints:
    """The row that caused each row, -1 for none. Rows whose causes run in a circle are taken to have none."""

    def compute() -> Ints:
        cause = evidence.log.cause
        far = cause.copy()
        for _ in range(max(evidence.size, 1).bit_length()):
            far = np.where(far >= 0, far[far], -1)
        return np.where(far >= 0, -1, cause)

    return evidence.once("causes", compute)


def roots(evidence: Evidence) -> Ints:
    """The row at the beginning of each row's chain of causes: itself where nothing caused it."""

    def compute() -> Ints:
        cause = causes(evidence)
        root = np.where(cause >= 0, cause, np.arange(evidence.size))
        for _ in range(max(evidence.size, 1).bit_length()):
            root = root[root]
        return root

    return evidence.once("roots", compute)


def case_text(evidence: Evidence, names: Sequence[str], row: int) -> str:
    """The correlation key of a row as text."""
    if tuple(names) == ("cause",):
        return evidence.log.rows[row].id
    values = (evidence.field(name).at(row) for name in names)
    return ", ".join("" if value is None else str(value) for value in values)
