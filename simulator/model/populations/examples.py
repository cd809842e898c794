"""Examples: an entry of a people document with everything it inherits through `like`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.model.people import Habit, PersonOf, ProfileOf
from simulator.model.populations.setting import require, written_at
from simulator.words.errors import ExpressionError

ABSENT = "absent"
NAME_FIELDS = ("name", "first_name", "last_name")


@dataclass(frozen=True)
class Example:
    """An entry, complete. `rows` are written out; where `spread` is set, so many rows are drawn instead.

    `spread` is (least, most). `consent` holds for rows that state none; `fields` are as written, not typed yet.
    """

    id: str
    count: int | None = None
    name: str | None = None
    lives: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[ProfileOf, ...] = ()
    spread: tuple[int, int] | None = None
    consent: tuple[str, ...] | None = None
    household: str | None = None
    edges: tuple[str, ...] = ()
    varies: Mapping[str, str] = field(default_factory=dict)
    habits: tuple[Habit, ...] = ()

    @property
    def is_crowd(self) -> bool:
        """True if people are drawn from it; else it is one person, as written."""
        return self.count is not None


def resolve(name: str, entries: Mapping[str, PersonOf]) -> Example:
    """The entry with all that it inherits. PeopleError for a chain that names nobody, or comes back to itself."""
    chain = [name]
    while (base := entries[chain[-1]].like) is not None:
        with written_at(chain[-1], "like"):
            require(base, entries, "person")
            if base in chain:
                circle = " like ".join(f"'{link}'" for link in [*chain[chain.index(base) :], base])
                raise ExpressionError(f"{circle}: this comes back to where it began. Write one of them out in full.")
        chain.append(base)
    example = Example(name)
    for id in reversed(chain):
        with written_at(id):
            example = _grown(example, id, entries[id])
    return replace(example, id=name)


def in_the_background(example: Example | None) -> Example:
    """A crowd around a protagonist, for people that nobody wrote down; around nobody in particular without one."""
    example = example or Example("background")
    return replace(
        example,
        id="background",
        count=0,
        name=None,
        household=None,
        rows=_without_ids(example.rows),
        fields={name: value for name, value in example.fields.items() if name not in NAME_FIELDS},
        varies={**example.varies, "name": "any"},
    )


def _grown(base: Example, id: str, entry: PersonOf) -> Example:
    """What `entry` adds to what it inherits: mappings merge by key, everything else replaces."""
    stated = entry.model_fields_set
    own_fields = dict(entry.model_extra or {})
    lives = {} if entry.lives is None else entry.lives.model_dump(exclude_unset=True, exclude_none=True)
    _refuse_crowd_words(entry)
    # What an entry writes out itself is no longer drawn; a name that is drawn makes an inherited first name wrong.
    pinned = {*own_fields, *lives, *(("name",) if "name" in stated else ())}
    renewed = NAME_FIELDS if "name" in pinned or "name" in entry.varies else ()
    inherited = {name: value for name, value in base.fields.items() if name not in renewed}
    varies = {name: draw for name, draw in base.varies.items() if name not in pinned} | dict(entry.varies)
    rows, spread = _rows(base, entry)
    return Example(
        id=id,
        count=entry.count,
        name=entry.name if "name" in stated else base.name,
        lives={**base.lives, **lives},
        fields={name: value for name, value in {**inherited, **own_fields}.items() if value not in (None, ABSENT)},
        rows=rows,
        spread=spread,
        consent=base.consent if entry.consent is None else words(entry.consent),
        # A crowd around somebody does not live with them.
        household=entry.household if "household" in stated or entry.count is not None else base.household,
        edges=tuple(entry.edges) if "edges" in stated else base.edges,
        varies={name: draw for name, draw in varies.items() if draw != ABSENT},
        habits=tuple(entry.habits) if "habits" in stated else base.habits,
    )


def words(written: str | list[str]) -> tuple[str, ...]:
    """`email` or `[email, sms]` as words."""
    return (written,) if isinstance(written, str) else tuple(written)


def _rows(base: Example, entry: PersonOf) -> tuple[tuple[ProfileOf, ...], tuple[int, int] | None]:
    inherited = _without_ids(base.rows)
    if entry.consent is not None:
        inherited = tuple(row.model_copy(update={"consent": list(words(entry.consent))}) for row in inherited)
    if entry.profiles is None:
        return inherited, base.spread
    if isinstance(entry.profiles, list):
        rows = tuple(entry.profiles)
        return (_without_ids(rows) if entry.count is not None else rows), None
    with written_at("profiles"):
        return inherited, _spread(str(entry.profiles))


def _spread(text: str) -> tuple[int, int]:
    low, dots, high = (part.strip() for part in text.partition(".."))
    high = high if dots else low
    if not (low.isdecimal() and high.isdecimal() and 1 <= int(low) <= int(high) <= 100):
        raise ExpressionError(f"'{text}' is not a number of rows. Write '2', '1..3', or a list of rows.")
    return int(low), int(high)


def _without_ids(rows: tuple[ProfileOf, ...]) -> tuple[ProfileOf, ...]:
    """The rows for somebody else, who must have ids of their own."""
    return tuple(row.model_copy(update={"id": None}) for row in rows)


def _refuse_crowd_words(entry: PersonOf) -> None:
    for key in ("varies", "edges"):
        if getattr(entry, key) and entry.count is None:
            with written_at(key):
                remedy = "Add 'count: 100' to make this a crowd"
                raise ExpressionError(f"'{key}' is for a crowd, and this is one person. {remedy}, or leave it out.")
