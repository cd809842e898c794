"""Any Python backend behind HTTP, as the contract says: a Starlette application."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator.backends.http.contract import contract
from simulator.backends.http.loopback import HOSTS, TooLarge, body_of, name_in, same_token
from simulator.backends.http.misfits import NotJson, misfits, parsed
from simulator.backends.http.problems import MEDIA, Refused, wrong_form
from simulator.backends.http.sessions import Sessions
from simulator.backends.protocol import Factory, capabilities_to_wire
from simulator.model.jsonl import instant_of

MOST_BYTES: Final = 64 * 1024 * 1024
"""The largest body that is taken, in bytes."""
MOST_SESSIONS: Final = 64
"""The most sessions at once."""
PUBLIC: Final = "/v1/openapi.json"
"""What is answered without a token."""


def application(
    factory: Factory,
    token: str | None = None,
    *,
    most_bytes: int = MOST_BYTES,
    most_sessions: int = MOST_SESSIONS,
    note: Callable[[str], None] | None = None,
) -> Starlette:
    """The application that exposes the backends that `factory` makes, one for each session.

    Without a token everybody on this machine may use it. `note` is told each failure of a backend, in one line. One
    backend is made at once, to be asked what it can do: what the factory raises, this raises.
    """
    backend = factory()
    declared = {"name": backend.name, **capabilities_to_wire(backend.capabilities)}
    sessions = Sessions(factory, most_sessions, note or (lambda _: None))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await sessions.close_all()

    handlers: Any = {Refused: _refused, HTTPException: _astray, ClientDisconnect: _nobody}
    app = Starlette(routes=_routes(sessions, declared, most_bytes), exception_handlers=handlers, lifespan=lifespan)
    app.router.redirect_slashes = False
    app.add_middleware(_Door, token=token)
    return app


def _routes(sessions: Sessions, declared: dict[str, Any], most_bytes: int) -> list[Route]:
    async def capabilities(_: Request) -> Response:
        return _json(declared)

    async def document(_: Request) -> Response:
        return _json(contract())

    async def begin(request: Request) -> Response:
        body = await _body(request, "Open", most_bytes)
        opened = await sessions.open(body["briefing"], instant_of("start", body["start"]))
        return _json(opened, 201, {"Location": f"/v1/sessions/{opened['session']}"})

    async def ingest(request: Request) -> Response:
        body = await _body(request, "Events", most_bytes)
        return _json(await sessions.ingest(request.path_params["session"], body["events"]), 202)

    async def advance(request: Request) -> Response:
        body = await _body(request, "Advance", most_bytes)
        to = instant_of("to", body["to"])
        return _json(await sessions.advance(request.path_params["session"], to, int(body["step"])))

    async def clock(request: Request) -> Response:
        return _json(await sessions.clock(request.path_params["session"]))

    async def end(request: Request) -> Response:
        await sessions.close(request.path_params["session"])
        return Response(status_code=204)

    return [
        Route("/v1/capabilities", capabilities),
        Route(PUBLIC, document),
        Route("/v1/sessions", begin, methods=["POST"]),
        Route("/v1/sessions/{session}", end, methods=["DELETE"]),
        Route("/v1/sessions/{session}/events", ingest, methods=["POST"]),
        Route("/v1/sessions/{session}/advance", advance, methods=["POST"]),
        Route("/v1/sessions/{session}/clock", clock),
    ]


async def _body(request: Request, schema: str, most: int) -> Any:
    """The body of a request, in the form of the contract. Raises Refused."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != "application/json":
        # A form in a foreign page can send text, and nothing that is declared as JSON.
        raise Refused(415, "send the body with 'Content-Type: application/json'.")
    try:
        taken = await body_of(request.stream(), most, request.headers.get("content-length"))
    except TooLarge:
        raise Refused(413, f"the body has more than {most} bytes: send fewer events at once.") from None
    try:
        value = parsed(taken)
    except NotJson as error:
        raise Refused(400, f"the body is no JSON: {error}.") from None
    if found := misfits(value, schema):
        raise wrong_form(found)
    return value


class _Door:
    """Lets in who names this machine by its own name, and knows the token."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refused := self._objection(Request(scope))):
            headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else {}
            await _problem(refused, headers)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _objection(self, request: Request) -> Refused | None:
        host = request.headers.get("host", "")
        if name_in(host) not in HOSTS:
            return Refused(421, f"the Host '{host[:100]}' is not a name of this machine: use 127.0.0.1.")
        if self._token is None or request.url.path == PUBLIC:
            return None
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and same_token(given.strip(), self._token):
            return None
        return Refused(401, "send the token that the backend printed when it started: 'Authorization: Bearer TOKEN'.")


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    # Half a character, which a backend may have been told long ago, goes through as the escape that JSON has for it.
    content = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return Response(content, status, headers, "application/json")


def _problem(refused: Refused, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(refused.problem(), ensure_ascii=True), refused.status, headers, MEDIA)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _problem(error)


async def _astray(request: Request, error: Exception) -> Response:
    """A path or a method that the contract does not have."""
    assert isinstance(error, HTTPException)
    said = f"there is no {request.method} {request.url.path[:200]}: GET {PUBLIC} says what there is."
    return _problem(Refused(error.status_code, said), dict(error.headers or {}))


async def _nobody(_: Request, __: Exception) -> Response:
    """Whoever asked has gone before the question was complete."""
    return Response(status_code=400)
