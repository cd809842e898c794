"""Laws of conditions: they print as they read, their logic is Kleene's, and no text whatever breaks the parser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from simulator.model.conditions import (
    MAX_DEPTH,
    OPERATORS,
    RESERVED,
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
    each_test,
    names,
    parse_condition,
    parse_pattern,
)
from simulator.model.evaluation import holds
from simulator.model.typing import EXPECTATION, Dictionary, ObjectType, check_condition
from simulator.words.clock import Duration, Instant, move
from simulator.words.errors import ExpressionError
from simulator.words.vocabulary import EVENTS, FIELDS, Money, Value

T = TypeVar("T")

DICTIONARY = Dictionary(
    fields={**FIELDS, "a": FIELDS["holdout"], "b": FIELDS["unresolved"], "c": FIELDS["reason"]},
    objects={"offer": ObjectType("offer_id", "crm", {"price": FIELDS["amount"], "until": FIELDS["day"]})},
    events=frozenset(EVENTS),
    systems=frozenset({"crm", "dealer"}),
)


@dataclass
class Row:
    """Facts that are given outright; durations do not move this clock."""

    values: Mapping[str, Value]
    now: Instant = 0

    def value(self, name: tuple[str, ...], per: str | None) -> Value | None:
        return self.values.get(".".join(name) + (per or ""))

    def today(self, duration: Duration | None = None, sign: int = 1) -> str:
        return (date(2025, 11, 14) if duration is None else move(date(2025, 11, 14), duration, None, sign)).isoformat()

    def birthday(self) -> str | None:
        return None

    def shift(self, duration: Duration, sign: int) -> Instant:
        return self.now + sign * duration.ms


# Conditions as values.

words = st.from_regex(r"[a-zé_][a-z0-9_]{0,5}(-[a-z0-9]{1,3})?", fullmatch=True).filter(
    lambda word: word not in RESERVED | {"true", "false"} and not word.startswith(("now", "today", "birthday"))
)
dotted = st.builds(Name, st.lists(words, min_size=2, max_size=3).map(tuple), st.none() | words)
fields = st.builds(lambda word: Name((word,)), words)
named = fields | dotted
numbers = st.integers(-(10**9), 10**9)
literals = st.one_of(
    words.map(lambda word: Literal(word, "word")),
    st.text(max_size=12).map(lambda text: Literal(text, "text")),
    st.booleans().map(lambda flag: Literal(flag, "flag")),
    numbers.map(lambda number: Literal(number, "number")),
    numbers.map(lambda number: Literal(number / 4096, "number")).filter(lambda number: len(str(number)) < 15),
    numbers.map(lambda number: Literal(number / 4, "percent")),
    st.builds(lambda cents, code: Literal(Money(cents, code), "money"), numbers, st.sampled_from(["EUR", "PLN"])),
    st.dates().map(lambda day: Literal(day.isoformat(), "date")),
    st.datetimes().map(lambda time: Literal(f"{time:%Y-%m-%d %H:%M}".rjust(16, "0") + " Europe/Rome", "instant")),
)
steps = st.builds(Duration, *(st.integers(0, 99) for _ in range(4))).filter(lambda duration: duration.is_calendar)
durations = st.builds(
    Duration,
    *(st.integers(0, 99) for _ in range(4)),
    ms=st.integers(0, 10**9),
)
times = st.one_of(
    st.just(Today()),
    st.builds(Today, steps, st.sampled_from([1, -1])),
    st.just(Birthday()),
    st.builds(Now, st.none()),
    st.builds(Now, durations, st.sampled_from([1, -1])),
)
tests = st.one_of(
    st.builds(Comparison, named | times, st.sampled_from(sorted(OPERATORS)), literals | times | dotted),
    st.builds(Membership, named, st.lists(literals, min_size=1, max_size=3).map(tuple)),
    st.builds(Known, named, st.booleans()),
    st.builds(Contains, named, st.text(max_size=8)),
)


def compound(items: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(items, min_size=2, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, items)


conditions = st.recursive(tests, compound, max_leaves=8)

pieces = st.sampled_from([
    "a", "b", "c", "offer.price", "offer.until", "place.sign", "activation.day", "and", "or", "not", "(", ")", ",",
    "in",
    "is", "known", "unknown", "contains", "per", "dealer", "any", "=", "==", "!=", "<", "<=", ">", "now", "today",
    "birthday", "+", "-", "3 days", "9999999999 weeks", "1w", "1 h 30 min", "149", "149 EUR",
    "30 %", "2.50 PLN", '"free text"', "true",
    "2025-11-14", "2025-02-30", "2025-11-14 08:07", "2025-11-14 02:30 Europe/Rome", "2025-11-14 Mars/Phobos",
    "where", "\\", "é",
])  # fmt: skip
nonsense = (
    st.text(max_size=60) | st.lists(pieces, max_size=12).map(" ".join) | st.lists(pieces, max_size=6).map("".join)
)


@given(conditions)
def test_a_printed_condition_reads_as_itself(condition: Condition) -> None:
    printed = str(condition)
    assert parse_condition(printed) == condition
    assert str(parse_condition(printed)) == printed


@given(st.sampled_from(EVENTS), st.none() | conditions)
def test_a_printed_pattern_reads_as_itself(event: str, condition: Condition | None) -> None:
    pattern = Pattern(event, condition)
    assert parse_pattern(str(pattern)) == pattern


@given(conditions)
def test_every_node_stands_at_its_offset(condition: Condition) -> None:
    text = str(condition)
    condition = parse_condition(text)
    for name in names(condition):
        assert text.startswith(str(name), name.offset)
    for test in each_test(condition):
        if isinstance(test, Comparison):
            assert text.startswith(test.op, test.offset)
            assert text.startswith(str(test.right), test.right.offset)


def read(parse: Callable[[str], T], text: str) -> T | ExpressionError:
    """What the text means, or why it is refused; any other exception comes through."""
    try:
        return parse(text)
    except ExpressionError as error:
        return error


@given(nonsense)
def test_any_text_is_a_condition_or_an_expression_error_in_it(text: str) -> None:
    condition = read(parse_condition, text)
    if isinstance(condition, ExpressionError):
        assert 0 <= condition.offset <= len(text)
        assert condition.message
        return
    assert parse_condition(str(condition)) == condition
    typed, problems = check_condition(condition, DICTIONARY, EXPECTATION)
    assert all(0 <= problem.offset < len(text) for problem in problems)
    if not problems:
        assert check_condition(typed, DICTIONARY, EXPECTATION) == (typed, [])


@given(nonsense)
def test_any_text_is_a_pattern_or_an_expression_error_in_it(text: str) -> None:
    for written in (text, "Message Sent where " + text):
        pattern = read(parse_pattern, written)
        if isinstance(pattern, ExpressionError):
            assert 0 <= pattern.offset <= len(written)
        else:
            assert parse_pattern(str(pattern)) == pattern


@given(conditions)
def test_typing_any_condition_gives_problems_and_never_raises(condition: Condition) -> None:
    typed, problems = check_condition(condition, DICTIONARY, EXPECTATION)
    assert all(isinstance(problem, ExpressionError) for problem in problems)
    assert len(list(each_test(typed))) == len(list(each_test(condition)))


@given(st.integers(0, 2_000), st.sampled_from(["(", "not ", "not (", "a = b and (", "(a = b or "]))
def test_a_nest_of_any_depth_is_answered(depth: int, opening: str) -> None:
    text = opening * depth + "a is known" + ")" * depth * opening.count("(")
    nested = read(parse_condition, text)
    if isinstance(nested, ExpressionError):
        assert depth * len(opening) >= MAX_DEPTH
        assert 0 <= nested.offset <= len(text)
    else:
        assert depth < MAX_DEPTH


# The logic.

letters = st.sampled_from("pqrs")
propositions = st.builds(
    lambda letter: Comparison(Name((letter,)), "=", Literal(value=True, kind="flag")), letters
)  # fmt: skip
sentences: st.SearchStrategy[Condition] = st.recursive(propositions, compound, max_leaves=8)
rows = st.dictionaries(letters, st.booleans())


def degree(condition: Condition, row: Mapping[str, bool]) -> Fraction:
    """Kleene's logic as arithmetic: false 0, unknown a half, true 1; `and` is the least, `or` the greatest."""
    match condition:
        case And(items):
            return min(degree(item, row) for item in items)
        case Or(items):
            return max(degree(item, row) for item in items)
        case Not(item):
            return 1 - degree(item, row)
        case Comparison(Name((letter,))):
            return Fraction(row[letter]) if letter in row else Fraction(1, 2)
    raise AssertionError(condition)


@given(sentences, rows)
def test_the_logic_is_kleenes(sentence: Condition, row: dict[str, bool]) -> None:
    meaning = {Fraction(0): False, Fraction(1, 2): None, Fraction(1): True}
    assert holds(sentence, Row(row)) is meaning[degree(sentence, row)]


@given(sentences, sentences, rows)
def test_de_morgan(one: Condition, two: Condition, row: dict[str, bool]) -> None:
    assert holds(Not(And((one, two))), Row(row)) is holds(Or((Not(one), Not(two))), Row(row))
    assert holds(And((one, two)), Row(row)) is holds(And((two, one)), Row(row))
    assert holds(Not(Not(one)), Row(row)) is holds(one, Row(row))


@given(sentences, rows, rows)
def test_learning_more_never_turns_an_answer_round(
    sentence: Condition, row: dict[str, bool], more: dict[str, bool]
) -> None:
    before = holds(sentence, Row(row))
    assert before is None or holds(sentence, Row({**more, **row})) is before


values = st.one_of(
    st.text(max_size=5),
    st.integers(),
    st.floats(allow_nan=False),
    st.booleans(),
    st.builds(Money, st.integers(), words),
)


@given(conditions, st.data())
def test_no_value_makes_a_condition_raise(condition: Condition, data: st.DataObject) -> None:
    known = {"".join([".".join(name.parts), name.per or ""]): data.draw(values) for name in names(condition)}
    assert holds(condition, Row(known)) in (True, False, None)
    assert holds(condition, Row({})) in (True, False, None)


@given(values, values)
def test_each_comparison_has_its_contrary(value: Value, other: Value) -> None:
    row = Row({"a": value, "b.c": other})
    for text, contrary in (("a = b.c", "a != b.c"), ("a < b.c", "a >= b.c"), ("a > b.c", "a <= b.c")):
        assert holds(parse_condition(contrary), row) is holds(Not(parse_condition(text)), row)
