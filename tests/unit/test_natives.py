"""Scenarios that bring along what an engine shall run, and scenarios that are about certain backends."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from simulator.backends.protocol import Capabilities
from simulator.backends.reference import ReferenceBackend
from simulator.model.briefing import Briefing
from simulator.model.data import data_folder
from simulator.model.loading import discover, from_document, load
from simulator.model.resultschema import result_schema
from simulator.model.scenarios import Scenario
from simulator.model.schemas import schemas
from simulator.model.wire import briefing_from_wire, briefing_to_wire
from simulator.running import rehearse, replay, result_file
from simulator.words.errors import InvalidDocuments, NotInstalled, Refusal, Unsupported
from tests.unit.small import SMALLEST

FLOW = '[{"id": "żółty"}]'
NATIVE = """
native:
  flows: flow.json
  other:
    definition: ../shared/other.py
    tell: {Signed Up: {url: /signups}}
    recognise: [{message: hello, subject: "Hello, (?P<campaign>.+)"}, {message: welcome, sender: shop}]
    settings: {port: 1880}
"""


def scenario(folder: Path, text: str, **files: str) -> Scenario:
    own = folder / "scenarios" / "welcome"
    own.mkdir(parents=True, exist_ok=True)
    for name, content in {"flow.json": FLOW, "../shared/other.py": "pass\n", **files}.items():
        (own / name).parent.mkdir(exist_ok=True)
        (own / name).write_text(content, encoding="utf-8")
    file = own / "welcome.scenario.yaml"
    file.write_text(text.lstrip(), encoding="utf-8")
    [source] = discover([file], data_folder("scenarios"), folder)
    return load(source, source.variants[0])


def refusal(folder: Path, text: str, **files: str) -> str:
    with pytest.raises(InvalidDocuments) as refused:
        scenario(folder, text, **files)
    return str(refused.value)


def test_a_definition_is_told_to_its_backend_as_text(tmp_path: Path) -> None:
    natives = scenario(tmp_path, SMALLEST + NATIVE).briefing.native
    assert (natives["flows"].file, natives["flows"].text) == ("scenarios/welcome/flow.json", FLOW)
    other = natives["other"]
    assert (other.file, other.text) == ("scenarios/shared/other.py", "pass\n")
    assert (other.tell, other.settings) == ({"Signed Up": {"url": "/signups"}}, {"port": 1880})
    assert [rule["message"] for rule in other.recognise] == ["hello", "welcome"]


def test_it_stands_in_the_document_and_crosses_a_wire(tmp_path: Path) -> None:
    loaded = scenario(tmp_path, SMALLEST + NATIVE)
    (tmp_path / "scenarios" / "welcome" / "flow.json").unlink()
    document = json.loads(json.dumps(loaded.document))
    again = from_document(document)
    assert again.briefing.native == loaded.briefing.native
    wire = json.loads(json.dumps(briefing_to_wire(loaded.briefing)))
    assert briefing_from_wire(wire).native == loaded.briefing.native
    del document["native"]["flows"]
    with pytest.raises(InvalidDocuments, match="the definition of 'flows' is missing"):
        from_document(document)


def test_a_scenario_without_one_has_no_key_for_it(tmp_path: Path) -> None:
    assert "native" not in scenario(tmp_path, SMALLEST).document


def test_messages_that_are_recognised_need_no_journey_and_perhaps_no_document(tmp_path: Path) -> None:
    text = SMALLEST.replace("journeys: [welcome]", "journeys: []").replace("message = welcome", "message = hello")
    loaded = scenario(tmp_path, text + NATIVE)
    assert loaded.briefing.programs == ()
    assert set(loaded.briefing.messages) == {"welcome"}
    assert "unknown message 'hello'" in refusal(tmp_path, text)


def test_a_variant_replaces_definitions_and_backends(tmp_path: Path) -> None:
    variants = """
backends: [other, flows]
variants:
  plain: {native: {}, backends: []}
  both: {}
  own: {native: {flows: flow.json}, backends: [flows]}
"""
    loaded = scenario(tmp_path, SMALLEST + NATIVE + variants)
    assert (loaded.briefing.native, loaded.backends) == ({}, ())
    [source] = discover([tmp_path / "scenarios"], data_folder("scenarios"), tmp_path)
    assert [source.backends_of(variant) for variant in source.variants] == [(), ("other", "flows"), ("flows",)]
    for variant in source.variants:
        assert load(source, variant).backends == source.backends_of(variant)
    assert set(load(source, "own").briefing.native) == {"flows"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("flow.jsn", "there is no file 'flow.jsn' (did you mean 'flow.json'?)."),
        ("../../../outside.json", "lies outside the project. Put the definition beside the scenario."),
        ("/etc/hostname", "'/etc/hostname' lies outside the project."),
        ("link.json", "'link.json' lies outside the project."),
        ("../../..", "'../../..' lies outside the project."),
        (".", "there is no file '.'"),
        ("big.json", "'big.json' has 2,000,001 bytes; a definition has 2,000,000 at most. Export less."),
        ("latin.json", "'latin.json' is not UTF-8 at byte 3. Save the file as UTF-8."),
    ],
)
def test_a_definition_that_cannot_be_had_is_told_with_its_place(tmp_path: Path, name: str, said: str) -> None:
    folder = tmp_path / "project" / "scenarios" / "welcome"
    folder.mkdir(parents=True)
    (tmp_path / "outside.json").write_text("{}", encoding="utf-8")
    (folder / "link.json").symlink_to(tmp_path / "outside.json")
    (folder / "latin.json").write_bytes(b"ab\xff")
    text = SMALLEST.replace("journeys:", f"native: {{flows: {name}}}\njourneys:").lstrip()
    found = refusal(tmp_path / "project", text, **{"big.json": "x" * 2_000_001})
    assert found.startswith("scenarios/welcome/welcome.scenario.yaml:4:17: ")
    assert said in found
    assert str(tmp_path) not in found


def test_editors_know_the_keys() -> None:
    schema = schemas()["scenario"]
    jsonschema.Draft202012Validator.check_schema(schema)
    head: dict[str, Any] = {"scenario": "A", "starts": "2026-03-02", "lasts": "1 day", "checks": "a"}
    valid = jsonschema.Draft202012Validator(schema).is_valid
    assert valid({**head, "native": {"flows": "a.json"}, "backends": ["flows"]})
    assert valid({**head, "native": {"flows": {"definition": "a.json", "recognise": [{"message": "a", "text": "b"}]}}})
    assert not valid({**head, "native": {"flows": {"definitions": "a.json"}}})
    assert not valid({**head, "backends": "flows"})


# ------------------------------------------------------------------------------------------------------- running


class Flows(ReferenceBackend):
    """Stands for an engine that runs a definition of its own: here, whatever the scenario's journeys are."""

    name = "flows"
    capabilities = Capabilities(independent_customers=True)
    closed = 0

    def open(self, briefing: Briefing, start: int) -> None:
        self.definition = f"native {briefing.native['flows'].file}"
        super().open(briefing, start)

    def close(self) -> None:
        Flows.closed += 1
        super().close()


class Refusing(ReferenceBackend):
    name = "refusing"

    def open(self, briefing: Briefing, start: int) -> None:
        raise Unsupported(Refusal(f"a.journey.yaml:{line}", "this engine cannot wait.") for line in range(1, 13))


class Absent(ReferenceBackend):
    def __init__(self) -> None:
        raise NotInstalled("Absent is not there: pip install 'journeyproof[absent]'")


def test_what_ran_is_written_to_the_log_and_the_result(tmp_path: Path) -> None:
    found = rehearse(scenario(tmp_path, SMALLEST + NATIVE), backend=Flows)
    assert found.outcome == "satisfied", "a definition of its own needs no capability for our journeys"
    definition = "native scenarios/welcome/flow.json"
    assert found.result["definition"] == definition
    [published] = [event for event in found.result["organisation_events"] if event["name"] == "Journeys Published"]
    assert published["data"] == {"of": "flows", "definition": definition}
    document = result_file([found])
    jsonschema.Draft202012Validator(result_schema()).validate(document)
    assert "definition" not in rehearse(found.scenario).result


def test_a_result_does_not_bring_along_what_an_engine_would_carry_out(tmp_path: Path) -> None:
    document = result_file([rehearse(scenario(tmp_path, SMALLEST + NATIVE.replace("flows:", "reference:")))])
    [outcome] = replay(document)
    assert not outcome.same
    assert "add '--backend reference' if you trust the code behind it" in str(outcome.first_difference)
    assert replay(document, backend="reference")[0].same


def test_what_is_refused_is_unsupported_line_by_line(tmp_path: Path) -> None:
    found = rehearse(scenario(tmp_path, SMALLEST), backend=Refusing)
    [check] = found.result["checks"]
    assert check["outcome"] == "unsupported"
    assert check["reason"].startswith(
        "the backend 'refusing' cannot express this: a.journey.yaml:1: this engine cannot wait; a.journey.yaml:2: "
    )
    assert check["reason"].endswith("a.journey.yaml:10: this engine cannot wait; and 2 more")
    assert len(found.result["refusals"]) == 12
    jsonschema.Draft202012Validator(result_schema()).validate(result_file([found]))


def test_what_is_not_installed_is_an_error_that_says_how_to_get_it(tmp_path: Path) -> None:
    found = rehearse(scenario(tmp_path, SMALLEST), backend=Absent)
    assert found.outcome == "error"
    assert found.result["checks"][0]["reason"] == "Absent is not there: pip install 'journeyproof[absent]'"
    assert not found.as_expected


def test_a_scenario_runs_on_the_first_backend_that_it_is_about(tmp_path: Path) -> None:
    about = scenario(tmp_path, f"{SMALLEST}backends: [{Flows.__module__}:Nobody, reference]\n")
    assert rehearse(replace(about, backends=("reference", "tryton"))).result["backend"] == "reference"
    assert rehearse(about, backend="reference").outcome == "satisfied"


def test_on_a_backend_that_it_is_not_about_it_is_unsupported(tmp_path: Path) -> None:
    about = scenario(tmp_path, f"{SMALLEST}backends: [tryton, flows]\n{NATIVE}")
    reason = "this scenario is about tryton and flows, and not about reference"
    found = rehearse(about, backend="reference")
    assert (found.outcome, found.verdicts[0].reason) == ("unsupported", reason)
    assert rehearse(about, backend=Flows).outcome == "satisfied"
    assert rehearse(about, backend=Refusing).verdicts[0].reason.endswith("and not about refusing")


def test_every_backend_that_is_made_is_closed(tmp_path: Path) -> None:
    about = scenario(tmp_path, SMALLEST + NATIVE)
    made: list[Flows] = []

    def factory() -> Flows:
        made.append(Flows())
        return made[-1]

    for run in (
        lambda: rehearse(about, backend=factory),
        lambda: rehearse(replace(about, backends=("tryton",)), backend=factory),
    ):
        made.clear()
        Flows.closed = 0
        run()
        assert Flows.closed == len(made) == 1
