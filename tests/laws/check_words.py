"""The words of random rules, for the oracle: what patterns, conditions, moments and durations mean, one function each.

Nothing of the project's own reading or arithmetic is used: clocks are those of `datetime` and `zoneinfo`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from simulator.model.log import Event
from simulator.words.vocabulary import Money
from tests.laws.logs import PEOPLE, START, Someone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)
HOLIDAYS = {date(2025, 11, 1), date(2025, 11, 11), date(2025, 12, 25), date(2026, 1, 1)}
ATTRIBUTES = {"order": "order_id", "customer": "person"}
OF_AUTOMATION = (
    *(f"Message {did}" for did in ("Sent", "Withheld", "Unrecognised", "Delivered", "Received", "Bounced")),
    *("Journey Entered", "Journey Not Entered", "Journey Exited", "Goal Reached", "Split Taken", "Command Issued"),
    "Coupon Granted",
)


def instant_of(wall: datetime, zone: ZoneInfo) -> int:
    """When a wall clock shows this: in a fold the first time, in a gap the first moment after it."""
    first, second = (((wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)) - EPOCH) // MS for fold in (0, 1))
    if wall_of(first, zone) == wall:
        return first
    low, high = second, first
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if wall_of(middle, zone) > wall else (middle, high)
    return high


def wall_of(instant: int, zone: ZoneInfo) -> datetime:
    """What a wall clock shows."""
    return (EPOCH + instant * MS).astimezone(zone).replace(tzinfo=None)


@dataclass
class World:
    """The rows of a log in their order, and the people."""

    rows: Sequence[Event]
    end: int
    people: dict[str, Someone]

    def each(self) -> range:
        return range(len(self.rows))

    def time(self, row: int) -> int:
        return self.rows[row].time

    def zone(self, row: int) -> ZoneInfo:
        person = self.people.get(self.rows[row].person)
        return ZoneInfo(person.zone if person else "Europe/Paris")

    def field(self, row: int, name: str) -> Any:
        """A field of a row, None if it has none; what every row has counts as missing where it is empty."""
        if name in ("person", "profile", "system"):
            return getattr(self.rows[row], name) or None
        return self.rows[row].data.get(name)

    def text(self, row: int, name: str) -> str:
        value = self.field(row, name)
        return "" if value is None else str(value)

    def chain(self, row: int) -> list[int]:
        """The rows that led to a row; none if they run in a circle."""
        numbers = {event.id: place for place, event in enumerate(self.rows)}
        found: list[int] = []
        here = row
        while self.rows[here].cause in numbers:
            here = numbers[self.rows[here].cause]
            if here in found or here == row:
                return []
            found.append(here)
        return found

    # -- what is true, and who holds what

    def is_fact(self, row: int) -> bool:
        return self.rows[row].name not in ("Fact Arrived", "Fact Lost", "Message Sent")

    def is_heard(self, row: int) -> bool:
        event = self.rows[row]
        return self.is_fact(row) or (event.name == "Fact Arrived" and event.data.get("fact") != "Message Sent")

    def updates_person(self, row: int) -> bool:
        event = self.rows[row]
        return event.name == "Profile Updated" or (
            event.name == "Fact Arrived" and event.data.get("fact") == "Profile Updated"
        )

    def object_of(self, kind: str, whose: int, when: int) -> Any:
        """The key of the object a row speaks of, as of another row."""
        name = ATTRIBUTES[kind]
        own = self.field(whose, name)
        if own is not None or kind == "customer" or not self.rows[whose].person:
            return own
        for row in range(when, -1, -1):
            if (
                self.is_fact(row)
                and self.rows[row].person == self.rows[whose].person
                and self.field(row, name) is not None
            ):
                return self.field(row, name)
        return None

    def held_rows(self, kind: str, name: str, key: Any, system: str | None) -> list[int]:
        """Rows that say a field of an object: facts, or what was born or arrived in a system."""
        return [
            row
            for row in self.each()
            if (self.is_fact(row) if system is None else self.is_heard(row) and self.rows[row].system == system)
            and (kind != "customer" or self.updates_person(row))
            and self.field(row, ATTRIBUTES[kind]) == key
            and self.field(row, name) is not None
        ]

    def value(self, kind: str, name: str, whose: int, when: int, system: str | None = None) -> Any:
        """A field of the object of `whose` as of the row `when`."""
        key = self.object_of(kind, whose, when)
        if key is None:
            return None
        rows = [row for row in self.held_rows(kind, name, key, system) if row <= when]
        if rows:
            return self.field(rows[-1], name)
        person = self.people.get(key) if kind == "customer" else None
        return person.fields.get(name) if person else None

    # -- clocks

    def today(self, row: int) -> date:
        return wall_of(self.time(row), self.zone(row)).date()

    def local(self, row: int, days: int, clock: str) -> int:
        """When the clock of a row's person shows a time, so many days from the row's day."""
        hours, minutes = clock.split(":")
        wall = datetime.combine(self.today(row) + timedelta(days=days), datetime.min.time())
        return instant_of(wall.replace(hour=int(hours), minute=int(minutes)), self.zone(row))

    def midnight(self, day: date, row: int) -> int:
        return instant_of(datetime.combine(day, datetime.min.time()), self.zone(row))

    def period_end(self, row: int, period: str) -> int:
        day = self.today(row)
        following = {
            "day": day + timedelta(days=1),
            "week": day + timedelta(days=7 - day.weekday()),
            "month": (day.replace(day=1) + timedelta(days=32)).replace(day=1),
            "year": day.replace(year=day.year + 1, month=1, day=1),
        }[period]
        return self.midnight(following, row)

    def birthday(self, row: int, when: int) -> date | None:
        born = self.value("customer", "birth_date", row, when)
        if born is None:
            return None
        birth, today = date.fromisoformat(born), self.today(row)
        for year in range(today.year, today.year + 9):
            leap = (birth.month, birth.day) == (2, 29)
            common = year % 4 != 0
            day = date(year, 2, 28) if leap and common else birth.replace(year=year)
            if day >= today:
                return day
        raise AssertionError("a birthday comes every year")

    @property
    def start(self) -> int:
        return START

    def instant_of_start(self, by: str) -> int:
        """A moment as of the start, for nobody in particular."""
        assert by == "start + 3 days"
        zone = ZoneInfo("Europe/Paris")
        return instant_of(wall_of(START, zone) + timedelta(days=3), zone)

    def start_plus(self, person: str, by: str) -> int:
        """The deadlines of an existence: as of the start of the scenario."""
        if by == "start + 3 days":
            zone = ZoneInfo(self.people[person].zone)
            return instant_of(wall_of(START, zone) + timedelta(days=3), zone)
        assert by == "start + 24 h"
        return START + 24 * 3_600_000


def later(world: World, instant: int, duration: str, row: int, sign: int = 1) -> int:
    """An instant moved by a duration along the calendar of a row's person."""
    number, unit = duration.split(" ", 1)
    count, unit = sign * int(number), unit.removesuffix("s") if unit != "ms" else unit
    if unit in ("ms", "min", "h"):
        return instant + count * {"ms": 1, "min": 60_000, "h": 3_600_000}[unit]
    zone = world.zone(row)
    wall = wall_of(instant, zone)
    if unit == "day":
        wall += timedelta(days=count)
    elif unit == "month":
        number_of = wall.year * 12 + wall.month - 1 + count
        year, month = divmod(number_of, 12)
        day = wall.day
        while True:
            try:
                wall = wall.replace(year=year, month=month + 1, day=day)
                break
            except ValueError:
                day -= 1
    else:
        assert unit == "working day"
        for _ in range(abs(count)):
            wall += timedelta(days=sign)
            while wall.weekday() >= 5 or wall.date() in HOLIDAYS:
                wall += timedelta(days=sign)
    return instant_of(wall, zone)


def _own(name: str) -> Callable[[World, int, int], Any]:
    return lambda world, row, when: world.field(row, name)


def _promised(shift: int = 0) -> Callable[[World, int, int], int | None]:
    def moment(world: World, row: int, when: int) -> int | None:
        value = world.value("order", "promised_at", row, when)
        return None if value is None else int(value) + shift

    return moment


def _birthday(days: int) -> Callable[[World, int, int], int | None]:
    def moment(world: World, row: int, when: int) -> int | None:
        day = world.birthday(row, when)
        return (
            None
            if day is None
            else later(world, world.midnight(day, row), f"{abs(days)} day", row, -1 if days < 0 else 1)
        )

    return moment


MOMENTS: dict[str, Callable[[World, int, int], int | None]] = {
    "activation.promised_at": _own("promised_at"),
    "order.promised_at": _promised(),
    "order.promised_at - 2 h": _promised(-7_200_000),
    "end of today": lambda world, row, when: world.midnight(world.today(row) + timedelta(days=1), row),
    "start of today": lambda world, row, when: world.midnight(world.today(row), row),
    "08:00 local on next day": lambda world, row, when: world.local(row, 1, "08:00"),
    "02:30 local on next day": lambda world, row, when: world.local(row, 1, "02:30"),
    "activation + 2 h": lambda world, row, when: world.time(row) + 7_200_000,
    "activation - 1 day": lambda world, row, when: later(world, world.time(row), "1 day", row, -1),
    "end of activation + 1 working day": lambda world, row, when: world.midnight(
        wall_of(later(world, world.time(row), "1 working day", row), world.zone(row)).date() + timedelta(days=1), row
    ),
    "start of birthday - 2 days": _birthday(-2),
    "start of birthday + 2 days": _birthday(2),
    "start + 3 days": lambda world, row, when: later(world, START, "3 days", row),
}


def _test(left: Any, relation: Callable[[Any, Any], bool], right: Any) -> bool | None:
    if left is None or right is None:
        return None
    if isinstance(left, Money) and isinstance(right, Money):
        return relation(left.cents, right.cents) if left.currency == right.currency else None
    return relation(left, right)


def _and(*answers: bool | None) -> bool | None:
    return False if False in answers else None if None in answers else True


def _or(*answers: bool | None) -> bool | None:
    return True if True in answers else None if None in answers else False


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _any_system(world: World, row: int, test: Callable[[Any], bool | None]) -> bool | None:
    answers = [test(world.value("order", "size", row, row, system)) for system in ("crm", "dealer", "helpdesk", "esp")]
    return True if True in answers else False if False in answers else None


def _size(world: World, row: int, system: str | None = None) -> Any:
    return world.value("order", "size", row, row, system)


def _born_today(world: World, row: int) -> bool | None:
    day = world.birthday(row, row)
    return None if day is None else day == world.today(row)


Condition = Callable[[World, int], bool | None]

CONDITIONS: dict[str, Condition] = {
    "size > 1": lambda w, r: _test(w.field(r, "size"), lambda a, b: a > b, 1),
    "not order.size = 2": lambda w, r: _not(_test(_size(w, r), lambda a, b: a == b, 2)),
    "order.size per dealer = 1": lambda w, r: _test(_size(w, r, "dealer"), lambda a, b: a == b, 1),
    "order.size per any >= 2": lambda w, r: _any_system(w, r, lambda v: _test(v, lambda a, b: a >= b, 2)),
    "size = order.size per any": lambda w, r: _any_system(
        w, r, lambda v: _test(w.field(r, "size"), lambda a, b: a == b, v)
    ),
    "customer.size = 1 or channel = email": lambda w, r: _or(
        _test(w.value("customer", "size", r, r), lambda a, b: a == b, 1),
        _test(w.field(r, "channel"), lambda a, b: a == b, "email"),
    ),
    "birthday = today": _born_today,
    "birthday <= today + 45 days": lambda w, r: _test(
        w.birthday(r, r), lambda a, b: a <= b, w.today(r) + timedelta(days=45)
    ),
    "price <= order.price": lambda w, r: _test(
        w.field(r, "price"), lambda a, b: a <= b, w.value("order", "price", r, r)
    ),
    "order.promised_at > now + 1 day and channel in (email, sms)": lambda w, r: _and(
        _test(w.value("order", "promised_at", r, r), lambda a, b: a > b, later(w, w.time(r), "1 day", r)),
        _test(w.field(r, "channel"), lambda a, b: a in b, ("email", "sms")),
    ),
    "order.size is unknown or order.size < 3": lambda w, r: _or(
        _size(w, r) is None, _test(_size(w, r), lambda a, b: a < b, 3)
    ),
    'channel contains "ma"': lambda w, r: _test(w.field(r, "channel"), lambda a, b: b in a, "ma"),
}

EVENTS = ("Order Promised", "Order Handed Over", "Delivery Rescheduled", "Complaint Raised", "Complaint Closed")

PATTERNS: dict[str, tuple[str, Condition]] = {event: (event, lambda w, r: True) for event in (*EVENTS, "Message Sent")}
PATTERNS |= {
    f"{event} where {text}": (event, CONDITIONS[text])
    for event, text in (
        ("Order Promised", "size > 1"),
        ("Order Handed Over", "not order.size = 2"),
        ("Order Promised", "order.size per any >= 2"),
        ("Order Handed Over", "customer.size = 1 or channel = email"),
        ("Message Sent", "birthday = today"),
        ("Complaint Raised", "order.size per dealer = 1"),
    )
}

__all__ = ["CONDITIONS", "EVENTS", "MOMENTS", "PATTERNS", "PEOPLE", "World", "later"]
