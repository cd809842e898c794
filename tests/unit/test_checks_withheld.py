"""A message that never came: the sentence says that it was withheld, and why."""

from simulator.checks import judge
from simulator.model.log import Event
from simulator.words.durations import HOUR
from tests.laws.logs import START, bench, log_of

SPEC = {
    "response": "A promise is followed by a promotion.",
    "activation": "Order Promised",
    "target": "Message Received where message = promotion",
    "within": "4 h",
}


def test_the_sentence_says_when_and_why_it_was_withheld() -> None:
    rows = [
        Event(START, "Order Promised", "anna", system="esp"),
        Event(
            START + HOUR, "Message Withheld", "anna", system="esp", data={"message": "other", "reason": "no consent"}
        ),
        Event(
            START + 2 * HOUR,
            "Message Withheld",
            "anna",
            system="esp",
            data={"message": "promotion", "reason": "cap weekly", "line": "offer.journey.yaml:7"},
        ),
        Event(START + 5 * HOUR, "Message Withheld", "anna", system="esp", data={"message": "promotion"}),
    ]
    (verdict,) = judge(log_of(rows, START + 24 * HOUR), bench(SPEC))
    (violation,) = verdict.violations
    assert "it was withheld Sat 25 Oct 2025 04:00 (cap weekly, offer.journey.yaml:7)" in violation.sentence
    assert violation.witnesses == ("anna/2",)


def test_nobody_elses_message_is_the_reason() -> None:
    rows = [
        Event(START, "Order Promised", "anna", system="esp"),
        Event(
            START + HOUR, "Message Withheld", "bob", system="esp", data={"message": "promotion", "reason": "cap weekly"}
        ),
    ]
    (verdict,) = judge(log_of(rows, START + 24 * HOUR), bench(SPEC))
    assert "withheld" not in verdict.violations[0].sentence
