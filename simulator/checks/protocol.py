"""What the checks ask of a scenario: `simulator.model.scenarios.Scenario` has it all, and a test can bring less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from simulator.model.moments import PlaceHours
from simulator.model.rules import Rule, State
from simulator.model.typing import Dictionary
from simulator.words.vocabulary import Value


class JudgedPerson(Protocol):
    """A human being as they truly are: `fields` are the customer's attributes at the start."""

    @property
    def name(self) -> str:
        """The name for sentences."""

    @property
    def zone(self) -> str:
        """IANA zone."""

    @property
    def fields(self) -> Mapping[str, Value]:
        """What is true of them: `birth_date`, `shop`."""


class JudgedPlace(Protocol):
    """A shop or dealer: its name in the systems, and the sign on the door."""

    @property
    def name(self) -> str:
        """How the systems call it."""

    @property
    def sign(self) -> str | None:
        """What stands on the door; None where that is the name."""


class JudgedLink(Protocol):
    """A link between two systems; `carries` lists the facts it takes, or is `all`."""

    @property
    def carries(self) -> str | Sequence[str]:
        """`all`, or names of events."""


class JudgedDecision(Protocol):
    """What a desk does: events by name, one or several."""

    @property
    def then(self) -> str | Sequence[str] | None:
        """If its condition holds."""

    @property
    def else_(self) -> str | Sequence[str] | None:
        """If it does not."""


class JudgedDesk(Protocol):
    """Somebody who decides on what one system knows, and whose deeds are born in it."""

    @property
    def system(self) -> str:
        """The system."""

    @property
    def decides(self) -> Mapping[str, JudgedDecision]:
        """Decisions by name."""


class JudgedEvent(Protocol):
    """An event of the organisation's own."""

    @property
    def home(self) -> str | None:
        """The system it is born in."""


class JudgedCalendar(Protocol):
    """Where the organisation lives."""

    @property
    def country(self) -> str | None:
        """ISO country whose holidays are no working days."""

    @property
    def leap_day(self) -> str:
        """One of `clock.LEAP_DAYS`."""


class JudgedOrganisation(Protocol):
    """The part of an organisation that verdicts speak of."""

    @property
    def automation(self) -> str:
        """The system the backend under test sits in."""

    @property
    def systems(self) -> Sequence[str]:
        """All systems of record, in the order of the document."""

    @property
    def calendar(self) -> JudgedCalendar:
        """Country and leap day."""

    @property
    def desks(self) -> Mapping[str, JudgedDesk]:
        """Desks by name, in the order of the document."""

    @property
    def events(self) -> Mapping[str, JudgedEvent]:
        """The organisation's own events by name."""

    @property
    def places(self) -> Mapping[str, JudgedPlace]:
        """Places by id."""


class JudgedScenario(Protocol):
    """Everything a log is judged against. Times are ms UTC."""

    @property
    def start(self) -> int:
        """When the run starts."""

    @property
    def zone(self) -> str:
        """The organisation's IANA zone, for rows that speak of no person."""

    @property
    def people(self) -> Mapping[str, JudgedPerson]:
        """Human beings by id."""

    @property
    def organisation(self) -> JudgedOrganisation:
        """The organisation."""

    @property
    def dictionary(self) -> Dictionary:
        """Types of fields, and the kinds of objects."""

    @property
    def links(self) -> Mapping[tuple[str, str], JudgedLink]:
        """The links that exist, by (from, to)."""

    @property
    def campaigns(self) -> Mapping[str, Mapping[str, Value]]:
        """Rows of the campaign plan by campaign id."""

    @property
    def checks(self) -> Mapping[str, Rule]:
        """The checks by name, in the order of the document."""

    @property
    def states(self) -> Mapping[str, State]:
        """The states that checks speak of."""

    @property
    def check_places(self) -> Mapping[str, str]:
        """`file:line` of each check."""

    def hours(self, place: str) -> PlaceHours | None:
        """Opening hours of a place; None for an unknown one."""
