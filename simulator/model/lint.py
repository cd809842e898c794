"""What is wrong with a message though it can be sent: findings, each with its place, its rule and a remedy.

A finding is an error where readers would stumble, or where a mail would reach out to the real world; else an advice.
Rules for pages are in `lint_pages`, for words in `lint_words`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from simulator.model.letters import letter_of
from simulator.model.lint_pages import page_findings
from simulator.model.lint_words import ANY, Finding, Sending, word_findings
from simulator.model.messages import Layout, Message
from simulator.words.errors import ExpressionError, NotInstalled

__all__ = ["ANY", "Finding", "Sending", "findings", "layout_findings", "sentences"]


def findings(message: Message, layouts: Mapping[str, Layout], sending: Sending = ANY) -> list[Finding]:
    """What is wrong with a message, in the order of its parts; `sending` is how and what for it is sent."""
    found = [*_of_document(message), *word_findings(message, layouts, sending)]
    for part in ("html", "mjml"):
        if page := getattr(message, part):
            found += page_findings(page, part, is_mjml=part == "mjml")
    try:
        letter_of(message, layouts)
    except (ExpressionError, NotInstalled) as error:
        found.append(Finding("mjml", "error", ("mjml",), 0, f"{error}. Correct it, or write 'html' instead."))
    return found


def layout_findings(layout: Layout) -> list[Finding]:
    """What is wrong with a layout."""
    return list(page_findings(layout.html, "html", is_mjml=False))


def _of_document(message: Message) -> Iterator[Finding]:
    if "lang" not in message.model_fields_set:
        sentence = "the message does not say its language, and is taken for English. Write 'lang: en' if it is."
        yield Finding("language", "advice", ("message",), 0, sentence)
    if (message.html or message.mjml) and not message.text:
        sentence = "the message has no text alternative of its own, and one is made of its page. Write a 'text'."
        yield Finding("text-alternative", "advice", ("html" if message.html else "mjml",), 0, sentence)


def sentences(message: Message, layouts: Mapping[str, Layout], sending: Sending) -> list[str]:
    """The findings of a message as sentences; those of its layout come last."""
    layout = layouts.get(message.layout or "")
    around = layout.model_dump_json() if layout is not None else ""
    return list(_sentences(message.model_dump_json(exclude_unset=True), message.layout or "", around, sending))


@lru_cache(maxsize=512)
def _sentences(message: str, name: str, layout: str, sending: Sending) -> tuple[str, ...]:
    layouts = {name: Layout.model_validate_json(layout)} if layout else {}
    found = findings(Message.model_validate_json(message), layouts, sending)
    around = [finding.sentence for each in layouts.values() for finding in layout_findings(each)]
    inside = [finding.sentence for finding in found]
    return tuple(dict.fromkeys([*inside, *(f"In the layout '{name}': {sentence}" for sentence in around)]))
