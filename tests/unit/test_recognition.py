"""Recognition: rules as people write them, and what a text means as the value of a field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.backends.capture import read_reference, reference_line, reference_query
from simulator.backends.capture.recognising import template_pattern
from simulator.backends.capture.reference import parse_reference
from simulator.model.messages import render
from simulator.model.recognition import Reading, Recognise, read_rules
from simulator.words.errors import UsageError
from simulator.words.vocabulary import DATE, FLAG, INSTANT, MONEY, NUMBER, PERCENT, TEXT, FieldType, Money, Value

FIELDS: Mapping[str, FieldType] = {
    "amount": MONEY, "due": DATE, "at": INSTANT, "stars": NUMBER, "discount": PERCENT, "vip": FLAG, "name": TEXT,
    "order_id": FieldType("id"), "tier": FieldType("choice", ("gold", "silver")), "shop": FieldType("place"),
}  # fmt: skip
READING = Reading(FIELDS, "Europe/Rome", {"Corner shop": "corner"})


@dataclass(frozen=True)
class Seen:
    """A message as a rule looks at it."""

    channel: str = "email"
    sender: str = "shop@example.org"
    subject: str = "Your order f-1"
    text: str = "Hello Ann,\nyou owe us 149,50 EUR by 2025-11-14."
    links: tuple[str, ...] = ("http://127.0.0.1/shop", "http://127.0.0.1/track/77")
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"x-campaign": ("spring", "order-f-9")})
    template: str = "order-3"


def rule(**patterns: Any) -> Recognise:
    (read,) = read_rules([{"message": "bill", **patterns}])
    return read


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        ({"subject": r"order (?P<order_id>\S+)$"}, {"order_id": "f-1"}),
        ({"header": {"X-Campaign": r"^order-(?P<order_id>.+)"}}, {"order_id": "f-9"}),
        ({"sender": r"^shop@"}, {}),
        ({"text": r"owe us (?P<amount>.+?) by (?P<due>[\d-]+)"}, {"amount": "149,50 EUR", "due": "2025-11-14"}),
        ({"link": r"/track/(?P<order_id>\d+)"}, {"order_id": "77"}),
        ({"template": r"order-(?P<stars>\d)"}, {"stars": "3"}),
        ({"subject": "order", "sender": "(?P<name>shop)"}, {"name": "shop"}),
    ],
)
def test_a_rule_finds_what_its_patterns_name(patterns: dict[str, Any], found: dict[str, str]) -> None:
    assert rule(**patterns).match(Seen()) == found


@pytest.mark.parametrize(
    "patterns",
    [
        {"subject": "invoice"},
        {"subject": "order", "sender": "bank"},
        {"header": {"X-Campaign": "autumn"}},
        {"header": {"X-Nothing": "."}},
        {"link": "unknown"},
        {"template": "order"},  # a template is known by its whole id
        {"subject": "order", "channel": "sms"},
    ],
)
def test_a_rule_of_which_one_pattern_is_not_found_does_not_hold(patterns: dict[str, Any]) -> None:
    assert rule(**patterns).match(Seen()) is None


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ({"message": "bill"}, "would recognise everything"),
        ({"message": "bill", "subject": "(unclosed"}, r"rule 1, 'subject': .*no regular expression"),
        ({"message": "bill", "text": r"(\w+\s?)+$"}, "repeats a repetition"),
        ({"message": "bill", "subjekt": "x"}, "rule 1, 'subjekt'"),
        ({"subject": "x"}, "rule 1, 'message'"),
        ({"message": "bill", "subject": "x", "purpose": "promotional"}, "rule 1, 'purpose'"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(told: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        read_rules([told])


def test_a_rule_says_which_fields_it_can_find() -> None:
    assert rule(subject="(?P<name>a)(b)", text="(?P<due>c)").groups == {"name", "due"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("amount", "149 EUR", Money(14900, "EUR")),
        ("amount", "1.234,50 €", Money(123450, "EUR")),
        ("amount", "$5", Money(500, "USD")),
        ("amount", "EUR 1,234.5", Money(123450, "EUR")),
        ("amount", "-39.90 PLN", Money(-3990, "PLN")),
        ("amount", "1 234,50 zł", Money(123450, "PLN")),
        ("amount", "149", None),
        ("amount", "much", None),
        ("due", "2025-11-14", "2025-11-14"),
        ("due", "2025-02-30", None),
        ("due", "14.11.2025", None),
        ("at", "2025-11-14T08:07:00+01:00", 1763104020000),
        ("at", "2025-11-14 08:07", 1763104020000),
        ("at", "1763104020000", 1763104020000),
        ("at", "soon", None),
        ("stars", "3", 3),
        ("stars", "3.5", 3.5),
        ("stars", "1_000", None),
        ("stars", "nan", None),
        ("stars", "1e999", None),
        ("discount", "30 %", 30.0),
        ("discount", "30.0", 30.0),
        ("vip", "True", True),
        ("vip", "no", False),
        ("vip", "perhaps", None),
        ("tier", "Gold", "gold"),
        ("tier", "tin", None),
        ("shop", "Corner shop", "corner"),
        ("shop", "corner", "corner"),
        ("shop", "Elsewhere", None),
        ("name", "  Ann ", "Ann"),
        ("name", " ", None),
        ("name", "[name?]", None),
        ("order_id", "007", "007"),
        ("nobody_declared", "x", None),
    ],
)
def test_a_text_is_read_as_the_type_of_its_field_or_left_out(name: str, text: str, value: Value | None) -> None:
    assert READING.values({name: text}) == ({} if value is None else {name: value})


@given(st.text(max_size=60), st.sampled_from(sorted(FIELDS)))
def test_no_text_from_outside_stops_the_reading(text: str, name: str) -> None:
    values = READING.values({name: text})
    assert set(values) <= {name}


VALUES = st.fixed_dictionaries(
    {"message": st.just("bill")},
    optional={
        "amount": st.builds(Money, st.integers(-(10**9), 10**9), st.sampled_from(["EUR", "PLN"])),
        "due": st.dates().map(str),
        "at": st.integers(-(10**14), 10**14),
        "stars": st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False, width=32),
        "discount": st.floats(0, 100),
        "vip": st.booleans(),
        "tier": st.sampled_from(["gold", "silver"]),
        "name": st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
        .map(str.strip)
        .filter(lambda text: text and not (text.startswith("[") and text.endswith("?]"))),
        "order_id": st.sampled_from(["f-1", "a&b=c", "Reference: x"]),
        "profile": st.just("crm-3f"),
    },
)


@given(VALUES)
def test_what_a_reference_line_says_is_read_back(values: dict[str, Value]) -> None:
    line = reference_line(values)
    assert "\n" not in line
    assert read_reference(f"Dear Ann,\n\n{line}\n", FIELDS) == values
    assert read_reference(f"Dear Ann,\r\n{line.replace('&', '&amp;').replace('=', '&#x3D;')}\r\n", FIELDS) == values
    html = f"<p>Dear Ann,</p><p>{line.replace('&', '&amp;')}</p>"
    assert read_reference(html, FIELDS, in_html=True) == values
    assert parse_reference(reference_query(values), FIELDS) == values


def test_a_value_that_an_engine_wrote_as_it_is_can_be_read_too() -> None:
    line = "Reference: message=bill&name=Ann Example&order_id=f-1&stars="
    assert read_reference(line, FIELDS) == {"message": "bill", "name": "Ann Example", "order_id": "f-1"}


@pytest.mark.parametrize(
    "text", ["", "Reference:", "Reference: what you said", "See Reference: message=bill", "&" * 500]
)
def test_a_text_without_a_reference_has_none(text: str) -> None:
    assert read_reference(text, FIELDS) is None


@pytest.mark.parametrize(
    ("template", "shown", "found"),
    [
        ("{{ name }}, 30 % for you", "Ann, 30 % for you", {"name": "Ann"}),
        ("Dear {{name}}: your {{ item }} is ready", "Dear Ann: your lamp is ready", {"name": "Ann", "item": "lamp"}),
        ("News {% if a %}for {{ name }}{% endif %} today", "News today", {}),
        ("News {% if a %}for {{ name }}{% else %}!{% endif %} today", "News for Ann today", {}),
        ("Hello {{ name | upcase }}!", "Hello ANN!", {}),
        ("Dear {{ name }},\n  thank   you", "Dear Ann,\n thank you", {"name": "Ann"}),
        ("{{ name }} and {{ name }} again", "Ann and Bob again", {"name": "Ann"}),
        ("Hello {{ name }}", "Good day Ann", None),
        ("Price (in $) for {{ name }}?", "Price (in $) for Ann?", {"name": "Ann"}),
    ],
)
def test_a_template_recognises_what_it_renders_to(template: str, shown: str, found: dict[str, str] | None) -> None:
    match = re.search(template_pattern(template)[1], shown)
    if found is None:
        assert match is None
    else:
        assert match is not None
        assert match.groupdict() == found


@given(st.text(st.characters(codec="ascii", exclude_characters="{}%"), max_size=30), st.text(max_size=20))
def test_a_rendered_template_is_recognised_whatever_stands_in_it(words: str, name: str) -> None:
    template = f"{words} {{{{ name }}}} and a word"
    assert re.search(template_pattern(template)[1], render(template, {"name": name})) is not None


def test_no_text_takes_a_template_long() -> None:
    letters, pattern = template_pattern("{{a}}x{{b}}x{{c}}x{{d}}x{{e}}x{{f}} end")
    assert letters == 8
    assert re.search(pattern, "x" * 20_000) is None
