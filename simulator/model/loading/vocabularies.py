"""The dictionary of a scenario: every field, object, event and declared word, each with one type and one place."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.model.conditions import Name
from simulator.model.loading.bundles import Bundle, items, key_place, mapping, replaced, text_of
from simulator.model.messages import Message
from simulator.model.organisation import Organisation
from simulator.model.reading import Node
from simulator.model.typing import Dictionary, ObjectType, Scope, type_of
from simulator.words.errors import ExpressionError, Place, Problem
from simulator.words.vocabulary import DATE, EVENTS, FIELDS, ID, PERCENT, TEXT, FieldType

PLAN_TYPES: Mapping[str, FieldType] = {
    "from": DATE, "until": DATE, "segment": TEXT, "channel": ID, "product": ID, "stance": ID, "message": ID,
    "purpose": FIELDS["purpose"],
}  # fmt: skip
"""The types of a plan's columns; any other column is text."""

COUPON: Mapping[str, FieldType] = {
    "discount": PERCENT, "valid_until": DATE, "status": FieldType("choice", ("unused", "used", "expired")),
}  # fmt: skip
"""What a coupon has where a journey grants some, and the organisation says nothing of them; its key is coupon_id."""

SOURCE = Scope(fields_of_event=False, owner="a message")
"""Where the names of a message come from."""


class Vocabulary:
    """Collects fields with their types and where each was declared first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.fields: dict[str, FieldType] = dict(FIELDS)
        self.places: dict[str, Place] = {}
        self.problems = problems

    def declare(self, name: str, kind: FieldType, place: Place) -> None:
        """Declare a field. A second declaration must be of the same type; the words of choices come together."""
        before = self.fields.get(name)
        if before is None:
            self.fields[name] = kind
            self.places[name] = place
        elif before.kind == kind.kind == "choice":
            words = (*before.choices, *(word for word in kind.choices if word not in before.choices))
            self.fields[name] = FieldType("choice", words)
        elif before != kind:
            first = self.places.get(name)
            where = f"at {first}" if first else "in every scenario"
            remedy = "A field has one type: rename one of them."
            sentence = f"the field '{name}' is {kind} here and {before} {where}. {remedy}"
            self.problems.append(Problem(place, sentence))


def dictionary_of(
    bundle: Bundle, organisation: Organisation, messages: Mapping[str, Message], problems: list[Problem]
) -> Dictionary:
    """The dictionary of a scenario whose organisation and messages have the right shape."""
    vocabulary = Vocabulary(problems)
    objects = _objects(bundle.organisation, organisation, vocabulary)
    declared = mapping(bundle.organisation).get("events")
    for event, said in organisation.events.items():
        fields = mapping(mapping(declared).get(event)).get("fields")
        for name, kind in said.fields.items():
            vocabulary.declare(name, kind, _key(fields, name))
    granting = next((node for journey in bundle.journeys.values() if (node := mapping(journey).get("coupons"))), None)
    if granting is not None and "coupon" not in objects:
        objects["coupon"] = ObjectType("coupon_id", organisation.automation, COUPON)
        for name, kind in objects["coupon"].all_fields.items():
            vocabulary.declare(name, kind, granting.place)
    plan = _campaign(bundle, organisation)
    if plan is not None:
        objects["campaign"] = plan
    base = Dictionary(
        fields=vocabulary.fields,
        objects=objects,
        events=frozenset(EVENTS) | frozenset(organisation.events),
        systems=frozenset(organisation.systems),
        zone=organisation.calendar.zone,
        words=_words(bundle, organisation),
    )
    for id, message in messages.items():
        names = mapping(bundle.messages[id]).get("names")
        for name, source in message.names.items():
            try:
                kind = type_of(Name(tuple(source.split("."))), base, SOURCE)
            except ExpressionError:
                continue  # the message itself is complained of, once, where messages are linked
            vocabulary.declare(name, kind, _key(names, name))
    return base


def _objects(node: Node | None, organisation: Organisation, vocabulary: Vocabulary) -> dict[str, ObjectType]:
    objects: dict[str, ObjectType] = {}
    declared = mapping(node).get("objects")
    for name, thing in organisation.objects.items():
        entry = mapping(declared).get(name)
        if thing.key != "person":
            key = mapping(entry).get("key")
            vocabulary.declare(thing.key, ID, Place("") if key is None else key.place)
        for field, kind in thing.fields.items():
            vocabulary.declare(field, kind, _key(mapping(entry).get("fields"), field))
        objects[name] = ObjectType(thing.key, thing.home, thing.fields)
    return objects


def _key(node: Node | None, key: str) -> Place:
    return key_place(node, key) if node is not None else Place("")


def _campaign(bundle: Bundle, organisation: Organisation) -> ObjectType | None:
    if bundle.plan is None:
        return None
    columns = [text_of(column) for column in items(mapping(bundle.plan).get("columns"))]
    fields = {column: PLAN_TYPES.get(column, TEXT) for column in columns if column and column != "campaign"}
    return ObjectType("campaign", organisation.automation, fields)


def _words(bundle: Bundle, organisation: Organisation) -> dict[str, frozenset[str]]:
    """The declared words of fields, so that a typo is found. What is not known here may be any word."""
    words = {"place": frozenset(organisation.places), "channel": frozenset(organisation.channels)}
    rows = campaign_ids(bundle.plan)
    if rows:
        words["campaign"] = frozenset(rows)
    if "message" in bundle.known:
        words["message"] = bundle.known["message"] | frozenset(bundle.messages)
    if "journey" in bundle.known:
        planned = {f"{id}:{row}" for id in bundle.journeys for row in rows}
        words["journey"] = bundle.known["journey"] | frozenset(bundle.journeys) | planned
    return words


def campaign_ids(plan: Node | None) -> list[str]:
    """The campaigns of a plan, in its order."""
    columns = [text_of(column) for column in items(mapping(plan).get("columns"))]
    if "campaign" not in columns:
        return []
    at = columns.index("campaign")
    rows = items(mapping(plan).get("campaigns"))
    return [id for row in rows if len(items(row)) > at and (id := text_of(items(row)[at])) is not None]


def with_references(organisation: Node) -> Node:
    """The organisation in which a field whose type is another object's name is an id."""
    names = mapping(mapping(organisation).get("objects"))
    change: dict[tuple[str | int, ...], Node] = {}
    for owner in ("objects", "events"):
        for name, thing in mapping(mapping(organisation).get(owner)).items():
            for field, kind in mapping(mapping(thing).get("fields")).items():
                if isinstance(kind.value, str) and kind.value in names:
                    change[owner, name, "fields", field] = Node("id", kind.place, inner=kind.inner)
    return replaced(organisation, change) if change else organisation
