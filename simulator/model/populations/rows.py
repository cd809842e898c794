"""The rows that systems hold of a person: where, under which id, with which addresses and consents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simulator.model.addresses import checked_email, checked_phone, email_of, phone_of, token
from simulator.model.briefing import Profile
from simulator.model.people import ProfileOf
from simulator.model.populations.edges import Alteration
from simulator.model.populations.examples import Example, words
from simulator.model.populations.setting import Setting, require, written_at
from simulator.words.errors import ExpressionError
from simulator.words.streams import Streams
from simulator.words.vocabulary import Value


@dataclass(frozen=True)
class Human:
    """A person as far as they have been drawn when their rows are. `crowd` is the entry they come from."""

    id: str
    crowd: str
    number: int
    name: str
    zone: str
    country: str
    fields: Mapping[str, Value]
    household: str | None
    alteration: Alteration


@dataclass(frozen=True)
class _Row:
    """A row of the example. `email` and `phone` are as written, or the ordinal of a drawn one; None for none."""

    system: str
    id: str | None
    email: str | int | None
    phone: str | int | None
    push: bool
    letter: bool
    consents: frozenset[str]
    fields: Mapping[str, Value]


class Rows:
    """How the rows of one entry are made. Wrong systems, addresses, consents and fields are PeopleErrors."""

    def __init__(self, example: Example, setting: Setting, streams: Streams) -> None:
        self._setting = setting
        self._streams = streams
        self._spread = example.spread
        self._emails: dict[str, int] = {}
        self._phones: dict[str, int] = {}
        for channel in example.consent or ():
            with written_at("consent"):
                require(channel, setting.channels, "channel")
        self._rows = [self._row(row, number, example) for number, row in enumerate(example.rows)]
        # A drawn row is reached like the first written one; where none is written, by e-mail and telephone.
        self._drawn = _Row("", None, 1, 1, False, True, frozenset(example.consent or ()), {})
        if self._rows:
            self._drawn = replace(self._rows[0], id=None, fields={})

    def of(self, human: Human) -> tuple[Profile, ...]:
        """The rows of a person, first the main one."""
        count = human.alteration.rows
        if count is None and self._spread is None and self._rows:
            return tuple(self._made(human, row, row.system, at) for at, row in enumerate(self._rows))
        systems = self._systems(human, count)
        return tuple(self._made(human, self._drawn, system, at) for at, system in enumerate(systems))

    def _row(self, row: ProfileOf, number: int, example: Example) -> _Row:
        setting = self._setting
        with written_at("profiles", number, "system"):
            require(row.system, setting.organisation.systems, "system")
        consents = words(row.consent) if "consent" in row.model_fields_set else example.consent or ()
        with written_at("profiles", number, "consent"):
            for channel in consents:
                require(channel, setting.channels, "channel")
        fields: dict[str, Value] = {}
        for name, written in row.fields.items():
            with written_at("profiles", number, "fields", name):
                fields[name] = setting.customer_value(name, written)
        with written_at("profiles", number, "email"):
            email: str | int | None = None if row.email is None else checked_email(row.email)
        with written_at("profiles", number, "phone"):
            phone: str | int | None = None if row.phone is None else checked_phone(row.phone)
        if example.is_crowd:
            # Two rows of the example that share an address share one in the crowd too, but nobody else's.
            unsaid = email is None and phone is None and not row.push
            email = 1 if unsaid else _ordinal(email, self._emails)
            phone = 1 if unsaid else _ordinal(phone, self._phones)
        return _Row(row.system, row.id, email, phone, row.push, row.letter, frozenset(consents), fields)

    def _systems(self, human: Human, count: int | None) -> list[str]:
        """The home first, then others drawn; each once before any is used again."""
        stream = self._streams.stream("person", human.id, "profiles")
        low, high = self._spread or (1, 1)
        drawn = stream.whole(low, high)
        systems = [self._setting.holders[0]]
        others: list[str] = list(self._setting.holders[1:])
        while len(systems) < (drawn if count is None else count):
            others = others or list(self._setting.holders)
            systems.append(others.pop(stream.whole(0, len(others) - 1)))
        return systems

    def _made(self, human: Human, row: _Row, system: str, ordinal: int) -> Profile:
        lacks = human.alteration.lacks
        id = row.id or f"{system}-{token(human.id, system, ordinal)}"
        addresses: dict[str, str] = {}
        if row.email is not None and lacks != "email":
            addresses["email"] = _email(human, row.email)
        if row.phone is not None:
            phone = phone_of(human.crowd, human.number, row.phone) if isinstance(row.phone, int) else row.phone
            addresses["sms"] = addresses["phone"] = phone
        if row.push:
            addresses["push"] = f"push:{token('push', human.id, system, ordinal)}"
        if row.letter:
            street = f"Example Street {human.household or human.id}"
            addresses["letter"] = ", ".join(filter(None, (human.name, street, human.country)))
        consents = frozenset[str]() if lacks == "consent" else row.consents
        fields = {**human.fields, **row.fields} if row.fields else human.fields
        return Profile(id, system, human.zone, human.country, addresses, consents, fields)


def check_rows(rows: Mapping[str, str], id: str, person: str) -> None:
    """Raise ExpressionError if the row `id` of `person` is somebody's already; `rows` gives the owners."""
    if id in rows:
        raise ExpressionError(f"the row '{id}' of '{person}' is one of '{rows[id]}' already. Give each row its own id.")


def _ordinal(address: str | int | None, seen: dict[str, int]) -> int | None:
    return seen.setdefault(address, len(seen) + 1) if isinstance(address, str) else address


def _email(human: Human, email: str | int) -> str:
    if isinstance(email, str):
        return email
    shared = human.alteration.shares
    if shared is not None:
        return email_of("", f"{human.crowd}-{shared}", email)
    # A protagonist's id alone says who it is.
    return email_of(human.name if human.id != human.crowd else "", human.id, email)
