"""HTML as it is written in mails: told apart into tags and text, in one pass however broken it is.

The parser of the standard library takes minutes over a hundred thousand characters of unclosed tags, so this is one of
our own that never goes back. It reads no entities in tags' names, builds no tree, and repairs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Literal

from simulator.model.templating import liquid_in

Kind = Literal["start", "end", "text", "comment", "unclosed"]

_NAME = re.compile(r"[A-Za-z][^\s/>]*")
_ATTRIBUTE = re.compile(r"[\s/]*([^\s=>/][^\s=>/]*)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+))?")
_RAW = frozenset({"script", "style", "title", "textarea"})
VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip
"""Elements that have no end."""
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "footer", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hr", "main", "ol", "p", "pre", "section", "table", "tbody", "tr", "ul",
})  # fmt: skip
_APART = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "hr", "pre"})
_SILENT = frozenset({"head", "script", "style", "title", "template", "noscript"})
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_URL = re.compile(r"(?:https?://|mailto:)[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
_OPEN, _FILL, _CLOSE, _FIRST = "\ue000", "\ue001", "\ue002", 0xF0000
_HELD = re.compile(f"{_OPEN}(.){_FILL}*{_CLOSE}", re.DOTALL)
_PRIVATE = re.compile("[\ue000-\ue002\U000f0000-\U000fffff]")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a page: a tag with its attributes (entities read), or text; `at` is its offset."""

    kind: Kind
    name: str
    at: int
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


def tokens(html: str) -> Iterator[Token]:
    """The tags and the text of a page, in order. What begins like a tag and never ends is `unclosed`, and the last."""
    at, end = 0, len(html)
    while at < end:
        begins = html.find("<", at)
        if begins < 0:
            yield Token("text", "", at, html[at:])
            return
        if begins > at:
            yield Token("text", "", at, html[at:begins])
        token, at = _tag(html, begins)
        yield token
        if token.kind == "start" and token.name in _RAW:
            closing = re.compile(rf"</{token.name}\b", re.IGNORECASE).search(html, at)
            if closing is None:
                yield Token("unclosed", token.name, token.at)
                return
            yield Token("text", token.name, at, html[at : closing.start()])
            at = closing.start()
        if token.kind == "unclosed":
            return


def _tag(html: str, at: int) -> tuple[Token, int]:
    """The tag that begins at a `<`, and where it ends."""
    if html.startswith("<!--", at):
        ends = html.find("-->", at + 4)
        return (Token("unclosed", "!--", at), len(html)) if ends < 0 else (Token("comment", "", at), ends + 3)
    if html.startswith(("<!", "<?"), at):
        ends = html.find(">", at)
        return (Token("unclosed", "!", at), len(html)) if ends < 0 else (Token("comment", "", at), ends + 1)
    closes = html.startswith("</", at)
    name = _NAME.match(html, at + 1 + closes)
    if name is None:
        return Token("text", "", at, "<"), at + 1
    attributes: dict[str, str] = {}
    here = name.end()
    while (found := _ATTRIBUTE.match(html, here)) is not None:
        attributes.setdefault(found[1].lower(), unescape(_unquoted(found[2] or "")))
        here = found.end()
    ends = html.find(">", here)
    called = name[0].lower()
    if ends < 0:
        return Token("unclosed", called, at), len(html)
    return Token("end" if closes else "start", called, at, html[at : ends + 1], attributes), ends + 1


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def held(template: str) -> tuple[str, tuple[str, ...]]:
    """The template with signs of equal length in place of its Liquid, and that Liquid: so that no parser trips over
    it. `released` puts it back."""
    kept: list[str] = []
    at = 0
    plain = _PRIVATE.sub("\ufffd", template)
    pieces: list[str] = []
    for begins, ends in liquid_in(plain):
        pieces += [plain[at:begins], _OPEN, chr(_FIRST + len(kept)), _FILL * (ends - begins - 3), _CLOSE]
        kept.append(plain[begins:ends])
        at = ends
    return "".join([*pieces, plain[at:]]), tuple(kept)


def released(text: str, kept: tuple[str, ...]) -> str:
    """The text with its Liquid back, wherever it went."""
    return _HELD.sub(lambda match: kept[ord(match[1]) - _FIRST] if ord(match[1]) - _FIRST < len(kept) else "", text)


def worded(text: str, form: str) -> str:
    """The text with a word for each piece of Liquid that is held, such as `JPL{:05d}Q`."""
    return _HELD.sub(lambda match: form.format(ord(match[1]) - _FIRST), text)


def escaped(template: str) -> str:
    """A template of text as one of HTML: what is not Liquid is escaped."""
    text, kept = held(template)
    return released(escape(text, quote=True), kept)


def plain_text(html: str) -> str:
    """The page as text: paragraphs apart, list items with dashes, links followed by where they lead."""
    writer = _Writer()
    for token in tokens(html):
        writer.take(token)
    return tidy(writer.text())


def alternative(template: str) -> str:
    """The template of a text alternative to a template of HTML; the same Liquid stands in it."""
    text, kept = held(template)
    return released(plain_text(text), kept)


def tidy(text: str) -> str:
    """Without spaces at the ends of lines, and without more than one empty line."""
    lines = "\n".join(line.strip(" \t\r") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n" if text.strip() else ""


def links_in(html: str) -> list[dict[str, str]]:
    """The links of a page: what they say, and where they lead."""
    found: list[dict[str, str]] = []
    open_link: dict[str, str] | None = None
    for token in tokens(html):
        if token.name == "a" and token.kind in ("start", "end"):
            open_link = None
            if token.kind == "start" and "href" in token.attributes:
                open_link = {"text": "", "url": token.attributes["href"].strip()}
                found.append(open_link)
        elif open_link is not None:
            said = token.attributes.get("alt", "") if token.name == "img" else unescape(token.text)
            if token.kind == "text" or token.name == "img":
                open_link["text"] += said
    return [{"text": " ".join(link["text"].split()), "url": link["url"]} for link in found]


def urls_in(text: str) -> list[str]:
    """The addresses that stand in a text, each once."""
    return list(dict.fromkeys(_URL.findall(text)))


class _Writer:
    """Writes a page down as text."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._silent: list[str] = []
        self._links: list[tuple[str, int]] = []

    def take(self, token: Token) -> None:
        if token.kind == "start":
            self._begin(token)
        elif token.kind == "end":
            self._end(token.name)
        elif token.kind == "text" and not self._silent:
            self._say(unescape(token.text))

    def text(self) -> str:
        return "".join(self._said)

    def _begin(self, token: Token) -> None:
        name = token.name
        if self._silent:
            if name == self._silent[-1]:
                self._silent.append(name)
            return
        if name not in VOID and (name in _SILENT or _HIDDEN.search(token.attributes.get("style", ""))):
            self._silent.append(name)
            return
        self._break(name)
        if name == "li":
            self._said.append("\n- ")
        elif name == "br":
            self._said.append("\n")
        elif name == "img":
            self._say(f" {token.attributes.get('alt', '')} ")
        elif name == "a":
            self._links.append((token.attributes.get("href", "").strip(), len(self._said)))

    def _end(self, name: str) -> None:
        if self._silent:
            if name == self._silent[-1]:
                self._silent.pop()
            return
        if name == "a" and self._links:
            url, since = self._links.pop()
            text = "".join(self._said[since:]).strip()
            address = url.removeprefix("mailto:")
            if address and not address.startswith("#") and address != text:
                self._say(f" ({address})" if text else address)
        elif name in ("td", "th"):
            self._said.append(" ")
        self._break(name)

    def _break(self, name: str) -> None:
        if name in _BLOCKS:
            self._said.append("\n\n" if name in _APART else "\n")

    def _say(self, text: str) -> None:
        said = re.sub(r"[ \t\r\n\f]+", " ", text)
        before = self._said[-1][-1:] if self._said else "\n"
        said = said.lstrip(" ") if before in (" ", "\n") else said
        if said:
            self._said.append(said)
