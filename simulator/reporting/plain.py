"""Words for people: text from documents made harmless, moments and spans as they are spoken.

Everything a document says is hostile to a terminal and to XML: a control character could move the cursor, colour the
screen, or turn the line around. `clean` shows such characters instead of sending them.
"""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from simulator.words.clock import spoken_span

# Marks that turn the direction of what follows, and so can make a line read as another one.
_TURNING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# What an event says to people, and what it says to machines alone.
_FIRST = ("message", "channel", "journey", "reason", "then", "until", "fact", "link", "command")
_PLUMBING = frozenset(
    {"message_id", "instance", "address", "recipient", "unresolved", "consented", "purpose", "step", "command_id"}
)
_HIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp", "Cn", "Co"})
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def clean(text: object) -> str:
    """`text` on one line: runs of blanks and line ends are one space, characters nobody can see are written out."""
    return "".join(map(_visible, re.sub(r"[ \t\r\n]+", " ", str(text)).strip(" ")))


def _visible(character: str) -> str:
    if character in _TURNING or unicodedata.category(character) in _HIDDEN:
        code = ord(character)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character


def shell_words(words: Sequence[str]) -> str:
    """A line to paste into a shell that gives exactly these words, unseen characters written out in `$'...'`."""
    return " ".join(shlex.quote(word) if clean(word) == word else f"$'{_ansi_c(word)}'" for word in words)


def _ansi_c(word: str) -> str:
    visible = (_visible(character) for character in word.replace("\\", "\\\\").replace("'", "\\'"))
    return "".join(visible)


def counted(count: int, word: str, several: str | None = None) -> str:
    """`1 event`, `1,204 events`."""
    return f"{count:,} {word if count == 1 else several or f'{word}s'}"


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "none"


def spoken_iso(text: str) -> str:
    """`Sat 15 Nov 2025 08:07` of an ISO 8601 moment, on the wall clock that its offset belongs to."""
    moment = datetime.fromisoformat(text)
    day = f"{_WEEKDAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    return f"{day} {moment:%H:%M:%S}" if moment.second else f"{day} {moment:%H:%M}"


def span_between(start: str, end: str) -> str:
    """How long it is from one ISO 8601 moment to another on the wall: `456 days`, `3 days 2 h`."""
    first, last = (datetime.fromisoformat(text).replace(tzinfo=None) for text in (start, end))
    return spoken_span((last - first) // timedelta(milliseconds=1))


def spoken_margin(margin_ms: int | None) -> str:
    """`late by 22 h 7 min`, `3 h to spare`, or nothing where time is not the matter."""
    if margin_ms is None:
        return ""
    return f"late by {spoken_span(-margin_ms)}" if margin_ms < 0 else f"{spoken_span(margin_ms)} to spare"


def spoken_data(data: Mapping[str, Any], most: int = 6) -> str:
    """The telling fields of an event on one line, and where it was decided: `message = welcome (welcome.yaml:5)`."""
    telling = [name for name in _FIRST if name in data]
    telling += [name for name in data if name not in _FIRST and name not in _PLUMBING and name != "line"]
    words = [f"{clean(name)} = {clean(_value(data[name]))}" for name in telling[:most]]
    place = f" ({clean(data['line'])})" if data.get("line") else ""
    return ", ".join(words + ["…"] * (len(telling) > most)) + place


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and set(value) == {"cents", "currency"}:
        return f"{value['cents'] / 100:.2f} {value['currency']}"
    return json.dumps(value, ensure_ascii=False, default=str)
