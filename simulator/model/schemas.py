"""JSON Schemas of the documents, for editors: they complete keys, and tell of wrong ones while somebody types.

An editor sees the shape only. The small languages inside texts, names and types are known to `simulator.model.loading`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter

from simulator.model.journeys import Journey, Plan, Policy
from simulator.model.messages import Layout, Message
from simulator.model.organisation import Organisation
from simulator.model.people import PersonOf
from simulator.model.rules import CheckRule, State
from simulator.model.scenarios import ScenarioOf

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_MODELS: dict[str, type[BaseModel]] = {
    "organisation": Organisation,
    "journey": Journey,
    "policy": Policy,
    "plan": Plan,
    "message": Message,
    "layout": Layout,
    "scenario": ScenarioOf,
}
_ID = {"type": "string", "description": "the id, where it is not the file's name"}


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of document, by kind."""
    found = {kind: model.model_json_schema() for kind, model in _MODELS.items()}
    found["people"] = _people()
    found["checks"] = _checks()
    order = ("organisation", "people", "journey", "policy", "plan", "message", "layout", "checks", "scenario")
    return {kind: _finished(kind, _tidied(found[kind])) for kind in order}


def schema_of(kind: str, model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a kind of document that a backend brings along, such as `*.backend.yaml`."""
    return _finished(kind, _tidied(model.model_json_schema()))


def _finished(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its dialect, its title, and the keys that every document may have."""
    properties = {kind: {"type": "string", "description": "a title, for people"}, "id": _ID}
    return {
        "$schema": DIALECT,
        "title": f"journeyproof {kind}",
        **{key: value for key, value in schema.items() if key not in ("title", "properties", "required")},
        "properties": {**properties, **{key: value for key, value in schema["properties"].items() if key != kind}},
        "required": [kind, *(key for key in schema.get("required", []) if key != kind)],
    }


def _people() -> dict[str, Any]:
    """A people document: a title, and persons and crowds by id."""
    person = TypeAdapter(PersonOf).json_schema()
    definitions = person.pop("$defs", {})
    return {
        "type": "object",
        "description": "Persons and crowds by id. Any further key is a field of the customer, such as birth_date.",
        "properties": {"people": {"type": "string"}},
        "additionalProperties": {"$ref": "#/$defs/PersonOf"},
        "$defs": {**definitions, "PersonOf": person},
    }


def _checks() -> dict[str, Any]:
    """A checks document: a title, states, what is reported, and the rules by name."""
    rule = TypeAdapter(CheckRule).json_schema()
    state = TypeAdapter(State).json_schema()
    definitions = {**rule.pop("$defs", {}), **state.pop("$defs", {}), "State": state, "CheckRule": rule}
    results = {
        "type": "object",
        "properties": {"figures": {"type": "array", "items": {"type": "string"}}, "per": {"type": "string"}},
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "description": "Rules by name. The first key of a rule is its template, and holds the rule in plain words.",
        "properties": {
            "checks": {"type": "string"},
            "states": {"type": "object", "additionalProperties": {"$ref": "#/$defs/State"}},
            "results": results,
        },
        "additionalProperties": {"$ref": "#/$defs/CheckRule"},
        "$defs": definitions,
    }


def _tidied(schema: Any) -> Any:
    """Without what pydantic adds for programmers: titles made of names, and null for a key that may be left out."""
    if isinstance(schema, list):
        return [_tidied(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _tidied(value) for key, value in schema.items()}
    if isinstance(kept.get("title"), str) and ("type" in kept or "anyOf" in kept or "oneOf" in kept):
        del kept["title"]
    if "default" in kept and kept["default"] is None:
        del kept["default"]
    options = kept.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        rest = [option for option in options if option != {"type": "null"}]
        kept = {key: value for key, value in kept.items() if key != "anyOf"}
        kept |= rest[0] if len(rest) == 1 else {"anyOf": rest}
    return kept
