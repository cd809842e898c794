"""A message as somebody reads it: templates filled with values in the reader's language, and put into a layout.

`Letter` holds the templates that are sent, the same for every reader and every backend; a `Reader` fills them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from simulator.model.locales import Said, direction, number, said
from simulator.model.markup import alternative, escaped
from simulator.model.messages import Layout, Message, marks_in
from simulator.model.mjml import compiled, inner
from simulator.model.templating import code, filled
from simulator.words.clock import Zone
from simulator.words.vocabulary import FieldType, Value


@dataclass(frozen=True)
class Letter:
    """The templates of a message: `inside` is the html that stands in the layout, `html` the whole of it.

    Without html both are empty; without a layout they are the same. `is_text_made` says that `text` was made of html.
    """

    subject: str
    preheader: str
    text: str
    inside: str
    html: str
    is_text_made: bool


def letter_of(message: Message, layouts: Mapping[str, Layout]) -> Letter:
    """The templates that are sent. Raises ExpressionError for MJML that cannot be read, NotInstalled without mrml."""
    lang, way = message.lang, direction(message.lang)
    page = compiled(message.mjml, lang, way) if message.mjml else message.html
    layout = layouts.get(message.layout) if message.layout is not None and page else None
    inside = inner(page) if message.mjml and layout is not None else page
    whole = inside if layout is None else _framed(layout, message, inside)
    text = message.text or alternative(inside)
    return Letter(message.subject, message.preheader, text, inside, whole, is_text_made=not message.text)


def _framed(layout: Layout, message: Message, inside: str) -> str:
    """The layout with its marks replaced. What stands in one is not looked through for others."""
    marks = {
        "content": inside,
        "subject": escaped(message.subject),
        "preheader": escaped(message.preheader),
        "lang": message.lang,
        "dir": direction(message.lang),
    }
    pieces: list[str] = []
    at = 0
    for name, begins, ends in marks_in(layout.html):
        pieces += [layout.html[at:begins], marks.get(name, "")]
        at = ends
    return "".join([*pieces, layout.html[at:]])


class Reader:
    """Somebody who reads messages in `zone`: fills templates with the fields of an event, as they are in memory."""

    def __init__(self, fields: Mapping[str, FieldType], zone: Zone) -> None:
        self._fields = fields
        self._zone = zone

    def fill(self, message: Message, template: str, values: Mapping[str, Value], *, html: bool = False) -> str:
        """What a template of the message says in its language; every value is escaped in `html`."""
        return self._filled(template, values, message, message.lang, html=html)

    def gloss(self, message: Message, values: Mapping[str, Value]) -> dict[str, str]:
        """The message's gloss, in English."""
        assert message.gloss is not None
        parts = {"subject": message.gloss.subject, "text": message.gloss.text}
        return {key: self._filled(template, values, message, "en") for key, template in parts.items() if template}

    def _filled(
        self, template: str, values: Mapping[str, Value], message: Message, lang: str, *, html: bool = False
    ) -> str:
        if "{" not in template:
            return unicodedata.normalize("NFC", template)
        shown: dict[str, object] = dict.fromkeys(message.optional)
        shares: dict[str, str] = {}
        for name, value in values.items():
            kind = self._fields.get(name)
            shown[name] = written = said(value, "" if kind is None else kind.kind, lang, self._zone)
            if kind is not None and kind.kind == "percent" and isinstance(written, Said):
                shares[str(written)] = number(float(written), lang)
        shown |= built_in(message, values)
        return _once_percent(filled(template, shown, is_html=html), shares)


def built_in(message: Message, values: Mapping[str, Value]) -> dict[str, object]:
    """What every message has: the short code of its coupon, and its links with values that fit into an address."""
    raw: dict[str, object] = {name: quote(str(value), safe="") for name, value in values.items()}
    found: dict[str, object] = {}
    if "coupon_id" in values:
        found["coupon_code"] = raw["coupon_code"] = code(values["coupon_id"])
    if message.links:
        found["links"] = {name: filled(template, raw) for name, template in message.links.items()}
    return found


def _once_percent(text: str, shares: Mapping[str, str]) -> str:
    """`{{ discount }} %` has its sign from the author, and so the value brings none of its own."""
    for share, bare in shares.items():
        text = re.sub(rf"{re.escape(unicodedata.normalize('NFC', share))}(?=(?:\s|&nbsp;)?%)", bare, text)
    return text
