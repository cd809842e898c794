"""Conditions: what they read as, what is refused and where, what their types are, and what they answer on one row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pytest

from simulator.model.conditions import (
    MAX_DEPTH,
    MAX_LENGTH,
    And,
    Birthday,
    Comparison,
    Condition,
    Contains,
    Known,
    Literal,
    Membership,
    Name,
    Not,
    Now,
    Or,
    Pattern,
    Today,
    names,
    parse_condition,
    parse_pattern,
)
from simulator.model.evaluation import compile_row, holds
from simulator.model.typing import EXPECTATION, Dictionary, ObjectType, Scope, check_condition, check_pattern, type_of
from simulator.words.clock import Duration, Instant, add, move, parse_instant, zone
from simulator.words.errors import ExpressionError
from simulator.words.vocabulary import DATE, EVENTS, FIELDS, ID, INSTANT, MONEY, PERCENT, TEXT, FieldType, Money, Value

STATUS = Name(("coupon", "status"))
ROME = zone("Europe/Rome")

DICTIONARY = Dictionary(
    fields={
        **FIELDS,
        "noise": FieldType("flag"),
        "price": MONEY,
        "discount": PERCENT,
        "starts_at": INSTANT,
        "item": TEXT,
        "model": TEXT,
        "order_id": ID,
        "coupon_id": ID,
    },
    objects={
        "offer": ObjectType("offer_id", "brand-crm", {"price": MONEY, "valid_until": DATE}),
        "coupon": ObjectType("coupon_id", "esp", {"status": FieldType("choice", ("unused", "used", "expired"))}),
        "appointment": ObjectType("appointment_id", "dealer", {"starts_at": INSTANT, "place": FIELDS["place"]}),
        "order": ObjectType("order_id", "till", {"item": TEXT, "model": TEXT, "amount": MONEY}),
        "customer": ObjectType("person", "loyalty", {"shop": FIELDS["place"], "first_name": TEXT}),
    },
    events=frozenset(EVENTS),
    systems=frozenset({"brand-crm", "dealer", "esp", "helpdesk", "till", "loyalty"}),
    zone="Europe/Rome",
    words={"message": frozenset({"birthday-offer", "welcome"}), "place": frozenset({"dealer-7"})},
)  # fmt: skip
JOURNEY = Scope(fields_of_event=False, owner="a journey", system="esp")


@dataclass
class Known7November:
    """The facts at one desk at 08:30 on 7 November 2024, Rome; only its own rows are in it."""

    rows: Mapping[str, Value] = field(default_factory=dict)
    born: str | None = None
    now: Instant = parse_instant("2024-11-07 08:30", ROME)

    def value(self, name: tuple[str, ...], per: str | None) -> Value | None:
        return self.rows.get(".".join(name) + (f" per {per}" if per else ""))

    def today(self, duration: Duration | None = None, sign: int = 1) -> str:
        return (date(2024, 11, 7) if duration is None else move(date(2024, 11, 7), duration, None, sign)).isoformat()

    def birthday(self) -> str | None:
        return self.born

    def shift(self, duration: Duration, sign: int) -> Instant:
        return add(self.now, duration, ROME, sign=sign)


def typed(text: str, scope: Scope = EXPECTATION) -> Condition:
    condition, problems = check_condition(parse_condition(text), DICTIONARY, scope)
    assert problems == []
    return condition


def answer(text: str, rows: Mapping[str, Value] | None = None, born: str | None = None) -> bool | None:
    return holds(typed(text), Known7November(rows or {}, born))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount > 149 EUR", Comparison(Name(("amount",)), ">", Literal(Money(14900, "EUR"), "money"))),
        ("amount = -0.50 PLN", Comparison(Name(("amount",)), "=", Literal(Money(-50, "PLN"), "money"))),
        ("discount >= 30 %", Comparison(Name(("discount",)), ">=", Literal(30.0, "percent"))),
        ("unresolved = 0", Comparison(Name(("unresolved",)), "=", Literal(0, "number"))),
        ("unresolved <= -2.5", Comparison(Name(("unresolved",)), "<=", Literal(-2.5, "number"))),
        ("noise = false", Comparison(Name(("noise",)), "=", Literal(value=False, kind="flag"))),
        ("message = birthday-offer", Comparison(Name(("message",)), "=", Literal("birthday-offer", "word"))),
        ('item != "a \\"red\\" \\\\ scarf"', Comparison(Name(("item",)), "!=", Literal('a "red" \\ scarf', "text"))),
        ("day < 2025-11-14", Comparison(Name(("day",)), "<", Literal("2025-11-14", "date"))),
        ("at < 2025-11-14 08:07", Comparison(Name(("at",)), "<", Literal("2025-11-14 08:07", "instant"))),
        ("at < 2025-11-14  08:07  +01:00",
         Comparison(Name(("at",)), "<", Literal("2025-11-14 08:07 +01:00", "instant"))),
        ("at < 2025-11-14 Europe/Rome", Comparison(Name(("at",)), "<", Literal("2025-11-14 Europe/Rome", "instant"))),
        ("birthday = today", Comparison(Birthday(), "=", Today())),
        ("today < campaign.until", Comparison(Today(), "<", Name(("campaign", "until")))),
        ("day > today - 1 month 2 days", Comparison(Name(("day",)), ">", Today(Duration(months=1, days=2), -1))),
        ("model = order.model per any", Comparison(Name(("model",)), "=", Name(("order", "model"), "any"))),
        ("starts_at > now + 3 days", Comparison(Name(("starts_at",)), ">", Now(Duration(days=3)))),
        ("starts_at > now - 1 day 2 h", Comparison(Name(("starts_at",)), ">", Now(Duration(days=1, ms=7_200_000), -1))),
        ("channel in (email, sms)", Membership(Name(("channel",)), (Literal("email", "word"), Literal("sms", "word")))),
        ("order.item is known", Known(Name(("order", "item")))),
        ("item is unknown", Known(Name(("item",)), known=False)),
        ('item contains "red"', Contains(Name(("item",)), "red")),
        ("not item is known", Not(Known(Name(("item",))))),
        ("a.b is known and (c is known or not d is known)", And((
            Known(Name(("a", "b"))), Or((Known(Name(("c",))), Not(Known(Name(("d",)))))),
        ))),
        ("offer.valid_until per dealer >= today", Comparison(Name(("offer", "valid_until"), "dealer"), ">=", Today())),
    ],
)  # fmt: skip
def test_a_condition_reads_as(text: str, expected: Condition) -> None:
    assert parse_condition(text) == expected
    assert parse_condition(str(expected)) == expected


def test_every_node_knows_its_column() -> None:
    condition = parse_condition("not amount > 5 EUR and coupon.status in (used)")
    assert isinstance(condition, And)
    first, second = condition.items
    assert isinstance(first, Not)
    assert isinstance(first.item, Comparison)
    assert isinstance(first.item.right, Literal)
    assert isinstance(second, Membership)
    assert (condition.offset, first.offset, first.item.left.offset, first.item.offset) == (19, 0, 4, 11)
    assert (first.item.right.offset, second.left.offset, second.options[0].offset) == (13, 23, 41)


def test_names_are_given_in_the_order_of_the_text() -> None:
    condition = parse_condition("amount <= offer.price and (not a in (x) or today < b.c per any)")
    assert list(map(str, names(condition))) == ["amount", "offer.price", "a", "b.c per any"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bill Presented", Pattern("Bill Presented")),
        ("  Signed  Up ", Pattern("Signed Up")),
        ("Message Sent where a is known", Pattern("Message Sent", Known(Name(("a",))))),
        ("Étape 2 Passée where a is known", Pattern("Étape 2 Passée", Known(Name(("a",))))),
    ],
)
def test_a_pattern_reads_as(text: str, expected: Pattern) -> None:
    assert parse_pattern(text) == expected
    assert parse_pattern(str(expected)) == expected


def test_columns_of_a_pattern_count_from_its_start() -> None:
    pattern = parse_pattern(" Message Sent where channel = email")
    assert isinstance(pattern.condition, Comparison)
    assert (pattern.offset, pattern.condition.left.offset, pattern.condition.right.offset) == (1, 20, 30)


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("a == b", 2, "Write '=' instead of '=='."),
        ("a <> b", 2, "Write '!=' instead of '<>'."),
        ("a = b && c = d", 6, "Write 'and' instead of '&&'."),
        ("a = b AND c = d", 6, "Write 'and' in lower case."),
        ("a = b and c = d or e = f", 16, ("'or' stands beside 'and'. Add brackets to say which belongs together: "
         "'(a = 1 and b = 2) or c = 3'.")),
        ("subject = Weekly Deal", 10, ("bare word 'Weekly Deal' reads as names; free text needs quotes: "
         'subject = "Weekly Deal".')),
        ("subject = Weekly Deal and a = b", 10, ("bare word 'Weekly Deal' reads as names; free text needs quotes: "
         'subject = "Weekly Deal".')),
        ("item in (red scarf, hat)", 9, ("bare word 'red scarf' reads as names; free text needs quotes: "
         'item in ("red scarf".')),
        ("at < now + 1w", 11, "'1w' is not a duration. Write '1 week' (calendar) or '168 h' (exact)."),
        ("at < now +", 10, "After 'now +' comes a duration, such as '3 days' or '2 h'; found the end."),
        ("day < today + 2 h", 14, "'2 h' is no number of days. Write 'now + 2 h'."),
        ("at < now + 1001 years", 11, "'1001 years' leads too far: at most 1000 years from now."),
        ("at < now - 99999999 h", 11, "'99999999 h' leads too far: at most 1000 years from now."),
        ("at < now-3 days", 5, "Put spaces around '-': 'now - 3 days'."),
        (
            "at - 2 h < now", 3,
            "'+' and '-' stand only after 'now' and 'today'. Move them there: 'starts_at < now + 2 h'.",
        ),
        ("age > 3 days", 8, "'3 days' is not a value. A duration stands only after 'now': 'now - 3 days'."),
        ("a > 149EUR", 4, "Write '149 EUR' instead of '149EUR'."),
        ("a > 149 eur", 8, "Write the currency in capitals: '149 EUR'."),
        ("a > 149 €", 8, "Write an amount with the code of its currency: '149 EUR'."),
        ("a = 'b'", 4, 'Text stands between straight double quotes: "free text".'),
        ('a = "b', 4, "This text has no closing '\"'."),
        ('a = "\\n"', 5, "In quotes, '\\' stands only before '\"' or another '\\'."),
        ("a = 2025-02-30", 4, "There is no day '2025-02-30'. Write year-month-day, such as 2025-11-14."),
        ("a = 2025-11-14T08:07:00Z", 4, "Write '2025-11-14 08:07' instead of '2025-11-14T08:07:00Z'."),
        ("a < 8:30", 4, "'8:30' is a time of day. A condition compares instants: write '2025-11-14 08:30'."),
        ("a = 1234567890123456", 4, "'1234567890123456' is too long for a number: at most 15 digits."),
        ("noise", 5, "'noise' alone is not a test. Write 'noise = true' or 'noise is known'."),
        ("5 < a", 0, ("A test begins with a name, such as 'amount' or 'offer.price'; found '5'. "
         "Turn it round: 'amount > 5', not '5 < amount'.")),
        ("", 0, "A test begins with a name, such as 'amount' or 'offer.price'; found the end."),
        ("a not in (b)", 2, "'not' stands before the test: 'not a in (...)', or 'a is unknown'."),
        ("a is not known", 5, "Write 'a is unknown', or 'not a = ...'."),
        ("a is used", 5, "After 'is' comes 'known' or 'unknown'; found 'used'. To compare, write '='."),
        ("a contains red", 11, "After 'contains' comes text in quotes: a contains \"red\"."),
        ("a in [b]", 5, "Write round brackets: '(' and ')'."),
        ("a in b", 5, "After 'in' comes a list in brackets: 'a in (a, b)'; found 'b'."),
        ("a in ()", 6, "A value is missing in this list. Write 'in (a, b)'."),
        ("a in (b.c)", 6, "A list holds plain values, not names such as 'b.c'. Write tests joined by 'or'."),
        ("(a = b", 0, "This '(' has no ')'."),
        ("a = b)", 5, "This ')' has no '('."),
        ("a = b c.d", 4, "bare word 'b c.d' reads as names; free text needs quotes: a = \"b c.d\"."),
        ("a =", 3, "After 'a =' comes a value; found the end."),
        ("a = and", 4, "After '=' comes a value; found 'and'. Text that reads so stands in quotes."),
        ("a = b per", 9, "After 'per' comes the name of a system, or 'any'; found the end."),
        ("today is known", 6, "'today' is a time: compare it with = != < <= > or >=."),
        ("a = ~b", 4, "A condition cannot hold the character '~'."),
        ("(" * (MAX_DEPTH + 5), MAX_DEPTH, (f"Brackets and 'not' nest deeper than {MAX_DEPTH}. "
         "Split this into several checks.")),
        ("a" * (MAX_LENGTH + 1), MAX_LENGTH, (f"This is {MAX_LENGTH + 1} characters long; at most {MAX_LENGTH} are "
         "read. Split it into several checks.")),
    ],
)  # fmt: skip
def test_a_mistake_in_a_condition_says_what_to_write(text: str, offset: int, message: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse_condition(text)
    assert (error.value.offset, error.value.message) == (offset, message)


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("", 0, "An event's name is missing. Write one such as 'Message Sent'."),
        ("message sent", 0, "Event names are in Title Case, such as 'Message': found 'message'."),
        ("Message Sent if a = b", 13, ("Event names are in Title Case, such as 'If', or 'where' if a condition begins "
         "here; found 'if'.")),
        ("Message Sent Where a = b", 13, "Write 'where' in lower case."),
        ("where a = b", 0, "An event's name stands before 'where'."),
        ("Message Sent (a = b)", 13, "'(a' is not part of an event's name. Write 'Event Name where CONDITION'."),
        ("Message Sent where", 18, "A test begins with a name, such as 'amount' or 'offer.price'; found the end."),
        ("Message Sent where a == b", 21, "Write '=' instead of '=='."),
    ],
)  # fmt: skip
def test_a_mistake_in_a_pattern_says_what_to_write(text: str, offset: int, message: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse_pattern(text)
    assert (error.value.offset, error.value.message) == (offset, message)


@pytest.mark.parametrize(
    "text",
    [
        "message = birthday-offer and folder = inbox",
        "reason = birthday",
        "reason in (birthday, now, today)",
        "system = dealer",
        "amount <= offer.price",
        "amount <= price",
        "place.sign = appointment.place.sign",
        "activation.place = appointment.place",
        "activation.order_id = order.order_id",
        "place = dealer-7",
        "appointment.starts_at >= 2025-11-14",
        "offer.valid_until per dealer >= today",
        "noise = false",
        "noise != noise",
        'recipient contains "@"',
        "birthday = today",
        "discount in (30 %, 50 %)",
        'customer.person = "0007"',
    ],
)
def test_a_typed_condition_keeps_its_words(text: str) -> None:
    condition = typed(text)
    assert str(condition) == text
    assert check_condition(condition, DICTIONARY, EXPECTATION) == (condition, [])


def test_words_beside_amounts_are_fields_and_instants_are_read_in_the_zone() -> None:
    assert typed("amount <= price") == Comparison(Name(("amount",)), "<=", Name(("price",)))
    read = typed("starts_at > 2025-11-14 08:07")
    assert read == Comparison(Name(("starts_at",)), ">", Literal(parse_instant("2025-11-14 08:07", ROME), "instant"))
    assert typed("reason = birthday") == Comparison(Name(("reason",)), "=", Literal("birthday", "word"))


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("amount = 149", 9, "'amount' is money, '149' is a number. Write '149 EUR'."),
        ("discount > 30", 11, "'discount' is a percentage, '30' is a number. Write '30 %'."),
        ("unresolved = 3 %", 13, "'unresolved' is a number, '3 %' is a percentage. Write '3'."),
        ("item = 12", 7, "'item' is text, '12' is a number. Write \"12\"."),
        ("noise = 1", 8, "'noise' is a flag, '1' is a number. Write 'true' or 'false'."),
        ("noise = yes", 8, "'noise' is a flag, and 'yes' is neither that nor a field. Write 'true' or 'false'."),
        ("amount <= prise", 10, "'amount' is money, and 'prise' is neither that nor a field (did you mean 'price'?)"),
        ("amount > unresolved", 9, "'amount' is money, 'unresolved' is a number: the two cannot be compared."),
        ("item < abc", 5, "'item' is text: it is compared with '=' or '!=', not with '<'."),
        ("folder = indox", 9, "unknown folder 'indox' (did you mean 'inbox'?)"),
        ("folder in (inbox, outbox)", 18, "unknown folder 'outbox'. 'folder' is one of inbox, spam."),
        ("message = birthday-ofer", 10, "unknown message 'birthday-ofer' (did you mean 'birthday-offer'?)"),
        ("place = dealer-8", 8, "unknown place 'dealer-8' (did you mean 'dealer-7'?)"),
        ("amout > 5 EUR", 0, "unknown field 'amout' (did you mean 'amount'?)"),
        ("offer.prize > 5 EUR", 0, "'offer' has no field 'prize' (did you mean 'price'?)"),
        ("zeppelin.price > 5 EUR", 0, "unknown object 'zeppelin'. Declare it under 'objects' of the organisation."),
        ("zeppelin > 5 EUR", 0, "unknown field 'zeppelin'. Declare it with an object or an event of the organisation."),
        ("offer.zeppelin > 5 EUR", 0,
         "'offer' has no field 'zeppelin'. Declare it under 'objects' of the organisation."),
        ("ofer.price > 5 EUR", 0, "unknown object 'ofer' (did you mean 'offer'?)"),
        ("offer is known", 0, "'offer' is an object. Name one of its fields, such as 'offer.offer_id'."),
        ("amount <= ofer.price", 10, "unknown object 'ofer' (did you mean 'offer'?)"),
        ("offer.price.sign = x", 0, "'price' is money, which has no 'sign'. Only a place has name and sign."),
        ("place.city = x", 0, "A place has 'name' and 'sign', not 'city'."),
        ("item = appointment.place", 7, ("'item' is text, 'appointment.place' is a place: the two cannot be compared. "
         "Write 'appointment.place.name'.")),
        ("offer.valid_until >= now", 21, ("'offer.valid_until' is a date, 'now' is an instant: the two cannot be "
         "compared. Write 'today'.")),
        ("offer.valid_until < now - 90 days", 20, ("'offer.valid_until' is a date, 'now - 90 days' is an instant: the "
         "two cannot be compared. Write 'today - 90 days'.")),
        ("starts_at >= today", 13, ("'starts_at' is an instant, 'today' is a date: the two cannot be compared. "
         "Write 'now'.")),
        ("day = 2025-11-14 08:07", 6, "'day' is a date, '2025-11-14 08:07' is an instant. Write '2025-11-14'."),
        ("starts_at < 2026-03-29 02:30", 12, ("2026-03-29 02:30 does not exist in Europe/Rome (clocks go from 02:00 to "
         "03:00). Write the offset: '2026-03-29 02:30 +01:00'.")),
        ('amount contains "x"', 7, "'amount' is money: only text can contain something. Write '='."),
        ("offer.price per deeler > 5 EUR", 0, "unknown system 'deeler' (did you mean 'dealer'?)"),
        ("amount per dealer > 5 EUR", 0, ("'amount per dealer' asks what a system holds, and a system holds objects. "
         "Write 'object.field per dealer'.")),
        ("discount in (30 %, half)", 19, "'discount' is a percentage, 'half' is a word. Write '30 %'."),
    ],
)  # fmt: skip
def test_a_mistake_of_type_says_what_to_write(text: str, offset: int, message: str) -> None:
    _, problems = check_condition(parse_condition(text), DICTIONARY, EXPECTATION)
    assert [(problem.offset, problem.message) for problem in problems] == [(offset, message)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("offer.price per dealer > 5 EUR", ("a journey cannot ask 'per dealer': it knows only what reached esp. "
         "Add a link 'dealer to esp', or move this question to a check.")),
        ("offer.price per any > 5 EUR", ("a journey cannot ask 'per any': it knows only what reached esp. "
         "Move this question to a check.")),
        ("price > 5 EUR", "a journey has no event here whose field 'price' could be. Write 'offer.price'."),
        ("activation.coupon_id is known", ("a journey mentions 'activation.coupon_id', but sees its own row only. "
         "Link the two with 'same: coupon_id'; compare other values in 'expect'.")),
    ],
)  # fmt: skip
def test_what_a_journey_may_not_ask(text: str, message: str) -> None:
    _, problems = check_condition(parse_condition(text), DICTIONARY, JOURNEY)
    assert [problem.message for problem in problems] == [message]


def test_every_problem_is_found_at_once() -> None:
    pattern = parse_pattern("Message Recieved where amout > 1 EUR and (folder = indox or not amount = 149)")
    same, problems = check_pattern(pattern, DICTIONARY, EXPECTATION)
    assert same == pattern
    assert [problem.offset for problem in problems] == [0, 23, 51, 73]
    assert problems[0].message == "unknown event 'Message Recieved' (did you mean 'Message Received'?)"


def test_the_type_of_a_name() -> None:
    assert type_of(Name(("offer", "price")), DICTIONARY, JOURNEY) == MONEY
    assert type_of(Name(("customer", "shop", "sign")), DICTIONARY, JOURNEY) == TEXT
    with pytest.raises(ExpressionError, match="unknown object 'coupn'"):
        type_of(Name(("coupn", "status")), DICTIONARY, JOURNEY)


@pytest.mark.parametrize(
    ("text", "rows", "expected"),
    [
        ("amount > 149 EUR", {"amount": Money(41100, "EUR")}, True),
        ("amount > 149 EUR", {"amount": Money(14900, "EUR")}, False),
        ("amount > 149 EUR", {"amount": Money(41100, "PLN")}, None),
        ("amount > 149 EUR", {}, None),
        ("not amount > 149 EUR", {}, None),
        ("amount != 149 EUR", {"amount": Money(14900, "PLN")}, None),
        ("amount in (1 PLN, 149 EUR)", {"amount": Money(14900, "EUR")}, True),
        ("amount in (1 PLN, 150 EUR)", {"amount": Money(14900, "EUR")}, None),
        ("amount <= offer.price", {"amount": Money(100, "EUR"), "offer.price": Money(100, "EUR")}, True),
        ("amount is known", {}, False),
        ("amount is unknown", {}, True),
        ("unresolved = 0", {"unresolved": 0.0}, True),
        ("unresolved = 1", {"unresolved": True}, None),
        ("unresolved < 1", {"unresolved": "none"}, None),
        ("noise = false", {"noise": False}, True),
        ("folder in (inbox, spam)", {"folder": "spam"}, True),
        ("folder in (inbox, spam)", {}, None),
        ('item contains "scarf"', {"item": "red scarf"}, True),
        ('item contains "scarf"', {}, None),
        ("offer.valid_until >= today", {"offer.valid_until": "2024-10-31"}, False),
        ("offer.valid_until per helpdesk >= today", {"offer.valid_until per helpdesk": "2024-11-09"}, True),
        ("starts_at = now", {"starts_at": parse_instant("2024-11-07 08:30", ROME)}, True),
        ("starts_at = 2024-11-07 08:30", {"starts_at": parse_instant("2024-11-07 08:30", ROME)}, True),
        ("starts_at = now - 14 days", {"starts_at": parse_instant("2024-10-24 08:30", ROME)}, True),
        ("starts_at = now - 336 h", {"starts_at": parse_instant("2024-10-24 09:30", ROME)}, True),
        ("item = a and amount is known", {"item": "b"}, False),
        ("item = a or amount is unknown", {}, True),
        ("item = a and amount is unknown", {}, None),
    ],
)
def test_a_row_is_judged(text: str, rows: Mapping[str, Value], expected: bool | None) -> None:
    assert answer(text, rows) is expected


@pytest.mark.parametrize(("born", "expected"), [("2024-11-07", True), ("2024-11-08", False), (None, None)])
def test_birthday_is_a_day(born: str | None, expected: bool | None) -> None:
    assert answer("birthday = today", born=born) is expected


def test_a_compiled_condition_is_used_again_and_again() -> None:
    judge = compile_row(typed("coupon.status = used and order.item is known", JOURNEY))
    known = {"coupon.status": "used", "order.item": "dress"}
    assert [judge(Known7November(rows)) for rows in ({}, known, {"coupon.status": "unused"}, known)] == [
        False,
        True,
        False,
        True,
    ]
