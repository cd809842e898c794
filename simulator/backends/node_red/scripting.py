"""Conditions and message templates as JavaScript, as far as a function node of Node-RED needs them.

A condition becomes an expression over `of('order', 'model')`, which reads a value; true, false and null (not known) are
its answers. A template becomes an expression over `v`, the values of the message's names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from simulator.model.conditions import (
    And,
    Comparison,
    Condition,
    Contains,
    Known,
    Literal,
    Membership,
    Name,
    Not,
    Or,
)
from simulator.words.errors import ExpressionError

_OPERATORS = {"=": "===", "!=": "!==", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_PLAIN = ("text", "word", "number", "percent", "flag")
_TOKENS = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_NAME = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
_QUOTED = re.compile(r"\{\{ ([A-Za-z_]\w*) \| url_encode \}\}")
_LINK = re.compile(r"\{\{\s*links\.(\w+)\s*\}\}")
_IF = re.compile(r"\{%\s*if\s+([A-Za-z_]\w*)\s*%\}")
_TAG = re.compile(r"\{%\s*(else|endif)\s*%\}")

NO_LINKS: Mapping[str, str] = {}


def js(value: Any) -> str:
    """A value as a literal of JavaScript."""
    return (
        json.dumps(value, ensure_ascii=False, sort_keys=True).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    )


def condition_js(condition: Condition) -> str:
    """A condition as an expression. Raises ExpressionError for dates, times, money, and what one system holds."""
    match condition:
        case And(items):
            return f"j.every({', '.join(map(condition_js, items))})"
        case Or(items):
            return f"j.some({', '.join(map(condition_js, items))})"
        case Not(item):
            return f"j.not({condition_js(item)})"
        case Comparison(left, op, Name() as right):
            inner = f"j.is({_read(right)}, (w) => v {_OPERATORS[op]} w)"
            return f"j.is({_read(left)}, (v) => {inner})"
        case Comparison(left, op, right):
            return f"j.is({_read(left)}, (v) => v {_OPERATORS[op]} {_literal(right)})"
        case Membership(left, options):
            return f"j.is({_read(left)}, (v) => [{', '.join(map(_literal, options))}].includes(v))"
        case Contains(left, text):
            return f"j.is({_read(left)}, (v) => String(v).includes({js(text)}))"
        case Known(left, known):
            return f"{_read(left)} {'!==' if known else '==='} undefined"


def path_of(parts: tuple[str, ...]) -> list[str]:
    """How `of` reads a name. Raises ExpressionError for what lies behind a place."""
    if parts[0] == "activation":
        parts = parts[1:]
    if len(parts) > 2:
        raise ExpressionError(f"'{'.'.join(parts)}', which leads to another thing")
    return list(parts)


def template_js(template: str, links: Mapping[str, str] = NO_LINKS, *, is_html: bool = False) -> str:
    """A Liquid template of names, named links and plain `if` as an expression; values are escaped in html.

    Raises ExpressionError for anything else.
    """

    def written_out(link: re.Match[str]) -> str:
        address = _NAME.sub(r"{{ \1 | url_encode }}", links.get(link[1], ""))
        return escape(address, quote=True) if is_html else address

    tokens = iter(_TOKENS.split(_LINK.sub(written_out, template)))
    parts, end = _parts(tokens, is_html=is_html)
    if end:
        raise ExpressionError(f"a template with '{{% {end} %}}' and no 'if'")
    return parts


def _parts(tokens: Iterator[str], *, is_html: bool) -> tuple[str, str]:
    """The expression up to the tag that ends this part, and that tag; '' at the end of the template."""
    found: list[str] = []
    for token in tokens:
        if name := _NAME.fullmatch(token):
            found.append(f"j.html(v[{js(name[1])}])" if is_html else f"v[{js(name[1])}]")
        elif name := _QUOTED.fullmatch(token):
            found.append(f"j.quoted(v[{js(name[1])}])")
        elif test := _IF.fullmatch(token):
            then, end = _parts(tokens, is_html=is_html)
            otherwise = '""'
            if end == "else":
                otherwise, end = _parts(tokens, is_html=is_html)
            if end != "endif":
                raise ExpressionError("a template whose '{% if %}' does not end")
            found.append(f"(v[{js(test[1])}] ? {then} : {otherwise})")
        elif tag := _TAG.fullmatch(token):
            return _joined(found), tag[1]
        elif token.startswith(("{{", "{%")):
            raise ExpressionError(f"'{token}' in a template: names and plain 'if' alone are written as JavaScript")
        elif token:
            found.append(js(token))
    return _joined(found), ""


def _joined(parts: list[str]) -> str:
    # An array that is joined shows nothing where nothing is known.
    return f"[{', '.join(parts)}].join('')"


def _read(subject: object) -> str:
    if not isinstance(subject, Name):
        raise ExpressionError(f"'{subject}' in a condition")
    if subject.per is not None:
        raise ExpressionError(f"'{subject}', which asks another system")
    return f"of({', '.join(map(js, path_of(subject.parts)))})"


def _literal(operand: object) -> str:
    if not isinstance(operand, Literal) or operand.kind not in _PLAIN:
        raise ExpressionError(f"a comparison with '{operand}'")
    return js(operand.value)
