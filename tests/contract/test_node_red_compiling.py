"""Journeys as flows of Node-RED: what is written down, and what is refused by its line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest

from simulator.backends.node_red.compiling import compiled
from simulator.backends.node_red.finding import installed, node_modules, node_red_version
from simulator.backends.node_red.scripting import condition_js, template_js
from simulator.model.conditions import parse_condition
from simulator.model.data import data_folder
from simulator.model.loading import discover, load
from simulator.model.scenarios import Scenario
from simulator.words.clock import DAY, MINUTE, Duration, add, parse_instant, zone
from simulator.words.errors import ExpressionError, NotInstalled, Unsupported

LIBRARY = Path(__file__).parents[2] / "simulator" / "backends" / "node_red" / "journeys.js"

SCENARIO = """
scenario: One journey
people: anna
starts: 2026-03-02
lasts: 1 day
journeys: [ours]
policy: ours
story: [{at: 2026-03-02 10:00, who: anna, event: Signed Up}]
checks: {greeted: {existence: Somebody is greeted., target: Message Received}}
"""
JOURNEY = """
journey: Ours
purpose: service
trigger: {event: Order Completed where item != sofa}
reentry: once per order_id
exit: [Complaint Raised]
steps:
  - wait: 2 days 3 h
  - split:
      - if: order.item in (lamp, chair) and customer.first_name is known
        then:
          - {send: hello, channel: email}
      - else:
          - {exit: nothing to say}
  - {send: hello, channel: sms}
"""
MESSAGE = """
message: Hello
subject: "{{ first_name }}, hello"
text: |
  Hello {{ first_name }}{% if item %}, {{ item }}{% else %}!{% endif %}
names: {first_name: customer.first_name, item: order.item}
"""
POLICY = "policy: Ours\nconsent: {needed_for: [service], checked: at sending}\n"


def scenario(folder: Path, journey: str = JOURNEY, policy: str = POLICY, message: str = MESSAGE) -> Scenario:
    """A scenario with one journey."""
    home = folder / "scenarios" / "one"
    home.mkdir(parents=True)
    files = {"one.scenario": SCENARIO, "ours.journey": journey, "ours.policy": policy, "hello.message": message}
    for name, text in files.items():
        (home / f"{name}.yaml").write_text(text, encoding="utf-8")
    [source] = discover([home], data_folder("scenarios"), folder)
    return load(source, source.variants[0])


def in_node(program: str, *words: Any) -> Any:
    """What a program in JavaScript makes of some words, as JSON."""
    code = f"const j = require({json.dumps(str(LIBRARY))}); const words = {json.dumps(words)};"
    done = subprocess.run(
        ["node", "-"], input=f"{code} {program}", capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


def test_a_journey_is_a_tab_of_ordinary_nodes(tmp_path: Path) -> None:
    flows = compiled(scenario(tmp_path).briefing)
    tab = [node for node in flows if node.get("z") == "j0"]
    kinds = {node["type"] for node in tab}
    assert kinds == {"link in", "function", "delay", "e-mail", "http request"}
    ids = [node["id"] for node in flows]
    assert len(ids) == len(set(ids))
    wires = {wire for node in flows for output in node.get("wires", []) for wire in output}
    assert wires <= set(ids)
    [mail] = [node for node in tab if node["type"] == "e-mail"]
    assert (mail["server"], mail["port"]) == ("${JOURNEYPROOF_SMTP_HOST}", "${JOURNEYPROOF_SMTP_PORT}")
    assert compiled(scenario(tmp_path / "again").briefing) == flows


@pytest.mark.parametrize(
    ("part", "instead", "line", "told"),
    [
        ("{event: Order Completed where item != sofa}", "{anniversary: customer.birth_date, at: 08:00 local}", 2,
         "the trigger 'anniversary': a flow begins with an event"),
        ("where item != sofa", "where amount > 20 EUR", 2, "a comparison with '20 EUR'"),
        ("where item != sofa", "where today > 2026-01-01", 2, "'today' in a condition"),
        ("event: Order Completed where item != sofa", "event: Message Sent", 2, "'Message Sent' as something to"),
        ("once per order_id", "once a year", 2, "re-entry 'once a year'"),
        ("exit: [Complaint Raised]", "goal: Coupon Redeemed", 2, "the goal 'Coupon Redeemed'"),
        ("exit: [Complaint Raised]", "holdout: 10 %", 2, "a holdout"),
        ("exit: [Complaint Raised]", "priority: 3", 2, "a priority"),
        ("- wait: 2 days 3 h", "- wait: 1 month", 8, "a wait of 1 month"),
        ("- wait: 2 days 3 h", "- wait: 3 working days", 8, "a wait of 3 working days"),
        ("- wait: 2 days 3 h", "- wait_until: 08:00 local on next day", 8, "waiting until '08:00 local on next day'"),
        ("- wait: 2 days 3 h", "- {wait_for: Coupon Redeemed, at_most: 2 days}", 8, "waiting for 'Coupon Redeemed'"),
        ("- wait: 2 days 3 h", "- {command: look, to: crm}", 8, "the command 'look'"),
        ("- wait: 2 days 3 h", "- goal: Half way", 8, "the goal 'Half way'"),
        ("if: order.item in (lamp, chair) and customer.first_name is known", "share: 40 %", None, None),
    ],
)  # fmt: skip
def test_what_cannot_be_a_flow_is_refused_by_its_line(
    part: str, instead: str, line: int | None, told: str | None, tmp_path: Path
) -> None:
    journey = JOURNEY.replace(part, instead, 1)
    if told is None or line is None:
        journey = journey.replace("      - else:", "      - share: 60 %\n        then:")
        line, told = 9, "a split by share"
    with pytest.raises(Unsupported) as caught:
        compiled(scenario(tmp_path, journey).briefing)
    [refusal] = caught.value.refusals
    assert refusal.line.endswith(f"ours.journey.yaml:{line}")
    assert refusal.sentence.startswith("Node-RED cannot express ")
    assert told in refusal.sentence


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("caps: {weekly: {limit: 3, window: 7 days rolling}}", "the cap 'weekly' of the policy"),
        ("quiet_hours: {from: 21:00, until: 08:00}", "the quiet hours of the policy"),
        ("suppress: {open: {purpose: [service], while: complaint.complaint_status = open}}", "the suppression 'open'"),
        ("coherence: {same: product, differs: stance, window: 7 days rolling}", "the coherence of the policy"),
        ("plan_windows: enforced", "the windows of the plan of the policy"),
        ("consent: {needed_for: [service], checked: at scheduling}", "the consent looked up at scheduling"),
    ],
)
def test_rules_that_look_beyond_one_flow_are_refused(rule: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(Unsupported) as caught:
        compiled(scenario(tmp_path, policy=f"policy: Ours\n{rule}\n").briefing)
    assert told in str(caught.value)


def test_a_template_with_more_than_names_and_ifs_is_refused_where_it_is_sent(tmp_path: Path) -> None:
    message = MESSAGE.replace("hello", "{{ item | upcase }}", 1)
    with pytest.raises(Unsupported) as caught:
        compiled(scenario(tmp_path, message=message).briefing)
    lines = [refusal.line.rpartition(":")[2] for refusal in caught.value.refusals]
    assert lines == ["12", "15"]
    assert "(message 'hello')" in caught.value.refusals[0].sentence


CONDITIONS = {
    "item = lamp": True,
    "item != lamp": False,
    "not item = lamp": False,
    "nothing = lamp": None,
    "not nothing = lamp": None,
    "nothing = lamp or item = lamp": True,
    "nothing = lamp and item = sofa": False,
    "nothing = lamp and item = lamp": None,
    "item in (sofa, lamp)": True,
    "count > 2 and count <= 3": True,
    "share >= 30 %": True,
    "paid = true": True,
    "nothing is unknown and item is known": True,
    'item contains "am"': True,
    "item = order.item": True,
    'text = "it\'s \\"so\\""': True,
}


@pytest.mark.engine
def test_conditions_answer_in_javascript_as_they_do_here() -> None:
    tests = [f"(of) => {condition_js(parse_condition(text))}" for text in CONDITIONS]
    facts = {"item": "lamp", "count": 3, "share": 30.0, "paid": True, "order.item": "lamp", "text": 'it\'s "so"'}
    program = f"const of = (...path) => words[0][path.join('.')]; console.log(JSON.stringify([{', '.join(tests)}]"
    assert in_node(f"{program}.map((test) => test(of))))", facts) == list(CONDITIONS.values())


@pytest.mark.engine
@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("Dear {{ name }}, `${1}` \\ \"'", "Dear Žofie, `${1}` \\ \"'"),
        ("{% if name %}{{ name }}{% if gone %}!{% else %}?{% endif %}{% else %}nobody{% endif %}.", "Žofie?."),
        ("{{gone}}{% if gone %}there{% endif %}", ""),
        ("two\nlines", "two\nlines"),
    ],
)
def test_templates_show_in_javascript_what_they_show_here(template: str, shown: str) -> None:
    program = f"const v = words[0]; console.log(JSON.stringify({template_js(template)}))"
    assert in_node(program, {"name": "Žofie"}) == shown


@pytest.mark.parametrize(
    "template",
    ["{{ a.b }}", "{{ a | upcase }}", "{% for a in b %}{% endfor %}", "{% if a %}", "{% endif %}", "{%- if a %}"],
)  # fmt: skip
def test_templates_of_other_words_are_refused(template: str) -> None:
    with pytest.raises(ExpressionError):
        template_js(template)


ZONES = [
    "UTC",
    "Europe/Rome",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Pacific/Apia",
]


@pytest.mark.engine
def test_a_day_later_is_the_same_instant_as_here() -> None:
    drawn = Random(2026)
    first, last = parse_instant("2010-01-01", zone("UTC")), parse_instant("2030-01-01", zone("UTC"))
    cases = [(drawn.randint(first, last), drawn.randint(0, 40), drawn.choice(ZONES)) for _ in range(2_000)]
    # Closer, a day before the clocks of each zone change.
    for where in ZONES:
        changes = [at for at in zone(where).starts if first < at < last]
        cases += [(at - DAY + minute * MINUTE, 1, where) for at in changes for minute in range(-90, 150, 7)]
    found = in_node("console.log(JSON.stringify(words[0].map(([ms, days, zone]) => j.addDays(ms, days, zone))))", cases)
    assert found == [add(ms, Duration(days=days), zone(where)) for ms, days, where in cases]


@pytest.mark.engine
def test_node_red_is_found_where_a_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = installed()
    monkeypatch.setenv("JOURNEYPROOF_NODE_RED", str(here))
    assert node_modules() == here
    assert node_red_version() == "4.1.15"
    monkeypatch.setenv("JOURNEYPROOF_NODE_RED", str(tmp_path))
    assert node_red_version() is None
    with pytest.raises(NotInstalled, match=r"node-red and node-red-node-email are not there.*npm install"):
        installed()
