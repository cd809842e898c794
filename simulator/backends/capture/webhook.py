"""The webhook sink: what gateways for SMS, push messages and letters are sent, over HTTP.

`POST /sms` hands over one message: the first word of the path names the channel (or a field `channel` does), and the
body is JSON or a form. Answers are 202 for a channel's 250, 503 for 451 and 422 for 550; with several recipients it is
202 if anybody was taken.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import h11

from simulator.backends.capture.intake import LATER, REFUSED, TAKEN, Intake, TurnedAway
from simulator.backends.capture.mail import LONGEST_TEXT, Captured, cleaned
from simulator.backends.capture.markup import LONGEST_HTML, links_in, shown
from simulator.backends.capture.serving import BACKLOG, LOOPBACK, LoopThread, stop_listening

LARGEST_BODY: Final = 1_000_000
"""Bytes that a request may have."""
MOST_FIELDS: Final = 100
STATUS: Final = {TAKEN: HTTPStatus.ACCEPTED, LATER: HTTPStatus.SERVICE_UNAVAILABLE, REFUSED: HTTPStatus(422)}
"""What a channel's answer is in HTTP."""

_LOCAL_HOST = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
_CHANNEL = re.compile(r"[a-z][a-z0-9-]{0,30}")
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "to": ("to", "recipient", "recipients", "phone", "number", "address"),
    "sender": ("from", "sender", "originator"),
    "subject": ("subject", "title"),
    "text": ("text", "body", "message", "content"),
    "html": ("html",),
}
"""Under which names gateways expect what every message has."""


class WebhookSink:
    """An HTTP server on loopback, in a thread of its own. `port` is 0 until it is open."""

    def __init__(self, intake: Intake) -> None:
        self.port = 0
        self._intake = intake
        self._loop: LoopThread | None = None
        self._server: asyncio.Server | None = None
        self._writers: dict[asyncio.StreamWriter, None] = {}

    def open(self) -> None:
        """Listen on a free port."""
        self._loop = LoopThread("journeyproof-webhook")
        self._server = self._loop.do(self._listen())
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Hang up, and free the port. Closing again does nothing."""
        if self._loop is not None:
            self._loop.do(self._hang_up())
            self._loop.close()
            self._loop = None

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, LOOPBACK, 0, backlog=BACKLOG)

    async def _hang_up(self) -> None:
        if self._server is not None:
            await stop_listening(self._server)
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers[writer] = None
        try:
            await _Exchanges(self._intake, reader, writer).run()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            del self._writers[writer]


class _Exchanges:
    """One connection: requests and answers in turn. It is open while a request is under way, and idle between two."""

    def __init__(self, intake: Intake, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._intake, self._reader, self._writer = intake, reader, writer
        self._http = h11.Connection(h11.SERVER)

    async def run(self) -> None:
        """Answer until the client has enough."""
        self._intake.opened()
        is_open = True
        try:
            while True:
                request, body = await self._request()
                if request is None:
                    return
                if not is_open:
                    self._intake.opened()
                    is_open = True
                status, said = self._answered(request, body)
                await self._respond(status, said)
                is_open = False
                self._intake.ended()
                if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                    return
                self._http.start_next_cycle()
        except h11.RemoteProtocolError as error:
            if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                await self._respond(HTTPStatus(error.error_status_hint), str(error))
        finally:
            if is_open:
                self._intake.ended()

    async def _request(self) -> tuple[h11.Request | None, bytes]:
        """The next request with its body, cut off beyond the limit; None when the client has hung up."""
        request: h11.Request | None = None
        body = b""
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    await self._send(h11.InformationalResponse(status_code=100, headers=[]))
                self._http.receive_data(await self._reader.read(65_536))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
                if len(body) > LARGEST_BODY:
                    return request, body
            elif isinstance(event, h11.EndOfMessage):
                return request, body
            else:
                return None, b""

    async def _respond(self, status: HTTPStatus, said: str) -> None:
        body = json.dumps({"status": int(status), "said": said}, ensure_ascii=True).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        if self._http.their_state is not h11.DONE:
            headers.append(("Connection", "close"))
        await self._send(h11.Response(status_code=int(status), headers=headers, reason=status.phrase.encode()))
        await self._send(h11.Data(data=body))
        await self._send(h11.EndOfMessage())

    async def _send(self, event: h11.Event) -> None:
        self._writer.write(self._http.send(event) or b"")
        await self._writer.drain()

    def _answered(self, request: h11.Request, body: bytes) -> tuple[HTTPStatus, str]:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
        if not _LOCAL_HOST.fullmatch(headers.get("host", "")):
            return HTTPStatus.FORBIDDEN, "this sink answers on loopback alone"
        if request.method != b"POST":
            return HTTPStatus.METHOD_NOT_ALLOWED, "a message is handed over with POST"
        path = urlsplit(request.target.decode("latin-1")).path.strip("/").partition("/")[0].lower()
        try:
            if len(body) > LARGEST_BODY:
                raise _Unreadable(f"a message has at most {LARGEST_BODY} bytes", HTTPStatus(413))
            fields = read_fields(headers.get("content-type", ""), body)
            channel = (path or fields.pop("channel", "")).lower()
            if not _CHANNEL.fullmatch(channel):
                raise _Unreadable("the first word of the path names the channel, such as /sms", HTTPStatus.NOT_FOUND)
        except _Unreadable as problem:
            known = path if _CHANNEL.fullmatch(path) else ""
            self._intake.turn_away(TurnedAway(known, "", "", REFUSED, f"the webhook cannot read it: {problem}"))
            return problem.status, str(problem)
        code = hand_over(self._intake, channel, fields, len(body))
        return STATUS[code], {TAKEN: "taken", LATER: "try again later", REFUSED: "refused"}[code]


class _Unreadable(Exception):
    """A request that holds no message."""

    def __init__(self, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message, status)
        self.status = status

    def __str__(self) -> str:
        return str(self.args[0])


def read_fields(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a body, names in lower case; lists come as lines. Raises _Unreadable."""
    try:
        if "json" in content_type.lower() or body.lstrip()[:1] == b"{":
            told: Any = json.loads(body)
            if not isinstance(told, dict):
                raise _Unreadable("a message is a JSON object")
            pairs: Iterable[tuple[str, str]] = [(str(name), _plain(value)) for name, value in told.items()]
        elif "multipart/" in content_type.lower():
            raise _Unreadable("send JSON or a form", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        else:
            pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except (ValueError, RecursionError) as error:
        raise _Unreadable(f"the body is neither JSON nor a form ({type(error).__name__})") from None
    fields: dict[str, str] = {}
    for name, value in list(pairs)[:MOST_FIELDS]:
        key, text = cleaned(name.lower(), 100), cleaned(value, LONGEST_TEXT)
        fields[key] = f"{fields[key]}\n{text}" if key in fields else text
    return fields


def _plain(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(_plain(each) for each in value)
    if isinstance(value, dict | bool):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def hand_over(intake: Intake, channel: str, fields: dict[str, str], size: int) -> int:
    """Take one message for all of its recipients; the answer is 250 if anybody was taken, 451 if somebody might be."""
    told = {meaning: _pop_first(fields, names) for meaning, names in _NAMES.items()}
    wanted = [line.strip() for line in told["to"].split("\n") if line.strip()] or [""]
    sender, subject = cleaned(told["sender"]), " ".join(cleaned(told["subject"]).split())
    text, html = told["text"], told["html"][:LONGEST_HTML]
    look = shown(html)
    rulings = {address: intake.rule(channel, address) for address in dict.fromkeys(wanted)}
    for address, ruling in rulings.items():
        if ruling.unsafe or ruling.code == LATER:
            reason = ruling.unsafe or "the channel asks to try later"
            intake.turn_away(TurnedAway(channel, address, sender, ruling.code, reason))
    taken = {address: ruling.code for address, ruling in rulings.items() if not ruling.unsafe and ruling.code != LATER}
    message = Captured(
        channel, "", tuple(taken), sender, subject, text or look.text, html,
        anchors=(*look.links, *links_in(text)), images=look.images, fields=fields, size=size,
    )  # fmt: skip
    intake.take(*message.to_each(taken.values()))
    codes = [ruling.code for ruling in rulings.values()]
    return next(code for code in (TAKEN, LATER, REFUSED) if code in codes)


def _pop_first(fields: dict[str, str], names: Iterable[str]) -> str:
    """The first of these fields that says something; it is no other field any more."""
    for name in names:
        if fields.get(name):
            return fields.pop(name)
    return ""
