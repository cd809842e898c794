"""What a journey means, by example: one short story for each sentence of docs/semantics-journeys.md."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.backends.reference import ReferenceBackend
from simulator.model.briefing import Profile
from simulator.model.journeys import Program
from simulator.model.log import Event
from simulator.words.clock import iso, parse_instant, zone
from simulator.words.errors import LimitReached
from tests.laws.journeys_strategies import Case, briefing_of, play, program_of

PARIS = zone("Europe/Paris")
ADA = Profile("ada", "crm", "Europe/Paris", "FR", {"email": "ada@example.org"}, frozenset({"email"}))
OFFER = {"send": "offer", "channel": "email"}
NEWS = {"send": "news", "channel": "email"}
ORDERED = {"event": "Order Completed"}


def at(text: str) -> int:
    return parse_instant(text, PARIS)


def heard(when: str, name: str, row: str = "ada", **data: Any) -> Event:
    return Event(at(when), name, "", row, "crm", "", data)


def run(
    programs: Program | tuple[Program, ...],
    *events: Event,
    profiles: tuple[Profile, ...] = (ADA,),
    starts: str = "2025-03-01",
    ends: str = "2026-03-01",
    outages: tuple[tuple[str, str], ...] = (),
    policy: dict[str, Any] | None = None,
    **others: Any,
) -> list[Event]:
    """Everything the backend told. Events are numbered in their order, so `/0` is the id of the first."""
    programs = programs if isinstance(programs, tuple) else (programs,)
    for number, event in enumerate(events):
        event.number = number
    briefing = briefing_of(programs, policy or {}, profiles, at(ends), **others)
    stood = tuple((at(begins), at(until)) for begins, until in outages)
    return play(ReferenceBackend(), Case(briefing, at(starts), events, stood))


def said(events: list[Event], *names: str) -> list[str]:
    """`local time · what`: messages by name (and reason), the rest by the name of the event."""
    lines = []
    for event in events:
        if names and event.name not in names:
            continue
        what = event.data.get("message", event.name)
        reason = f": {event.data['reason']}" if "reason" in event.data else ""
        lines.append(f"{iso(event.time, PARIS)[:16].replace('T', ' ')} {what}{reason}")
    return lines


def sent(events: list[Event]) -> list[str]:
    return said(events, "Message Sent", "Message Withheld")


@pytest.mark.parametrize(
    ("step", "goes_on"),
    [
        ({"wait": "1 day"}, "2025-03-30 12:00"),
        ({"wait": "24 h"}, "2025-03-30 13:00"),
        ({"wait": "1 month"}, "2025-04-29 12:00"),
        ({"wait": "2 working days"}, "2025-04-01 12:00"),
        ({"wait_until": "09:00 local on next day"}, "2025-03-30 09:00"),
        ({"wait_until": "02:30 local on next day"}, "2025-03-30 03:00"),
        ({"wait_until": "now + 2 h"}, "2025-03-29 14:00"),
        ({"wait_until": "now - 2 h"}, "2025-03-29 12:00"),
    ],
)
def test_waits_across_the_clock_change(step: dict[str, str], goes_on: str) -> None:
    told = run(
        program_of("j", {"trigger": ORDERED, "steps": [step, OFFER]}), heard("2025-03-29 12:00", "Order Completed")
    )
    assert sent(told) == [f"{goes_on} offer"]


def test_a_live_wait_moves_with_its_date_both_ways_and_waits_for_a_date_to_be_known() -> None:
    program = program_of(
        "j",
        {
            "trigger": ORDERED,
            "reentry": "once per order_id",
            "steps": [{"wait_until": "order.promised_at - 1 day"}, OFFER],
        },
    )
    told = run(
        program,
        heard("2025-03-01 10:00", "Order Completed", order_id="sooner", promised_at=at("2025-03-20 10:00")),
        heard("2025-03-01 10:00", "Order Completed", order_id="later", promised_at=at("2025-03-20 10:00")),
        heard("2025-03-01 10:00", "Order Completed", order_id="unknown"),
        heard("2025-03-05 09:00", "Delivery Rescheduled", order_id="sooner", promised_at=at("2025-03-05 12:00")),
        heard("2025-03-06 09:00", "Delivery Rescheduled", order_id="later", promised_at=at("2025-03-25 11:00")),
        heard("2025-03-07 09:00", "Delivery Rescheduled", order_id="unknown", promised_at=at("2025-03-09 08:00")),
    )
    found = {
        event.data["order_id"]: (iso(event.time, PARIS)[:16], event.cause) for event in told if "message" in event.data
    }
    assert found == {
        "sooner": ("2025-03-05T09:00", "/3"),
        "later": ("2025-03-24T11:00", "/4"),
        "unknown": ("2025-03-08T08:00", "/5"),
    }


def test_events_concern_the_instance_with_the_same_keys() -> None:
    program = program_of(
        "j",
        {
            "trigger": ORDERED,
            "reentry": "once per order_id",
            "exit": ["Order Completed where status = cancelled"],
            "goal": "Order Handed Over",
            "steps": [{"wait_for": "Arrived", "at_most": "3 days", "else": [NEWS]}, OFFER],
        },
    )
    told = run(
        program,
        heard("2025-03-01 10:00", "Order Completed", order_id="a"),
        heard("2025-03-01 11:00", "Order Completed", order_id="b"),
        heard("2025-03-01 12:00", "Order Completed", order_id="c"),
        heard("2025-03-02 10:00", "Arrived", order_id="a", complaint_id="k"),
        heard("2025-03-02 11:00", "Order Completed", order_id="b", status="cancelled"),
        heard("2025-03-02 12:00", "Order Handed Over", order_id="c"),
    )
    assert [(event.name, event.data["order_id"]) for event in told if not event.name.startswith("Journey En")] == [
        ("Message Sent", "a"), ("Journey Exited", "a"),
        ("Journey Exited", "b"), ("Journey Not Entered", "b"),
        ("Goal Reached", "c"), ("Message Sent", "c"), ("Message Sent", "c"), ("Journey Exited", "c"),
    ]  # fmt: skip
    assert [event.data.get("complaint_id") for event in told if event.data.get("message")] == ["k", None, None]
    assert told[-2].data["message"] == "offer"
    assert told[-3].data["message"] == "news"


def test_a_command_waits_for_its_own_answer_and_its_time_is_limited() -> None:
    ask = {
        "command": "check", "to": "crm", "with": {"thing": "order.item", "place": "door", "amount": "5 EUR"},
        "answer": "Command Answered", "at_most": "2 h", "else": [NEWS],
    }  # fmt: skip
    program = program_of("j", {"trigger": ORDERED, "reentry": "always", "steps": [ask, OFFER]})
    told = run(
        program,
        heard("2025-03-01 10:00", "Order Completed", order_id="a", item="hat"),
        heard("2025-03-01 10:30", "Order Completed", order_id="b"),
        heard("2025-03-01 11:00", "Command Answered", command_id="j/ada/1/0"),
    )
    asked = told[1].data
    assert {key: str(asked[key]) for key in ("command", "to_system", "thing", "place", "amount", "order_id")} == {
        "command": "check", "to_system": "crm", "thing": "hat", "place": "door", "amount": "5 EUR", "order_id": "a",
    }  # fmt: skip
    assert "thing" not in told[3].data
    assert sent(told) == ["2025-03-01 11:00 offer", "2025-03-01 12:30 news", "2025-03-01 12:30 offer"]


def test_a_birthday_comes_every_year_on_the_day_the_organisation_says() -> None:
    leapling = Profile(
        "leap", "crm", "Europe/Paris", "FR", {"email": "l@example.org"}, frozenset(), {"birth_date": "1988-02-29"}
    )
    program = program_of(
        "j", {"trigger": {"anniversary": "birthday", "at": "08:00 local"}, "reentry": "once a year", "steps": [OFFER]}
    )
    for rule, day in (("28 February", "02-28"), ("1 March", "03-01")):
        told = run(program, profiles=(leapling,), ends="2029-01-01", leap_day=rule, starts="2025-01-01")
        days = [f"2025-{day}", f"2026-{day}", f"2027-{day}", "2028-02-29"]
        assert sent(told) == [f"{each} 08:00 offer" for each in days]


def test_fifteen_days_before_a_birthday_in_january_is_the_year_before() -> None:
    january = Profile(
        "jan", "crm", "Europe/Paris", "FR", {"email": "j@example.org"}, frozenset(), {"birth_date": "1990-01-05"}
    )
    steps = [OFFER, {"wait_until": "08:00 local on birthday"}, NEWS]
    trigger = {"anniversary": "customer.birth_date", "offset": "-15 days", "at": "09:00 local"}
    told = run(program_of("j", {"trigger": trigger, "reentry": "once a year", "steps": steps}), profiles=(january,))
    assert sent(told) == ["2025-12-21 09:00 offer", "2026-01-05 08:00 news"]


def test_a_date_trigger_moves_and_is_not_entered_when_it_is_past() -> None:
    program = program_of(
        "j",
        {
            "trigger": {"date": "order.promised_at", "offset": "-2 days", "at": "09:00 local"},
            "reentry": "once per order_id",
            "steps": [OFFER],
        },
    )
    told = run(
        program,
        heard("2025-03-02 10:00", "Order Completed", order_id="a", promised_at=at("2025-03-20 18:00")),
        heard("2025-03-02 10:00", "Order Completed", order_id="late", promised_at=at("2025-03-04 08:00")),
        heard("2025-03-10 10:00", "Delivery Rescheduled", order_id="a", promised_at=at("2025-03-14 18:00")),
    )
    assert sent(told) == ["2025-03-12 09:00 offer"]
    assert told[0].data["order_id"] == "a"


def test_a_segment_takes_in_who_is_there_and_who_comes_until_it_closes() -> None:
    def row(id: str, tier: str) -> Profile:
        return Profile(id, "crm", "Europe/Paris", "FR", {"email": f"{id}@example.org"}, frozenset(), {"tier": tier})

    window = {"segment": "gold", "from": "2025-03-10", "until": "2025-03-12"}
    told = run(
        program_of("j", {"trigger": window, "steps": [OFFER]}),
        heard("2025-03-10 08:00", "Profile Updated", "early", tier="basic"),
        heard("2025-03-11 15:00", "Profile Updated", "late", tier="gold"),
        heard("2025-03-12 00:00", "Profile Updated", "too-late", tier="gold"),
        profiles=(row("there", "gold"), row("early", "gold"), row("late", "basic"), row("too-late", "basic")),
    )
    assert [(event.profile, iso(event.time, PARIS)[:16]) for event in told if "message" in event.data] == [
        ("there", "2025-03-10T09:00"), ("late", "2025-03-11T15:00"),
    ]  # fmt: skip


def test_time_alone_brings_somebody_into_a_segment_that_speaks_of_it() -> None:
    def row(id: str, renewal: str) -> Profile:
        return Profile(
            id, "crm", "Europe/Paris", "FR", {"email": f"{id}@example.org"}, frozenset(), {"renewal": renewal}
        )

    window = {"segment": "due", "from": "2025-03-28", "until": "2025-04-02", "at": "02:30 local"}
    told = run(
        program_of("j", {"trigger": window, "steps": [OFFER], "reentry": "always"}),
        heard("2025-03-31 15:00", "Profile Updated", "moved", renewal="2025-03-31"),
        profiles=(
            row("past", "2025-01-01"), row("gap", "2025-03-30"), row("last", "2025-04-01"), row("closed", "2025-04-02"),
            row("moved", "2026-01-01"),
        ),
    )  # fmt: skip
    assert [(event.profile, iso(event.time, PARIS)[:16]) for event in told if "message" in event.data] == [
        ("past", "2025-03-28T02:30"), ("gap", "2025-03-30T03:00"), ("moved", "2025-03-31T15:00"),
        ("last", "2025-04-01T02:30"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "messages", "refusal"),
    [
        ("once", 1, "re-entry: once"),
        ("once a year", 2, "re-entry: once a year"),
        ("once per order_id", 2, "re-entry: once per order_id"),
        ("after exit", 3, "re-entry: after exit"),
        ("always", 4, None),
    ],
)
def test_reentry_is_counted_per_person(rule: str, messages: int, refusal: str | None) -> None:
    bea = Profile("bea", "shop", "Europe/Paris", "FR", {"email": "bea@example.org"}, frozenset())
    told = run(
        program_of("j", {"trigger": ORDERED, "reentry": rule, "steps": [OFFER, {"wait": "3 days"}]}),
        heard("2025-03-02 10:00", "Order Completed", order_id="a"),
        heard("2025-03-03 10:00", "Order Completed", "bea", order_id="a"),
        heard("2025-03-09 10:00", "Order Completed", order_id="b"),
        heard("2026-01-09 10:00", "Order Completed", order_id="b"),
        profiles=(ADA, bea),
        linked=(("ada", "bea"),),
    )
    assert len(sent(told)) == messages
    assert {event.data["reason"] for event in told if event.name == "Journey Not Entered"} == (
        {refusal} if refusal else set()
    )


def test_an_erased_person_leaves_everything_and_nothing_follows() -> None:
    program = program_of("j", {"trigger": ORDERED, "reentry": "always", "steps": [{"wait": "1 day"}, OFFER]})
    told = run(
        program,
        heard("2025-03-02 10:00", "Order Completed"),
        heard("2025-03-02 11:00", "Customer Erased"),
        heard("2025-03-02 12:00", "Order Completed"),
    )
    assert said(told) == ["2025-03-02 10:00 Journey Entered", "2025-03-02 11:00 Journey Exited: Customer Erased"]
    assert told[1].cause == "/1"


def test_a_split_by_share_sticks_to_the_person_and_keeps_its_shares() -> None:
    shares = {"split": [{"share": "30 %", "then": [OFFER]}, {"share": "70 %", "then": [NEWS]}]}
    program = program_of("j", {"trigger": ORDERED, "reentry": "always", "steps": [shares]})
    people = [f"p{number}" for number in range(400)]
    days = ("2025-03-02 10:00", "2025-04-02 10:00")
    told = run(
        program, *(heard(day, "Order Completed", id) for day in days for id in people),
        profiles=tuple(Profile(id, "crm", "UTC", "FR", {"email": f"{id}@example.org"}, frozenset()) for id in people),
    )  # fmt: skip
    taken = [
        {e.profile: e.data["branch"] for e in told if e.name == "Split Taken" and e.time == at(day)} for day in days
    ]
    assert taken[0] == taken[1]
    assert 90 < list(taken[0].values()).count("1") < 150


def test_a_coupon_is_granted_with_its_message_and_known_at_once() -> None:
    program = program_of(
        "j",
        {
            "trigger": ORDERED,
            "goal": "Coupon Redeemed",
            "coupons": {"gift": {"discount": "30 %", "valid": "1 month"}},
            "steps": [
                {"send": "wish", "channel": "email", "grants": "gift"},
                {"wait": "2 days"},
                {"split": [{"if": "coupon.status = used", "then": [NEWS]}, {"else": [OFFER]}]},
            ],
        },
    )
    told = run(
        program,
        heard("2025-01-31 10:00", "Order Completed"),
        heard("2025-02-01 10:00", "Coupon Redeemed", coupon_id="j/ada/1/gift", status="used"),
        starts="2025-01-01",
    )
    granted, wish = told[1], told[2]
    assert granted.name == "Coupon Granted"
    assert granted.data["valid_until"] == "2025-02-28"
    assert (granted.data["coupon_id"], granted.data["discount"]) == ("j/ada/1/gift", 30.0)
    assert (wish.data["coupon_id"], wish.data["valid"]) == ("j/ada/1/gift", "2025-02-28")
    assert said(told)[3:] == [
        "2025-02-01 10:00 Goal Reached: Coupon Redeemed", "2025-02-02 10:00 Split Taken", "2025-02-02 10:00 news",
        "2025-02-02 10:00 Journey Exited: completed",
    ]  # fmt: skip


def test_after_an_outage_all_is_done_late_and_facts_come_first() -> None:
    program = program_of(
        "j",
        {
            "trigger": ORDERED,
            "reentry": "always",
            "exit": ["Arrived"],
            "steps": [{"wait": "1 h"}, OFFER, {"wait": "1 h"}, NEWS],
        },
    )
    told = run(
        program,
        heard("2025-03-02 10:00", "Order Completed", order_id="a"),
        heard("2025-03-02 10:30", "Order Completed", order_id="b"),
        heard("2025-03-02 12:00", "Arrived", order_id="b"),
        outages=(("2025-03-02 10:45", "2025-03-03 08:07"),),
    )
    assert said(told)[2:] == [
        "2025-03-03 08:07 Journey Exited: Arrived", "2025-03-03 08:07 offer", "2025-03-03 09:07 news",
        "2025-03-03 09:07 Journey Exited: completed",
    ]  # fmt: skip


def test_ties_go_by_priority_then_by_the_order_of_the_journeys() -> None:
    first = program_of("first", {"trigger": ORDERED, "steps": [{"wait": "1 h"}, OFFER]})
    second = program_of("second", {"trigger": ORDERED, "steps": [{"wait": "1 h"}, OFFER]})
    urgent = program_of("urgent", {"trigger": ORDERED, "priority": 1, "steps": [{"wait": "1 h"}, OFFER]})
    told = run((first, second, urgent), heard("2025-03-02 10:00", "Order Completed"))
    assert [event.data["journey"] for event in told if "message" in event.data] == ["urgent", "first", "second"]


def test_journeys_hear_each_other_and_an_endless_chain_is_an_error() -> None:
    second = program_of("second", {"trigger": {"event": "Journey Exited where journey = first"}, "steps": [NEWS]})
    first = program_of("first", {"trigger": ORDERED, "steps": [OFFER]})
    assert sent(run((second, first), heard("2025-03-02 10:00", "Order Completed"))) == [
        "2025-03-02 10:00 offer", "2025-03-02 10:00 news",
    ]  # fmt: skip
    endless = program_of(
        "endless", {"trigger": {"event": "Journey Exited"}, "reentry": "always", "steps": [{"goal": "on"}]}
    )
    with pytest.raises(LimitReached, match="endless:2: journeys trigger each other for ever"):
        run((endless, first), heard("2025-03-02 10:00", "Order Completed"))


def test_the_holdout_walks_the_journey_and_is_sent_nothing() -> None:
    program = program_of("j", {"trigger": ORDERED, "holdout": "100 %", "steps": [OFFER, {"goal": "seen"}]})
    told = run(program, heard("2025-03-02 10:00", "Order Completed"))
    assert said(told) == [
        "2025-03-02 10:00 Journey Entered", "2025-03-02 10:00 offer: holdout", "2025-03-02 10:00 Goal Reached: seen",
        "2025-03-02 10:00 Journey Exited: completed",
    ]  # fmt: skip
    assert told[0].data["holdout"] is True


def test_nobody_enters_after_the_end_but_who_is_inside_goes_on() -> None:
    program = program_of("j", {"trigger": ORDERED, "reentry": "always", "steps": [{"wait": "3 days"}, OFFER]})
    told = run(
        program,
        heard("2025-03-02 10:00", "Order Completed"),
        heard("2025-03-04 10:00", "Order Completed"),
        ends="2025-03-03",
    )
    assert said(told, "Journey Entered", "Message Sent") == [
        "2025-03-02 10:00 Journey Entered",
        "2025-03-05 10:00 offer",
    ]


def test_what_a_message_says_of_itself() -> None:
    program = program_of(
        "j", {"trigger": ORDERED, "steps": [{"wait": "1 h"}, OFFER]}, campaign="spring", product="car", message="offer"
    )
    told = run(program, heard("2025-03-02 10:00", "Order Completed", order_id="a"))
    message = next(event for event in told if event.name == "Message Sent")
    assert (message.profile, message.system, message.cause, message.person) == ("ada", "esp", "/0", "")
    assert message.data == {
        "message": "offer", "message_id": "j/ada/1/1", "channel": "email", "purpose": "marketing", "journey": "j",
        "campaign": "spring", "product": "car", "stance": "x", "line": "j:3", "instance": "j/ada/1", "order_id": "a",
        "address": "ada@example.org", "recipient": "ada@example.org", "unresolved": 1,
    }  # fmt: skip
