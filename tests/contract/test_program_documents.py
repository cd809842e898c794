"""Descriptions of programs: what is wrong in one is told with its place, and templates are filled as written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.backends.program import program_backend, read_description
from simulator.backends.program.faketime import installed_library
from simulator.backends.program.telling import fill, filled
from simulator.model.data import data_folder
from simulator.model.loading import discover, load
from simulator.model.scenarios import Scenario
from simulator.running.rehearsal import rehearse
from simulator.words.errors import InvalidDocuments, NotInstalled

WHOLE = """\
backend: Our engine, unmodified
command: [node, engine.js, "{port}"]
environment: {MAIL_HOST: "{smtp_host}", MAIL_PORT: "{smtp_port}"}
ready: http://127.0.0.1:{port}/health
granularity: 5 min
profiles: {put: "http://localhost:{port}/customers/{profile}", json: {email: "{address.email}", all: "{row}"}}
tell:
  Signed Up: {post: "http://127.0.0.1:{port}/signup", json: {email: "{address.email}", name: "{customer.first_name}"}}
  "*": {post: "http://127.0.0.1:{port}/any", form: {what: "{event}"}}
recognise:
  - {message: welcome, subject: "^Welcome, (?P<first_name>.+)$"}
restart: true
"""


def described(folder: Path, text: str) -> Path:
    """A description in a folder."""
    file = folder / "ours.backend.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def scenario() -> Scenario:
    """A shipped one, for its dictionary."""
    folder = data_folder("scenarios")
    [source] = discover(["delayed-delivery"], folder, None)[:1]
    return load(source, source.variants[0])


def test_a_description_says_what_the_backend_declares(tmp_path: Path) -> None:
    description = read_description(described(tmp_path, WHOLE))
    declared = program_backend(description.file).capabilities
    assert description.name == "ours"
    assert (declared.clock, declared.granularity_ms, declared.restart) == ("blackbox", 300_000, True)
    assert not declared.deterministic
    assert [rule.message for rule in description.program.recognise] == ["welcome"]


@pytest.mark.parametrize(
    ("wrong", "instead", "told"),
    [
        ('command: [node, engine.js, "{port}"]', "command: node engine.js", "ours.backend.yaml:2:10: 'command'"),
        ("ready: http://127.0.0.1:{port}/health", "ready: http://shop.example/", "does not lead to this machine"),
        ("ready: http://127.0.0.1:{port}/health", "ready: prints (", "ours.backend.yaml:4:8"),
        ("{smtp_port}", "{smpt_port}", "unknown placeholder '{smpt_port}' (did you mean 'smtp_port'?)"),
        ("{smtp_port}", "{definition}", "'{definition}' is empty: add 'definition: FILE'"),
        ("granularity: 5 min", "granularity: 1 day", "write an exact duration, such as 15 min"),
        ("granularity: 5 min", "granularty: 5 min", "ours.backend.yaml:5:1: unknown key 'granularty'"),
        ('{post: "http://127.0.0.1:{port}/any"', '{post: "http://10.0.0.1/"', "does not lead to this machine"),
        ('{post: "http://127.0.0.1:{port}/any"', '{get: "http://[::1]:1/", post: "http://[::1]:1/"', "one method"),
        ('form: {what: "{event}"}', "form: {}, json: {}", "'json' or 'form', not both"),
        ("restart: true", "definition: flows.json", "there is no file 'flows.json'"),
        ("restart: true", "restart: true\n---\nbackend: Another", "yaml:14:1: a description is one document"),
        ("backend: Our engine, unmodified\n", "", "A document begins with one of these keys: backend."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(wrong: str, instead: str, told: str, tmp_path: Path) -> None:
    assert wrong in WHOLE
    with pytest.raises(InvalidDocuments) as caught:
        read_description(described(tmp_path, WHOLE.replace(wrong, instead, 1)))
    assert told in str(caught.value)
    assert "ours.backend.yaml:" in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "instead", "told"),
    [
        ("Signed Up:", "Singed Up:", "ours.backend.yaml:8:14: unknown event 'Singed Up' (did you mean 'Signed Up'?)"),
        ("{customer.first_name}", "{customer.frst_name}", "(did you mean 'customer.first_name'?)"),
        ("{customer.first_name}", "{order_idd}", "unknown placeholder '{order_idd}' (did you mean 'order_id'?)"),
        ('what: "{event}"', 'what: "{address.fax}"', "'{address.fax}'"),
    ],
)
def test_events_and_fields_are_those_of_the_scenario(wrong: str, instead: str, told: str, tmp_path: Path) -> None:
    file = described(tmp_path, WHOLE.replace(wrong, instead))
    with pytest.raises(InvalidDocuments) as caught:
        rehearse(scenario(), backend=lambda: program_backend(file))
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("template", "meant"),
    [
        ({"order": "{order_id}", "paid": "{paid}"}, {"order": "o-1", "paid": True}),
        ({"text": "No. {order_id}: {amount}, {nothing}!"}, {"text": "No. o-1: 3.5, !"}),
        ({"sum": "{amount}", "gone": "{nothing}", "none": None}, {"sum": 3.5, "none": None}),
        ([{"deep": ["{order_id}", "{nothing}"]}], [{"deep": ["o-1", None]}]),
        ("{data}", {"order_id": "o-1"}),
        ({"as it is": "{ not a name }", "{order_id}": 1}, {"as it is": "{ not a name }", "{order_id}": 1}),
    ],
)
def test_a_value_that_is_one_placeholder_keeps_its_type(template: Any, meant: Any) -> None:
    values = {"order_id": "o-1", "amount": 3.5, "paid": True, "data": {"order_id": "o-1"}}
    assert fill(template, values) == meant


def test_what_stands_in_an_address_is_escaped() -> None:
    assert filled("/c/{name}?q={q}", {"name": "a/b ü", "q": "&"}, in_url=True) == "/c/a%2Fb%20%C3%BC?q=%26"


def test_without_faketime_the_error_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(NotInstalled, match="apt-get install faketime"):
        installed_library([tmp_path])
