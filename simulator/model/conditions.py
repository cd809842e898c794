"""Conditions and event patterns as people write them: a recursive-descent parser, and the door to the whole grammar.

A condition is a small sentence such as `amount > 149 EUR and not coupon.status = used`. It is read once, typed by
`simulator.model.typing`, and then judged row by row (`simulator.model.evaluation`) or over whole columns.

    pattern    EVENT NAME [where CONDITION]
    condition  test, or tests joined by `and`, or tests joined by `or`; `not` and brackets may stand before any test
    test       SUBJECT = VALUE (also != < <= > >=) · NAME in (a, b) · NAME is known · NAME is unknown
               · NAME contains "x"
    subject    NAME [per SYSTEM] · today · now · birthday
    value      149 EUR · 30 % · 12 · true · "free text" · bare-word · NAME · now + 3 days
               · 2025-11-14 · 2025-11-14 08:07

`simulator.model.condition_nodes` holds the nodes. All errors are `ExpressionError` with an offset in the text.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from simulator.model.condition_nodes import (
    OPERATORS,
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
    Operand,
    Operator,
    Or,
    Pattern,
    Subject,
    Test,
    Today,
    each_test,
    names,
)
from simulator.model.condition_tokens import (
    MAX_LENGTH,
    RESERVED,
    Token,
    check_event_word,
    check_length,
    checked_date,
    odd_remedy,
    tokens,
    unit_remedy,
    unquoted,
)
from simulator.words.clock import DAY, Duration, parse_duration
from simulator.words.errors import ExpressionError
from simulator.words.quantities import parse_money

__all__ = [
    "MAX_DEPTH", "MAX_LENGTH", "OPERATORS", "RESERVED", "And", "Birthday", "Comparison", "Condition", "Contains",
    "Known", "Literal", "Membership", "Name", "Not", "Now", "Operand", "Operator", "Or", "Pattern", "Subject", "Test",
    "Today", "each_test", "names", "parse_condition", "parse_pattern",
]  # fmt: skip

MAX_DEPTH: Final = 32
"""How deep brackets and `not` may nest; it also bounds every recursion over a condition."""
MAX_DAYS: Final = 366_000
"""How far `now` may be moved: about a thousand years, which any calendar can still tell."""


def parse_condition(text: str) -> Condition:
    """Read a condition. Raises ExpressionError whose offset is a place in `text`."""
    return _Parser(text, 0).condition()


def parse_pattern(text: str) -> Pattern:
    """Read `Event Name` or `Event Name where CONDITION`; offsets count from the start of the whole text."""
    check_length(text)
    event: list[str] = []
    start = 0
    for found in re.finditer(r"\S+", text):
        word, offset = found.group(), found.start()
        if word == "where" and event:
            return Pattern(" ".join(event), _Parser(text, found.end()).condition(), start)
        check_event_word(word, offset, bool(event))
        start = start if event else offset
        event.append(word)
    if not event:
        raise ExpressionError("An event's name is missing. Write one such as 'Message Sent'.", 0)
    return Pattern(" ".join(event), None, start)


# The parser: one method a production.


class _Parser:
    def __init__(self, text: str, start: int) -> None:
        check_length(text)
        self._text = text
        self._tokens = tuple(tokens(text, start))
        self._index = 0

    @property
    def _here(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._here
        # The token `end` is never passed, so that there is always one to look at.
        self._index = min(self._index + 1, len(self._tokens) - 1)
        return token

    def _is(self, *words: str) -> bool:
        return self._here.kind in ("name", "symbol") and self._here.text in words

    def _took(self, word: str) -> bool:
        return self._is(word) and bool(self._take())

    def _fail(self, message: str, token: Token | None = None) -> NoReturn:
        raise ExpressionError(message, (token or self._here).offset)

    def condition(self) -> Condition:
        condition = self._joined(0)
        if self._here.kind != "end":
            self._unexpected("'and', 'or' or the end")
        return condition

    def _joined(self, depth: int) -> Condition:
        items = [self._item(depth)]
        joiner: Token | None = None
        while self._is("and", "or"):
            token = self._take()
            joiner = joiner or token
            if token.text != joiner.text:
                message = f"'{token.text}' stands beside '{joiner.text}'. Add brackets to say which belongs together"
                self._fail(f"{message}: '(a = 1 and b = 2) or c = 3'.", token)
            items.append(self._item(depth))
        if joiner is None:
            return items[0]
        return (And if joiner.text == "and" else Or)(tuple(items), joiner.offset)

    def _item(self, depth: int) -> Condition:
        if depth >= MAX_DEPTH:
            self._fail(f"Brackets and 'not' nest deeper than {MAX_DEPTH}. Split this into several checks.")
        token = self._here
        if self._took("not"):
            return Not(self._item(depth + 1), token.offset)
        if not self._took("("):
            return self._test()
        inner = self._joined(depth + 1)
        if not self._took(")"):
            if self._here.kind == "end":
                self._fail("This '(' has no ')'.", token)
            self._unexpected("'and', 'or' or ')'")
        return inner

    def _test(self) -> Test:
        left = self._subject()
        token = self._here
        if token.kind == "symbol" and token.text in OPERATORS:
            self._take()
            return Comparison(left, OPERATORS[token.text], self._operand(left, token), token.offset)
        if token.kind == "name" and token.text == "not":
            self._fail(f"'not' stands before the test: 'not {left} in (...)', or '{left} is unknown'.")
        if not self._is("in", "is", "contains"):
            self._no_operator(left)
        if not isinstance(left, Name):
            self._fail(f"'{left}' is a time: compare it with = != < <= > or >=.")
        self._take()
        match token.text:
            case "in":
                return Membership(left, self._options(left), token.offset)
            case "is":
                return Known(left, self._known(left), token.offset)
        return self._contains(left, token)

    def _no_operator(self, left: Subject) -> NoReturn:
        if self._is(")", "and", "or") or self._here.kind == "end":
            self._fail(f"'{left}' alone is not a test. Write '{left} = true' or '{left} is known'.")
        self._unexpected(f"=, !=, <, <=, >, >=, 'in', 'is' or 'contains' after '{left}'")

    def _subject(self) -> Subject:
        token = self._here
        if token.kind != "name" or token.text in RESERVED or token.text in ("true", "false"):
            turned = " Turn it round: 'amount > 5', not '5 < amount'." if token.kind in ("number", "date") else ""
            self._fail(f"A test begins with a name, such as 'amount' or 'offer.price'; found {token}.{turned}")
        self._take()
        return self._time(token) or self._name(token)

    def _name(self, token: Token) -> Name:
        system = None
        if self._took("per"):
            if self._here.kind != "name" or self._here.text in RESERVED or "." in self._here.text:
                self._fail(f"After 'per' comes the name of a system, or 'any'; found {self._here}.")
            system = self._take().text
        return Name(tuple(token.text.split(".")), system, token.offset)

    def _time(self, token: Token) -> Now | Today | Birthday | None:
        """What `now`, `today` and `birthday` stand for; None for any other word. The word has been taken."""
        match token.text:
            case "today":
                return Today(*self._shift(token), offset=token.offset)
            case "birthday":
                return Birthday(token.offset)
            case "now":
                return Now(*self._shift(token), offset=token.offset)
        return None

    def _shift(self, time: Token) -> tuple[Duration | None, int]:
        """By how much `now` or `today` is moved, and in which direction."""
        if not self._is("+", "-"):
            return None, 1
        sign = self._take()
        start = end = self._here.offset
        while self._here.kind in ("number", "odd", "name") and self._here.text not in RESERVED:
            end = self._take().end
        if start == end:
            self._fail(
                f"After '{time.text} {sign.text}' comes a duration, such as '3 days' or '2 h'; found {self._here}."
            )
        try:
            duration = parse_duration(self._text[start:end])
        except ExpressionError as error:
            raise ExpressionError(error.message, min(start + error.offset, end)) from error
        if duration.years * 366 + duration.months * 31 + duration.days + duration.working_days * 2 > MAX_DAYS or (
            duration.ms > MAX_DAYS * DAY
        ):
            raise ExpressionError(f"'{self._text[start:end]}' leads too far: at most 1000 years from now.", start)
        if time.text == "today" and duration.ms:
            written = self._text[start:end]
            raise ExpressionError(f"'{written}' is no number of days. Write 'now {sign.text} {written}'.", start)
        return duration, -1 if sign.text == "-" else 1

    def _operand(self, left: Subject, op: Token) -> Operand:
        token = self._here
        if token.kind != "name" or token.text in ("true", "false"):
            return self._literal(f"{left} {op.text} ")
        if token.text in RESERVED:
            self._fail(f"After '{op.text}' comes a value; found {token}. Text that reads so stands in quotes.")
        self._take()
        time = self._time(token)
        if time is not None:
            return time
        if "." in token.text or self._is("per"):
            return self._name(token)
        self._one_word(token, f"{left} {op.text} ")
        return Literal(token.text, "word", offset=token.offset)

    def _one_word(self, first: Token, before: str) -> None:
        last = first
        while self._here.kind == "name" and self._here.text.lower() not in RESERVED:
            last = self._take()
        if last is not first:
            words = self._text[first.offset : last.end]
            self._fail(f"bare word '{words}' reads as names; free text needs quotes: {before}\"{words}\".", first)

    def _literal(self, before: str) -> Literal:
        """A value that is no name; `before` is what stands before it, for the remedies."""
        token = self._here
        if token.kind in ("number", "symbol") and token.text not in ("(", ")"):
            return self._amount(before)
        self._take()
        match token.kind:
            case "name" if token.text in ("true", "false"):
                return Literal(token.text == "true", "flag", offset=token.offset)
            case "name" if token.text not in RESERVED and "." not in token.text:
                self._one_word(token, before)
                return Literal(token.text, "word", offset=token.offset)
            case "text":
                return Literal(unquoted(token), "text", offset=token.offset)
            case "date":
                return Literal(checked_date(token), "date", offset=token.offset)
            case "instant":
                checked_date(token)
                return Literal(" ".join(token.text.split()), "instant", offset=token.offset)
        remedy = (
            odd_remedy(token.text) if token.kind == "odd" else f"After '{before.strip()}' comes a value; found {token}."
        )
        raise ExpressionError(remedy, token.offset)

    def _amount(self, before: str) -> Literal:
        """A number, with its minus sign, and what may follow it: `%` or a currency."""
        first = self._take()
        negative = first.text == "-" and self._here.kind == "number" and self._here.offset == first.end
        token = self._take() if negative else first
        if token.kind != "number":
            self._fail(f"After '{before.strip()}' comes a value; found {first}.", first)
        if len(token.text) > 15:
            self._fail(f"'{token.text}' is too long for a number: at most 15 digits.", token)
        digits = ("-" if negative else "") + token.text
        if self._took("%"):
            return Literal(float(digits), "percent", offset=first.offset)
        unit = self._here
        if unit.kind != "name" or unit.text.lower() in RESERVED:
            return Literal(float(digits) if "." in digits else int(digits), "number", offset=first.offset)
        self._take()
        if not re.fullmatch(r"[A-Z]{3}", unit.text):
            self._fail(unit_remedy(digits, unit.text), unit)
        try:
            amount = parse_money(f"{digits} {unit.text}")
        except ExpressionError as error:
            raise ExpressionError(error.message, first.offset) from error
        return Literal(amount, "money", offset=first.offset)

    def _options(self, left: Name) -> tuple[Literal, ...]:
        before = f"{left} in ("
        if not self._took("("):
            self._fail(f"After 'in' comes a list in brackets: '{left} in (a, b)'; found {self._here}.")
        options = [self._option(before)]
        while self._took(","):
            options.append(self._option(before))
        if not self._took(")"):
            self._unexpected("',' or ')' in the list")
        return tuple(options)

    def _option(self, before: str) -> Literal:
        if self._is(")"):
            self._fail("A value is missing in this list. Write 'in (a, b)'.")
        if self._here.kind == "name" and "." in self._here.text:
            self._fail(f"A list holds plain values, not names such as {self._here}. Write tests joined by 'or'.")
        return self._literal(before)

    def _known(self, left: Name) -> bool:
        token = self._take()
        if token.kind == "name" and token.text in ("known", "unknown"):
            return token.text == "known"
        if token.kind == "name" and token.text == "not":
            raise ExpressionError(f"Write '{left} is unknown', or 'not {left} = ...'.", token.offset)
        message = f"After 'is' comes 'known' or 'unknown'; found {token}. To compare, write '='."
        raise ExpressionError(message, token.offset)

    def _contains(self, left: Name, contains: Token) -> Contains:
        token = self._take()
        if token.kind != "text":
            found = f'"{token.text}"' if token.kind in ("name", "number") else '"free text"'
            self._fail(f"After 'contains' comes text in quotes: {left} contains {found}.", token)
        return Contains(left, unquoted(token), contains.offset)

    def _unexpected(self, expected: str) -> NoReturn:
        token = self._here
        if token.kind == "name" and token.text != token.text.lower() and token.text.lower() in RESERVED:
            self._fail(f"Write '{token.text.lower()}' in lower case.")
        if token.text in ("+", "-"):
            self._fail("'+' and '-' stand only after 'now' and 'today'. Move them there: 'starts_at < now + 2 h'.")
        if token.text == ")":
            self._fail("This ')' has no '('.")
        if token.kind == "odd":
            self._fail(odd_remedy(token.text))
        self._fail(f"Expected {expected}; found {token}.")
