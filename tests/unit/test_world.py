"""The world by itself: what happens to facts between the person and the automation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.backends import BACKENDS
from simulator.model.log import Event, EventLog
from simulator.running.run import run
from simulator.words.calendars import OpeningHours
from simulator.words.clock import parse_instant, spoken, zone
from simulator.words.errors import LimitReached
from simulator.world.desks import worked
from simulator.world.environment import ARRIVAL, FACT, RECEIPT, Environment
from tests.unit.little import BOUGHT, little_scenario

ROME = zone("Europe/Rome")


@pytest.fixture
def happened(tmp_path: Path) -> Callable[..., EventLog]:
    """Run the little scenario with another link, channel, story or fault, and return its log."""
    return lambda **changes: run(little_scenario(tmp_path, **changes), BACKENDS["reference"]).log


def at(text: str) -> int:
    return parse_instant(text, ROME)


def named(log: EventLog, name: str, system: str | None = None) -> list[Event]:
    return [row for row in log if row.name == name and (system is None or row.system == system)]


def test_a_fact_travels_hop_by_hop_and_each_arrival_is_written_once(happened: Callable[..., EventLog]) -> None:
    log = happened()
    arrivals = [
        (row.system, spoken(row.time, ROME))
        for row in named(log, "Fact Arrived")
        if row.data["fact"] == "Order Completed"
    ]
    assert arrivals == [("crm", "Mon 2 Mar 2026 10:05"), ("esp", "Mon 2 Mar 2026 10:06")]
    born = named(log, "Order Completed")
    assert [row.system for row in born] == ["shop"]
    assert {row.cause for row in named(log, "Fact Arrived", "crm")} == {born[0].id}
    assert named(log, "Message Sent")[0].time == at("2026-03-02 10:06")


def test_a_batch_waits_for_its_night(happened: Callable[..., EventLog]) -> None:
    log = happened(link="{batch: daily at 02:00}")
    assert named(log, "Fact Arrived", "crm")[0].time == at("2026-03-03 02:00")


@pytest.mark.parametrize(
    ("batch", "arrives"),
    [
        ("every 2 days at 02:00", "2026-03-04 02:00"),
        ("every 3 days at 02:00", "2026-03-05 02:00"),
        ("every 2 weeks on Tue Thu at 02:00", "2026-03-03 02:00"),
    ],
)
def test_the_turns_of_a_batch_are_counted_from_the_first_day(
    happened: Callable[..., EventLog], batch: str, arrives: str
) -> None:
    log = happened(link=f"{{batch: {batch}}}")
    assert named(log, "Fact Arrived", "crm")[0].time == at(arrives)


def test_a_failing_batch_delivers_with_the_next_run(happened: Callable[..., EventLog]) -> None:
    log = happened(
        link="{batch: daily at 02:00}",
        faults="[{fault: down, of: link shop to crm, from: 2026-03-03, until: 2026-03-05}]",
    )
    assert named(log, "Fact Arrived", "crm")[0].time == at("2026-03-05 02:00")


def test_an_absent_link_carries_nothing(happened: Callable[..., EventLog]) -> None:
    log = happened(link="absent")
    assert not named(log, "Fact Arrived", "crm")
    assert not named(log, "Message Sent")


def test_what_enters_a_link_that_is_down_is_lost_and_said_so(happened: Callable[..., EventLog]) -> None:
    faults = "[{fault: down, of: link shop to crm, from: 2026-03-02 09:00, until: 2026-03-02 11:00}]"
    log = happened(faults=faults)
    (lost,) = named(log, "Fact Lost")
    assert lost.data["link"] == "shop to crm"
    assert lost.data["fact"] == "Order Completed"
    kept = happened(link="{delay: 5 min, retry: until delivered}", faults=faults)
    assert not named(kept, "Fact Lost")
    assert named(kept, "Fact Arrived", "crm")[0].time == at("2026-03-02 11:05")


def test_a_lossy_link_loses_its_share(happened: Callable[..., EventLog]) -> None:
    assert named(happened(link="{loses: 100 %}"), "Fact Lost")


def test_a_lossy_channel_loses_messages_without_a_receipt(happened: Callable[..., EventLog]) -> None:
    fault = "{fault: lossy, of: channel email, share: 100 %, from: 2026-03-02, until: 2026-03-03}"
    again = BOUGHT.replace("2026-03-02 10:00", "2026-03-03 10:00").replace("o-1", "o-2")
    log = happened(story=f"[{BOUGHT}, {again}]", faults=f"[{fault}]")
    assert [row.data["order_id"] for row in named(log, "Message Sent")] == ["o-1", "o-2"]
    assert [row.data["order_id"] for row in named(log, "Message Received")] == ["o-2"]
    (lost,) = named(log, "Fact Lost")
    assert (lost.data["fact"], lost.data["link"]) == ("Message Sent", "channel email")
    assert lost.cause == named(log, "Message Sent")[0].id
    assert len(named(log, "Message Delivered", "esp")) == 1
    assert not named(log, "Message Bounced")


def test_a_late_link_and_an_altered_field(happened: Callable[..., EventLog]) -> None:
    faults = """
  - {fault: late, of: link shop to crm, by: 3 h}
  - {fault: altered, of: link shop to crm, field: order.promised_at, by: 1 day}
"""
    story = "[{at: 2026-03-02 10:00, who: ann, event: Order Completed, with: {order_id: o-1, promised_at: 2026-03-28}}]"
    log = happened(story=story, faults=faults)
    arrival = named(log, "Fact Arrived", "crm")[0]
    assert arrival.time == at("2026-03-02 13:05")
    assert arrival.data["promised_at"] == "2026-03-29"
    assert named(log, "Order Completed")[0].data["promised_at"] == "2026-03-28"


def test_an_outage_of_the_backend_holds_its_arrivals_at_the_door(happened: Callable[..., EventLog]) -> None:
    log = happened(faults="[{fault: down, of: backend, from: 2026-03-02 09:00, until: 2026-03-03 08:07}]")
    assert [row.time for row in named(log, "Message Sent")] == [at("2026-03-03 08:07")]
    assert [row.time for row in named(log, "Fault Began")] == [at("2026-03-02 09:00")]


def test_a_desk_decides_on_what_its_own_system_knows(happened: Callable[..., EventLog]) -> None:
    shown = "{at: 2026-03-02 11:00, who: ann, event: Coupon Presented, place: corner, with: {order_id: ORDER}}"
    known = happened(story=f"[{BOUGHT}, {shown.replace('ORDER', 'o-1')}]")
    assert [row.data["order_id"] for row in named(known, "Bill Presented")] == ["o-1"]
    unknown = happened(story=f"[{BOUGHT}, {shown.replace('ORDER', 'o-9')}]")
    assert not named(unknown, "Bill Presented")
    assert named(unknown, "Discount Refused")


def test_a_desk_works_in_its_hours(happened: Callable[..., EventLog]) -> None:
    story = "[{at: 2026-03-06 16:00, who: ann, event: Order Completed, with: {order_id: o-1, item: lamp}}]"
    log = happened(story=story)
    (recorded,) = named(log, "Purchase Recorded")
    assert spoken(recorded.time, ROME) == "Mon 9 Mar 2026 10:05"
    assert recorded.data["item"] == "lamp"


def test_working_time_is_counted_over_closed_hours() -> None:
    hours = OpeningHours("Mo-Fr 09:00-17:00", None, ROME)
    friday = at("2026-03-06 16:30")
    assert worked(hours, friday, 30 * 60_000) == at("2026-03-06 17:00")
    assert worked(hours, friday, 31 * 60_000) == at("2026-03-09 09:01")


def test_a_daily_limit_is_a_queue_that_all_share(happened: Callable[..., EventLog]) -> None:
    story = "[{at: 2026-03-02 10:00, who: everyone, event: Order Completed, with: {order_id: o-1, item: lamp}}]"
    log = happened(channel="{daily_limit: 1}", story=story)
    assert [row.time for row in named(log, "Message Received")] == [at("2026-03-02 10:06"), at("2026-03-03 00:00")]


def test_bounces_and_the_spam_folder(happened: Callable[..., EventLog]) -> None:
    bounced = happened(channel="{bounces: 100 %}")
    assert named(bounced, "Message Bounced")
    assert not named(bounced, "Message Received")
    spam = happened(channel="{spam_folder: 100 %}")
    assert [row.data["folder"] for row in named(spam, "Message Received")] == ["spam"]


def test_a_run_that_grows_too_long_is_stopped_with_the_name_of_the_limit(happened: Callable[..., EventLog]) -> None:
    with pytest.raises(LimitReached, match=r"limits: \{events"):
        happened(extra="limits: {events: 3}\n")


def test_the_clock_never_goes_back() -> None:
    clock = Environment(100)
    with pytest.raises(ValueError, match="1 ms ago"):
        clock.at(99, FACT, "", lambda: None)


def test_at_one_instant_facts_come_before_arrivals_before_receipts_and_then_by_customer() -> None:
    clock, seen = Environment(0), list[str]()
    for kind, person in ((RECEIPT, "a"), (ARRIVAL, "b"), (FACT, "b"), (ARRIVAL, "a"), (FACT, "a")):
        clock.at(5, kind, person, lambda kind=kind, person=person: seen.append(f"{kind}{person}"))
    while clock.next_time() is not None:
        clock.step()
    assert seen == ["0a", "0b", "1a", "1b", "2a"]


def test_a_scenario_may_state_another_order_at_one_instant() -> None:
    clock, seen = Environment(0, ("receipts", "facts", "arrivals")), list[int]()
    for kind in (FACT, ARRIVAL, RECEIPT):
        clock.at(5, kind, "a", seen.append, kind)
    while clock.next_time() is not None:
        clock.step()
    assert seen == [RECEIPT, FACT, ARRIVAL]


def test_the_world_knows_who_truly_consents_whatever_anybody_was_told(happened: Callable[..., EventLog]) -> None:
    withdrawn = "{at: 2026-03-02 09:00, who: ann, event: Consent Withdrawn, with: {channel: email}}"
    entirely = "{at: 2026-03-02 09:00, who: ann, event: Consent Withdrawn}"
    again = "{at: 2026-03-02 09:30, who: ann, event: Consent Given, with: {channel: email}}"
    for story, consented in ((BOUGHT, True), (f"{withdrawn}, {BOUGHT}", False), (f"{entirely}, {BOUGHT}", False)):
        log = happened(story=f"[{story}]")
        assert [row.data["consented"] for row in named(log, "Message Received")] == [consented]
    log = happened(story=f"[{withdrawn}, {again}, {BOUGHT}]")
    assert [row.data["consented"] for row in named(log, "Message Received")] == [True]
