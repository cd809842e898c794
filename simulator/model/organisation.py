"""Organisations: systems of record, the links between them, channels, places, desks, and how people react.

A fact is born in one system and reaches another only over a link. A link that is not listed does not exist.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.model.moments import Repeat, parse_repeat
from simulator.model.rules import ConditionText, Document, DurationText, PatternText
from simulator.model.validating import Expression
from simulator.words.calendars import OpeningHours
from simulator.words.clock import Duration, zone
from simulator.words.errors import ExpressionError, did_you_mean
from simulator.words.quantities import parse_percent
from simulator.words.vocabulary import KINDS, FieldType

RepeatText = Annotated[Repeat, Expression(parse_repeat, description="daily at 02:00, every 2 weeks on Tue at 10:00")]
Share = Annotated[float, Expression(parse_percent, description="30 %, or 1 in 100")]


def parse_field_type(text: str) -> FieldType:
    """`date`, `money`, `choice of unused used expired`, or the name of an object (a reference, so an id)."""
    words = text.split()
    if words[:2] == ["choice", "of"] and len(words) > 2:
        return FieldType("choice", tuple(words[2:]))
    if len(words) == 1 and words[0] in KINDS and words[0] != "choice":
        return FieldType(words[0])
    remedy = did_you_mean(words[0], KINDS) if words else ""
    raise ExpressionError(f"'{text}' is not a type{remedy}. Types are {', '.join(KINDS)}; 'choice of A B' lists words")


def parse_link_name(text: str) -> tuple[str, str]:
    """`crm to esp` as its two systems."""
    parts = text.split(" to ")
    if len(parts) != 2 or not all(part.strip() for part in parts):
        raise ExpressionError(f"'{text}' is not a link. Write 'SYSTEM to SYSTEM', such as 'crm to esp'")
    return parts[0].strip(), parts[1].strip()


FieldTypeText = Annotated[FieldType, Expression(parse_field_type, description="a type: text, date, money, ...")]


class CalendarOf(Document):
    """Where the organisation lives: IANA zone, ISO country for public holidays, and its rule for 29 February."""

    zone: Annotated[str, Expression(lambda text: zone(text).name, description="an IANA zone, such as Europe/Rome")]
    country: str | None = None
    leap_day: Literal["28 February", "1 March"] = "28 February"


class ObjectOf(Document):
    """A kind of thing: its key, the system of record (`home`), and its fields."""

    key: str
    home: str
    fields: dict[str, FieldTypeText] = {}


class EventOf(Document):
    """An event of this organisation's own, the system it is born in, and its fields."""

    home: str | None = None
    fields: dict[str, FieldTypeText] = {}


class Link(Document):
    """How facts travel: after a delay, or with the next batch; all of them or those it `carries`; some are lost."""

    delay: DurationText | None = None
    batch: RepeatText | None = None
    carries: Literal["all"] | list[str] = "all"
    loses: Share = 0.0
    retry: Literal["never", "until delivered"] = "never"


class Channel(Document):
    """How messages travel: latency, a daily limit (a queue that all share), bounces and the spam folder."""

    latency: DurationText = Duration()
    spread: DurationText = Duration()
    daily_limit: int | None = Field(None, ge=1)
    accepts: Share = 100.0
    bounces: Share = 0.0
    spam_folder: Share = 0.0
    system: str | None = None


class PlaceOf(Document):
    """A shop or dealer: its name in the systems, the `sign` on the door, opening hours in OpenStreetMap syntax."""

    kind: str = "shop"
    name: str
    sign: str | None = None
    hours: str
    zone: Annotated[str, Expression(lambda text: zone(text).name)] | None = None
    country: str | None = None


class Decision(Document):
    """What a desk does when an event reaches its system: `then` if the condition holds on what it knows, else `else`.

    `after` is how long it takes, in the desk's hours. `with` adds fields; `reason` is said when it refuses.
    """

    when: PatternText
    if_: ConditionText | None = Field(None, alias="if")
    then: str | list[str] | None = None
    else_: str | list[str] | None = Field(None, alias="else")
    after: DurationText = Duration()
    with_: dict[str, Any] = Field(default={}, alias="with")
    reason: str | None = None


class Desk(Document):
    """Somebody who decides on what their own system knows: a till, a clerk, an agent. `takes` is the queue before."""

    system: str
    place: str | None = None
    hours: str | None = None
    takes: DurationText = Duration()
    decides: dict[str, Decision] = {}


class Pressure(Document):
    """`2 % per message over 3 in 7 days`: the chance that each message beyond the number makes somebody react."""

    share: float
    over: int
    window: Duration


def parse_pressure(text: str) -> Pressure:
    """Read `2 % per message over 3 in 7 days`."""
    from simulator.words.clock import parse_duration

    share, middle, rest = text.partition(" per message over ")
    number, inside, window = rest.partition(" in ")
    if not middle or not inside or not number.strip().isdigit():
        raise ExpressionError(f"'{text}' is not contact pressure. Write '2 % per message over 3 in 7 days'")
    return Pressure(share=parse_percent(share), over=int(number), window=parse_duration(window))


def parse_spending(text: str) -> tuple[int, int, str]:
    """Read `20 .. 80 EUR`: whole amounts from, to, and the currency."""
    match = re.fullmatch(r"(\d{1,9}) \.\. (\d{1,9}) ([A-Z]{3})", text.strip())
    if match is None or int(match[1]) > int(match[2]):
        raise ExpressionError(f"'{text}' is not a range of money. Write '20 .. 80 EUR'")
    return int(match[1]), int(match[2]), match[3]


class Behaviour(Document):
    """What people do with messages: shares are invented figures of the scenario, never measured ones."""

    opens: Share = 0.0
    opens_after: DurationText = Duration(ms=3_600_000)
    clicks: Share = 0.0
    redeems: Share = 0.0
    redeems_after: DurationText = Duration(days=2)
    spends: Annotated[tuple[int, int, str], Expression(parse_spending, description="20 .. 80 EUR")] = (20, 80, "EUR")
    buys: list[str] = Field(default=["coat", "scarf", "dress"], min_length=1)
    marks_spam: Share = 0.0
    withdraws: Annotated[Pressure, Expression(parse_pressure)] | None = None
    complains: Annotated[Pressure, Expression(parse_pressure)] | None = None
    leaves: Annotated[Pressure, Expression(parse_pressure)] | None = None


class Organisation(Document):
    """Everything between a customer and the automation."""

    organisation: str
    calendar: CalendarOf
    systems: list[str] = Field(min_length=1)
    automation: str
    objects: dict[str, ObjectOf] = {}
    events: dict[str, EventOf] = {}
    links: dict[str, Link | Literal["absent"]] = {}
    channels: dict[str, Channel] = {}
    places: dict[str, PlaceOf] = {}
    desks: dict[str, Desk] = {}
    behaviour: Behaviour = Behaviour()
    segments: dict[str, ConditionText] = {}
    identity: Literal["known", "never"] | DurationText = "known"
    consent_home: str | None = None

    @cached_property
    def routes(self) -> dict[tuple[str, str], Link]:
        """The links that exist, by (from, to)."""
        return {parse_link_name(name): link for name, link in self.links.items() if isinstance(link, Link)}

    @cached_property
    def absent_routes(self) -> frozenset[tuple[str, str]]:
        """The links that the document says aloud to be absent."""
        return frozenset(parse_link_name(name) for name, link in self.links.items() if not isinstance(link, Link))

    @cached_property
    def hours(self) -> dict[str, OpeningHours]:
        """Opening hours by place id, in the place's own zone and country."""
        own = self.calendar
        return {
            id: OpeningHours(place.hours, place.country or own.country, zone(place.zone or own.zone))
            for id, place in self.places.items()
        }
