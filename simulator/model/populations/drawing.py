"""Drawing people: protagonists as written, crowds around an example, and the edge people behind them.

Every value belongs to a stream named by the person's id and the field's name. So one more person, field, edge or
habit moves nobody else; and what the run's seed decides never reaches a protagonist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from simulator.model.organisation import Organisation
from simulator.model.people import EDGES, Person, PersonOf
from simulator.model.populations.edges import Alteration, alterations
from simulator.model.populations.examples import NAME_FIELDS, Example, in_the_background, resolve
from simulator.model.populations.habits import Habits
from simulator.model.populations.names import Name, names_of
from simulator.model.populations.rows import Human, Rows, check_rows
from simulator.model.populations.setting import BIRTH_DATE, Setting, require, written_at
from simulator.model.populations.varying import AnyOf, Draw, parse_draw
from simulator.model.values import value_of
from simulator.words.clock import Instant, zone
from simulator.words.errors import ExpressionError, did_you_mean
from simulator.words.streams import Streams
from simulator.words.vocabulary import ID, TEXT, FieldType, Value

_WHERE = ("zone", "country", "language")
_PLAIN = Alteration("", 0)
_BORN_FROM, _BORN_TO = 1950, 2000
_WRITTEN_OUT = Streams(0)
"""The streams of protagonists: the same under any seed."""


def draw(
    entries: Mapping[str, PersonOf],
    organisation: Organisation,
    streams: Streams,
    start: Instant,
    end: Instant,
    extra: int,
    fields: Mapping[str, FieldType],
    chosen: Sequence[str] | None,
) -> list[Person]:
    """The people of a run over [start, end) (ms UTC), in the order of the entries, crowds by number, then edges.

    `fields` are the types of the scenario's fields. `chosen` names entries, or edges of the first crowd; None means
    all entries. `extra` more people of the background belong to the first chosen crowd; without a crowd they are
    `background-0001` and so on, like the first protagonist. Whatever is wrong with an entry is a PeopleError, an
    ExpressionError whose `path` leads to it inside `entries`.
    """
    setting = Setting(organisation, streams, start, end, fields)
    population = _Population(setting)
    examples, edges = _choose(entries, chosen)
    for example in examples:
        with written_at(example.id):
            more = extra if example.is_crowd else 0
            extra -= more
            population.take(_Maker(example, setting).everybody(more))
    if edges:
        around = _first_crowd(entries)
        with written_at(around.id):
            population.take(_Maker(replace(around, edges=edges), setting).edge_people())
    if extra:
        around = in_the_background(next((example for example in examples if not example.is_crowd), None))
        population.take(_Maker(around, setting).crowd(0, extra))
    return population.people


def _choose(entries: Mapping[str, PersonOf], chosen: Sequence[str] | None) -> tuple[list[Example], tuple[str, ...]]:
    """The entries that take part, and the edges that were asked for beside them."""
    examples, edges = [], []
    for name in dict.fromkeys(entries if chosen is None else chosen):
        if name in entries:
            examples.append(resolve(name, entries))
        elif name in EDGES:
            edges.append(name)
        else:
            hint = did_you_mean(name, [*entries, *EDGES])
            raise ExpressionError(f"unknown person '{name}'{hint}. Name an entry of the people document, or an edge.")
    return examples, tuple(edges)


def _first_crowd(entries: Mapping[str, PersonOf]) -> Example:
    crowd = next((name for name, entry in entries.items() if entry.count is not None), None)
    if crowd is not None:
        return resolve(crowd, entries)
    return in_the_background(resolve(next(iter(entries)), entries) if entries else None)


class _Population:
    """The people so far; it refuses two of one id, and two rows of one id."""

    def __init__(self, setting: Setting) -> None:
        self.people: list[Person] = []
        self._ids: set[str] = set()
        self._rows: dict[str, str] = {}
        self._setting = setting

    def take(self, people: Iterator[Person]) -> None:
        """Add people. An edge person who is there already stays as they are."""
        for person in people:
            if person.id in self._ids:
                if person.crowd is not None and person.id.removeprefix(f"{person.crowd}-").startswith(EDGES):
                    continue
                raise ExpressionError(f"two people are called '{person.id}'. Rename the entry of one of them.")
            for row in person.profiles:
                check_rows(self._rows, row.id, person.id)
                self._rows[row.id] = person.id
            self._ids.add(person.id)
            self.people.append(person)


class _Maker:
    """Makes the people of one entry."""

    def __init__(self, example: Example, setting: Setting) -> None:
        self._example = example
        self._setting = setting
        self._streams = setting.streams if example.is_crowd else _WRITTEN_OUT
        calendar = setting.organisation.calendar
        self._where = {"zone": calendar.zone, "country": calendar.country or "", "language": "en", **example.lives}
        self._where.pop("shop", None)
        with written_at("lives", "zone"):
            zone(self._where["zone"])
        self._fields = dict(self._constants())
        self._names_vary = False
        self._where_draws: dict[str, Draw] = {}
        self._draws: dict[str, Draw] = {}
        if example.is_crowd:
            for name, text in example.varies.items():
                with written_at("varies", name):
                    self._vary(name, text)
        self._rows = Rows(example, setting, self._streams)
        self._habits = Habits(example.habits, setting, self._streams)

    def everybody(self, more: int) -> Iterator[Person]:
        """The protagonist; or the crowd, `more` people behind it, and its edge people."""
        if self._example.count is None:
            yield self._person(self._example.id, 0, _PLAIN)
            return
        yield from self.crowd(self._example.count, more)
        yield from self.edge_people()

    def crowd(self, count: int, more: int) -> Iterator[Person]:
        """People numbered from 1, those behind the `count` belonging to the background."""
        for number in range(1, count + more + 1):
            person = self._person(f"{self._example.id}-{number:04d}", number, _PLAIN)
            yield replace(person, background=True) if number > count else person

    def edge_people(self) -> Iterator[Person]:
        """Those of every edge that the entry names."""
        for at, edge in enumerate(self._example.edges):
            with written_at("edges", at):
                for alteration in alterations(edge, self._setting):
                    self._check_birthday(edge, alteration)
                    yield self._person(f"{self._example.id}-{alteration.suffix}", alteration.number, alteration)

    def _constants(self) -> Iterator[tuple[str, Value]]:
        for name, written in self._example.fields.items():
            with written_at(name):
                yield name, self._setting.customer_value(name, written)
        if (shop := self._example.lives.get("shop")) is not None:
            with written_at("lives", "shop"):
                yield "shop", self._setting.customer_value("shop", shop)

    def _vary(self, name: str, text: str) -> None:
        setting = self._setting
        if name == "name" and text.strip() == "any":
            self._names_vary = True
            return
        known = {"name": TEXT, **dict.fromkeys(_WHERE, ID), **setting.customer_fields}
        require(name, known, "field of a customer")
        if text.strip() == "any":
            raise ExpressionError(f"'any' alone draws names, not '{name}'. Write 'any of A B C'.")
        drawn = parse_draw(text, known[name], name, setting.zone, tuple(setting.organisation.places))
        if name == "zone" and isinstance(drawn, AnyOf):
            for option in drawn.options:
                zone(str(option))
        (self._where_draws if name in _WHERE else self._draws)[name] = drawn

    def _person(self, id: str, number: int, alteration: Alteration) -> Person:
        where = dict(self._where)
        for name, drawn in self._where_draws.items():
            where[name] = str(drawn.value(self._streams.stream("person", id, name)))
        if alteration.zone is not None:
            where["zone"] = alteration.zone
        fields = dict(self._fields)
        for name, drawn in self._draws.items():
            fields[name] = drawn.value(self._streams.stream("person", id, name))
        called = self._name(id, where, fields, alteration)
        if alteration.birthday is not None:
            fields[BIRTH_DATE] = self._birth_date(id, *alteration.birthday)
        elif alteration.lacks == "birthday":
            fields.pop(BIRTH_DATE, None)
        self._derive(fields, called, where)
        household = self._example.household
        if alteration.shares is not None:
            household = f"{self._example.id}-{alteration.shares}"
        human = Human(
            id, self._example.id, number, called.whole, where["zone"], where["country"], fields, household, alteration
        )
        return Person(
            id=id,
            name=called.whole,
            zone=where["zone"],
            country=where["country"],
            language=where["language"],
            fields=fields,
            profiles=self._rows.of(human),
            household=household,
            crowd=self._example.id if self._example.is_crowd else None,
            habits=self._habits.of(id, where["zone"]),
        )

    def _name(self, id: str, where: Mapping[str, str], fields: dict[str, Value], alteration: Alteration) -> Name:
        drawn = fields.pop("name", None) if "name" in self._draws else None
        if alteration.name is not None:
            for name in NAME_FIELDS:
                fields.pop(name, None)
            return alteration.name
        if self._names_vary:
            return names_of(where["language"], where["country"]).pick(self._streams.stream("person", id, "name"))
        whole = str(drawn or self._example.name or id.replace("-", " ").replace("_", " ").title())
        return Name(whole, whole.partition(" ")[0])

    def _derive(self, fields: dict[str, Value], called: Name, where: Mapping[str, str]) -> None:
        """What the dictionary wants to know of a customer and nobody wrote down, though it is known."""
        known = self._setting.customer_fields
        for name, value in (("name", called.whole), ("first_name", called.first), *where.items()):
            if name in known and name not in fields and value:
                fields[name] = value_of(value, known[name], name, self._setting.zone)

    def _birth_date(self, id: str, month: int, day: int) -> str:
        year = self._streams.stream("person", id, BIRTH_DATE).whole(_BORN_FROM, _BORN_TO)
        return f"{year - year % 4 if (month, day) == (2, 29) else year}-{month:02d}-{day:02d}"

    def _check_birthday(self, edge: str, alteration: Alteration) -> None:
        kind = self._setting.customer_fields.get(BIRTH_DATE)
        if (alteration.birthday or alteration.lacks == "birthday") and (kind is None or kind.kind != "date"):
            remedy = f"Add '{BIRTH_DATE}: date' to the fields of the object 'customer'"
            raise ExpressionError(f"'{edge}' needs a customer who has a birthday. {remedy}, or leave it out.")
