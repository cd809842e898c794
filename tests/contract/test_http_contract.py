"""The contract of the backend protocol: a sound OpenAPI document whose examples are what the reference backend says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from simulator.backends.http.contract import PROBLEMS, contract
from simulator.backends.http.examples import BRIEFING, HEARD, START, TOLD
from simulator.backends.http.misfits import misfits
from simulator.backends.http.serving import exposed
from simulator.backends.http.shapes import schemas
from simulator.backends.protocol import Capabilities, capabilities_to_wire
from simulator.backends.reference import ReferenceBackend
from simulator.model.wire import briefing_to_wire
from tests.unit.little import little_scenario

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = contract()
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
}


def walked(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a document."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walked(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walked(inner)


def at(reference: str) -> Any:
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_the_file_is_the_document() -> None:
    kept = (ROOT / "docs" / "backend.openapi.json").read_text(encoding="utf-8")
    written = json.dumps(DOCUMENT, indent=2, ensure_ascii=False) + "\n"
    assert kept == written, "docs/backend.openapi.json: write contract() there again"


def test_every_reference_leads_somewhere_and_every_schema_is_one() -> None:
    references = [each["$ref"] for each in walked(DOCUMENT) if isinstance(each.get("$ref"), str)]
    assert len(references) > 40
    for reference in references:
        assert at(reference), reference
    for schema in schemas().values():
        Draft202012Validator.check_schema(schema)
    used = {reference.rpartition("/")[2] for reference in references}
    assert set(schemas()) <= used, "a schema that no message has"


def test_every_member_says_what_it_means() -> None:
    for name, schema in schemas().items():
        assert schema["description"], name
        for member, of_it in schema.get("properties", {}).items():
            assert of_it.get("description") or "$ref" in of_it or "const" in of_it or "enum" in of_it or (
                of_it == {"type": "integer", "minimum": 400, "maximum": 599}
            ), f"{name}.{member}"  # fmt: skip


def test_every_operation_is_told_with_its_answers_problems_and_links() -> None:
    assert set(OPERATIONS) == {"capabilities", "contract", "open", "ingest", "advance", "clock", "close"}
    for name, (_, path, operation) in OPERATIONS.items():
        assert operation["summary"].endswith("."), name
        success, *problems = sorted(operation["responses"])
        assert success.startswith("2"), name
        assert {"421"} <= set(problems) <= set(map(str, PROBLEMS)), name
        assert ("{session}" in path) == ("404" in problems), name
        assert ("requestBody" in operation) == ({"400", "413", "415", "422"} <= set(problems)), name
        for link in (link for answer in operation["responses"].values() for link in answer.get("links", {}).values()):
            assert link["operationId"] in OPERATIONS


@pytest.mark.parametrize("media", ["application/json", "application/problem+json"])
def test_every_example_has_the_form_of_its_schema(media: str) -> None:
    examples = [each[media] for each in walked(DOCUMENT) if isinstance(each.get(media), dict)]
    told = [
        (content["schema"]["$ref"].rpartition("/")[2], content["example"])
        for content in examples
        if "example" in content
    ]
    assert len(told) >= 8
    for schema, example in told:
        assert misfits(example, schema) == []


def test_the_examples_are_what_the_reference_backend_says() -> None:
    with exposed(ReferenceBackend) as url, httpx.Client(base_url=url, trust_env=False) as client:
        opened = client.post("/v1/sessions", json={"briefing": BRIEFING, "start": START})
        example = at("#/paths")["/v1/sessions"]["post"]["responses"]["201"]
        assert opened.status_code == 201
        assert example["content"]["application/json"]["example"].items() <= opened.json().items()
        home = opened.headers["location"]
        assert home == example["headers"]["Location"]["example"]
        calls = [
            ("ingest", "events", {"events": [HEARD]}, 202),
            ("advance", "advance", {"to": TOLD[0]["time"], "step": 1}, 200),
        ]
        for operation, word, body, status in calls:
            _, _, told = OPERATIONS[operation]
            assert told["requestBody"]["content"]["application/json"]["example"] == body
            answer = client.post(f"{home}/{word}", json=body)
            assert answer.status_code == status
            assert answer.json() == told["responses"][str(status)]["content"]["application/json"]["example"]
        told = OPERATIONS["clock"][2]["responses"]["200"]["content"]["application/json"]["example"]
        assert client.get(f"{home}/clock").json() == told
        assert client.get("/v1/openapi.json").json() == json.loads(json.dumps(DOCUMENT))


def test_what_the_harness_says_has_the_form_of_the_contract(tmp_path: Path) -> None:
    scenario = little_scenario(tmp_path)
    body = {"briefing": briefing_to_wire(scenario.briefing), "start": "2026-03-02T00:00:00+01:00"}
    assert misfits(json.loads(json.dumps(body)), "Open") == []
    unheard_of = set(body["briefing"]) - set(schemas()["Briefing"]["properties"])
    assert not unheard_of, "a member of the briefing that the contract does not tell of"
    declared = {"name": "x", **capabilities_to_wire(Capabilities())}
    assert misfits(declared, "Capabilities") == []
    assert set(declared) == set(schemas()["Capabilities"]["properties"])


def test_every_feature_that_the_reference_has_is_told() -> None:
    told = schemas()["Capabilities"]["properties"]["features"]["description"]
    assert set(re.findall(r"[a-z]+\.[a-z_]+|coupons|holdout", told)) == ReferenceBackend.capabilities.features


@pytest.mark.parametrize(
    ("value", "schema", "pointer", "words"),
    [
        ({"to": "2026-02-30T00:00:00Z", "step": 1}, "Advance", "/to", "is no instant"),
        ({"to": "1899-12-31T00:00:00Z", "step": 1}, "Advance", "/to", "1900 to 2199"),
        ({"to": "2026-03-02", "step": 1}, "Advance", "/to", "is no instant"),
        ({"to": "2026-03-02T00:00:00Z", "step": 0}, "Advance", "/step", "less than the minimum"),
        ({"to": "2026-03-02T00:00:00Z", "step": "1"}, "Advance", "/step", "no integer"),
        ({"to": "2026-03-02T00:00:00Z"}, "Advance", "", "lacks step"),
        ({"events": [HEARD, {**HEARD, "id": "7"}]}, "Events", "/events/1/id", "does not match"),
        ({"events": [{**HEARD, "data": {"a/b": []}}]}, "Events", "/events/0/data/a~1b", "is no string or number"),
        ({"next_wakeup": 5}, "Heard", "/next_wakeup", "is no string"),
        ({"name": "x", "clock": "sundial"}, "Capabilities", "/clock", "none of cooperative, stepped, blackbox"),
        ({"name": "x", "clock": "stepped", "granularity": 1}, "Capabilities", "", "'granularity' was unexpected"),
        ([], "Open", "", "is no object"),
    ],
)  # fmt: skip
def test_what_has_another_form_is_told_by_its_place(value: Any, schema: str, pointer: str, words: str) -> None:
    [misfit] = misfits(value, schema)
    assert misfit.pointer == pointer
    assert words in misfit.detail
