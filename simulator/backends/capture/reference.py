"""The reference line: what a compiled journey writes at the end of its mails, so that each says which one it is.

`Reference: message=satisfaction-survey&journey=survey-by-flag&profile=crm-3f&order_id=f-1` is a query string. It
stands in the text, in the HTML, in the header `X-Journeyproof-Reference`, or in a webhook's field `reference`. Engines
escape what they put into a text each in their way, so character references are undone before it is read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, quote_plus

from simulator.model.recognition import Reading
from simulator.words.vocabulary import FIELDS, ID, FieldType, Money, Value

HEADER: Final = "x-journeyproof-reference"
"""The header that may hold the reference, as names of headers are kept: in lower case."""
FIELD: Final = "reference"
"""The field of a webhook that may hold it."""

_LINE = re.compile(r"^[ \t]*Reference:[ \t]*([^\s<][^\r\n<]*)", re.MULTILINE)
_IN_HTML = re.compile(r"Reference:\s*([^\s<][^\r\n<]*)")
_ESCAPED = re.compile(r"&(?:#\d{1,4}|#[xX][0-9a-fA-F]{1,4}|amp);")
_NO_EVENT_FIELDS: Final = {"profile": ID, "cause": ID}


def reference_line(values: Mapping[str, Value]) -> str:
    """The line for these fields; `message` has to be one of them. `profile` is the row, `cause` an event's id."""
    return f"Reference: {reference_query(values)}"


def reference_query(values: Mapping[str, Value]) -> str:
    """The reference without its first word, as it stands in a header or in a webhook's field."""
    pairs = ((quote_plus(name), quote_plus(_written(value), errors="replace")) for name, value in values.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, Money) else f"{value}"


def read_reference(text: str, fields: Mapping[str, FieldType], *, in_html: bool = False) -> dict[str, Value] | None:
    """The fields of the last reference line of a text, or of HTML; None if there is none that names a message."""
    found = (_IN_HTML if in_html else _LINE).findall(text)
    return parse_reference(found[-1], fields) if found else None


def parse_reference(query: str, fields: Mapping[str, FieldType]) -> dict[str, Value] | None:
    """The fields of a reference, typed by the dictionary; None if it does not name a message."""
    plain = _ESCAPED.sub(lambda match: html.unescape(match[0]), query).strip().removeprefix("Reference:").strip()
    try:
        pairs = parse_qsl(plain, keep_blank_values=True, errors="replace", max_num_fields=200)
    except ValueError:
        return None
    values = Reading({**_NO_EVENT_FIELDS, **FIELDS, **fields}).values(dict(pairs))
    return values if "message" in values else None
