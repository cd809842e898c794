"""A message with html and a layout leaves every engine whole and is recognised; what one cannot write it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from simulator.backends import apscheduler, celery
from simulator.backends.protocol import Factory
from simulator.backends.tryton.conditions import CannotSay
from simulator.backends.tryton.templates import template_of, title_of
from simulator.model.data import data_folder
from simulator.model.loading import discover, load
from simulator.model.messages import Layout, Message
from simulator.model.scenarios import Scenario
from simulator.running.rehearsal import Rehearsal, rehearse

ENGINES: Mapping[str, str | Factory] = {
    "celery": celery.make, "apscheduler": apscheduler.make, "tryton": "tryton", "node-red": "node-red",
}  # fmt: skip
SCENARIO = """
scenario: A mail with a layout
starts: 2026-03-02
lasts: 3 days
journeys: [hello]
story: [{at: 2026-03-02 10:00, who: anyone, event: Signed Up}]
checks: {greeted: {existence: Somebody is greeted., target: Message Received}}
"""
JOURNEY = """journey: Hello
purpose: service
trigger: {event: Signed Up}
steps:
  - {send: hello, channel: email}
"""
MESSAGE = """message: Hello
lang: fr
subject: "Bonjour & bienvenue, {{ first_name }}"
preheader: "Pour {{ first_name }} < vous"
layout: frame
html: |
  <p>Bonjour <b>{{ first_name }}</b>, 5 $ <br> &nbsp;{% if first_name %}oui{% else %}non{% endif %}</p>
  <p><a href="{{ links.shop }}">Voir</a></p>
links: {shop: "https://shop.example/?a=1&n={{ first_name }}"}
names: {first_name: customer.first_name}
"""
FRAME = """layout: Frame
html: |
  <!doctype html>
  <html lang="{{ lang }}" dir="{{ dir }}"><head><meta charset="utf-8"><title>{{ subject }}</title>
  <style>p > b { color: red }</style></head>
  <body><div style="display:none">{{ preheader }}</div>{{ content }}<hr></body></html>
"""


def framed(folder: Path, message: str = MESSAGE, journey: str = JOURNEY) -> Scenario:
    home = folder / "scenarios" / "hello"
    home.mkdir(parents=True)
    files = {"hello.scenario": SCENARIO, "hello.journey": journey, "hello.message": message, "frame.layout": FRAME}
    for name, text in files.items():
        (home / f"{name}.yaml").write_text(text, encoding="utf-8")
    [source] = discover([home], data_folder("scenarios"), folder)
    return load(source, source.variants[0])


def sent(rehearsal: Rehearsal) -> list[dict[str, object]]:
    names = ("message", "first_name", "purpose", "line", "unresolved", "journey")
    rows = [row for row in rehearsal.log if row.name == "Message Sent"]
    return [{name: row.data.get(name) for name in names} for row in rows]


@pytest.mark.engine
@pytest.mark.parametrize("engine", ENGINES)
def test_a_framed_message_is_recognised_by_what_it_says(engine: str, tmp_path: Path) -> None:
    scenario = framed(tmp_path)
    here, there = rehearse(scenario, backend="reference"), rehearse(scenario, backend=ENGINES[engine])
    assert there.as_expected, there.result["unexpected"]
    assert sent(there) == sent(here)
    [mail] = [row for row in there.log if row.name == "Message Sent"]
    assert mail.data["subject"] == f"Bonjour & bienvenue, {mail.data['first_name']}"
    assert int(str(mail.data["links"])) >= 1
    shown = [message for exhibit in there.result["exhibits"] for message in exhibit["messages"]]
    assert [message["layout"] for message in shown] == ["frame"]


@pytest.mark.engine
@pytest.mark.parametrize(
    ("engine", "text", "refused"),
    [
        ("node-red", "{{ birth_date }}", "the date 'birth_date' of the message 'hello'"),
        ("node-red", "{{ first_name | upcase }}", "names and plain 'if' alone"),
        ("tryton", "{{ first_name | upcase }}", "only '{{ name }}' and '{% if name %}'"),
        ("tryton", "<!-- {{ first_name }} -->", "Liquid in a comment"),
        ("tryton", "<p {% if first_name %}class='a'{% endif %}>a</p>", "Liquid among the attributes"),
        ("tryton", "<b>a", "Genshi cannot read"),
        ("django", "{{ first_name }}", "no text of its own"),
    ],
)
def test_what_an_engine_cannot_write_is_refused_at_its_line(
    engine: str, text: str, refused: str, tmp_path: Path
) -> None:
    names = "names: {first_name: customer.first_name, birth_date: customer.birth_date}\n"
    rehearsal = rehearse(framed(tmp_path, f'message: Hello\nsubject: Hello\nhtml: "{text}"\n{names}'), backend=engine)
    [said] = {verdict.reason for verdict in rehearsal.verdicts}
    assert refused in str(said)
    assert "hello.journey.yaml:5" in str(said)


def test_a_page_that_is_no_xml_becomes_one_for_genshi() -> None:
    frame = Layout(layout="Frame", html=FRAME.partition("html: |\n")[2])
    message = Message(
        message="Hello", lang="fr", subject="{{ share }} % & {{ share }}", layout="frame",
        html='<p class=a>{{ share }}&nbsp;% {{ share }}, $<br><a href="{{ links.shop }}">é &eacute;</a></p>',
        links={"shop": "https://shop.example/?a=1&n={{ coupon_code }}"},
    )  # fmt: skip
    markup = template_of(message, {"frame": frame})
    assert "<title>${bare('share', 'fr')} % &amp; ${said('share', 'fr')}</title>" in markup
    assert "${bare('share', 'fr')}\u00a0% ${said('share', 'fr')}, $$<br/>" in markup
    assert "<a href=\"https://shop.example/?a=1&amp;n=${quoted('coupon_code')}\">é é</a>" in markup
    assert title_of(message) == "${bare('share', 'fr')} % & ${said('share', 'fr')}"
    with pytest.raises(CannotSay, match="is never closed"):
        template_of(Message(message="Hello", html="<p>a<br><b"))
