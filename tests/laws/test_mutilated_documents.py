"""Whatever is done to a document, it loads or is refused in words; nobody ever sees a traceback."""

from __future__ import annotations

import copy
import shutil
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.model.loading import discover, from_document, load
from simulator.model.reading import plain, read_file
from simulator.words.errors import JourneyproofError

PROJECT = Path(__file__).parents[1] / "golden" / "invalid" / "project"
FILES = sorted(file.relative_to(PROJECT) for file in PROJECT.rglob("*.yaml"))
DOCUMENTS = {file: plain(read_file(PROJECT / file, file.name)[0]) for file in FILES}
KEYS = st.sampled_from(
    ["like", "count", "if", "else", "then", "with", "story", "at", "when", "who", "violates", "organisation", "policy",
     "people", "faults", "plan", "checks", "states", "results", "for_each", "id", "unless", "shows", "lives", "edges",
     "varies", "habits", "same", "per", "until", "from", "by", "trigger", "steps"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**19),
    st.text(max_size=12),
    st.sampled_from(
        ["absent", "none", "anna", "crowd", "everyone", "2026-02-30", "1w", "-1 day", "{{", "{% if %}", "as good",
         "customer.birth_date", "campaign.x", "Order Completed", "Order Completed where x = 1", "daily at 02:00",
         "opening of x on birthday, else now", "99999 years", "3 .. 1", "any of", "link a to b", "activation.x"]
    ),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=5
)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([path] if path else []), *(deep for key, child in inner for deep in paths(child, (*path, key)))]


@st.composite
def mutilations(draw: st.DrawFn) -> tuple[Path, Any]:
    file = draw(st.sampled_from(FILES))
    document = copy.deepcopy(DOCUMENTS[file])
    for _ in range(draw(st.integers(1, 3))):
        found = paths(document)
        if not found:
            break
        *owner, key = draw(st.sampled_from(found))
        parent = document
        for part in owner:
            parent = parent[part]
        match draw(st.sampled_from(["replace", "remove", "add"])):
            case "replace":
                parent[key] = draw(VALUES)
            case "remove":
                del parent[key]
            case "add" if isinstance(parent, dict):
                parent[draw(KEYS)] = draw(VALUES)
    return file, document


def refusal(project: Path) -> str:
    """Load every variant, and each again from its own document; return what is said against it, or nothing."""
    try:
        for source in discover([project / "scenarios"], project / "nothing", None):
            for variant in source.variants:
                scenario = load(source, variant)
                assert from_document(scenario.document).document == scenario.document
    except JourneyproofError as refused:
        return str(refused)
    return ""


@given(mutilations())
@settings(max_examples=150)
def test_a_mutilated_document_loads_or_is_refused_in_words(mutilation: tuple[Path, Any]) -> None:
    file, document = mutilation
    with tempfile.TemporaryDirectory() as folder:
        project = Path(shutil.copytree(PROJECT, Path(folder) / "project"))
        (project / file).write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
        said = refusal(project)
        assert folder not in said
