"""A written value, beside a field of some type: what it is in memory, or what to write instead."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from simulator.model.conditions import Literal
from simulator.words.clock import parse_instant, zone
from simulator.words.errors import ExpressionError
from simulator.words.vocabulary import FieldType, Money

WORDY: Final = ("text", "id", "choice", "place")
"""The kinds whose values are words: equal or not, never before or after one another."""

PHRASES: Final = {
    "text": "text",
    "id": "an id",
    "choice": "a choice",
    "place": "a place",
    "number": "a number",
    "percent": "a percentage",
    "flag": "a flag",
    "date": "a date",
    "instant": "an instant",
    "money": "money",
    "word": "a word",
}
"""How a sentence names each kind of a field or of a literal."""

EXAMPLES: Final = {
    "text": '"free text"',
    "id": "a bare word",
    "choice": "one of its words",
    "place": "the id of a place",
    "number": "'12'",
    "percent": "'30 %'",
    "flag": "'true' or 'false'",
    "date": "'2025-11-14' or 'today'",
    "instant": "'2025-11-14 08:07' or 'now'",
    "money": "'149 EUR'",
}
"""What may be written beside a field of each kind."""


def literal_of(literal: Literal, kind: FieldType, subject: str, zone_name: str) -> Literal:
    """The literal as a value of this type: an instant in ms UTC, read in the zone unless it names one.

    Raises ExpressionError, naming `subject` (what it stands beside) and what to write, if it is of another type.
    """
    if kind.kind == "instant" and literal.kind in ("instant", "date"):
        return _instant(literal, zone_name)
    same = literal.kind in ("word", "text") if kind.kind in WORDY else literal.kind == kind.kind
    if same:
        return literal
    was = f"'{subject}' is {PHRASES[kind.kind]}, '{literal}' is {PHRASES[literal.kind]}."
    raise ExpressionError(f"{was} Write {_remedy(literal, kind.kind)}.", literal.offset)


def _instant(literal: Literal, zone_name: str) -> Literal:
    written = str(literal)
    try:
        return replace(literal, value=parse_instant(written, zone(zone_name)), kind="instant", text=written)
    except ExpressionError as error:
        raise ExpressionError(error.message, literal.offset) from error


def _remedy(literal: Literal, wanted: str) -> str:
    """What to write instead: the same value in the wanted kind where that is clear, else an example."""
    number = str(literal).removesuffix(" %")
    match wanted, literal.kind:
        case ("text" | "id", _):
            return f'"{literal}"'
        case ("money", "number"):
            return f"'{number} EUR'"
        case ("percent", "number"):
            return f"'{number} %'"
        case ("number", "percent"):
            return f"'{number}'"
        case ("number", "money") if isinstance(literal.value, Money):
            return f"'{str(literal.value).partition(' ')[0]}'"
        case ("date", "instant"):
            return f"'{str(literal)[:10]}'"
    return EXAMPLES[wanted]
