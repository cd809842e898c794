"""What the application asks of a scheduler, whichever library it is."""

from __future__ import annotations

from typing import Protocol

from simulator.words.clock import Instant, Zone


class Scheduler(Protocol):
    """Runs the application's jobs: `Application.do(job, *arguments)`. Arguments are texts and numbers."""

    def later(self, at: Instant, job: str, *arguments: str | int) -> str:
        """Run a job once, at an instant (ms UTC); what is due already runs as soon as may be. Returns its handle."""

    def cancel(self, handle: str) -> None:
        """Forget a job. One that has run already, or never was, is no error."""

    def daily(self, time_of_day: int, zone: Zone, job: str, *arguments: str | int) -> None:
        """Run a job every day when the clocks of a zone show a time (ms after midnight)."""


class TryLater(Exception):
    """The mail server would rather have the mail later: the job is to run again, with the arguments it had."""
