"""Random logs, and a small scenario to judge them against: three people, four systems, orders that are promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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
class House:
    """The organisation."""

    automation: str = "esp"
    systems: tuple[str, ...] = ("crm", "dealer", "helpdesk", "esp")
    calendar: Almanac = Almanac()
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


def log_of(rows: Sequence[Event], end: int) -> EventLog:
    """A log of these rows; those without a number get one."""
    copies = [replace(row, data=dict(row.data)) for row in rows]
    return EventLog(copies, {**FIELDS, **OWN_FIELDS}, START, end)


# Instants are few, so that rows meet at one instant, at the edge of a window, and on the days the clocks change.
_HOT = (0, HOUR, 2 * HOUR, 8 * HOUR, 24 * HOUR, 25 * HOUR, 26 * HOUR, 48 * HOUR, 49 * HOUR, 72 * HOUR, 8 * DAY, 9 * DAY)
instants = st.one_of(
    st.builds(lambda hot, nudge: START + max(hot + nudge, 0), st.sampled_from(_HOT), st.sampled_from((0, 0, 0, 1, -1))),
    st.builds(lambda minute: START + minute * 60_000, st.integers(0, 9 * 24 * 60)),
)

_NAMES = (
    "Order Promised", "Order Promised", "Order Handed Over", "Order Handed Over", "Delivery Rescheduled",
    "Complaint Raised", "Complaint Closed", "Fact Arrived", "Profile Updated", "Message Sent",
)  # fmt: skip

_data = st.fixed_dictionaries(
    {},
    optional={
        "order_id": st.sampled_from(("o-1", "o-2")),
        "other_id": st.sampled_from(("o-1", "o-2")),
        "channel": st.sampled_from(("email", "sms")),
        "size": st.sampled_from((1, 2, 3)),
        "price": st.sampled_from((Money(14900, "EUR"), Money(41100, "EUR"), Money(14900, "PLN"))),
        "promised_at": instants,
        "address": st.sampled_from(("a@example.org", "b@example.org")),
        "fact": st.sampled_from(("Order Promised", "Message Sent", "Profile Updated")),
        "birth_date": st.sampled_from(("1990-10-27", "1992-02-29")),
    },
)

_full = st.builds(lambda data, rest: {**rest, **data}, _data, st.fixed_dictionaries({
    "order_id": st.sampled_from(("o-1", "o-1", "o-2")), "promised_at": instants, "size": st.sampled_from((2, 1)),
    "channel": st.sampled_from(("email", "email", "sms")), "other_id": st.sampled_from(("o-1", "o-2")),
}))  # fmt: skip


@st.composite
def events(draw: st.DrawFn, names: Sequence[str] = _NAMES, most: int = 12) -> list[Event]:
    """Rows in the order of a log, numbered, each perhaps caused by any other."""
    times = draw(st.lists(instants, min_size=draw(st.integers(0, 8)), max_size=most))
    rows = [
        Event(
            time=time,
            name=draw(st.sampled_from(names)),
            person=draw(st.sampled_from(("anna", "anna", "anna", "anna", "bob", "cem", ""))),
            profile=draw(st.sampled_from(("", "p-1", "p-2"))),
            system=draw(st.sampled_from(House().systems)),
            data=draw(st.one_of(_full, _full, _data)),
        )
        for time in times
    ]
    rows = list(log_of(rows, START).rows)
    for row in rows:
        if draw(st.booleans()):
            row.cause = draw(st.sampled_from(rows)).id
    return rows


@st.composite
def logs(draw: st.DrawFn, names: Sequence[str] = _NAMES, most: int = 12) -> EventLog:
    """A whole log, which may end with its last row or long after."""
    rows = draw(events(names, most))
    last = max((row.time for row in rows), default=START)
    return log_of(rows, last + draw(st.sampled_from((0, HOUR, 24 * HOUR, 40 * DAY))))
