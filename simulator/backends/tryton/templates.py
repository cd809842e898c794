"""Messages as Genshi templates, which are what Tryton's activities take.

`{{ name }}` becomes `${said('name')}`, and `{% if name %}` asks `knows('name')`. Anything else of Liquid is a
`CannotSay`. The HTML ends with the reference line, by which the mail is recognised.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Final

from simulator.backends.tryton.conditions import CannotSay
from simulator.model.messages import Message

_TOKEN = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_OUTPUT = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_TAG = re.compile(r"\{%\s*(?:(if)\s+(\w+)|(else)|(endif))\s*%\}")
_HOLE = r"\{\{\s*\w+\s*\}\}"
_URL = re.compile(rf"https?://(?:[^\s<>\"'{{}}]|{_HOLE})*(?:[^\s<>\"'{{}}.,;:!?)]|{_HOLE})", re.IGNORECASE)
_REFERENCE: Final = '<p style="color: #999999">${reference()}</p>'


@dataclass(frozen=True)
class _Text:
    text: str


@dataclass(frozen=True)
class _Said:
    name: str


@dataclass(frozen=True)
class _If:
    name: str
    then: tuple[_Part, ...]
    otherwise: tuple[_Part, ...]


_Part = _Text | _Said | _If


def title_of(message: Message) -> str:
    """The subject as a text template."""
    subject = " ".join(message.subject.split())
    written = "".join(_in_title(part) for part in _parsed(subject))
    return "\\" + written if written.startswith("#") else written


def template_of(message: Message) -> str:
    """The body as a markup template, with the reference line at its end."""
    body = _marked_up(_parsed(message.html), linked=False) if message.html else _from_text(message.text)
    if "<body" not in body:
        body = f"<html><body>{body}</body></html>"
    head, _, tail = body.rpartition("</body>")
    return _with_namespace(f"{head}{_REFERENCE}</body>{tail}")


def has_link(message: Message) -> bool:
    """True if there is something to click."""
    return bool(re.search(r"<a\s[^>]*href", message.html)) if message.html else bool(_URL.search(message.text))


def _with_namespace(markup: str) -> str:
    return re.sub(r"<html\b", '<html xmlns:py="http://genshi.edgewall.org/"', markup, count=1)


def _from_text(text: str) -> str:
    """A plain text as HTML: an empty line begins a paragraph, an address is a link."""
    return f"<div>{_marked_up(_parsed(text.strip()), linked=True)}</div>"


def _parsed(template: str) -> tuple[_Part, ...]:
    tokens = [token for token in _TOKEN.split(template) if token]
    parts, rest = _block(tokens)
    if rest:
        raise CannotSay(f"uses '{rest[0]}' in a way that Genshi templates are not written for here")
    return parts


def _block(tokens: list[str]) -> tuple[tuple[_Part, ...], list[str]]:
    """The parts up to an `else` or `endif`, and what is left, with it."""
    parts: list[_Part] = []
    while tokens:
        token = tokens[0]
        if not token.startswith(("{{", "{%")):
            parts.append(_Text(token))
        elif said := _OUTPUT.fullmatch(token):
            parts.append(_Said(said[1]))
        else:
            tag = _TAG.fullmatch(token)
            if tag is None:
                raise CannotSay(f"uses '{token}'; only '{{{{ name }}}}' and '{{% if name %}}' are translated")
            if tag[1] is None:
                break
            part, tokens = _choice(tag[2], tokens[1:])
            parts.append(part)
            continue
        tokens = tokens[1:]
    return tuple(parts), tokens


def _choice(name: str, tokens: list[str]) -> tuple[_If, list[str]]:
    then, tokens = _block(tokens)
    otherwise: tuple[_Part, ...] = ()
    if tokens and "else" in tokens[0]:
        otherwise, tokens = _block(tokens[1:])
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
        case _Said(name):
            return f"said({name!r})"
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
            case _Said(name):
                written.append(f"${{said({name!r})}}")
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
    for part in parts:
        match part:
            case _Text(text):
                run += text
            case _Said(name):
                run += f"{{{{ {name} }}}}"
            case _If():
                written += _anchored(run) + _conditional(part, linked=True)
                run = ""
    return written + _anchored(run)


def _anchored(text: str) -> str:
    written, end = "", 0
    for url in _URL.finditer(text):
        address = _holes(escape(url[0], quote=True))
        written += _lines(text[end : url.start()]) + f'<a href="{address}">{address}</a>'
        end = url.end()
    return written + _lines(text[end:])


def _lines(text: str) -> str:
    return _holes(escape(text, quote=False)).replace("\n", "<br/>\n")


def _holes(escaped: str) -> str:
    pieces = _OUTPUT.split(escaped.replace("$", "$$"))
    return "".join(f"${{said('{piece}')}}" if number % 2 else piece for number, piece in enumerate(pieces))
