"""When Tryton's two scheduled tasks run: the trigger of scenarios, and the processing of their activities.

A pass is what `trytond-cron` does when a task is due. Both tasks run every 15 minutes: Tryton is installed with an hour
for the trigger, which is changed as an administrator would change it. A pass in which nothing can be due is passed
over, because it would only write a line into Tryton's log of tasks; all others are when Tryton has them.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from trytond.pool import Pool
from trytond.transaction import Transaction

from simulator.backends.tryton.words import EVERY
from simulator.words.clock import MINUTE, Instant
from simulator.words.errors import BackendFailed

TRIGGER: Final = "marketing.automation.scenario|trigger"
PROCESS: Final = "marketing.automation.record.activity|process"
_EPOCH: Final = dt.datetime(1970, 1, 1)  # noqa: DTZ001  Tryton keeps UTC in datetimes without a zone
# A mail that the channel refuses is logged too, and is no fault of the run.
_NO_FAULT: Final = "trytond.sendmail"


def instant_of(moment: dt.datetime) -> Instant:
    """Milliseconds UTC of a datetime as Tryton keeps it."""
    return (moment - _EPOCH) // dt.timedelta(milliseconds=1)


def moment_of(instant: Instant) -> dt.datetime:
    """A datetime as Tryton keeps it."""
    return _EPOCH + dt.timedelta(milliseconds=instant)


@dataclass
class Task:
    """One scheduled task: `due` is its next call, `step` how far its calls lie apart."""

    id: int
    due: Instant
    step: int

    def first(self, at_least: Instant) -> Instant:
        """Its first call at or after an instant."""
        return self.due + max(0, -((self.due - at_least) // self.step)) * self.step


class Passes:
    """The two tasks of one database. All others are switched off."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._cron = Pool(database).get("ir.cron")
        self._faults: list[str] = []
        logging.getLogger("trytond").addHandler(_Listener(self._faults))

    def prepare(self, start: Instant) -> None:
        """Let only these tasks run, at the full quarters of an hour from `start` on."""
        with Transaction().start(self._database, 0):
            self._cron.write(self._cron.search([("method", "not in", [TRIGGER, PROCESS])]), {"active": False})
            first = moment_of(-(-start // (EVERY * MINUTE)) * EVERY * MINUTE)
            every = {"interval_number": EVERY, "interval_type": "minutes", "next_call": first}
            self._cron.write(self._cron.search([("method", "in", [TRIGGER, PROCESS])]), every)

    def load(self) -> None:
        """Read when the tasks are due."""
        with Transaction().start(self._database, 0, readonly=True):
            tasks = {task.method: task for task in self._cron.search([("method", "in", [TRIGGER, PROCESS])])}
            self.trigger, self.process = (
                Task(task.id, instant_of(task.next_call), EVERY * MINUTE) for task in (tasks[TRIGGER], tasks[PROCESS])
            )

    def run(self, wanted: Instant) -> None:
        """Do what `trytond-cron` does at this instant; the earliest pass that has something to do was due at `wanted`.

        Raises BackendFailed for whatever Tryton logs as an error.
        """
        with Transaction().start(self._database, 0):
            for task in (self.trigger, self.process):
                if task.due < wanted:
                    self._cron.write([self._cron(task.id)], {"next_call": moment_of(task.first(wanted))})
        self._cron.run(self._database)
        self.load()
        self.raise_faults()

    def raise_faults(self) -> None:
        """Raise BackendFailed if Tryton has logged an error."""
        if self._faults:
            told = " | ".join(self._faults)
            self._faults.clear()
            raise BackendFailed(f"Tryton failed: {told}")

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Raise what Tryton logs as an error in between."""
        yield
        self.raise_faults()


class _Listener(logging.Handler):
    """Notes what Tryton logs as an error, with the last line of its traceback."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._faults = faults

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(_NO_FAULT):
            cause: Any = record.exc_info[1] if record.exc_info else None
            self._faults.append(record.getMessage() + (f": {type(cause).__name__}: {cause}" if cause else ""))
