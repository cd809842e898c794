"""How long somebody waits for a what-if: `make bench` prints it for each family."""

from __future__ import annotations

import time
from statistics import median

import pytest

from simulator.model.loading import load
from simulator.running import rehearse
from simulator.studio.catalogue import Catalogue
from simulator.studio.running import Studio, line
from simulator.studio.wishes import Edit, Wish

pytestmark = pytest.mark.benchmark

PEOPLE = [
    ("late-birthday/late-birthday", "one-day-incident", "camille"),
    ("late-birthday/late-birthday", "constant-shift", "crowd-0007"),
    ("expired-coupon/expired-coupon", "missing-link", "maria"),
    ("delayed-delivery/delayed-delivery", "mis-ticked-flag", "alberto"),
    ("after-purchase-silence/after-purchase-silence", "deaf-channel-at-scale", "giulia"),
    ("contact-flood/contact-flood", "as-it-should-have-gone", "zofia"),
]


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio(Catalogue(None))


def milliseconds(studio: Studio, wish: Wish) -> float:
    """The median CPU time of nine runs, the answer written out included; the machine may be busy with other things."""
    line(studio.run(wish).told)
    taken = []
    for _ in range(9):
        begun = time.process_time()
        line(studio.run(wish).told)
        taken.append(1000 * (time.process_time() - begun))
    return median(taken)


@pytest.mark.parametrize("who", PEOPLE, ids=lambda who: f"{who[1]}-{who[2]}")
def test_a_what_if_is_there_before_a_tenth_of_a_second(studio: Studio, who: tuple[str, str, str]) -> None:
    """A year, one person, the reference: the time that the server works on it."""
    taken = milliseconds(studio, Wish(*who, edits=(Edit("person.zone", "Asia/Tokyo"),)))
    print(f"\n{who[1]} for {who[2]}: {taken:.0f} ms")
    assert taken < 100


def test_one_of_a_thousand_costs_what_one_alone_does(studio: Studio) -> None:
    """The document is cut to the person first: the others are neither built, nor run, nor judged."""
    target = "after-purchase-silence/after-purchase-silence"
    few = milliseconds(studio, Wish(target, "deaf-channel", "giulia"))
    many = milliseconds(studio, Wish(target, "deaf-channel-at-scale", "giulia"))
    print(f"\none of a thousand takes {many / few:.2f} times as long as one of four")
    assert many < 3 * few


def test_a_what_if_costs_a_fraction_of_the_command(studio: Studio) -> None:
    """Loading and drawing are done once; then it is the run of one person."""
    target, variant, customer = PEOPLE[4]
    base = studio.catalogue.base(target, variant, 42)
    begun = time.process_time()
    rehearse(load(base.source, variant, seed=42), backend="reference", only=customer)
    whole = 1000 * (time.process_time() - begun)
    taken = milliseconds(studio, Wish(target, variant, customer, edits=(Edit("behaviour.opens", 100),)))
    print(f"\nloading and running it takes {whole / taken:.1f} times as long as the next what-if")
    assert taken < whole / 2
