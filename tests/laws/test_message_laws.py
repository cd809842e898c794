"""Laws of what is read: whatever somebody is called and a template holds, nothing raises and html is escaped."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from simulator.model.letters import letter_of
from simulator.model.lint import ANY, findings
from simulator.model.locales import direction, parse_language
from simulator.model.mailbox import read
from simulator.model.markup import alternative, held, links_in, released, tokens
from simulator.model.messages import Layout, Message
from simulator.model.templating import LONGEST, code, filled, uses
from simulator.words.clock import Zone, zone
from simulator.words.errors import ExpressionError
from simulator.words.vocabulary import DATE, FIELDS, INSTANT, MONEY, NUMBER, PERCENT, TEXT, Money, Value

TYPES = {**FIELDS, "name": TEXT, "price": MONEY, "at": INSTANT, "day": DATE, "share": PERCENT, "number": NUMBER}
LANGUAGES = ("en", "en-US", "fr", "de-CH", "pl", "ar", "he", "fa", "ja", "zh-Hant-TW", "hi", "pt-BR", "cs", "tr")
PARTS = (
    "{{ name }}", "{{ price }}", "{{ at }} {{ day }}", "{{ share }} %", "{{ number }}", "{{ gone }}",
    "{{ links.shop }}", "{% if name %}<b>{{ name }}</b>{% endif %}",
    '<a href="{{ links.shop }}">{{ name | upcase }}</a>',
    "{{ coupon_code }}", "{{ name | truncate: 3 }}", "{{ name | append: '<i>' }}", "{{ name | escape }}", "<p>", "</p>",
    "text & more", "\n",
    "{{ name | default: 'nobody' }}", "{{ name | first }}{{ name | last }}", "{{ name | code }}",
    "{{ name | url_encode }}",
)  # fmt: skip
MESSY = st.text(
    st.sampled_from("<>{}%\"'&/=!- \n\tab[]?#;:.|\u200d\u202e\ue000\ue002\U000f0000éן\U0001f600")
    | st.characters(codec="utf-8"),
    max_size=80,
)
VALUES = st.fixed_dictionaries({}, optional={
    "name": st.text(st.characters(codec="utf-8"), max_size=40),
    "price": st.builds(Money, st.integers(-(10**12), 10**12), st.sampled_from(("EUR", "JPY", "PLN", "XAU"))),
    "at": st.integers(0, 4 * 10**12),
    "day": st.dates().map(lambda day: day.isoformat()),
    "share": st.floats(0, 100, allow_nan=False),
    "number": st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False),
    "coupon_id": st.text(st.characters(codec="utf-8"), max_size=30),
})  # fmt: skip
ZONES = st.sampled_from(("UTC", "Europe/Paris", "Asia/Kathmandu", "America/Sao_Paulo")).map(zone)
FRAME = Layout(layout="Frame", html="<html><head><title>{{ subject }}</title></head><body>{{ content }}</body></html>")


@given(st.lists(st.sampled_from(PARTS), max_size=12), VALUES, st.sampled_from(LANGUAGES), ZONES)
def test_whoever_reads_it_reads_text_in_the_normal_form(
    parts: list[str], values: dict[str, Value], lang: str, zone: Zone
) -> None:
    template = "".join(parts) or "x"
    message = Message(
        message="Tried", lang=lang, subject=template, preheader=template, html=template, layout="frame",
        links={"shop": "https://shop.example/{{ name }}"}, optional=["gone"],
    )  # fmt: skip
    entry = read(message, values, fields=TYPES, zone=zone, layouts={"frame": FRAME})
    for part in ("subject", "preheader", "text", "html"):
        assert entry[part] == unicodedata.normalize("NFC", entry[part])
        assert "cannot be rendered" not in entry[part] or "cannot be rendered" in template
    assert entry["dir"] == direction(lang)
    assert read(message, values, fields=TYPES, zone=zone, layouts={"frame": FRAME}) == entry


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_no_name_becomes_a_tag(name: str) -> None:
    for part in PARTS:
        # Filters cannot undo the escaping: only the template's own signs open a tag.
        own = filled(part, {"name": "x", "links": {"shop": "https://shop.example/"}}, is_html=True)
        html = filled(part, {"name": name, "links": {"shop": "https://shop.example/"}}, is_html=True)
        if part != "{% if name %}<b>{{ name }}</b>{% endif %}":
            assert html.count("<") <= own.count("<"), (part, html)
            assert html.count('"') <= own.count('"'), (part, html)


@given(MESSY, MESSY)
def test_a_messy_template_raises_nothing(template: str, name: str) -> None:
    message = Message(message="Tried", subject=template, html=template or "x", text=template, layout="frame")
    entry = read(message, {"name": name}, fields=TYPES, zone=zone("UTC"), layouts={"frame": FRAME})
    assert isinstance(entry["html"], str)
    with suppress(ExpressionError):
        uses(template)
    findings(message, {"frame": FRAME}, ANY)
    findings(Message(message="Tried", mjml=template or "x"), {}, ANY)
    links_in(template)


@given(MESSY)
def test_what_is_held_comes_back(template: str) -> None:
    text, kept = held(template)
    assert len(text) == len(template)
    assert released(text, kept) == re.sub("[\ue000-\ue002\U000f0000-\U000fffff]", "\ufffd", template)


@given(MESSY)
def test_the_tokens_of_a_page_are_in_order_and_inside_it(page: str) -> None:
    places = [token.at for token in tokens(page)]
    assert places == sorted(places)
    assert all(0 <= place < len(page) for place in places)
    assert len(alternative(page)) <= 3 * LONGEST


@given(st.lists(st.sampled_from(PARTS), max_size=8))
def test_the_same_letter_is_sent_to_everybody(parts: list[str]) -> None:
    message = Message(message="Tried", html="".join(parts) or "x", layout="frame")
    assert letter_of(message, {"frame": FRAME}) == letter_of(message, {"frame": FRAME})


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_a_code_is_short_and_always_the_same(id: str) -> None:
    assert len(code(id)) == 9
    assert code(id) == code(id)
    assert not set(code(id)) & set("01IO")


@given(st.text(max_size=12) | st.sampled_from(LANGUAGES))
def test_a_language_is_read_or_refused(text: str) -> None:
    try:
        lang = parse_language(text)
    except ExpressionError:
        return
    assert parse_language(lang) == lang
    assert direction(lang) in ("ltr", "rtl")
