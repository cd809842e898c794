"""The reference backend and the naive twin agree on every message sent, on every one that is not, and on why."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given, settings

from simulator.backends.reference import ReferenceBackend
from simulator.model.log import Event
from tests.laws.journeys_strategies import Case, cases, make_case, play
from tests.laws.twin import Twin

SEEDED = 1_500
"""Cases made from plain seeds, besides those that Hypothesis draws and would shrink."""


@settings(max_examples=150)
@given(cases)
def test_reference_and_twin_agree(case: Case) -> None:
    assert play(ReferenceBackend(), case) == play(Twin(), case)


def test_they_agree_on_thousands_of_cases_and_enough_of_them_are_hard() -> None:
    seen: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for seed in range(SEEDED):
        case, twin = make_case(Random(seed)), Twin()
        events = play(twin, case)
        assert play(ReferenceBackend(), case) == events, f"make_case(Random({seed}))"
        seen.update(twin.seen)
        hard = twin.seen & {"tie", "clock change in a wait", "withheld by cap"}
        seen["hard"] += bool(hard)
        told.update(event.name for event in events)
    assert seen["hard"] > SEEDED / 5
    assert min(seen["tie"], seen["clock change in a wait"], seen["withheld by cap"]) > SEEDED / 20
    rules = ("plan", "address", "consent", "suppression", "require", "coherence", "quiet", "cap", "holdout")
    assert {rule: seen[f"withheld by {rule}"] > SEEDED / 100 for rule in rules} == dict.fromkeys(rules, True)
    assert seen["moved"] > SEEDED / 50
    assert min(told["Message Sent"], told["Message Withheld"], told["Journey Entered"]) > SEEDED


def test_asking_again_with_the_same_step_gives_the_same_answer() -> None:
    for seed in range(50):
        case = make_case(Random(seed))
        assert play(_AskedTwice(), case) == play(ReferenceBackend(), case)


class _AskedTwice(ReferenceBackend):
    """Every answer is lost once on the way, and asked for again."""

    def advance(self, to: int, step: int) -> list[Event]:
        first = list(super().advance(to, step))
        again = super().advance(to, step)
        assert first == again
        return again
