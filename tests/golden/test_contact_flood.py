"""The flood, in figures: three times as many messages, most consents lost within days, and Zofia to the minute."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from simulator import Event, Rehearsal, Scenario, Verdict, discover, load, rehearse

pytestmark = pytest.mark.slow

WARSAW = ZoneInfo("Europe/Warsaw")
FLOOD, GOOD = "no-cap", "as-it-should-have-gone"
SMALL = (
    "cap-per-profile-row", "consent-read-at-scheduling", "rows-nobody-linked", "plan-not-enforced",
    "campaign-nobody-planned", "holes-in-the-letter", "one-woman-three-rows", "planned-before-withdrawn",
    "no-cap-by-e-mail",
)  # fmt: skip
BOUNDARIES = ("spring-clock-change", "autumn-clock-change", "leap-day", "year-end", "public-holiday")


@cache
def scenario_of(variant: str, seed: int) -> Scenario:
    source = next(source for source in discover(["contact-flood"]) if variant in source.variants)
    return load(source, variant, seed=seed, customers=0)


@cache
def rehearsed(variant: str) -> Rehearsal:
    return rehearse(scenario_of(variant, 42))


def verdict(variant: str, check: str) -> Verdict:
    return next(found for found in rehearsed(variant).verdicts if found.name == check)


def clock(instant: object) -> str:
    assert isinstance(instant, int)
    return datetime.fromtimestamp(instant / 1000, WARSAW).strftime("%Y-%m-%d %H:%M")


def onsets(variant: str, check: str, person: str) -> list[str]:
    return [clock(found.onset) for found in verdict(variant, check).violations if found.customer == person]


def promotions(variant: str, name: str = "Message Received") -> list[Event]:
    log = rehearsed(variant).log
    return [event for event in log if event.name == name and event.data.get("purpose") == "marketing"]


def holding_a_consent(variant: str, day: str) -> float:
    """Percent of those with a consent at the start who still hold one at the end of a day."""
    points: dict[str, float] = dict(rehearsed(variant).result["series"]["consent base"]["points"])
    return points[day]


def test_a_hundred_campaigns_reach_a_thousand_people() -> None:
    scenario = rehearsed(FLOOD).scenario
    assert (len(scenario.people), len(scenario.campaigns)) == (1000, 100)
    assert {event.data["campaign"] for event in promotions(FLOOD)} == set(scenario.campaigns)


def test_customers_get_at_least_three_times_as_many_messages() -> None:
    flood, good = len(promotions(FLOOD)), len(promotions(GOOD))
    assert good > 5_000, "under the rules of contact people still hear of their insurer"
    assert flood >= 3 * good


def test_most_consents_are_lost_within_days() -> None:
    [violation] = verdict(FLOOD, "consents-survive").violations
    assert clock(violation.onset) < "2026-01-14", "nine in ten were left for not even two days"
    assert holding_a_consent(FLOOD, "2026-01-12") > 90
    assert holding_a_consent(FLOOD, "2026-01-19") < 50
    assert holding_a_consent(FLOOD, "2026-02-11") < 45


def test_under_the_rules_nine_consents_in_ten_survive_thirty_days() -> None:
    assert 90 < holding_a_consent(GOOD, "2026-02-11") < 100, "some leave whatever one does"


def test_what_it_cost_is_told_for_each_campaign() -> None:
    flood, good = rehearsed(FLOOD).result["results"], rehearsed(GOOD).result["results"]
    lost = {journey: row["consents_lost"] for journey, row in flood.items() if row["consents_lost"]}
    assert sum(lost.values()) > 1_000
    assert len([journey for journey in lost if journey.startswith("campaign:")]) > 50
    assert sum(row["churn"] for row in flood.values()) > 0
    assert sum(row["consents_lost"] for row in good.values()) < 50


def test_as_it_should_have_gone_everything_holds_and_nothing_is_open_or_vacuous() -> None:
    rehearsal = rehearsed(GOOD)
    assert rehearsal.as_expected, rehearsal.result["unexpected"]
    assert {found.outcome for found in rehearsal.verdicts} == {"satisfied"}
    assert all(found.activations and not found.pending and not found.not_judged for found in rehearsal.verdicts)


def test_as_it_happened_the_right_checks_are_violated() -> None:
    rehearsal = rehearsed(FLOOD)
    assert rehearsal.as_expected, rehearsal.result["unexpected"]
    broken = {found.name for found in rehearsal.verdicts if found.outcome == "violated"}
    assert broken == {"cap-per-human", "quiet-nights", "no-contradiction", "consents-survive"}


@pytest.mark.parametrize("variant", [*SMALL, *BOUNDARIES])
def test_each_other_variant_goes_as_declared(variant: str) -> None:
    assert rehearsed(variant).as_expected, rehearsed(variant).result["unexpected"]


@pytest.mark.parametrize("variant", BOUNDARIES)
def test_on_the_days_on_which_calendars_go_wrong_everything_holds(variant: str) -> None:
    found = rehearsed(variant).verdicts
    assert {each.outcome for each in found} == {"satisfied"}
    assert all(each.activations and not each.pending for each in found)


def test_a_promotion_waits_through_the_night_in_which_an_hour_is_missing() -> None:
    held = [event for event in promotions("spring-clock-change", "Message Withheld") if event.person == "zofia"]
    quiet = [event for event in held if event.data["reason"] == "quiet hours"]
    nights = [(clock(event.time), clock(event.data["until"])) for event in quiet]
    assert nights[:2] == [("2026-03-28 21:30", "2026-03-29 08:00"), ("2026-03-29 03:00", "2026-03-29 08:00")]
    waits = {clock(event.data["until"]) for event in held if event.data["reason"] == "cap weekly"}
    assert waits == {"2026-04-05 08:00"}, "seven days later it is the same hour, though an hour was lost"


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_zofia_gets_the_fourth_message_of_the_week_on_the_first_evening_whatever_the_seed(seed: int) -> None:
    alone = rehearse(scenario_of(FLOOD, seed), only="zofia")
    first = next(found for found in alone.verdicts if found.name == "cap-per-human").violations[0]
    assert (clock(first.onset), first.expected, first.found) == ("2026-01-12 21:30", "3", "4")
    assert first.sentence.startswith("Zofia Wiśniewska's home-for-drivers was sent Mon 12 Jan 2026 21:30: number 4")


def test_the_cap_per_row_fails_whoever_has_several_rows_and_nobody_else() -> None:
    people = rehearsed("cap-per-profile-row").scenario.people
    broken = {found.customer for found in verdict("cap-per-profile-row", "cap-per-human").violations}
    assert broken == {id for id, person in people.items() if len(person.profiles) > 1}


def test_zofia_with_three_rows_gets_four_messages_by_tuesday_morning_and_fourteen_in_ten_days() -> None:
    first = verdict("one-woman-three-rows", "cap-per-human").violations[0]
    assert (first.customer, clock(first.onset)) == ("zofia", "2026-01-13 09:00")
    assert first.sentence.startswith(
        "Zofia Wiśniewska's motor-loyal-driver was sent Tue 13 Jan 2026 09:00: number 4 within 25 h, "
        "where 3 is the limit"
    )
    rows = Counter(event.profile for event in promotions("one-woman-three-rows", "Message Sent"))
    assert (len(rows), rows.total()) == (3, 14)
    assert all(count <= 6 for count in rows.values()), "no row alone has more than three a week"


def test_a_message_planned_before_zofia_withdrew_leaves_on_monday_though_the_tool_had_heard_on_thursday() -> None:
    found = verdict("planned-before-withdrawn", "consent-at-sending").violations
    assert [clock(each.onset) for each in found] == ["2026-01-19 08:00", "2026-01-19 08:00", "2026-01-20 08:00"]
    assert {clock(each.true_since) for each in found} == {"2026-01-15 18:10"}
    assert {clock(each.known_since) for each in found} == {"2026-01-15 18:15"}, "a link of five minutes later"
    assert found[0].sentence.startswith(
        "Zofia Wiśniewska's motor-loyal-driver was sent Mon 19 Jan 2026 08:00, 3 days 13 h after Zofia Wiśniewska's "
        "consent was withdrawn Thu 15 Jan 2026 18:10"
    )


def test_asked_again_at_sending_nothing_leaves_for_her_mailbox_after_she_withdrew() -> None:
    hers = [event for event in promotions(GOOD, "Message Sent") if event.person == "zofia"]
    assert [clock(event.time) for event in hers if event.data["channel"] == "email"] == ["2026-01-12 08:00"]
    assert len(hers) == 6, "three a week, on the channels that she has left"


def test_the_unplanned_deal_is_seen_at_ten_on_saturday() -> None:
    found = verdict("campaign-nobody-planned", "planned").violations
    assert {clock(each.onset) for each in found} == {"2026-01-31 10:00"}
    assert len(found) == 40
    assert onsets("campaign-nobody-planned", "planned", "zofia") == [], "she had withdrawn her consent for e-mail"


def test_a_hole_is_seen_in_every_letter_to_somebody_without_a_polite_address() -> None:
    people = rehearsed("holes-in-the-letter").scenario.people
    found = verdict("holes-in-the-letter", "clean-data").violations
    assert {each.customer for each in found} == {id for id, person in people.items() if "title" not in person.fields}
    assert {(each.expected, each.found) for each in found} == {("0", "1")}
