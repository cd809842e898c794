"""Serving the studio on this machine, until somebody interrupts it."""

from __future__ import annotations

import secrets
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

from simulator.backends.http.loopback import listener, port_of, quiet_server, url_of
from simulator.words.errors import NotInstalled

Say = Callable[[str], None]


def serve(
    project: Path | None, port: int = 0, *, backends: Sequence[str] = (), browser: bool = True, say: Say = print
) -> None:
    """Serve the studio of a project on a port of 127.0.0.1 (0: any that is free), until it is interrupted.

    Says the address, which holds the token, and opens it in a browser unless told not to. Raises UsageError for a port
    that is taken, NotInstalled without the extra.
    """
    with closing(listener(port)) as listening:
        token = secrets.token_urlsafe(24)
        studio, server = _server(project, token, port_of(listening), backends)
        # What everybody sees first is made while a browser takes its time to start.
        Thread(target=_warmed, args=(studio,), daemon=True).start()
        address = f"{url_of(listening)}/?token={token}"
        say(f"the studio is open at {address}")
        say("simulated people, nothing is sent; Ctrl-C ends it")
        if browser:
            Thread(target=_opened, args=(address,), daemon=True).start()
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


@contextmanager
def studio_at(project: Path | None, *, backends: Sequence[str] = (), **limits: Any) -> Iterator[tuple[str, str]]:
    """Serve the studio from a thread of this process; yields address and token. `limits` are those of Studio."""
    with closing(listener(0)) as listening:
        token = secrets.token_urlsafe(24)
        _, server = _server(project, token, port_of(listening), backends, **limits)
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, name="studio", daemon=True)
        thread.start()
        try:
            yield url_of(listening), token
        finally:
            server.should_exit = True
            thread.join()


def _server(project: Path | None, token: str, port: int, backends: Sequence[str], **limits: Any) -> tuple[Any, Any]:
    try:
        import uvicorn  # noqa: F401 what serves it, which is missed before anything is loaded

        from simulator.studio.app import application
    except ImportError as error:
        said = f"the studio needs '{error.name}': pip install 'journeyproof[studio]'"
        raise NotInstalled(said) from error
    from simulator.studio.catalogue import Catalogue
    from simulator.studio.running import Studio

    studio = Studio(Catalogue(project, backends), **limits)
    return studio, quiet_server(application(studio, token, port))


def _warmed(studio: Any) -> None:
    from simulator.studio.wishes import Wish

    with suppress(Exception):  # whoever asks for it is told
        wish = Wish(**studio.catalogue.told()["start"])
        studio.scenario(wish)
        studio.run(wish)


def _opened(address: str) -> None:
    with suppress(Exception):
        webbrowser.open(address)
