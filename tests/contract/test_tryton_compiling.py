"""Journeys compiled for Tryton: what they become, and the line of everything that is refused. No Tryton runs here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from simulator.backends.tryton.compile import compiled
from simulator.backends.tryton.definitions import Activity, Definition, Scenario, read_native
from simulator.backends.tryton.occasions import occasions
from simulator.backends.tryton.templates import template_of, title_of
from simulator.model.data import data_folder
from simulator.model.loading import discover, load
from simulator.model.messages import Message
from simulator.model.scenarios import Scenario as Loaded
from simulator.words.clock import parse_instant, zone
from simulator.words.errors import InvalidDocuments, Unsupported

SCENARIO = """
scenario: One journey
organisation: {organisation}
people: {people}
starts: 2026-03-02
lasts: 60 days
journeys: [tried]
policy: {policy}
checks: {{sent: {{existence: Something is sent., target: Message Sent}}}}
"""
PEOPLE = """
people: A few
ann:
  name: Ann Example
  lives: {{zone: {zone}}}
  profiles: [{{system: crm, email: ann@example.org, consent: email}}]
"""
JOURNEY = """journey: Tried
purpose: marketing
trigger: {event: Signed Up}
"""
WELCOME = "steps: [{send: welcome, channel: email}]"


def project(
    folder: Path, journey: str, *, policy: str = "no-rules", organisation: str = "plain", zone: str = "UTC"
) -> Loaded:
    place = folder / "scenarios" / "tried"
    place.mkdir(parents=True)
    files = {
        "tried.scenario.yaml": SCENARIO.format(organisation=organisation, people="few", policy=policy),
        "few.people.yaml": PEOPLE.format(zone=zone),
        "tried.journey.yaml": journey,
    }
    for name, text in files.items():
        (place / name).write_text(text, encoding="utf-8")
    [source] = discover([place / "tried.scenario.yaml"], data_folder("scenarios"), folder)
    return load(source, source.variants[0])


def definition(folder: Path, journey: str, **options: str) -> Definition:
    loaded = project(folder, journey, **options)
    return compiled(loaded.briefing, loaded.start)


def refusals(folder: Path, journey: str, **options: str) -> list[tuple[int, str]]:
    """The line in the journey's file, and the sentence, of each refusal."""
    with pytest.raises(Unsupported) as refused:
        definition(folder, journey, **options)
    found = []
    for refusal in refused.value.refusals:
        file, _, line = refusal.line.rpartition(":")
        assert file == "scenarios/tried/tried.journey.yaml"
        found.append((int(line), refusal.sentence))
    return found


FIRST = "steps:\n  - {send: welcome, channel: email}\n"
THEN = "  - {send: welcome, channel: email}"
CLICKED = "  - {wait_for: Message Clicked where message = welcome, at_most: 24 h}\n"
SHARES = "steps:\n  - split:\n      - {share: 50 %, then: [{send: welcome, channel: email}]}\n      - {share: 50 %}"
REFUSED = {
    "wait-until": (f"steps:\n  - wait_until: 08:00 local on birthday\n{THEN}", 5, "fixed length"),
    "command": (f"{FIRST}  - {{command: look, to: crm}}", 6, "cannot ask 'crm'"),
    "goal-step": (f"steps:\n  - goal: happy\n{THEN}", 5, "no goal such as 'happy'"),
    "goal": (f"goal: Order Completed\n{WELCOME}", 1, "have no goal"),
    "holdout": (f"holdout: 10 %\n{WELCOME}", 1, "draws nobody into a holdout"),
    "sms": ("steps:\n  - {send: welcome, channel: sms}", 5, "sends e-mail only, and this goes by sms"),
    "share": (SHARES, 5, "draws no shares"),
    "event": (f"steps:\n  - {{wait_for: Order Completed, at_most: 24 h}}\n{THEN}", 5, "an e-mail's opening or click"),
    "click-far-from-its-mail": (f"{FIRST}  - wait: 24 h\n{CLICKED}{THEN}", 7, "right below the send"),
    "click-without-a-link": (f"{FIRST}{CLICKED}{THEN}", 6, "has no link that could be clicked"),
    "month": (f"steps:\n  - wait: 1 month\n{THEN}", 5, "have a fixed length"),
    "working-days": (f"steps:\n  - wait: 3 working days\n{THEN}", 5, "have a fixed length"),
    "after-exit": (f"reentry: after exit\n{WELCOME}", 1, "cannot count re-entry 'after exit'"),
    "once-a-year": (f"reentry: once a year\n{WELCOME}", 1, "cannot count re-entry 'once a year'"),
    "if-asked-again": (f"if: customer.first_name = Ann\n{WELCOME}", 1, "again each hour"),
    "exit-of-its-own": (f"exit: [Coupon Granted]\n{WELCOME}", 1, "do not hear of each other"),
    "exit-by-name": (f"exit: [Signed Up where customer.first_name = Ann]\n{WELCOME}", 1, "no field of the event"),
}


@pytest.mark.parametrize(("steps", "line", "said"), REFUSED.values(), ids=REFUSED)
def test_what_tryton_cannot_express_is_refused_by_its_line(steps: str, line: int, said: str, tmp_path: Path) -> None:
    found = refusals(tmp_path, f"{JOURNEY}{steps}\n")
    assert [(number, said in sentence) for number, sentence in found] == [(line, True)]


TRIGGERS = {
    "own-event": ("{event: Message Sent}", "reentry: always", "do not hear of each other"),
    "text-search": ('{event: Order Completed where item contains "ook"}', "reentry: always", "capitals for small"),
    "two-fields": ("{event: Question Asked where needed_by < now}", "reentry: always", "asks what time it is"),
    "later-knowledge": ("{event: Order Completed where customer.first_name = Ann}", "", "may change later"),
    "people-by-things": ("{date: question.needed_by, at: 09:00 local}", "reentry: once", "counts people"),
    "key-of-another": (
        "{date: question.needed_by, at: 09:00 local}",
        "reentry: once per order_id",
        "cannot be counted",
    ),
}


@pytest.mark.parametrize(("trigger", "reentry", "said"), TRIGGERS.values(), ids=TRIGGERS)
def test_a_trigger_that_tryton_cannot_search_by_is_refused(
    trigger: str, reentry: str, said: str, tmp_path: Path
) -> None:
    found = refusals(tmp_path, f"journey: Tried\npurpose: service\ntrigger: {trigger}\n{reentry}\n{WELCOME}\n")
    assert [(number, said in sentence) for number, sentence in found] == [(1, True)]


RULES = {
    "caps": "caps: {weekly: {limit: 3, window: 7 days rolling}}",
    "quiet hours": "quiet_hours: {from: 21:00, until: 08:00}",
    "suppression": "suppress: {complaints: {purpose: [marketing], while: complaint.complaint_status = open}}",
    "consent up at scheduling": "consent: {needed_for: [marketing], checked: at scheduling}",
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_of_contact_is_refused_at_the_message_that_it_holds_back(rule: str, tmp_path: Path) -> None:
    steps = "steps:\n  - {send: welcome, channel: email, purpose: service}\n  - {send: welcome, channel: email}\n"
    policy = f"{{policy: One rule, {RULES[rule]}}}"
    lines = [number for number, _ in refusals(tmp_path, JOURNEY + steps, policy=policy)]
    # A cap and quiet hours concern every message, the others marketing alone.
    assert lines == ([5, 6] if rule in ("caps", "quiet hours") else [6])


def test_everything_that_is_refused_is_told_at_once(tmp_path: Path) -> None:
    push, sms = ("  - {send: welcome, channel: " + channel + "}\n" for channel in ("push", "sms"))
    steps = f"steps:\n{push}  - wait: 1 year\n  - goal: happy\n{sms}"
    assert [number for number, _ in refusals(tmp_path, f"{JOURNEY}{steps}")] == [5, 6, 7, 8]


def test_days_are_refused_where_a_clock_changes(tmp_path: Path) -> None:
    steps = "steps:\n  - wait: 2 days\n  - {send: welcome, channel: email}\n"
    [(line, sentence)] = refusals(tmp_path / "rome", JOURNEY + steps, zone="Europe/Rome")
    assert (line, "on 2026-03-29 the clocks of Europe/Rome change. Write '48 h'" in sentence) == (5, True)
    [scenario] = definition(tmp_path / "utc", JOURNEY + steps).scenarios
    [exact] = definition(tmp_path / "exact", JOURNEY + steps.replace("2 days", "48 h"), zone="Europe/Rome").scenarios
    assert scenario.activities[0].delay_ms == exact.activities[0].delay_ms == 48 * 3_600_000


def test_linked_rows_are_refused_where_people_are_counted() -> None:
    [source] = [
        source
        for source in discover(["contact-flood"], data_folder("scenarios"), None)
        if "one-woman-three-rows" in source.variants
    ]
    loaded = load(source, "one-woman-three-rows")
    with pytest.raises(Unsupported, match="to Tryton each is a party of its own") as refused:
        compiled(loaded.briefing, loaded.start)
    said = str(refused.value)
    assert "fixtures/journeys/campaign.journey.yaml:11" in said
    assert "this goes by sms" in said
    assert "the policy's cap 'weekly' counts this message" in said
    assert "the policy's coherence concerns this message" in said


# What journeys become.


def only(found: Definition) -> Scenario:
    [scenario] = found.scenarios
    return scenario


def chain(activity: Activity) -> list[tuple[str, str | None, int]]:
    """An activity and those below it, first children first: message, event, delay in hours."""
    below = [each for child in activity.children for each in chain(child)]
    return [(activity.message, activity.on, activity.delay_ms // 3_600_000), *below]


def test_a_journey_becomes_a_scenario_with_its_activities_below_each_other(tmp_path: Path) -> None:
    steps = f"{FIRST}  - wait: 24 h\n  - wait: 24 h\n{THEN}\n"
    scenario = only(definition(tmp_path, JOURNEY + steps, policy="plain"))
    assert (scenario.model, scenario.line) == ("party.party", "scenarios/tried/tried.journey.yaml:1")
    assert json.loads(scenario.domain) == [["facts", "where", [["name", "=", "Signed Up"]]]]
    [first] = scenario.activities
    assert chain(first) == [("welcome", None, 0), ("welcome", None, 48)]
    assert [each.line.rpartition(":")[2] for each in (first, *first.children)] == ["5", "8"]
    assert "email_consent" in first.condition
    assert first.title == "Welcome, ${said('first_name')}"


@pytest.mark.parametrize(
    ("reentry", "model"),
    [("always", "journeyproof.fact"), ("once", "party.party"), ("once per order_id", "journeyproof.thing")],
)
def test_what_a_scenario_is_about_follows_from_the_re_entry(reentry: str, model: str, tmp_path: Path) -> None:
    journey = f"journey: Tried\npurpose: service\ntrigger: {{event: Order Completed}}\nreentry: {reentry}\n{WELCOME}\n"
    assert only(definition(tmp_path, journey)).model == model


def test_a_click_has_the_contrary_beside_it(tmp_path: Path) -> None:
    (tmp_path / "scenarios" / "tried").mkdir(parents=True)
    text = 'message: Look\nsubject: Look\ntext: "Look at https://shop.example/{{ first_name }}!"\n'
    message = tmp_path / "scenarios" / "tried" / "look.message.yaml"
    message.write_text(f"{text}names: {{first_name: customer.first_name}}\n", encoding="utf-8")
    steps = (
        "steps:\n  - {send: look, channel: email}\n"
        "  - wait_for: Message Clicked where message = look\n    at_most: 48 h\n    else:\n"
        "      - {send: welcome, channel: email}\n      - exit: reminded\n"
    )
    loaded = _loaded(tmp_path, JOURNEY + steps)
    [activity] = only(compiled(loaded.briefing, loaded.start)).activities
    assert "href=\"https://shop.example/${said('first_name')}\"" in activity.template
    # Without the activity that does nothing, Tryton would remind those who have clicked as well.
    assert [(each.message, each.on, each.delay_ms // 3_600_000) for each in activity.children] == [
        ("", "email_clicked", 0),
        ("welcome", "email_clicked_not", 48),
    ]


def _loaded(folder: Path, journey: str) -> Loaded:
    place = folder / "scenarios" / "tried"
    (place / "tried.scenario.yaml").write_text(
        SCENARIO.format(organisation="plain", people="few", policy="no-rules"), encoding="utf-8"
    )
    (place / "few.people.yaml").write_text(PEOPLE.format(zone="UTC"), encoding="utf-8")
    (place / "tried.journey.yaml").write_text(journey, encoding="utf-8")
    [source] = discover([place / "tried.scenario.yaml"], data_folder("scenarios"), folder)
    return load(source, source.variants[0])


def test_a_split_becomes_siblings_whose_conditions_exclude_each_other(tmp_path: Path) -> None:
    steps = (
        "steps:\n  - split:\n      - if: customer.first_name = Ann\n        then: [{send: welcome, channel: email}]\n"
        "      - if: customer.first_name is known\n        then: [{wait: 24 h}]\n      - else: [{exit: nobody}]\n"
        "  - {send: welcome, channel: email}\n"
    )
    activities = only(definition(tmp_path, JOURNEY + steps)).activities
    assert [chain(activity) for activity in activities] == [
        [("welcome", None, 0), ("welcome", None, 0)],
        [("", None, 0), ("welcome", None, 24)],
    ]
    assert [activity.condition.count('"Not"') for activity in activities] == [0, 1]


# Messages.


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("Plain", "Plain"),
        ("Costs $5, {{ name }}", "Costs $$5, ${said('name')}"),
        ("# {{ name }}", "\\# ${said('name')}"),
        ("{% if a %}A {{ a }}{% else %}B's{% endif %} car", "${('A ' + said('a') if knows('a') else \"B's\")} car"),
    ],
)
def test_a_subject_becomes_a_text_template(subject: str, title: str) -> None:
    assert title_of(Message(message="One", subject=subject, text="x")) == title


def test_a_text_becomes_markup_that_ends_with_the_reference() -> None:
    text = "Dear {{ name }},\nsee <here>: https://shop.example/a?b=1&c={{ name }}.\n{% if x %}X{% endif %}"
    markup = template_of(Message(message="One", text=text))
    assert "Dear ${said('name')},<br/>" in markup
    assert "see &lt;here&gt;" in markup
    assert "<a href=\"https://shop.example/a?b=1&amp;c=${said('name')}\">" in markup
    assert "<py:if test=\"knows('x')\">X</py:if>" in markup
    assert re.search(r"\$\{reference\(\)\}</p></body></html>$", markup)


def test_html_keeps_its_form() -> None:
    html = "<html><head><title>x</title></head><body><a href='https://shop.example'>{{ name }} $1</a></body></html>"
    markup = template_of(Message(message="One", text="", html=html))
    assert "<a href='https://shop.example'>${said('name')} $$1</a><p" in markup
    assert markup.startswith('<html xmlns:py="http://genshi.edgewall.org/"><head>')


@pytest.mark.parametrize(
    "text", ["{{ name | upcase }}", "{% for x in name %}x{% endfor %}", "{% unless a %}x{% endunless %}"]
)
def test_liquid_beyond_names_is_refused_at_the_send(text: str, tmp_path: Path) -> None:
    place = tmp_path / "scenarios" / "tried"
    place.mkdir(parents=True)
    names = "names: {name: customer.first_name, a: customer.birth_date}"
    (place / "odd.message.yaml").write_text(f'message: Odd\nsubject: Odd\ntext: "{text}"\n{names}\n', encoding="utf-8")
    loaded = _loaded(tmp_path, f"{JOURNEY}steps:\n  - {{send: odd, channel: email}}\n")
    with pytest.raises(Unsupported, match=r"tried.journey.yaml:5: Tryton cannot write the message 'odd': it uses"):
        compiled(loaded.briefing, loaded.start)


# Occasions.


def dues(folder: Path, trigger: str, value: Any, where: str, since: str) -> list[tuple[str, int]]:
    loaded = project(folder, f"journey: Tried\npurpose: service\ntrigger: {trigger}\nreentry: always\n{WELCOME}\n")
    calendar = only(compiled(loaded.briefing, loaded.start)).calendar
    assert calendar is not None
    utc = zone("UTC")
    found = occasions(calendar, value, zone(where), loaded.briefing, parse_instant(since, utc))
    return [(f"{utc.local_date(due)} {utc.local_time_ms(due) // 60_000}", year) for due, year in found]


def test_an_anniversary_comes_each_year_at_the_local_time(tmp_path: Path) -> None:
    trigger = "{anniversary: customer.birth_date, offset: -15 days, at: 09:00 local}"
    # On 5 April the clocks of Rome have changed, two weeks before they have not.
    found = dues(tmp_path, trigger, "1980-04-05", "Europe/Rome", "2026-03-02 00:00")
    assert found == [("2026-03-21 480", 2026)]
    assert dues(tmp_path / "past", trigger, "1980-04-05", "Europe/Rome", "2026-03-22 00:00") == []
    assert dues(tmp_path / "young", trigger, "2026-04-05", "Europe/Rome", "2026-03-02 00:00") == []


def test_a_date_comes_once_and_an_instant_counts_as_its_local_day(tmp_path: Path) -> None:
    trigger = "{date: question.needed_by, offset: 1 day, at: 09:00 local}"
    late = parse_instant("2026-03-10 23:30", zone("UTC"))
    assert dues(tmp_path, trigger, late, "Europe/Rome", "2026-03-02 00:00") == [("2026-03-12 480", 2026)]


# Native definitions.


def test_a_native_definition_is_read_by_its_fields() -> None:
    text = """
tryton: Two mails
scenarios:
  - scenario: S
    domain: '[["contact_mechanisms", "!=", null]]'
    unsubscribable: true
    activities:
      - name: a
        action: send_email
        email_title: T
        email_template: <p/>
        children: [{name: b, on: email_clicked_not, delay: 2 days}]
"""
    scenario = only(read_native(text, "s.tryton.yaml"))
    assert (scenario.model, scenario.unsubscribable) == ("party.party", True)
    assert chain(scenario.activities[0]) == [("", None, 0), ("", "email_clicked_not", 48)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tryton: x\nscenarios: []", "s.tryton.yaml:2:12"),
        ("tryton: x\nscenarios: [{scenario: S, activities: [{nam: a}]}]", "did you mean 'name'"),
        ("tryton: x\nscenarios: [{scenario: S, model: sale.sale, activities: [{name: a}]}]", "sale.sale"),
        ("tryton: x\nscenarios: [{scenario: S, activities: [{name: a, action: send_email}]}]", "needs a title and"),
        ("tryton: x\nscenarios: [{scenario: S, activities: [{name: a, delay: 1 month}]}]", "Tryton counts days"),
    ],
)  # fmt: skip
def test_a_native_definition_that_is_wrong_is_told_by_its_place(text: str, said: str) -> None:
    with pytest.raises(InvalidDocuments) as invalid:
        read_native(text, "s.tryton.yaml")
    assert said in str(invalid.value)
