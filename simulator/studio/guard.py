"""Who is let in: this machine under its own name, with the token, from our own page, and with small JSON."""

from __future__ import annotations

import json
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.backends.http.loopback import HOST, TooLarge, body_of, same_token
from simulator.studio.page import page
from simulator.studio.problems import Refused

MOST_BYTES: Final = 256 * 1024
"""The largest body that is taken, in bytes."""
MOST_TOKEN: Final = 200
SHOWN_IN: Final = "x-journeyproof-token"
"""The header in which the page shows the token."""
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What every answer says, where it does not say it otherwise itself."""


class Door:
    """Middleware: refuses whoever is not our own page on this machine, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app, self._token = app, token
        self._hosts = (f"{HOST}:{port}", f"localhost:{port}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        request = Request(scope)
        try:
            self._admit(request)
        except Refused as refused:
            looks = refused.status == 401 and _opens_the_page(request)
            refusal = opened(None, refused.status) if looks else answer(refused.problem, refused.status)
            await refusal(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _admit(self, request: Request) -> None:
        headers = request.headers
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            raise Refused(421, f"this is the studio of {self._hosts[0]}: open that address.")
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in {f"http://{host}" for host in self._hosts}:
            raise Refused(403, "only the studio's own page may ask.")
        # The page itself may be opened from anywhere, a terminal in a browser for one; whoever does knows the token.
        opens = request.method == "GET" and request.url.path == "/"
        if not opens and headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise Refused(403, "only the studio's own page may ask.")
        given = self._given(request)
        if not same_token(given, self._token):
            raise Refused(401, "open the address that the studio printed when it started: it holds the token.")
        if request.method == "POST" and not _is_json(headers):
            raise Refused(415, "send JSON, with 'Content-Type: application/json'.")

    @staticmethod
    def _given(request: Request) -> str:
        """The token of a request: in the address of the page, else in its header."""
        shown = request.headers.get(SHOWN_IN, "")
        if not shown and request.method in ("GET", "HEAD") and request.url.path == "/":
            shown = request.query_params.get("token", "")
        return shown if len(shown) <= MOST_TOKEN else ""


def opened(token: str | None, status: int = 200) -> Response:
    """The page; without a token it knows none, and asks with the one that its tab has kept, or says what to open."""
    written, policy = page(token)
    return HTMLResponse(written, status, {"Content-Security-Policy": policy})


def _opens_the_page(request: Request) -> bool:
    """Whether a browser opens the address itself, without the token or with an old one.

    So it does when somebody reloads, because the page takes the token out of the address bar. It is refused like
    anybody, but with the page, in which nothing is secret: that says what to do, or still has its token in its tab.
    """
    page_itself = request.method == "GET" and request.url.path == "/"
    return page_itself and "text/html" in request.headers.get("accept", "")


def _is_json(headers: Headers) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


async def json_of(request: Request) -> Any:
    """The JSON in the body of a request. Raises Refused for one that is too large, and for what is no JSON."""
    try:
        body = await body_of(request.stream(), MOST_BYTES, request.headers.get("content-length"))
    except TooLarge:
        raise Refused(413, f"this is more than {MOST_BYTES // 1024} kB: a what-if is smaller.") from None
    try:
        return json.loads(body.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"the body is no JSON: {type(error).__name__}.") from None


def _no_number(word: str) -> Any:
    raise ValueError(word)


def answer(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON as an answer; characters that no text may hold go through as the escapes that JSON has for them."""
    content = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return Response(content, status, headers, "application/json")
