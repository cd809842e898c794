"""Who could have known: since when a fact was true, when the acting system learnt it, and where it stopped."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.checks import judge
from simulator.model.log import Event
from simulator.model.results import Violation
from tests.laws.logs import HOUR, START, Bench, Road, bench, log_of, typed_rule

COMPLAINT = Event(START, "Complaint Raised", "anna", system="helpdesk", data={"order_id": "o-1"})
MAIL = Event(START + 9 * HOUR, "Message Sent", "anna", system="esp", data={"message": "promotion"})
SPEC = {"not_response": "", "activation": "Complaint Raised", "target": "Message Sent"}


def violated(links: dict[tuple[str, str], Road], *moves: Event) -> Violation:
    """The violation by a mail after a complaint, with these links and movements of the complaint."""
    log = log_of([COMPLAINT, *moves, MAIL], START + 24 * HOUR)
    (verdict,) = judge(log, Bench(checks={"rule": typed_rule(SPEC)}, links=links))
    (violation,) = verdict.violations
    return violation


def arrived(hours: int, system: str) -> Event:
    return Event(START + hours * HOUR, "Fact Arrived", "anna", "", system, "anna/0", {"fact": "Complaint Raised"})


def lost(hours: int, link: str) -> Event:
    data: dict[str, Any] = {"link": link, "reason": "down"}
    return Event(START + hours * HOUR, "Fact Lost", "anna", "", "helpdesk", "anna/0", data)


def test_a_system_that_had_heard_of_it_is_told_since_when() -> None:
    violation = violated({("helpdesk", "esp"): Road()}, arrived(2, "esp"))
    assert (violation.true_since, violation.known_since, violation.silo) == (START, START + 2 * HOUR, None)
    assert violation.sentence == (
        "Anna Bianchi's promotion was sent Sat 25 Oct 2025 11:00, 9 h after "
        "Anna Bianchi's complaint was raised Sat 25 Oct 2025 02:00."
    )


def test_a_system_that_the_fact_was_born_in_knows_it_at_once() -> None:
    log = log_of([Event(START, "Complaint Raised", "anna", system="esp"), MAIL], START + 24 * HOUR)
    (verdict,) = judge(log, bench(SPEC))
    assert verdict.violations[0].known_since == START


CRM = {("helpdesk", "crm"): Road(), ("crm", "esp"): Road()}


@pytest.mark.parametrize(
    ("links", "moves", "silo", "clause"),
    [
        ({}, [], "no link from helpdesk to esp", "esp never heard of it: there is no link from helpdesk to esp."),
        (
            {("helpdesk", "crm"): Road()},
            [arrived(1, "crm")],
            "no link from helpdesk to esp",
            "esp never heard of it: there is no link from helpdesk to esp.",
        ),
        (
            {("helpdesk", "esp"): Road(("Order Promised",))},
            [],
            "link helpdesk to esp (does not carry Complaint Raised)",
            "esp never heard of it: the link helpdesk to esp does not carry Complaint Raised.",
        ),
        (
            {("helpdesk", "crm"): Road(), ("crm", "esp"): Road(("Order Promised",))},
            [arrived(1, "crm")],
            "link crm to esp (does not carry Complaint Raised)",
            "esp never heard of it: the link crm to esp does not carry Complaint Raised.",
        ),
        (CRM, [lost(0, "helpdesk to crm")], "link helpdesk to crm (lost)", "the link helpdesk to crm lost it."),
        (
            CRM,
            [arrived(1, "crm")],
            "link crm to esp (still waiting)",
            "esp never heard of it: it still waits at the link crm to esp.",
        ),
        (
            CRM,
            [arrived(1, "crm"), arrived(12, "esp")],
            "link crm to esp (late)",
            "esp heard of it only Sat 25 Oct 2025 14:00: the link crm to esp was late.",
        ),
        (
            CRM,
            [arrived(11, "crm"), arrived(12, "esp")],
            "link helpdesk to crm (late)",
            "esp heard of it only Sat 25 Oct 2025 14:00: the link helpdesk to crm was late.",
        ),
    ],
)
def test_the_place_where_a_fact_stopped(
    links: dict[tuple[str, str], Road], moves: list[Event], silo: str, clause: str
) -> None:
    violation = violated(links, *moves)
    assert violation.known_since is None
    assert violation.silo == silo
    assert violation.sentence.endswith(clause)


def test_an_arrival_of_an_arrival_is_one_too() -> None:
    second = Event(START + 3 * HOUR, "Fact Arrived", "anna", "", "esp", "anna/1", {"fact": "Complaint Raised"})
    assert violated(CRM, arrived(1, "crm"), second).known_since == START + 3 * HOUR


def test_nobody_is_blamed_for_what_became_true_later() -> None:
    mail = Event(START, "Message Sent", "anna", system="esp", data={"message": "survey"})
    handed_over = Event(START + 5 * HOUR, "Order Handed Over", "anna", system="dealer")
    rule = {"precedence": "", "activation": "Message Sent", "target": "Order Handed Over"}
    (verdict,) = judge(log_of([mail, handed_over], START + 24 * HOUR), bench(rule))
    (violation,) = verdict.violations
    assert (violation.true_since, violation.known_since, violation.silo) == (START + 5 * HOUR, None, None)
    assert violation.margin_ms == -5 * HOUR
    assert violation.sentence == (
        "Anna Bianchi's survey was sent Sat 25 Oct 2025 02:00, before Anna Bianchi's order was handed over "
        "(Sat 25 Oct 2025 07:00, 5 h later)."
    )
