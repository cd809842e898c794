"""How a value of a crowd varies: a small grammar, read once, and then drawn from once a person.

any of A B C            one of these; `any of A 70 % B 30 %` with weights; "two words" in quotes
any day 1940..2006      a date, the last included; also `any day 2025-01-01..2025-03-31`
any number 1..5         a number, both included; with decimals if one of the two has them
any money 20..80 EUR    an amount, both included; in hundredths if one of the two has them
1 in 10  ·  30 %        a flag that is true with that share
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Final, NoReturn, Protocol

from simulator.model.values import value_of
from simulator.words.clock import parse_date
from simulator.words.errors import ExpressionError, did_you_mean
from simulator.words.quantities import parse_percent
from simulator.words.streams import Stream
from simulator.words.vocabulary import FieldType, Money, Value

_WEIGHT: Final = r"(?:\s+(?P<weight>\d+(?:\.\d+)?) ?%(?!\S))?"
_WORD: Final = r'(?:"(?P<quoted>[^"]*)"|(?P<word>[^\s"]+))'
_OPTION: Final = re.compile(rf"\s*{_WORD}{_WEIGHT}(?!\S)")
_UNIT_OPTIONS: Final = {
    "money": re.compile(rf"\s*(?P<word>-?[\d.]+ [A-Z]{{3}}){_WEIGHT}(?!\S)"),
    "percent": re.compile(r"\s*(?P<word>\d+(?:\.\d+)? ?%)(?P<weight>(?!))?(?!\S)"),
    "instant": re.compile(rf"\s*(?P<word>\d{{4}}-\d\d-\d\d(?: \d\d:\d\d)?){_WEIGHT}(?!\S)"),
}
_SHARE: Final = re.compile(r"\d+ in \d+|\d+(?:\.\d+)? ?%")
_NUMBER: Final = r"-?\d+(?:\.\d+)?"
_NUMBERS: Final = re.compile(rf"({_NUMBER})\.\.({_NUMBER})")
_MONEYS: Final = re.compile(rf"({_NUMBER})\.\.({_NUMBER}) ([A-Z]{{3}})")


class Draw(Protocol):
    """Something a value can be drawn from."""

    def value(self, stream: Stream) -> Value:
        """One value. It takes one draw."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of `options`; `upto[i]` is the share of the first i + 1 of them, all together 1."""

    options: tuple[Value, ...]
    upto: tuple[float, ...]

    def value(self, stream: Stream) -> Value:
        """One of the options, by weight."""
        index: int = bisect_right(self.upto, stream.fraction())
        return self.options[min(index, len(self.options) - 1)]


@dataclass(frozen=True, slots=True)
class AnyDay:
    """A day between two, both included, as ordinals of `datetime.date`."""

    first: int
    last: int

    def value(self, stream: Stream) -> Value:
        """A date, `YYYY-MM-DD`."""
        return date.fromordinal(stream.whole(self.first, self.last)).isoformat()


@dataclass(frozen=True, slots=True)
class AnyNumber:
    """A number of steps between two, both included; a step is 10 ** -decimals."""

    low: int
    high: int
    decimals: int
    is_percent: bool = False

    def value(self, stream: Stream) -> Value:
        """A whole number where there are no decimals, unless it is a percentage."""
        steps = stream.whole(self.low, self.high)
        if self.decimals:
            return round(steps / float(10**self.decimals), self.decimals)
        return float(steps) if self.is_percent else steps


@dataclass(frozen=True, slots=True)
class AnyMoney:
    """An amount between two, both included: so many times `step` hundredths."""

    low: int
    high: int
    step: int
    currency: str

    def value(self, stream: Stream) -> Value:
        """An amount of money."""
        return Money(stream.whole(self.low, self.high) * self.step, self.currency)


@dataclass(frozen=True, slots=True)
class Share:
    """A flag that is true with probability `share` (0 to 1)."""

    share: float

    def value(self, stream: Stream) -> Value:
        """True or false."""
        return stream.happens(self.share)


def is_draw(written: object, kind: FieldType) -> bool:
    """True if this is written as a draw and not as a value; `30 %` is a share only for a flag."""
    if not isinstance(written, str):
        return False
    text = written.strip()
    return text == "any" or text.startswith("any ") or (kind.kind == "flag" and _SHARE.fullmatch(text) is not None)


def parse_draw(text: str, kind: FieldType, subject: str, zone_name: str, places: Collection[str] = ()) -> Draw:
    """Read how the field `subject`, of this type, varies. `places` and `zone_name` are those of `value_of`.

    Raises ExpressionError with what to write.
    """
    body = text.strip()
    if _SHARE.fullmatch(body):
        if kind.kind != "flag":
            raise ExpressionError(f"'{text}' is a share, and '{subject}' is no flag. Write {_example(kind)}.")
        return Share(parse_percent(body) / 100)
    head, _, rest = body.partition(" ")
    word, _, tail = rest.strip().partition(" ")
    if head != "any" or not word:
        _refuse(text, kind, subject)
    match word:
        case "of":
            options = tail.strip()
            try:
                return _any_of(options, kind, subject, zone_name, places)
            except ExpressionError as error:
                raise ExpressionError(error.message, text.rindex(options) + error.offset) from error
        case "day" if kind.kind == "date":
            return _any_day(tail.strip())
        case "number" if kind.kind in ("number", "percent"):
            return _any_number(tail.strip(), kind)
        case "money" if kind.kind == "money":
            return _any_money(tail.strip())
        case "day" | "number" | "money":
            message = f"'any {word}' does not fit: '{subject}' is of type {kind}. Write {_example(kind)}."
            raise ExpressionError(message)
    hint = did_you_mean(word, ("of", "day", "number", "money"))
    raise ExpressionError(f"'any {word}' is not a way to vary{hint}. Write {_example(kind)}.", text.find(word))


def _any_of(text: str, kind: FieldType, subject: str, zone_name: str, places: Collection[str]) -> AnyOf:
    option = _UNIT_OPTIONS.get(kind.kind, _OPTION)
    options: list[Value] = []
    weights: list[str | None] = []
    position = 0
    while position < len(text):
        found = option.match(text, position)
        if found is None:
            unread = text[position:].strip()
            raise ExpressionError(f"'{unread}' cannot be read after 'any of'. Write {_example(kind)}.", position)
        groups = found.groupdict()
        word = groups["word"] if groups["word"] is not None else groups["quoted"]
        try:
            options.append(value_of(word, kind, subject, zone_name, places))
        except ExpressionError as error:
            raise ExpressionError(error.message, text.index(word, position) + error.offset) from error
        weights.append(groups["weight"])
        position = found.end()
    if not options:
        raise ExpressionError(f"after 'any of' come the words to choose from. Write {_example(kind)}.")
    return AnyOf(tuple(options), _upto(weights))


def _upto(weights: list[str | None]) -> tuple[float, ...]:
    if all(weight is None for weight in weights):
        return tuple((number + 1) / len(weights) for number in range(len(weights)))
    if any(weight is None for weight in weights):
        raise ExpressionError("some words have a weight, some none. Write one behind each: 'any of A 70 % B 30 %'.")
    shares = [float(weight) for weight in weights if weight is not None]
    if abs(sum(shares) - 100) > 0.01:
        raise ExpressionError(f"the weights make {sum(shares):g} %. Change them so that they make 100 %.")
    return tuple(upto / sum(shares) for upto in accumulate(shares))


def _any_day(text: str) -> AnyDay:
    if years := re.fullmatch(r"(\d{4})\.\.(\d{4})", text):
        first, last = parse_date(f"{years[1]}-01-01"), parse_date(f"{years[2]}-12-31")
    elif days := re.fullmatch(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)", text):
        first, last = parse_date(days[1]), parse_date(days[2])
    else:
        raise ExpressionError(f"'{text}' is not a range of days. Write 'any day 1940..2006'.")
    _check_order(text, first <= last)
    return AnyDay(first.toordinal(), last.toordinal())


def _any_number(text: str, kind: FieldType) -> AnyNumber:
    found = _NUMBERS.fullmatch(text)
    if found is None:
        raise ExpressionError(f"'{text}' is not a range of numbers. Write 'any number 1..5'.")
    decimals = max(len(number.partition(".")[2]) for number in found.groups())
    low, high = (round(float(number) * 10**decimals) for number in found.groups())
    _check_order(text, low <= high)
    return AnyNumber(low, high, decimals, kind.kind == "percent")


def _any_money(text: str) -> AnyMoney:
    found = _MONEYS.fullmatch(text)
    if found is None or any(len(number.partition(".")[2]) > 2 for number in found.groups()[:2]):
        raise ExpressionError(f"'{text}' is not a range of money. Write 'any money 20..80 EUR'.")
    in_hundredths = any("." in number for number in found.groups()[:2])
    low, high = (round(float(number) * (100 if in_hundredths else 1)) for number in found.groups()[:2])
    _check_order(text, low <= high)
    return AnyMoney(low, high, 1 if in_hundredths else 100, found[3])


def _check_order(text: str, in_order: bool) -> None:
    if not in_order:
        raise ExpressionError(f"'{text}' begins behind its end. Write the smaller one first.")


def _refuse(text: str, kind: FieldType, subject: str) -> NoReturn:
    raise ExpressionError(f"'{text}' is not a way in which '{subject}' can vary. Write {_example(kind)}.")


def _example(kind: FieldType) -> str:
    match kind.kind:
        case "flag":
            return "'1 in 10' or '30 %'"
        case "date":
            return "'any day 1940..2006' or 'any of 1988-11-14 1992-02-29'"
        case "number" | "percent":
            return "'any number 1..5'"
        case "money":
            return "'any money 20..80 EUR' or 'any of 20 EUR 50 EUR'"
        case "choice":
            return f"'any of {' '.join(kind.choices)}'"
    return "'any of A B C', or 'any of A 70 % B 30 %'"
