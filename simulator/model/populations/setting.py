"""What people are drawn into: the organisation, the span of the run, and the types of all fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from simulator.model.organisation import Organisation
from simulator.model.people import PeopleError
from simulator.model.values import value_of
from simulator.words.clock import Instant
from simulator.words.errors import ExpressionError, did_you_mean
from simulator.words.streams import Streams
from simulator.words.vocabulary import EVENTS, FIELDS, ID, FieldType, Value

BIRTH_DATE = "birth_date"
"""The customer's field that birthdays are anniversaries of."""

STANDARD_CHANNELS = ("email", "sms", "push", "letter", "phone")
"""The channels for which a row can carry an address."""


@contextmanager
def written_at(*path: str | int) -> Iterator[None]:
    """Whatever cannot be read inside was written at `path` of the people document."""
    try:
        yield
    except PeopleError as error:
        raise PeopleError(error.message, error.offset, (*path, *error.path)) from error
    except ExpressionError as error:
        raise PeopleError(error.message, error.offset, path) from error


def require(word: str, known: Mapping[str, object] | tuple[str, ...] | list[str], what: str) -> None:
    """Raise ExpressionError unless `word` is one of the known ones."""
    if word not in known:
        declare = ". Declare it under 'objects' of the organisation" if what.startswith("field") else ""
        raise ExpressionError(f"unknown {what} '{word}'{did_you_mean(word, list(known)) or declare}.")


@dataclass(frozen=True)
class Setting:
    """The organisation, the run's streams and span [start, end), and the types of the scenario's fields."""

    organisation: Organisation
    streams: Streams
    start: Instant
    end: Instant
    fields: Mapping[str, FieldType]

    @property
    def zone(self) -> str:
        """The organisation's IANA zone."""
        return self.organisation.calendar.zone

    @cached_property
    def customer_fields(self) -> dict[str, FieldType]:
        """The fields of a customer: those the organisation declares, or all fields where it declares no customer."""
        customer = self.organisation.objects.get("customer")
        if customer is None:
            return dict(self.fields)
        return {name: self.fields.get(name, kind) for name, kind in customer.fields.items()}

    @cached_property
    def event_fields(self) -> dict[str, FieldType]:
        """The fields that an event may carry."""
        known = dict(FIELDS)
        for thing in self.organisation.objects.values():
            known |= {thing.key: ID, **thing.fields}
        for event in self.organisation.events.values():
            known |= event.fields
        return known | dict(self.fields)

    @cached_property
    def home(self) -> str:
        """The system of record for customers; the first system where nobody says."""
        customer = self.organisation.objects.get("customer")
        return customer.home if customer else self.organisation.systems[0]

    @cached_property
    def holders(self) -> tuple[str, ...]:
        """The systems that may hold a row: the home, then those from which links lead to the automation."""
        reached = [self.organisation.automation]
        for system in reached:
            reached += [start for start, to in self.organisation.routes if to == system and start not in reached]
        return (self.home, *(name for name in self.organisation.systems if name in reached and name != self.home))

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """The channels a consent may be for: the organisation's, and those that any row has an address for."""
        return tuple(dict.fromkeys((*self.organisation.channels, *STANDARD_CHANNELS)))

    def customer_value(self, name: str, written: object) -> Value:
        """A customer's field as it was written down; PeopleError if it is undeclared or of another type."""
        require(name, self.customer_fields, "field of a customer")
        return value_of(written, self.customer_fields[name], name, self.zone, tuple(self.organisation.places))

    def system_of(self, event: str, data: Mapping[str, object]) -> str:
        """Where an event is born: where it is declared to be, else the home of the thing whose key it carries."""
        declared = self.organisation.events.get(event)
        if declared and declared.home:
            return declared.home
        for name, thing in self.organisation.objects.items():
            if name != "customer" and thing.key in data:
                return thing.home
        return self.home

    def check_event(self, event: str) -> None:
        """Raise ExpressionError for an event that neither the vocabulary nor the organisation knows."""
        require(event, [*EVENTS, *self.organisation.events], "event")
