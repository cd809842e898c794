"""People: human beings, the rows that systems hold of them, and crowds drawn around an example.

The documents that people write are here (`PersonOf`), and the values a run takes (`Person`). How the ones become the
others is `simulator.model.populations`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field, RootModel

from simulator.model.briefing import Profile
from simulator.model.rules import Document
from simulator.model.values import from_plain, to_plain
from simulator.words.errors import ExpressionError
from simulator.words.vocabulary import FieldType, Value

EDGES = (
    "born-29-february",
    "no-birthday",
    "two-profiles",
    "three-profiles",
    "shared-address",
    "accents",
    "apostrophe",
    "zone-west",
    "zone-east",
    "no-consent",
    "no-email",
    "born-on-clock-change",
    "born-year-end",
    "born-public-holiday",
)
"""The edge people a crowd may ask for by name; each is one more person, added behind the crowd's count."""


class PeopleError(ExpressionError):
    """Something written about people is wrong. `path` leads to it: `("crowd", "varies", "name")`."""

    def __init__(self, message: str, offset: int = 0, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message, offset)
        self.args = (message, offset, path)
        self.path = path


class ProfileOf(Document):
    """A row in one system. `consent` lists the channels this row has a consent for.

    `email` must stand on a reserved domain, `phone` in a range that nobody has. `push` and `letter` say whether the
    person can be reached that way; `fields` override what is true of the person (bad data in this row).
    """

    id: str | None = None
    system: str
    email: str | None = None
    phone: str | None = None
    push: bool = False
    letter: bool = True
    consent: str | list[str] = []
    fields: dict[str, Any] = {}


class Lives(Document):
    """Where somebody lives: zone, country, language, and the shop or dealer they go to.

    Zone and country are the organisation's where they are left out.
    """

    zone: str | None = None
    country: str | None = None
    language: str = "en"
    shop: str | None = None


class Habit(Document):
    """What somebody does by themselves: an event, so many times between two days (the second is not included).

    `in` is the system in which it is recorded; `with` holds its data, each written out or drawn (`any of red blue`,
    `1 in 100` for a flag); the text `new id` is an id that nothing else has.
    """

    event: str
    times: int = Field(1, ge=0)
    from_: str = Field(alias="from")
    until: str
    in_: str | None = Field(None, alias="in")
    place: str | None = None
    with_: dict[str, Any] = Field(default={}, alias="with")


class PersonOf(Document):
    """A protagonist, or with `count` a crowd. Unknown keys are the customer's fields (`birth_date`).

    `like` inherits all that another entry says; a field that is `absent` is taken out again. `profiles` are rows
    written out, or how many a person has (`2`, `1..3`), spread over the systems; `consent` holds for rows that state
    none. `varies` and `edges` belong to crowds.
    """

    model_config = {"extra": "allow"}

    name: str | None = None
    like: str | None = None
    count: int | None = Field(None, ge=0)
    lives: Lives | None = None
    profiles: list[ProfileOf] | int | str | None = None
    consent: str | list[str] | None = None
    household: str | None = None
    edges: list[str] = []
    varies: dict[str, str] = {}
    habits: list[Habit] = []


class People(RootModel[dict[str, Any]]):
    """A people document: a title under `people`, and then persons by id."""


@dataclass(frozen=True)
class Act:
    """Something a person does by habit at an instant drawn beforehand."""

    time: int
    event: str
    system: str
    place: str | None
    data: Mapping[str, Value]


@dataclass(frozen=True)
class Person:
    """One human being. `fields` is what is true of them; `profiles` what systems hold, first the main row.

    `household` names what they share with others; `crowd` is the entry they were drawn from, None for a protagonist.
    `background` marks those whom nobody wrote down: `--customers` added them.
    """

    id: str
    name: str
    zone: str
    country: str
    language: str
    fields: Mapping[str, Value]
    profiles: tuple[Profile, ...]
    household: str | None = None
    crowd: str | None = None
    background: bool = False
    habits: tuple[Act, ...] = field(default=())

    @property
    def consents(self) -> tuple[tuple[str, str], ...]:
        """(row, channel) for each consent held at the start."""
        return tuple((row.id, channel) for row in self.profiles for channel in sorted(row.consents))


def person_document(person: Person) -> dict[str, Any]:
    """The person as plain JSON data, every drawn value included: a replay draws nothing and asks no library."""
    return {
        "id": person.id,
        "name": person.name,
        "zone": person.zone,
        "country": person.country,
        "language": person.language,
        "household": person.household,
        "crowd": person.crowd,
        "background": person.background,
        "fields": to_plain(person.fields),
        "profiles": [
            {
                "id": row.id,
                "system": row.system,
                "zone": row.zone,
                "country": row.country,
                "addresses": dict(row.addresses),
                "consents": sorted(row.consents),
                "fields": to_plain(row.fields),
            }
            for row in person.profiles
        ],
        "habits": [
            {"time": act.time, "event": act.event, "system": act.system, "place": act.place, "data": to_plain(act.data)}
            for act in person.habits
        ],
    }


def person_from(document: Mapping[str, Any], fields: Mapping[str, FieldType]) -> Person:
    """The person that `person_document` wrote down; `fields` are the types of all fields of the scenario."""
    return Person(
        id=document["id"],
        name=document["name"],
        zone=document["zone"],
        country=document["country"],
        language=document["language"],
        household=document["household"],
        crowd=document["crowd"],
        background=document["background"],
        fields=from_plain(document["fields"], fields),
        profiles=tuple(
            Profile(
                id=row["id"],
                system=row["system"],
                zone=row["zone"],
                country=row["country"],
                addresses=dict(row["addresses"]),
                consents=frozenset(row["consents"]),
                fields=from_plain(row["fields"], fields),
            )
            for row in document["profiles"]
        ),
        habits=tuple(
            Act(act["time"], act["event"], act["system"], act["place"], from_plain(act["data"], fields))
            for act in document["habits"]
        ),
    )
