"""The story of one person as a Mermaid timeline, which forges draw inside Markdown.

Mermaid reads colons, semicolons and number signs as its own, so texts have look-alikes in their place; a time is
written 08.07 there. Nothing of a document can end the diagram or begin a command in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from simulator.comparing import Smallest, Story
from simulator.comparing.facts import instant_of
from simulator.comparing.phrases import because, channel, when
from simulator.reporting.plain import clean

MOST_MOMENTS = 8
"""Moments that a side shows, those around the first difference; the rest is counted."""
LONGEST = 60
"""Characters of a subject."""

_LOOK_ALIKES = str.maketrans({
    ":": "\u2236", ";": ",", "#": "\uff03", "%": "\uff05", "<": "\u2039", ">": "\u203a", "{": "(", "}": ")",
    "[": "(", "]": ")", '"': "\u201d", "`": "\u2019", "\\": "\uff3c", "&": "\uff06", "|": "\u2223", "$": "\uff04",
})  # fmt: skip


def timeline(case: Smallest) -> str:
    """The diagram, without the fence around it: what the person received before, and what now."""
    focus = _focus(case)
    lines = ["timeline", f"    title {harmless(case.name)}"]
    for title, story in (("Before", case.before), ("Now", case.after)):
        lines.append(f"    section {title}")
        lines += [f"        {row}" for row in _rows(story, focus)]
    return "\n".join(lines)


def harmless(text: str) -> str:
    """A text as a label: on one line, and without a character that means anything to Mermaid, Markdown or HTML."""
    shown = clean(text).translate(_LOOK_ALIKES)
    shown = shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
    return re.sub(r"\s+", " ", shown).strip() or "(no words)"


def _focus(case: Smallest) -> int:
    """The moment around which the diagram is drawn: that of the first difference."""
    told = {event for change in case.changes[:1] for event in (change.event_a, change.event_b) if event}
    sides = [*case.before.sent, *case.after.sent]
    found = [instant_of(sent.time) for sent in sides if sent.event in told]
    both = {(sent.at, sent.message, sent.subject, sent.text_digest) for sent in case.before.sent}
    also = {(sent.at, sent.message, sent.subject, sent.text_digest) for sent in case.after.sent}
    lone = [sent for sent in sides if (sent.at, sent.message, sent.subject, sent.text_digest) not in both & also]
    return min(found or [instant_of(sent.time) for sent in lone] or [instant_of(sent.time) for sent in sides] or [0])


def _rows(story: Story, focus: int) -> Sequence[str]:
    moments = [(instant_of(sent.time), _moment(sent.time), _said(sent.channel, sent.subject or sent.message))
               for sent in story.sent]  # fmt: skip
    moments += [
        (instant_of(item.at), _moment(item.at), f"not sent, because {harmless(because(item.reason))}")
        for item in story.unsent
        if item.kind == "withheld"
    ]
    if not moments:
        return ["nothing at all"]
    moments.sort()
    near = sorted(sorted(moments, key=lambda row: (abs(row[0] - focus), row))[:MOST_MOMENTS])
    begin, end = near[0], near[-1]
    earlier = sum(row < begin for row in moments)
    later = sum(row > end for row in moments)
    rows = [f"{at} : {words}" for _, at, words in near]
    rows = [f"earlier : {earlier} more", *rows] if earlier else rows
    return [*rows, f"later : {later} more"] if later else rows


def _moment(iso: str) -> str:
    return when(iso).replace(":", ".")


def _said(by: str, subject: str) -> str:
    return f"{harmless(channel(by))} “{harmless(subject)}”"
