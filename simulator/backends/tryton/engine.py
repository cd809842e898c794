"""Tryton's marketing automation as a backend: it runs in a process of its own, unpatched, and sends through SMTP.

Parties are profile rows, and what the automation is told stands in the models of our module; scenarios ask for it.
Mails leave as Tryton sends them: whoever made the process says where to (`[email] uri`) and captures them.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trytond import config
from trytond.application import app
from trytond.backend import Database
from trytond.pool import Pool
from trytond.transaction import Transaction
from werkzeug.test import Client

from simulator.backends.tryton.compile import compiled
from simulator.backends.tryton.database import NAME
from simulator.backends.tryton.definitions import Activity, Definition, read_native
from simulator.backends.tryton.passes import Passes, instant_of, moment_of
from simulator.backends.tryton.publishing import publish
from simulator.backends.tryton.register import Register
from simulator.backends.tryton.values import value_in_memory
from simulator.backends.tryton.words import CAPABILITIES
from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.words.clock import Instant
from simulator.words.errors import BackendFailed, Refusal, Unsupported
from simulator.words.vocabulary import Value


class TrytonEngine:
    """See `protocol.Backend`. The database lies in `folder`; where there is one it goes on with it, after a restart.

    `prepared` is the file that a new one is copied from. With `every_pass` passes are done, too, in which nothing can
    be due: the result is the same, and takes longer.
    """

    name = "tryton"
    capabilities = CAPABILITIES

    def __init__(self, folder: str, prepared: str, *, every_pass: bool = False) -> None:
        self._folder, self._prepared, self._every_pass = Path(folder), Path(prepared), every_pass
        self.definition = ""

    def open(self, briefing: Briefing, start: Instant) -> None:
        """Publish the briefing, or its native definition, at `start` (ms UTC). Raises Unsupported."""
        definition = self._define(briefing, start)
        goes_on = self._open_database()
        self._briefing, self._now = briefing, start
        self._scenarios = definition.scenarios
        self._timely, self._native = definition.timely or self._every_pass, definition.heard is None
        self._openings = sorted({opening for scenario in definition.scenarios for opening in scenario.openings})
        self._lines = {
            (scenario.journey, activity.coupon.name): activity.line
            for scenario in definition.scenarios
            for activity in _all_activities(scenario.activities)
            if activity.coupon is not None
        }
        self._register = Register(briefing, definition)
        self._passes = Passes(NAME)
        if not goes_on:
            self._passes.prepare(start)
            with Transaction().start(NAME, 1, context={"_skip_warnings": True}):
                self._register.enrol(briefing.profiles, start)
            publish(definition, NAME)
        self._passes.load()
        self._passes.raise_faults()
        self._step: int | None = None
        self._told: list[Event] = []
        self._stirred = True
        self._triggered = start - 1
        self._last = self._last_ids()
        self._overdue = goes_on
        self._wanted: Instant | None = None
        self._wanted_known = False

    def _define(self, briefing: Briefing, start: Instant) -> Definition:
        native = briefing.native.get("tryton")
        if native is None:
            self.definition = "compiled"
            return compiled(briefing, start)
        self.definition = f"native {native.file}"
        if native.tell:
            raise Unsupported([Refusal(native.file, "Tryton hears every event as a fact; leave 'tell' out")])
        return read_native(native.text, native.file)

    def _open_database(self) -> bool:
        """Open the database; True if it was there, and goes on where it was."""
        database = self._folder / f"{NAME}.sqlite"
        goes_on = database.exists()
        if not goes_on:
            shutil.copyfile(self._prepared, database)
        config.set("database", "path", str(self._folder))
        Pool(NAME).init()
        return goes_on

    def ingest(self, event: Event) -> None:
        """Know an event; a click or an opening of a captured mail carries its `url`, and is done there."""
        self._now = max(self._now, event.time)
        if "url" in event.data:
            self._follow(str(event.data["url"]))
            return
        if not event.profile or not self._register.hears(event):
            return
        with Transaction().start(NAME, 1, context={"_skip_warnings": True}):
            self._register.take_in(event, self._now)
        self._stir()

    def _follow(self, url: str) -> None:
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        with self._passes.listening():
            response = Client(app).get(path)
        if response.status_code >= 400:
            raise BackendFailed(f"Tryton answers {response.status} where a mail's link leads: {path}")
        self._wanted_known = False
        if self._native:
            self._stirred = True

    def _stir(self) -> None:
        self._stirred, self._wanted_known = True, False

    def next_wakeup(self) -> Instant | None:
        """The next pass of Tryton's tasks in which something may be done."""
        wanted = self._earliest()
        return None if wanted is None else max(wanted, self._now)

    def _earliest(self) -> Instant | None:
        if not self._wanted_known:
            self._wanted, self._wanted_known = self._next_pass(), True
        return self._wanted

    def _next_pass(self) -> Instant | None:
        if self._overdue:
            # After a restart both tasks are done at once, as `trytond-cron` does when it begins.
            return min(self._passes.trigger.due, self._passes.process.due)
        soon = self._passes.trigger.first(self._now) if self._stirred or self._timely else None
        if soon is not None and soon <= self._passes.process.first(self._now):
            # Nothing can be due before, whatever is waiting.
            return soon
        with Transaction().start(NAME, 0, readonly=True) as transaction:
            cursor = transaction.connection.cursor()
            cursor.execute(
                "SELECT MIN(a.at) FROM marketing_automation_record_activity a JOIN marketing_automation_record r"
                " ON r.id = a.record WHERE a.state = 'waiting' AND COALESCE(r.blocked, 0) = 0"
            )
            waiting = _instant(cursor.fetchone()[0])
            cursor.execute("SELECT MIN(due) FROM journeyproof_occasion WHERE due > ?", (moment_of(self._triggered),))
            coming = _instant(cursor.fetchone()[0])
        passes = []
        ahead = [opening for opening in self._openings if opening > self._triggered]
        if soon is not None:
            passes.append(soon)
        elif ahead or coming is not None:
            passes.append(self._passes.trigger.first(min(filter(None, (*ahead[:1], coming)))))
        if waiting is not None or self._every_pass:
            passes.append(
                self._passes.process.first(
                    self._now if self._every_pass or waiting is None else max(waiting, self._now)
                )
            )
        return min(passes, default=None)

    def advance(self, to: Instant, step: int) -> list[Event]:
        """Do what `trytond-cron` does if a pass is due, and tell who has entered, left, or been granted a coupon."""
        if step == self._step:
            return self._told
        self._now, self._step = to, step
        wanted = self._earliest()
        if wanted is not None and wanted <= to:
            is_triggered = self._passes.trigger.first(wanted) <= to
            self._passes.run(wanted)
            self._overdue = False
            if is_triggered:
                self._triggered, self._stirred = to, False
            self._wanted_known = False
        self._told = self._tell(to)
        if self._native and self._told:
            self._stir()
        return self._told

    def close(self) -> None:
        """Let go of the database, and take it away."""
        database = Database(NAME)
        database.close()
        for file in sorted(self._folder.glob(f"{NAME}.sqlite*")):
            file.unlink()

    # What is told.

    def _last_ids(self) -> tuple[int, int]:
        with Transaction().start(NAME, 0, readonly=True):
            return _last(Pool().get("marketing.automation.record")), _last(Pool().get("journeyproof.thing"))

    def _tell(self, to: Instant) -> list[Event]:
        told: list[Event] = []
        record_id, thing_id = self._last
        with Transaction().start(NAME, 0, readonly=True):
            records, things = Pool().get("marketing.automation.record"), Pool().get("journeyproof.thing")
            for record, reason, cause in self._register.left:
                again = records(record.id)
                told.append(self._event(to, "Journey Exited", again, {**again.keys(), "reason": reason}, cause))
            self._register.left.clear()
            for record in records.search([("id", ">", record_id)], order=[("id", "ASC")]):
                fact = record.entered_on()
                keys = {**(fact.object_keys() if fact else {}), **record.record.object_keys()}
                told.append(self._event(to, "Journey Entered", record, keys, fact.cause if fact else ""))
            granted = [("id", ">", thing_id), ("record", "!=", None)]
            coupons = things.search(granted, order=[("id", "ASC")])
            told += [self._granted(to, coupon) for coupon in coupons]
        self._last = self._last_ids()
        return told

    def _granted(self, to: Instant, coupon: Any) -> Event:
        record = coupon.record
        fact = record.entered_on()
        data: dict[str, Value] = {**record.keys(), coupon.key_name: coupon.key}
        data.update({value.name: value_in_memory(value) for value in coupon.values})
        event = self._event(to, "Coupon Granted", record, data, fact.cause if fact else "")
        name = str(coupon.key).rpartition("/")[2]
        event.data["line"] = self._lines.get((str(record.scenario.journey), name), str(event.data["line"]))
        return event

    def _event(self, to: Instant, name: str, record: Any, data: dict[str, Value], cause: str) -> Event:
        scenario = record.scenario
        stated = json.loads(scenario.stated or "{}") or {"journey": scenario.journey}
        told = {**data, **stated, "instance": record.instance(), "line": scenario.line or ""}
        return Event(to, name, "", record.record.party.marketing_row, self._briefing.system, cause or "", told)


def _all_activities(activities: Iterable[Activity]) -> Iterator[Activity]:
    for activity in activities:
        yield activity
        yield from _all_activities(activity.children)


def _last(model: Any) -> int:
    found = model.search([], order=[("id", "DESC")], limit=1)
    return found[0].id if found else 0


def _instant(stored: Any) -> Instant | None:
    """An instant as SQLite gives it: an aggregate comes as text."""
    if stored is None:
        return None
    return instant_of(stored if isinstance(stored, dt.datetime) else dt.datetime.fromisoformat(str(stored)))
