"""The studio as a web application: what the page may ask, and what it is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from simulator.studio.changes import changes
from simulator.studio.guard import Door, answer, json_of, opened
from simulator.studio.problems import Refused, told
from simulator.studio.queueing import Queue, sentence_of
from simulator.studio.running import Ran, Studio, line
from simulator.studio.saving import save
from simulator.studio.sharing import report
from simulator.studio.wishes import Wish, wish_of

Handler = Callable[[Request], Awaitable[Response]]
_RETRY = {"Retry-After": "2"}


def application(studio: Studio, token: str, port: int) -> Starlette:
    """The application for a studio that is served on a port, for whoever shows the token."""
    desk = _Desk(studio, token)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        desk.queue.close()

    routes = [
        Route("/", _said(desk.page)),
        Route("/api/catalogue", _said(desk.catalogue)),
        Route("/api/scenario", _said(desk.scenario), methods=["POST"]),
        Route("/api/run", _said(desk.run), methods=["POST"]),
        Route("/api/compare", _said(desk.compare), methods=["POST"]),
        Route("/api/save", _said(desk.save), methods=["POST"]),
        Route("/api/share", _said(desk.share), methods=["POST"]),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _astray}, lifespan=lifespan)
    app.router.redirect_slashes = False
    app.add_middleware(Door, token=token, port=port)
    return app


class _Desk:
    """Answers requests. Each method is one address."""

    def __init__(self, studio: Studio, token: str) -> None:
        self.studio = studio
        self.token = token
        self.queue = Queue(studio.time_limit, studio.most_waiting)

    async def page(self, _: Request) -> Response:
        return opened(self.token)

    async def catalogue(self, _: Request) -> Response:
        return answer(await run_in_threadpool(self.studio.catalogue.told))

    async def scenario(self, request: Request) -> Response:
        wish = wish_of(_only(await json_of(request), "wish")["wish"])
        return answer(await run_in_threadpool(self.studio.scenario, wish))

    async def run(self, request: Request) -> Response:
        wish = wish_of(_only(await json_of(request), "wish")["wish"])
        self.queue.admit()
        return _lines(self._run(wish))

    async def compare(self, request: Request) -> Response:
        body = _only(await json_of(request), "a", "b")
        wishes = wish_of(body["a"]), wish_of(body["b"])
        self.queue.admit()
        return _lines(self._compare(*wishes))

    async def save(self, request: Request) -> Response:
        body = _only(await json_of(request), "wish", "name")
        wish, name = wish_of(body["wish"]), body["name"]
        self.queue.admit()
        return answer(await self.queue.result(wish.backend, lambda watch: save(self.studio, wish, name, watch)))

    async def share(self, request: Request) -> Response:
        body = await json_of(request)
        keys = ("wish",) if isinstance(body, dict) and "wish" in body else ("a", "b")
        wishes = [wish_of(_only(body, *keys)[key]) for key in keys]
        self.queue.admit()
        ran = [await self._ran(wish) for wish in wishes]
        name = "what-if.html" if len(ran) == 1 else "a-and-b.html"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(await run_in_threadpool(report, ran), 200, headers, "text/html; charset=utf-8")

    async def _ran(self, wish: Wish) -> Ran:
        ran: Ran = await self.queue.result(wish.backend, lambda watch: self.studio.run(wish, watch))
        return ran

    async def _run(self, wish: Wish) -> AsyncIterator[bytes]:
        """Progress, and then the answer or the problem, which is written out where it was made."""
        async for piece in self._progress(wish, lambda ran: line(ran.told)):
            yield piece if isinstance(piece, bytes) else line(piece)

    async def _compare(self, a: Wish, b: Wish) -> AsyncIterator[bytes]:
        both: list[Ran] = []
        for wish in (a, b):
            async for piece in self._progress(wish, lambda ran: ran):
                if isinstance(piece, Ran):
                    both.append(piece)
                    continue
                yield piece if isinstance(piece, bytes) else line(piece)
                if "problem" in piece:
                    return
        yield await run_in_threadpool(_compared, *both)

    async def _progress(self, wish: Wish, finish: Callable[[Ran], Any]) -> AsyncIterator[Any]:
        async with aclosing(
            self.queue.steps(wish.backend, lambda watch: finish(self.studio.run(wish, watch)))
        ) as steps:
            async for kind, said in steps:
                if kind == "progress":
                    yield {"progress": list(said)}
                else:
                    yield said if kind == "done" else sentence_of(said)


def _compared(a: Ran, b: Ran) -> bytes:
    try:
        differences = changes(a.rehearsal.result, b.rehearsal.result, b.rehearsal.result["customer"])
        return line({"a": a.told, "b": b.told, "changes": differences})
    except Exception as error:  # noqa: BLE001 the answer has begun already: what is left of it is a sentence
        return line(sentence_of(error))


def _only(body: Any, *keys: str) -> dict[str, Any]:
    """The body, if it has these members and no others."""
    if not isinstance(body, dict) or set(body) != set(keys):
        raise Refused(400, f"the body holds {' and '.join(keys)}, and nothing else.")
    return body


def _lines(pieces: AsyncIterator[bytes]) -> Response:
    return StreamingResponse(pieces, media_type="application/x-ndjson")


def _said(handler: Handler) -> Handler:
    """A handler whose every failure is a sentence."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except ClientDisconnect:
            return Response(status_code=400)
        except Refused as refused:
            return answer(refused.problem, refused.status, _RETRY if refused.status == 503 else None)
        except HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 whatever happens, the page gets a sentence
            return answer(sentence_of(error))

    return answered


async def _astray(request: Request, error: Exception) -> Response:
    """A path or a method that there is not."""
    assert isinstance(error, HTTPException)
    sentence = f"there is no {request.method} {request.url.path[:100]} here"
    return answer(told(sentence), error.status_code, dict(error.headers or {}))
