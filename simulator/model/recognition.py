"""Recognition: which message it is that an engine has really sent, and what it says.

An engine's own definition knows nothing of our messages, so its author writes rules. A rule names a message and the
patterns that tell it; what the patterns' named groups find are fields of the event, each read as the type that the
dictionary gives it. All of this is pure: what is looked at comes from outside, and none of it can raise.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Annotated, Any, Final, Protocol

from pydantic import Field, ValidationError, model_validator

from simulator.model.journeys import Purpose
from simulator.model.rules import Document
from simulator.model.shaping import FROM_DOCUMENT
from simulator.model.validating import Expression
from simulator.words.clock import from_iso, parse_date, parse_instant, zone
from simulator.words.errors import ExpressionError, UsageError
from simulator.words.vocabulary import FieldType, Money, Value

LONGEST_LINE: Final = 2_000
"""So many characters of a header, a subject, an address or a link are looked at."""
LONGEST_TEXT: Final = 20_000
"""So many characters of a message's text are looked at."""


def parse_pattern(text: str) -> re.Pattern[str]:
    """A regular expression of Python's `re`. Refuses one that repeats a repetition, which can take for ever."""
    try:
        pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        offset = getattr(error, "pos", None) or 0
        raise ExpressionError(f"'{text}' is no regular expression: {error}. Correct it.", offset) from None
    # The parser of `re` has no public name; what it returns is the tree of the expression.
    tree = importlib.import_module("re._parser").parse(text)
    if _repeats_a_repetition(tree, inside=False):
        remedy = "Give one of them a bound, such as {1,20}"
        raise ExpressionError(f"'{text}' repeats a repetition without end, which can take for ever. {remedy}.")
    return pattern


def _repeats_a_repetition(tree: Any, *, inside: bool) -> bool:
    for operation, argument in tree:
        name = str(operation)
        parts: list[Any] = []
        unending = False
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            _, most, part = argument
            parts, unending = [part], most > 1_000
        elif name == "SUBPATTERN":
            parts = [argument[-1]]
        elif name == "BRANCH":
            parts = argument[1]
        elif name in ("ASSERT", "ASSERT_NOT"):
            parts = [argument[1]]
        if unending and inside:
            return True
        if any(_repeats_a_repetition(part, inside=inside or unending) for part in parts):
            return True
    return False


PatternOf = Annotated[
    re.Pattern[str],
    Expression(
        parse_pattern,
        description="a regular expression; its named groups are fields",
        examples=(r"Order (?P<order_id>\w+)",),
        text=lambda pattern: str(pattern.pattern),
    ),
]


class Readable(Protocol):
    """A message as rules look at it. Names of headers are in lower case; a header may stand there more than once.

    `template` is the id by which the engine, or its gateway, calls the template; empty where it says nothing.
    """

    @property
    def channel(self) -> str:
        """The channel it was sent on."""

    @property
    def sender(self) -> str:
        """Who sent it, as the message says."""

    @property
    def subject(self) -> str:
        """The subject, empty where there is none."""

    @property
    def text(self) -> str:
        """The text, or that of the HTML."""

    @property
    def links(self) -> Sequence[str]:
        """The addresses that can be clicked."""

    @property
    def headers(self) -> Mapping[str, Sequence[str]]:
        """Headers, with all their values."""

    @property
    def template(self) -> str:
        """The template's id."""


class Recognise(Document):
    """One rule: a message is `message` if every pattern given here is found in it.

    `template` must be the whole id; the other patterns may stand anywhere, so anchor them with `^` and `$` where that
    matters. Named groups are fields. What a rule leaves unsaid comes from the journey that sends the message.
    """

    message: str
    channel: str = "email"
    purpose: Purpose | None = None
    campaign: str | None = None
    journey: str | None = None
    header: dict[str, PatternOf] = Field(default={}, description="patterns by the header's name")
    sender: PatternOf | None = None
    subject: PatternOf | None = None
    text: PatternOf | None = None
    link: PatternOf | None = None
    template: PatternOf | None = None

    @model_validator(mode="after")
    def _some_pattern(self) -> Recognise:
        if not any(True for _ in self.patterns()):
            known = "header, sender, subject, text, link or template"
            raise ValueError(f"a rule without a pattern would recognise everything; give one of {known}")
        return self

    def patterns(self) -> Iterator[re.Pattern[str]]:
        """Every pattern of the rule."""
        yield from self.header.values()
        yield from filter(None, (self.sender, self.subject, self.text, self.link, self.template))

    @property
    def groups(self) -> frozenset[str]:
        """The fields that the rule can find."""
        return frozenset(name for pattern in self.patterns() for name in pattern.groupindex)

    def match(self, seen: Readable) -> dict[str, str] | None:
        """What the named groups found, blank ones too; None if a pattern is not found or the channel is another."""
        if seen.channel != self.channel:
            return None
        found: dict[str, str] = {}
        for match in self._matches(seen):
            if match is None:
                return None
            for name, text in match.groupdict(default="").items():
                found[name] = found.get(name) or text
        return found

    def _matches(self, seen: Readable) -> Iterator[re.Match[str] | None]:
        for name, pattern in self.header.items():
            yield _first(pattern, seen.headers.get(name.lower(), ()))
        if self.sender is not None:
            yield _first(self.sender, (seen.sender,))
        if self.subject is not None:
            yield _first(self.subject, (seen.subject,))
        if self.text is not None:
            yield self.text.search(seen.text[:LONGEST_TEXT])
        if self.link is not None:
            yield _first(self.link, seen.links)
        if self.template is not None:
            yield self.template.fullmatch(seen.template[:LONGEST_LINE])


def _first(pattern: re.Pattern[str], lines: Iterable[str]) -> re.Match[str] | None:
    matches = (pattern.search(line[:LONGEST_LINE]) for line in lines)
    return next((match for match in matches if match is not None), None)


def read_rules(told: Iterable[Mapping[str, Any]], where: str = "recognise") -> tuple[Recognise, ...]:
    """Rules from plain data, as a briefing's `native` carries them. Raises UsageError with the rule that is wrong."""
    rules: list[Recognise] = []
    for number, rule in enumerate(told, start=1):
        try:
            rules.append(Recognise.model_validate(dict(rule), context={FROM_DOCUMENT: True}))
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)[0]
            path = ".".join(str(part) for part in details["loc"])
            at = f"rule {number}, '{path}'" if path else f"rule {number}"
            raise UsageError(f"{where}: {at}: {details['msg']}. Correct the rule.") from None
    return tuple(rules)


# ---------------------------------------------------------------------------------------------------- values

_HOLE = re.compile(r"\[\w*\?\]")
_NUMBER = re.compile(r"[+-]?\d{1,18}(?P<fraction>\.\d+)?(?P<exponent>[eE][+-]?\d{1,3})?", re.ASCII)
_SYMBOLS: Final[Mapping[str, str]] = {"€": "EUR", "£": "GBP", "$": "USD", "¥": "JPY", "zł": "PLN", "kr": "SEK"}
_AMOUNT = re.compile(
    r"(?P<sign>[-−]?)(?P<whole>\d{1,3}(?:[ \u00a0\u202f.,'’]\d{3}){1,4}|\d{1,12})(?:[.,](?P<cents>\d{1,2}))?", re.ASCII
)
_MONEY = re.compile(
    rf"(?P<before>[A-Z]{{3}}|{'|'.join(map(re.escape, _SYMBOLS))})?\s*{_AMOUNT.pattern}\s*"
    rf"(?P<after>[A-Z]{{3}}|{'|'.join(map(re.escape, _SYMBOLS))})?"
)


@dataclass(frozen=True)
class Reading:
    """Reads what somebody found in a message as the values of fields.

    `fields` are the types of the dictionary, `zone` the IANA zone of instants that name none. `places` are the ids
    by the name under which a message may speak of a place.
    """

    fields: Mapping[str, FieldType]
    zone: str = "UTC"
    places: Mapping[str, str] = field(default_factory=dict)

    def values(self, found: Mapping[str, str]) -> dict[str, Value]:
        """The values by field. What nobody declared, is blank, or cannot be read as its type is left out."""
        values: dict[str, Value] = {}
        for name, text in found.items():
            kind = self.fields.get(name)
            value = None if kind is None else self.value(text, kind)
            if value is not None:
                values[name] = value
        return values

    def value(self, text: str, kind: FieldType) -> Value | None:
        """The value of one field; None if it cannot be read. `[model?]` is the hole that a reader would see."""
        text = text[:LONGEST_LINE].strip()
        if not text or _HOLE.fullmatch(text):
            return None
        try:
            return self._value(text, kind)
        except (ExpressionError, ValueError, OverflowError):
            return None

    def _value(self, text: str, kind: FieldType) -> Value | None:
        match kind.kind:
            case "number":
                return _number(text)
            case "percent":
                share = _number(text.removesuffix("%").rstrip())
                return None if share is None else float(share)
            case "flag":
                return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.lower())
            case "date":
                return parse_date(text).isoformat()
            case "instant":
                return self._instant(text)
            case "money":
                return _money(text)
            case "choice":
                return _word(text, kind.choices)
            case "place":
                return text if not self.places else self.places.get(text, _word(text, self.places.values()))
            case _:
                return text

    def _instant(self, text: str) -> int:
        if re.fullmatch(r"-?\d{1,15}", text, re.ASCII):
            return int(text)
        try:
            return from_iso(text.upper())
        except ExpressionError:
            return parse_instant(text, zone(self.zone))


def _number(text: str) -> int | float | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    value = float(text) if found["fraction"] or found["exponent"] else int(text)
    return value if isfinite(value) else None


def _word(text: str, known: Collection[str]) -> str | None:
    if not known or text in known:
        return text
    return next((word for word in known if word.casefold() == text.casefold()), None)


def _money(text: str) -> Money | None:
    """`149 EUR`, and what engines make of it: `EUR 149.00`, `1.234,50 €`, `$5`."""
    found = _MONEY.fullmatch(text)
    written = None if found is None else found["before"] or found["after"]
    if found is None or written is None:
        return None
    cents = int(re.sub(r"\D", "", found["whole"])) * 100 + int((found["cents"] or "0").ljust(2, "0"))
    return Money(-cents if found["sign"] else cents, _SYMBOLS.get(written, written))
