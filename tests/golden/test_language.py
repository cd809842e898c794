"""The reference of the language says nothing that is not so: its examples load, its tables hold every key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, RootModel

from simulator.model import journeys, messages, organisation, people, rules, scenarios
from simulator.model.conditions import parse_condition, parse_pattern
from simulator.model.data import data_folder
from simulator.model.loading import discover, load
from simulator.model.moments import parse_moment, parse_repeat, parse_window
from simulator.model.people import EDGES
from simulator.model.shaping import key_of
from simulator.words.clock import parse_duration, parse_instant, zone
from simulator.words.errors import ExpressionError

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL)
READERS: dict[str, Callable[[str], Any]] = {
    "duration": parse_duration,
    "instant": lambda text: parse_instant(text, zone("Europe/Rome")),
    "moment": parse_moment,
    "window": parse_window,
    "repeat": parse_repeat,
    "pattern": parse_pattern,
    "condition": parse_condition,
}
MODELS: dict[str, type[BaseModel]] = {
    name: model
    for module in (organisation, people, journeys, messages, rules, scenarios)
    for name, model in vars(module).items()
    if isinstance(model, type) and issubclass(model, BaseModel)
}


def tables(comment: str) -> Iterator[tuple[str, list[str]]]:
    """The tables behind `<!-- comment: NAME -->`: the name, and the rows below the head."""
    for found in re.finditer(rf"<!-- {comment}:? ?(\w*) -->\n((?:\|.*\n)+)", PAGE):
        yield found[1], found[2].splitlines()[2:]


def spans(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("language")
    for name, text in EXAMPLES:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    # What engines run in place of journeys is written in languages of their own, and no example is in one.
    for name in ("bookshop.flow.json", "bookshop.scenario.json"):
        (folder / "scenarios" / "bookshop" / name).write_text("[]", encoding="utf-8")
    return folder


def test_every_example_is_a_document_with_a_name() -> None:
    assert len(EXAMPLES) == PAGE.count("```yaml\n") >= 9


def test_every_example_loads_in_every_variant(project: Path) -> None:
    sources = discover([project / "scenarios"], data_folder("scenarios"), None)
    assert [source.name for source in sources] == ["bookshop", "welcome"]
    for source in sources:
        for variant in source.variants:
            assert load(source, variant).checks


def test_the_examples_use_every_template() -> None:
    for template in rules.CHECK_MODELS:
        assert f"\n  {template}: " in PAGE, template


EXPRESSIONS = [
    (kind, span, said == "read")
    for said in ("read", "refused")
    for kind, rows in tables(f"{said} as")
    for row in rows
    for span in spans(row.split("|")[1])
]


@pytest.mark.parametrize(("kind", "text", "is_read"), EXPRESSIONS)
def test_an_expression_is_read_or_refused_as_the_page_says(kind: str, text: str, is_read: bool) -> None:
    if is_read:
        READERS[kind](text)
    else:
        with pytest.raises(ExpressionError):
            READERS[kind](text)


def test_every_kind_of_expression_has_a_table() -> None:
    assert {kind for kind, _, _ in EXPRESSIONS} == set(READERS)


KEYS = dict(tables("keys of"))


@pytest.mark.parametrize("name", [name for name in KEYS if name != "templates"])
def test_a_table_holds_exactly_the_keys_of_its_model(name: str) -> None:
    told = [span for row in KEYS[name] for span in spans(row.split("|")[1])]
    known = [key_of(field, info) for field, info in MODELS[name].model_fields.items()]
    assert sorted(told) == sorted(known)


def test_the_table_of_templates_is_complete() -> None:
    told = {spans(row.split("|")[1])[0]: spans(row.split("|")[2]) for row in KEYS["templates"]}
    assert set(told) == set(rules.CHECK_MODELS)
    for template, keys in told.items():
        known = {key_of(field, info) for field, info in rules.CHECK_MODELS[template].model_fields.items()}
        assert {*keys, template, "same"} == known, template


def test_every_key_of_every_other_model_is_mentioned() -> None:
    words = set(re.findall(r"[a-z_]+", " ".join(spans(PAGE) + [text for _, text in EXAMPLES])))
    for name, model in MODELS.items():
        if name in ("Checks", "Pressure") or issubclass(model, RootModel):
            continue
        missing = {key_of(field, info) for field, info in model.model_fields.items()} - words
        assert not missing, (name, missing)


def test_every_edge_is_named() -> None:
    for edge in EDGES:
        assert edge in PAGE, edge
