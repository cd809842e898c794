"""Whatever stands in a file: it is read, or refused with places inside it; nothing else is ever raised."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simulator.model import reading
from simulator.model.merging import merge
from simulator.model.reading import Node, find, from_plain, plain, read_bytes, read_text
from simulator.words.errors import InvalidDocuments, Problem

LOADERS = sorted({yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)}, key=lambda loader: loader.__name__)

# What YAML means something by, and the words that YAML 1.1 mistakes.
PIECES = [
    *"{}[]:,-?&*!|>'\"%@`#~=<\t \n\\", "\n  ", "\n- ", ": ", " #", "---\n", "...\n", "<<: ", "key: ", "a", "é", "\r\n",
    "&a ", "*a", "!t ", "!!str ", "{{", "}}", "%YAML 1.1\n", "21:00", "010", "1_0", "NO", "on", "null", "1", "2.5",
    "\ufeff", "\u2028", "\x85", "\0", "\\u", "\\xZZ", "\U0001f600",
]  # fmt: skip
written = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff"), max_size=20)
words = st.sampled_from(["NO", "on", "yes", "21:00", "1:30", "010", "1_0", "0x1F", "null", "~", "", "true", "1", "<<"])
scalars = st.one_of(
    texts,
    words,
    st.booleans(),
    st.none(),
    st.integers(-(2**63) + 1, 2**63 - 1),
)
data = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts | words, inner, max_size=4)),
    max_leaves=12,
)


def problems_of(read: Any) -> tuple[Problem, ...]:
    try:
        read()
    except InvalidDocuments as error:
        return error.problems or pytest.fail("refused without a reason")
    return ()


@pytest.mark.parametrize("loader", LOADERS, ids=lambda loader: loader.__name__)
def test_a_text_is_read_or_refused(loader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LOADER", loader)

    @given(written)
    def law(text: str) -> None:
        lines = len(text.splitlines()) + 1
        for problem in problems_of(lambda: read_text(text, "a.yaml")):
            assert 1 <= problem.place.line <= lines
            assert problem.place.column >= 1
            assert problem.message.endswith((".", "?"))
            assert "\n" not in problem.message

    law()


@given(st.one_of(st.binary(), written.map(lambda text: text.encode("utf-16")), written.map(lambda t: t.encode()[:-1])))
def test_bytes_are_read_or_refused(content: bytes) -> None:
    for problem in problems_of(lambda: read_bytes(content, "a.yaml")):
        assert problem.place.file == "a.yaml"


@given(data)
def test_what_is_written_with_quotes_is_read_back(value: Any) -> None:
    text = yaml.safe_dump({"root": value}, default_style='"', allow_unicode=False, sort_keys=False)
    # The dumper writes what is no text as a tagged, quoted scalar; the tag goes, and the quotes with it.
    text = _without_tags(text)
    (document,) = read_text(text, "a.yaml")
    assert plain(document) == {"root": value}


def _without_tags(text: str) -> str:
    for tag in ("!!int", "!!bool", "!!null", "!!float"):
        while (start := text.find(f'{tag} "')) >= 0:
            end = text.index('"', start + len(tag) + 2)
            text = text[:start] + text[start + len(tag) + 2 : end] + text[end + 1 :]
    return text


@given(data)
def test_every_place_leads_to_its_value(value: Any) -> None:
    text = _without_tags(yaml.safe_dump({"root": value}, default_style='"', width=10**6))
    lines = text.splitlines()
    (document,) = read_text(text, "a.yaml")

    def look(node: Node, loc: tuple[str | int, ...]) -> None:
        assert find(document, loc) == node.place
        line = lines[node.place.line - 1][node.place.column - 1 :]
        if isinstance(node.value, dict):
            for key, child in node.value.items():
                assert lines[node.keys[key].line - 1][node.keys[key].column - 1] in '"?'
                look(child, (*loc, key))
        elif isinstance(node.value, tuple):
            for index, child in enumerate(node.value):
                look(child, (*loc, index))
        elif node.inner is not None and isinstance(node.value, str):
            assert line[1:].startswith(node.value)

    look(document, ())


@given(data)
def test_plain_data_survive_being_nodes(value: Any) -> None:
    assert plain(from_plain(value, "a.json")) == value


plain_mappings = st.dictionaries(st.sampled_from("abc"), st.recursive(
    st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=6
), max_size=3)  # fmt: skip


@given(plain_mappings, plain_mappings, plain_mappings)
def test_merging_is_associative_and_repeating_it_changes_nothing(a: Any, b: Any, c: Any) -> None:
    first, second, third = (from_plain(value, "a.json") for value in (a, b, c))
    merged = merge(first, second)
    assert plain(merge(merged, second)) == plain(merged)
    assert plain(merge(first, from_plain({}, "a.json"))) == a
    if not _mixes(a, b) and not _mixes(b, c) and not _mixes(a, c):
        assert plain(merge(merged, third)) == plain(merge(first, merge(second, third)))


def _mixes(one: Any, other: Any) -> bool:
    """Whether a scalar meets a mapping somewhere: there, what comes later wins whole, and order matters."""
    if isinstance(one, dict) and isinstance(other, dict):
        return any(_mixes(one[key], other[key]) for key in one.keys() & other.keys())
    return isinstance(one, dict) != isinstance(other, dict)
