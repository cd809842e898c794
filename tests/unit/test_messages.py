"""What somebody reads: values in their language, links and codes, layouts, and templates that go past their bounds."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from simulator.model.data import data_folder
from simulator.model.letters import letter_of
from simulator.model.loading import discover, from_document, load
from simulator.model.mailbox import read
from simulator.model.markup import alternative, links_in, plain_text
from simulator.model.messages import Layout, Message
from simulator.model.mjml import compiled
from simulator.model.scenarios import Scenario
from simulator.model.templating import LONGEST, code, uses
from simulator.running.rehearsal import rehearse
from simulator.words.clock import parse_instant, zone
from simulator.words.errors import ExpressionError
from simulator.words.vocabulary import DATE, FIELDS, FLAG, INSTANT, MONEY, NUMBER, PERCENT, TEXT, Money

PARIS = zone("Europe/Paris")
TYPES = {
    **FIELDS, "price": MONEY, "meets": INSTANT, "until_day": DATE, "discount": PERCENT, "pieces": NUMBER,
    "first_name": TEXT, "is_member": FLAG,
}  # fmt: skip
VALUES = {
    "price": Money(14_900, "EUR"), "meets": parse_instant("2025-11-07 08:30", PARIS), "until_day": "2025-11-14",
    "discount": 30.0, "pieces": 1_234.5, "first_name": "Zoé <b>", "is_member": True,
    "coupon_id": "birthday/camille/b30",
}  # fmt: skip
FRAME = Layout(
    layout="Frame",
    html='<!doctype html><html lang="{{ lang }}" dir="{{dir}}"><head><title>{{ subject }}</title></head>'
    '<body><div style="display: none">{{ preheader }}</div>{{ content }}</body></html>',
)


def shown(values: dict[str, Any] = VALUES, layouts: dict[str, Layout] | None = None, **parts: Any) -> dict[str, Any]:
    """What is read of a message that has these parts."""
    return read(Message(message="Tried", **parts), values, fields=TYPES, zone=PARIS, layouts=layouts or {})


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en", "€149|7 November, 08:30|14 November 2025|30%|1,234.5"),
        ("fr", "149\u00a0€|7 novembre, 08:30|14 novembre 2025|30\u00a0%|1\u202f234,5"),
        ("de", "149\u00a0€|7. November, 08:30|14. November 2025|30\u00a0%|1.234,5"),
        ("en-US", "€149|November 7, 8:30\u202fAM|November 14, 2025|30%|1,234.5"),
        ("pl", "149\u00a0€|7 listopada, 08:30|14 listopada 2025|30%|1234,5"),
    ],
)
def test_values_are_written_as_the_language_does(lang: str, expected: str) -> None:
    text = "{{ price }}|{{ meets }}|{{ until_day }}|{{ discount }}|{{ pieces }}"
    read = shown(lang=lang, text=text)["text"]
    assert read.replace("1\u00a0234", "1234") == expected


def test_cents_are_written_where_there_are_any() -> None:
    assert shown({"price": Money(3_990, "EUR")}, lang="fr", text="{{ price }}")["text"] == "39,90\u00a0€"
    assert shown({"price": Money(-1_000_000, "PLN")}, lang="pl", text="{{ price }}")["text"].endswith("zł")


def test_an_instant_is_on_the_clock_of_who_reads_it() -> None:
    message = Message(message="Tried", text="{{ meets }}", lang="fr")
    there = read(message, VALUES, fields=TYPES, zone=zone("Asia/Tokyo"), layouts={})
    assert there["text"] == "7 novembre, 16:30"


def test_a_sign_that_the_author_writes_is_not_written_twice() -> None:
    assert shown(text="{{ discount }} % and {{ discount }}% and {{ discount }}.")["text"] == "30 % and 30% and 30%."
    assert shown(lang="fr", html="<b>{{ discount }}&nbsp;%</b>")["html"] == "<b>30&nbsp;%</b>"


def test_numbers_and_flags_can_be_compared() -> None:
    text = "{% if discount > 20 and pieces < 2000 and is_member %}{{ discount }}{% endif %}"
    assert shown(text=text)["text"] == "30%"


def test_a_hole_is_seen_and_an_optional_one_is_not() -> None:
    text = "{{ gone }}{% if gone %}!{% else %}?{% endif %}{{ perhaps }}"
    assert shown(text=text, optional=["perhaps"])["text"] == "[gone?]?"


def test_values_are_escaped_in_html_and_nowhere_else() -> None:
    entry = shown(subject="{{ first_name }}", text="{{ first_name }}", html="<p>{{ first_name }}</p>")
    assert (entry["subject"], entry["text"]) == ("Zoé <b>", "Zoé <b>")
    assert entry["html"] == "<p>Zoé &lt;b&gt;</p>"


def test_what_is_read_is_in_the_normal_form() -> None:
    loose = {"first_name": unicodedata.normalize("NFD", "Zoé")}
    entry = shown(loose, subject=unicodedata.normalize("NFD", "é{{ first_name }}"), text="é", html="<p>é</p>")
    assert entry["subject"] == "éZoé"
    assert entry["text"] == "é"


def test_a_coupon_has_one_short_code() -> None:
    text = "{{ coupon_code }} {{ coupon_id | code }}"
    made = code("birthday/camille/b30")
    assert shown(text=text)["text"] == f"{made} {made}"
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", made)
    codes = {code(f"birthday/{number}/b30") for number in range(2_000)}
    assert len(codes) == 2_000
    assert not set("".join(codes)) & set("01IO")


def test_links_are_named_and_their_values_encoded() -> None:
    offer = "https://shop.example/o?a=1&c={{ coupon_code }}&n={{ first_name }}"
    entry = shown(text="Here: {{ links.offer }}.", links={"offer": offer})
    url = f"https://shop.example/o?a=1&c={code('birthday/camille/b30')}&n=Zo%C3%A9%20%3Cb%3E"
    assert entry["links"] == [{"text": "offer", "url": url}]
    page = shown(html='<a href="{{ links.offer }}">To <b>my</b>\n code</a>', links={"offer": offer})
    assert page["links"] == [{"text": "To my code", "url": url}]
    assert "&amp;c=" in page["html"]
    assert page["text"] == f"To my code ({url})\n"


def test_a_text_alternative_is_made_of_a_page() -> None:
    page = (
        "<html><head><title>No</title><style>p { color: red }</style></head><body>"
        "<span style='display:none'>Unseen</span>"
        "<h1>Hello   {{ name }}</h1><p>One<br>two &amp; three</p><ul><li>a</li><li>{% if b < 3 %}b{% endif %}</li></ul>"
        "<table><tr><td>1</td><td>2</td></tr></table><a href='https://x.example/'><img alt='Look' src='cid:1'></a>"
        "<a href='mailto:a@x.example'>Write</a></body></html>"
    )
    assert alternative(page) == (
        "Hello {{ name }}\n\nOne\ntwo & three\n\n- a\n- {% if b < 3 %}b{% endif %}\n\n1 2\n\nLook (https://x.example/)"
        "Write (a@x.example)\n"
    )
    assert shown(html="<p>A</p>", text="Mine")["text"] == "Mine"


def test_a_layout_is_put_around_the_html() -> None:
    parts = {"subject": "A & {{ first_name }}", "preheader": "{{ until_day }}", "html": "<p>{{ content }}x</p>"}
    message = Message(message="Tried", lang="ar", layout="frame", optional=["content"], **parts)
    letter = letter_of(message, {"frame": FRAME})
    assert letter.html == (
        '<!doctype html><html lang="ar" dir="rtl"><head><title>A &amp; {{ first_name }}</title></head><body>'
        '<div style="display: none">{{ until_day }}</div><p>{{ content }}x</p></body></html>'
    )
    entry = read(message, VALUES, fields=TYPES, zone=PARIS, layouts={"frame": FRAME})
    assert (entry["layout"], entry["html"], entry["dir"]) == ("frame", "<p>x</p>", "rtl")
    assert entry["preheader"].startswith("14 ")


def test_a_gloss_is_english_and_only_where_it_is_needed() -> None:
    gloss = {"subject": "Until {{ until_day }}", "text": "{{ price }}"}
    assert shown(lang="fr", text="x", gloss=gloss)["gloss"] == {"subject": "Until 14 November 2025", "text": "€149"}
    assert "gloss" not in shown(lang="en-US", text="x", gloss=gloss)


MJML = """<mjml><mj-head><mj-preview>Look</mj-preview></mj-head><mj-body><mj-section><mj-column>
{% if pieces > 3 %}<mj-text>Dear {{ first_name }}, {{ price | default: "<&>" }}</mj-text>{% endif %}
<mj-button href="{{ links.offer }}">Go</mj-button></mj-column></mj-section></mj-body></mjml>"""


def test_mjml_becomes_html_and_its_liquid_survives() -> None:
    entry = shown(lang="fr", mjml=MJML, links={"offer": "https://shop.example/?c={{ coupon_code }}"})
    assert "Dear Zoé &lt;b&gt;, 149\u00a0€" in entry["html"]
    assert entry["links"] == [{"text": "Go", "url": f"https://shop.example/?c={code('birthday/camille/b30')}"}]
    assert '<html lang="fr" dir="ltr"' in entry["html"]
    assert "Dear Zoé <b>, 149\u00a0€" in entry["text"]
    assert "fonts.googleapis" not in entry["html"]


def test_mjml_inside_a_layout_leaves_its_page_behind() -> None:
    message = Message(message="Tried", mjml=MJML, layout="frame", links={"offer": "https://shop.example/"})
    letter = letter_of(message, {"frame": FRAME})
    assert letter.html.count("<html") == letter.html.count("<body") == 1
    assert "<style" in letter.inside


def test_mjml_is_compiled_once() -> None:
    compiled.cache_clear()
    for name in ("Ann", "Bob"):
        shown({"first_name": name}, mjml=MJML)
    assert compiled.cache_info().misses == 1


def test_broken_mjml_is_a_sentence() -> None:
    entry = shown(mjml="<mjml><mj-body><mj-section>")
    assert entry["text"].startswith("[cannot be rendered: the MJML cannot be read: ")
    assert "html" not in entry


HOSTILE = [
    "{{", "{%", "{% raw %}", "{% if a %}", "{{ a | append: a }}", '{{"', "{{ (", "{{ a[", "{% comment %}", "{% doc %}",
    "{% assign a = a | append: a | append: a %}", "{% for i in (1..100000000000) %}{{ i }}{% endfor %}",
    "{% capture b %}{{ b }}{{ b }}x{% endcapture %}{{ b }}", "<", "<a ", "<!--", "<a href='", "</", "&#", "<a\n=",
    "<![", '<p x="', "{{" + " " * 1_980 + "x }}", "{{ 'now' | date: '%s' }}", "{% include 'a' %}", "{% render 'a' %}",
    "}}{{",    "<mj-text ", "{{ a | truncate: 99999999999999999999 }}",
    "\U000f0000\ue000\ue002", "%s%n", "((((",
]  # fmt: skip


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_hostile_template_is_a_sentence_and_soon(pattern: str) -> None:
    long = pattern * (LONGEST // len(pattern))
    began = time.perf_counter()
    for template in (pattern, long):
        entry = shown({"a": "b"}, subject=template, html=template)
        assert all(len(entry[part]) <= LONGEST * 6 for part in ("subject", "html"))
        with suppress(ExpressionError):
            uses(template)
    assert time.perf_counter() - began < 15


def test_a_line_of_a_megabyte_is_a_sentence_and_soon() -> None:
    entry = shown(subject="{{ first_name }}" + "x" * 1_000_000, text="{{ first_name }}\n" * 60_000)
    assert entry["subject"].startswith("[cannot be rendered: it has 1000016 characters")
    assert entry["text"].startswith("[cannot be rendered: ")


def test_no_template_asks_what_time_it_is() -> None:
    assert shown(text="{{ now }}{{ today }}")["text"] == "[now?][today?]"


def test_links_and_texts_of_a_broken_page_are_read_as_far_as_they_go() -> None:
    assert links_in('<a href="https://x.example/">Go<a href="https://y.example/" >') == [
        {"text": "Go", "url": "https://x.example/"},
        {"text": "", "url": "https://y.example/"},
    ]
    assert plain_text("a < b <b>c</b> <3 <unfinished") == "a < b c <3\n"


# Documents.

SCENARIO = """
scenario: A mail with a layout
starts: 2026-03-02
lasts: 2 days
journeys: [hello]
story: [{at: 2026-03-02 10:00, who: anyone, event: Signed Up}]
checks: {greeted: {existence: Somebody is greeted., target: Message Received}}
"""
DOCUMENTS = {
    "hello.journey": "journey: Hello\npurpose: service\ntrigger: {event: Signed Up}\n"
    "steps: [{send: hello, channel: email}]\n",
    "hello.message": 'message: Hello\nlang: fr\nsubject: "Bonjour {{ first_name }}"\nlayout: frame\n'
    'html: "<p>{{ first_name }} <a href=\\"{{ links.shop }}\\">Voir</a></p>"\ngloss: {text: "Hello {{ first_name }}"}\n'
    'links: {shop: "https://shop.example/{{ first_name }}"}\nnames: {first_name: customer.first_name}\n',
    "frame.layout": "layout: Frame\nhtml: |\n  <html lang='{{ lang }}'><head><title>{{ subject }}</title></head>\n"
    "  <body>{{ content }}</body></html>\n",
}


def scenario(folder: Path) -> Scenario:
    home = folder / "scenarios" / "hello"
    home.mkdir(parents=True)
    for name, text in {"hello.scenario": SCENARIO, **DOCUMENTS}.items():
        (home / f"{name}.yaml").write_text(text, encoding="utf-8")
    [source] = discover([home], data_folder("scenarios"), folder)
    return load(source, source.variants[0])


def test_a_layout_survives_a_result_and_what_is_told_to_others(tmp_path: Path) -> None:
    loaded = scenario(tmp_path)
    document = json.loads(json.dumps(loaded.document))
    again = from_document(document)
    for one in (loaded, again):
        assert set(one.briefing.layouts) == {"frame"}
        assert one.briefing.messages["hello"].layout == "frame"
        assert one.briefing.documents["layouts"]["frame"]["layout"] == "Frame"
    assert again.briefing.messages == loaded.briefing.messages
    assert rehearse(again).result["log_digest"] == rehearse(loaded).result["log_digest"]


def test_a_result_shows_what_was_read(tmp_path: Path) -> None:
    [exhibit] = rehearse(scenario(tmp_path)).result["exhibits"]
    [message] = exhibit["messages"]
    name = message["subject"].removeprefix("Bonjour ")
    assert message["html"] == f'<p>{name} <a href="https://shop.example/{name}">Voir</a></p>'
    assert message["links"] == [{"text": "Voir", "url": f"https://shop.example/{name}"}]
    assert (message["lang"], message["dir"], message["layout"], message["title"]) == ("fr", "ltr", "frame", "Hello")
    assert message["gloss"] == {"text": f"Hello {name}"}
    [sent] = [event for event in exhibit["events"] if event["name"] == "Message Sent"]
    assert sent["data"]["first_name"] == name
