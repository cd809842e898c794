"""Messages as Genshi templates, which are what Tryton's activities take.

`{{ name }}` becomes `${said('name')}` (`said('name', 'fr')` where the message is French, `bare` where the author writes
the sign of a percentage), and `{% if name %}` asks `knows('name')`. A named link is written out with `quoted` values.
Anything else of Liquid is a `CannotSay`. The HTML ends with the reference line, by which the mail is recognised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from simulator.backends.tryton.conditions import CannotSay
from simulator.backends.tryton.pages import well_formed
from simulator.model.letters import letter_of
from simulator.model.messages import Layout, Message
from simulator.words.errors import ExpressionError, NotInstalled

_TOKEN = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_OUTPUT = re.compile(r"\{\{\s*(\w+)\s*(\|\s*url_encode\s*)?\}\}")
_TAG = re.compile(r"\{%\s*(?:(if)\s+(\w+)|(else)|(endif))\s*%\}")
_LINK = re.compile(r"\{\{\s*links\.(\w+)\s*\}\}")
_PERCENT = re.compile(r"(?:\s|&nbsp;)?%")
_URL = re.compile(r"https?://[^\s<>\"'{}]*[^\s<>\"'{}.,;:!?)]", re.IGNORECASE)
_HELD = re.compile("\ue000(.)\ue002", re.DOTALL)
_FIRST: Final = 0xF0000
_REFERENCE: Final = '<p style="color: #999999">${reference()}</p>'
_NO_LAYOUTS: Final[Mapping[str, Layout]] = {}


@dataclass(frozen=True)
class _Text:
    text: str


@dataclass(frozen=True)
class _Said:
    call: str


@dataclass(frozen=True)
class _If:
    name: str
    then: tuple[_Part, ...]
    otherwise: tuple[_Part, ...]


_Part = _Text | _Said | _If


def title_of(message: Message) -> str:
    """The subject as a text template."""
    subject = " ".join(message.subject.split())
    written = "".join(_in_title(part) for part in _parsed(subject, message))
    return "\\" + written if written.startswith("#") else written


def template_of(message: Message, layouts: Mapping[str, Layout] = _NO_LAYOUTS) -> str:
    """The body as a markup template, with the reference line at its end."""
    try:
        letter = letter_of(message, layouts)
    except (ExpressionError, NotInstalled) as error:
        raise CannotSay(f"cannot be made a page: {error}") from None
    if letter.html:
        body = _marked_up(_parsed(well_formed(letter.html), message, is_html=True), linked=False)
    else:
        body = f"<div>{_marked_up(_parsed(letter.text.strip(), message), linked=True)}</div>"
    if "<body" not in body:
        body = f"<html><body>{body}</body></html>"
    head, _, tail = body.rpartition("</body>")
    return _with_namespace(f"{head}{_REFERENCE}</body>{tail}")


def has_link(message: Message) -> bool:
    """True if there is something to click."""
    if message.html or message.mjml:
        return bool(re.search(r"<(?:a|mj-button)\s[^>]*href", message.html or message.mjml))
    return bool(_URL.search(message.text) or _LINK.search(message.text))


def _with_namespace(markup: str) -> str:
    return re.sub(r"<html\b", '<html xmlns:py="http://genshi.edgewall.org/"', markup, count=1)


def _parsed(template: str, message: Message, *, is_html: bool = False) -> tuple[_Part, ...]:
    def written_out(link: re.Match[str]) -> str:
        address = _OUTPUT.sub(r"{{ \1 | url_encode }}", message.links.get(link[1], ""))
        return _OUTPUT.sub(lambda hole: hole[0], escape(address, quote=True)) if is_html else address

    tokens = [token for token in _TOKEN.split(_LINK.sub(written_out, template)) if token]
    parts, rest = _block(tokens, message.lang)
    if rest:
        raise CannotSay(f"uses '{rest[0]}' in a way that Genshi templates are not written for here")
    return parts


def _block(tokens: list[str], lang: str) -> tuple[tuple[_Part, ...], list[str]]:
    """The parts up to an `else` or `endif`, and what is left, with it."""
    parts: list[_Part] = []
    while tokens:
        token = tokens[0]
        if not token.startswith(("{{", "{%")):
            parts.append(_Text(token))
        elif said := _OUTPUT.fullmatch(token):
            parts.append(_Said(_call(said[1], bool(said[2]), tokens[1] if len(tokens) > 1 else "", lang)))
        else:
            tag = _TAG.fullmatch(token)
            if tag is None:
                raise CannotSay(f"uses '{token}'; only '{{{{ name }}}}' and '{{% if name %}}' are translated")
            if tag[1] is None:
                break
            part, tokens = _choice(tag[2], tokens[1:], lang)
            parts.append(part)
            continue
        tokens = tokens[1:]
    return tuple(parts), tokens


def _call(name: str, is_quoted: bool, follows: str, lang: str) -> str:
    """The call that writes a value: for an address, without a sign that follows anyway, or as the language does."""
    if is_quoted:
        return f"quoted({name!r})"
    function = "bare" if _PERCENT.match(follows) else "said"
    return f"{function}({name!r})" if lang == "en" else f"{function}({name!r}, {lang!r})"


def _choice(name: str, tokens: list[str], lang: str) -> tuple[_If, list[str]]:
    then, tokens = _block(tokens, lang)
    otherwise: tuple[_Part, ...] = ()
    if tokens and "else" in tokens[0]:
        otherwise, tokens = _block(tokens[1:], lang)
    # Whoever loaded the message knows that it is Liquid, so that the `endif` is there.
    return _If(name, then, otherwise), tokens[1:]


def _in_title(part: _Part) -> str:
    if isinstance(part, _Text):
        return part.text.replace("$", "$$")
    return f"${{{_expression(part)}}}"


def _expression(part: _Part) -> str:
    match part:
        case _Text(text):
            return repr(text)
        case _Said(call):
            return call
        case _If(name, then, otherwise):
            return f"({_sum(then)} if knows({name!r}) else {_sum(otherwise)})"


def _sum(parts: tuple[_Part, ...]) -> str:
    return " + ".join(_expression(part) for part in parts) or "''"


def _marked_up(parts: tuple[_Part, ...], *, linked: bool) -> str:
    """Markup. With `linked` it is a plain text whose addresses become links, else it is HTML already."""
    if linked:
        return _linked(parts)
    written = []
    for part in parts:
        match part:
            case _Text(text):
                written.append(text.replace("$", "$$"))
            case _Said(call):
                written.append(f"${{{call}}}")
            case _If():
                written.append(_conditional(part, linked=False))
    return "".join(written)


def _conditional(part: _If, *, linked: bool) -> str:
    then = f'<py:if test="knows({part.name!r})">{_marked_up(part.then, linked=linked)}</py:if>'
    if not part.otherwise:
        return then
    return f'{then}<py:if test="not knows({part.name!r})">{_marked_up(part.otherwise, linked=linked)}</py:if>'


def _linked(parts: tuple[_Part, ...]) -> str:
    """A plain text in which addresses, with what is said in them, are links."""
    written = run = ""
    calls: list[str] = []
    for part in parts:
        match part:
            case _Text(text):
                run += text
            case _Said(call):
                run += f"\ue000{chr(_FIRST + len(calls))}\ue002"
                calls.append(call)
            case _If():
                written += _anchored(run, calls) + _conditional(part, linked=True)
                run = ""
    return written + _anchored(run, calls)


def _anchored(text: str, calls: list[str]) -> str:
    written, end = "", 0
    for url in _URL.finditer(text):
        address = _holes(escape(url[0], quote=True), calls)
        written += _lines(text[end : url.start()], calls) + f'<a href="{address}">{address}</a>'
        end = url.end()
    return written + _lines(text[end:], calls)


def _lines(text: str, calls: list[str]) -> str:
    return _holes(escape(text, quote=False), calls).replace("\n", "<br/>\n")


def _holes(escaped: str, calls: list[str]) -> str:
    return _HELD.sub(lambda hole: f"${{{calls[ord(hole[1]) - _FIRST]}}}", escaped.replace("$", "$$"))
