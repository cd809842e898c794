"""What was true of an object at a row, and what a system held of it: as-of joins on (key, row)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.checks.evidence import ARRIVED, ROWS, WORDY, Evidence, coins, column_of, take
from simulator.checks.groups import Occurrences
from simulator.model.log import Column, Ints, Mask
from simulator.model.typing import ObjectType
from simulator.words.vocabulary import ID, TEXT, FieldType, Value

PERSON = "person"
PROFILE_UPDATED = "Profile Updated"
CAMPAIGN = "campaign"


class Objects:
    """The objects of a scenario over a log. `whose` are rows that say which object, `when` rows as of which."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.kinds = evidence.scenario.dictionary.objects

    def column(self, path: tuple[str, ...], system: str | None, whose: Ints, when: Ints) -> Column:
        """Values of `object.field` (or of a place's `.name` and `.sign`), true or as `system` holds them."""
        head, field, *rest = path
        if self.is_planned(head):
            found = self._of_campaign(field, whose)
        else:
            found = self.values(self.setters(head, field, system, whose, when), head, field, whose)
        return self.along(found, rest)

    def is_planned(self, kind: str) -> bool:
        """True for the rows of the campaign plan: they are written down beforehand, and no event sets them."""
        return kind == CAMPAIGN and bool(self.evidence.scenario.campaigns)

    def setters(self, kind: str, field: str, system: str | None, whose: Ints, when: Ints) -> Ints:
        """The row that set each value, at or before `when`; -1 where none did."""
        groups = self.keys(kind, whose, when)
        updates = self.updates(kind, field, system)
        found: Ints = updates.last_before(np.maximum(groups, 0), when + 1)
        return np.where(groups < 0, -1, found)

    def values(self, setters: Ints, kind: str, field: str, whose: Ints) -> Column:
        """The values that these rows set; a customer's field that none did is what it was at the start."""
        column = take(self.evidence.field(field), setters)
        if self.kinds[kind].key != PERSON:
            return column
        codes, people = self.evidence.log.person
        at_start = [self._fields(person).get(field) for person in people]
        initial = take(column_of(column.type, at_start), codes[whose])
        return _either(setters >= 0, column, initial)

    def _fields(self, person: str) -> dict[str, Value]:
        known = self.evidence.scenario.people.get(person)
        return {} if known is None else dict(known.fields)

    def keys(self, kind: str, whose: Ints, when: Ints) -> Ints:
        """The code of each row's object: by its own key, else the object of that kind the person last dealt with."""
        key = self.evidence.field(self._kind(kind).key)
        own = np.where(key.known[whose], key.values[whose], -1)
        if self._kind(kind).key == PERSON:
            return own
        latest = self._dealings(kind).last_before(self.evidence.log.person[0][whose], when + 1)
        nobody = ~self.evidence.field(PERSON).known[whose]
        theirs = np.where((latest < 0) | nobody, -1, key.values[latest])
        return np.where(own >= 0, own, theirs)

    def next_change(self, kind: str, field: str, whose: Ints, after: Ints) -> Ints:
        """The next row after `after` that may change what is true of the object of each of `whose`; size: none."""
        evidence = self.evidence
        current = self.keys(kind, whose, after)
        by_key = self.updates(kind, field, None).first(np.maximum(current, 0), after + 1)
        by_key = np.where(current < 0, evidence.size, by_key)
        key = evidence.field(self._kind(kind).key)
        if self._kind(kind).key == PERSON:
            return by_key
        # Who names no object of their own may come to deal with another one.
        settled = key.known[whose] | ~evidence.field(PERSON).known[whose]
        by_person = self._dealings(kind).first(evidence.log.person[0][whose], after + 1)
        return np.where(settled, by_key, np.minimum(by_key, by_person))

    def settings(self, kind: str, field: str) -> Ints:
        """The facts that carry the key of a kind of object and the field."""
        return np.sort(self.updates(kind, field, None).rows)

    def along(self, column: Column, rest: list[str]) -> Column:
        """Follow a place to its name or sign; nothing to follow is the column itself."""
        if not rest:
            return column
        places = self.evidence.scenario.organisation.places
        texts: list[str | None] = []
        for word in column.categories:
            place = places.get(word)
            sign = None if place is None else place.sign or place.name
            texts.append(sign if rest[0] == "sign" or place is None else place.name)
        return replace(take(column_of(TEXT, texts), column.values), known=column.known & _known(texts, column))

    def _kind(self, kind: str) -> ObjectType:
        return self.kinds[kind]

    def updates(self, kind: str, field: str, system: str | None) -> Occurrences:
        """Rows that carry the key and the field: as facts, or born and arrived in one system."""

        def compute() -> Occurrences:
            rows = np.flatnonzero(self._carriers(kind, system) & self.evidence.field(field).known)
            return Occurrences(rows, self.evidence.field(self._kind(kind).key).values[rows], self.evidence.size)

        return self.evidence.once(("updates", kind, field, system), compute)

    def _dealings(self, kind: str) -> Occurrences:
        """Facts that name an object of the kind, by person."""

        def compute() -> Occurrences:
            rows = np.flatnonzero(self._carriers(kind, None) & self.evidence.field(PERSON).known)
            return Occurrences(rows, self.evidence.log.person[0][rows], self.evidence.size)

        return self.evidence.once(("dealings", kind), compute)

    def _carriers(self, kind: str, system: str | None) -> Mask:
        evidence = self.evidence
        key = evidence.field(self._kind(kind).key)
        told = evidence.facts if system is None else evidence.heard & evidence.rows_of_system(system)
        found: Mask = told & key.known
        if self._kind(kind).key == PERSON:
            found = found & self._profile_updates()
        return found

    def _profile_updates(self) -> Mask:
        """Every row names a person; only these change what is true of one."""
        evidence = self.evidence
        mask = np.zeros(evidence.size, np.bool_)
        mask[evidence.named(PROFILE_UPDATED)] = True
        arrived = evidence.named(ARRIVED)
        told = evidence.field("fact")
        mask[arrived[told.known[arrived] & (told.values[arrived] == told.code(PROFILE_UPDATED))]] = True
        return mask

    def _of_campaign(self, field: str, whose: Ints) -> Column:
        campaign = self.evidence.field(CAMPAIGN)
        plan = self.evidence.scenario.campaigns
        values = [plan.get(word, {}).get(field) for word in campaign.categories]
        rows = np.where(campaign.known[whose], campaign.values[whose], -1)
        return take(column_of(self._type_in_plan(field, values), values), rows)

    def _type_in_plan(self, field: str, values: list[Value | None]) -> FieldType:
        # A column of the plan has a type of its own: `until` is a date there, and an instant in events.
        kind = self.kinds.get(CAMPAIGN)
        declared = self.evidence.log.fields.get(field) if kind is None else kind.fields.get(field)
        if declared is not None:
            return declared
        texts = [value for value in values if value is not None]
        dates = all(isinstance(value, str) and _is_date(value) for value in texts)
        return FieldType("date") if dates else ID


def _is_date(text: str) -> bool:
    return len(text) == 10 and text[4] == text[7] == "-" and text.replace("-", "").isdigit()


def _known(texts: list[str | None], column: Column) -> Mask:
    table = np.array([text is not None for text in texts] + [False], dtype=np.bool_)
    found: Mask = table[column.values]
    return found


def _either(first: Mask, left: Column, right: Column) -> Column:
    """The left column where the mask holds, else the right one; both of one type."""
    known = np.where(first, left.known, right.known)
    if left.type.kind in WORDY:
        words = tuple(sorted({*left.categories, *right.categories}))
        return Column(left.type, np.where(first, recode(left, words), recode(right, words)), known, words)
    if left.currency is not None and right.currency is not None:
        names = tuple(sorted({*left.currencies, *right.currencies}))
        currency = np.where(first, coins(left, names), coins(right, names))
        values = np.where(first, left.values, right.values)
        return Column(left.type, values, known, currency=currency, currencies=names)
    return Column(left.type, np.where(first, left.values, right.values), known)


def recode(column: Column, words: tuple[str, ...]) -> Ints:
    """The column's values as codes into `words`; -1 for words that are not among them, and where none is known."""
    table = {word: code for code, word in enumerate(words)}
    codes = np.array([table.get(word, -1) for word in column.categories] + [-1], dtype=np.int64)
    return np.where(column.known, codes[column.values], -1) if len(column.values) else ROWS
