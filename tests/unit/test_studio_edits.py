"""What-ifs: each control writes into a copy of the document, says so plainly, and only it makes the difference."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from simulator.model.loading import from_document
from simulator.running import rehearse
from simulator.studio.catalogue import Base, Catalogue
from simulator.studio.edits import edited
from simulator.studio.problems import Refused, problem_of
from simulator.studio.running import Ran, Studio
from simulator.studio.wishes import Edit, Wish
from simulator.studio.world import moved
from simulator.words.errors import JourneyproofError

BIRTHDAY = ("late-birthday/late-birthday", "one-day-incident", "camille")
FLOOD = ("contact-flood/contact-flood", "one-woman-three-rows", "zofia")
PROMISE = ("expired-coupon/expired-coupon", "missing-link", "maria")
DELIVERY = ("delayed-delivery/delayed-delivery", "mis-ticked-flag", "alberto")
SILENCE = ("after-purchase-silence/after-purchase-silence", "deaf-channel", "giulia")
FAMILIES = [BIRTHDAY, FLOOD, PROMISE, DELIVERY, SILENCE]
MANY = [*FAMILIES, ("contact-flood/contact-flood", "no-cap", "three-rows-0007"),
        ("after-purchase-silence/after-purchase-silence", "deaf-channel-at-scale", "shoppers-0003"),
        ("late-birthday/late-birthday", "constant-shift", "crowd-0007")]  # fmt: skip
Who = tuple[str, str, str]


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio(Catalogue(None))


def wish(who: Who, *edits: tuple[str, Any], **more: Any) -> Wish:
    return Wish(*who, edits=tuple(Edit(*edit) for edit in edits), **more)


def story(ran: Ran) -> list[dict[str, Any]]:
    [exhibit] = [
        item for item in ran.rehearsal.result["exhibits"] if item["customer"] == ran.rehearsal.result["customer"]
    ]
    found: list[dict[str, Any]] = exhibit["events"]
    return found


def times(ran: Ran, event: str) -> list[str]:
    return [told["time"][:16] for told in story(ran) if told["name"] == event]


def violated(ran: Ran) -> set[str]:
    return {check["name"] for check in ran.rehearsal.result["checks"] if check["outcome"] == "violated"}


@pytest.mark.parametrize("who", MANY, ids=lambda who: f"{who[1]}-{who[2]}")
def test_without_an_edit_it_is_the_run_of_the_command(studio: Studio, who: Who) -> None:
    base = studio.catalogue.base(*who[:2], 42)
    customer = who[2] if who[2] in base.scenario.people else next(iter(base.scenario.people))
    whole = rehearse(base.scenario, backend="reference", only=customer).result
    ran = studio.run(wish((*who[:2], customer)))
    cut = ran.rehearsal.result
    assert cut["digests"][customer] == whole["digests"][customer]
    assert (cut["outcome"], cut["unexpected"]) == (whole["outcome"], whole["unexpected"])
    assert cut["sources"] == whole["sources"]
    assert ran.edits == []


@pytest.mark.parametrize("who", FAMILIES, ids=lambda who: who[2])
def test_every_control_can_be_turned_and_says_what_is_different(studio: Studio, who: Who) -> None:
    """Nothing but a sentence ever comes of it, and the variant itself stays what it is."""
    base = studio.catalogue.base(*who[:2], 42)
    before = json.dumps(base.document)
    controls = studio.scenario(wish(who))["controls"]
    assert len({control["control"] for control in controls}) == len(controls) > 80
    assert {control["group"] for control in controls} == {"person", "behaviour", "world", "rules", "journey"}
    for control in controls:
        for value in other_values(control, base):
            change = edited(base, wish(who, (control["control"], value)), studio.library)
            [sentence] = change.sentences
            assert sentence[0].isupper() or not sentence[0].isalpha()
            assert sentence.endswith("."), sentence
            with suppress(JourneyproofError):  # whatever else it raised would be ours
                from_document(change.document)
    assert json.dumps(base.document) == before


def other_values(control: dict[str, Any], base: Base) -> list[Any]:
    """Values that a control could be set to."""
    day = moved(base.document["scenario"]["starts"][:10], 20)
    usual: dict[str, Callable[[], list[Any]]] = {
        "toggle": lambda: [not control["value"]],
        "percent": lambda: [0, 100, 12.5],
        "number": lambda: [control.get("min", 1), 7],
        "duration": lambda: ["2 h"],
        "date": lambda: ["2000-02-29"],
        "instant": lambda: [f"{day} 23:30"],
        "time": lambda: ["09:30"],
        "window": lambda: [None, {"from": f"{day} 09:00", "until": f"{moved(day, 5)} 09:00"}],
        "text": lambda: [control["value"] or "something"],
        "choice": lambda: [choice["value"] for choice in control["choices"]][:4],
        "act": lambda: [act(event, day) for event in control["events"]],
    }
    return usual[control["kind"]]()


def act(event: dict[str, Any], day: str) -> dict[str, Any]:
    return {"event": event["event"], **({"after": "1 h"} if event["of_message"] else {"at": f"{day} 10:00"})}


def test_whoever_lives_elsewhere_gets_it_by_their_own_clock(studio: Studio) -> None:
    here = studio.run(wish(BIRTHDAY, ("fault.2", False)))
    there = studio.run(wish(BIRTHDAY, ("fault.2", False), ("person.zone", "Pacific/Honolulu")))
    assert there.edits[1] == "Camille lives in Honolulu."
    assert "2025-11-14T08:00" in times(here, "Message Sent")
    assert "2025-11-14T08:00" in times(there, "Message Sent")
    assert story(here)[0]["time"][-6:] != story(there)[0]["time"][-6:]


def test_the_incident_itself_can_be_taken_away(studio: Studio) -> None:
    was, now = studio.run(wish(BIRTHDAY)), studio.run(wish(BIRTHDAY, ("fault.2", False)))
    assert {"offer-before-opening"} <= violated(was) - violated(now)
    assert now.edits == ["It does not happen that the automation stands still."]


def test_born_on_29_february(studio: Studio) -> None:
    ran = studio.run(wish(BIRTHDAY, ("person.birth_date", "1988-02-29")))
    assert times(ran, "Birthday Began") == ["2025-02-28T00:00"]


def test_the_same_luck_on_both_sides(studio: Studio) -> None:
    """What an edit does not touch stays as it was, to the millisecond."""
    a = studio.run(wish(FLOOD))
    b = studio.run(wish(FLOOD, ("act.1", False)))
    gone = {"Contract Expiring", "Fact Arrived"}
    kept = [(told["time"], told["name"], told["data"].get("campaign")) for told in story(b) if told["name"] not in gone]
    was = [(told["time"], told["name"], told["data"].get("campaign")) for told in story(a) if told["name"] not in gone]
    assert set(kept) <= set(was)


def test_a_missing_link_can_be_made(studio: Studio) -> None:
    ran = studio.run(wish(PROMISE, ("link.helpdesk to dealer", True)))
    assert "promise-known" in violated(studio.run(wish(PROMISE)))
    assert "promise-known" not in violated(ran)
    assert ran.edits == ["Dealer hears from helpdesk."]


def test_a_link_that_is_taken_away_takes_its_faults_along(studio: Studio) -> None:
    ran = studio.run(wish(BIRTHDAY, ("link.till to loyalty", False)))
    faults = [told["data"]["of"] for told in ran.rehearsal.result["organisation_events"]]
    assert "link till to loyalty" not in faults
    assert "purchases-registered" in violated(ran)


def test_delivery_slips_by_a_week(studio: Studio) -> None:
    controls = {item["label"]: item["control"] for item in studio.scenario(wish(DELIVERY))["controls"]}
    moved_by = next(id for label, id in controls.items() if label.startswith("Order handed over") and "moved" in id)
    was, now = studio.run(wish(DELIVERY)), studio.run(wish(DELIVERY, (moved_by, 7)))
    assert times(was, "Order Handed Over") == ["2025-08-29T17:00"]
    assert times(now, "Order Handed Over") == ["2025-09-05T17:00"]
    assert "7 days later" in now.edits[0]


def test_another_journey_in_its_place_brings_its_messages_and_its_lines(studio: Studio) -> None:
    ran = studio.run(wish(BIRTHDAY, ("journey.birthday", "birthday-early"), ("journey.birthday-early.at", "10:00")))
    assert times(ran, "Message Sent")[0].endswith("T10:00")
    entry = ran.rehearsal.result
    assert [journey["journey"] for journey in entry["journeys"]] == ["birthday-early"]
    assert "fixtures/journeys/birthday-early.journey.yaml" in entry["sources"]
    assert entry["journeys"][0]["nodes"][0]["place"] == "fixtures/journeys/birthday-early.journey.yaml:11"


def test_quiet_hours_and_caps_can_be_added_where_there_are_none(studio: Studio) -> None:
    ran = studio.run(wish(BIRTHDAY, ("policy.quiet_hours.until", "09:00"), ("policy.caps.weekly.limit", 0)))
    assert any(told["name"] == "Message Withheld" for told in story(ran))


def test_whoever_has_not_consented_gets_nothing(studio: Studio) -> None:
    ran = studio.run(wish(BIRTHDAY, ("person.consent.email", False)))
    assert times(ran, "Message Sent") == []


def test_a_visitor_lets_somebody_complain_and_open_a_mail(studio: Studio) -> None:
    complaint = {"event": "Complaint Raised", "at": "2025-08-01 12:00", "with": {}}
    opened = {"event": "Message Opened", "after": "2 h", "with": {"message": "satisfaction-survey"}}
    ran = studio.run(wish(DELIVERY, ("act.new", complaint), ("act.new", opened)))
    assert "2025-08-01T12:00" in times(ran, "Complaint Raised")
    [raised] = [told for told in story(ran) if told["time"].startswith("2025-08-01T12:00")]
    assert raised["data"] == {"complaint_id": "what-if-1", "state": "open"}
    [sent] = times(ran, "Message Received")
    assert times(ran, "Message Opened") == [sent[:11] + f"{int(sent[11:13]) + 2:02d}{sent[13:]}"]
    [message] = ran.rehearsal.result["exhibits"][0]["messages"]
    assert message["opened"][:16] == times(ran, "Message Opened")[0]


def test_a_mail_is_opened_at_an_instant_by_its_id(studio: Studio) -> None:
    [message] = studio.run(wish(DELIVERY)).rehearsal.result["exhibits"][0]["messages"]
    told = {"message": message["message"], "message_id": message["message_id"]}
    now = {"event": "Message Opened", "at": "2025-08-28 09:00", "with": told}
    [opened] = studio.run(wish(DELIVERY, ("act.new", now))).rehearsal.result["exhibits"][0]["messages"]
    assert opened["opened"].startswith("2025-08-28T09:00")


@pytest.mark.parametrize(
    ("control", "value", "words"),
    [
        ("person.zone", "Europe/Warsa", "did you mean 'Europe/Warsaw'"),
        ("person.birth_date", "2025-02-30", "not a day of the calendar"),
        ("person.birth_date", "30 February", "not a date"),
        ("person.name", "", "one line"),
        ("person.name", "two\nlines", "one line"),
        ("person.shop", "boutique-paris", "boutique-lyon"),
        ("behaviour.opens", 101, "from 0 to 100"),
        ("behaviour.opens", "60 %", "this is a number"),
        ("behaviour.opens", float("nan"), "this is a number"),
        ("behaviour.opens_after", "3 days", "hours or minutes"),
        ("behaviour.spends", "much", "range of money"),
        ("fault.2", "off", "on or off"),
        ("fault.2.from", "2025-13-01 00:00", "calendar"),
        ("fault.2.until", "2025-11-14 07:00", "ends before it begins"),
        ("act.0.moved", 100000, "from -3650 to 3650"),
        ("act.0.moved", 3000, "after the scenario has ended"),
        ("system.till.offline", {"from": "2025-06-08", "until": "2025-06-07"}, "ends before it begins"),
        ("system.till.offline", [1], "from when until when"),
        ("link.crm to esp.batch", "now and then", "now and then"),
        ("policy.quiet_hours.from", "25:00", "time of day"),
        ("policy.quiet_hours.from", "08:00", "quiet hours end when they begin"),
        ("journey.birthday", "nobody", "is not offered"),
        ("journey.birthday.offset", "a week", "not a duration"),
        ("journey.birthday.coupons.birthday-coupon.valid", "-1 month", "backwards"),
        ("act.new", {"event": "Message Sent", "at": "2025-01-01"}, "nothing that people do here"),
        ("act.new", {"event": "Order Completed"}, "say when"),
        ("act.new", {"event": "Order Completed", "at": "2025-01-01", "with": {"colour": "red"}}, "has no 'colour'"),
        ("act.new", {"event": "Message Opened", "after": "1 h", "with": {"message": "a or b"}}, "no message 'a or b'"),
        ("act.new", "now", "an act has an 'event'"),
        ("act.99", False, "nothing here is called"),
        ("__class__", 1, "nothing here is called"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(studio: Studio, control: str, value: Any, words: str) -> None:
    with pytest.raises((Refused, JourneyproofError)) as caught:
        studio.run(wish(BIRTHDAY, (control, value)))
    assert words.lower() in problem_of(caught.value)["problem"]["sentence"].lower()


def test_somebody_who_is_not_there_is_told_with_the_nearest_name(studio: Studio) -> None:
    with pytest.raises(Refused, match="did you mean 'camille'"):
        studio.run(wish((*BIRTHDAY[:2], "camile")))


HOUSEHOLD = """\
scenario: Two of one household, and a neighbour
people:
  anna: {birth_date: 1990-05-17, household: example, profiles: [{system: crm, email: anna@example.org, consent: email}]}
  bruno: {household: example, profiles: [{system: crm, email: bruno@example.org, consent: email}]}
  carla: {profiles: [{system: crm, email: carla@example.org, consent: email}]}
starts: 2026-03-02
lasts: 3 days
journeys: [welcome]
story: [{at: 2026-03-02 10:00, who: everyone, event: Signed Up}]
checks: {welcomed: {existence: All are welcomed., target: Message Received where message = welcome}}
"""


def test_people_who_share_something_run_together(tmp_path: Path) -> None:
    file = tmp_path / "scenarios" / "home" / "home.scenario.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(HOUSEHOLD)
    studio = Studio(Catalogue(tmp_path))
    assert studio.catalogue.told()["start"] == {"target": "home/home", "variant": "as-written", "customer": "anna"}
    ran = [studio.run(Wish("home/home", "as-written", name)) for name in ("anna", "bruno", "carla")]
    assert [item.people for item in ran] == [2, 2, 1]
    assert [exhibit["customer"] for exhibit in ran[0].rehearsal.result["exhibits"]] == ["anna", "bruno"]


def test_an_edit_shows_in_the_controls_and_a_swap_changes_them(studio: Studio) -> None:
    told = studio.scenario(wish(BIRTHDAY, ("journey.birthday", "birthday-early"), ("person.zone", "Asia/Tokyo")))
    controls = {item["control"]: item for item in told["controls"]}
    assert controls["person.zone"]["value"] == "Asia/Tokyo"
    assert controls["journey.birthday"]["value"] == "birthday-early"
    assert "journey.birthday-early.offset" in controls
    assert "journey.birthday.at" not in controls
    assert told["edits"][0] == "'Birthday offer, fifteen days ahead' runs in place of 'Birthday offer'."
