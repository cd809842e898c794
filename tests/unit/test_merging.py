"""The one merging rule, and setting one value by its path."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.model.merging import Path, merge, set_path
from simulator.model.reading import Node, find, plain, read_text
from simulator.words.errors import InvalidDocuments, Place


def node(text: str, file: str = "base.yaml") -> Node:
    (document,) = read_text(text, file)
    return document


def merged(base: str, patch: str) -> Any:
    return plain(merge(node(base), node(patch, "patch.yaml")))


@pytest.mark.parametrize(
    ("base", "patch", "result"),
    [
        ("{a: 1, b: 2}", "{b: 3, c: 4}", {"a": 1, "b": 3, "c": 4}),
        ("{a: {x: 1, y: {z: 2}}}", "{a: {y: {w: 3}}}", {"a": {"x": 1, "y": {"z": 2, "w": 3}}}),
        ("{a: 1, b: {c: 2, d: 3}}", "{a: absent, b: {c: absent}}", {"b": {"d": 3}}),
        ("{journeys: [a, b]}", "{journeys: [c]}", {"journeys": ["c"]}),
        ("{story: [a], faults: [x]}", "{story: [b, c], faults: [y]}", {"story": ["a", "b", "c"], "faults": ["x", "y"]}),
        ("{story: [a], faults: [x]}", "{story: none, faults: none}", {"story": [], "faults": []}),
        ("{a: 1}", "{story: [b], faults: none}", {"a": 1, "story": ["b"], "faults": []}),
        ("{people: camille}", "{people: [camille, crowd]}", {"people": ["camille", "crowd"]}),
        ("{organisation: plain}", "{organisation: {x: 1}}", {"organisation": {"x": 1}}),
        ("{a: {x: 1}}", "{a: none}", {"a": "none"}),
        ("{a: 1}", "{}", {"a": 1}),
    ],
)
def test_the_one_rule(base: str, patch: str, result: Any) -> None:
    assert merged(base, patch) == result


def test_absent_stays_where_it_is_a_value() -> None:
    def links(path: Path) -> bool:
        return len(path) == 2 and path[0] == "links"

    base, patch = node("links: {a to b: {delay: 1 h}}"), node("links: {a to b: absent, b to c: absent}")
    assert plain(merge(base, patch, links)) == {"links": {"a to b": "absent", "b to c": "absent"}}


def test_what_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(InvalidDocuments) as caught:
        merged("{caps: {weekly: 1}, quiet: 2}", "{caps: {weekley: absent}, quite: absent, new: {x: absent}}")
    first, second, third = str(caught.value).splitlines()
    assert first.startswith("patch.yaml:1:9: 'absent' removes 'weekley', which is not there in 'caps'")
    assert "(did you mean 'weekly'?)" in first
    assert "patch.yaml:1:27: 'absent' removes 'quite', which is not there (did you mean 'quiet'?)" in second
    assert "'x', which is not there in 'new'. Nothing is there." in third


def test_values_keep_the_place_where_they_were_written() -> None:
    base, patch = node("a: 1\nb: {c: 2, d: 3}\nstory: [x]\n"), node("b: {d: 4}\nstory: [y]\n", "patch.yaml")
    result = merge(base, patch)
    assert find(result, ("b", "c")) == Place("base.yaml", 2, 8)
    assert find(result, ("b", "d")) == Place("patch.yaml", 1, 8)
    assert find(result, ("b", "d"), key=True) == Place("patch.yaml", 1, 5)
    assert find(result, ("story", 0)) == Place("base.yaml", 3, 9)
    assert find(result, ("story", 1)) == Place("patch.yaml", 2, 9)
    assert plain(base) == {"a": 1, "b": {"c": 2, "d": 3}, "story": ["x"]}


POLICY = "policy: {caps: {weekly: {limit: 3, per: person}}, quiet_hours: {from: '21:00'}, v1.2: {x: 1}}"


@pytest.mark.parametrize(
    ("path", "value", "where", "result"),
    [
        ("policy.caps.weekly.per", "profile", ("policy", "caps", "weekly"), {"limit": 3, "per": "profile"}),
        ("policy.caps", "{daily: {limit: 1}}", ("policy", "caps"), {"daily": {"limit": 1}}),
        ("policy.caps.weekly", "absent", ("policy", "caps"), {}),
        ("policy.v1.2.x", "2", ("policy", "v1.2"), {"x": 2}),
    ],
)
def test_one_value_is_set_by_its_path(path: str, value: str, where: tuple[str, ...], result: Any) -> None:
    base = node(POLICY)
    found = plain(set_path(base, path, node(value)))
    for key in where:
        found = found[key]
    assert found == result
    assert plain(base) == plain(node(POLICY))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("policy.caps.weekley.per", "profile", "unknown path: no 'weekley' in 'policy.caps' (did you mean 'weekly'?)"),
        ("polcy.caps", "absent", "no 'polcy' (did you mean 'policy'?)"),
        ("policy.cap", "absent", "'absent' removes 'cap', which is not there in 'policy' (did you mean 'caps'?)"),
        ("policy.caps.weekly.limit.more", "1", "'policy.caps.weekly.limit' is no block of keys"),
        ("policy.caps.weekly.window", "7 days", "no 'window' in 'policy.caps.weekly'"),
        ("", "1", "unknown path"),
        ("policy..caps", "1", "unknown path"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path: str, value: str, words: str) -> None:
    place = Place("variant.yaml", 7, 3)
    with pytest.raises(InvalidDocuments) as caught:
        set_path(node(POLICY), path, node(value), at=place)
    assert str(caught.value).startswith("variant.yaml:7:3: ")
    assert words in str(caught.value)


def test_keys_that_have_a_default_can_be_set_though_nobody_wrote_them() -> None:
    def known(path: Path) -> tuple[str, ...]:
        return {("policy",): ("consent", "caps"), ("policy", "consent"): ("checked",)}.get(path, ())

    result = set_path(node(POLICY), "policy.consent.checked", node("at scheduling"), known=known)
    assert plain(result)["policy"]["consent"] == {"checked": "at scheduling"}
    with pytest.raises(InvalidDocuments, match=r"no 'chekced' in 'policy\.consent'.*did you mean 'checked'"):
        set_path(node(POLICY), "policy.consent.chekced", node("at scheduling"), known=known)
    with pytest.raises(InvalidDocuments, match="removes 'consent', which is not there"):
        set_path(node(POLICY), "policy.consent", node("absent"), known=known)
