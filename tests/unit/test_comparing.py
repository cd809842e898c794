"""What changed between two results, in the words of whoever writes campaigns."""

from __future__ import annotations

import copy
import time

import pytest

from simulator.comparing import Comparison, Finding, compare, stories
from simulator.comparing.facts import Damaged
from simulator.words.clock import DAY, HOUR, MINUTE
from simulator.words.errors import UsageError
from tests.unit.comparables import Entry, check, entry, exhibit, message, moved, result, violation, withheld

MONDAY = "2026-03-02T10:00:00+01:00"


def findings(comparison: Comparison, kind: str = "") -> list[Finding]:
    [case] = comparison.cases
    return [finding for finding in case.findings if kind in ("", finding.kind)]


def between(before: list[Entry], after: list[Entry]) -> list[Finding]:
    """What differs where only the messages of Ada differ."""
    return findings(compare(result(entry([exhibit("ada", before)])), result(entry([exhibit("ada", after)]))))


def test_the_same_twice_is_the_same() -> None:
    document = result(entry([exhibit("ada", [message(1, MONDAY)])], [check()]))
    comparison = compare(document, copy.deepcopy(document))
    assert comparison.same
    assert not comparison.drifted
    assert not comparison.worse


def test_one_that_came_later() -> None:
    [found] = between([message(1, MONDAY)], [message(1, moved(MONDAY, 22 * HOUR + 7 * MINUTE))])
    assert found.kind == "moved"
    assert found.sentence == (
        "ada: The e-mail “Welcome” comes 22 h 7 min later: Tue 3 Mar 2026 08:07 instead of Mon 2 Mar 2026 10:00."
    )
    assert (found.before, found.after) == ("Mon 2 Mar 2026 10:00", "Tue 3 Mar 2026 08:07")


def test_one_that_is_held_says_what_holds_it() -> None:
    later = "2026-03-03T08:00:00+01:00"
    before = exhibit("ada", [message(1, "2026-03-02T22:00:00+01:00")])
    after = exhibit(
        "ada",
        [message(1, later)],
        [withheld(1, "2026-03-02T22:00:00+01:00", "quiet hours", until=later, message_id="id/1")],
    )
    [change] = stories(before, after)
    assert change.kind == "moved"
    assert change.sentence.endswith(
        "Tue 3 Mar 2026 08:00 instead of Mon 2 Mar 2026 22:00, because it fell into the quiet hours."
    )
    assert (change.event_a, change.event_b) == ("e/1", "e/1")


def test_one_that_is_not_sent_any_more_says_why() -> None:
    after = exhibit("ada", [], [withheld(1, MONDAY, "no consent")])
    [change] = stories(exhibit("ada", [message(1, MONDAY)]), after)
    assert change.kind == "lost"
    assert change.sentence == (
        "The e-mail “Welcome”, which came Mon 2 Mar 2026 10:00, is not sent any more, because there is no consent."
    )
    assert (change.event_a, change.event_b) == ("e/1", "w/1")


def test_one_that_is_new_says_what_stood_in_its_way() -> None:
    before = exhibit("ada", [], [withheld(1, MONDAY, "cap weekly")])
    [change] = stories(before, exhibit("ada", [message(1, MONDAY)]))
    assert change.kind == "gained"
    assert "New: the e-mail “Welcome” comes Mon 2 Mar 2026 10:00" in change.sentence
    assert change.sentence.endswith("because the limit 'weekly' was reached.")


def test_another_reason_alone_is_a_change() -> None:
    sides = (exhibit("ada", [], [withheld(1, MONDAY, reason)]) for reason in ("no consent", "cap weekly"))
    [change] = stories(*sides)
    assert change.kind == "changed"
    assert "now because the limit 'weekly' was reached; before because there is no consent" in change.sentence


def test_what_went_by_mail_and_goes_by_sms_is_one_change() -> None:
    [found] = between([message(1, MONDAY)], [message(2, MONDAY, channel="sms")])
    assert "goes by SMS instead of by e-mail" in found.sentence


def test_what_stands_in_the_place_of_another_is_one_change() -> None:
    [found] = between([message(1, MONDAY)], [message(2, MONDAY, message="greeting")])
    assert "became another message: 'greeting' instead of 'welcome-mail'" in found.sentence


def test_what_bounced_arrived_before() -> None:
    [found] = between([message(1, MONDAY)], [message(1, MONDAY, lost=True, bounced=MONDAY)])
    assert found.kind == "changed"
    assert "bounced; before: it arrived" in found.sentence


def test_the_one_left_out_of_many_is_the_one_that_moves_nothing() -> None:
    days = [moved(MONDAY, day * DAY) for day in range(10)]
    before = [message(number, at) for number, at in enumerate(days)]
    [found] = between(before, before[:4] + before[5:])
    assert found.kind == "lost"
    assert "Fri 6 Mar 2026 10:00" in found.sentence


def crowd(count: int, ms: int = 0, **others: object) -> list[Entry]:
    """So many people, each with a message a minute after the one before."""
    return [
        exhibit(f"person-{number:03}", [message(number, moved(MONDAY, number * MINUTE + ms), **others)])
        for number in range(count)
    ]


def test_a_crowd_that_moved_alike_is_one_finding() -> None:
    comparison = compare(result(entry(crowd(318))), result(entry(crowd(318, 24 * HOUR))))
    [found] = findings(comparison)
    assert found.sentence == "All 318 messages of 'welcome' come 24 h later."
    assert found.people == 318
    assert len(found.details) == 200


def test_a_day_of_the_wall_clock_is_a_day() -> None:
    saturday = "2026-03-28T10:00:00+01:00"
    before = [message(1, saturday), message(2, "2026-03-30T10:00:00+02:00")]
    after = [message(1, "2026-03-29T10:00:00+02:00"), message(2, "2026-03-31T10:00:00+02:00")]
    [found] = between(before, after)
    assert found.sentence == "All 2 messages of 'welcome' come 1 day later."


def test_a_clock_change_is_told_as_one() -> None:
    hours = ["2026-03-27T10:00:00+01:00", "2026-03-28T10:00:00+01:00", "2026-03-30T10:00:00+02:00",
             "2026-03-31T10:00:00+02:00"]  # fmt: skip
    before = [message(number, at) for number, at in enumerate(hours)]
    after = [*before[:2], *(message(number, moved(hours[number], HOUR)) for number in (2, 3))]
    [found] = between(before, after)
    assert found.sentence == (
        "2 of 4 messages of 'welcome' come 1 h later, from Mon 30 Mar 2026 on and not before: "
        "the clock change of Europe/Rome."
    )


def test_movements_in_no_pattern_are_told_from_the_least_to_the_most() -> None:
    after = [
        exhibit(f"person-{number:03}", [message(number, moved(MONDAY, number * MINUTE + (number + 1) ** 2 * MINUTE))])
        for number in range(12)
    ]
    [found] = findings(compare(result(entry(crowd(12))), result(entry(after))))
    assert found.sentence == "All 12 messages of 'welcome' come between 1 min later and 2 h 24 min later."


def test_within_a_tolerance_nothing_moved() -> None:
    sides = result(entry(crowd(5))), result(entry(crowd(5, 3 * MINUTE)))
    assert compare(*sides, within=5 * MINUTE).same
    assert compare(*sides).drifted


def test_a_backend_that_keeps_time_to_the_quarter_of_an_hour_may_differ_by_it() -> None:
    coarse = entry(crowd(5, 3 * MINUTE), granularity_ms=15 * MINUTE, backend="tryton")
    [case] = compare(result(entry(crowd(5))), result(coarse)).cases
    assert case.same
    assert "Before it ran on 'reference', now on 'tryton'." in case.notes


def test_words_that_changed_are_told_with_what_nobody_sees() -> None:
    before, after = "Dear Ada,\n30 % for you\nBye", "Dear Ada,\n20\u00a0% for you\nBye"
    [found] = between([message(1, MONDAY, before)], [message(1, MONDAY, after)])
    assert found.kind == "changed"
    assert "“30 %” became “20⟨no-break space⟩%”" in found.sentence


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("shoulder", "shoul\u00adder", "“shoul⟨soft hyphen⟩der”"),
        ("code ABC", "code A\u200bBC", "⟨zero-width space⟩"),
        ("pay now", "p\u0430y now", "“p⟨cyrillic small letter a⟩y”"),
        ("left", "\u200fleft", "⟨right-to-left mark⟩"),
        ("café", "cafe\u0301", "⟨combining acute accent⟩"),
        ("Москва", "Киев", "“Москва” became “Киев”"),
        ("one\ntwo", "one\nand\ntwo", "“and” was added"),
        ("one\ntwo\nthree", "one\nthree", "“two” was taken away"),
        ("a  b", "a b", "“␣␣b” became “␣b”"),
        ("until 2025-11-30.", "until 2025-12-14.", "“2025-11-30” became “2025-12-14”"),
    ],
)  # fmt: skip
def test_what_a_reader_would_not_see(before: str, after: str, words: str) -> None:
    [found] = between([message(1, MONDAY, before)], [message(1, MONDAY, after)])
    assert words in found.sentence


def test_the_same_words_changed_for_many_are_one_finding() -> None:
    before = [exhibit(name, [message(1, MONDAY, f"Dear {name}, 30 % for you")]) for name in ("ada", "bob", "eve")]
    after = [exhibit(name, [message(1, MONDAY, f"Dear {name}, 20 % for you")]) for name in ("ada", "bob", "eve")]
    [found] = findings(compare(result(entry(before)), result(entry(after))))
    assert found.sentence == (
        "The text of 3 messages 'welcome-mail' changed: “30” became “20”, for 3 customers (ada, bob and eve)."
    )


def test_words_that_changed_for_all_are_told_before_those_of_each() -> None:
    names = ("ada", "bob", "eve")
    before = [
        exhibit(name, [message(1, MONDAY, f"Dear {name}, welcome, then. Until May {n}")])
        for n, name in enumerate(names)
    ]
    after = [
        exhibit(name, [message(1, MONDAY, f"Dear {name}, goodbye, then. Until May {n + 7}")])
        for n, name in enumerate(names)
    ]
    [found] = findings(compare(result(entry(before)), result(entry(after))))
    assert "“welcome” became “goodbye”, and other words in each" in found.sentence


def test_html_that_changed_alone_is_told() -> None:
    [found] = between([message(1, MONDAY, html="<p>Hello.</p>")], [message(1, MONDAY, html="<h1>Hello.</h1>")])
    assert "The HTML of the e-mail “Welcome”" in found.sentence


def verdict_of(before: list[Entry], after: list[Entry]) -> Finding:
    [found] = findings(compare(result(entry([], before)), result(entry([], after))), "verdict")
    return found


def test_a_verdict_that_became_worse_tells_the_first_violation() -> None:
    broken = check("welcomed", "violated", [violation("ada", "Ada's mail came a day late.")])
    found = verdict_of([check("welcomed")], [broken])
    assert found.worse
    assert found.sentence == "'welcomed' is violated now, and was satisfied: Ada's mail came a day late."
    assert (found.before, found.after, found.people) == ("satisfied", "violated × 1", 1)
    assert not verdict_of([broken], [check("welcomed")]).worse


def test_more_violations_and_other_ones_are_worse_and_fewer_are_not() -> None:
    one = check("welcomed", "violated", [violation("ada")])
    two = check("welcomed", "violated", [violation("ada"), violation("bob", "Bob's never came.")])
    other = check("welcomed", "violated", [violation("eve", "Eve's never came.")])
    assert verdict_of([one], [two]).sentence == "'welcomed' is violated 2 times, and was 1 time: Bob's never came."
    assert verdict_of([one], [two]).worse
    assert not verdict_of([two], [one]).worse
    assert verdict_of([one], [other]).worse
    assert "Eve's never came." in verdict_of([one], [other]).sentence


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ("satisfied", "vacuous", True),
        ("satisfied", "unsupported", True),
        ("satisfied", "pending", False),
        ("pending", "error", True),
        ("vacuous", "satisfied", False),
        ("unsupported", "violated", True),
    ],
)
def test_a_check_that_judges_no_more_is_worse(before: str, after: str, worse: bool) -> None:
    assert verdict_of([check("welcomed", before)], [check("welcomed", after)]).worse is worse


def test_a_check_that_is_gone_is_worse_and_a_new_one_is_not() -> None:
    assert verdict_of([check("welcomed")], []).worse
    assert not verdict_of([], [check("welcomed")]).worse
    assert verdict_of([], [check("welcomed", "violated", [violation("ada")])]).worse


def test_what_is_not_as_declared_any_more_is_worse_even_with_the_same_verdicts() -> None:
    changed = entry([], [check()], as_expected=False, unexpected=["the diagnosis must be 'none'"])
    [found] = findings(compare(result(entry([], [check()])), result(changed)))
    assert found.worse
    assert "the diagnosis must be 'none'" in found.sentence


def test_variants_set_side_by_side_are_not_asked_to_judge_the_same() -> None:
    one = entry([], [check("welcomed"), check("greeted")])
    other = entry([], [check("welcomed", "vacuous")], variant="another")
    [case] = compare(result(one), result(other)).cases
    assert case.label == "welcome › as-it-should-go → welcome › another"
    assert not case.worse


def margins(ms: int) -> Entry:
    spread = {f"p{share}_ms": 10 * share * MINUTE - ms for share in (1, 10, 50, 90, 99)}
    return {"margins": {"count": 379, "least_ms": 0, "most_ms": 0, **spread}}


def test_times_that_all_moved_alike_are_one_sentence() -> None:
    sides = (result(entry([], [check("in-time", **margins(ms))])) for ms in (0, 24 * HOUR))
    [found] = findings(compare(*sides))
    assert found.kind == "times"
    assert found.sentence == "'in-time': all 379 times are 24 h later."


def test_times_that_moved_apart_tell_the_farthest() -> None:
    now = margins(0)
    now["margins"]["p1_ms"] = -10 * HOUR
    [found] = findings(
        compare(result(entry([], [check("in-time", **margins(0))])), result(entry([], [check("in-time", **now)])))
    )
    assert found.sentence == "'in-time', 379 times: the slowest hundredth: late by 10 h, and was 10 min to spare."


def test_figures_of_journeys_are_told() -> None:
    before = {"welcome": {"entered": 10, "sent": 10, "withheld": {"no consent": 1}, "revenue": "120 EUR"}}
    after = {"welcome": {"entered": 10, "sent": 8, "withheld": {"no consent": 3}, "revenue": "100 EUR"}}
    [found] = findings(compare(result(entry(results=before)), result(entry(results=after))))
    assert found.sentence == (
        "'welcome': sent 10 → 8, revenue 120 EUR → 100 EUR, withheld because of 'no consent' 1 → 3."
    )


def test_people_who_are_new_or_gone() -> None:
    [found] = findings(compare(result(entry([exhibit("ada")])), result(entry([exhibit("bob"), exhibit("eve")]))))
    assert found.sentence == "2 customers more: bob and eve; 1 customer fewer: ada."


def test_variants_that_are_new_or_gone() -> None:
    both = entry([], [check()]), entry([], [check()], variant="another")
    more = compare(result(both[0], entry([], variant="third")), result(*both))
    assert {(case.variant, case.only) for case in more.cases} == {
        ("as-it-should-go", ""),
        ("another", "after"),
        ("third", "before"),
    }


def test_of_one_customer_alone_only_the_story_is_compared() -> None:
    whole = entry([exhibit("ada", [message(1, MONDAY)]), exhibit("bob")], [check()])
    alone = entry([exhibit("ada", [message(1, moved(MONDAY, HOUR))])], [check("welcomed", "violated")], customer="ada")
    [case] = compare(result(whole), result(alone, customer="ada")).cases
    assert [finding.kind for finding in case.findings] == ["moved"]
    assert "One side ran ada alone" in case.notes[0]


def test_the_smallest_case_is_the_shortest_story_of_those_concerned() -> None:
    long = [message(number, moved(MONDAY, number * DAY)) for number in range(5)]
    before = [exhibit("ada", long), exhibit("bob", long[:2]), exhibit("eve", long[:1])]
    after = [exhibit("ada", long[1:]), exhibit("bob", long[1:2]), exhibit("eve", long[:1])]
    [case] = compare(result(entry(before)), result(entry(after))).cases
    assert case.smallest is not None
    assert case.smallest.customer == "bob"
    assert [change.kind for change in case.smallest.changes] == ["lost"]


def test_another_seed_is_said() -> None:
    [case] = compare(result(entry([], [check()])), result(entry([], [check()], seed=7))).cases
    assert case.notes == ("The seeds differ (42 and 7): much of this is chance.",)


def test_all_of_one_person_moved_alike_is_one_change() -> None:
    before = [message(number, moved(MONDAY, number * DAY)) for number in range(4)]
    after = [message(number, moved(MONDAY, (number + 1) * DAY)) for number in range(4)]
    [change] = stories(exhibit("ada", before), exhibit("ada", after))
    assert change.sentence == "All 4 messages come 24 h later; the first Tue 3 Mar 2026 10:00."


def test_another_document_is_refused_and_a_damaged_one_as_well() -> None:
    with pytest.raises(UsageError, match="this is no result to compare: it says 'no format'"):
        compare({}, result())
    with pytest.raises(Damaged, match="holds no list of scenarios"):
        compare({**result(), "scenarios": {}}, result())
    for damage in ({"checks": 3}, {"exhibits": [{}]}, {"seed": "x"}, {"results": {"a": 5}}):
        with pytest.raises(Damaged, match="'as-it-should-go' of this result cannot be read"):
            compare(result({**entry([], [check()]), **damage}), result())
    with pytest.raises(Damaged, match="cannot be read"):
        compare(result([]), result())  # type: ignore[arg-type]


def test_a_large_comparison_is_quick() -> None:
    def side(shift: int) -> Entry:
        people = [
            exhibit(
                f"person-{person:04}",
                [
                    message(place, moved(MONDAY, place * HOUR + shift * person * MINUTE), f"Text {place}\n" * 20)
                    for place in range(30)
                ],
            )
            for person in range(300)
        ]
        return result(entry(people))

    first, second = side(0), side(1)
    begun = time.perf_counter()
    assert compare(first, second).drifted
    assert time.perf_counter() - begun < 5
