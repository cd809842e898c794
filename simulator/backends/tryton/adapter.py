"""Tryton as an automation under test: its process, its database, where its mails go, and how its links are followed."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Final

from simulator.backends.child import ChildBackend
from simulator.backends.protocol import Backend
from simulator.backends.tryton.database import installed, prepared
from simulator.backends.tryton.words import CAPABILITIES
from simulator.model.log import Event
from simulator.words.errors import NotInstalled

if TYPE_CHECKING:
    from simulator.backends.capture.clicks import Visit
    from simulator.backends.capture.postoffice import Sinks

NAME: Final = "tryton"
ENGINE: Final = "simulator.backends.tryton.engine:TrytonEngine"
TIMEOUT: Final = 300.0
"""Seconds of real time for one step: a whole segment may be sent to in one, at some 40 ms a mail."""
_SETTINGS: Final = {
    "TRYTOND_CONFIG": "",
    "TRYTOND_DATABASE_URI": "sqlite://",
    "TRYTOND_WEB__HOSTNAME": "127.0.0.1",
    "TRYTOND_EMAIL__FROM": "news@shop.example",
    # In place of whatever the user's own Tryton is told.
    "TRYTOND_QUEUE__WORKER": "False",
    "TRYTOND_LOGGING_CONFIG": "",
}


class Tryton(ChildBackend):
    """Tryton in a child process whose clock time-machine holds. Its database lies in a folder until it is closed.

    `arguments` are handed to the class `engine` beside those that it needs.
    """

    def __init__(self, sinks: Sinks, engine: str = ENGINE, **arguments: Any) -> None:
        folder = Path(mkdtemp(prefix="journeyproof-tryton-"))
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        super().__init__(
            engine,
            clock="time-machine",
            environment={**_SETTINGS, "TRYTOND_EMAIL__URI": f"smtp://{sinks.smtp}"},
            timeout=TIMEOUT,
            arguments={"folder": str(folder), "prepared": str(prepared()), **arguments},
            reuse=False,
        )

    def follow(self, url: str, at: int) -> Visit:
        """Do what a click or an opening does, at an instant: Tryton's own routes answer, inside its process."""
        from simulator.backends.capture.clicks import Visit

        self.ingest(Event(at, "Message Clicked", data={"url": url}))
        # What is ingested is told with the next call; whatever does not answer with success is raised there.
        self.next_wakeup()
        return Visit(url, 200)

    def close(self) -> None:
        """End the process, and remove the database."""
        try:
            super().close()
        finally:
            self._remove()


def make() -> Backend:
    """Tryton with the sinks that take its mails. Raises NotInstalled with the extra that brings it."""
    installed()
    missing = [module for module in ("time_machine", "aiosmtpd") if find_spec(module) is None]
    if missing:
        raise NotInstalled(f"the backend 'tryton' needs {' and '.join(missing)}: pip install 'journeyproof[tryton]'")
    return capturing(Tryton)


def capturing(hire: Callable[[Sinks], Tryton]) -> Backend:
    """The backend around a Tryton that is made once its sinks are there."""
    from simulator.backends.capture.backend import CapturingBackend

    running: list[Tryton] = []

    def engine(sinks: Sinks) -> Tryton:
        running[:] = [hire(sinks)]
        return running[0]

    def follow(url: str, at: int) -> Visit:
        return running[0].follow(url, at)

    return CapturingBackend(engine, name=NAME, capabilities=CAPABILITIES, follow=follow)
