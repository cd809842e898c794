"""The log of a run beside its scenario, as the checks read it: columns by row, zones of rows, days of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from simulator.checks.local_time import step, to_wall
from simulator.checks.protocol import JudgedScenario
from simulator.model.log import Column, EventLog, Ints, Mask, days
from simulator.words.calendars import holidays
from simulator.words.clock import DAY, Duration, move
from simulator.words.errors import ExpressionError, did_you_mean
from simulator.words.vocabulary import ID, FieldType, Money, Value

T = TypeVar("T")

ARRIVED, LOST = "Fact Arrived", "Fact Lost"

WORDY = ("text", "id", "choice", "place")
"""Kinds whose column holds codes into `categories`."""

_SAID_NOT_TRUE = ("Goal Reached", "Split Taken", "Command Issued", "Fault Began", "Fault Ended", "Profiles Linked",
                   "Journeys Published")  # fmt: skip

ROWS = np.zeros(0, np.int64)


def states_nothing(event: str) -> bool:
    """True for events that only repeat what somebody believes: what a mail says of an order is no fact about it."""
    return event.startswith(("Message ", "Journey ")) or event in _SAID_NOT_TRUE


def column_of(kind: FieldType, values: Sequence[Value | None]) -> Column:
    """A column of plain values, in the form that `EventLog.field` gives."""
    size = len(values)
    known = np.fromiter((value is not None for value in values), np.bool_, size)
    if kind.kind in WORDY:
        words = tuple(sorted({str(value) for value in values if value is not None}))
        codes = {word: code for code, word in enumerate(words)}
        return Column(kind, np.fromiter((codes.get(str(value), -1) for value in values), np.int64, size), known, words)
    if kind.kind == "money":
        amounts = [value if isinstance(value, Money) else Money(0, "") for value in values]
        currencies = tuple(sorted({amount.currency for amount in amounts}))
        return Column(
            kind,
            np.fromiter((amount.cents for amount in amounts), np.int64, size),
            known,
            currency=np.fromiter((currencies.index(amount.currency) for amount in amounts), np.int64, size),
            currencies=currencies,
        )
    if kind.kind == "date":
        numbers = (0 if value is None else days(str(value)) for value in values)
        return Column(kind, np.fromiter(numbers, np.int64, size), known)
    dtype: Any = np.float64 if kind.kind in ("number", "percent") else np.int64
    return Column(kind, np.array([0 if value is None else value for value in values], dtype=dtype), known)


def take(column: Column, rows: Ints) -> Column:
    """The column at these rows; a row of -1 is unknown."""
    if not len(column.values):
        rows, column = np.full(len(rows), -1), column_of(column.type, [None])
    at = np.maximum(rows, 0)
    currency = None if column.currency is None else column.currency[at]
    return replace(column, values=column.values[at], known=column.known[at] & (rows >= 0), currency=currency)


def coins(column: Column, names: Sequence[str]) -> Ints:
    """The currency of each row of a money column, as a code into `names`."""
    codes = np.array([names.index(name) for name in column.currencies] or [0], dtype=np.int64)
    return codes[column.currency]


class Evidence:
    """A log and its scenario. Arrays are indexed by row of the log; whatever is asked twice is computed once."""

    def __init__(self, log: EventLog, scenario: JudgedScenario) -> None:
        self.log = log
        self.scenario = scenario
        self.size = len(log)
        self.time = log.time
        self.granularity_ms = log.granularity_ms
        self._computed: dict[object, Any] = {}

    def for_others(self) -> Evidence:
        """The same rows, for a rule about what others do: they keep exact time, whatever the backend does."""
        exact = copy(self)
        exact.granularity_ms = 0
        return exact

    def allowed(self, deadlines: Ints) -> Ints:
        """The instants up to which what was due by `deadlines` counts as in time: later by the backend's granularity.

        Whatever has a deadline asks this, and nothing else does: what is forbidden at a time stays forbidden then.
        """
        return deadlines + self.granularity_ms

    def once(self, key: object, compute: Callable[[], T]) -> T:
        """The value computed for this key the first time it was asked for."""
        if key not in self._computed:
            self._computed[key] = compute()
        found: T = self._computed[key]
        return found

    # -- columns

    def field(self, name: str) -> Column:
        """The column of a field of events, or of what each row has: `person`, `profile`, `system`."""
        if name in ("person", "profile", "system"):
            return self.once(("row", name), lambda: self._of_row(name))
        try:
            return self.log.field(name)
        except KeyError:
            hint = did_you_mean(name, sorted(self.log.fields))
            raise ExpressionError(f"unknown field '{name}'{hint}. Declare it in the organisation.") from None

    def _of_row(self, name: str) -> Column:
        codes, words = getattr(self.log, name)
        return Column(ID, codes, codes != (words.index("") if "" in words else -1), words)

    def named(self, event: str) -> Ints:
        """The rows of events of this name."""

        def rows() -> Ints:
            codes, words = self.log.name
            return np.flatnonzero(codes == words.index(event)) if event in words else ROWS

        return self.once(("named", event), rows)

    def _where_name(self, test: Callable[[str], bool]) -> Mask:
        codes, words = self.log.name
        found: Mask = np.fromiter((test(word) for word in words), np.bool_, len(words))[codes]
        return found

    @cached_property
    def facts(self) -> Mask:
        """Rows that say what is true: births of facts."""
        return self._where_name(lambda name: name not in (ARRIVED, LOST) and not states_nothing(name))

    @cached_property
    def heard(self) -> Mask:
        """Rows by which a system holds something: births of facts there, and facts that arrived there."""
        told = self.field("fact")
        empty = np.fromiter((states_nothing(word) for word in told.categories), np.bool_, len(told.categories))
        said = np.zeros(self.size, np.bool_)
        said[told.known] = empty[told.values[told.known]]
        return self.facts | (self._where_name(lambda name: name == ARRIVED) & ~said)

    def rows_of_system(self, system: str) -> Mask:
        """Rows born or arrived in a system."""
        column = self.field("system")
        rows: Mask = column.known & (column.values == column.code(system))
        return rows

    # -- people, zones, days

    @cached_property
    def zone_names(self) -> tuple[str, ...]:
        """The zones of people and of the organisation, sorted."""
        names = {self.scenario.zone, *(person.zone for person in self.scenario.people.values())}
        return tuple(sorted(names))

    def zone_of_person(self, person: str) -> str:
        """The zone of a human being; the organisation's where nobody is spoken of."""
        known = self.scenario.people.get(person)
        return self.scenario.zone if known is None else known.zone

    @cached_property
    def zones(self) -> Ints:
        """The code (into `zone_names`) of each row's zone: its person's."""
        codes, people = self.log.person
        of_person = [self.zone_names.index(self.zone_of_person(person)) for person in people]
        return np.array(of_person, dtype=np.int64)[codes] if people else ROWS

    @cached_property
    def walls(self) -> Ints:
        """What the wall clock of each row's person shows."""
        shown = np.zeros(self.size, np.int64)
        for code, rows in self.by_zone(self.zones):
            shown[rows] = to_wall(self.zone_names[code], self.time[rows])
        return shown

    @cached_property
    def local_days(self) -> Ints:
        """The local day of each row, in days since 1970-01-01."""
        return self.walls // DAY

    def by_zone(self, zones: Ints) -> Iterable[tuple[int, Ints]]:
        """Each zone code that occurs, with the positions at which it does."""
        for code in np.unique(zones):
            yield int(code), np.flatnonzero(zones == code)

    def shifted(self, times: Ints, rows: Ints, duration: Duration | None, sign: int = 1) -> Ints:
        """Instants moved by a duration, along the calendar of the person of each of `rows`."""
        if duration is None or not duration.is_calendar:
            return times if duration is None else times + sign * duration.ms
        rest = holidays(self.scenario.organisation.calendar.country) if duration.working_days else None
        moved = times.copy()
        zones = self.zones[rows]
        for code, at in self.by_zone(zones):
            moved[at] = step(self.zone_names[code], times[at], duration, rest, sign)
        return moved

    def moved_days(self, days: Ints, duration: Duration | None, sign: int = 1) -> Ints:
        """Days since 1970-01-01, moved by the calendar part of a duration."""
        if duration is None:
            return days
        epoch = date(1970, 1, 1).toordinal()
        rest = holidays(self.scenario.organisation.calendar.country) if duration.working_days else None
        found, where = np.unique(days, return_inverse=True)
        moved = [move(date.fromordinal(epoch + int(day)), duration, rest, sign).toordinal() - epoch for day in found]
        return np.array(moved, dtype=np.int64)[where.reshape(-1)]

    def person_at(self, row: int) -> str:
        """The human being a row speaks of, empty for none."""
        return self.log.rows[row].person if row >= 0 else ""

    # -- rows in time

    def from_time(self, times: Ints) -> Ints:
        """The first row at or after each instant (the size of the log where there is none)."""
        return np.searchsorted(self.time, times, "left")

    def past_time(self, times: Ints) -> Ints:
        """The first row later than each instant."""
        return np.searchsorted(self.time, times, "right")
