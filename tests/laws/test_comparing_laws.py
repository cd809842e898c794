"""What holds of every comparison: nothing differs from itself, sides are exchanged, a shift is one, and it fits."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from simulator.comparing import Case, Snapshot, Story, compare
from simulator.comparing.aligning import matches
from simulator.comparing.baseline import written
from simulator.comparing.facts import Broken, Judged, Sent, Unsent, digest_of, instant_of
from simulator.comparing.moving import shifts
from simulator.comparing.parsing import parsed
from simulator.comparing.people import apart
from simulator.reporting.comment import LIMIT, MARKER, comment
from simulator.words.clock import HOUR, MINUTE, iso, zone

ZONES = ("Europe/Rome", "Europe/Warsaw", "America/New_York", "Asia/Tokyo")
START = 1_774_000_000_000
"""A week before Europe's clocks change."""

texts = st.text(st.characters(codec="utf-8"), max_size=30) | st.text(max_size=200)
names = st.sampled_from(["welcome", "birthday", "campaign:spring", "a b", "| <b> @you #1", ""])
instants = st.integers(0, 30 * 24 * 60).map(lambda minutes: START + minutes * MINUTE)


def digested(text: str) -> str:
    return digest_of(text) if text else ""


@st.composite
def sent(draw: st.DrawFn, where: str) -> Sent:
    at, text, html = draw(instants), draw(texts), draw(st.sampled_from(["", "<p>a</p>"]))
    came = draw(st.sampled_from([0, 0, 2 * MINUTE, None]))
    return Sent(
        iso(at, zone(where)),
        draw(st.sampled_from(["email", "sms", "letter by hand"])),
        draw(names),
        draw(names),
        draw(texts),
        None if came is None else iso(at + came, zone(where)),
        draw(st.sampled_from(["", "bounced", "in the folder 'spam'"])),
        text,
        digested(text),
        html,
        digested(html),
        draw(st.sampled_from(["", "fr"])),
    )


@st.composite
def unsent(draw: st.DrawFn, where: str) -> Unsent:
    at = draw(instants)
    kind, reason = (
        draw(st.sampled_from(["withheld", "not entered", "exited"])),
        draw(st.sampled_from(["no consent", "x|y", ""])),
    )
    until = draw(st.sampled_from([None, at + HOUR]))
    clock = zone(where)
    return Unsent(iso(at, clock), kind, draw(names), draw(names), "email", reason, until and iso(until, clock))


@st.composite
def told(draw: st.DrawFn, customer: str) -> Story:
    where = draw(st.sampled_from(ZONES))
    messages = draw(st.lists(sent(where), max_size=6))
    return Story(customer, draw(texts), where, tuple(messages), tuple(draw(st.lists(unsent(where), max_size=3))))


@st.composite
def judged(draw: st.DrawFn, name: str) -> Judged:
    broken = draw(
        st.lists(st.builds(Broken, texts, names, st.just("2026-03-02T10:00:00+01:00"), st.none(), texts), max_size=3)
    )
    spare = draw(st.sampled_from([{}, {"p10": -HOUR, "p50": 0, "p90": HOUR}, {"p10": 0, "p50": HOUR, "p90": 2 * HOUR}]))
    outcome = "violated" if broken else draw(st.sampled_from(["satisfied", "vacuous", "pending"]))
    return Judged(name, outcome, "", 10, len(broken), 3 if spare else 0, spare, tuple(broken))


@st.composite
def cases(draw: st.DrawFn, variant: str = "as-it-should-go") -> Case:
    people = draw(st.lists(st.sampled_from(["ada", "bob", "eve", "`x` | y"]), unique=True, max_size=4))
    stories = tuple(draw(told(name)) for name in sorted(people))
    checks = tuple(draw(judged(name)) for name in draw(st.lists(names, unique=True, max_size=3)))
    figures = draw(st.dictionaries(names, st.dictionaries(names, st.integers(1, 9) | texts, max_size=3), max_size=2))
    return Case(
        draw(names) or "f", "scenario", variant, draw(texts), 42, "reference", 0, len(people), 0, None, "violated",
        checks=checks, journeys=figures, stories=stories,
    )  # fmt: skip


def side(*found: Case) -> Snapshot:
    return Snapshot(tuple(found))


@given(cases())
def test_nothing_differs_from_itself(case: Case) -> None:
    assert compare(side(case), side(replace(case))).same


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_stand_does_not_matter(case: Case, chance: object) -> None:
    def turned(items: Sequence[object]) -> tuple[object, ...]:
        return tuple(sorted(items, key=lambda _: chance.random()))  # type: ignore[attr-defined]

    stories = [replace(story, sent=turned(story.sent), unsent=turned(story.unsent)) for story in case.stories]
    other = replace(case, stories=turned(stories), checks=turned(case.checks))
    assert compare(side(case), side(other)).same
    assert written(case) == written(other)


@given(cases(), cases())
def test_exchanging_the_sides_exchanges_what_is_new_and_what_is_lost(first: Case, second: Case) -> None:
    for name in first.by_customer.keys() & second.by_customer.keys():
        there = apart(first.by_customer[name], second.by_customer[name])
        back = apart(second.by_customer[name], first.by_customer[name])
        assert Counter(one.sent for one in there.lost) == Counter(one.sent for one in back.gained)
        assert Counter(one.sent for one in there.gained) == Counter(one.sent for one in back.lost)
        assert Counter(-move.ms for move in there.moved) == Counter(move.ms for move in back.moved)
        assert len(there.pairs) == len(back.pairs)


def later(message: Sent, ms: int, where: str) -> Sent:
    clock = zone(where)
    came = None if message.came is None else iso(instant_of(message.came) + ms, clock)
    return replace(message, at=iso(instant_of(message.at) + ms, clock), came=came)


@given(cases(), st.integers(-60 * 24 * 60, 60 * 24 * 60).filter(bool), st.data())
def test_a_journey_that_moved_as_a_whole_is_one_shift(case: Case, minutes: int, data: st.DataObject) -> None:
    journeys = sorted({message.journey for story in case.stories for message in story.sent})
    if not journeys:
        return
    journey = data.draw(st.sampled_from(journeys))
    stories = [
        replace(
            story,
            sent=tuple(
                later(message, minutes * MINUTE, story.zone) if message.journey == journey else message
                for message in story.sent
            ),
        )
        for story in case.stories
    ]
    other = replace(case, stories=tuple(stories))
    people = [apart(case.by_customer[name], other.by_customer[name]) for name in case.by_customer]
    assert not any(person.lost or person.gained for person in people)
    [shift] = shifts(people)
    assert (shift.journey, shift.ms, shift.everything) == (journey, minutes * MINUTE, True)
    kinds = [finding.kind for compared in compare(side(case), side(other)).cases for finding in compared.findings]
    assert kinds == ["moved"]


@given(st.lists(st.integers(0, 50), max_size=6), st.lists(st.integers(0, 50), max_size=6))
def test_matching_moves_as_little_as_any_matching_can(first: list[int], second: list[int]) -> None:
    before, after = sorted(first), sorted(second)
    found = matches(before, after)
    fewer = min(len(before), len(after))
    assert len(found) == fewer
    assert found == sorted(found)
    assert [place for _, place in found] == sorted({place for _, place in found})
    ways = (zip(one, other, strict=True) for one in combinations(before, fewer) for other in combinations(after, fewer))
    assert sum(abs(before[i] - after[j]) for i, j in found) == min(sum(abs(a - b) for a, b in way) for way in ways)
    assert [(j, i) for i, j in found] == matches(after, before)


@given(cases())
def test_a_baseline_reads_back_what_was_written(case: Case) -> None:
    again = parsed(written(case), "a.baseline.txt")
    assert written(again) == written(case)
    assert compare(side(again), side(case)).same


@given(st.lists(cases(), max_size=3), st.lists(cases(), max_size=3))
def test_the_comment_fits_and_holds_no_markup_of_documents(first: list[Case], second: list[Case]) -> None:
    def named(found: list[Case]) -> Snapshot:
        return side(*(replace(case, variant=f"variant-{number}") for number, case in enumerate(found)))

    comparison = compare(named(first), named(second))
    text = comment(comparison)
    assert text == comment(compare(named(first), named(second)))
    assert len(text.encode("utf-8")) <= LIMIT
    assert text.startswith(f"{MARKER}\n### Journeys: ")
    assert text.count("<details>") == text.count("</details>")
    assert len(re.findall(r"^```", text, re.MULTILINE)) % 2 == 0
    outside = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"<[^>]*", outside)) <= {
        "<!-- journeyproof:diff --", "<details", "<summary", "</summary", "</details", "<span", "</span",
    }  # fmt: skip
    assert not re.search(r"(?<!\\)[@#](?=\w)", outside)


@given(st.integers(1, 60), st.integers(0, 1_500), st.sampled_from(["a", "ż", "⚠", "|", "<", "@a ", "`"]))
def test_the_comment_fits_whatever_is_in_it(count: int, length: int, letter: str) -> None:
    name = letter * length

    def people(ms: int) -> Case:
        sent = Sent("2026-03-02T10:00:00+00:00", "email", "j", name, name, "2026-03-02T10:00:00+00:00")
        stories = [
            Story(f"{number:03}", name, "UTC", (later(sent, ms * (number + 1), "UTC"),)) for number in range(count)
        ]
        verdicts = [Judged(f"{name}{n}", "violated" if ms else "satisfied", violations=1) for n in range(20)]
        return Case("f" * length, "s", name, stories=tuple(stories), checks=tuple(verdicts), customers=count)

    text = comment(compare(side(people(0)), side(people(HOUR))))
    assert len(text.encode("utf-8")) <= LIMIT
    assert text.startswith(MARKER)
    assert text.count("<details>") == text.count("</details>")
