"""The backend around Celery 5: the mail application as tasks, or a user's own Celery app."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from celery import Celery
from celery.exceptions import MaxRetriesExceededError, Retry
from celery.schedules import crontab

from simulator.backends.application.engine import ApplicationEngine
from simulator.backends.application.program import Program
from simulator.backends.application.scheduling import TryLater
from simulator.backends.celery.worker import VirtualWorker
from simulator.words.clock import HOUR, MINUTE, Instant, Zone

TASK = "shop.do"
RETRY_SECONDS = 300
"""How long the application waits before it hands over a mail again that the server did not want yet."""


class CeleryEngine(ApplicationEngine):
    """Each step of the application is a task: a wait is an ETA, a mail that is not taken a retry, a day a crontab."""

    name = "celery"

    def __init__(self) -> None:
        super().__init__()
        self._worker: VirtualWorker | None = None
        self._failed: Exception | None = None
        self._task: Any = None
        self._sent = 0

    def begin(self) -> None:
        """A Celery app with one task, which does whatever job it is told."""
        app = Celery("shop", set_as_current=False)
        app.conf.update(timezone="UTC", enable_utc=True, task_ignore_result=True, result_expires=None)

        def do(task: Any, job: str, *arguments: str | int) -> None:
            self._do(task, job, *arguments)

        self._task = app.task(do, name=TASK, bind=True, max_retries=None)
        self._worker = VirtualWorker(app)

    def adopt(self, program: Program) -> None:
        """Work for the one Celery app of a user's module."""
        self._worker = VirtualWorker(program.only(Celery))

    def work(self) -> None:
        """Let worker and beat do what is due."""
        assert self._worker is not None
        self._worker.work(self.now)
        if self._failed is not None:
            raise self._failed

    def due(self) -> Instant | None:
        """When a task, or beat, is due."""
        return None if self._worker is None else self._worker.due()

    def end(self) -> None:
        """Let go of app and broker."""
        if self._worker is not None:
            self._worker.close()

    def later(self, at: Instant, job: str, *arguments: str | int) -> str:
        """A task with an ETA. Its id says nothing by chance."""
        self._sent += 1
        eta = datetime.fromtimestamp(at / 1000, UTC)
        self._task.apply_async((job, *arguments), eta=eta, task_id=f"{TASK}-{self._sent}")
        return f"{TASK}-{self._sent}"

    def cancel(self, handle: str) -> None:
        """Revoke a task, through the control that workers listen to."""
        self._task.app.control.revoke(handle)

    def daily(self, time_of_day: int, zone: Zone, job: str, *arguments: str | int) -> None:
        """A crontab of beat, on the clocks of the zone."""
        assert self._worker is not None
        schedule = crontab(hour=time_of_day // HOUR, minute=time_of_day % HOUR // MINUTE, app=self._task.app)
        schedule.tz = ZoneInfo(zone.name)
        name = "-".join(str(each) for each in (job, *arguments))
        self._worker.beat.add(name=name, task=TASK, schedule=schedule, args=(job, *arguments))

    def _do(self, task: Any, job: str, *arguments: str | int) -> None:
        try:
            self.do(job, *arguments)
        except TryLater as error:
            raise task.retry(exc=error, countdown=RETRY_SECONDS) from error
        except (Retry, MaxRetriesExceededError):
            raise
        except Exception as error:
            # Celery would write a traceback and go on; a fault of the application is an outcome of the run.
            self._failed = error
            raise
