"""Tokens of a condition: names, values and signs, each with its place; and what to write instead of what is no token.

All errors are `ExpressionError` with an offset in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from simulator.words.clock import parse_duration
from simulator.words.errors import ExpressionError

MAX_LENGTH: Final = 2000
"""The longest condition, in characters: a longer one belongs in several checks."""
RESERVED: Final = frozenset({"and", "or", "not", "in", "is", "contains", "per", "where"})
"""Words that are part of the grammar. A text that is one of them is written in quotes."""


def check_length(text: str) -> None:
    """Refuse a text that is longer than MAX_LENGTH."""
    if len(text) > MAX_LENGTH:
        excess = f"This is {len(text)} characters long; at most {MAX_LENGTH} are read. Split it into several checks."
        raise ExpressionError(excess, MAX_LENGTH)


class Token(NamedTuple):
    """A piece of the text. `kind` is instant, date, number, odd (begins with a digit), text, name, symbol or end."""

    kind: str
    text: str
    offset: int

    @property
    def end(self) -> int:
        """Where the token ends: the offset after its last character."""
        return self.offset + len(self.text)

    def __str__(self) -> str:
        return f"'{self.text}'" if self.text else "the end"


_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?![\w:.])(?:\s+[+-][0-9]{2}:[0-9]{2}(?![\w:.]))?"
_ZONE = r"(?:UTC|[A-Z][A-Za-z_]*(?:/[A-Za-z0-9_+-]+)+)(?![\w:/])"
_WORD = r"[^\W\d]\w*(?:-\w+)*"
_TOKEN: Final = re.compile(
    rf"""(?P<space>\s+)
    |(?P<instant>{_DAY}(?:\s+{_TIME}(?:\s+{_ZONE})?|\s+{_ZONE}))
    |(?P<date>{_DAY}(?![\w:-]))
    |(?P<number>[0-9]+(?:\.[0-9]+)?(?![\w:-]|\.[0-9]))
    |(?P<odd>[0-9][\w.:/-]*)
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<name>{_WORD}(?:\.{_WORD})*)
    |(?P<wrong>==|<>|=<|=>|&&|\|\||[!](?!=)|["'“”‘’≤≥≠\[\]{{}}*/€$£])
    |(?P<symbol><=|>=|!=|[=<>(),%+-])""",
    re.VERBOSE | re.DOTALL,
)
_REMEDIES: Final = {
    "==": "Write '=' instead of '=='.", "<>": "Write '!=' instead of '<>'.", "≠": "Write '!=' instead of '≠'.",
    "=<": "Write '<=' instead of '=<'.", "≤": "Write '<=' instead of '≤'.",
    "=>": "Write '>=' instead of '=>'.", "≥": "Write '>=' instead of '≥'.",
    "&&": "Write 'and' instead of '&&'.", "||": "Write 'or' instead of '||'.", "!": "Write 'not' instead of '!'.",
    '"': "This text has no closing '\"'.",
    "*": "A condition holds no arithmetic.",
    "/": "'/' stands only in a zone, such as Europe/Rome: a condition holds no arithmetic.",
}  # fmt: skip
_FAMILIES: Final = {
    "'“”‘’": 'Text stands between straight double quotes: "free text".',
    "[]{}": "Write round brackets: '(' and ')'.",
    "€$£": "Write an amount with the code of its currency: '149 EUR'.",
}


def tokens(text: str, start: int) -> Iterator[Token]:
    """Cut the text from `start` into tokens, spaces left out; the last one is of kind `end`."""
    while start < len(text):
        found = _TOKEN.match(text, start)
        if found is None:
            raise ExpressionError(f"A condition cannot hold the character {text[start]!r}.", start)
        kind, word = str(found.lastgroup), found.group()
        if kind == "wrong":
            family = next((remedy for signs, remedy in _FAMILIES.items() if word in signs), "")
            raise ExpressionError(_REMEDIES.get(word) or family, start)
        if kind == "name" and re.fullmatch(r"(?:now|today)-[0-9]+", word):
            raise ExpressionError("Put spaces around '-': 'now - 3 days'.", start)
        if kind != "space":
            yield Token(kind, word, start)
        start = found.end()
    yield Token("end", "", len(text))


def check_event_word(word: str, offset: int, inside: bool) -> None:
    """Refuse a word that cannot be part of an event's name; `inside` when another word of the name stands before."""
    if word.casefold() == "where":
        remedy = "Write 'where' in lower case." if inside else "An event's name stands before 'where'."
        raise ExpressionError(remedy, offset)
    if not re.fullmatch(r"[^\W_][\w'’-]*", word):
        raise ExpressionError(f"'{word}' is not part of an event's name. Write 'Event Name where CONDITION'.", offset)
    if word[0].islower():
        capital = word[0].upper() + word[1:]
        after = f", or 'where' if a condition begins here; found '{word}'" if inside else f": found '{word}'"
        raise ExpressionError(f"Event names are in Title Case, such as '{capital}'{after}.", offset)


def unquoted(token: Token) -> str:
    """The text between the quotes of a `text` token."""
    for escape in re.finditer(r"\\(.)", token.text, re.DOTALL):
        if escape[1] not in '"\\':
            place = token.offset + escape.start()
            raise ExpressionError("In quotes, '\\' stands only before '\"' or another '\\'.", place)
    return re.sub(r"\\(.)", r"\1", token.text[1:-1])


def checked_date(token: Token) -> str:
    """The day of a `date` or `instant` token, if the calendar has it."""
    day = token.text[:10]
    try:
        date.fromisoformat(day)
    except ValueError:
        message = f"There is no day '{day}'. Write year-month-day, such as 2025-11-14."
        raise ExpressionError(message, token.offset) from None
    return day


def odd_remedy(text: str) -> str:
    """What to write instead of something that begins with a digit and is neither a number nor a date."""
    if re.fullmatch(r"[0-9.]+[A-Z]{3}", text):
        return f"Write '{text[:-3]} {text[-3:]}' instead of '{text}'."
    if re.match(rf"{_DAY}T[0-9]", text):
        return f"Write '{text[:10]} {text[11:16]}' instead of '{text}'."
    if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", text):
        return f"'{text}' is a time of day. A condition compares instants: write '2025-11-14 {text:0>5}'."
    try:
        parse_duration(text)
    except ExpressionError as error:
        if re.fullmatch(r"[0-9.]+[a-z]+", text):
            return error.message
    return f"'{text}' is not a value. Text that begins with a digit needs quotes: \"{text}\"."


def unit_remedy(digits: str, unit: str) -> str:
    """What to write instead of a number followed by a word that is no currency."""
    if re.fullmatch(r"[A-Za-z]{3}", unit) and unit.lower() not in ("min", "day"):
        return f"Write the currency in capitals: '{digits} {unit.upper()}'."
    return f"'{digits} {unit}' is not a value. A duration stands only after 'now': 'now - {digits} {unit}'."
