"""Rules for pages: links lead somewhere reserved, pictures come along and say what they show, nothing runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from simulator.model.addresses import refused_link
from simulator.model.lint_words import Finding
from simulator.model.markup import VOID, Token, held, released, tokens
from simulator.model.mjml import TAGS
from simulator.words.errors import did_you_mean

_RUNNING = {
    "script": "a script", "iframe": "a frame", "frame": "a frame", "form": "a form", "object": "an embedded object",
    "embed": "an embedded object", "applet": "an applet", "input": "a field", "select": "a field",
    "textarea": "a field", "button": "a button of a form", "video": "a film", "audio": "a sound", "base": "a base",
}  # fmt: skip
_OPTIONAL_END = frozenset({
    "body", "colgroup", "dd", "dt", "head", "html", "li", "option", "p", "tbody", "td", "tfoot", "th", "thead", "tr",
})  # fmt: skip
_CSS = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])\s*((?!data:|cid:|#)[^'\")\s]+)", re.IGNORECASE)
_PICTURES = ("img", "mj-image", "mj-carousel-image")
_LINKS = ("a", "area", "mj-button", "mj-navbar-link", "mj-image", "mj-social-element")
_HELD = "\ue000"


def page_findings(template: str, part: str, *, is_mjml: bool) -> Iterator[Finding]:
    """What is wrong with a page, in its order."""
    text, kept = held(template)
    opened: list[Token] = []
    for token in tokens(text):
        if token.kind == "start":
            for rule, sentence in (*_running(token), *_link(token), *_picture(token), *_styles(token.text)):
                yield Finding(rule, "error", (part,), token.at, released(sentence, kept))
            if is_mjml:
                yield from _tag(token, part)
            if token.name == "html" and not token.attributes.get("lang"):
                sentence = "the page does not say its language. Write '<html lang=\"{{ lang }}\">' in a layout."
                yield Finding("language", "error", (part,), token.at, sentence)
        elif token.kind == "text" and token.name == "style":
            for rule, sentence in _styles(token.text):
                yield Finding(rule, "error", (part,), token.at, released(sentence, kept))
        yield from _closing(token, opened, part)
    yield from (_never(token, part) for token in opened if token.name not in _OPTIONAL_END)


def _closing(token: Token, opened: list[Token], part: str) -> Iterator[Finding]:
    """Keep what is open; complain of what ends without having begun, and of what is passed over unclosed."""
    if token.kind == "unclosed":
        yield _never(token, part)
    elif token.kind == "start" and token.name not in VOID and not token.text.endswith("/>"):
        opened.append(token)
    elif token.kind == "end" and token.name not in VOID:
        # Nobody nests deeper than this, and an end is not looked for any further up.
        place = next((back for back in range(1, min(len(opened), 200) + 1) if opened[-back].name == token.name), 0)
        if place:
            yield from (_never(each, part) for each in opened[len(opened) - place + 1 :] if _must_end(each))
            del opened[len(opened) - place :]
        elif _must_end(token):
            sentence = f"'</{token.name}>' ends what has not begun. Remove it, or write its '<{token.name}>'."
            yield Finding("unclosed", "error", (part,), token.at, sentence)


def _must_end(token: Token) -> bool:
    return token.name not in _OPTIONAL_END


def _never(token: Token, part: str) -> Finding:
    name = f"<{token.name}"
    remedy = "Write its end" if token.name.startswith("!") else f"Write its '</{token.name}>' or its '>'"
    return Finding("unclosed", "error", (part,), token.at, f"'{name}' is never closed. {remedy}.")


def _running(token: Token) -> Iterator[tuple[str, str]]:
    """What no mail program runs, and what would reach out if one did."""
    if (what := _RUNNING.get(token.name)) is not None:
        yield "active", f"the page holds {what} ('{token.name}'), which mail programs take out. Remove it."
    if token.name == "meta" and token.attributes.get("http-equiv", "").lower() == "refresh":
        yield "active", "the page sends its reader elsewhere ('meta refresh'). Remove it."
    for name in token.attributes:
        if re.fullmatch(r"on[a-z]+", name):
            yield "active", f"'{name}' of a '{token.name}' is a script, which mail programs take out. Remove it."
    if token.name == "link" and token.attributes.get("href"):
        yield "remote", f"the page fetches '{_short(token.attributes['href'])}'. Write its styles into the page."


def _link(token: Token) -> Iterator[tuple[str, str]]:
    href = token.attributes.get("href")
    if token.name not in _LINKS or (href is None and token.name not in ("a", "mj-button")):
        return
    if href is None:
        if not token.attributes.keys() & {"name", "id"}:
            yield "empty-link", f"a '{token.name}' has no 'href', so it leads nowhere. Write where it leads."
        return
    href = href.strip()
    if not href or href == "#":
        yield "empty-link", f"a link leads to '{href}', which is nowhere. Write where it leads."
    elif href.startswith((_HELD, "#")):
        return  # A named link was looked at where it is written; what a variable says is known at sending only.
    elif _scheme(href) in ("javascript", "vbscript", "data"):
        yield "active", f"a link begins with '{_scheme(href)}:', which mail programs take out. Remove it."
    elif _scheme(href) == "tel":
        return
    elif (problem := refused_link(href)) is not None:
        yield "link", f"the link '{_short(href)}' {problem}"


def _scheme(address: str) -> str:
    """The scheme of an address, without what browsers skip; '' where there is none."""
    plain = re.sub(r"[\x00-\x20]+", "", address)
    try:
        return urlsplit(plain).scheme.lower()
    except ValueError:
        return ""


def _picture(token: Token) -> Iterator[tuple[str, str]]:
    for name in ("src", "background", "srcset", "background-url", "poster"):
        source = token.attributes.get(name, "").strip()
        if source and not source.lower().startswith(("data:image/", "cid:", _HELD)):
            yield (
                "remote",
                f"'{_short(source)}' would be fetched when the mail is read. Use 'data:image/...' or 'cid:...'.",
            )
    if token.name not in _PICTURES:
        return
    if not token.attributes.get("src", "").strip():
        yield "remote", "a picture has no 'src'. Use 'data:image/...' or 'cid:...', or remove it."
    if "alt" not in token.attributes:
        yield (
            "alt",
            "a picture has no 'alt' for those who do not see it. Say what it shows; alt=\"\" if it adorns only.",
        )


def _styles(text: str) -> Iterator[tuple[str, str]]:
    for match in _CSS.finditer(text):
        if not match[1].startswith(_HELD):
            yield (
                "remote",
                f"the styles fetch '{_short(match[1])}' when the mail is read. Use 'data:...', or remove it.",
            )


def _tag(token: Token, part: str) -> Iterator[Finding]:
    name = token.name
    if name.startswith("mj-") and name not in TAGS:
        sentence = f"'{name}' is no tag of MJML{did_you_mean(name, sorted(TAGS))}. It would stay as it is, unseen."
        yield Finding("mjml", "error", (part,), token.at, sentence)
    if name == "mj-include":
        sentence = "'mj-include' takes in a file, and a message is one file. Write out what is in it."
        yield Finding("mjml", "error", (part,), token.at, sentence)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
