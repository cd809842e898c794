"""What the adapters of in-process engines share: they run the mail application, or a program that is the user's own."""

from __future__ import annotations

from abc import ABC, abstractmethod

from simulator.backends.application.application import Application
from simulator.backends.application.program import Program
from simulator.backends.application.words import OF_APPLICATION
from simulator.backends.protocol import Capabilities
from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.words.clock import Instant, Zone


class ApplicationEngine(ABC):
    """A backend around a scheduling library: see `protocol.Backend`. It lives in a child whose clock is held.

    A subclass is the application's `Scheduler`, and works off what is due.
    """

    name: str
    capabilities = Capabilities(features=OF_APPLICATION)

    def __init__(self) -> None:
        self.now: Instant = 0
        self.definition = ""
        self._heard: list[Event] = []
        self._looked = False
        self._application: Application | None = None
        self._program: Program | None = None

    def open(self, briefing: Briefing, start: Instant) -> None:
        """Publish the briefing, or load the program that stands in its place. Raises Unsupported, BackendFailed."""
        self.now = start
        native = briefing.native.get(self.name)
        if native is None:
            self.definition = "compiled"
            self.begin()
            self._application = Application(briefing, self, start, self.name)
        else:
            self.definition = f"native {native.file}"
            self._program = Program(native, briefing, start)
            self.adopt(self._program)

    def ingest(self, event: Event) -> None:
        """Keep an event for the step that follows."""
        self._heard.append(event)

    def next_wakeup(self) -> Instant | None:
        """When the library has something to do next."""
        return self.due() if self._looked and not self._heard else self.now

    def advance(self, to: Instant, step: int) -> list[Event]:
        """Take in what was heard, then do everything that is due."""
        self.now, self._looked = to, True
        heard, self._heard = self._heard, []
        if self._application is None:
            assert self._program is not None
            for event in heard:
                self._program.tell(event)
            self.work()
            return []
        self._application.now = to
        for event in heard:
            self._application.heard(event)
        self.work()
        told, self._application.told = self._application.told, []
        return told

    def close(self) -> None:
        """Let go of everything."""
        if self._application is not None:
            self._application.close()
        self.end()

    def do(self, job: str, *arguments: str | int) -> None:
        """Do a job of the application, which is due."""
        assert self._application is not None
        self._application.do(job, *arguments)

    @abstractmethod
    def begin(self) -> None:
        """Begin to schedule the application's jobs."""

    @abstractmethod
    def adopt(self, program: Program) -> None:
        """Take over the scheduler of a user's program."""

    @abstractmethod
    def work(self) -> None:
        """Do everything that is due now, and what comes of it."""

    @abstractmethod
    def due(self) -> Instant | None:
        """When something is due next."""

    @abstractmethod
    def end(self) -> None:
        """Let go of the library."""

    @abstractmethod
    def later(self, at: Instant, job: str, *arguments: str | int) -> str:
        """See `scheduling.Scheduler`."""

    @abstractmethod
    def cancel(self, handle: str) -> None:
        """See `scheduling.Scheduler`."""

    @abstractmethod
    def daily(self, time_of_day: int, zone: Zone, job: str, *arguments: str | int) -> None:
        """See `scheduling.Scheduler`."""
