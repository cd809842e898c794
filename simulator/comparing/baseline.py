"""Baselines: what a run did, as text that a reviewer reads in a change and a program reads back.

One fact stands on one line, in an order that does not depend on the run, so that the difference of two files is the
difference of two runs. A line is a keyword and fields; a field is a bare word, or JSON text where it is anything else,
with every character written out that nobody can see. `simulator.comparing.parsing` reads it.

Of a crowd the people whom the scenario names are written, and some of those who violate something; of the others the
figures and the times to spare. Of each text one example is kept, of the others a digest.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import PurePosixPath

from simulator.comparing.facts import Case, Sent, Story, Unsent, instant_of
from simulator.words.durations import Duration

FORMAT, VERSION = "journeyproof-baseline", 1
SUFFIX = ".baseline.txt"

MOST_LINES = 600
"""Messages, sent or not, up to which people are written; the first is written whatever there is of it."""
MOST_BROKEN = 20
"""Violations of one check that are written; all are counted."""
MOST_TEXTS = 60
"""Texts that are written in full, of each message one before any has a second."""

# Letters by their category, and blank all the same.
_FILLERS = "\u115f\u1160\u3164\uffa0"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_BARE = re.compile(r"[\w:./@+%#-]+")
_INTEGER = re.compile(r"-?[0-9]+")
_HEADER = "# What this variant did when it was accepted. Read it; to change it, run again and accept."


def baseline_path(case: Case) -> PurePosixPath:
    """Where a case's baseline stands in the folder of all: FAMILY/SCENARIO/VARIANT.baseline.txt."""
    parts = [*case.family.split("/"), case.name]
    return PurePosixPath(*map(_file_name, parts), f"{_file_name(case.variant)}{SUFFIX}")


def _file_name(name: str) -> str:
    """The name, fit for a file on every machine; one that has to be changed gets a mark of its own."""
    fit = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII).lstrip(".")[:80]
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return name if fit == name else f"{fit}-{mark}"


def written(case: Case) -> str:
    """The baseline of a case. The same facts give the same text, byte for byte."""
    stories = _shown(case)
    sections = [
        _head(case, stories),
        list(_checks(case)),
        list(_journeys(case)),
        *(list(_person(story)) for story in stories),
        *_texts(stories),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _head(case: Case, stories: Sequence[Story]) -> list[str]:
    everybody = not case.sampled and len(stories) == len(case.stories)
    shown = _line("stories", "all" if everybody else str(len(stories)))
    return [
        f"{FORMAT} {VERSION}",
        _HEADER,
        _line("variant", case.family, case.name, case.variant),
        _line("title", case.title),
        _line("seed", str(case.seed)),
        _line("backend", case.backend),
        *([_line("granularity", _span(case.granularity_ms))] if case.granularity_ms else []),
        *([_line("only", case.only)] if case.only else []),
        _line("customers", str(case.customers)),
        shown,
        _line("outcome", case.outcome, "as-declared" if case.as_declared else "not-as-declared"),
        *(_line("unexpected", sentence) for sentence in case.unexpected[:MOST_BROKEN]),
    ]


def _checks(case: Case) -> Iterator[str]:
    for check in sorted(case.checks, key=lambda check: check.name):
        counts = ("activations", str(check.activations), "violations", str(check.violations))
        timed = ("timed", str(check.timed)) if check.timed else ()
        yield _line("check", check.name, check.outcome, *counts, *timed)
        for quantile, ms in check.spare.items():
            yield _line("spare", check.name, quantile, _span(ms))
        for item in check.broken[:MOST_BROKEN]:
            margin = ("margin", _span(item.margin_ms)) if item.margin_ms is not None else ()
            yield _line("violation", check.name, item.customer, item.case, *moment(item.onset), item.sentence, *margin)


def _journeys(case: Case) -> Iterator[str]:
    for journey in sorted(case.journeys):
        for name, value in sorted(case.journeys[journey].items()):
            # A figure that is no number is always in quotes.
            shown = str(value) if isinstance(value, int) else _quoted(value)
            yield f"{_line('journey', journey, name)} {shown}"


def _shown(case: Case) -> list[Story]:
    """Whose stories are written, as long as there is room: those whom the scenario names, who violate, and the others.

    Of a crowd that is too large for all to be shown, those with only a path of their own are left out: who they are
    hangs on all the others.
    """
    blamed = {item.customer for check in case.checks for item in check.broken[:MOST_BROKEN]}

    def rank(story: Story) -> tuple[bool, bool, str]:
        return story.why_shown != "a protagonist", story.customer not in blamed, story.customer

    named = [
        story
        for story in case.stories
        if not case.sampled or story.why_shown == "a protagonist" or story.customer in blamed
    ]
    kept: list[Story] = []
    room = MOST_LINES
    for story in sorted(named, key=rank):
        lines = len(story.sent) + len(story.unsent)
        if lines <= room or not kept:
            kept.append(story)
            room -= lines
    return sorted(kept, key=lambda story: story.customer)


def _person(story: Story) -> Iterator[str]:
    yield _line("person", story.customer, story.name, story.zone)
    rows = [(instant_of(sent.at), 0, _sent(story.customer, sent)) for sent in story.sent]
    rows += [(instant_of(item.at), 1, _unsent(story.customer, item)) for item in story.unsent]
    yield from (line for _, _, line in sorted(rows))


def _sent(customer: str, sent: Sent) -> str:
    words = ["sent", customer, *moment(sent.at), sent.channel, sent.journey, sent.message, sent.subject]
    words += ["text", sent.text_digest] if sent.text_digest else []
    words += ["html", sent.html_digest] if sent.html_digest else []
    words += ["lang", sent.lang] if sent.lang else []
    if sent.came is None:
        words += ["came", "never"]
    elif sent.came != sent.at:
        words += ["came", *moment(sent.came)]
    words += ["fate", sent.fate] if sent.fate else []
    return _line(*words)


def _unsent(customer: str, item: Unsent) -> str:
    words = ["unsent", customer, *moment(item.at), item.kind, item.journey, item.message, item.channel, item.reason]
    words += ["until", *moment(item.until)] if item.until else []
    return _line(*words)


def _texts(stories: Sequence[Story]) -> list[list[str]]:
    """Of each message one text, then more of them as long as there is room."""
    sent = [message for story in stories for message in sorted(story.sent, key=lambda one: instant_of(one.at))]
    first: dict[tuple[str, str, str], str] = {}
    words: dict[str, Sent] = {}
    for message in sent:
        if message.text and message.text_digest:
            first.setdefault((message.message, message.channel, message.lang), message.text_digest)
            words.setdefault(message.text_digest, message)
    kept = list(dict.fromkeys([*first.values(), *words]))[:MOST_TEXTS]

    def place(one: Sent) -> tuple[str, str, int, str]:
        # Not by the digest first, so that a text whose words change stays where it is.
        return one.message, one.channel, instant_of(one.at), one.text_digest

    return [_text(one) for one in sorted((words[digest] for digest in kept), key=place)]


def _text(sent: Sent) -> list[str]:
    lines = [f"| {_escaped(line)}".rstrip(" ") for line in (sent.text or "").split("\n")]
    return [_line("text", sent.text_digest, sent.message, sent.channel), *lines]


def moment(iso: str) -> tuple[str, str, str]:
    """An ISO 8601 moment as three fields: the day, its name, and the time with its offset."""
    day, _, time = iso.partition("T")
    return day, _DAYS[datetime.fromisoformat(iso).weekday()], time


def _line(*fields: str) -> str:
    return " ".join(field if _BARE.fullmatch(field) and not unseen(field) else _quoted(field) for field in fields)


def _quoted(text: str) -> str:
    return "".join(_unicode(one) if unseen(one) else one for one in json.dumps(text, ensure_ascii=False))


def _escaped(line: str) -> str:
    """A line of a text: a backslash doubled, what nobody sees written out, and a blank at its end as well."""
    shown = "".join(_unicode(one) if unseen(one) else one for one in line.replace("\\", "\\\\"))
    return f"{shown[:-1]}\\u0020" if shown.endswith(" ") else shown


def unseen(text: str) -> bool:
    """Whether the text has a character that nobody sees: any blank but the space, a control, a mark of direction."""
    return any(one != " " and (unicodedata.category(one)[0] in "CZ" or one in _FILLERS) for one in text)


def _unicode(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))


def _span(ms: int) -> str:
    return str(Duration(ms=ms))
