"""What is known of a person, what was not sent and why, and the texts that a result cites."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator import discover, load, rehearse
from simulator.model.loading import from_document
from simulator.model.log import Event
from simulator.model.scenarios import Scenario
from simulator.running.naming import Naming
from simulator.running.stories import not_sent, plain_condition, traits
from tests.unit.small import WELCOME, welcome


def scenario(family: str, variant: str) -> Scenario:
    [source] = discover([f"{family}/{family}"])
    return load(source, variant, seed=42)


@pytest.fixture(scope="module")
def zofia() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rehearse(scenario("contact-flood", "one-woman-three-rows")).result["exhibits"][0][
        "not_sent"
    ]
    return found


def test_a_held_message_says_the_limit_and_when_it_is_judged_again(zofia: list[dict[str, Any]]) -> None:
    held = next(item for item in zofia if item["reason"].startswith("cap ") and item["until"])
    assert held["sentence"].startswith(
        "Not sent: three messages in seven days for each row of the database are the limit"
    )
    assert "It waits until Mon 19 Jan 2026" in held["sentence"]
    assert held["until"].startswith("2026-01-19T")
    assert held["line"].startswith("fixtures/policies/insurer-rules.policy.yaml:")
    assert held["subject"] is not None
    assert "{{" not in held["subject"]


def test_a_dropped_message_is_told_once_and_not_again_as_the_end_of_its_journey(zofia: list[dict[str, Any]]) -> None:
    dropped = [item for item in zofia if "The journey ends here." in item["sentence"]]
    assert dropped
    ends = {item["time"] for item in zofia if item["kind"] == "exited"}
    assert not ends & {item["time"] for item in dropped}


REASONS = {
    ("holdout", "advance"): "Not sent: this person is in the group that gets nothing on purpose",
    ("no address", "drop"): "Not sent: no e-mail address of this person is known. The journey ends here.",
    ("address bounced", "drop"): "Not sent: mail to this e-mail address has come back before. The journey ends here.",
    ("no consent", "drop"): "Not sent: there is no consent for e-mail. The journey ends here.",
    ("missing customer.title", "drop"): "Not sent: the customer title is not known, and it must not leave without.",
    ("contradicts motor-winter", "drop"): "Not sent: it says the opposite of “motor winter”, which was sent within",
    ("quiet hours", "hold"): "Not sent: nothing is sent between 21:00 and 08:00. It waits, and is judged again later.",
    ("whatever it is", "advance"): "Not sent: whatever it is. The journey goes on without it.",
}


@pytest.mark.parametrize(("reason", "then"), REASONS)
def test_every_reason_is_said_in_words(reason: str, then: str) -> None:
    source = scenario("contact-flood", "as-it-should-have-gone")
    data: dict[str, Any] = {
        "reason": reason,
        "then": then,
        "channel": "email",
        "line": "fixtures/journeys/campaign.journey.yaml:12",
    }
    event = Event(source.start, "Message Withheld", "zofia", "", "esp", "", data)
    [told] = not_sent(Naming(source), [event])
    assert told["sentence"].startswith(REASONS[reason, then])
    assert (told["kind"], told["reason"], told["subject"]) == ("withheld", reason, None)


def test_a_suppression_says_what_it_waits_for() -> None:
    source = scenario("delayed-delivery", "as-it-should-have-gone")
    stories = {exhibit["customer"]: exhibit for exhibit in rehearse(source).result["exhibits"]}
    held = [item for item in stories["bianca"]["not_sent"] if item["reason"] == "suppressed complaints"]
    assert held[0]["sentence"] == (
        "Not sent: the rule “complaints” stops it (complaint state is open). "
        "It waits until that is over, and is judged again then."
    )
    assert held[0]["line"] == "fixtures/policies/car-maker-rules.policy.yaml:3"


@pytest.mark.parametrize(
    ("name", "data", "kind", "sentence"),
    [
        (
            "Message Bounced",
            {"reason": "mailbox unknown", "hard": True},
            "bounced",
            "It came back: mailbox unknown. Noth",
        ),
        ("Journey Not Entered", {"reason": "re-entry: once"}, "not entered", "Nothing begins: the journey “A"),
        ("Journey Exited", {"reason": "Consent Withdrawn"}, "exited", "The journey “A welcome"),
        ("Fact Lost", {"fact": "Message Sent", "link": "channel email"}, "lost", "Sent, and lost on the way by e-mail"),
        (
            "Message Refused",
            {"reason": "not a reserved domain"},
            "refused",
            "Not taken: not a reserved domain. It is not",
        ),
    ],
)
def test_other_ways_in_which_nothing_arrives(
    name: str, data: dict[str, Any], kind: str, sentence: str, tmp_path: Path
) -> None:
    source = welcome(tmp_path)
    journey = {"journey": source.briefing.programs[0].id}
    [told] = not_sent(Naming(source), [Event(source.start, name, "ada", "", "esp", "", {**journey, **data})])
    assert told["kind"] == kind
    assert told["sentence"].startswith(sentence.replace("A welcome", source.briefing.programs[0].journey.journey)[:30])


def test_the_end_of_all_steps_is_nothing_that_was_not_sent(tmp_path: Path) -> None:
    source = welcome(tmp_path)
    ended = Event(source.start, "Journey Exited", "ada", "", "esp", "", {"journey": "welcome", "reason": "completed"})
    lost = Event(source.start, "Fact Lost", "ada", "", "esp", "", {"fact": "Signed Up", "link": "crm to esp"})
    assert not_sent(Naming(source), [ended, lost]) == []


def test_traits_say_in_plain_words_who_somebody_is() -> None:
    source = scenario("late-birthday", "two-rows-two-mails")
    told = {item["trait"]: (item["label"], item["value"]) for item in traits(Naming(source), "noemie")}
    assert told["lives"] == ("Lives in", "Paris (FR)")
    assert told["language"] == ("Language", "French")
    assert told["born"] == ("Born", "8 March 1990")
    assert told["shop"] == ("Shop", "Maison Claire Lyon")
    assert told["rows"] == ("Known to", "two rows: loyalty system and CRM system")
    assert told["consents"] == ("Consent at the start", "e-mail")
    assert traits(Naming(source), "nobody") == []


def test_a_condition_is_read_aloud() -> None:
    assert plain_condition("complaint.state = open") == "complaint state is open"
    assert plain_condition("offer.valid_until >= 2025-11-14") == "offer valid until is at least 14 November 2025"


# ------------------------------------------------------------------------------------------------------ sources


def test_the_documents_whose_lines_are_cited_come_along(tmp_path: Path) -> None:
    source = welcome(tmp_path, "engine-down")
    entry = rehearse(source).result
    assert entry["sources"]["scenarios/welcome/welcome.scenario.yaml"] == WELCOME
    assert "fixtures/journeys/welcome.journey.yaml" in entry["sources"]
    assert "fixtures/organisations/plain.organisation.yaml" not in entry["sources"], "no line of it is cited"


def test_texts_are_no_part_of_what_a_scenario_is(tmp_path: Path) -> None:
    source = welcome(tmp_path)
    assert source.sources
    assert replace(source, sources={}) == source
    assert "sources" not in source.document
    again = from_document(source.document)
    assert not again.sources
    assert "sources" not in rehearse(again).result


def test_the_shading_is_that_of_the_policy() -> None:
    [rule] = rehearse(scenario("contact-flood", "one-woman-three-rows")).result["shading"]["quiet_hours"]
    assert (rule["from"], rule["until"], rule["channels"]) == ("21:00", "08:00", None)
    assert rule["line"].startswith("fixtures/policies/insurer-rules.policy.yaml:")
