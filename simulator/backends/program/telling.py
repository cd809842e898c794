"""How a program is told of what happens: one HTTP request for each event, filled in from a template.

A template is a method and an address, with JSON or a form as its body. `{order_id}` is a field of the event,
`{address.email}` an address of its row. A value that is nothing but one placeholder keeps its type, and is left out
where nothing is known; inside a longer text nothing is known leaves a gap. Only this machine is spoken to.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from pydantic import Field, model_validator

from simulator.backends.program.rows import CHANNELS, OF_EVENT
from simulator.model.rules import Document
from simulator.words.errors import BackendFailed, did_you_mean

EVERY: Final = "*"
"""In place of an event's name: every event that is not named."""
METHODS: Final = ("post", "put", "patch", "get", "delete")
OF_PROGRAM: Final = (
    "python", "port", "smtp", "smtp_host", "smtp_port", "webhook", "folder", "definition", "briefing"
)  # fmt: skip
"""What a description may say of the program's surroundings."""
LONGEST_ANSWER: Final = 65_536
"""So many bytes of an answer are read."""

_HOLE = re.compile(r"\{([A-Za-z_][\w.]*)\}")
_MARKUP = re.compile(r"<[^<>]*>")
_TOLD = 200


class Telling(Document):
    """One request: exactly one of the methods with its address, and a body if there is one."""

    post: str | None = Field(None, examples=["http://127.0.0.1:{port}/signup"])
    put: str | None = None
    patch: str | None = None
    get: str | None = None
    delete: str | None = None
    json_: dict[str, Any] | list[Any] | None = Field(None, alias="json", description="the body, sent as JSON")
    form: dict[str, str] | None = Field(None, description="the body, sent as a form")
    headers: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_request(self) -> Telling:
        named = [method for method in METHODS if getattr(self, method) is not None]
        if len(named) != 1:
            raise ValueError(f"a request has one method and its address: write one of {', '.join(METHODS)}")
        if self.json_ is not None and self.form is not None:
            raise ValueError("a request has one body: write 'json' or 'form', not both")
        refuse_elsewhere(self.url)
        return self

    @property
    def method(self) -> str:
        """The method in lower case."""
        return next(method for method in METHODS if getattr(self, method) is not None)

    @property
    def url(self) -> str:
        """The address, with its placeholders."""
        return str(getattr(self, self.method))

    def holes(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Every placeholder, and where in the template it stands."""
        yield from (((self.method,), name) for name in holes(self.url))
        yield from ((("headers",), name) for name in holes(self.headers))
        for key, body in (("json", self.json_), ("form", self.form)):
            yield from (((key,), name) for name in holes(body))


def refuse_elsewhere(url: str) -> None:
    """Raise ValueError for an address that is not on this machine."""
    parts = urlsplit(_HOLE.sub("0", url))
    host = parts.hostname or ""
    if parts.scheme != "http" or not (host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host)):
        raise ValueError(f"'{url}' does not lead to this machine; write http://127.0.0.1:{{port}}/...")


def holes(template: Any) -> Iterator[str]:
    """The names of all placeholders in a template."""
    if isinstance(template, str):
        yield from _HOLE.findall(template)
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from holes(value)
    elif isinstance(template, list):
        for value in template:
            yield from holes(value)


def unknown(name: str, fields: frozenset[str], customer: frozenset[str]) -> str:
    """What is wrong with a placeholder where events carry `fields`, and rows those of the `customer`; '' if nothing."""
    head, dot, _ = name.partition(".")
    if not dot:
        known = sorted({*OF_PROGRAM, *OF_EVENT, *fields})
    elif head in ("address", "consent"):
        known = [f"{head}.{channel}" for channel in CHANNELS]
    else:
        known = [f"customer.{field}" for field in sorted(customer)]
    if name in known:
        return ""
    remedy = did_you_mean(name, known) or (
        ". It is a field of the event, or address.CHANNEL, consent.CHANNEL, customer.FIELD"
    )
    return f"unknown placeholder '{{{name}}}'{remedy}"


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """The template with its placeholders filled; None for one placeholder of which nothing is known."""
    if isinstance(template, str):
        whole = _HOLE.fullmatch(template)
        return values.get(whole[1]) if whole else filled(template, values)
    if isinstance(template, Mapping):
        pairs = ((key, value, fill(value, values)) for key, value in template.items())
        return {key: value for key, written, value in pairs if value is not None or written is None}
    if isinstance(template, list):
        return [fill(value, values) for value in template]
    return template


def filled(text: str, values: Mapping[str, Any], *, in_url: bool = False) -> str:
    """A text with its placeholders filled, in an address escaped."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1], "")
        word = found if isinstance(found, str) else json.dumps(found)
        return quote(word, safe="") if in_url else word

    return _HOLE.sub(value, text)


def tell(telling: Telling, values: Mapping[str, Any], what: str, limit: float) -> None:
    """Send one request. Raises BackendFailed if it is not taken within `limit` seconds; `what` is what it tells."""
    method = telling.method.upper()
    url = filled(telling.url, values, in_url=True)
    body: bytes | None = None
    headers = {name: filled(value, values) for name, value in telling.headers.items()}
    if telling.json_ is not None:
        body = json.dumps(fill(telling.json_, values), ensure_ascii=False).encode("utf-8", "replace")
        headers.setdefault("Content-Type", "application/json")
    elif telling.form is not None:
        body = urlencode({name: filled(value, values) for name, value in telling.form.items()}).encode()
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    status, answer = request(method, url, body, headers, limit, what)
    if status >= 400:
        shown = " ".join(_MARKUP.sub(" ", answer.decode("utf-8", "replace")).split())[:_TOLD]
        raise BackendFailed(f"{what}: {method} {url} was answered {status}: {shown}")


def request(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str], limit: float, what: str
) -> tuple[int, bytes]:
    """One request on a connection of its own: status and the beginning of the answer. Raises BackendFailed."""
    parts = urlsplit(url)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=limit)
        try:
            # A kept connection would look abandoned to the program after the next jump of its clock.
            connection.request(method, path, body, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.read(LONGEST_ANSWER)
        finally:
            connection.close()
    except TimeoutError:
        raise BackendFailed(f"{what}: {method} {url} was not answered within {limit:g} s") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise BackendFailed(f"{what}: {method} {url} failed: {type(error).__name__}: {error}") from None
