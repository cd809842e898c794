"""The backend around APScheduler 3: the mail application as jobs, or a user's own module with a scheduler."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.cron import CronTrigger

from simulator.backends.application.engine import ApplicationEngine
from simulator.backends.application.program import Program
from simulator.backends.application.scheduling import TryLater
from simulator.words.clock import HOUR, MINUTE, Instant, Zone
from simulator.words.errors import BackendFailed

RETRY = timedelta(minutes=5)
"""How long the application waits before it hands over a mail again that the server did not want yet."""


class SteppedScheduler(BaseScheduler):  # type: ignore[misc]  # the library has no types
    """A scheduler of APScheduler 3 with no thread of its own."""

    def wakeup(self) -> None:
        """Nobody sleeps."""

    def shutdown(self, wait: bool = True) -> None:
        """Forget every job."""
        super().shutdown(wait)


class APSchedulerEngine(ApplicationEngine):
    """Each step of the application is a job with a date. Jobs that are late are done late, however late they are."""

    name = "apscheduler"

    def __init__(self) -> None:
        super().__init__()
        self._scheduler: Any = None
        self._wait: float | None = None
        self._failed: Exception | None = None
        self._added = 0

    def begin(self) -> None:
        """A scheduler that forgets no job because it was late: its default grace is one second."""
        defaults = {"misfire_grace_time": None, "coalesce": True}
        self._scheduler = SteppedScheduler(timezone=UTC, job_defaults=defaults)
        self._scheduler.add_executor(DebugExecutor())
        self._scheduler.start()

    def adopt(self, program: Program) -> None:
        """Step the one scheduler of a user's module, with the options that it was given there."""
        self._scheduler = scheduler = program.only(BaseScheduler)
        if scheduler.running:
            raise BackendFailed(
                f"{program.file} starts its scheduler when it is imported: its thread would wait for a clock that"
                " stands still. Start it under: if __name__ == '__main__'"
            )
        for alias in list(scheduler._executors) or ["default"]:
            if alias in scheduler._executors:
                scheduler.remove_executor(alias)
            scheduler.add_executor(DebugExecutor(), alias)
        scheduler.wakeup = lambda: None
        # The start of its own class would begin a thread, or wait here for ever.
        BaseScheduler.start(scheduler)

    def work(self) -> None:
        """Process jobs until none is due."""
        self._wait = self._scheduler._process_jobs()
        while self._wait is not None and self._wait <= 0:
            self._wait = self._scheduler._process_jobs()
        if self._failed is not None:
            raise self._failed

    def due(self) -> Instant | None:
        """When the next job is due."""
        if self._scheduler is None:
            return None
        next_runs = [job.next_run_time for job in self._scheduler.get_jobs() if job.next_run_time is not None]
        return math.ceil(min(next_runs).timestamp() * 1000 - 1e-3) if next_runs else None

    def end(self) -> None:
        """Let go of the scheduler."""
        if self._scheduler is not None and self._scheduler.running:
            BaseScheduler.shutdown(self._scheduler)

    def later(self, at: Instant, job: str, *arguments: str | int) -> str:
        """A job with a date."""
        self._added += 1
        handle = f"job-{self._added}"
        date = datetime.fromtimestamp(at / 1000, UTC)
        self._scheduler.add_job(self._do, "date", run_date=date, id=handle, args=(job, *arguments))
        return handle

    def cancel(self, handle: str) -> None:
        """Remove a job; one that has run is gone already."""
        try:
            self._scheduler.remove_job(handle)
        except JobLookupError:
            return

    def daily(self, time_of_day: int, zone: Zone, job: str, *arguments: str | int) -> None:
        """A job with a cron trigger on the clocks of the zone."""
        hour, minute = time_of_day // HOUR, time_of_day % HOUR // MINUTE
        trigger = CronTrigger(hour=hour, minute=minute, timezone=ZoneInfo(zone.name))
        self._scheduler.add_job(self._do, trigger, args=(job, *arguments))

    def _do(self, job: str, *arguments: str | int) -> None:
        try:
            self.do(job, *arguments)
        except TryLater:
            again = datetime.fromtimestamp(self.now / 1000, UTC) + RETRY
            self._scheduler.add_job(self._do, "date", run_date=again, args=(job, *arguments))
        except Exception as error:
            # APScheduler would write a traceback and go on; a fault of the application is an outcome of the run.
            self._failed = error
            raise
