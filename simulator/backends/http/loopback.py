"""What every server of ours keeps: it listens on this machine alone, knows its names, and takes no endless body."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterable
from hmac import compare_digest
from typing import TYPE_CHECKING, Final

from simulator.words.errors import UsageError

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

HOST: Final = "127.0.0.1"
"""The only address that a server listens on."""
HOSTS: Final = (HOST, "localhost", "[::1]")
"""What this machine may be called: no page in a browser is led here by a name of its own."""


class TooLarge(Exception):
    """A body has more bytes than are taken; what came after them was not read."""


def listener(port: int) -> socket.socket:
    """A socket that listens on a port of 127.0.0.1; 0 is any that is free. Raises UsageError for one that is taken."""
    # Only of a socket that says that it is TCP does asyncio turn off Nagle's algorithm, which costs 40 ms an answer.
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((HOST, port))
        found.listen(128)
    except (OSError, OverflowError) as error:
        found.close()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"port {port} cannot be listened on: {reason}. Name another, or 0 for any.") from None
    return found


def port_of(listening: socket.socket) -> int:
    """The port that a socket listens on."""
    port: int = listening.getsockname()[1]
    return port


def url_of(listening: socket.socket) -> str:
    """The address of what listens there."""
    return f"http://{HOST}:{port_of(listening)}"


def name_in(host: str) -> str:
    """The name in a Host header, without the port, in lower case."""
    name = host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]
    return name.lower()


def same_token(given: str, token: str) -> bool:
    """Whether a token is the one that was given out; how long the answer takes says nothing about it."""
    return compare_digest(given.encode("utf-8", "surrogatepass"), token.encode())


async def body_of(chunks: AsyncIterable[bytes], most: int, declared: str | None = None) -> bytes:
    """A whole body of at most `most` bytes. `declared` is its Content-Length, if there is one.

    Raises TooLarge as soon as it is certain that there are more, and reads no further.
    """
    if declared is not None and declared.isascii() and declared.isdigit() and int(declared[:18]) > most:
        raise TooLarge(most)
    taken = bytearray()
    async for chunk in chunks:
        taken += chunk
        if len(taken) > most:
            raise TooLarge(most)
    return bytes(taken)


def quiet_server(app: ASGIApp) -> uvicorn.Server:
    """A server of uvicorn that says nothing of itself, for an application and the socket it is run on."""
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    )
