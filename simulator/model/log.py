"""The event log: everything that crossed a border during a run, once, in canonical order.

Rows are `Event`s ordered by (time, person, number). `EventLog` turns them into NumPy columns the first time a column
is asked for; checks work on those columns alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.words.vocabulary import FIELDS, FieldType, Money, Value

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(slots=True)
class Event:
    """One row: what happened (`name`), when (ms UTC), to which human (`person`, empty for the organisation).

    `profile` is the row of a system that the event speaks of, `system` where the event was born or arrived,
    `cause` the id of the event that led to it. `number` counts a person's events from 0 and is set by the log.
    """

    time: int
    name: str
    person: str = ""
    profile: str = ""
    system: str = ""
    cause: str = ""
    data: dict[str, Value] = field(default_factory=dict)
    number: int = -1

    def __reduce__(self) -> tuple[type[Event], tuple[object, ...]]:
        # Workers send their rows home: this halves what the standard way of pickling a slotted class takes.
        told = (self.time, self.name, self.person, self.profile, self.system, self.cause, self.data, self.number)
        return Event, told

    @property
    def id(self) -> str:
        """`person/number`: the same whoever else takes part in the run."""
        return f"{self.person}/{self.number}"


@dataclass(frozen=True)
class Column:
    """One field over all rows. `values[i]` counts only where `known[i]`.

    Text, ids, choices and places are codes into `categories` (sorted); a date is days since 1970-01-01; an instant is
    ms UTC; money is cents, its currency in `currency` as codes into `currencies`; a flag is 0 or 1; numbers are floats.
    """

    type: FieldType
    values: NDArray[Any]
    known: Mask
    categories: tuple[str, ...] = ()
    currency: NDArray[Any] | None = None
    currencies: tuple[str, ...] = ()

    def code(self, word: str) -> int:
        """The code of `word`, or -1 when no row has it."""
        return self.categories.index(word) if word in self.categories else -1

    def at(self, row: int) -> Value | None:
        """The value of one row as it stands in an event, None when the row has none."""
        if not self.known[row]:
            return None
        value = self.values[row]
        match self.type.kind:
            case "text" | "id" | "choice" | "place":
                return self.categories[int(value)]
            case "date":
                return date.fromordinal(int(value) + _EPOCH_DAY).isoformat()
            case "instant":
                return int(value)
            case "money":
                assert self.currency is not None
                return Money(int(value), self.currencies[int(self.currency[row])])
            case "flag":
                return bool(value)
            case _:
                return float(value)


def days(day: str) -> int:
    """Days from 1970-01-01 to an ISO date, the form in which a date column holds it."""
    return date.fromisoformat(day).toordinal() - _EPOCH_DAY


class EventLog:
    """The log of one run. `fields` types every field that events may carry (rows with others are refused).

    `start` and `end` are the first and the last instant (ms UTC) that the run covered: [start, end]. `granularity_ms`
    is how exactly the backend of that name kept time: a duty that it met so much too late counts as met.
    """

    def __init__(
        self,
        events: Iterable[Event],
        fields: Mapping[str, FieldType],
        start: int,
        end: int,
        *,
        numbered: bool = False,
        granularity_ms: int = 0,
        backend: str = "",
    ) -> None:
        rows = list(events)
        if not numbered:
            counts: dict[str, int] = {}
            for row in rows:
                row.number = counts.get(row.person, 0)
                counts[row.person] = row.number + 1
        rows.sort(key=lambda row: (row.time, row.person, row.number))
        self.rows: Sequence[Event] = rows
        self.fields: dict[str, FieldType] = {**FIELDS, **fields}
        self.start = start
        self.end = end
        self.granularity_ms = granularity_ms
        self.backend = backend

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.rows)

    @cached_property
    def time(self) -> Ints:
        """ms UTC of each row, never falling."""
        return np.fromiter((row.time for row in self.rows), np.int64, len(self.rows))

    def _codes(self, words: list[str]) -> tuple[Ints, tuple[str, ...]]:
        categories = tuple(sorted(set(words)))
        index = {word: code for code, word in enumerate(categories)}
        return np.fromiter((index[word] for word in words), np.int64, len(words)), categories

    @cached_property
    def name(self) -> tuple[Ints, tuple[str, ...]]:
        """Codes of event names, and the names."""
        return self._codes([row.name for row in self.rows])

    @cached_property
    def person(self) -> tuple[Ints, tuple[str, ...]]:
        """Codes of human beings ('' for the organisation), and their ids."""
        return self._codes([row.person for row in self.rows])

    @cached_property
    def profile(self) -> tuple[Ints, tuple[str, ...]]:
        """Codes of profile rows ('' where none is spoken of), and their ids."""
        return self._codes([row.profile for row in self.rows])

    @cached_property
    def system(self) -> tuple[Ints, tuple[str, ...]]:
        """Codes of systems ('' for the world outside), and their names."""
        return self._codes([row.system for row in self.rows])

    @cached_property
    def index(self) -> dict[str, int]:
        """The row of each event id."""
        return {row.id: position for position, row in enumerate(self.rows)}

    @cached_property
    def cause(self) -> Ints:
        """The row that caused each row, or -1."""
        index = self.index
        return np.fromiter((index.get(row.cause, -1) for row in self.rows), np.int64, len(self.rows))

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return {}

    def field(self, name: str) -> Column:
        """The column of a declared field; KeyError for one that nobody declared."""
        if name not in self._columns:
            rows, values = self._cells.get(name, ([], []))
            self._columns[name] = self._column(self.fields[name], np.array(rows, np.int64), values)
        return self._columns[name]

    @cached_property
    def _cells(self) -> dict[str, tuple[list[int], list[Value]]]:
        """The rows that carry each field, and what they carry: one walk over the log for all columns."""
        cells: dict[str, tuple[list[int], list[Value]]] = {}
        for position, row in enumerate(self.rows):
            for name, value in row.data.items():
                if name not in cells:
                    cells[name] = ([], [])
                rows, values = cells[name]
                rows.append(position)
                values.append(value)
        return cells

    def _column(self, kind: FieldType, rows: Ints, values: list[Value]) -> Column:
        known = np.zeros(len(self), np.bool_)
        known[rows] = True

        def spread(found: Iterable[Any], dtype: Any, absent: int) -> NDArray[Any]:
            column = np.full(len(self), absent, dtype)
            column[rows] = np.fromiter(found, dtype, len(values))
            return column

        if kind.kind in ("text", "id", "choice", "place"):
            words = [str(value) for value in values]
            categories = tuple(sorted(set(words)))
            index = {word: code for code, word in enumerate(categories)}
            return Column(kind, spread((index[word] for word in words), np.int64, -1), known, categories)
        if kind.kind == "money":
            money = [value for value in values if isinstance(value, Money)]
            currencies = tuple(sorted({item.currency for item in money}))
            position = {word: code for code, word in enumerate(currencies)}
            cents = spread((item.cents for item in money), np.int64, 0)
            coins = spread((position[item.currency] for item in money), np.int64, 0)
            return Column(kind, cents, known, currency=coins, currencies=currencies)
        if kind.kind == "date":
            return Column(kind, spread((days(str(value)) for value in values), np.int64, 0), known)
        dtype: Any = np.float64 if kind.kind in ("number", "percent") else np.int64
        return Column(kind, spread(values, dtype, 0), known)
