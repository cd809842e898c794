"""Baselines: text with one fact on a line, for a reviewer; the program reads it back, or says where it cannot."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from simulator.comparing import Snapshot, compare, snapshot_of
from simulator.comparing.baseline import MOST_LINES, baseline_path, written
from simulator.comparing.parsing import parsed
from simulator.comparing.shelf import accepted, read_baselines
from simulator.words.clock import DAY, HOUR, MINUTE
from simulator.words.errors import InvalidDocuments, UsageError
from tests.unit.comparables import Entry, check, entry, exhibit, message, moved, result, violation, withheld

MONDAY = "2026-03-02T10:00:00+01:00"
LATER = "2026-03-03T08:00:00.250+01:00"
MAIL = "Dear Ada,\n\n30\u00a0% for you \\ today\u200b \n"


def rich(text: str = MAIL) -> Entry:
    """An entry with something of everything."""
    ada = exhibit(
        "ada",
        [message(1, MONDAY, text, subject='Ada, "30\u00a0%"', lang="fr", html="<p>30 %</p>"),
         message(2, LATER, "", channel="sms", subject="", lost=True, bounced=LATER),
         message(3, LATER, received=moved(LATER, MINUTE))],
        [withheld(4, MONDAY, "quiet hours", until=LATER)],
        name="Ada Ünsal",
    )  # fmt: skip
    spread = {"count": 3, **{f"p{share}_ms": share * HOUR - DAY for share in (1, 10, 50, 90, 99)}}
    checks = [
        check("in-time", "violated", [violation("ada", "Ada's came late.")], margins=spread),
        check("one-welcome"),
    ]
    figures = {"welcome": {"entered": 2, "sent": 0, "withheld": {"quiet hours": 1}, "revenue": "12.50 EUR"}}
    unexpected = ["in-time: it must be satisfied"]
    return entry([ada, exhibit("bob")], checks, results=figures, as_expected=False, unexpected=unexpected)


def text_of(document: Entry) -> str:
    [case] = snapshot_of(document).cases
    return written(case)


def test_a_baseline_and_its_result_are_the_same() -> None:
    document = result(rich())
    case = parsed(text_of(document), "a.baseline.txt")
    assert written(case) == text_of(document)
    assert compare(Snapshot((case,), "baseline", whole=False), document).same


def test_what_changed_since_is_told_with_its_words() -> None:
    case = parsed(text_of(result(rich())), "a.baseline.txt")
    now = result(rich(MAIL.replace("30\u00a0%", "20\u00a0%")))
    [compared] = compare(Snapshot((case,), "baseline", whole=False), now).cases
    [found] = compared.findings
    assert "“30” became “20”" in found.sentence


def test_what_is_kept_as_a_digest_alone_is_told_without_its_words() -> None:
    texts = [message(number, moved(MONDAY, number * DAY), f"Text {number}") for number in range(70)]
    case = parsed(text_of(result(entry([exhibit("ada", texts)]))), "a.baseline.txt")
    assert sum(sent.text is not None for sent in case.stories[0].sent) == 60
    other = [*texts[:69], message(69, texts[69]["sent"], "Another")]
    [compared] = compare(Snapshot((case,), "baseline"), result(entry([exhibit("ada", other)]))).cases
    [found] = compared.findings
    assert "it reads differently; the words of before are not stored" in found.sentence


def test_a_crowd_is_written_up_to_a_bound() -> None:
    def person(name: str, why: str) -> Entry:
        story = [message(number, moved(MONDAY, number * HOUR)) for number in range(100)]
        return exhibit(name, story, why_shown=why, sampled=True)

    people = [person("zoe", "a protagonist"), person("own", "a path of their own")]
    people += [person(f"bad-{number:02}", "violates in-time") for number in range(20)]
    broken = check("in-time", "violated", [violation(f"bad-{number:02}") for number in range(20)])
    document = result(entry(people, [broken], customers=5_000))
    text = text_of(document)
    case = parsed(text, "a.baseline.txt")
    assert text.count("\nsent ") <= MOST_LINES
    assert "zoe" in case.by_customer
    assert "own" not in case.by_customer
    assert case.sampled
    [compared] = compare(Snapshot((case,), "baseline"), document).cases
    assert compared.same
    assert compared.notes == (
        "Of 5,000 customers, both sides show the stories of 6; of the others the figures and the times are compared.",
    )


@pytest.mark.parametrize(
    ("old", "new", "at", "words"),
    [
        ("baseline 1", "baseline 9", "journeyproof", "'journeyproof-baseline 9' is not how a baseline"),
        ("seed 42", "seed forty", "forty", "'forty' is not a number"),
        ("seed 42", "sede 42", "sede", "no line of a baseline begins with 'sede' (did you mean 'seed'?)"),
        ("seed 42", "seed 42 43", "43", "'43' is one field too many"),
        ("Mon 10:00:00+01:00 email", "Tue 10:00:00+01:00 email", "Tue 10", "2026-03-02 is a Mon, not 'Tue'"),
        ("03-02 Mon 10:00:00+01:00 email", "03-32 Mon 10:00 email", "2026-03-32", "Mon 10:00' is not a moment"),
        ("Rome\nsent ada", "Rome\nsent eve", "eve 2026", "no line above is about the person 'eve'"),
        ('"-23 h"', '"1.5 h"', '"1.5 h"', "a time to spare"),
        ("check in-time", "check in-tyme", "in-time p1", "no line above is about the check 'in-time'"),
        ("stories all", "stories some", "some", "'some' is neither 'all' nor a number"),
        ("not-as-declared", "perhaps", "perhaps", "'perhaps' is neither"),
        ("| Dear Ada,", "| Dear Eve,", "4e8133460e welcome", "they were changed by hand"),
        ('"Ada Ünsal"', '"Ada Ünsal', '"Ada Ünsal', "is neither a word nor a text in quotes"),
        ('"Ada Ünsal"', '"Ada \\x"', '"Ada \\x"', "is not a text in quotes"),
        ("came never", "cane never", "cane", "'cane' is not known here (did you mean 'came'?)"),
        ('margin "-1 min"', 'within "-1 min"', "within", "only 'margin'"),
        ("violations 1", "faults 1", "faults", "'faults' is not known here"),
    ],
)
def test_one_that_was_edited_is_refused_at_its_place(old: str, new: str, at: str, words: str) -> None:
    text = text_of(result(rich()))
    assert old in text
    edited = text.replace(old, new, 1)
    before = edited[: edited.index(at)]
    place = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    with pytest.raises(InvalidDocuments) as caught:
        parsed(edited, "baselines/a.baseline.txt")
    first = caught.value.problems[0]
    assert f"baselines/a.baseline.txt:{place}" == str(first.place)
    assert words in first.message
    assert "journeyproof baseline accept" in first.message


def test_a_part_that_is_missing_is_named() -> None:
    text = text_of(result(rich()))
    with pytest.raises(InvalidDocuments, match="no line begins with 'seed': a part of the file is missing"):
        parsed(text.replace("seed 42\n", ""), "a.baseline.txt")
    with pytest.raises(InvalidDocuments, match="the line ends where what 'lang' is should stand"):
        parsed(text.replace("lang fr", "lang"), "a.baseline.txt")


def test_lines_may_end_as_on_windows() -> None:
    document = result(rich())
    case = parsed(text_of(document).replace("\n", "\r\n"), "a.baseline.txt")
    assert compare(Snapshot((case,), "baseline"), document).same


def test_names_of_files_are_fit_for_any_machine() -> None:
    [case] = snapshot_of(result(entry(family="winter/../x", variant="50 % off: ü?"))).cases
    path = baseline_path(case).as_posix()
    assert re.fullmatch(r"winter/-[0-9a-f]{6}/x/welcome/50___off____-[0-9a-f]{6}\.baseline\.txt", path), path


def test_accepting_says_what_is_new_changed_the_same_and_gone(tmp_path: Path) -> None:
    cases = snapshot_of(result(*(entry(variant=name, title=name) for name in ("one", "two", "three")))).cases
    for row in accepted(cases, tmp_path, None):
        assert row.state == "new"
        (tmp_path / row.file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / row.file).write_bytes(row.text.encode())
    now = snapshot_of(
        result(entry(variant="one", title="one"), entry(variant="two", title="another"), entry(variant="new"))
    )
    states = {row.file.split("/")[-1].split(".")[0]: row.state for row in accepted(now.cases, tmp_path, None)}
    assert states == {"one": "same", "two": "changed", "new": "new", "three": "gone"}
    partly = {row.state for row in accepted(now.cases, tmp_path, [("another", "scenario")])}
    assert "gone" not in partly
    assert len(read_baselines(tmp_path).cases) == 3


def test_a_folder_without_baselines_and_two_for_one_variant_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there are no baselines"):
        read_baselines(tmp_path)
    [case] = snapshot_of(result(rich())).cases
    for name in ("a", "b"):
        (tmp_path / f"{name}.baseline.txt").write_text(written(case), encoding="utf-8")
    with pytest.raises(InvalidDocuments, match=r"b\.baseline\.txt:1:1: .* has a baseline already"):
        read_baselines(tmp_path)
    (tmp_path / "b.baseline.txt").write_bytes(b"journeyproof-baseline 1\nseed \xff\n")
    with pytest.raises(InvalidDocuments, match=r"b\.baseline\.txt:2:6: byte 0xff is not UTF-8"):
        read_baselines(tmp_path)


def test_the_order_of_a_result_does_not_matter() -> None:
    document = result(rich())
    turned = json.loads(json.dumps(document))
    [only] = turned["scenarios"]
    only["exhibits"].reverse()
    only["checks"].reverse()
    for person in only["exhibits"]:
        person["messages"].reverse()
    assert text_of(turned) == text_of(document)
