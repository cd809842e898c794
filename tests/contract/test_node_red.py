"""Node-RED itself, unmodified: its flows send what the reference sends, at the first step after their time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulator.model.data import data_folder
from simulator.model.loading import discover, load
from simulator.model.log import Event, EventLog
from simulator.model.scenarios import Scenario
from simulator.running.rehearsal import rehearse
from simulator.words.clock import DAY, MINUTE
from simulator.words.errors import JourneyproofError

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("blackbox")]

STEP = 15 * MINUTE

SCENARIO = """
scenario: After an order
people:
  ada:
    like: anna
    name: Ada Exámple
    profiles: [{system: crm, email: ada@example.org, phone: "+9990001", consent: [email, sms]}]
  bob:
    like: anna
    name: Bob Example
    profiles: [{system: crm, email: bob@example.org, phone: "+9990002", consent: [email, sms]}]
  eve:
    like: anna
    name: Eve Example
    lives: {zone: Europe/Rome}
    profiles: [{system: crm, email: eve@example.org, phone: "+9990003", consent: [email]}]
  kim: {like: anna, name: Kim Example, profiles: [{system: crm, email: kim@example.org, consent: [email]}]}
  lea: {like: anna, name: Lea Example, profiles: [{system: crm, email: lea@example.org, consent: [email, sms]}]}
starts: 2026-03-27
lasts: 4 days
journeys: [after-order]
policy: with-consent
story:
  - {at: 2026-03-27 10:00, who: ada, event: Order Completed, with: {order_id: o-1, item: lamp, amount: 20 EUR}}
  - {at: 2026-03-27 10:07, who: ada, event: Order Completed, with: {order_id: o-1, item: lamp, amount: 20 EUR}}
  - {at: 2026-03-27 11:00, who: ada, event: Order Completed, with: {order_id: o-2, item: chair, amount: 20 EUR}}
  - {at: 2026-03-28 09:30, who: ada, event: Complaint Raised, with: {order_id: o-2, complaint_id: k-1}}
  - {at: 2026-03-27 12:00, who: bob, event: Order Completed, with: {order_id: o-3, item: desk, amount: 20 EUR}}
  - {at: 2026-03-27 12:20, who: bob, event: Order Completed, with: {order_id: o-4, item: sofa, amount: 20 EUR}}
  # The clocks of Rome go forward on the 29th: a day later is 23 hours later.
  - {at: 2026-03-28 18:00, who: eve, event: Order Completed, with: {order_id: o-5, item: lamp, amount: 20 EUR}}
  - {at: 2026-03-27 14:00, who: kim, event: Order Completed, with: {order_id: o-6, item: lamp, amount: 20 EUR}}
  - {at: 2026-03-28 13:59, who: kim, event: Consent Withdrawn, with: {channel: email}}
  - {at: 2026-03-27 15:00, who: lea, event: Order Completed, with: {order_id: o-7, item: lamp, amount: 20 EUR}}
  - {at: 2026-03-28 10:00, who: lea, event: Customer Erased}
checks:
  thanked: {existence: Somebody is thanked., target: Message Received}
"""
FILES = {
    "after-order.journey": """
journey: After an order
purpose: service
trigger: {event: Order Completed where item != sofa}
reentry: once per order_id
exit: [Complaint Raised]
steps:
  - wait: 1 day
  - split:
      - if: order.item = lamp
        then: [{send: lamp-tips, channel: email}]
      - else: [{send: tips, channel: email}]
  - wait: 5 h
  - {send: tips, channel: sms}
""",
    "lamp-tips.message": """
message: How to clean a lamp
subject: "{{ first_name }}, your {{ item }} – “50 %”"
text: |
  Dear {{ first_name }},{% if item %} about your {{ item }}{% endif %}: use water.
html: "<p>Dear {{ first_name }}, about your <b>{{ item }}</b>: use water.</p>"
names: {first_name: customer.first_name, item: order.item}
""",
    "tips.message": "message: Tips\nsubject: Tips\ntext: 'For your {{ item }}.'\nnames: {item: order.item}\n",
    "with-consent.policy": "policy: Consent\nconsent: {needed_for: [service], checked: at sending}\n",
}


def project(folder: Path, scenario: str, files: Mapping[str, str]) -> Scenario:
    """The one variant of a scenario, with documents beside it."""
    home = folder / "scenarios" / "ours"
    home.mkdir(parents=True)
    for name, text in {"ours.scenario": scenario, **files}.items():
        (home / (name if name.endswith(".json") else f"{name}.yaml")).write_text(text, encoding="utf-8")
    [source] = discover([home], data_folder("scenarios"), folder)
    return load(source, source.variants[0])


def shipped(name: str, variant: str) -> Scenario:
    """A variant of a shipped scenario."""
    folder = data_folder("scenarios")
    [source] = discover([next(folder.rglob(f"{name}.scenario.yaml"))], folder, None)
    return load(source, variant)


def sent(log: EventLog) -> list[Event]:
    """Everything that was handed over."""
    return [row for row in log if row.name == "Message Sent"]


def test_flows_send_what_the_reference_sends(tmp_path: Path) -> None:
    scenario = project(tmp_path, SCENARIO, FILES)
    ours, theirs = rehearse(scenario, backend="reference").log, rehearse(scenario, backend="node-red").log
    told = (
        "message",
        "channel",
        "purpose",
        "journey",
        "line",
        "order_id",
        "item",
        "first_name",
        "unresolved",
        "recipient",
    )

    def told_of(log: EventLog) -> list[tuple[object, ...]]:
        return [(row.person, row.profile, *(row.data.get(name) for name in told)) for row in sent(log)]

    assert sorted(told_of(theirs), key=str) == sorted(told_of(ours), key=str)
    assert len(sent(ours)) == 5
    when = {(row.data["order_id"], row.data["channel"]): row.time for row in sent(theirs)}
    late = [when[row.data["order_id"], row.data["channel"]] - row.time for row in sent(ours)]
    assert all(0 <= each <= STEP for each in late)
    assert all(row.data["captured"] and "stamped" not in row.data for row in sent(theirs))
    published = [row.data for row in theirs if row.name == "Journeys Published"]
    assert published == [{"of": "node-red", "definition": "compiled"}]


@contextmanager
def busy_machine() -> Iterator[None]:
    """Another job takes every processor it can get."""
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


MANY = """
scenario: Many sign up at once
people: {many: {like: anna, count: 300, varies: {name: any}}}
starts: 2026-03-02
lasts: 2 days 12 h
journeys: [later]
policy: no-rules
story: [{at: 2026-03-02 10:00, who: many, event: Signed Up}]
checks:
  later:
    response: Everybody hears of us two days later.
    activation: Signed Up
    target: Message Received where message = later
    not_before: activation + 48 h
    by: activation + 48 h 5 min
"""
LATER = """
journey: Two days later
purpose: service
trigger: {event: Signed Up}
reentry: once
steps:
  - wait: 48 h
  - {send: later, channel: email}
"""


def test_no_mail_is_lost_of_three_hundred_on_a_busy_machine(tmp_path: Path) -> None:
    scenario = project(tmp_path, MANY, {"later.journey": LATER, "later.message": "message: Later\ntext: Hello.\n"})
    with busy_machine():
        rehearsal = rehearse(scenario, backend="node-red")
    assert rehearsal.as_expected, rehearsal.verdicts[0].reason
    assert len({row.person for row in sent(rehearsal.log)}) == len(sent(rehearsal.log)) == 300
    began = min(row.time for row in rehearsal.log if row.name == "Signed Up")
    assert {row.time for row in sent(rehearsal.log)} == {began + 2 * DAY + STEP}


@pytest.mark.parametrize(
    ("variant", "definition"),
    [
        ("undisturbed", "compiled"),
        ("restarted", "compiled"),
        ("restarted-but-kept-on-disk", "native scenarios/engines/node-red-restart/kept-on-disk.flows.json"),
    ],
)
def test_a_restart_forgets_who_waits_in_a_delay_node(variant: str, definition: str) -> None:
    rehearsal = rehearse(shipped("node-red-restart", variant))
    assert rehearsal.as_expected, rehearsal.result["unexpected"]
    assert [row.data["definition"] for row in rehearsal.log if row.name == "Journeys Published"] == [definition]
    assert [row.person for row in sent(rehearsal.log)] == (["bob"] if variant == "restarted" else ["ada", "bob"])


def test_what_flows_cannot_do_makes_an_incident_unsupported() -> None:
    rehearsal = rehearse(shipped("late-birthday", "one-day-incident"), backend="node-red")
    assert {verdict.outcome for verdict in rehearsal.verdicts} == {"unsupported"}
    assert "trigger.anniversary (fixtures/journeys/birthday.journey.yaml:1)" in rehearsal.verdicts[0].reason


def test_a_wait_that_a_flow_cannot_count_makes_a_scenario_unsupported(tmp_path: Path) -> None:
    files = {"later.journey": LATER.replace("48 h", "1 month"), "later.message": "message: Later\ntext: Hello.\n"}
    rehearsal = rehearse(project(tmp_path, MANY.replace("count: 300", "count: 1"), files), backend="node-red")
    [verdict] = rehearsal.verdicts
    assert verdict.outcome == "unsupported"
    assert "later.journey.yaml:7: Node-RED cannot express a wait of 1 month" in verdict.reason


NATIVE = """
native:
  node-red:
    definition: ours.json
    tell: {Signed Up: {post: "http://127.0.0.1:{port}/signup"}}
"""
LISTENING = '[{"id": "in", "type": "http in", "url": "/signup", "method": "post", "wires": []}]'


def with_flows(folder: Path, flows: str, native: str = NATIVE) -> Scenario:
    """One person signs up, and Node-RED has flows of its own."""
    files = {"later.journey": LATER, "later.message": "message: Later\ntext: Hello.\n", "ours.json": flows}
    return project(folder, MANY.replace("count: 300", "count: 1") + native, files)


@pytest.mark.parametrize(
    ("flows", "native", "told"),
    [
        ("[{]", NATIVE, "ours.json:1:3: these flows are no JSON"),
        ('{"id": 1}', NATIVE, "ours.json:1:1: these are no flows: a file of flows is a list of nodes"),
        (
            LISTENING,
            f"{NATIVE}    settings: {{contxt: disk}}\n",
            "unknown setting 'contxt'. There is 'context: memory'",
        ),
        (LISTENING, NATIVE.replace("post: ", "pots: "), "native node-red: tell.Signed Up"),
        (LISTENING, NATIVE.replace("127.0.0.1", "shop.example"), "does not lead to this machine"),
    ],
)
def test_what_is_wrong_in_flows_of_ones_own_is_told(flows: str, native: str, told: str, tmp_path: Path) -> None:
    scenario = with_flows(tmp_path, flows, native)
    with pytest.raises(JourneyproofError) as caught:
        rehearse(scenario, backend="node-red")
    assert told in str(caught.value)


def test_flows_with_a_node_that_is_not_installed_never_start(tmp_path: Path) -> None:
    scenario = with_flows(tmp_path, '[{"id": "a", "type": "crystal ball", "wires": []}]')
    [verdict] = rehearse(scenario, backend="node-red").verdicts
    assert verdict.outcome == "error"
    assert "node-red was not ready, and never will be" in verdict.reason
    assert "crystal ball" in verdict.reason
