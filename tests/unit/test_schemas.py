"""The JSON Schemas that editors use: valid themselves, true of every shipped document, and good for finding typos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from simulator.backends import catalogue
from simulator.model.data import data_folder
from simulator.model.loading.documents import KINDS
from simulator.model.reading import plain, read_file
from simulator.model.schemas import schema_of, schemas

ROOT = data_folder("scenarios").parent
PROJECT = Path(__file__).parents[1] / "golden" / "invalid" / "project"
FILES = sorted(file for folder in (ROOT / "scenarios", ROOT / "fixtures", PROJECT) for file in folder.rglob("*.yaml"))
SCHEMAS = {**schemas(), **{kind: schema_of(kind, model) for kind, model in catalogue.documents().items()}}


def documents(file: Path) -> list[dict[str, Any]]:
    return [plain(node) for node in read_file(file, file.name)]


def complaints(kind: str, document: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMAS[kind]).iter_errors(document)]


def test_there_is_a_schema_for_each_kind_and_it_is_one() -> None:
    assert tuple(schemas()) == KINDS
    for kind, schema in SCHEMAS.items():
        Draft202012Validator.check_schema(schema)
        assert schema["required"][0] == kind


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_document_fits_the_schema_of_its_kind(file: Path) -> None:
    for document in documents(file):
        assert complaints(next(iter(document)), document) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("birthday.scenario.yaml", {"storey": []}),
        ("birthday.checks.yaml", {"greeted": {"respons": "x", "activation": "Signed Up"}}),
        ("rules.policy.yaml", {"caps": {"weekly": {"limit": "many", "window": "7 days rolling"}}}),
        ("birthday.journey.yaml", {"steps": [{"sent": "offer"}]}),
        ("shop.organisation.yaml", {"links": {"till to crm": "maybe"}}),
        ("people.people.yaml", {"anna": {"lives": {"town": "Rome"}}}),
        ("offer.message.yaml", {"subjct": "x"}),
    ],
)
def test_a_typo_is_seen(name: str, change: dict[str, Any]) -> None:
    (file,) = PROJECT.rglob(name)
    (document,) = documents(file)
    kind = next(iter(document))
    assert complaints(kind, document) == []
    assert complaints(kind, {**document, **change})


def test_a_key_says_what_may_stand_there() -> None:
    within = schemas()["checks"]["$defs"]["Response"]["properties"]["within"]
    assert within == {"type": "string", "description": "7 min, 24 h (exact), 1 day (calendar)"}
