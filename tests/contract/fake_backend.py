"""A program behind HTTP that does as a test says, wrongly for the most part."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

JSON, PROBLEM = "application/json", "application/problem+json"
DECLARED = {"name": "fake", "clock": "cooperative", "deterministic": True, "features": ["trigger.event"]}
OPENED = {"session": "f1", "next_wakeup": None}


@dataclass
class Answer:
    """What is answered. `cut` breaks the connection off instead, `slow` sends a byte at a time."""

    status: int = 200
    body: Any = None
    media: str = JSON
    cut: bool = False
    slow: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def problem(status: int, **more: Any) -> Answer:
    return Answer(status, {"type": "about:blank", "title": "No", "status": status, **more}, PROBLEM)


@dataclass
class Fake:
    """`answers` are taken in turn for each call, the last one for ever; `asked` are the calls and bodies that came."""

    answers: dict[str, list[Answer]]
    asked: list[tuple[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    connections: int = 0
    url: str = ""

    def answer(self, call: str) -> Answer:
        known = self.answers.get(call, [])
        if not known:
            return problem(404, detail=f"no {call}")
        return known.pop(0) if len(known) > 1 else known[0]


USUAL: dict[str, Callable[[], Answer]] = {
    "GET capabilities": lambda: Answer(200, DECLARED),
    "POST sessions": lambda: Answer(201, OPENED),
    "POST events": lambda: Answer(202, {"next_wakeup": None}),
    "DELETE f1": lambda: Answer(204),
}
"""What it answers where a test says nothing else."""


@contextmanager
def faking(**answers: list[Answer]) -> Iterator[Fake]:
    """A fake; `advance=[...]` gives the answers to POST .../advance, `open`, `capabilities` and so on likewise."""
    calls = {
        "capabilities": "GET capabilities", "open": "POST sessions", "events": "POST events",
        "advance": "POST advance", "close": "DELETE f1",
    }  # fmt: skip
    fake = Fake(
        {call: [usual()] for call, usual in USUAL.items()} | {calls[name]: list(said) for name, said in answers.items()}
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = False
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.socket.close()


def _handler(fake: Fake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            fake.connections += 1

        def carry_out(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            call = f"{self.command} {self.path.rpartition('/')[2]}"
            fake.asked.append((call, body))
            fake.headers.append({name.lower(): value for name, value in self.headers.items()})
            answer = fake.answer(call)
            if answer.cut:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            content = b"" if answer.status == 204 else answer.content
            if answer.status != 204:
                self.send_header("Content-Type", answer.media)
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(OSError):
                if answer.slow:
                    self.drip(content)
                self.wfile.write(content)
                self.wfile.flush()

        def drip(self, content: bytes) -> None:
            patience = threading.Event()
            for byte in content:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                patience.wait(0.05)

        do_GET = do_POST = do_DELETE = carry_out  # noqa: N815 the names that the library asks for

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 so it is called there
            pass

    return Handler
