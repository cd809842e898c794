"""Controls of the person: where they live, what is true of them, how they can be reached, and what they do by habit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from simulator.model.addresses import email_of, phone_of, token
from simulator.model.values import to_plain, value_of
from simulator.studio import phrases
from simulator.studio.controls import Control
from simulator.studio.drafts import Draft, Plain
from simulator.studio.problems import Refused
from simulator.words.clock import iso, parse_duration, zone
from simulator.words.durations import Duration
from simulator.words.errors import ExpressionError
from simulator.words.quantities import parse_percent
from simulator.words.vocabulary import FieldType

MOST_HABITS = 20
"""Drawn acts of a person that have a control."""
KINDS = {
    "text": "text", "id": "text", "place": "choice", "choice": "choice", "flag": "toggle", "number": "number",
    "percent": "percent", "date": "date", "instant": "instant", "money": "text",
}  # fmt: skip
"""The kind of control by the type of a field."""
_REACHED = {"email": ("email",), "sms": ("sms", "phone"), "phone": ("sms", "phone"), "push": ("push",),
            "letter": ("letter",)}  # fmt: skip


def person_controls(draft: Draft) -> Iterator[Control]:
    """Everything about the person that can be turned."""
    yield from _lives(draft)
    yield from _fields(draft)
    yield from _reached(draft)
    yield from _wrong_rows(draft)
    yield from _habits(draft)


def _lives(draft: Draft) -> Iterator[Control]:
    person, called = draft.person, draft.called

    def move(name: str) -> str:
        zone(name)
        for row in person["profiles"]:
            row["zone"] = name if row["zone"] == person["zone"] else row["zone"]
        person["zone"] = name
        return f"{draft.called} lives in {phrases.city(name)}"

    def rename(name: str) -> str:
        before, old, new = draft.called, person["name"], name
        for row in person["profiles"]:
            letter = row["addresses"].get("letter")
            if letter is not None and letter.startswith(old):
                row["addresses"]["letter"] = new + letter[len(old) :]
        if person["fields"].get("first_name") == old.partition(" ")[0]:
            _put(person, "first_name", new.partition(" ")[0])
        person["name"] = new
        return f"{before} is called {new}"

    def speak(language: str) -> str:
        person["language"] = language
        return f"{called} speaks {phrases.LANGUAGES.get(language, language)}"

    here = person["zone"]
    zones = dict.fromkeys([here, draft.scenario.zone, *phrases.ZONES])
    yield Control(
        "person.zone", "person", "Lives in", "choice", here, move, [(name, phrases.city(name)) for name in zones],
        open=True, hint="Whose clock it is: mornings, quiet hours and birthdays are there.",
    )  # fmt: skip
    yield Control("person.name", "person", "Name", "text", person["name"], rename)
    spoken = dict.fromkeys([person["language"], *phrases.LANGUAGES])
    choices = [(code, phrases.LANGUAGES.get(code, code)) for code in spoken]
    yield Control("person.language", "person", "Language", "choice", person["language"], speak, choices, more=True)


def _fields(draft: Draft) -> Iterator[Control]:
    person = draft.person
    objects = draft.organisation.get("objects", {})
    declared = objects.get("customer", {}).get("fields", {})
    for name in dict.fromkeys([*declared, *person["fields"]]):
        kind = draft.kind_of(name)
        value = shown(draft, person["fields"].get(name), kind)

        def put(value: Any, name: str = name, kind: FieldType = kind) -> str:
            if value is None:
                _drop(person, name)
                return f"nobody knows {draft.called}'s {phrases.words(name)}"
            _put(person, name, stored(draft, value, kind, name))
            return _said(draft, name, kind, value)

        yield field_control(
            draft, f"person.{name}", "person", phrases.field(name), kind, value, put, optional=True,
            hint="29 February is a day too." if name == "birth_date" else "",
        )  # fmt: skip


def _said(draft: Draft, name: str, kind: FieldType, value: Any) -> str:
    if kind.kind == "flag":
        return f"{draft.called}: {phrases.field(name).lower()} is {'yes' if value else 'no'}"
    if name == "birth_date":
        return f"{draft.called} was born on {value}"
    if kind.kind == "place":
        return f"{draft.called} goes to {phrases.words(str(value))}"
    return f"{draft.called}'s {phrases.words(name)} is {value}"


def field_control(
    draft: Draft, id: str, group: str, label: str, kind: FieldType, value: Any, write: Callable[[Any], str],
    **more: Any,
) -> Control:  # fmt: skip
    """A control for a value of a type, shown as people write it."""
    choices: Sequence[tuple[Any, str]] = ()
    if kind.kind == "choice":
        choices = [(word, phrases.words(word)) for word in kind.choices]
    elif kind.kind == "place":
        places = draft.organisation.get("places", {})
        choices = [(place, str(written.get("name", place))) for place, written in places.items()]
    control = KINDS[kind.kind] if choices or kind.kind not in ("choice", "place") else "text"
    unit = "%" if kind.kind == "percent" else ""
    return Control(id, group, label, control, value, write, choices, unit=unit, **more)


def stored(draft: Draft, value: Any, kind: FieldType, subject: str) -> Any:
    """A value as people write it, in the form that a drawn person holds it. Raises Refused."""
    written = f"{value:g} %" if kind.kind == "percent" and isinstance(value, int | float) else value
    try:
        found = value_of(written, kind, subject, draft.scenario.zone, list(draft.organisation.get("places", {})))
    except ExpressionError as error:
        raise Refused(200, f"{phrases.field(subject)}: {error.message}") from None
    return to_plain({subject: found})[subject]


def shown(draft: Draft, value: Any, kind: FieldType) -> Any:
    """A value of a drawn person as people write it."""
    if kind.kind == "instant" and isinstance(value, int):
        return iso(value, draft.zone)[:16].replace("T", " ")
    if kind.kind == "percent" and isinstance(value, str):
        return parse_percent(value)
    return value


def _put(person: Plain, name: str, value: Any) -> None:
    """Make something true of a person, and of each row that had it right before."""
    before = person["fields"].get(name)
    for row in person["profiles"]:
        if row["fields"].get(name) == before:
            row["fields"][name] = value
    person["fields"][name] = value


def _drop(person: Plain, name: str) -> None:
    person["fields"].pop(name, None)
    for row in person["profiles"]:
        row["fields"].pop(name, None)


def _reached(draft: Draft) -> Iterator[Control]:
    person = draft.person
    for name in draft.organisation.get("channels", {}):
        rows = person["profiles"]
        consents = any(name in row["consents"] for row in rows)
        spoken = phrases.channel(name)

        def consent(given: bool, name: str = name, spoken: str = spoken, rows: list[Plain] = rows) -> str:
            holders = [row for row in rows if name in row["addresses"]] or rows[:1]
            # Who has consented somewhere already has not consented everywhere by saying so again.
            for row in [] if given and any(name in row["consents"] for row in rows) else rows:
                kept = set(row["consents"]) - {name}
                row["consents"] = sorted(kept | {name} if given and row in holders else kept)
            return f"{draft.called} has {'' if given else 'not '}consented to {spoken}"

        def reach(there: bool, name: str = name, spoken: str = spoken, rows: list[Plain] = rows) -> str:
            if not there:
                for row in rows:
                    for kind in _REACHED[name]:
                        row["addresses"].pop(kind, None)
            elif not any(name in row["addresses"] for row in rows):
                rows[0]["addresses"].update(_address(person, name))
            return f"{draft.called} can{'' if there else 'not'} be reached by {spoken}"

        yield Control(
            f"person.consent.{name}", "person", f"Has consented to {spoken}", "toggle", consents, consent,
            hint="What every system holds at the start.",
        )  # fmt: skip
        if name in _REACHED:
            reached = any(name in row["addresses"] for row in rows)
            yield Control(
                f"person.address.{name}", "person", f"Can be reached by {spoken}", "toggle", reached, reach, more=True
            )


def _address(person: Plain, name: str) -> dict[str, str]:
    """An address that nobody else has, and that reaches nobody."""
    if name == "email":
        return {"email": email_of(person["name"] if person["crowd"] else "", person["id"])}
    if name in ("sms", "phone"):
        return dict.fromkeys(("sms", "phone"), phone_of(person["id"], 1))
    if name == "push":
        return {"push": f"push:{token('push', person['id'], person['profiles'][0]['system'], 0)}"}
    street = f"Example Street {person['household'] or person['id']}"
    return {"letter": ", ".join(filter(None, (person["name"], street, person["country"])))}


def _wrong_rows(draft: Draft) -> Iterator[Control]:
    """What a row of some system has wrong."""
    person = draft.person
    for number, row in enumerate(person["profiles"]):
        for name, value in row["fields"].items():
            if value == person["fields"].get(name):
                continue
            kind = draft.kind_of(name)

            def put(value: Any, row: Plain = row, name: str = name, kind: FieldType = kind) -> str:
                row["fields"][name] = stored(draft, value, kind, name)
                return f"in {row['system']} {draft.called}'s {phrases.words(name)} is {value}".replace("True", "yes")

            label = f"In {row['system']}: {phrases.field(name).lower()}"
            yield field_control(
                draft, f"row.{number}.{name}", "person", label, kind, shown(draft, value, kind), put, more=True,
                hint="This system has it otherwise than it is.",
            )  # fmt: skip


def _habits(draft: Draft) -> Iterator[Control]:
    person = draft.person
    local = zone(person["zone"])
    for number, habit in enumerate(person["habits"][:MOST_HABITS]):
        if habit is None:
            continue
        day = iso(habit["time"], local)[:16].replace("T", " ")
        label = f"{phrases.event(habit['event'])} on {day}"
        yield Control(
            f"habit.{number}", "behaviour", label, "toggle", True, partial(_drop_habit, draft, number, label), more=True
        )
        yield Control(
            f"habit.{number}.moved", "behaviour", f"{label}: days later", "number", 0,
            partial(_move_habit, draft, number, label), min=-365, max=365, unit="days", more=True,
        )  # fmt: skip


def _drop_habit(draft: Draft, number: int, label: str, stays: bool) -> str:
    if not stays:
        draft.person["habits"][number] = None
    return label if stays else f"{draft.called} does not do this: {label}"


def _move_habit(draft: Draft, number: int, label: str, days: int) -> str:
    from simulator.words.clock import add

    habit = draft.person["habits"][number]
    if habit is not None:
        habit["time"] = add(habit["time"], Duration(days=int(days)), zone(draft.person["zone"]))
    return f"{label}: {later(days)}"


def later(days: float) -> str:
    """`7 days later`, `1 day earlier`."""
    count = abs(int(days))
    return f"{count} {'day' if count == 1 else 'days'} {'earlier' if days < 0 else 'later'}"


def span(text: str) -> str:
    """A duration in the one way that the grammar writes it."""
    return str(parse_duration(text))
