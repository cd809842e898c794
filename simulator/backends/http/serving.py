"""Running a server: `journeyproof serve-backend`, and one that lives as long as a block of Python does."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from threading import Thread
from typing import Any

from simulator.backends.http.contract import TOKEN
from simulator.backends.http.loopback import listener, quiet_server, url_of
from simulator.backends.protocol import Factory
from simulator.words.errors import NotInstalled


def serve(
    factory: Factory, port: int = 0, *, open_to_all: bool = False, say: Callable[[str], None] | None = None
) -> None:
    """Expose the backends that `factory` makes on a port of 127.0.0.1, until the process is interrupted.

    Port 0 means any that is free. The first line that is said is `listening on http://127.0.0.1:PORT`. The token is
    that of the environment variable, else a new one, which is said; `open_to_all` asks for none. Raises UsageError
    for a port that is taken, and whatever the factory raises.
    """
    tell = say or _print
    token = None if open_to_all else os.environ.get(TOKEN) or secrets.token_urlsafe(24)
    with closing(listener(port)) as listening:
        server = _server(factory, token, note=tell)
        tell(f"listening on {url_of(listening)}")
        if token is None:
            tell("no token is asked for: everybody on this machine can use it")
        elif os.environ.get(TOKEN):
            tell(f"the token is that of {TOKEN}")
        else:
            tell(f"the token, for whoever runs against it: export {TOKEN}={token}")
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


@contextmanager
def exposed(factory: Factory, *, token: str | None = None, **limits: Any) -> Iterator[str]:
    """Expose the backends that `factory` makes from a thread of this process; yields the address.

    `limits` are `most_bytes`, `most_sessions` and `note` of `server.application`.
    """
    with closing(listener(0)) as listening:
        url = url_of(listening)
        server = _server(factory, token, **limits)
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, name=f"serving {url}", daemon=True)
        thread.start()
        try:
            yield url
        finally:
            server.should_exit = True
            thread.join()


def _server(factory: Factory, token: str | None, **limits: Any) -> Any:
    try:
        import uvicorn  # noqa: F401 what serves it, which is missed before a backend is made

        from simulator.backends.http.server import application
    except ImportError as error:
        said = f"exposing a backend needs '{error.name}': pip install 'journeyproof[http]'"
        raise NotInstalled(said) from error
    return quiet_server(application(factory, token, **limits))


def _print(line: str) -> None:
    # Whoever started us reads the port from a pipe, which is not flushed by itself.
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
