"""YAML text becomes nodes with places, and what is not our YAML is refused in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.model import reading
from simulator.model.reading import Node, find, from_plain, place_in, plain, read_bytes, read_file, read_text
from simulator.words.errors import InvalidDocuments, Place

MALFORMED = Path(__file__).resolve().parents[1] / "golden" / "malformed"
LOADERS = sorted({yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)}, key=lambda loader: loader.__name__)


@pytest.fixture(params=LOADERS, ids=lambda loader: loader.__name__)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Both of PyYAML's parsers: the one in C is not built everywhere."""
    monkeypatch.setattr(reading, "LOADER", request.param)
    return request.param


def value(text: str) -> Any:
    (document,) = read_text(f"key: {text}\n", "a.yaml")
    return plain(document)["key"]


def refusals(text: str) -> list[str]:
    with pytest.raises(InvalidDocuments) as caught:
        read_text(text, "a.yaml")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        "NO", "no", "yes", "Yes", "on", "off", "y", "n", "21:00", "1:30", "08:00", "010", "007", "1_0", "0x1F", "0o17",
        "0b1", "1e3", "1.5e3", ".5", "5.", "+5", "08.30", "-.inf", ".nan", "2025-11-14", "2025-11-14 08:07", "30 %",
        "-15 days", "1..3", "True", "FALSE", "Null", "NULL", "=", "149 EUR", "1,5", "--", "-", "-a", "None", "²", "٣",
    ],
)  # fmt: skip
def test_these_words_stay_text(text: str, loader: Any) -> None:
    if text != "-":  # A lone dash is a list.
        assert value(text) == text


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("0", 0), ("7", 7), ("-7", -7), ("40000", 40000), ("9223372036854775807", 2**63 - 1), ("0.5", 0.5),
        ("-12.25", -12.25), ("1.0", 1.0), ("true", True), ("false", False), ("", None), ("null", None), ("~", None),
        ("'7'", "7"), ('"true"', "true"), ("''", ""), ("'null'", "null"), ("'~'", "~"),
    ],
)  # fmt: skip
def test_only_these_words_are_typed(text: str, typed: object, loader: Any) -> None:
    found = value(text)
    assert found == typed
    assert type(found) is type(typed)


def test_a_country_stays_norway_everywhere() -> None:
    (document,) = read_text("NO: {NO: NO, on: on}\nlist: [NO, off]\n", "a.yaml")
    assert plain(document) == {"NO": {"NO": "NO", "on": "on"}, "list": ["NO", "off"]}


@pytest.mark.parametrize("path", sorted(MALFORMED.glob("*.yaml")), ids=lambda path: path.stem)
def test_malformed_files_are_refused_in_plain_words(path: Path, loader: Any) -> None:
    with pytest.raises(InvalidDocuments) as caught:
        read_file(path, path.name)
    assert f"{caught.value}\n" == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_every_malformed_file_has_its_answer() -> None:
    assert {path.stem for path in MALFORMED.glob("*.yaml")} == {path.stem for path in MALFORMED.glob("*.txt")}
    assert len(list(MALFORMED.glob("*.yaml"))) > 40


@pytest.mark.parametrize("escape", ["\\d", "\\xZZ", "\\ud800", "\\UFFFFFFFF", "\\0"])
def test_escapes_that_are_none_are_refused(escape: str, loader: Any) -> None:
    (refusal,) = refusals(f'key: "a{escape}"\n')
    assert refusal.startswith("a.yaml:1:")


def test_places_are_those_an_editor_shows(loader: Any) -> None:
    text = "scenario: A\nchecks:\n  first: {limit: 3, names: [a, 'b']}\n  café: \"x\"\n"
    (document,) = read_text(text, "a.yaml")
    assert document.place == Place("a.yaml", 1, 1)
    assert find(document, ("checks", "first")) == Place("a.yaml", 3, 10)
    assert find(document, ("checks", "first", "limit")) == Place("a.yaml", 3, 18)
    assert find(document, ("checks", "first", "names", 1)) == Place("a.yaml", 3, 32)
    assert find(document, ("checks", "café"), key=True) == Place("a.yaml", 4, 3)
    assert find(document, ("checks", "café")) == Place("a.yaml", 4, 9)


def test_find_goes_as_deep_as_there_are_nodes() -> None:
    (document,) = read_text("a:\n  b: {c: 1}\n", "a.yaml")
    inner = Place("a.yaml", 2, 6)
    assert find(document, ("a", "b", "missing")) == inner
    assert find(document, ("a", "SomeModel", "b")) == inner
    assert find(document, ("a", "b", "[key]")) == Place("a.yaml", 2, 3)
    assert find(document, ("nothing",)) == document.place
    assert find(document, ()) == document.place


def test_a_text_on_one_line_or_in_a_block_knows_where_its_characters_are(loader: Any) -> None:
    text = "plain: a b\nsingle: 'a b'\ndouble: \"a b\"\nescaped: 'it''s'\nblock: |\n  a b\nwrapped: a\n  b\n"
    (document,) = read_text(text, "a.yaml")
    assert isinstance(document.value, dict)
    inner = {key: node.inner and node.inner.column for key, node in document.value.items()}
    assert inner == {"plain": 8, "single": 10, "double": 10, "escaped": None, "block": 3, "wrapped": None}


def test_an_offset_in_a_block_is_a_line_and_a_column_of_the_file(loader: Any) -> None:
    for above in ("a: |", "a: |2-  # said", "b: c\r\na: |+"):
        (document,) = read_text(f"{above}\n\n  one\n    two\n  three\n", "a.yaml")
        assert isinstance(document.value, dict)
        node = document.value["a"]
        assert isinstance(node.value, str)
        line = 3 + above.count("\n")
        assert place_in(node, node.value.index("one")) == Place("a.yaml", line, 3)
        assert place_in(node, node.value.index("two")) == Place("a.yaml", line + 1, 5)
        assert place_in(node, node.value.index("three") + 2) == Place("a.yaml", line + 2, 5)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_move_nothing(newline: str, mark: str, loader: Any) -> None:
    data = f"{mark}a: x{newline}b: [y]{newline}".encode()
    (document,) = read_bytes(data, "a.yaml")
    assert plain(document) == {"a": "x", "b": ["y"]}
    assert find(document, ("a",)) == Place("a.yaml", 1, 4)
    assert find(document, ("b", 0)) == Place("a.yaml", 2, 5)


def test_documents_are_separated_by_three_dashes() -> None:
    documents = read_text("---\npeople: A\n---\njourney: B\n...\n", "a.yaml")
    assert [plain(document) for document in documents] == [{"people": "A"}, {"journey": "B"}]
    assert documents[1].place == Place("a.yaml", 4, 1)


def test_the_limits_are_named(loader: Any) -> None:
    deepest = "[" * reading.MAX_DEPTH + "]" * reading.MAX_DEPTH
    read_text(deepest, "a.yaml")
    assert "deeper than 40 levels" in refusals(f"[{deepest}]")[0]
    assert "deeper than 40 levels" in refusals("[" * 100_000)[0]
    assert "more than 50000 values" in refusals("- a\n" * reading.MAX_NODES)[0]
    assert "larger than 1024 KiB" in refusals("#" * (reading.MAX_BYTES + 1))[0]


def test_a_yaml_bomb_is_only_a_list_of_refused_anchors() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    found = refusals("\n".join(lines))
    assert len(found) == 9 + 8 * 9
    assert all("anchor" in line or "alias" in line for line in found)


def test_a_damaged_file_is_not_reported_a_million_times() -> None:
    assert 1 <= len(refusals("\0" * 500_000)) <= 10


def test_files_that_cannot_be_read_are_problems(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "none.yaml", "No such file"), (tmp_path, "not a file"), (Path("\0"), "null")):
        with pytest.raises(InvalidDocuments) as caught:
            read_file(path, "shown.yaml")
        assert str(caught.value).startswith("shown.yaml:1:1: ")
        assert words in str(caught.value)


def test_a_large_file_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as stream:
        stream.truncate(10**9)
    with pytest.raises(InvalidDocuments, match="larger than 1024 KiB"):
        read_file(path, "large.yaml")


def test_plain_data_become_nodes() -> None:
    data = {"a": [1, 2.5, None, True, "x"], "b": {}}
    node = from_plain(data, "result.json")
    assert plain(node) == data
    assert find(node, ("a", 3)) == Place("result.json", 1, 1)
    assert isinstance(node, Node)


@pytest.mark.parametrize("data", [{1: "a"}, {"a": object()}, {"a": {2}}, [b"x"]])
def test_data_that_are_not_plain_are_refused(data: Any) -> None:
    with pytest.raises(InvalidDocuments, match=r"^result\.json:1:1: "):
        from_plain(data, "result.json")


def test_data_nested_without_end_are_refused() -> None:
    data: list[Any] = []
    data.append(data)
    with pytest.raises(InvalidDocuments, match="deeper than 40 levels"):
        from_plain(data, "result.json")
