"""The briefing: all that an automation is told before the run, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.model.journeys import Policy, Program
from simulator.model.messages import Layout, Message
from simulator.model.moments import PlaceHours
from simulator.model.typing import Dictionary
from simulator.words.vocabulary import Value


@dataclass(frozen=True)
class Profile:
    """A row of one system, as the automation knows it: no human behind it is named.

    `consents` are the channels for which this row holds a consent; `addresses` the channel's address
    (`email`, `sms`, `push`, `letter`, `phone`). `fields` are the customer's fields that this row carries.
    """

    id: str
    system: str
    zone: str
    country: str
    addresses: Mapping[str, str]
    consents: frozenset[str]
    fields: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Native:
    """An engine's own definition, in place of the journeys: what a scenario names under `native`.

    `file` is the file's name, `text` what stands in it. `tell` says how the engine is told of events, `recognise` how
    its messages are recognised, and `settings` hold whatever else its adapter takes: plain data, as it was written.
    """

    file: str
    text: str
    tell: Mapping[str, Any] = field(default_factory=dict)
    recognise: tuple[Mapping[str, Any], ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Briefing:
    """Journeys laid flat, policy, messages, segments and the profile rows that the automation starts with.

    `linked` are groups of rows known from the start to be one human being. `zone` is the organisation's IANA zone,
    `places` gives opening hours by place id, `place_names` the names in the systems (never the sign on the door), and
    `end` is the horizon (ms UTC): after it nobody enters a journey. `layouts` are those that messages name. `native`
    are engines' own definitions by backend, `documents` is all of it but the rows as it was written, in plain data:
    what other programs are told.
    """

    programs: tuple[Program, ...]
    policy: Policy
    messages: Mapping[str, Message]
    segments: Mapping[str, object]
    dictionary: Dictionary
    system: str
    zone: str
    country: str | None
    leap_day: str
    places: Mapping[str, PlaceHours]
    profiles: tuple[Profile, ...]
    linked: tuple[tuple[str, ...], ...]
    seed: int
    end: int
    place_names: Mapping[str, str] = field(default_factory=dict)
    layouts: Mapping[str, Layout] = field(default_factory=dict)
    native: Mapping[str, Native] = field(default_factory=dict)
    documents: Mapping[str, Any] = field(default_factory=dict)
