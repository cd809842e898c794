"""MJML, the language in which mails are often designed, becomes HTML: once for each template, its Liquid untouched.

The compiler is mrml, by way of the package mjml-python of the extra `mail`. It lets tags pass that MJML does not have,
so those are told apart here; and the fonts that it would fetch from elsewhere are left out.
"""

from __future__ import annotations

import re
from functools import lru_cache

from simulator.model.markup import held, worded
from simulator.words.errors import ExpressionError, NotInstalled

TAGS = frozenset(
    f"mj-{name}"
    for name in (
        "accordion", "accordion-element", "accordion-text", "accordion-title", "all", "attributes", "body",
        "breakpoint", "button", "carousel", "carousel-image", "class", "column", "divider", "font", "group", "head",
        "hero", "html-attribute", "html-attributes", "image", "include", "navbar", "navbar-link", "preview", "raw",
        "section", "selector", "social", "social-element", "spacer", "style", "table", "text", "title", "wrapper",
    )
)  # fmt: skip
"""The tags of MJML, apart from `mjml` itself."""

_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL)
_WORD = re.compile(r"JPL(\d{5})Q", re.IGNORECASE)
_BODY = re.compile(r"<body\b[^>]*>(.*)</body>", re.DOTALL)
_NOT_INSTALLED = (
    "a message in MJML needs the package mjml-python, which is not installed: pip install 'journeyproof[mail]'"
)


@lru_cache(maxsize=256)
def compiled(template: str, lang: str, direction: str) -> str:
    """The whole page that a template in MJML becomes.

    Raises ExpressionError for what is no MJML, NotInstalled without the compiler.
    """
    try:
        import mjml
    except ImportError:
        raise NotInstalled(_NOT_INSTALLED) from None
    if not hasattr(mjml, "mjml2html"):
        remedy = "Remove the package 'mjml', which is another, and install mjml-python"
        raise NotInstalled(f"the package 'mjml' that is installed compiles no MJML. {remedy}")
    # The compiler writes signs of no alphabet as escapes, so what is held is a word on its way through.
    text, kept = held(template)
    if _WORD.search(text) is not None:
        raise ExpressionError("the MJML cannot be read: it holds a word that stands for Liquid, such as 'JPL00001Q'")
    try:
        page = mjml.mjml2html(worded(text, "JPL{:05d}Q"), fonts={})
    except (ValueError, OSError) as error:
        raise ExpressionError(f"the MJML cannot be read: {str(error).replace(' in root template', '')}") from None
    page = page.replace('lang="und"', f'lang="{lang}"').replace('dir="auto"', f'dir="{direction}"')
    return _WORD.sub(lambda match: kept[int(match[1])] if int(match[1]) < len(kept) else match[0], page)


def inner(page: str) -> str:
    """What of a compiled page stands inside a layout: its styles and its body."""
    body = _BODY.search(page)
    return "".join(_STYLE.findall(page[: body.start()])) + body[1] if body else page
