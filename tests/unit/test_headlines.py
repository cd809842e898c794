"""Headlines and causes: what somebody learns who reads one sentence of each incident."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from simulator import discover, load, rehearse
from simulator.backends.reference import ReferenceBackend
from simulator.model.log import Event
from simulator.model.results import Verdict
from simulator.running.curves import curve
from simulator.running.naming import Naming
from tests.unit.small import WELCOME, welcome


@cache
def entry(family: str, variant: str) -> dict[str, Any]:
    [source] = discover([f"{family}/{family}"])
    return rehearse(load(source, variant, seed=42)).result


SAID = {
    ("late-birthday", "one-day-incident"): (
        "Camille Moreau's birthday offer came Sat 15 Nov 2025 08:07, 22 h 7 min after the shop had opened on the "
        "birthday. The engine stood still from Fri 14 Nov 2025 07:55 to Sat 15 Nov 2025 08:07."
    ),
    ("late-birthday", "deaf-to-the-till"): (
        "Camille Moreau was sent the reminder on the day Fri 14 Nov 2025 08:00, 10 days 21 h after the coupon was "
        "redeemed. The automation never heard of the coupon of Mon 3 Nov 2025 10:14: the link from the CRM system "
        "to the automation does not carry that a coupon was redeemed."
    ),
    ("expired-coupon", "missing-link"): (
        "Maria Ferri was charged 411 EUR instead of 149 EUR: the invoice was issued Thu 28 Nov 2024 18:00. The "
        "dealer never heard of the promise of Fri 25 Oct 2024 10:00: no link leads from the helpdesk to the "
        "dealer."
    ),
    ("expired-coupon", "late-nightly-batch"): (
        "Maria Ferri was charged 411 EUR instead of 149 EUR: the invoice was issued Thu 28 Nov 2024 18:00. The "
        "dealer heard of the promise of Fri 25 Oct 2024 10:00 too late: the link from the helpdesk to the dealer "
        "was down from Fri 25 Oct 2024 00:00 to Fri 8 Nov 2024 00:00."
    ),
    ("delayed-delivery", "mis-ticked-flag"): (
        "Alberto Rinaldi was sent the satisfaction survey Wed 27 Aug 2025 09:20, 2 days 7 h before the order was "
        "handed over. What set it off: the order was flagged delivered in the brand CRM system, Wed 27 Aug 2025 "
        "09:15."
    ),
    ("delayed-delivery", "skipped-check"): (
        "Alberto Rinaldi was sent the satisfaction survey Wed 27 Aug 2025 09:40, 2 days 7 h before the order was "
        "handed over. What set it off: the handover was confirmed at the dealer, Wed 27 Aug 2025 09:25."
    ),
    ("after-purchase-silence", "deaf-channel"): (
        "Giulia Conti's complaint of Mon 19 May 2025 20:47 on the social network found nobody: it was never "
        "classified, and 2 days 3 h went by; it was due by the end of Wed 21 May 2025; meanwhile 2 promotions went"
        " out to the same person. The helpdesk never heard of the complaint of Mon 19 May 2025 20:47: no link "
        "leads from the social network to the helpdesk."
    ),
    ("contact-flood", "one-woman-three-rows"): (
        "Zofia Wiśniewska was sent the promotion “motor loyal driver” Tue 13 Jan 2026 09:00: number 4 in 7 days, "
        "where three are allowed. It happened 11 times. The cap counts rows of the database, and one person may be"
        " several rows."
    ),
}  # fmt: skip


@pytest.mark.parametrize(("family", "variant"), SAID)
def test_the_headline_says_what_went_wrong_for_whom_and_why(family: str, variant: str) -> None:
    assert entry(family, variant)["headline"] == {"sentence": SAID[family, variant], "tone": "bad"}


def test_a_flood_is_told_in_numbers() -> None:
    said = entry("contact-flood", "no-cap-by-e-mail")["headline"]["sentence"]
    assert said.startswith(
        "9 people got more than the three messages in 7 days that are allowed: 45 of 72 in 10 days were too many, "
        "3 times as many as the rule lets through."
    )


def test_a_shift_of_every_day_is_told_apart_from_a_bad_day() -> None:
    said = entry("late-birthday", "constant-shift")["headline"]["sentence"]
    assert "377 of 379 came late by 9 h to 34 h, on 258 different days: every day, not one." in said
    assert said.endswith("The link from the CRM system to the automation changes the birth date by 1 day.")


def test_what_went_well_is_said_too() -> None:
    headline = entry("late-birthday", "as-it-should-have-gone")["headline"]
    assert headline["tone"] == "good"
    assert headline["sentence"].startswith("All went well for 331 people. “The offer is received before the shop opens")
    assert "with 14 days 13 h to spare at the least" in headline["sentence"]


# -------------------------------------------------------------------------------------------------------- causes


def test_what_has_one_root_is_one_cause_and_the_gravest_comes_first() -> None:
    first, *others = entry("expired-coupon", "missing-link")["causes"]
    assert first["silo"] == "no link from helpdesk to dealer"
    assert first["checks"] == ["promise-known", "price-kept"]
    assert first["first"] == {"check": "price-kept", "violation": 0, "customer": "maria"}
    assert (first["customers"], first["violations"], first["declared"]) == (1, 2, True)
    assert {cause["title"] for cause in others} >= {"The desk “complaint desk” takes 28 days"}


def test_every_violation_belongs_to_one_cause() -> None:
    for family, variant in SAID:
        found = entry(family, variant)
        assert sum(cause["violations"] for cause in found["causes"]) == sum(
            check["violations_in_all"] for check in found["checks"]
        )
        for cause in found["causes"]:
            check = next(check for check in found["checks"] if check["name"] == cause["first"]["check"])
            assert check["violations"][cause["first"]["violation"]]["customer"] == cause["first"]["customer"]


def test_a_loss_on_the_way_names_the_time_in_which_the_link_was_down() -> None:
    causes = {cause["cause"]: cause for cause in entry("late-birthday", "one-day-incident")["causes"]}
    lost = causes["silo:link till to loyalty (lost)"]
    assert lost["checks"] == ["purchases-registered"]
    assert "was down from Sat 7 Jun 2025 16:00 to Sat 7 Jun 2025 18:00." in lost["sentence"]
    assert causes["refused:till"]["checks"] == ["discount-without-the-mail", "bought-before-the-train"]


def test_messages_that_no_journey_sends_are_one_cause() -> None:
    [cause] = entry("after-purchase-silence", "silence-after-the-purchase")["causes"]
    assert cause["sentence"].startswith("Seven messages that were due never came to 4 people:")
    assert cause["sentence"].endswith("No journey of this variant sends it.")


def test_a_desk_that_nobody_tells_is_found_out() -> None:
    [cause] = entry("late-birthday", "past-the-card")["causes"]
    assert cause["sentence"].endswith(
        "The loyalty system is never told that an order was completed: no link carries it there."
    )


def test_a_violation_that_nobody_declared_is_marked(tmp_path: Path) -> None:
    text = WELCOME.replace("    violates: {welcomed: everyone}\n", "")
    [cause] = rehearse(welcome(tmp_path, "engine-down", text)).result["causes"]
    assert (cause["declared"], cause["customers"]) == (False, 2)
    assert cause["cause"].startswith("fault:")


# ------------------------------------------------------------------------------------------ what cannot be judged


class Broken(ReferenceBackend):
    """A backend that fails as soon as something reaches it."""

    def ingest(self, event: Event) -> None:
        raise RuntimeError(f"no room for {event.name}")


def test_what_a_backend_cannot_do_is_neither_right_nor_wrong() -> None:
    [source] = discover(["engines/tryton-not-clicked"])
    found = rehearse(load(source, source.variants[0], seed=1), backend="reference").result
    assert found["headline"]["tone"] == "unclear"
    assert found["headline"]["sentence"].startswith("Not judged, so neither right nor wrong: ")


def test_a_run_in_which_nothing_happens_says_so(tmp_path: Path) -> None:
    text = WELCOME.replace("  - {at: 2026-03-02 10:00, who: [ada, bob], event: Signed Up}\n", "").replace(
        "story:", "story: []"
    )
    found = rehearse(welcome(tmp_path, text=text)).result
    sentence = "Nothing was judged: nothing of what the rules speak of happened in this run."
    assert found["headline"] == {"sentence": sentence, "tone": "unclear"}
    assert found["causes"] == []


def test_a_backend_that_fails_is_no_good_news(tmp_path: Path) -> None:
    found = rehearse(welcome(tmp_path), backend=Broken).result
    assert found["headline"]["tone"] == "unclear"
    assert found["headline"]["sentence"].startswith("Nothing could be judged: ")


# ---------------------------------------------------------------------------------------------- names and curves


def test_names_are_those_that_one_speaks(tmp_path: Path) -> None:
    [source] = discover(["late-birthday/late-birthday"])
    naming = Naming(load(source, "one-day-incident", seed=42))
    assert naming.system("esp") == "the automation"
    assert naming.system("crm") == "the CRM system"
    assert naming.system("till") == "the till"
    assert naming.message("birthday-offer") == "birthday offer"
    assert naming.message("never-heard-of") == "message “never heard of”"
    assert naming.message("x", "motor-good-morning", "marketing") == "promotion “motor good morning”"


def test_a_curve_rises_and_keeps_its_ends() -> None:
    margins = tuple(range(-5_000, 5_000, 7))
    drawn = curve(Verdict("x", "response", "violated", margins=margins), None)
    assert drawn is not None
    assert len(drawn["points"]) <= 200
    assert drawn["points"] == sorted(drawn["points"])
    assert drawn["points"][0][0] == margins[0]
    assert drawn["points"][-1] == [margins[-1], 1.0]
    assert drawn["count"] == len(margins)
    low, mid, high = (drawn["quantiles"][name] for name in ("p99", "p90", "p50"))
    assert low < mid < high
    assert sum(margin >= mid for margin in margins) >= 0.9 * len(margins)


def test_a_service_level_is_in_time_down_to_what_it_allows() -> None:
    checks = {check["name"]: check for check in entry("late-birthday", "constant-shift")["checks"]}
    assert checks["greeting-lateness"]["curve"]["threshold_ms"] == -5 * 60_000
    assert checks["offer-before-opening"]["curve"]["threshold_ms"] == 0
    assert checks["one-greeting-a-year"]["curve"] is None
