"""The rules of contact, by example; their order at a send is that of docs/semantics-journeys.md."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simulator.backends.reference import Conduct, ReferenceBackend
from simulator.model.briefing import Profile
from simulator.model.journeys import Program
from simulator.model.log import Event
from simulator.words.clock import iso, parse_instant, zone
from simulator.words.errors import BackendFailed
from tests.laws.journeys_strategies import Case, briefing_of, play, program_of

PARIS = zone("Europe/Paris")
ADA = Profile(
    "ada", "crm", "Europe/Paris", "FR", {"email": "ada@example.org"}, frozenset({"email"}), {"first_name": "Ada"}
)
BEA = Profile("bea", "shop", "Europe/Paris", "FR", {"email": "bea@example.org"}, frozenset({"email"}))
WEEKLY = {"limit": 1, "window": "7 days rolling", "per": "person", "exempt": ["transactional"], "then": "hold"}
CONSENT = {"consent": {"needed_for": ["marketing"], "checked": "at sending"}}
NIGHT = {"from": "21:00", "until": "08:00", "then": "hold"}


def at(text: str) -> int:
    return parse_instant(text, PARIS)


def sends(*steps: Any, id: str = "j", **journey: Any) -> Program:
    """A journey that begins with each order and takes these steps; a text is the message of a send by email."""
    written = [{"send": step, "channel": "email"} if isinstance(step, str) else step for step in steps]
    return program_of(id, {"trigger": {"event": "Order Completed"}, "reentry": "always", "steps": written, **journey})


def run(
    program: Program | tuple[Program, ...],
    policy: dict[str, Any],
    *story: tuple[Any, ...],
    profiles: tuple[Profile, ...] = (ADA, BEA),
    conduct: Conduct | None = None,
    **others: Any,
) -> list[str]:
    """`local time message[: reason[, then until]]` for each message, from (when, event, row, fields)."""
    programs = program if isinstance(program, tuple) else (program,)
    events = tuple(
        Event(at(when), name, "", row, "crm", "", data, number) for number, (when, name, row, data) in enumerate(story)
    )
    briefing = briefing_of(programs, policy, profiles, at("2026-03-01"), **others)
    told = play(ReferenceBackend(conduct), Case(briefing, at("2025-03-01"), events, ()))
    return [_line(event) for event in told if "message" in event.data]


def _line(event: Event) -> str:
    line = f"{iso(event.time, PARIS)[5:16].replace('T', ' ')} {event.data['message']}"
    if "reason" in event.data:
        line += f": {event.data['reason']}, {event.data['then']}"
    if "until" in event.data:
        line += f" {iso(int(event.data['until']), PARIS)[5:16].replace('T', ' ')}"
    return line


def order(when: str, row: str = "ada", **data: Any) -> tuple[Any, ...]:
    return (when, "Order Completed", row, data)


def test_a_message_exactly_seven_days_old_no_longer_counts() -> None:
    assert run(sends("bill"), {"caps": {"weekly": WEEKLY}}, order("2025-03-24 12:00"), order("2025-03-26 12:00")) == [
        "03-24 12:00 bill",
        "03-26 12:00 bill: cap weekly, hold 03-31 12:00",
        "03-31 12:00 bill",
    ]


def test_the_line_before_a_cap_moves_one_by_one_and_only_its_first_is_judged() -> None:
    programs = tuple(sends("bill", id=id) for id in ("a", "b", "c", "d"))
    assert run(programs, {"caps": {"weekly": WEEKLY}}, order("2025-03-03 12:00")) == [
        "03-03 12:00 bill",
        "03-03 12:00 bill: cap weekly, hold 03-10 12:00",
        "03-03 12:00 bill: cap weekly, hold 03-10 12:00",
        "03-03 12:00 bill: cap weekly, hold 03-10 12:00",
        "03-10 12:00 bill",
        "03-17 12:00 bill",
        "03-24 12:00 bill",
    ]


def test_who_may_not_be_sent_to_any_more_gives_the_slot_to_the_next_in_the_line() -> None:
    row = {"campaign": "c", "from": "2025-03-01", "until": "2025-03-09"}
    short = replace(sends("wish", id="b"), campaign=row)
    programs = (sends("bill", id="a"), short, sends("news", id="c"))
    policy = {"caps": {"weekly": WEEKLY}, "plan_windows": "enforced"}
    assert run(programs, policy, order("2025-03-03 12:00"))[3:] == [
        "03-10 12:00 wish: outside the plan, drop",
        "03-10 12:00 news",
    ]


@pytest.mark.parametrize(("per", "messages"), [("person", 1), ("profile", 2)])
def test_a_cap_counts_the_rows_known_to_be_one_person(per: str, messages: int) -> None:
    policy = {"caps": {"weekly": {**WEEKLY, "per": per, "then": "drop"}}}
    story = [
        order("2025-03-03 12:00"),
        ("2025-03-04 12:00", "Profiles Linked", "ada", {"other": "bea"}),
        order("2025-03-05 12:00", "bea"),
    ]
    assert [line for line in run(sends("bill"), policy, *story) if "cap" not in line][messages - 1 :] != []
    assert len([line for line in run(sends("bill"), policy, *story) if "cap" not in line]) == messages


def test_what_is_exempt_neither_waits_nor_counts_and_a_cap_of_nothing_drops() -> None:
    bill = {"send": "bill", "channel": "email", "purpose": "transactional"}
    policy = {"caps": {"weekly": WEEKLY}}
    assert run(sends(bill, "offer", bill), policy, order("2025-03-03 12:00")) == [
        "03-03 12:00 bill",
        "03-03 12:00 offer",
        "03-03 12:00 bill",
    ]
    assert run(sends("offer", bill), {"caps": {"none": {**WEEKLY, "limit": 0}}}, order("2025-03-03 12:00")) == [
        "03-03 12:00 offer: cap none, drop"
    ]


def test_a_calendar_week_begins_on_monday() -> None:
    cap = {"caps": {"week": {**WEEKLY, "window": "calendar week"}}}
    assert run(sends("bill"), cap, order("2025-03-30 23:00"), order("2025-03-30 23:30")) == [
        "03-30 23:00 bill",
        "03-30 23:30 bill: cap week, hold 03-31 00:00",
        "03-31 00:00 bill",
    ]


@pytest.mark.parametrize(
    ("ordered", "lines"),
    [
        ("2025-03-29 20:59", ["03-29 20:59 bill"]),
        ("2025-03-29 21:00", ["03-29 21:00 bill: quiet hours, hold 03-30 08:00", "03-30 08:00 bill"]),
        ("2025-03-30 07:59", ["03-30 07:59 bill: quiet hours, hold 03-30 08:00", "03-30 08:00 bill"]),
        ("2025-03-30 08:00", ["03-30 08:00 bill"]),
    ],
)
def test_quiet_hours_are_closed_at_the_start_and_open_at_the_end(ordered: str, lines: list[str]) -> None:
    assert run(sends("bill"), {"quiet_hours": NIGHT}, order(ordered)) == lines


def test_quiet_hours_are_the_recipients_or_of_a_zone() -> None:
    reunion = replace(ADA, zone="Indian/Reunion")
    assert run(sends("bill"), {"quiet_hours": NIGHT}, order("2025-03-03 19:00"), profiles=(reunion,)) == [
        "03-03 19:00 bill: quiet hours, hold 03-04 05:00",
        "03-04 05:00 bill",
    ]
    night = {"quiet_hours": {**NIGHT, "zone": "Europe/Paris"}}
    assert run(sends("bill"), night, order("2025-03-03 19:00"), profiles=(reunion,)) == ["03-03 19:00 bill"]


@pytest.mark.parametrize(("checked", "line"), [("at sending", "offer: no consent, drop"), ("at scheduling", "offer")])
def test_consent_is_read_at_sending_or_at_scheduling(checked: str, line: str) -> None:
    policy = {"consent": {"needed_for": ["marketing"], "checked": checked}}
    story = (order("2025-03-03 12:00"), ("2025-03-04 12:00", "Consent Withdrawn", "ada", {"channel": "email"}))
    assert run(sends({"wait": "2 days"}, "offer"), policy, *story) == [f"03-05 12:00 {line}"]


def test_the_last_word_on_consent_counts_for_every_row_of_the_person() -> None:
    withdrawn = ("2025-03-02 12:00", "Consent Withdrawn", "bea", {"channel": "email"})
    linked = ("2025-03-03 12:00", "Profiles Linked", "bea", {"other": "ada"})
    given = ("2025-03-05 12:00", "Consent Given", "ada", {"channel": "email"})
    story = (
        order("2025-03-02 13:00"),
        withdrawn,
        linked,
        order("2025-03-04 12:00"),
        given,
        order("2025-03-06 12:00", "bea"),
    )
    assert run(sends("offer"), CONSENT, *sorted(story, key=lambda act: act[0])) == [
        "03-02 13:00 offer",
        "03-04 12:00 offer: no consent, drop",
        "03-06 12:00 offer",
    ]


def test_a_hard_bounce_makes_an_address_unusable_and_a_linked_row_may_have_another() -> None:
    bounced = (
        "2025-03-03 13:00",
        "Message Bounced",
        "ada",
        {"channel": "email", "address": "ada@example.org", "hard": True},
    )
    soft = (
        "2025-03-03 12:30",
        "Message Bounced",
        "ada",
        {"channel": "email", "address": "ada@example.org", "hard": False},
    )
    story = (soft, order("2025-03-03 12:40"), bounced, order("2025-03-04 12:00"))
    assert run(sends("bill"), {}, *story) == ["03-03 12:40 bill", "03-04 12:00 bill: address bounced, drop"]
    assert run(sends("bill"), {}, *story, linked=(("ada", "bea"),)) == ["03-03 12:40 bill", "03-04 12:00 bill"]
    letter = {"send": "bill", "channel": "letter"}
    assert run(sends(letter), {}, order("2025-03-04 12:00")) == ["03-04 12:00 bill: no address, drop"]


def test_a_suppression_holds_while_any_complaint_is_open() -> None:
    care = {"purpose": ["marketing"], "while": "complaint.status = open", "then": "hold"}
    story = (
        ("2025-03-02 12:00", "Complaint Raised", "ada", {"complaint_id": "k1", "status": "open"}),
        ("2025-03-02 13:00", "Complaint Raised", "ada", {"complaint_id": "k2", "status": "open"}),
        ("2025-03-02 14:00", "Complaint Closed", "ada", {"complaint_id": "k2", "status": "closed"}),
        order("2025-03-03 12:00", complaint_id="k2"),
        ("2025-03-04 12:00", "Profile Updated", "ada", {"tier": "gold"}),
        ("2025-03-05 12:00", "Complaint Closed", "ada", {"complaint_id": "k1", "status": "closed"}),
    )
    assert run(sends("offer"), {"suppress": {"complaints": care}}, *story) == [
        "03-03 12:00 offer: suppressed complaints, hold",
        "03-05 12:00 offer",
    ]
    assert run(sends("offer"), {"suppress": {"complaints": {**care, "then": "drop"}}}, *story) == [
        "03-03 12:00 offer: suppressed complaints, drop"
    ]


def test_two_messages_do_not_urge_opposite_things_about_one_product() -> None:
    rule = {"same": "product", "differs": "stance", "window": "7 days rolling"}
    story = (order("2025-03-03 12:00"),)
    assert run(sends("offer", "news", "bill"), {"coherence": rule}, *story) == [
        "03-03 12:00 offer",
        "03-03 12:00 news: contradicts offer, drop",
    ]
    assert run(sends("offer", "news", "bill"), {"coherence": {**rule, "then": "hold"}}, *story) == [
        "03-03 12:00 offer",
        "03-03 12:00 news: contradicts offer, hold 03-10 12:00",
        "03-10 12:00 news",
        "03-10 12:00 bill",
    ]


def test_required_data_stops_a_message_and_a_coupon_it_grants_counts_as_known() -> None:
    policy = {"require": {"*": ["customer.first_name"], "wish": ["coupon.valid_until"]}}
    grant = {"send": "wish", "channel": "email", "grants": "gift"}
    program = sends(grant, coupons={"gift": {"discount": "5 %", "valid": "1 day"}})
    assert run(program, policy, order("2025-03-03 12:00"), order("2025-03-03 13:00", "bea")) == [
        "03-03 12:00 wish",
        "03-03 13:00 wish: missing customer.first_name, drop",
    ]


def test_the_first_rule_that_objects_decides_and_a_hold_is_judged_from_the_first_on() -> None:
    policy = {**CONSENT, "quiet_hours": NIGHT, "caps": {"weekly": WEEKLY}}
    story = (
        order("2025-03-03 12:00"),
        order("2025-03-10 11:00"),
        order("2025-03-10 23:00"),
        ("2025-03-11 07:00", "Consent Withdrawn", "ada", {}),
    )
    assert run(sends("offer"), policy, *story) == [
        "03-03 12:00 offer",
        "03-10 11:00 offer: cap weekly, hold 03-10 12:00",
        "03-10 12:00 offer",
        "03-10 23:00 offer: quiet hours, hold 03-11 08:00",
        "03-11 08:00 offer: no consent, drop",
    ]


def test_advance_goes_on_without_the_message_and_drop_leaves_the_journey() -> None:
    night = {**NIGHT, "then": "advance"}
    assert run(sends("offer", {"wait": "12 h"}, "bill"), {"quiet_hours": night}, order("2025-03-03 22:00")) == [
        "03-03 22:00 offer: quiet hours, advance",
        "03-04 10:00 bill",
    ]
    assert run(
        sends("offer", {"wait": "12 h"}, "bill"), {"quiet_hours": {**NIGHT, "then": "drop"}}, order("2025-03-03 22:00")
    ) == ["03-03 22:00 offer: quiet hours, drop"]


def test_a_hold_that_would_spin_for_ever_is_an_error_of_the_engine() -> None:
    class Inclusive(Conduct):
        def quiet(self, now: int, begins: int, ends: int) -> bool:
            return begins <= now <= ends

    with pytest.raises(
        BackendFailed, match="j:2: 'quiet hours' holds a message until an instant that is not after now"
    ):
        run(sends("bill"), {"quiet_hours": NIGHT}, order("2025-03-03 23:00"), conduct=Inclusive())
