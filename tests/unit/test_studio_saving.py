"""A what-if that is saved is a scenario like any other: it reads well, it runs, and it passes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.cli import execute
from simulator.model.merging import merge
from simulator.model.reading import from_plain, plain, read_text
from simulator.studio.catalogue import Catalogue
from simulator.studio.patching import patch
from simulator.studio.problems import Refused
from simulator.studio.running import Studio
from simulator.studio.saving import save
from simulator.studio.watching import Watch
from simulator.studio.wishes import Edit, Wish
from simulator.studio.writing import yaml_of

Saves = Callable[..., dict[str, Any]]
BIRTHDAY = ("late-birthday/late-birthday", "one-day-incident", "camille")
FLOOD = ("contact-flood/contact-flood", "one-woman-three-rows", "zofia")
PROMISE = ("expired-coupon/expired-coupon", "missing-link", "maria")
DELIVERY = ("delayed-delivery/delayed-delivery", "mis-ticked-flag", "alberto")
SILENCE = ("after-purchase-silence/after-purchase-silence", "deaf-channel", "giulia")
QUIET = """\
scenario: Nobody does anything
starts: 2026-03-02
lasts: 3 days
journeys: [welcome]
checks:
  welcomed:
    response: Every sign-up is welcomed.
    activation: Signed Up
    target: Message Received where message = welcome
"""
EDITS: dict[tuple[str, str, str], list[tuple[str, Any]]] = {
    BIRTHDAY: [
        ("person.birth_date", "1988-02-29"), ("behaviour.redeems", 100), ("fault.2", False),
        ("policy.quiet_hours", True), ("journey.birthday", "birthday-early"),
        ("system.till.offline", {"from": "2025-11-14 09:00", "until": "2025-11-14 18:00"}),
        ("act.new", {"event": "Order Completed", "at": "2025-11-20 12:00", "with": {"amount": "20 EUR"}}),
    ],
    FLOOD: [
        ("person.consent.sms", False), ("behaviour.withdraws", 50), ("act.0", False), ("policy.caps.weekly.limit", 1),
        ("policy", "no-rules"), ("journeys.another", "weekend-deal"), ("row.0.has_home", True),
    ],
    PROMISE: [
        ("person.name", "Wanda O'Hara"), ("behaviour.opens", 80), ("link.helpdesk to dealer", True),
        ("policy.suppress.complaints", False), ("journey.service-offer.steps.1.at_most", "3 days"),
        ("act.1.valid_until", "2024-10-31"),
    ],
    DELIVERY: [
        ("person.zone", "Asia/Tokyo"), ("behaviour.opens_after", "1 h"), ("act.6.moved", 7),
        ("policy", "car-maker-rules"), ("journey.survey-by-flag", "survey-on-demand"),
        ("act.new", {"event": "Complaint Raised", "at": "2025-08-01 09:00"}),
    ],
    SILENCE: [
        ("person.kind", "prospect"), ("behaviour.clicks", 0), ("link.social to helpdesk", True),
        ("policy.consent.marketing", False), ("journey.weekly-news", ""), ("desk.care-team.late", "3 days"),
    ],
}  # fmt: skip
CASES = [pytest.param(who, edit, id=f"{who[2]}-{edit[0]}") for who, edits in EDITS.items() for edit in edits]


@pytest.fixture
def saves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Saves:
    """Saves a what-if into a fresh folder, where the command is typed afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    studio = Studio(Catalogue(tmp_path))

    def saved(who: tuple[str, str, str], *edits: tuple[str, Any], name: Any = "mine", seed: int = 42) -> dict[str, Any]:
        wish = Wish(*who, seed=seed, edits=tuple(Edit(*edit) for edit in edits))
        return save(studio, wish, name, Watch(60))

    return saved


@pytest.mark.parametrize(("who", "edit"), CASES)
def test_what_is_saved_passes(saves: Saves, who: tuple[str, str, str], edit: tuple[str, Any], tmp_path: Path) -> None:
    told = saves(who, edit)
    assert told["as_expected"] is True
    assert told["file"] == "scenarios/saved/mine.scenario.yaml"
    assert execute(told["run"].split()[1:]) == 0
    assert [file.name for file in (tmp_path / "scenarios" / "saved").iterdir()] == ["mine.scenario.yaml"]
    text = (tmp_path / told["file"]).read_text(encoding="utf-8")
    [sentence] = told["edits"]
    assert f"# - {sentence}" in text.replace("\n#   ", " ")
    assert str(tmp_path) not in text


def test_somebody_of_a_crowd_is_written_out_with_what_they_did(saves: Saves, tmp_path: Path) -> None:
    told = saves(("contact-flood/contact-flood", "no-cap", "three-rows-0007"), ("behaviour.leaves", 0), seed=7)
    assert told["run"] == "journeyproof run scenarios/saved/mine.scenario.yaml --seed 7"
    assert told["as_expected"] is True
    assert execute(told["run"].split()[1:]) == 0
    text = (tmp_path / told["file"]).read_text(encoding="utf-8")
    assert "three-rows-0007:" in text
    assert "who: three-rows-0007" in text
    assert "fields: {has_home: false, has_app: false}" in text


def test_a_saved_what_if_reads_like_one_that_somebody_wrote(saves: Saves, tmp_path: Path) -> None:
    told = saves(PROMISE, ("person.zone", "Europe/Warsaw"), ("link.helpdesk to dealer", True))
    text = (tmp_path / told["file"]).read_text(encoding="utf-8")
    head = text.partition("starts:")[0].splitlines()
    assert head[1:5] == [
        "# - Maria lives in Warsaw.",
        "# - Dealer hears from helpdesk.",
        "scenario: The promised extension",
        "organisation: car-brand",
    ]
    assert "policy: car-brand-rules" in text
    assert "helpdesk to esp: {carries: [Appointment Booked]}" in text
    assert "task-list: absent" in text
    assert "\n---\nchecks: " in text


def test_it_is_a_test_that_fails_when_something_changes(saves: Saves, tmp_path: Path) -> None:
    told = saves(BIRTHDAY, ("fault.2", False))
    file = tmp_path / told["file"]
    text = file.read_text(encoding="utf-8")
    assert "purchases-registered: {who: camille, times: 2, at: [2025-06-08 08:00, 2025-09-21 08:00]}" in text
    file.write_text(text.replace("2025-09-20 12:00", "2025-09-20 11:02"), encoding="utf-8")
    assert execute(["run", told["file"]]) == 1


def test_nothing_is_overwritten(saves: Saves, tmp_path: Path) -> None:
    told = saves(BIRTHDAY)
    before = (tmp_path / told["file"]).read_bytes()
    with pytest.raises(Refused, match="choose another name"):
        saves(BIRTHDAY, ("fault.2", False))
    assert (tmp_path / told["file"]).read_bytes() == before


@pytest.mark.parametrize(
    "name", ["", "../x", "/etc/x", "a/b", "a\\b", ".hidden", "-x", "x-", "A", "a b", "x" * 61, "naïve", "a\n", None, 3]
)
def test_a_name_leads_nowhere_else(saves: Saves, tmp_path: Path, name: Any) -> None:
    with pytest.raises(Refused, match="small letters, digits and dashes"):
        saves(BIRTHDAY, name=name)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_run_is_not_saved(saves: Saves, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="it cannot be run: this fault ends before it begins"):
        saves(BIRTHDAY, ("fault.2.until", "2025-11-14 07:00"))
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_is_judged_it_says_that_it_does_not_pass(saves: Saves, tmp_path: Path) -> None:
    file = tmp_path / "scenarios" / "quiet" / "quiet.scenario.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(QUIET, encoding="utf-8")
    told = saves(("quiet/quiet", "as-written", "anna"))
    assert told["as_expected"] is False
    assert execute(told["run"].split()[1:]) == 5


def test_the_documents_of_the_project_are_named_and_the_saved_one_shows_in_the_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert execute(["init", str(tmp_path)]) == 0
    monkeypatch.chdir(tmp_path)
    studio = Studio(Catalogue(tmp_path))
    start = studio.catalogue.told()["start"]
    wish = Wish(start["target"], start["variant"], start["customer"], edits=(Edit("person.zone", "Asia/Tokyo"),))
    told = save(studio, wish, "tokyo", Watch(60))
    assert told["as_expected"] is True
    assert execute(["run", told["file"]]) == 0
    assert "saved/tokyo" in [family["target"] for family in studio.catalogue.told()["families"]]
    assert studio.catalogue.told()["start"] == start
    again = Wish("saved/tokyo", "as-written", start["customer"])
    assert studio.run(again).rehearsal.as_expected


AWKWARD = ["'", '"', *"on no true 3 1.5 21:00 {{x}} # null ~ absent [a] 2025-11-14 << *a &a !a %a @a `a ?".split()]  # noqa: SIM905
SCALARS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn", "Zl", "Zp"]), max_size=12),
    st.sampled_from([*AWKWARD, "a: b", "- a", "a #b", "x, y", "? a", "a\nb\n", " a ", "a\n\nb\n", "a\n b\n"]),
    st.integers(-(10**12), 10**12),
    st.booleans(),
)
KEYS = st.text(st.sampled_from("abc_ -:#{[3"), min_size=1, max_size=6)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5))
def test_what_is_written_is_what_is_read(document: dict[str, Any]) -> None:
    [read] = read_text(yaml_of(document), "x.yaml")
    assert plain(read) == document


WORLD = st.recursive(
    st.sampled_from(["1 h", "2 h", 3, True]) | st.lists(st.sampled_from(["a", "b"]), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("pqrs"), inner, max_size=3),
)
WORLDS = st.dictionaries(st.sampled_from("pqrs"), WORLD, max_size=4)


@given(WORLDS, WORLDS)
def test_a_patch_makes_the_one_of_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    merged = merge(from_plain(before, ""), from_plain(patch(before, after), ""))
    assert plain(merged) == after
