"""The silence after the purchase, in figures: who waited, for how long, and what was sent to them meanwhile."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from simulator import Event, Rehearsal, Verdict, discover, load, rehearse

pytestmark = pytest.mark.slow

ROME = ZoneInfo("Europe/Rome")
BOUNDARIES = ("spring-clock-change", "autumn-clock-change", "leap-day", "year-end", "public-holiday")


@cache
def rehearsed(variant: str) -> Rehearsal:
    source = next(source for source in discover(["after-purchase-silence"]) if variant in source.variants)
    return rehearse(load(source, variant, seed=42, customers=0))


def verdict(variant: str, check: str) -> Verdict:
    return next(found for found in rehearsed(variant).verdicts if found.name == check)


def clock(instant: int | None) -> str:
    assert instant is not None
    return datetime.fromtimestamp(instant / 1000, ROME).strftime("%Y-%m-%d %H:%M")


def onsets(variant: str, check: str) -> list[tuple[str, str]]:
    return [(found.customer, clock(found.onset)) for found in verdict(variant, check).violations]


def broken(variant: str) -> set[str]:
    return {found.name for found in rehearsed(variant).verdicts if found.outcome == "violated"}


def events(variant: str, person: str, *names: str) -> list[Event]:
    return [event for event in rehearsed(variant).log if event.person == person and event.name in names]


def posts(variant: str) -> list[Event]:
    return [event for event in rehearsed(variant).log if event.name == "Contact Received"]


def test_a_violation_names_the_contact_its_channel_how_long_it_waited_and_the_promotion_sent_meanwhile() -> None:
    [violation] = verdict("deaf-channel", "contact-closed-in-time").violations
    assert violation.case == "g-1, social"
    assert violation.sentence == (
        "Giulia Conti's contact was never classified; the deadline Thu 22 May 2025 00:00 was the latest: helpdesk "
        "never heard of it: there is no link from social to helpdesk; contact g-1 on social waited 2 days 3 h, and "
        "meanwhile Giulia Conti's weekly-news was sent Tue 20 May 2025 10:00 and Giulia Conti's app-offer was sent "
        "Tue 20 May 2025 12:30."
    )
    assert violation.silo == "no link from social to helpdesk"
    rows = {event.id: event for event in rehearsed("deaf-channel").log}
    assert [rows[id].data["message"] for id in violation.witnesses] == ["weekly-news", "app-offer"]
    assert clock(violation.true_since) == "2025-05-19 20:47"


def test_on_a_deaf_channel_promotion_goes_on_for_ever() -> None:
    assert broken("deaf-channel") == {"contact-closed-in-time", "complaint-closed", "complaint-stops-promotion"}
    days = ["2025-05-20 10:00", "2025-05-20 12:30", "2025-05-27 10:00", "2025-06-03 10:00", "2025-06-03 12:30"]
    assert onsets("deaf-channel", "complaint-stops-promotion") == [("giulia", day) for day in days]
    assert {found.known_since for found in verdict("deaf-channel", "complaint-stops-promotion").violations} == {None}


def test_an_unlinked_identity_complains_to_one_row_and_is_courted_on_another() -> None:
    assert onsets("unlinked-identity", "complaint-stops-promotion") == [
        ("giulia", "2025-05-20 10:00"),
        ("giulia", "2025-05-20 12:30"),
    ]
    first = verdict("unlinked-identity", "complaint-stops-promotion").violations[0]
    assert (clock(first.true_since), clock(first.known_since)) == ("2025-05-19 20:47", "2025-05-19 20:50")
    assert first.silo == "identity (giulia-on-social is not linked with giulia-in-crm)"
    assert first.sentence.endswith(
        "esp had heard of it, but of giulia-on-social, which nobody had linked with giulia-in-crm."
    )
    assert onsets("unlinked-identity", "complaint-followed-up") == [("giulia", "2025-05-20 14:30")]
    assert broken("unlinked-identity") == {"complaint-stops-promotion", "complaint-followed-up"}


def test_noise_that_triggers_thanks_a_fan_for_talking() -> None:
    assert broken("noise-that-triggers") == {"noise-triggers-nothing"}
    assert onsets("noise-that-triggers", "noise-triggers-nothing") == [("fabio", "2025-05-09 21:31")]
    [violation] = verdict("noise-that-triggers", "noise-triggers-nothing").violations
    assert violation.sentence == (
        "Fabio Greco's thanks-for-your-post was sent Fri 9 May 2025 21:31, 1 min after Fabio Greco's contact was "
        "received Fri 9 May 2025 21:30."
    )


def test_every_moment_of_truth_stays_without_a_response() -> None:
    silent = "silence-after-the-purchase"
    assert onsets(silent, "fan-welcomed") == [("fabio", "2025-05-07 19:00")]
    assert onsets(silent, "order-thanked") == [("carla", "2025-05-13 16:00"), ("fabio", "2025-05-15 12:00")]
    assert onsets(silent, "first-steps-told") == [("fabio", "2025-05-20 11:00")]
    assert onsets(silent, "return-answered") == [("carla", "2025-05-16 20:00")]
    assert [customer for customer, _ in onsets(silent, "complaint-followed-up")] == ["giulia", "paolo"]
    assert len(broken(silent)) == 5


def test_a_fan_on_the_customers_list_is_addressed_as_a_customer_until_he_is_one() -> None:
    assert onsets("one-list-for-all", "prospects-apart") == [
        ("fabio", "2025-05-06 10:00"),
        ("fabio", "2025-05-13 10:00"),
    ]
    news = events("one-list-for-all", "fabio", "Message Sent")
    assert "2025-05-20 10:00" in [clock(sent.time) for sent in news if sent.data["message"] == "weekly-news"]


def test_an_answer_on_another_channel_is_no_answer() -> None:
    unanswered = {found.case for found in verdict("answered-elsewhere", "contact-closed-in-time").violations}
    assert {"g-1, social", "p-1, phone", "p-2, phone"} <= unanswered
    assert broken("answered-elsewhere") == {"contact-closed-in-time"}


@pytest.mark.parametrize("variant", ["as-it-should-have-gone", *BOUNDARIES])
def test_as_it_should_have_gone_everything_holds_and_nothing_is_left_open(variant: str) -> None:
    found = rehearsed(variant)
    assert (found.outcome, found.as_expected) == ("satisfied", True)
    for each in found.verdicts:
        assert each.activations > 0, each.name
        assert (each.pending, each.not_judged) == (0, 0), each.name


def test_of_ten_thousand_posts_one_in_a_hundred_is_a_signal_and_only_signals_are_worked_on() -> None:
    good = "as-it-should-have-gone"
    crowd = [post for post in posts(good) if "-" in post.person]
    assert (len({post.person for post in crowd}), len(crowd)) == (1_000, 10_000)
    signals = {post.data["contact_id"] for post in posts(good) if not post.data["noise"]}
    assert sum(not post.data["noise"] for post in crowd) == 102
    worked_on = Counter(event.name for event in rehearsed(good).log if event.data.get("contact_id") in signals)
    for stage in ("Received", "Classified", "Assigned", "Answered", "Closed"):
        assert worked_on[f"Contact {stage}"] == len(signals) == 105
    noise = {post.data["contact_id"] for post in posts(good)} - signals
    touched = {event.name for event in rehearsed(good).log if event.data.get("contact_id") in noise}
    assert touched == {"Contact Received", "Fact Arrived"}


def test_results_are_told_for_each_journey() -> None:
    results = rehearsed("as-it-should-have-gone").result["results"]
    assert results["app-offer"]["redemptions"] > 0
    assert results["app-offer"]["revenue"].endswith(" EUR")
    assert results["weekly-news"]["withheld"].keys() == {"no consent", "suppressed complaints"}
    assert all({"churn", "complaints", "consents_lost"} <= figures.keys() for figures in results.values())


def test_on_a_deaf_channel_every_signal_of_the_crowd_is_lost() -> None:
    deaf = "deaf-channel-at-scale"
    assert rehearsed(deaf).as_expected
    on_social = {
        f"{post.data['contact_id']}, social"
        for post in posts(deaf)
        if post.data["channel"] == "social" and not post.data["noise"]
    }
    assert {found.case for found in verdict(deaf, "contact-closed-in-time").violations} == on_social
    assert len(on_social) == 91


def test_the_crowd_changes_nothing_for_a_protagonist() -> None:
    def told(variant: str) -> list[tuple[object, ...]]:
        log = rehearsed(variant).log
        return [(row.id, row.time, row.name, row.cause, row.data) for row in log if row.person == "giulia"]

    assert told("deaf-channel") == told("deaf-channel-at-scale")


@pytest.mark.parametrize(
    ("variant", "withheld", "closed", "deadline"),
    [
        ("spring-clock-change", "2025-03-31 10:00", "2025-03-31 13:30", "2025-04-02 00:00"),
        ("autumn-clock-change", "2025-10-27 10:00", "2025-10-27 13:30", "2025-10-29 00:00"),
        ("leap-day", "2024-02-29 10:00", "2024-02-29 13:30", "2024-03-02 00:00"),
        ("year-end", "2025-01-01 10:00", "2025-01-02 13:30", "2025-01-04 00:00"),
        ("public-holiday", "2025-08-15 10:00", "2025-08-18 13:30", "2025-08-20 00:00"),
    ],
)
def test_on_days_on_which_calendars_go_wrong_a_complaint_is_closed_in_time_and_stops_the_news(
    variant: str, withheld: str, closed: str, deadline: str
) -> None:
    kept_back = events(variant, "giulia", "Message Withheld")
    news = [event for event in kept_back if event.data["message"] == "weekly-news"]
    assert [(clock(event.time), event.data["reason"]) for event in news] == [(withheld, "suppressed complaints")]
    [shut] = events(variant, "giulia", "Contact Closed")
    assert clock(shut.time) == closed
    margins = verdict(variant, "contact-closed-in-time").margins
    assert clock(shut.time + min(margins)) <= deadline
    assert deadline in {clock(shut.time + margin) for margin in margins}
