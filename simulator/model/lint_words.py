"""Rules for the words of a message: nothing is left to be filled in, nothing is unseen, and one can say no."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from simulator.model.addresses import refused_link
from simulator.model.locales import direction
from simulator.model.markup import held, plain_text, released
from simulator.model.messages import Layout, Message

Severity = Literal["error", "advice"]
LONGEST_SUBJECT = 70
"""More than this many characters of a subject are cut off where mails are listed."""


@dataclass(frozen=True)
class Finding:
    """Something wrong: the rule that found it, the part of the document, and the offset in that part."""

    rule: str
    severity: Severity
    part: tuple[str, ...]
    offset: int
    sentence: str


class Sending(NamedTuple):
    """How and what for a message is sent, where that is known: channels and purposes."""

    channels: frozenset[str]
    purposes: frozenset[str]


ANY = Sending(frozenset(), frozenset())
"""Nothing is known of who sends it."""

_DATA = re.compile(r"data:[\w/+.;=-]*,[^\s\"')<>]*")
_PLACEHOLDERS = re.compile(
    r"\b(?:TODO|FIXME|TBD|XXX)\b|(?i:lorem ipsum)|%%\w{1,40}%%|\*\|\w{1,40}\|\*|\[[A-Z][A-Z_ ]{1,40}\]|\$\{\w{1,40}\}"
    r"|<<\w{1,40}>>"
)
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"']+", re.IGNORECASE)
_MARKS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u180e]")
_JOINERS = frozenset("\u200c\u200d")
_JOINING = ("ar", "fa", "ur", "he", "hi", "bn", "mr", "ne", "ta", "te", "ml", "kn", "si", "th", "km")
_WITHDRAW = re.compile(
    r"unsubscrib|withdraw|opt[ -]?out|no longer (?:wish|want)|stop receiving|désabonn|désinscri|consentement"
    r"|consenso|consentim|non ricevere pi"
    r"|abmeld|abbestell|widerruf|odhlás|odvolat|souhlas|wypis|rezygn|wycofa|darse de baja|cancelar (?:la|su) suscripci"
    r"|disiscri|annulla l|revoca|afmeld|uitschrijv|avregistrer|avsluta prenumeration|cancelar inscri|descadastr"
    r"|配信停止|登録解除|退订|取消订阅|إلغاء الاشتراك|להסרה|отпис|отказ",
    re.IGNORECASE,
)
_STOP = re.compile(r"\bSTOP\b")


def word_findings(message: Message, layouts: Mapping[str, Layout], sending: Sending) -> Iterator[Finding]:
    """What is wrong with the words of a message."""
    for path, template in message.templates().items():
        if template:
            yield from _left_over(path, template, message.lang)
            yield from _unseen(path, template, message.lang)
    for path in (("text",), ("subject",), ("preheader",)):
        yield from _addresses(path, str(getattr(message, path[0])))
    yield from _subject(message, sending)
    yield from _withdrawal(message, layouts, sending)


def _left_over(path: tuple[str, ...], template: str, lang: str) -> Iterator[Finding]:
    text, _ = held(template)
    text = _DATA.sub(lambda match: " " * len(match[0]), text)
    for match in (*_PLACEHOLDERS.finditer(text), *re.finditer(r"\{\{\{", template)):
        said = match[0]
        if said == "TODO" and lang.partition("-")[0] in ("es", "pt", "gl"):
            continue
        sentence = f"'{said}' was left to be filled in. Write what is meant, or a variable: '{{{{ name }}}}'."
        yield Finding("placeholder", "error", path, match.start(), sentence)


def _unseen(path: tuple[str, ...], template: str, lang: str) -> Iterator[Finding]:
    for match in _UNSEEN.finditer(template):
        sign, at = match[0], match.start()
        if sign in _MARKS and direction(lang) == "rtl":
            continue
        if sign in _JOINERS and (lang.partition("-")[0] in _JOINING or _joins_pictures(template, at)):
            continue
        name = unicodedata.name(sign, "a sign without a name").lower()
        sentence = f"the text holds the invisible sign U+{ord(sign):04X} ({name}). Remove it."
        yield Finding("invisible", "error", path, at, sentence)


def _joins_pictures(text: str, at: int) -> bool:
    """True within an emoji that is made of several."""
    around = text[at - 1 : at] + text[at + 1 : at + 2]
    return len(around) == 2 and all(unicodedata.category(sign) in ("So", "Sk", "Mn") for sign in around)


def _addresses(path: tuple[str, ...], template: str) -> Iterator[Finding]:
    """Addresses that are written out in plain text."""
    text, kept = held(template)
    for match in _URL.finditer(text):
        url = match[0].rstrip(".,;:!?)]")
        address = url if "://" in url else f"https://{url}"
        problem = refused_link(address)
        if problem is not None:
            yield Finding("link", "error", path, match.start(), f"'{_short(released(url, kept))}' {problem}")


def _subject(message: Message, sending: Sending) -> Iterator[Finding]:
    if not message.subject.strip():
        if "email" in sending.channels or (not sending.channels and (message.html or message.mjml)):
            yield Finding("subject", "error", ("message",), 0, "the mail has no subject. Write a 'subject'.")
        return
    text, _ = held(message.subject)
    # A variable counts as one short word.
    length = len(re.sub("\ue000.\ue001*\ue002", "......", text, flags=re.DOTALL))
    if length > LONGEST_SUBJECT:
        sentence = f"the subject has about {length} characters, and lists of mails show {LONGEST_SUBJECT}. Shorten it."
        yield Finding("subject", "advice", ("subject",), 0, sentence)


def _withdrawal(message: Message, layouts: Mapping[str, Layout], sending: Sending) -> Iterator[Finding]:
    """A mail that advertises says how to be left alone."""
    text = plain_text(message.html or message.mjml)
    layout = layouts.get(message.layout or "")
    around = plain_text(layout.html) if layout is not None else ""
    gloss = message.gloss.text if message.gloss is not None else ""
    said = f"{message.text}\n{text}\n{around}\n{gloss}"
    if message.withdraw:
        if message.withdraw not in said:
            sentence = (
                f"'withdraw' says '{_short(message.withdraw)}', and these words are not in the message. Add them."
            )
            yield Finding("withdrawal", "error", ("withdraw",), 0, sentence)
        return
    if "marketing" not in sending.purposes or not sending.channels & {"email", "sms"}:
        return
    if _WITHDRAW.search(said) or ("sms" in sending.channels and _STOP.search(said)):
        return
    sentence = (
        "the message advertises, and does not say how to withdraw consent. Add a link or a sentence; if it is there in "
        "words that are not known here, name them in 'withdraw'."
    )
    yield Finding("withdrawal", "error", ("message",), 0, sentence)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
