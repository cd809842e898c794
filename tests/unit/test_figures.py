"""Results per journey and curves over time, counted by hand on small logs."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.model.log import Event, EventLog
from simulator.model.scenarios import Scenario
from simulator.running.figures import NO_JOURNEY, Owners, results, series
from simulator.words.vocabulary import Money
from tests.unit.small import welcome

START = 1_772_409_600_000
HOUR, DAY = 3_600_000, 86_400_000


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return welcome(tmp_path_factory.mktemp("project"))


def log_of(scenario: Scenario, *rows: tuple[float, str, str, str, dict[str, Any]]) -> EventLog:
    """Rows are (hours after the start, name, person, cause, fields)."""
    events = [
        Event(START + int(hours * HOUR), name, person, "", "", cause, data) for hours, name, person, cause, data in rows
    ]
    return EventLog(events, scenario.dictionary.fields, scenario.start, scenario.end)


WELCOME = {"journey": "welcome", "message": "welcome", "purpose": "marketing"}


def test_an_event_belongs_to_the_journey_that_caused_it_however_far_back(scenario: Scenario) -> None:
    log = log_of(
        scenario,
        (0, "Message Sent", "ada", "", WELCOME),
        (1, "Message Delivered", "ada", "ada/0", {}),
        (2, "Message Received", "ada", "ada/1", WELCOME),
        (3, "Order Completed", "ada", "ada/2", {"order_id": "o-1", "amount": Money(7900, "EUR")}),
        (4, "Complaint Raised", "ada", "ada/3", {}),
        (5, "Consent Withdrawn", "ada", "ada/2", {"channel": "email"}),
        (6, "Customer Lost", "ada", "ada/4", {}),
        (7, "Complaint Raised", "ada", "", {}),
        (8, "Consent Withdrawn", "ada", "nobody/7", {}),
    )
    found = results(scenario, log)
    assert list(found) == ["welcome", NO_JOURNEY]
    ours, rest = found["welcome"], found[NO_JOURNEY]
    assert (ours["sent"], ours["received"], ours["complaints"], ours["consents_lost"], ours["churn"]) == (1, 1, 1, 1, 1)
    assert ours["revenue"] == "79 EUR"
    assert (rest["complaints"], rest["consents_lost"], rest["churn"], rest["revenue"]) == (1, 1, 0, None)


def test_a_coupon_leads_to_the_journey_that_granted_it(scenario: Scenario) -> None:
    log = log_of(
        scenario,
        (0, "Coupon Granted", "ada", "", {"journey": "welcome", "coupon_id": "c-1"}),
        (1, "Order Completed", "ada", "", {"order_id": "o-1", "amount": Money(5000, "EUR")}),
        (1, "Coupon Redeemed", "ada", "", {"order_id": "o-1", "coupon_id": "c-1"}),
        (2, "Order Completed", "bob", "", {"order_id": "o-2", "amount": Money(2050, "PLN")}),
        (2, "Coupon Redeemed", "bob", "", {"order_id": "o-2", "coupon_id": "c-9"}),
    )
    found = results(scenario, log)
    assert (found["welcome"]["redemptions"], found["welcome"]["revenue"]) == (1, "50 EUR")
    assert (found[NO_JOURNEY]["redemptions"], found[NO_JOURNEY]["revenue"]) == (1, "20.50 PLN")


def test_an_invoice_is_income_only_where_nothing_was_ordered(scenario: Scenario) -> None:
    log = log_of(
        scenario,
        (0, "Order Completed", "ada", "", {"order_id": "o-1", "amount": Money(100, "EUR")}),
        (1, "Invoice Issued", "ada", "", {"order_id": "o-1", "amount": Money(100, "EUR")}),
        (2, "Invoice Issued", "bob", "", {"amount": Money(41100, "EUR")}),
        (2, "Invoice Issued", "bob", "", {"amount": Money(200, "PLN")}),
    )
    assert results(scenario, log)[NO_JOURNEY]["revenue"] == "412 EUR + 2 PLN"


def test_what_was_withheld_and_how_journeys_ended_is_told_by_reason(scenario: Scenario) -> None:
    rows = [(0, "Message Withheld", "ada", "", {**WELCOME, "reason": "cap weekly"})]
    rows += [(0, "Message Withheld", "ada", "", {**WELCOME, "reason": "no consent"})]
    rows += [(1, "Message Withheld", "bob", "", {**WELCOME, "reason": "cap weekly"})]
    rows += [(2, "Journey Exited", "bob", "", {**WELCOME, "reason": "completed"})]
    rows += [(0, "Journey Entered", "ada", "", {"journey": "of another engine"})]
    found = results(scenario, log_of(scenario, *rows))
    assert found["welcome"]["withheld"] == {"cap weekly": 2, "no consent": 1}
    assert found["welcome"]["exited"] == {"completed": 1}
    assert found["of another engine"]["entered"] == 1
    assert list(found) == ["welcome", "of another engine", NO_JOURNEY]


def test_causes_that_run_in_a_circle_lead_nowhere(scenario: Scenario) -> None:
    log = log_of(scenario, (0, "Customer Lost", "ada", "ada/1", {}), (1, "Complaint Raised", "ada", "ada/0", {}))
    owners = Owners(log)
    assert [owners.of(row) for row in range(2)] == ["", ""]


def test_a_cause_may_stand_later_in_the_log_than_its_effect(scenario: Scenario) -> None:
    log = log_of(scenario, (0, "Message Received", "ada", "bob/0", {}), (0, "Message Sent", "bob", "", WELCOME))
    assert results(scenario, log)["welcome"]["received"] == 1


def test_curves_have_a_point_for_each_local_day(scenario: Scenario) -> None:
    log = log_of(
        scenario,
        (1, "Message Received", "ada", "", WELCOME),
        (2, "Message Received", "ada", "", {**WELCOME, "purpose": "transactional"}),
        (3, "Complaint Raised", "ada", "", {"complaint_id": "k-1"}),
        (4, "Complaint Raised", "bob", "", {"complaint_id": "k-2"}),
        (5, "Consent Withdrawn", "bob", "", {"channel": "email"}),
        (25, "Complaint Closed", "ada", "", {"complaint_id": "k-1"}),
        (26, "Consent Withdrawn", "ada", "", {"channel": "email"}),
        (27, "Message Received", "ada", "", WELCOME),
        (27, "Message Received", "bob", "", WELCOME),
        (49, "Consent Withdrawn", "ada", "", {}),
        (50, "Consent Given", "bob", "", {"channel": "sms"}),
    )
    found = series(scenario, log)
    days = ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]
    assert found["contact pressure"]["points"] == [list(pair) for pair in zip(days, (0.5, 1.0, 0.0, 0.0), strict=True)]
    assert found["complaints open"]["points"] == [list(pair) for pair in zip(days, (2, 1, 1, 1), strict=True)]
    # Bob held one consent, and Ada, like the example she is drawn from, three.
    assert found["consent base"]["points"] == [list(pair) for pair in zip(days, (50, 50, 50, 50), strict=True)]


def test_whoever_is_erased_holds_no_consent(scenario: Scenario) -> None:
    log = log_of(scenario, (1, "Customer Erased", "ada", "", {}), (25, "Consent Withdrawn", "bob", "", {}))
    assert [share for _, share in series(scenario, log)["consent base"]["points"]] == [50, 0, 0, 0]
