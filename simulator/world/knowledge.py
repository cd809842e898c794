"""What one system has been told, and how a condition is judged on it.

An event that carries an object's key and some of its fields updates that object; nobody writes assignments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from simulator.model.organisation import PlaceOf
from simulator.model.people import Person
from simulator.model.typing import Dictionary
from simulator.words.clock import Duration, Holidays, Zone, add, move, next_anniversary
from simulator.words.vocabulary import Value


class Lexicon:
    """Which fields belong to which object: the dictionary turned around, made once for a scenario."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.key_of = {name: kind.key for name, kind in dictionary.objects.items() if name != "customer"}
        self.fields_of = {
            kind.key: frozenset(kind.fields) for name, kind in dictionary.objects.items() if name != "customer"
        }
        self.keys = tuple(self.fields_of)
        self.key_set = frozenset(self.fields_of)
        customer = dictionary.objects.get("customer")
        self.customer_fields = frozenset(customer.fields) if customer else frozenset()


class Knowledge:
    """The objects and customers' fields that one system (or the truth itself) holds."""

    def __init__(self, lexicon: Lexicon, customers: Iterable[tuple[str, Mapping[str, Value]]] = ()) -> None:
        self._lexicon = lexicon
        self._objects: dict[tuple[str, Value], dict[str, Value]] = {}
        self._latest: dict[tuple[str, str], Value] = {}
        self._customers = {person: dict(fields) for person, fields in customers}

    def learn(self, name: str, person: str, data: Mapping[str, Value]) -> None:
        """Take in one event."""
        # Most events name no object at all, and this is asked of each of them in every system it reaches.
        for key in self._lexicon.keys if not self._lexicon.key_set.isdisjoint(data) else ():
            if (value := data.get(key)) is not None:
                fields = self._objects.setdefault((key, value), {})
                for field in self._lexicon.fields_of[key] & data.keys():
                    fields[field] = data[field]
                self._latest[person, key] = value
        if name == "Profile Updated":
            told = self._customers.setdefault(person, {})
            told.update((field, data[field]) for field in self._lexicon.customer_fields & data.keys())

    def lookup(self, person: str, data: Mapping[str, Value], name: tuple[str, ...]) -> Value | None:
        """`object.field` for the object whose key the event carries, else the latest one of this person."""
        kind, field = name[0], name[1]
        if kind == "customer":
            return self._customers.get(person, {}).get(field)
        key = self._lexicon.key_of.get(kind)
        if key is None:
            return None
        value = data.get(key, self._latest.get((person, key)))
        if value is None or field == key:
            return value
        return self._objects.get((key, value), {}).get(field)


class View:
    """One event as one system sees it: the `Facts` on which its conditions are judged."""

    __slots__ = ("_data", "_holidays", "_knowledge", "_leap_day", "_person", "_places", "_zone", "now")

    def __init__(
        self,
        knowledge: Knowledge,
        person: Person,
        data: Mapping[str, Value],
        now: int,
        zone: Zone,
        places: Mapping[str, PlaceOf],
        leap_day: str,
        holidays: Holidays | None,
    ) -> None:
        self._knowledge, self._person, self._data, self.now = knowledge, person, data, now
        self._zone, self._places, self._leap_day, self._holidays = zone, places, leap_day, holidays

    def value(self, name: tuple[str, ...], per: str | None = None) -> Value | None:
        """A field of the event, `object.field`, or the name or sign of the place that either holds."""
        if name[-1] in ("name", "sign") and len(name) > 1:
            place = self._places.get(str(self.value(name[:-1])))
            if place is not None:
                return place.name if name[-1] == "name" else place.sign or place.name
        if len(name) == 1:
            return self._data.get(name[0])
        return self._knowledge.lookup(self._person.id, self._data, name)

    def today(self, duration: Duration | None = None, sign: int = 1) -> str:
        """The person's local date, or one so far from it."""
        day = self._zone.local_date(self.now)
        return (day if duration is None else move(day, duration, self._holidays, sign)).isoformat()

    def birthday(self) -> str | None:
        """The person's next birthday as this system knows it."""
        born = self._knowledge.lookup(self._person.id, self._data, ("customer", "birth_date"))
        if born is None:
            return None
        today = self._zone.local_date(self.now)
        return next_anniversary(date.fromisoformat(str(born)), today, self._leap_day).isoformat()

    def shift(self, duration: Duration, sign: int) -> int:
        """`now` moved along the person's calendar."""
        return add(self.now, duration, self._zone, self._holidays, sign)
