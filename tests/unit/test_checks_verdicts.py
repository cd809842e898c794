"""Verdicts: their outcomes and reasons, a crash that stays where it is, quantiles, plans, and order."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from simulator.checks import judge, judge_block, merge
from simulator.checks.sla import upper_bound_rank
from simulator.model.log import Event, EventLog
from simulator.model.results import Verdict
from simulator.model.typing import ObjectType
from simulator.words.vocabulary import DATE, ID, Value
from tests.laws.logs import HOUR, START, WORDS, Bench, Someone, bench, log_of, typed_rule

RESPONSE = {
    "response": "Each is answered.",
    "activation": "Question Asked",
    "target": "Question Answered",
    "within": "2 h",
}


def asked(hour: int, person: str = "anna", **data: Any) -> Event:
    return Event(START + hour * HOUR, "Question Asked", person, system="helpdesk", data=data)


def answered(hour: int, person: str = "anna") -> Event:
    return Event(START + hour * HOUR, "Question Answered", person, system="helpdesk")


def judged(spec: dict[str, Any], *events: Event, end: int = 240) -> Verdict:
    (verdict,) = judge(log_of(events, START + end * HOUR), bench(spec))
    return verdict


def test_an_empty_log_is_vacuous() -> None:
    verdict = judged(RESPONSE)
    assert (verdict.outcome, verdict.reason) == ("vacuous", "Nothing in this run was up to be judged.")
    assert (verdict.rule, verdict.template) == ("Each is answered.", "response")


def test_a_duty_that_may_still_be_kept_is_pending() -> None:
    verdict = judged(RESPONSE, asked(0), end=1)
    assert (verdict.outcome, verdict.pending) == ("pending", 1)
    assert verdict.reason == "1 obligation still open when the run ended."


def test_the_deadline_includes_its_last_millisecond() -> None:
    assert judged(RESPONSE, asked(0), answered(2)).margins == (0,)
    assert judged(RESPONSE, asked(0), end=2).outcome == "violated"


def test_a_violation_is_graver_than_an_open_duty() -> None:
    verdict = judged(RESPONSE, asked(0), asked(9), end=10)
    assert (verdict.outcome, verdict.pending, len(verdict.violations)) == ("violated", 1, 1)
    assert verdict.violations[0].sentence == (
        "Anna Bianchi's question was never answered; the deadline Sat 25 Oct 2025 04:00 was the latest."
    )


def test_what_cannot_be_told_is_counted_and_said() -> None:
    spec = {"value": "", "activation": "Question Asked", "expect": "size = 2"}
    verdict = judged(spec, asked(0))
    assert (verdict.outcome, verdict.activations, verdict.not_judged) == ("vacuous", 0, 1)
    assert verdict.reason == "Nothing in this run was up to be judged. 1 event could not be judged."
    strict = judged({**spec, "unknown": "violate"}, asked(0))
    assert strict.violations[0].found == "unknown"


def test_a_check_that_crashes_is_an_error_and_the_others_go_on() -> None:
    level = {"level": "", "of": "consent.given", "at_least": "most of them"}
    scenario = Bench(
        checks={"odd": typed_rule(level), "sound": typed_rule(RESPONSE)}, check_places={"odd": "a.checks.yaml:3"}
    )
    odd, sound = judge(log_of([asked(0), answered(1)], START + 24 * HOUR), scenario)
    assert (odd.outcome, odd.place) == ("error", "a.checks.yaml:3")
    assert "most of them" in odd.reason
    assert "Write 'of: consent.given'" in odd.reason
    assert sound.outcome == "satisfied"


def test_an_unexpected_crash_names_its_cause() -> None:
    rule = typed_rule({"absence": "", "target": "Question Asked", "during": "no-such-state"})
    (verdict,) = judge(log_of([asked(0)], START + HOUR), Bench(checks={"rule": rule}))
    assert verdict.reason == "This check could not be judged: KeyError: 'no-such-state'"


def test_verdicts_stand_in_the_order_of_the_document() -> None:
    names = ["zeta", "alpha", "mu"]
    scenario = Bench(checks={name: typed_rule(RESPONSE) for name in names})
    assert [verdict.name for verdict in judge(log_of([], START), scenario)] == names


def test_who_is_told_twice_is_named_with_both() -> None:
    spec = {"at_most": "", "target": "Question Answered", "limit": 1, "window": "24 h rolling"}
    verdict = judged(spec, answered(0), answered(23), answered(24))
    first, second = verdict.violations
    assert first.sentence.endswith("number 2 within 23 h, where 1 is the limit in 24 h.")
    assert (first.activation, first.witnesses) == ("anna/1", ("anna/0",))
    # 24 hours later is a new window, but one hour after the last is not.
    assert second.witnesses == ("anna/1",)


SLA = {
    "sla": "",
    "activation": "Question Asked",
    "target": "Question Answered",
    "same": "order_id",
    "quantiles": {"p90": "2 h"},
}


def crowd(total: int, late: int, hours: int = 3) -> list[Event]:
    """So many questions, the first of them answered late."""
    rows = []
    for number in range(total):
        data: dict[str, Value] = {"order_id": f"o-{number}"}
        rows.append(Event(START, "Question Asked", "anna", system="helpdesk", data=data))
        after = hours if number < late else 1
        rows.append(Event(START + after * HOUR, "Question Answered", "anna", system="helpdesk", data=data))
    return rows


@pytest.mark.parametrize(
    ("total", "late", "sample", "outcome"),
    [
        (10, 1, 1, "satisfied"),
        (10, 2, 1, "violated"),
        (10, 1, 29, "pending"),  # one late one is allowed, and there may be few more
        (10, 3, 29, "violated"),  # nineteen more that are in time would not help
        (29, 0, 29, "satisfied"),  # 0.9 ** 29 is below 5 %
        (29, 1, 29, "pending"),  # the quantile is good, its bound is not
        (100, 4, 29, "satisfied"),
    ],
)
def test_what_a_sample_allows_to_claim(total: int, late: int, sample: int, outcome: str) -> None:
    verdict = judged({**SLA, "sample": sample}, *crowd(total, late))
    assert verdict.outcome == outcome
    assert len(verdict.violations) == (late if outcome == "violated" else 0)


def test_a_small_sample_says_how_many_are_missing() -> None:
    verdict = judged({**SLA, "sample": 29}, *crowd(10, 1))
    assert verdict.pending == 19
    assert verdict.reason == "p90 1 h of 10, limit 2 h: open. 19 more activations are needed."


def test_the_text_of_a_quantile() -> None:
    verdict = judged({**SLA, "sample": 29}, *crowd(100, 4))
    assert verdict.figures["text"] == "p90 1 h (95 % bound 1 h) of 100, limit 2 h: holds."
    assert verdict.figures["p90"]["bound_rank"] == 96


@pytest.mark.parametrize(("quantile", "size"), [("0.99", 299), ("0.9", 29), ("0.5", 5), ("0.95", 59)])
def test_the_smallest_sample_that_bounds_a_quantile(quantile: str, size: int) -> None:
    assert upper_bound_rank(Fraction(quantile), size) == size
    assert upper_bound_rank(Fraction(quantile), size - 1) is None


def test_who_is_never_answered_is_infinitely_late() -> None:
    verdict = judged(SLA, asked(0, order_id="o-1"))
    assert verdict.figures["p90"]["ms"] is None
    assert verdict.violations[0].onset == START + 2 * HOUR
    assert verdict.margins == ()


def test_consents_that_are_lost() -> None:
    people = [f"p-{number:02d}" for number in range(10)]
    given = [Event(START, "Consent Given", person, data={"channel": "email"}) for person in people]
    lost = [Event(START + hour * HOUR, "Consent Withdrawn", f"p-{hour:02d}") for hour in (1, 2)]
    late = Event(START + HOUR, "Consent Given", "p-11", data={"channel": "email"})
    rule = typed_rule({"level": "", "of": "consent.given", "at_least": "90 % of start", "by": "start + 30 days"})
    someone = {person: Someone(person, "Europe/Paris", {}) for person in [*people, "p-11"]}
    scenario = Bench(checks={"rule": rule}, people=someone)
    (verdict,) = judge(log_of([*given, late, *lost], START + 24 * HOUR), scenario)
    (fall,) = verdict.violations
    assert (fall.onset, fall.witnesses) == (START + 2 * HOUR, ("p-02/1",))
    assert fall.sentence == "8 of 10 people still had a consent Sat 25 Oct 2025 04:00; the rule needs 9."
    assert verdict.figures == {"start": 10, "lowest": 8, "end": 8, "needed": 9, "people": 10}


def test_what_measures_everybody_is_not_merged() -> None:
    scenario = bench(SLA)
    blocks = [judge_block(log_of(crowd(3, 0), START + 24 * HOUR), scenario) for _ in range(2)]
    (verdict,) = merge(blocks)
    assert verdict.outcome == "error"
    assert "not blocks of it" in verdict.reason


def test_a_campaign_of_the_plan() -> None:
    plan_fields = {"campaign": ID, "from": DATE, "until": DATE}
    words = replace(WORDS, objects={**WORDS.objects, "campaign": ObjectType("campaign", "plan", plan_fields)})
    spec = {
        "value": "",
        "activation": "Message Sent",
        "same": "campaign",
        "expect": "campaign.from <= today and today < campaign.until",
    }
    plan = {"motor": {"campaign": "motor", "from": "2025-10-25", "until": "2025-10-26"}}
    scenario = Bench(checks={"rule": typed_rule(spec, words)}, dictionary=words, campaigns=plan)
    sent = [
        Event(START + hour * HOUR, "Message Sent", "anna", system="esp", data={"campaign": campaign})
        for hour, campaign in ((0, "motor"), (21, "motor"), (22, "motor"), (23, "unplanned"))
    ]
    (verdict,) = judge(EventLog(sent, {**words.fields, **plan_fields}, START, START + 24 * HOUR), scenario)
    # It is 22:00 UTC when the next day begins in Paris.
    assert [violation.activation for violation in verdict.violations] == ["anna/2"]
    assert verdict.not_judged == 1
    assert "today" in verdict.violations[0].sentence


def test_the_limit_of_a_quantile_may_be_reached() -> None:
    assert judged(SLA, *crowd(10, 10, hours=2)).outcome == "satisfied"


def test_a_consent_lost_at_the_very_last_moment_counts() -> None:
    given = Event(START, "Consent Given", "anna", data={"channel": "email"})
    lost = Event(START + 49 * HOUR, "Consent Withdrawn", "anna", data={"channel": "email"})
    again = Event(START + 49 * HOUR, "Consent Given", "anna", data={"channel": "sms"})
    spec = {"level": "", "of": "consent.given", "at_least": "100 % of start", "by": "start + 2 days"}
    # Two days have 49 hours when the clocks go back.
    assert judged(spec, given, lost).outcome == "violated"
    assert judged(spec, given, replace(lost, time=lost.time + 1)).outcome == "satisfied"
    assert judged(spec, given, lost, again).outcome == "satisfied", "what happens at one instant happens at once"


def test_what_a_message_says_is_no_fact() -> None:
    made = Event(START, "Order Promised", "anna", system="crm", data={"order_id": "o-1", "size": 2})
    mail = Event(START + HOUR, "Message Sent", "anna", system="esp", data={"order_id": "o-1", "size": 3})
    spec = {"value": "", "activation": "Message Sent", "same": "order_id", "expect": "size = order.size"}
    (violation,) = judged(spec, made, mail).violations
    assert (violation.found, violation.expected) == ("3", "2")
    # But it is what the automation holds.
    assert judged({**spec, "expect": "order.size per esp is unknown"}, made, mail).outcome == "satisfied"
