"""Pages as Genshi reads them: HTML becomes XML where it is none, or it is refused."""

from __future__ import annotations

import re
from html import escape, unescape
from xml.parsers import expat

from simulator.backends.tryton.conditions import CannotSay
from simulator.model.markup import VOID, Token, held, released, tokens

_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]*;")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<!doctype\b", re.IGNORECASE)


def well_formed(template: str) -> str:
    """A template of HTML as XML. Raises CannotSay where no XML can be made of it, or where Liquid is out of place."""
    text, kept = held(template)
    if any("\ue000" in comment for comment in _COMMENT.findall(text)):
        raise CannotSay("has Liquid in a comment of its html, where Genshi does not look")
    for token in tokens(text):
        if any("\ue000" in name for name in token.attributes) or "\ue000" in token.name:
            raise CannotSay(f"has Liquid among the attributes of a '{token.name}', where Genshi takes none")
    text = _DOCTYPE.sub("<!DOCTYPE", text)
    if _complaint(text) is not None:
        text = "".join(_rewritten(token, text) for token in tokens(text))
        if (complaint := _complaint(text)) is not None:
            raise CannotSay(f"has an html that Genshi cannot read: {complaint}")
    return released(text, kept)


def _complaint(text: str) -> str | None:
    """Why a text is no XML; None if it is. What is no whole document stands in one."""
    parser = expat.ParserCreate()
    try:
        parser.Parse(text if re.search(r"<html\b", text) else f"<html>{text}</html>", True)
    except expat.ExpatError as error:
        return str(error)
    return None


def _rewritten(token: Token, text: str) -> str:
    if token.kind == "unclosed":
        raise CannotSay(f"has an html whose '<{token.name}' is never closed")
    if token.kind == "text":
        said = token.text if token.name else _ENTITY.sub(lambda entity: unescape(entity[0]), token.text)
        return re.sub(r"&(?!#?\w+;)", "&amp;", said).replace("<", "&lt;")
    if token.kind == "comment":
        ends = text.find("-->", token.at) + 3 if text.startswith("<!--", token.at) else text.find(">", token.at) + 1
        return text[token.at : ends]
    if token.kind == "end":
        return "" if token.name in VOID else f"</{token.name}>"
    attributes = "".join(f' {name}="{escape(value, quote=True)}"' for name, value in token.attributes.items())
    return f"<{token.name}{attributes}{'/' if token.name in VOID or token.text.endswith('/>') else ''}>"
