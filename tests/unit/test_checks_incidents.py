"""The incidents, as rows of a log: what the verdicts say of them to somebody who plans campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simulator.checks import judge
from simulator.model.log import Event, EventLog
from simulator.model.results import Verdict
from simulator.model.rules import State
from simulator.model.typing import Dictionary, ObjectType
from simulator.words.calendars import OpeningHours
from simulator.words.clock import parse_instant, zone
from simulator.words.vocabulary import DATE, FIELDS, ID, INSTANT, MONEY, TEXT, FieldType, Money
from tests.laws.logs import WORDS, Almanac, Bench, House, Road, Shop, Someone, typed_rule

PARIS, ROME = zone("Europe/Paris"), zone("Europe/Rome")
PLACE = FieldType("place")
OWN = {
    "offer_id": ID,
    "appointment_id": ID,
    "question_id": ID,
    "valid_until": DATE,
    "birth_date": DATE,
    "starts_at": INSTANT,
    "needed_by": INSTANT,
    "price": MONEY,
    "place_name": TEXT,
    "shop": PLACE,
}
DICTIONARY = replace(
    WORDS,
    fields={**FIELDS, **OWN},
    objects={
        "customer": ObjectType("person", "loyalty", {"birth_date": DATE, "shop": PLACE}),
        "offer": ObjectType("offer_id", "brand-crm", {"price": MONEY, "valid_until": DATE}),
        "appointment": ObjectType("appointment_id", "dealer", {"starts_at": INSTANT, "place": PLACE}),
    },
    systems=frozenset({"brand-crm", "helpdesk", "dealer", "esp", "loyalty"}),
)
CAMILLE = Someone("Camille Moreau", "Europe/Paris", {"birth_date": "1988-11-14", "shop": "boutique-lyon"})
MARIA = Someone("Maria Ferri", "Europe/Rome", {})


def at(text: str) -> int:
    return parse_instant(text, ROME)


def verdicts(
    person: Someone,
    events: list[Event],
    rules: Mapping[str, Mapping[str, Any]],
    states: Mapping[str, Any] | None = None,
) -> dict[str, Verdict]:
    words: Dictionary = DICTIONARY
    scenario = Bench(
        checks={name: typed_rule(spec, words) for name, spec in rules.items()},
        states={name: State.model_validate(state) for name, state in (states or {}).items()},
        people={"her": person},
        links={("brand-crm", "dealer"): Road(), ("brand-crm", "helpdesk"): Road(), ("brand-crm", "esp"): Road()},
        organisation=House(
            systems=("brand-crm", "helpdesk", "dealer", "esp", "loyalty"),
            calendar=Almanac("IT"),
            places={"dealer-7": Shop("Ambrostore", "Mocauto")},
        ),
        dictionary=words,
        start=at("2024-10-01"),
        zone="Europe/Rome",
        places={"boutique-lyon": OpeningHours("Mo-Sa 10:00-19:00; Su,PH off", "FR", PARIS)},
    )
    log = EventLog(events, words.fields, at("2024-10-01"), at("2026-01-31"))
    return {verdict.name: verdict for verdict in judge(log, scenario)}


def event(when: str, name: str, system: str = "", **data: Any) -> Event:
    return Event(at(when), name, "her", system=system, data=data)


def arrived(when: str, system: str, cause: str, fact: str, **data: Any) -> Event:
    return Event(at(when), "Fact Arrived", "her", "", system, cause, {**data, "fact": fact})


def test_the_birthday_mail_a_day_late() -> None:
    found = verdicts(
        CAMILLE,
        [
            event("2024-11-14 00:00", "Birthday Began"),
            event("2024-11-14 08:00", "Message Received", message="birthday-offer", folder="inbox"),
            event(
                "2025-11-13 15:00", "Question Asked", "helpdesk", question_id="q-1", needed_by=at("2025-11-14 10:00")
            ),
            event("2025-11-13 15:30", "Question Answered", "helpdesk", question_id="q-1"),
            event("2025-11-14 00:00", "Birthday Began"),
            event(
                "2025-11-14 10:45", "Question Asked", "helpdesk", question_id="q-2", needed_by=at("2025-11-14 12:00")
            ),
            event("2025-11-14 12:39", "Question Answered", "helpdesk", question_id="q-2"),
            event("2025-11-15 08:07", "Message Received", message="birthday-offer", folder="inbox"),
        ],
        {
            "offer": {
                "response": "",
                "activation": "Birthday Began",
                "target": "Message Received where message = birthday-offer and folder = inbox",
                "not_before": "start of birthday - 15 days",
                "by": "opening of customer.shop on birthday, else 10:00 local on birthday",
            },
            "answered": {
                "response": "",
                "activation": "Question Asked",
                "target": "Question Answered",
                "same": "question_id",
                "by": "activation.needed_by",
            },
            "once": {
                "at_most": "",
                "target": "Message Received where message = birthday-offer",
                "limit": 1,
                "window": "11 months rolling",
            },
        },
    )
    (late,) = found["offer"].violations
    assert late.sentence == (
        "Camille Moreau's birthday-offer was received Sat 15 Nov 2025 08:07, "
        "22 h 7 min after the deadline Fri 14 Nov 2025 10:00."
    )
    assert (late.onset, late.margin_ms) == (at("2025-11-14 10:00"), -(22 * 60 + 7) * 60_000)
    assert found["offer"].margins == (2 * 3_600_000, late.margin_ms)
    (answer,) = found["answered"].violations
    assert (answer.case, answer.margin_ms) == ("q-2", -39 * 60_000)
    assert found["once"].outcome == "satisfied"


def promised_extension() -> list[Event]:
    """What happened to Maria, as the log of a run has it."""
    offer = {"offer_id": "o-1", "price": Money(14900, "EUR"), "valid_until": "2024-10-31"}
    return [
        event("2024-10-01 09:00", "Offer Made", "brand-crm", **offer),
        arrived("2024-10-01 09:05", "dealer", "her/0", "Offer Made", **offer),
        arrived("2024-10-01 09:05", "helpdesk", "her/0", "Offer Made", **offer),
        event("2024-10-25 10:00", "Promise Made", "helpdesk", offer_id="o-1", valid_until="2024-11-09"),
        event(
            "2024-10-25 10:05",
            "Appointment Booked",
            "helpdesk",
            appointment_id="a-1",
            place="dealer-7",
            starts_at=at("2024-11-07 08:30"),
        ),
        event(
            "2024-10-25 10:10",
            "Message Sent",
            "esp",
            message="confirmation",
            appointment_id="a-1",
            place_name="Ambrostore",
        ),
        event("2024-11-28 18:00", "Invoice Issued", "dealer", offer_id="o-1", amount=Money(41100, "EUR")),
        event("2024-12-02 18:00", "Complaint Raised", "helpdesk"),
        event("2024-12-07 08:30", "Message Sent", "esp", message="promotion", purpose="marketing"),
    ]


def test_the_promised_extension() -> None:
    found = verdicts(
        MARIA,
        promised_extension(),
        {
            "promise": {
                "agreement": "",
                "activation": "Promise Made",
                "field": "offer.valid_until",
                "between": ["helpdesk", "dealer"],
                "same": "offer_id",
                "by": "appointment.starts_at",
            },
            "price": {
                "value": "",
                "activation": "Invoice Issued",
                "same": "offer_id",
                "expect": "amount <= offer.price",
            },
            "door": {
                "value": "",
                "activation": "Message Sent where message = confirmation",
                "expect": "place_name = appointment.place.sign",
            },
            "quiet": {"absence": "", "target": "Message Sent where purpose = marketing", "during": "complaint-open"},
        },
        {"complaint-open": {"from": "Complaint Raised", "until": "Complaint Closed"}},
    )  # fmt: skip
    no_link = "dealer never heard of it: there is no link from helpdesk to dealer."
    (promise,) = found["promise"].violations
    assert promise.onset == at("2024-11-07 08:30"), (
        "the appointment was booked after the promise, and counts all the same"
    )
    assert promise.sentence == (
        "Maria Ferri's promise was made Fri 25 Oct 2024 10:00 with valid_until 2024-11-09; "
        f"dealer still held 2024-10-31 at the deadline Thu 7 Nov 2024 08:30: {no_link}"
    )
    assert (promise.expected, promise.found) == ("2024-11-09", "2024-10-31")
    (price,) = found["price"].violations
    assert price.sentence == (
        "Maria Ferri's invoice was issued Thu 28 Nov 2024 18:00: amount is 411 EUR and should be at most 149 EUR "
        f"(offer price); dealer still held valid_until 2024-10-31, brand-crm 2024-10-31, helpdesk 2024-11-09: {no_link}"
    )
    assert (price.expected, price.found, price.silo) == ("149 EUR", "411 EUR", "no link from helpdesk to dealer")
    assert price.true_since == at("2024-10-25 10:00")
    (door,) = found["door"].violations
    assert (door.expected, door.found) == ("Mocauto", "Ambrostore")
    (promotion,) = found["quiet"].violations
    assert promotion.sentence == (
        "Maria Ferri's promotion was sent Sat 7 Dec 2024 08:30, while 'complaint-open' held since "
        "Mon 2 Dec 2024 18:00: esp never heard of it: there is no link from helpdesk to esp."
    )
