"""Random logs, and a small scenario to judge them against: three people, four systems, orders that are promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from hypothesis import strategies as st

from simulator.model.log import Event, EventLog
from simulator.model.moments import PlaceHours
from simulator.model.rules import CHECK_MODELS, Rule, State
from simulator.model.typing import CHECK, EXPECTATION, Dictionary, ObjectType, check_condition, check_pattern
from simulator.words.vocabulary import DATE, EVENTS, FIELDS, ID, INSTANT, MONEY, NUMBER, FieldType, Money, Value

START = 1_761_350_400_000
"""Saturday 25 October 2025, 00:00 UTC: clocks change in Europe in the night that follows, in New York a week later."""

HOUR, DAY = 3_600_000, 86_400_000

OWN_FIELDS: dict[str, FieldType] = {
    "order_id": ID,
    "other_id": ID,
    "size": NUMBER,
    "price": MONEY,
    "promised_at": INSTANT,
    "birth_date": DATE,
    "lot": ID,
}


@dataclass(frozen=True)
class Someone:
    """A human being of the small scenario."""

    name: str
    zone: str
    fields: Mapping[str, Value]


@dataclass(frozen=True)
class Road:
    """A link between two systems."""

    carries: str | Sequence[str] = "all"


@dataclass(frozen=True)
class Shop:
    """A place."""

    name: str
    sign: str | None = None


@dataclass(frozen=True)
class Almanac:
    """Country and leap day."""

    country: str | None = "FR"
    leap_day: str = "28 February"


@dataclass(frozen=True)
class Decision:
    """What a desk does."""

    then: str | None
    else_: str | None = None


@dataclass(frozen=True)
class Desk:
    """Somebody who decides."""

    system: str
    decides: Mapping[str, Decision]


@dataclass(frozen=True)
class Home:
    """An event of the organisation's own."""

    home: str | None


@dataclass(frozen=True)
class House:
    """The organisation."""

    automation: str = "esp"
    systems: tuple[str, ...] = ("crm", "dealer", "helpdesk", "esp")
    calendar: Almanac = Almanac()
    desks: Mapping[str, Desk] = field(default_factory=dict)
    events: Mapping[str, Home] = field(default_factory=dict)
    places: Mapping[str, Shop] = field(default_factory=lambda: {"dealer-7": Shop("Ambrostore", "Mocauto")})


PEOPLE: dict[str, Someone] = {
    "anna": Someone("Anna Bianchi", "Europe/Paris", {"birth_date": "1988-10-26", "size": 1}),
    "bob": Someone("Bob Kahn", "America/New_York", {"birth_date": "1992-02-29"}),
    "cem": Someone("Cem Rai", "Asia/Kathmandu", {}),
}

WORDS = Dictionary(
    fields={**FIELDS, **OWN_FIELDS},
    objects={
        "customer": ObjectType("person", "crm", {"birth_date": DATE, "size": NUMBER}),
        "order": ObjectType("order_id", "crm", {"size": NUMBER, "promised_at": INSTANT, "price": MONEY}),
    },
    events=frozenset(EVENTS),
    systems=frozenset(House().systems),
    zone="Europe/Paris",
)


@dataclass(frozen=True)
class Bench:
    """A scenario as the checks ask for it."""

    checks: Mapping[str, Rule] = field(default_factory=dict)
    states: Mapping[str, State] = field(default_factory=dict)
    people: Mapping[str, Someone] = field(default_factory=lambda: PEOPLE)
    links: Mapping[tuple[str, str], Road] = field(default_factory=lambda: {("crm", "esp"): Road()})
    campaigns: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    check_places: Mapping[str, str] = field(default_factory=dict)
    organisation: House = House()
    dictionary: Dictionary = WORDS
    start: int = START
    zone: str = "Europe/Paris"
    places: Mapping[str, PlaceHours] = field(default_factory=dict)

    def hours(self, place: str) -> PlaceHours | None:
        """Opening hours."""
        return self.places.get(place)


def typed_rule(spec: Mapping[str, Any], words: Dictionary = WORDS) -> Rule:
    """A check as its author writes it, read and typed as the loader does."""
    rule = CHECK_MODELS[next(iter(spec))].model_validate(dict(spec))
    changes: dict[str, Any] = {}
    for name in type(rule).model_fields:
        value = getattr(rule, name)
        if name in ("activation", "target", "unless", "unless_before", "until") and value is not None:
            changes[name], problems = check_pattern(value, words, CHECK)
        elif name == "through":
            typed = [check_pattern(stage, words, CHECK) for stage in value]
            changes[name], problems = [stage for stage, _ in typed], [p for _, found in typed for p in found]
        elif name == "expect":
            changes[name], problems = check_condition(value, words, EXPECTATION)
        else:
            problems = []
        assert not problems, problems
    return rule.model_copy(update=changes)


def bench(spec: Mapping[str, Any], states: Mapping[str, Mapping[str, Any]] | None = None) -> Bench:
    """A scenario with one check, `rule`."""
    made = {name: State.model_validate(dict(state)) for name, state in (states or {}).items()}
    return Bench(checks={"rule": typed_rule(spec)}, states=made)


def log_of(rows: Sequence[Event], end: int, granularity_ms: int = 0) -> EventLog:
    """A log of these rows; those without a number get one."""
    copies = [replace(row, data=dict(row.data)) for row in rows]
    return EventLog(
        copies,
        {**FIELDS, **OWN_FIELDS},
        START,
        end,
        granularity_ms=granularity_ms,
        backend="coarse" * bool(granularity_ms),
    )


# Instants are few, so that rows meet at one instant, at the edge of a window, and on the days the clocks change.
_HOT = (0, HOUR, 2 * HOUR, 8 * HOUR, 24 * HOUR, 25 * HOUR, 26 * HOUR, 48 * HOUR, 49 * HOUR, 72 * HOUR, 8 * DAY, 9 * DAY)
_TIMES = (
    *(START + hot for hot in _HOT * 4),
    *(START + hot + 1 for hot in _HOT[:6]),
    *(START + hot - 1 for hot in _HOT[1:7]),
    *(START + minutes * 60_000 for minutes in range(0, 9 * 24 * 60, 433)),
)
instants = st.sampled_from(_TIMES)

NAMES = (
    "Order Promised", "Order Promised", "Order Handed Over", "Order Handed Over", "Delivery Rescheduled",
    "Complaint Raised", "Complaint Closed", "Fact Arrived", "Profile Updated", "Message Sent",
)  # fmt: skip

_PERSONS = ("anna", "anna", "anna", "anna", "bob", "cem", "")
_CHOICES: Mapping[str, tuple[Value | None, ...]] = {
    "order_id": ("o-1", "o-1", "o-1", "o-2", None),
    "size": (2, 1, 1, 3, None),
    "channel": ("email", "email", "sms", None),
    "other_id": ("o-1", "o-2", None),
    "price": (None, None, Money(14900, "EUR"), Money(41100, "EUR"), Money(14900, "PLN")),
    "address": (None, "a@example.org", "b@example.org"),
    "fact": ("Order Promised", None, "Message Sent", "Profile Updated"),
    "birth_date": (None, None, None, "1990-10-27", "1992-02-29"),
}
_PROFILES = ("", "p-1", "p-2")
_SYSTEMS = ("crm", "dealer", "crm", "dealer", "helpdesk", "esp")
_KINDS = len(_PERSONS) * len(_PROFILES) * len(_SYSTEMS)
_VALUES = prod(len(options) for options in _CHOICES.values())
# One number stands for all that a row says: it is drawn twenty times faster than its parts.
_rows = st.tuples(instants, st.integers(0, _KINDS - 1), st.integers(0, _VALUES - 1), st.none() | instants)


def _row(name: str, time: int, kind: int, value: int, promised_at: int | None) -> Event:
    data: dict[str, Value] = {} if promised_at is None else {"promised_at": promised_at}
    for key, options in _CHOICES.items():
        value, place = divmod(value, len(options))
        if (chosen := options[place]) is not None:
            data[key] = chosen
    kind, person = divmod(kind, len(_PERSONS))
    system, profile = divmod(kind, len(_PROFILES))
    return Event(time, name, _PERSONS[person], _PROFILES[profile], _SYSTEMS[system], "", data)


@st.composite
def logs(draw: st.DrawFn, names: Sequence[str] = NAMES, most: int = 12) -> EventLog:
    """A whole log, each row perhaps caused by any other, which ends with its last row or long after."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(names), _rows), min_size=draw(st.integers(0, 9)), max_size=most))
    rows = log_of([_row(name, *row) for name, row in drawn], START).rows
    for row, cause in zip(rows, draw(st.lists(st.integers(0, 2 * most), max_size=len(rows))), strict=False):
        row.cause = rows[cause].id if cause < len(rows) else ""
    last = max((row.time for row in rows), default=START)
    return log_of(rows, last + draw(st.sampled_from((0, HOUR, 24 * HOUR, 40 * DAY))))
