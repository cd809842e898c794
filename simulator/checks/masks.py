"""Conditions over whole columns: for which rows one holds, and for which that is unknown.

The logic is that of `simulator.model.evaluation`, which asks one row at a time: a test of something unknown is unknown.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from simulator.checks.evidence import WORDY, Evidence, coins, column_of, take
from simulator.checks.joins import Objects, recode
from simulator.model.conditions import (
    And,
    Birthday,
    Comparison,
    Condition,
    Contains,
    Known,
    Literal,
    Membership,
    Name,
    Not,
    Now,
    Operand,
    Or,
    Pattern,
    Today,
)
from simulator.model.log import Column, Ints, Mask
from simulator.words.clock import next_anniversary
from simulator.words.vocabulary import DATE, INSTANT, FieldType

ANY = "any"
_RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Answer:
    """Per row: does the condition hold, or is that unknown. Never both."""

    holds: Mask
    unknown: Mask


@dataclass(frozen=True)
class Matches:
    """The rows that match a pattern, and those of its event for which it is unknown whether they do."""

    rows: Ints
    unknown: Ints


def match(evidence: Evidence, pattern: Pattern) -> Matches:
    """Find the rows of a pattern."""

    def compute() -> Matches:
        rows = evidence.named(pattern.event)
        if pattern.condition is None:
            return Matches(rows, np.zeros(0, np.int64))
        answer = ask(evidence, pattern.condition, rows)
        return Matches(rows[answer.holds], rows[answer.unknown])

    return evidence.once(("pattern", pattern), compute)


def ask(evidence: Evidence, condition: Condition, rows: Ints) -> Answer:
    """Judge a condition at each of `rows`, objects as of that row."""
    return Reading(evidence, rows).answer(condition)


class Reading:
    """Reads the names of a condition at `rows` of the log, objects as of each row."""

    def __init__(self, evidence: Evidence, rows: Ints) -> None:
        self.evidence = evidence
        self.rows = rows
        self.objects = Objects(evidence)
        self._columns: dict[tuple[Operand, str | None], Column] = {}

    def answer(self, condition: Condition) -> Answer:
        """Judge a condition at each row."""
        match condition:
            case And(items):
                answers = [self.answer(item) for item in items]
                refused = np.any([~answer.holds & ~answer.unknown for answer in answers], axis=0)
                holds = np.all([answer.holds for answer in answers], axis=0)
                return Answer(holds, ~holds & ~refused)
            case Or(items):
                return _any([self.answer(item) for item in items])
            case Not(item):
                inner = self.answer(item)
                return Answer(~inner.holds & ~inner.unknown, inner.unknown)
            case Comparison(left, op, right):
                return self._comparison(left, op, right)
            case Membership(left, options):
                return _any([self._comparison(left, "=", option) for option in options])
            case Known(left, known):
                there = np.any([self.column(left, system).known for system in self.systems(left)], axis=0)
                return Answer(there if known else ~there, np.zeros(len(self.rows), np.bool_))
            case Contains(left, text):
                return self._over(left, lambda column: _containing(column, text))

    def systems(self, operand: Operand) -> list[str | None]:
        """Whom to ask: None for the truth, one system, or each of them for `per any`."""
        if not isinstance(operand, Name) or operand.per != ANY:
            return [operand.per if isinstance(operand, Name) else None]
        return list(self.evidence.scenario.organisation.systems)

    def _over(self, left: Operand, test: Callable[[Column], Answer]) -> Answer:
        """Test what each system holds: one that satisfies is enough, and one that knows nothing has no say."""
        answers = [test(self.column(left, system)) for system in self.systems(left)]
        holds = np.any([answer.holds for answer in answers], axis=0)
        return Answer(holds, np.all([answer.unknown for answer in answers], axis=0))

    def _comparison(self, left: Operand, op: str, right: Operand) -> Answer:
        def with_right(column: Column) -> Answer:
            return self._over(right, lambda other: compare(column, op, other))

        return self._over(left, with_right)

    def column(self, operand: Operand, system: str | None) -> Column:
        """The values of an operand at the rows, computed once."""
        if (operand, system) not in self._columns:
            self._columns[operand, system] = self._compute(operand, system)
        return self._columns[operand, system]

    def _compute(self, operand: Operand, system: str | None) -> Column:
        match operand:
            case Literal(value, kind):
                # One value for all rows: they all take row 0 of a column of one.
                word = "text" if kind == "word" else kind
                return take(column_of(FieldType(word), [value]), np.zeros(len(self.rows), np.int64))
            case Name(parts):
                return self._named(parts, system)
            case Now(duration, sign):
                times = self.evidence.shifted(self.evidence.time[self.rows], self.rows, duration, sign)
                return Column(INSTANT, times, np.ones(len(times), np.bool_))
            case Birthday():
                return self._birthdays()
            case Today(duration, sign):
                days_of_rows = self.evidence.moved_days(self.evidence.local_days[self.rows], duration, sign)
                return Column(DATE, days_of_rows, np.ones(len(days_of_rows), np.bool_))

    def _named(self, parts: tuple[str, ...], system: str | None) -> Column:
        kinds = self.objects.kinds
        if parts[0] == "activation":
            parts = parts[1:]
        elif len(parts) > 1 and (parts[0] in kinds or parts[0] == "campaign"):
            return self.objects.column(parts, system, self.rows, self.rows)
        own = take(self.evidence.field(parts[0]), self.rows)
        return self.objects.along(own, list(parts[1:]))

    def _birthdays(self) -> Column:
        born = self.objects.column(("customer", "birth_date"), None, self.rows, self.rows)
        pairs = np.stack([born.values, self.evidence.local_days[self.rows]])
        found, where = np.unique(pairs, axis=1, return_inverse=True)
        leap_day = self.evidence.scenario.organisation.calendar.leap_day
        epoch = date(1970, 1, 1).toordinal()
        next_days = [
            next_anniversary(date.fromordinal(epoch + int(birth)), date.fromordinal(epoch + int(day)), leap_day)
            for birth, day in found.T
        ]
        values = np.array([day.toordinal() - epoch for day in next_days], dtype=np.int64)
        return Column(DATE, values[where.reshape(-1)], born.known)


def _any(answers: list[Answer]) -> Answer:
    holds = np.any([answer.holds for answer in answers], axis=0)
    return Answer(holds, ~holds & np.any([answer.unknown for answer in answers], axis=0))


def _containing(column: Column, text: str) -> Answer:
    table = np.array([text in word for word in column.categories] + [False], dtype=np.bool_)
    return Answer(column.known & table[column.values], ~column.known)


def _family(column: Column) -> str:
    kind = column.type.kind
    return "word" if kind in WORDY else "number" if kind in ("number", "percent") else kind


def compare(left: Column, op: str, right: Column) -> Answer:
    """Compare two columns row by row; values of two kinds, or amounts in two currencies, cannot be compared."""
    known = left.known & right.known
    if _family(left) != _family(right):
        return Answer(np.zeros(len(known), np.bool_), np.ones(len(known), np.bool_))
    first, second = left.values, right.values
    if _family(left) == "word":
        words = tuple(sorted({*left.categories, *right.categories}))
        first, second = recode(left, words), recode(right, words)
    if left.currency is not None and right.currency is not None:
        names = tuple(sorted({*left.currencies, *right.currencies}))
        known = known & (coins(left, names) == coins(right, names))
    holds = known & _RELATIONS[op](first, second)
    return Answer(holds, ~known)
