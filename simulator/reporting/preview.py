"""The page of `preview`: one person's inbox on a terminal, and one message in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.reporting.entries import Entry, label
from simulator.reporting.inbox import Exhibit, Inbox, Letter, Unsent
from simulator.reporting.plain import clean, counted, spoken_iso
from simulator.reporting.screen import Screen

MOST_UNSENT = 8
"""So many of the last that were not sent are shown; the others are counted."""
MOST_NAMES = 10
"""So many other people are named."""

SOFT, STRONG, BAD, GOOD, HELD = "dim", "bold", "bold red", "green", "magenta"


@dataclass(frozen=True)
class Seen:
    """What the page shows: an entry and one of its exhibits, the inbox `at` a moment (ISO 8601), the message to read
    in full (None: there is none), the others by id and name, and the line that shows it to another."""

    entry: Entry
    exhibit: Exhibit
    inbox: Inbox
    at: str
    letter: Letter | None
    others: Mapping[str, str]
    again: str


def show(seen: Seen, screen: Screen) -> None:
    """Write the page."""
    _head(seen, screen)
    _received(seen, screen)
    _underway(seen.inbox.underway, screen)
    _unsent(seen.inbox.unsent, screen)
    if seen.letter is not None:
        _letter(seen.letter, screen)
    _foot(seen, screen)


def _head(seen: Seen, screen: Screen) -> None:
    entry, exhibit = seen.entry, seen.exhibit
    title = f" · {clean(entry['title'])} · seed {entry['seed']} · backend {clean(entry['backend'] or 'unknown')}"
    screen.line((clean(label(entry)), STRONG), title, hang=2)
    screen.blank()
    told = {trait["trait"]: trait["value"] for trait in exhibit.get("traits", ())}
    words = [told.get("lives"), told.get("language"), f"born {told['born']}" if "born" in told else None]
    known = "".join(f" · {clean(word)}" for word in words if word)
    screen.line((clean(exhibit["name"]), STRONG), f" ({clean(exhibit['customer'])}){known}", hang=2)
    where = clean(exhibit["zone"])
    screen.line(f"The inbox as of {_when(seen.at)}, on the clocks of {where}", hang=2)


def _received(seen: Seen, screen: Screen) -> None:
    screen.blank()
    if not seen.inbox.received:
        screen.line(("Nothing has come.", SOFT), indent=2)
    width = max((len(str(letter.number)) for letter in seen.inbox.received), default=1)
    for letter in seen.inbox.received:
        state = f"opened {_when(letter.opened)}" if letter.opened else "not opened"
        spam = (" · in the SPAM folder", BAD) if letter.is_spam else ""
        screen.line(
            f"{str(letter.number).rjust(width)}  {_when(letter.came or seen.at)}  ",
            (clean(letter.subject), STRONG if not letter.opened else ""),
            (f" · {_channel(letter.message.get('channel'))} · {state}", SOFT),
            spam,
            indent=2,
            hang=width + 2,
        )


def _underway(letters: Sequence[Letter], screen: Screen) -> None:
    if not letters:
        return
    screen.blank()
    screen.line(("On its way" if len(letters) == 1 else "On their way", STRONG))
    for letter in letters:
        words = f"{clean(letter.subject)} · {_channel(letter.message.get('channel'))}"
        screen.line(f"…  {words} · sent {_when(letter.message['sent'])}, not there yet", indent=2, hang=3)


def _unsent(items: Sequence[Unsent], screen: Screen) -> None:
    if not items:
        return
    screen.blank()
    screen.line(("Not sent, or never there", STRONG))
    if len(items) > MOST_UNSENT:
        screen.line((f"({counted(len(items) - MOST_UNSENT, 'earlier one')} left out)", SOFT), indent=2)
    for item in items[-MOST_UNSENT:]:
        what = f"{clean(item.name)} · {_channel(item.channel)}" if item.channel else clean(item.name)
        screen.line(("✗", HELD), f"  {_when(item.time)}  {what}", indent=2, hang=3)
        line = (f" ({clean(item.line)})", SOFT) if item.line else ""
        screen.line(clean(item.sentence), line, indent=5, hang=0)


def _letter(letter: Letter, screen: Screen) -> None:
    message = letter.message
    screen.blank()
    screen.line((f"Message {letter.number}: {clean(message.get('title') or letter.subject)}", STRONG))
    to = f" to {clean(message['address'])}" if message.get("address") else ""
    place = f" · {clean(message['line'])}" if message.get("line") else ""
    screen.line((f"{_channel(message.get('channel'))}{to}{place}", SOFT), indent=2, hang=2)
    screen.blank()
    if message.get("subject"):
        screen.line((clean(message["subject"]), STRONG), indent=4)
        screen.blank()
    _text(str(message.get("text") or "(It has no text.)"), screen)
    gloss = message.get("gloss") or {}
    if gloss:
        screen.blank()
        screen.line(("In English", SOFT), indent=4)
        _text("\n\n".join(filter(None, (gloss.get("subject"), gloss.get("text")))), screen, SOFT)
    if message.get("lint"):
        screen.blank()
    for sentence in message.get("lint", ()):
        screen.line(("to mend: ", BAD), clean(sentence), indent=4, hang=2)


def _text(text: str, screen: Screen, style: str = "") -> None:
    for line in text.strip("\n").splitlines():
        if line.strip():
            screen.line((clean(line), style), indent=4)
        else:
            screen.blank()


def _foot(seen: Seen, screen: Screen) -> None:
    screen.blank()
    if seen.others:
        named = [f"{clean(id)} ({clean(name)})" for id, name in list(seen.others.items())[:MOST_NAMES]]
        more = len(seen.others) - len(named)
        rest = f", and {counted(more, 'other', 'others')}" if more else ""
        screen.line((f"Somebody else: {', '.join(named)}{rest}", SOFT), hang=2)
    screen.verbatim(seen.again, SOFT)


def _when(moment: str) -> str:
    """A moment to the minute: seconds say nothing in an inbox."""
    return spoken_iso(f"{moment[:16]}:00{moment[-6:]}")


def _channel(channel: Any) -> str:
    words = {"email": "e-mail", "sms": "text message", "push": "push message"}
    return words.get(str(channel), clean(channel or "no channel"))
