"""Liquid, strict and bounded: what a template uses, and what it says when its names have values.

A template is external text. It may be long, deep or endless, so all of these have a limit, and what goes past one is a
sentence. What could read a clock, a file or another template is left out, and so is what lets a value escape escaping.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape
from typing import NamedTuple

from liquid import BoundTemplate, DictLoader, Environment, Undefined
from liquid.exceptions import LiquidError

from simulator.words.errors import ExpressionError, did_you_mean

LONGEST = 100_000
"""How many characters a part of a message may have, as it is written and as it is read."""

FILTERS = (
    "append", "capitalize", "code", "default", "downcase", "escape", "first", "join", "last", "lstrip", "prepend",
    "rstrip", "size", "squish", "strip", "truncate", "truncatewords", "upcase", "url_encode",
)  # fmt: skip
"""The filters of a message. None asks what time it is, none calculates with a value that is written out already, and
none declares a value to be HTML."""

LONGEST_TAG = 2_000
"""How many characters may stand between two braces: no tag of a person's is longer, and the parser's time is bound."""
_LEFT_OUT = ("include", "render", "tablerow", "liquid", "doc", "ifchanged")
_RAW = re.compile(r"\{%-?\s{0,20}(end)?raw\b")
_DOC = re.compile(r"\{%-?\s{0,20}(?:end)?doc\b")
_CLOCKS = ("now", "today")
_OPENING = re.compile(r"\{[{%]")


class Uses(NamedTuple):
    """What a template uses: names, sorted; named links among them (`links.offer` as `offer`)."""

    names: tuple[str, ...]
    links: tuple[str, ...]


class Hole(Undefined):
    """A name without a value: nothing where a condition asks, and `[name?]` where a reader looks."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"[{self.name}?]"

    def __bool__(self) -> bool:
        return False


def _environment(*, is_html: bool) -> Environment:
    """Liquid without partials, and with bounds."""

    class Bounded(Environment):
        context_depth_limit = 10
        loop_iteration_limit = 1_000
        output_stream_limit = LONGEST
        local_namespace_limit = LONGEST

    made = Bounded(loader=DictLoader({}), undefined=Hole, autoescape=is_html)
    made.add_filter("code", code)
    for name in sorted(set(made.filters) - set(FILTERS)):
        del made.filters[name]
    for name in _LEFT_OUT:
        del made.tags[name]
    return made


def code(id: object) -> str:
    """The short code of a coupon: `K7FQ-4M2P`. It belongs to the coupon's id, and holds no letter like a digit."""
    from hashlib import blake2b

    number = int.from_bytes(blake2b(str(id).encode("utf-8", "surrogatepass"), digest_size=5).digest(), "big")
    letters = "".join(_CODE[number >> 5 * place & 31] for place in range(8))
    return f"{letters[:4]}-{letters[4:]}"


_CODE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PLAIN = _environment(is_html=False)
_HTML = _environment(is_html=True)


def liquid_in(template: str) -> Iterator[tuple[int, int]]:
    """Where Liquid stands in a template, and no text: from, and until. In one pass, even if nothing is ever closed."""
    at = 0
    endless: set[str] = set()
    while (opening := _OPENING.search(template, at)) is not None:
        closing = "}}" if opening[0] == "{{" else "%}"
        ends = -1 if closing in endless else template.find(closing, opening.end())
        if ends < 0:
            endless.add(closing)
            at = opening.start() + 1
            continue
        yield opening.start(), ends + 2
        at = ends + 2


def refuse_endless(template: str) -> None:
    """Raise ExpressionError for a template over which the parser would sit for minutes: what it opens, it closes."""
    if len(template) > LONGEST:
        raise ExpressionError(f"it has {len(template)} characters, and {LONGEST} are the most")
    at = 0
    for begins, ends in liquid_in(template):
        if ends - begins > LONGEST_TAG:
            raise ExpressionError(f"a tag of it has {ends - begins} characters, and {LONGEST_TAG} are the most")
        _refuse_opening(template[at:begins])
        at = ends
    _refuse_opening(template[at:])
    raws = [match[1] for match in _RAW.finditer(template)]
    if raws.count("end") < len(raws) / 2:
        raise ExpressionError("a 'raw' of it is never closed")
    if _DOC.search(template):
        raise ExpressionError("a message has no tag 'doc'")


def _refuse_opening(text: str) -> None:
    if (opening := _OPENING.search(text)) is not None:
        raise ExpressionError(f"a '{opening[0]}' of it is never closed")


@lru_cache(maxsize=1024)
def uses(template: str) -> Uses:
    """What a template uses. Raises ExpressionError when it is no Liquid, or more than a message may hold."""
    try:
        refuse_endless(template)
        analysis = _parsed(template, is_html=False).analyze()
    except LiquidError as error:
        raise ExpressionError(f"the template cannot be read: {_first_line(error)}") from None
    except ExpressionError as error:
        raise ExpressionError(f"the template cannot be read: {error.message}") from None
    except RecursionError:
        raise ExpressionError("the template cannot be read: its blocks are nested too deep") from None
    except Exception as error:  # noqa: BLE001 the parser stumbles over some texts, such as numbers of a million digits
        raise ExpressionError(f"the template cannot be read: {_first_line(error)}") from None
    for name in sorted(analysis.filters):
        if name not in FILTERS:
            hint = (
                " (dates are written as the message's language does)" if name == "date" else did_you_mean(name, FILTERS)
            )
            raise ExpressionError(f"the template cannot be read: a message has no filter '{name}'{hint}")
    links = {str(use.segments[1]) for use in analysis.globals.get("links", ()) if len(use.segments) > 1}
    return Uses(tuple(sorted(analysis.globals)), tuple(sorted(links)))


@lru_cache(maxsize=2048)
def _parsed(template: str, *, is_html: bool) -> BoundTemplate:
    return (_HTML if is_html else _PLAIN).from_string(template)


def filled(template: str, values: Mapping[str, object], *, is_html: bool = False) -> str:
    """What a template says, in Unicode's normal form NFC. With `is_html` every value is escaped.

    A name without a value shows as `[name?]`, and a template that goes past a bound as one sentence in brackets.
    """
    if "{" not in template:
        return unicodedata.normalize("NFC", template)
    try:
        refuse_endless(template)
        text = _parsed(template, is_html=is_html).render({**{name: Hole(name) for name in _CLOCKS}, **values})
    except ExpressionError as error:
        text = _sorry(error.message, is_html=is_html)
    except RecursionError:
        text = _sorry("its blocks are nested too deep", is_html=is_html)
    except Exception as error:  # noqa: BLE001 what a filter does with odd values must not end a report
        text = _sorry(_first_line(error), is_html=is_html)
    return unicodedata.normalize("NFC", text)


def _sorry(reason: str, *, is_html: bool) -> str:
    sentence = f"[cannot be rendered: {reason}]"
    return escape(sentence) if is_html else sentence


def _first_line(error: Exception) -> str:
    """What Liquid complains of, without the picture of the template that it draws below."""
    said = str(getattr(error, "message", None) or error).splitlines()
    return said[0].rstrip(".") if said else type(error).__name__
