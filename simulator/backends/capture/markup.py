"""What an HTML mail shows: its text, the links that can be clicked, and the images that opening it fetches.

The standard library's parser takes minutes over 200 kB of `<a <a <a`, so a small scanner of our own does it: each
character is looked at a bounded number of times, whatever somebody sends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final, NamedTuple

LONGEST_HTML: Final = 200_000
"""So many characters of HTML are kept."""
MOST_LINKS: Final = 500
"""So many links, and so many images, are kept."""
LONGEST_URL: Final = 4_000
"""An address that is longer is none."""

_URL = re.compile(r"https?://[^\s<>\"'\\^`{|}\[\]]+", re.IGNORECASE)
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]{0,30})"
    r"(?P<attributes>(?:[^<>\"']++|\"[^\"]{0,8000}+\"|'[^']{0,8000}+'){0,300}+)>"
)
_ATTRIBUTE = re.compile(r"(?<![\w:.-])([\w:.-]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_BREAKS = re.compile(
    r"address|article|blockquote|br|div|footer|h[1-6]|header|hr|li|ol|p|pre|section|table|td|th|tr|ul", re.IGNORECASE
)
_BLANKS = re.compile(r"\s+")
_UNSEEN: Final = frozenset({"script", "style", "title", "template", "noscript"})
_UNSUBSCRIBES = re.compile(
    r"un-?subscribe|opt-?out|list-?remove|abmeld|abbestell|austrag|d[ée]sabonn|d[ée]sinscri|disiscri|cancell?a.{0,3}iscri"
    r"|darse.{0,3}de.{0,3}baja|afmelden|uitschrijv|wypisz|rezygnuj|withdraw|consent|consenso|widerruf|souhlas|wycofa",
    re.IGNORECASE,
)


class Link(NamedTuple):
    """Something that can be clicked: its address, and the words it stands on."""

    url: str
    words: str = ""

    @property
    def unsubscribes(self) -> bool:
        """True if a click here ends the subscription, as far as address and words tell."""
        return _UNSUBSCRIBES.search(f"{self.url} {self.words}") is not None


class Shown(NamedTuple):
    """What a mail shows: its text, a line for each block; what can be clicked; and the images' addresses."""

    text: str
    links: tuple[Link, ...]
    images: tuple[str, ...]


def shown(html: str) -> Shown:
    """The text, links and images of HTML, however broken it is."""
    pieces: list[str] = []
    links: list[Link] = []
    images: list[str] = []
    anchor: tuple[str, int] | None = None

    def end_anchor() -> None:
        if anchor is not None:
            url, start = anchor
            links.append(Link(url, " ".join(unescape("".join(pieces[start:])).split())[:200]))

    for piece in _pieces(html[:LONGEST_HTML]):
        if isinstance(piece, str):
            pieces.append(_BLANKS.sub(" ", piece))
            continue
        name = piece["name"].lower()
        if name in ("a", "area"):
            end_anchor()
            url = "" if piece["end"] else _attribute(piece["attributes"], "href")
            anchor = (url, len(pieces)) if _is_address(url) else None
        elif name == "img" and _is_address(url := _attribute(piece["attributes"], "src")):
            images.append(url)
        elif _BREAKS.fullmatch(name):
            pieces.append("\n")
    end_anchor()
    lines = (" ".join(line.split()) for line in unescape("".join(pieces)).split("\n"))
    return Shown("\n".join(line for line in lines if line), tuple(links[:MOST_LINKS]), tuple(images[:MOST_LINKS]))


def links_in(text: str) -> tuple[Link, ...]:
    """The addresses that stand in a plain text, without the stop that ends the sentence."""
    found = (match[0].rstrip(".,;:!?)") for match in _URL.finditer(text))
    return tuple(Link(url) for url in found if len(url) <= LONGEST_URL)[:MOST_LINKS]


def _pieces(html: str) -> Iterator[str | re.Match[str]]:
    """Texts and tags in order, without comments and what browsers do not show. A `<` that begins no tag is text."""
    lower = html.lower()
    at = 0
    while (start := html.find("<", at)) >= 0:
        yield html[at:start]
        tag = _TAG.match(html, start)
        if tag is not None:
            yield tag
            at = tag.end()
            name = tag["name"].lower()
            skipped = f"</{name}" if name in _UNSEEN and not tag["end"] else ""
            at = lower.find(skipped, at) if skipped else at
        elif html.startswith("<!--", start):
            end = html.find("-->", start + 4)
            at = end + 3 if end >= 0 else end
        elif html[start + 1 : start + 2] in ("!", "?"):
            at = html.find(">", start) + 1 or -1
        else:
            yield "<"
            at = start + 1
        if at < 0:
            return
    yield html[at:]


def _attribute(attributes: str, name: str) -> str:
    for match in _ATTRIBUTE.finditer(attributes):
        if match[1].lower() == name:
            return unescape(match[2] or match[3] or match[4] or "").strip()
    return ""


def _is_address(url: str) -> bool:
    return url.lower().startswith(("http://", "https://")) and len(url) <= LONGEST_URL
