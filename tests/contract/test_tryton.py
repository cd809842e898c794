"""Tryton itself, in its child process: what it sends is what the reference sends, as late as its scheduled tasks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from simulator.backends.tryton.adapter import Tryton, capturing, make
from simulator.backends.tryton.words import CAPABILITIES, EVERY
from simulator.model.data import data_folder
from simulator.model.jsonl import digest
from simulator.model.loading import discover, load
from simulator.model.log import Event, EventLog
from simulator.model.scenarios import Scenario
from simulator.running import Rehearsal, rehearse
from simulator.running.run import run
from simulator.words.clock import HOUR, MINUTE

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("tryton")]


def shipped(name: str, variant: str) -> Scenario:
    """A variant of a shipped scenario."""
    folder = data_folder("scenarios")
    [source] = discover([next(folder.rglob(f"{name}.scenario.yaml"))], folder, None)
    return load(source, variant)


def project(folder: Path, files: Mapping[str, str], variant: str = "as-written") -> Scenario:
    """A variant of the one scenario of a little project, which has these files."""
    place = folder / "scenarios" / "little"
    place.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (place / name).write_text(text, encoding="utf-8")
    [source] = discover(sorted(place.glob("*.scenario.yaml")), data_folder("scenarios"), folder)
    return load(source, variant)


def outcomes(rehearsal: Rehearsal) -> dict[str, str]:
    """Each check with its outcome."""
    return {verdict.name: verdict.outcome for verdict in rehearsal.verdicts}


def named(log: EventLog, name: str) -> list[Event]:
    """The rows of one name."""
    return [row for row in log if row.name == name]


# The shipped incidents.


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("late-birthday", "one-day-incident"),
        ("delayed-delivery", "mis-ticked-flag"),
        ("delayed-delivery", "never-asks-the-dealer"),
    ],
)
def test_an_incident_goes_as_it_is_declared(name: str, variant: str) -> None:
    scenario = shipped(name, variant)
    rehearsal = rehearse(scenario, backend="tryton")
    assert rehearsal.as_expected, rehearsal.result["unexpected"]
    assert rehearsal.outcome == "violated"
    [published] = named(rehearsal.log, "Journeys Published")
    assert published.data == {"of": "tryton", "definition": "compiled"}
    assert outcomes(rehearsal) == outcomes(rehearse(scenario))


def test_what_violates_is_a_mail_that_was_captured() -> None:
    rehearsal = rehearse(shipped("delayed-delivery", "mis-ticked-flag"), backend="tryton")
    [mail] = named(rehearsal.log, "Message Sent")
    assert (mail.data["captured"], mail.data["answered"], mail.data["unresolved"]) == ("c-1", 250, 0)
    assert mail.data["subject"] == "Alberto, come va con la tua nuova auto?"
    assert mail.data["line"] == "fixtures/journeys/survey-by-flag.journey.yaml:6"
    verdicts = {verdict.name: verdict for verdict in rehearsal.verdicts}
    [violation] = verdicts["no-are-you-happy-while-complaining"].violations
    assert violation.activation == mail.id


def test_the_flood_is_unsupported_by_name() -> None:
    rehearsal = rehearse(shipped("contact-flood", "no-cap"), backend="tryton")
    assert set(outcomes(rehearsal).values()) == {"unsupported"}
    reason = rehearsal.verdicts[0].reason
    assert "campaign.journey.yaml:11: Tryton's marketing automation sends e-mail only, and this goes by sms" in reason


# What scenarios, domains, conditions and delays do.

BUSY = """
scenario: All that Tryton can do, at once
organisation: plain
people: [ann, bob, cleo]
starts: 2026-03-02
lasts: 12 days
journeys: [J]
policy: plain
story:
  - {at: 2026-03-02 10:04, who: [ann, bob, cleo], event: Signed Up}
  - {at: 2026-03-02 11:00, who: ann, event: Order Completed, with: {order_id: o-1, item: book, amount: 20 EUR}}
  - {at: 2026-03-02 11:20, who: ann, event: Order Completed, with: {order_id: o-1, item: lamp, amount: 30 EUR}}
  - {at: 2026-03-02 12:00, who: bob, event: Order Completed, with: {order_id: o-2, item: lamp, amount: 14.99 EUR}}
  - {at: 2026-03-02 13:07, who: bob, event: Order Completed, with: {order_id: o-3, amount: 30 USD}}
  - {at: 2026-03-03 09:00, who: bob, event: Consent Withdrawn, with: {channel: email}}
  - {at: 2026-03-03 12:00, who: cleo, event: Complaint Raised, with: {complaint_id: k-1, complaint_status: open}}
  - {at: 2026-03-03 15:01, who: cleo, event: Complaint Closed, with: {complaint_id: k-1, complaint_status: closed}}
  - {at: 2026-03-04 08:00, who: cleo, event: Question Asked, with: {question_id: q-1, needed_by: 2026-03-06 12:00}}
  - {at: 2026-03-04 09:00, who: cleo, event: Question Asked, with: {question_id: q-1, needed_by: 2026-03-07 12:00}}
  - {at: 2026-03-05 10:00, who: ann, event: Signed Up}
  - {at: 2026-03-05 11:00, who: cleo, event: Profile Updated, with: {birth_date: 1985-03-10, first_name: Chloe}}
  - {at: 2026-03-05 12:00, who: cleo, event: Profile Updated, with: {birth_date: 1985-03-09}}
  - {at: 2026-03-06 10:00, who: bob, event: Customer Erased}
  - {at: 2026-03-06 11:00, who: bob, event: Order Completed, with: {order_id: o-4, item: book}}
checks: {sent: {existence: Something is sent., target: Message Sent}}
"""
PEOPLE = """
people: Three
ann:
  name: Ann Example
  birth_date: 1990-03-10
  profiles: [{system: crm, email: ann@example.org, consent: email}]
bob:
  name: Bob Example
  birth_date: 1990-03-05
  profiles: [{system: crm, email: bob@example.org, consent: email}]
cleo:
  name: Cléo d'Aubigné
  lives: {zone: America/Chicago}
  profiles: [{system: crm, email: cleo@example.org}]
"""
SAY = "steps: [{send: said, channel: email}]"
WHERE = {
    "equal": "item = book",
    "other": "item != book",
    "more": "amount > 15 EUR",
    "not-more": "not amount > 15 EUR",
    "one-of": "item in (book, chair)",
    "none-of": "not item in (book, chair)",
    "unknown": "item is unknown",
    "either": "item = lamp or amount = 20 EUR",
    "neither": "not (item = lamp or amount = 20 EUR)",
}
JOURNEYS = {
    **{name: f"purpose: service\ntrigger: {{event: 'Order Completed where {said}'}}\nreentry: always\n{SAY}"
       for name, said in WHERE.items()},
    **{f"if-{name}": f"purpose: service\ntrigger: {{event: Order Completed}}\nif: {said}\nreentry: always\n{SAY}"
       for name, said in WHERE.items()},
    "once": f"purpose: service\ntrigger: {{event: Signed Up}}\n{SAY}",
    "each-order": f"purpose: service\ntrigger: {{event: Order Completed}}\nreentry: once per order_id\n{SAY}",
    "consented": "purpose: marketing\ntrigger: {event: Signed Up}\nreentry: always\nsteps:\n"
    "  - {send: said, channel: email}\n  - wait: 30 h\n  - {send: said, channel: email}",
    "left": "purpose: service\ntrigger: {event: Complaint Raised}\nexit: [Complaint Closed]\nsteps:\n"
    "  - {send: said, channel: email}\n  - wait: 24 h\n  - {send: said, channel: email}",
    "birthday": "purpose: service\ntrigger: {anniversary: customer.birth_date, at: 08:30 local}\n"
    f"reentry: once a year\n{SAY}",
    "needed": f"purpose: service\ntrigger: {{date: question.needed_by, offset: -1 day, at: 09:00 local}}\n"
    f"reentry: once per question_id\n{SAY}",
    "knows": "purpose: service\ntrigger: {event: Order Completed}\nreentry: always\nsteps:\n  - split:\n"
    "      - {if: customer.first_name = Ann and order.item = lamp, then: [{send: said, channel: email}]}\n"
    "      - {if: customer.birth_date < 1990-03-06, then: [{wait: 2 h}, {send: said, channel: email}]}\n"
    "      - else: [{exit: nothing to say}]",
    "gift": "purpose: service\ntrigger: {event: Signed Up}\nsteps: [{send: gift, channel: email, grants: ten}]\n"
    "coupons: {ten: {discount: 10 %, valid: 1 month}}",
}  # fmt: skip
SAID = """
message: What is said
subject: "{{ first_name }}: {{ item }}"
text: "{{ first_name }} ({{ item }}) & more <here>: http://shop.example/"
names: {first_name: customer.first_name, item: order.item}
optional: [item]
"""
GIFT = """
message: A gift
subject: "{{ discount }} % until {{ valid_until }}"
text: "Dear {{ first_name }}"
names: {first_name: customer.first_name, discount: coupon.discount, valid_until: coupon.valid_until}
"""


def busy(folder: Path, names: tuple[str, ...] = tuple(JOURNEYS), days: int = 12) -> Scenario:
    """A scenario with journeys of every kind that Tryton can express, or some of them for some days."""
    journeys = {f"{name}.journey.yaml": f"journey: The {name}\n{JOURNEYS[name]}\n" for name in names}
    mails = {"said.message.yaml": SAID, "gift.message.yaml": GIFT}
    lines = BUSY.replace("[J]", f"[{', '.join(names)}]").replace("12 days", f"{days} days").splitlines()
    last = f"  - {{at: 2026-03-{days + 2:02}"
    kept = [line for line in lines if not line.startswith("  - {at") or line < last]
    return project(folder, {**journeys, **mails, "busy.scenario.yaml": "\n".join(kept), "three.people.yaml": PEOPLE})


def messages(log: EventLog) -> dict[tuple[object, ...], list[int]]:
    """When each message left: by person, journey and all that it says."""
    found: dict[tuple[object, ...], list[int]] = {}
    names = (
        "journey",
        "message",
        "order_id",
        "question_id",
        "complaint_id",
        "first_name",
        "item",
        "discount",
        "valid_until",
    )
    for row in named(log, "Message Sent"):
        found.setdefault((row.person, *(row.data.get(name) for name in names)), []).append(row.time)
    return found


def test_it_sends_what_the_reference_sends_and_never_early(tmp_path: Path) -> None:
    scenario = busy(tmp_path)
    there, here = rehearse(scenario, backend="tryton"), rehearse(scenario)
    assert set(outcomes(there).values()) == {"satisfied"}, there.verdicts[0].reason
    theirs, ours = messages(there.log), messages(here.log)
    assert theirs.keys() == ours.keys()
    assert {key: len(times) for key, times in theirs.items()} == {key: len(times) for key, times in ours.items()}
    assert len(named(there.log, "Message Sent")) > 40
    late = [one - other for key, times in theirs.items() for one, other in zip(times, ours[key], strict=True)]
    # A step that follows another at once waits for the next processing; none here comes after more than one.
    assert min(late) >= 0
    assert max(late) <= CAPABILITIES.granularity_ms
    granted = [{row.data["coupon_id"]: row.data["valid_until"] for row in named(log, "Coupon Granted")}
               for log in (there.log, here.log)]  # fmt: skip
    assert granted[0] == granted[1]
    left = [[(row.person, row.data["journey"]) for row in named(log, "Journey Exited")
             if row.data["reason"] == "Complaint Closed"] for log in (there.log, here.log)]  # fmt: skip
    assert left[0] == left[1] == [("cleo", "left")]


def test_passes_that_are_passed_over_would_have_changed_nothing(tmp_path: Path) -> None:
    scenario = busy(tmp_path, ("consented", "gift"), days=3)
    every_pass = partial(capturing, partial(Tryton, every_pass=True))
    rehearsals = [rehearse(scenario, backend=backend) for backend in (make, make, every_pass)]
    assert {rehearsal.outcome for rehearsal in rehearsals} == {"satisfied"}, rehearsals[0].verdicts[0].reason
    assert len({digest(rehearsal.log) for rehearsal in rehearsals}) == 1


# Segments.

SEGMENT = """
scenario: A segment that opens and closes
organisation:
  organisation: A company with a segment
  calendar: {zone: Europe/Rome}
  systems: [crm, esp]
  automation: esp
  objects:
    customer: {key: person, home: crm, fields: {first_name: text, age: number}}
  links: {crm to esp: {delay: 1 min}}
  channels: {email: {latency: 0 min}}
  segments: {young: customer.age < 45}
people:
  ann: {name: Ann Example, age: 44, profiles: [{system: crm, email: ann@example.org, consent: email}]}
  bob: {name: Bob Example, age: 45, profiles: [{system: crm, email: bob@example.org, consent: email}]}
  cleo: {name: Cleo Example, age: 100, profiles: [{system: crm, email: cleo@example.org, consent: email}]}
  dan:
    name: Dan Example
    lives: {zone: America/Chicago}
    age: 9
    profiles: [{system: crm, email: dan@example.org, consent: email}]
starts: 2026-03-02
lasts: 8 days
journeys: [spring]
policy: plain
story:
  - {at: 2026-03-04 12:34, who: bob, event: Profile Updated, with: {age: 30}}
  - {at: 2026-03-06 00:30, who: cleo, event: Profile Updated, with: {age: 30}}
checks: {sent: {existence: Something is sent., target: Message Sent}}
"""
SPRING = """
journey: An offer in spring
purpose: marketing
trigger: {segment: young, from: 2026-03-03, until: 2026-03-06, at: 10:00 local}
steps: [{send: welcome, channel: email}]
"""


def test_a_segment_is_open_for_its_days_by_the_local_clock(tmp_path: Path) -> None:
    scenario = project(tmp_path, {"segment.scenario.yaml": SEGMENT, "spring.journey.yaml": SPRING})
    there, here = rehearse(scenario, backend="tryton"), rehearse(scenario)
    times = [{row.person: row.time for row in named(log, "Message Sent")} for log in (there.log, here.log)]
    assert times[1].keys() == times[0].keys() == {"ann", "bob", "dan"}
    assert {person: (times[0][person] - at) // MINUTE for person, at in times[1].items()} == {
        "ann": 0,
        "bob": 10,
        "dan": 0,
    }


# Clicks, faults, restarts.

CLICKS = """
scenario: Whoever does not click is reminded
organisation:
  organisation: A company whose customers click
  calendar: {zone: UTC}
  systems: [crm, esp]
  automation: esp
  objects: {customer: {key: person, home: crm, fields: {first_name: text}}}
  links: {crm to esp: {delay: 1 min}}
  channels: {email: {latency: 1 min}}
  behaviour: {opens: 100 %, opens_after: 6 h, clicks: 50 %}
people:
  ann: {name: Ann, profiles: [{system: crm, email: ann@example.org}]}
  all: {like: ann, count: 8, varies: {name: any}}
starts: 2026-03-02
lasts: 5 days
journeys: [look]
policy: no-rules
story: [{at: 2026-03-02 10:00, who: all, event: Signed Up}]
checks:
  reminded: {response: Whoever does not click is reminded., activation: Message Sent where message = look,
    target: Message Sent where message = again, unless: Message Clicked, within: 50 h}
  not-reminded: {not_response: Whoever clicks is not., activation: Message Clicked,
    target: Message Sent where message = again}
"""
LOOK = """
journey: Look
purpose: service
trigger: {event: Signed Up}
steps:
  - {send: look, channel: email}
  - wait_for: Message Clicked where message = look
    at_most: 2 days
    else:
      - {send: again, channel: email}
      - exit: reminded
"""
MAIL = """
message: NAME
subject: "NAME, {{ first_name }}"
text: "Dear {{ first_name }}: https://shop.example/NAME"
names: {first_name: customer.first_name}
"""


def test_a_click_on_a_captured_mail_goes_through_trytons_own_address(tmp_path: Path) -> None:
    mails = {f"{name}.message.yaml": MAIL.replace("NAME", name) for name in ("look", "again")}
    scenario = project(tmp_path, {"clicks.scenario.yaml": CLICKS, "look.journey.yaml": LOOK, **mails})
    # Waiting for a click is the one wait for an event that Tryton knows, so that it does not declare `wait_for`.
    log = run(scenario, make).log
    clicked = {row.person for row in named(log, "Message Clicked") if row.data["message"] == "look"}
    reminded = [row for row in named(log, "Message Sent") if row.data["message"] == "again"]
    assert 0 < len(clicked) < 8
    assert {row.person for row in reminded} == set(scenario.people) - clicked - {"ann"}
    [due] = {row.time for row in reminded}
    [sent] = {row.time for row in named(log, "Message Sent") if row.data["message"] == "look"}
    assert due - sent == 48 * HOUR


@pytest.mark.parametrize(
    ("variant", "reminders"), [("reminder-alone", "all"), ("reminder-and-a-sibling", "the others")]
)
def test_a_reminder_for_those_who_did_not_click(variant: str, reminders: str) -> None:
    scenario = shipped("tryton-not-clicked", variant)
    rehearsal = rehearse(scenario)
    assert rehearsal.as_expected, rehearsal.result["unexpected"]
    readers = set(scenario.people)
    mails = [(row.person, row.data["message"]) for row in named(rehearsal.log, "Message Sent")]
    clicked = {row.person for row in named(rehearsal.log, "Message Clicked") if row.data["message"] == "reading-list"}
    assert clicked
    assert clicked < readers
    expected = readers if reminders == "all" else readers - clicked
    assert sorted(mails) == sorted(
        [*((who, "reading-list") for who in readers), *((who, "reminder") for who in expected)]
    )
    captured = {row.id for row in named(rehearsal.log, "Message Sent") if row.data["captured"]}
    violations = [violation for verdict in rehearsal.verdicts for violation in verdict.violations]
    assert len(violations) == (len(clicked) if reminders == "all" else 0)
    assert all(set(violation.witnesses) <= captured for violation in violations)
    [published] = named(rehearsal.log, "Journeys Published")
    assert str(published.data["definition"]).startswith("native scenarios/engines/tryton-not-clicked/reminder-")


RESTART = """
scenario: Tryton is killed while somebody waits
starts: 2026-03-02
lasts: 4 days
journeys: [later]
policy: no-rules
story: [{at: 2026-03-02 10:00, who: anna, event: Signed Up}]
faults: [{fault: restarted, of: backend, from: 2026-03-03 09:00, until: 2026-03-04 10:20}]
checks: {sent: {existence: Something is sent., target: Message Sent}}
"""
LATER = """
journey: Later
purpose: service
trigger: {event: Signed Up}
steps: [{wait: 24 h}, {send: welcome, channel: email}]
"""


def test_a_wait_survives_a_restart_because_it_stands_in_the_database(tmp_path: Path) -> None:
    scenario = project(tmp_path, {"restart.scenario.yaml": RESTART, "later.journey.yaml": LATER})
    rehearsal = rehearse(scenario, backend="tryton")
    assert rehearsal.outcome == "satisfied", rehearsal.verdicts[0].reason
    [mail] = named(rehearsal.log, "Message Sent")
    # It was due on the third at 10:15, and the machine came back a day later: the first pass is at once.
    assert (mail.time - scenario.start) / MINUTE == 2 * 24 * 60 + 10 * 60 + 20
    assert len(named(rehearsal.log, "Journey Entered")) == 1


BROKEN = """
scenario: A definition with a mistake
backends: [tryton]
native: {tryton: broken.tryton.yaml}
organisation: plain
people: anna
starts: 2026-03-02
lasts: 2 days
story: [{at: 2026-03-02 10:00, who: anna, event: Signed Up}]
checks: {sent: {existence: Something is sent., target: Message Sent}}
"""
DEFINED = """
tryton: One mail
scenarios:
  - scenario: One
    domain: '[["facts", "where", [["name", "=", "Signed Up"]]]]'
    activities:
      - {name: first, action: send_email, email_title: One, email_template: "TEMPLATE"}
"""


@pytest.mark.parametrize(
    ("template", "outcome", "said"),
    [
        ("<p>${record.nothing_like_it}</p>", "error", "nothing_like_it"),
        ("<p>not closed", "unsupported", "Tryton refuses the activity 'first'"),
    ],
)
def test_what_tryton_itself_refuses_is_told(template: str, outcome: str, said: str, tmp_path: Path) -> None:
    files = {"broken.scenario.yaml": BROKEN, "broken.tryton.yaml": DEFINED.replace("TEMPLATE", template)}
    rehearsal = rehearse(project(tmp_path, files))
    assert set(outcomes(rehearsal).values()) == {outcome}
    assert said in rehearsal.verdicts[0].reason


def test_a_mail_that_nobody_knows_is_an_event_of_its_own(tmp_path: Path) -> None:
    files = {"broken.scenario.yaml": BROKEN, "broken.tryton.yaml": DEFINED.replace("TEMPLATE", "<p>Hello</p>")}
    rehearsal = rehearse(project(tmp_path, files))
    [mail] = named(rehearsal.log, "Message Unrecognised")
    assert (mail.person, mail.data["subject"]) == ("anna", "One")
    assert EVERY == 15
