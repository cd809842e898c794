"""A message that was sent, as a report shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.model.letters import Reader, built_in, letter_of
from simulator.model.lint import Sending, sentences
from simulator.model.locales import direction
from simulator.model.markup import links_in, tidy, urls_in
from simulator.model.messages import Layout, Message
from simulator.words.clock import Zone
from simulator.words.errors import ExpressionError, NotInstalled
from simulator.words.vocabulary import FieldType, Value


def read(
    message: Message,
    values: Mapping[str, Value],
    *,
    fields: Mapping[str, FieldType],
    zone: Zone,
    layouts: Mapping[str, Layout],
) -> dict[str, Any]:
    """What somebody reads in `zone`, from the fields of the event `Message Sent`, as plain JSON data.

    `title`, `lang`, `dir`, `subject`, `text` and `links` are always there; `html` (with a `layout` only what stands
    inside it), `preheader`, `layout`, `gloss` and `lint` where there is something to say.
    """
    reader = Reader(fields, zone)
    entry: dict[str, Any] = {
        "title": message.message,
        "lang": message.lang,
        "dir": direction(message.lang),
        "subject": reader.fill(message, message.subject, values),
    }
    if message.preheader:
        entry["preheader"] = reader.fill(message, message.preheader, values)
    entry |= _body(message, values, reader, layouts)
    if message.gloss is not None and message.lang.partition("-")[0] != "en":
        entry["gloss"] = reader.gloss(message, values)
    sending = Sending(
        *(frozenset(str(values[name]) for name in (key,) if name in values) for key in ("channel", "purpose"))
    )
    lint = sentences(message, layouts, sending)
    return {**entry, "lint": lint} if lint else entry


def _body(
    message: Message, values: Mapping[str, Value], reader: Reader, layouts: Mapping[str, Layout]
) -> dict[str, Any]:
    """`text` and `links`, and `html` and `layout` where there is a page."""
    try:
        letter = letter_of(message, layouts)
    except (ExpressionError, NotInstalled) as error:
        text = reader.fill(message, message.text, values) or f"[cannot be rendered: {error}]"
        return {"text": text, "links": _links_of_text(message, text, values)}
    text = reader.fill(message, letter.text, values)
    if not letter.inside:
        return {"text": text, "links": _links_of_text(message, text, values)}
    page = reader.fill(message, letter.inside, values, html=True)
    found = {"text": tidy(text) if letter.is_text_made else text, "html": page, "links": links_in(page)}
    return {**found, "layout": message.layout} if message.layout in layouts else found


def _links_of_text(message: Message, text: str, values: Mapping[str, Value]) -> list[dict[str, str]]:
    """The addresses in a plain text; one of the message's own links is called by its name."""
    own = built_in(message, values).get("links", {})
    named = {url: name for name, url in own.items()} if isinstance(own, dict) else {}
    return [{"text": named.get(url, url), "url": url} for url in urls_in(text)]
