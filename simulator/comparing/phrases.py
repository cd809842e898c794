"""The words in which differences are told: times, spans, lists and reasons, for people who write campaigns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from simulator.words.clock import DAY, spoken_span

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CHANNELS = {"email": "e-mail", "sms": "SMS", "push": "push message", "whatsapp": "WhatsApp message",
             "letter": "letter", "call": "call"}  # fmt: skip
_REASONS = (
    (r"quiet hours", "it fell into the quiet hours"),
    (r"no consent", "there is no consent"),
    (r"no address", "there is no address"),
    (r"outside the plan", "it is outside the plan"),
    (r"cap (.+)", r"the limit '\1' was reached"),
    (r"contradicts (.+)", r"it would contradict '\1'"),
    (r"missing (.+)", r"'\1' is not known"),
    (r"goal(?: reached)?", "the goal was reached"),
    (r"completed", "the journey came to its end"),
)


def when(iso: str) -> str:
    """`Sat 15 Nov 2025 08:07` on the wall clock that the offset belongs to; seconds only when there are any."""
    moment = datetime.fromisoformat(iso)
    day = f"{_WEEKDAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    return f"{day} {moment:%H:%M:%S}" if moment.second else f"{day} {moment:%H:%M}"


def day_of(iso: str) -> str:
    """`Sat 15 Nov 2025`."""
    return when(iso).rsplit(" ", 1)[0]


def span(ms: int) -> str:
    """A length of time without its sign: `22 h 7 min`, `350 ms`."""
    return spoken_span(abs(ms))


def moved(ms: int, on_the_clock: bool = False) -> str:
    """`22 h 7 min later`, `1 day earlier`; whole days of the wall clock are days."""
    days, rest = divmod(abs(ms), DAY)
    length = counted(days, "day") if on_the_clock and not rest else span(ms)
    return f"{length} {'later' if ms > 0 else 'earlier'}"


def spare(ms: int) -> str:
    """`late by 22 h 7 min`, `3 h to spare`."""
    return f"late by {span(ms)}" if ms < 0 else f"{span(ms)} to spare" if ms else "just in time"


def counted(count: int, word: str, several: str | None = None) -> str:
    """`1 message`, `1,204 messages`."""
    return f"{count:,} {word if count == 1 else several or f'{word}s'}"


def named(names: Sequence[str], most: int = 3) -> str:
    """`a`, `a and b`, `a, b, c and 4 more`."""
    if len(names) > most + 1:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def channel(name: str, count: int = 1) -> str:
    """`e-mail`, `SMS`, `push messages`."""
    word = _CHANNELS.get(name, f"{name} message" if name else "message")
    return word if count == 1 or word == "SMS" else f"{word}s"


def because(reason: str) -> str:
    """A reason of the log as the end of a sentence that begins with `because`."""
    for pattern, words in _REASONS:
        if re.fullmatch(pattern, reason):
            return re.sub(pattern, words, reason)
    return f"of '{reason}'" if reason else "of a reason that is not told"


def capital(sentence: str) -> str:
    """The sentence with its first letter large."""
    return sentence[:1].upper() + sentence[1:]
