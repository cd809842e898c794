"""Messages and the layouts around them, as people write them.

A message says which of its variables come from where (`names`); at sending each becomes a field of the event, so the
checks can ask what a message named, and an unknown one is counted in `unresolved`. What somebody reads in the end is
made in `simulator.model.letters`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field, model_validator

from simulator.model.locales import parse_language
from simulator.model.rules import Document
from simulator.model.templating import filled, liquid_in, uses
from simulator.model.validating import Expression
from simulator.words.vocabulary import Value

Language = Annotated[str, Expression(parse_language, description="a language of BCP 47, such as fr or pt-BR")]

BUILT_IN = ("coupon_code", "links")
"""Names that every message has: the short code of its coupon, and its links by name."""
MARKS = ("content", "subject", "preheader", "lang", "dir")
"""What a layout may leave open."""
PARTS = ("subject", "preheader", "text", "html", "mjml")
"""The templates of a message."""


class Gloss(Document):
    """A message in English, in plain words, for those who read the report: with the same variables."""

    subject: str = ""
    text: str = ""


class Message(Document):
    """One message and the names it uses. `stance` and `product` tell what it urges, and of what.

    The body is `text`, `html` or `mjml`, or `text` with one of the others; with a `layout` the html or the mjml is what
    stands at its `content`. Without `text` a plain one is made of the html.
    """

    message: str
    lang: Language = "en"
    subject: str = ""
    preheader: str = ""
    text: str = ""
    html: str = ""
    mjml: str = ""
    layout: str | None = None
    gloss: Gloss | None = None
    links: dict[str, str] = Field(default={})
    names: dict[str, str] = Field(default={})
    optional: list[str] = []
    product: str | None = None
    stance: str | None = None
    withdraw: str = ""

    @model_validator(mode="after")
    def _some_body(self) -> Message:
        if not (self.text or self.html or self.mjml):
            raise ValueError("a message has a 'text', an 'html' or an 'mjml' (mjml is compiled); write one of them")
        return self

    def templates(self) -> dict[tuple[str, ...], str]:
        """Every template of the message by its path in the document."""
        found: dict[tuple[str, ...], str] = {(key,): str(getattr(self, key)) for key in PARTS}
        if self.gloss is not None:
            found |= {("gloss", "subject"): self.gloss.subject, ("gloss", "text"): self.gloss.text}
        return found | {("links", name): template for name, template in self.links.items()}


class Layout(Document):
    """A whole HTML document with places left open: `{{ content }}` and `{{ subject }}` once each, and the other marks
    `{{ preheader }}`, `{{ lang }}` and `{{ dir }}` as often as they are needed."""

    layout: str
    html: str


def marks_in(layout: str) -> Iterator[tuple[str, int, int]]:
    """The marks of a layout and where they stand, from and until; '' for other Liquid."""
    for begins, ends in liquid_in(layout):
        mark = layout[begins + 2 : ends - 2].strip()
        yield mark if layout[begins + 1] == "{" and mark in MARKS else "", begins, ends


def variables(template: str) -> tuple[str, ...]:
    """The names a template uses, sorted; ExpressionError when it is no Liquid."""
    return uses(template).names


def render(template: str, values: Mapping[str, Value]) -> str:
    """The text as somebody reads it. A name without a value shows as `[name?]`: the hole that the reader saw."""
    return filled(template, {name: str(value) for name, value in values.items()})
