"""Who enters a journey, and when: events, anniversaries, dates that come, segments; and what re-entry allows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from simulator.backends.reference.conduct import Conduct
from simulator.backends.reference.knowledge import Change, Row, Setting, Thing, View
from simulator.backends.reference.scripts import Compiled, Script
from simulator.backends.reference.steps import Emit, Instance, Walker
from simulator.backends.reference.timers import Timer, Timers
from simulator.model.journeys import AnniversaryTrigger, SegmentTrigger
from simulator.model.log import Event
from simulator.words.calendars import holidays
from simulator.words.clock import Duration, Instant, Zone, add, next_time_of_day, zone
from simulator.words.streams import Streams
from simulator.words.vocabulary import Value

_YEARS_AHEAD = 8
"""How far ahead an anniversary is looked for, beyond its offset; a leap day may be eight years away."""


class Triggers:
    """The triggers of one backend. `end` is the horizon: nobody enters after it."""

    def __init__(
        self, setting: Setting, script: Compiled, timers: Timers, conduct: Conduct, streams: Streams,
        walker: Walker, emit: Emit, end: Instant,
    ) -> None:  # fmt: skip
        self._setting = setting
        self._compiled = script
        self._timers = timers
        self._conduct = conduct
        self._streams = streams
        self._walker = walker
        self._emit = emit
        self._end = end

    def plant(self, row: Row, now: Instant, cause: str) -> None:
        """Set the timers of a row that was briefed or has spoken for the first time."""
        row.planted = True
        for script in self._compiled.of_customer:
            self._schedule_row(script, row, now, cause)
        for script in self._compiled.segments:
            self._open_segment(script, row, now, cause)

    def on_event(self, event: Event, row: Row, now: Instant, cause: str) -> None:
        """Enter the journeys that an event triggers."""
        for script, listener in self._compiled.events.get(event.name, ()):
            keys = self._setting.knowledge.keys_in(event.data)
            if listener.judge is None or listener.judge(View(self._setting, row, now, keys, event.data)):
                year = row.zone.local_date(now).year
                self._enter(script, row, keys, event.data, year, since=now, now=now, cause=cause)

    def on_change(self, change: Change, row: Row, now: Instant, cause: str) -> None:
        """Move what hangs on dates that have changed, and look again who is in which segment."""
        if change.customer:
            for script in self._compiled.of_customer:
                if script.path[1] in change.customer or "zone" in change.customer:
                    self._schedule_row(script, row, now, cause)
        moved = change.things
        if change.linked or "zone" in change.customer:
            group = row.group
            moved = [
                (kind, thing, set(thing.fields))
                for kind in self._compiled.of_things for thing in group.things.get(kind, {}).values()
                if change.linked or thing.row is row
            ]  # fmt: skip
        for kind, thing, fields in moved:
            for script in self._compiled.of_things.get(kind, ()):
                if script.path[1] in fields:
                    self._schedule_thing(script, thing, now, cause)
        if change:
            for each in row.group.rows:
                self._look_at_segments(each, now, cause)

    # Dates.

    def _schedule_row(self, script: Script, row: Row, now: Instant, cause: str, after: int | None = None) -> None:
        earliest = now + (row.fired.get(script.order) == now)
        found = self._due(script, row, row.fields.get(script.path[1]), earliest, after)

        def fire(at: Instant) -> None:
            assert found is not None
            row.fired[script.order] = at
            self._enter(script, row, {}, {}, found[1], since=found[0], now=at, cause=cause)
            if isinstance(script.program.journey.trigger, AnniversaryTrigger):
                self._schedule_row(script, row, at, cause, after=found[1])

        _replace(row.timers, script, None if found is None else self._timers.set(found[0], _rank(script, row), fire))

    def _schedule_thing(self, script: Script, thing: Thing, now: Instant, cause: str, after: int | None = None) -> None:
        row = thing.row
        earliest = now + (thing.fired.get(script.order) == now)
        found = self._due(script, row, thing.fields.get(script.path[1]), earliest, after)
        key = self._setting.knowledge.by_name[script.path[0]].key

        def fire(at: Instant) -> None:
            assert found is not None
            thing.fired[script.order] = at
            self._enter(script, row, {key: thing.key}, {}, found[1], since=found[0], now=at, cause=cause)
            if isinstance(script.program.journey.trigger, AnniversaryTrigger):
                self._schedule_thing(script, thing, at, cause, after=found[1])

        rank = _rank(script, row, str(thing.key))
        _replace(thing.timers, script, None if found is None else self._timers.set(found[0], rank, fire))

    def _due(
        self, script: Script, row: Row, value: Value | None, now: Instant, after: int | None
    ) -> tuple[Instant, int] | None:
        """When a trigger is due next, `now` at the earliest, and the year of the day it hangs on."""
        if value is None:
            return None
        first = row.zone.local_date(value) if isinstance(value, int) else date.fromisoformat(str(value))
        trigger: Any = script.program.journey.trigger
        if not isinstance(trigger, AnniversaryTrigger):
            due = self._offset(first, trigger.offset, trigger.at, row.zone, now)
            return (due, first.year) if now <= due <= self._end else None
        back = 1 + _years(trigger.offset)
        year = max(first.year, after if after is not None else row.zone.local_date(now).year - back)
        year += after is not None or year == first.year
        for each in range(year, year + 2 * back + _YEARS_AHEAD):
            day = self._conduct.anniversary(first, each, self._setting.leap_day)
            if day is None:
                continue
            due = self._offset(day, trigger.offset, trigger.at, row.zone, now)
            if due > self._end:
                return None
            if due >= now:
                return due, each
        return None

    def _offset(self, day: date, offset: Duration | None, at: int, where: Zone, now: Instant) -> Instant:
        """A local time on the day that lies `offset` away; the exact part of an offset is counted from there."""
        exact = 0
        if offset is not None:
            utc = zone("UTC")
            exact = offset.ms
            steps = Duration(offset.years, offset.months, offset.days, offset.working_days)
            day = utc.local_date(add(utc.start_of_day(day), steps, utc, holidays(self._setting.country)))
        return self._conduct.local_time(where, day, at, now) + exact

    # Segments.

    def _open_segment(self, script: Script, row: Row, now: Instant, cause: str) -> None:
        trigger = script.program.journey.trigger
        assert isinstance(trigger, SegmentTrigger)
        begins = None if trigger.from_ is None else date.fromisoformat(trigger.from_)
        due = now - 1 if begins is None else self._conduct.local_time(row.zone, begins, script.at, now)
        if due < now:
            due = next_time_of_day(now, script.at, row.zone)
        if due > self._end or self._is_closed(script, row, due):
            return

        self._look_later(script, row, due, cause)

    def _look_later(self, script: Script, row: Row, due: Instant, cause: str) -> None:
        """See at `due` who is in the segment; where time alone may bring somebody in, again every day from then on."""

        def fire(at: Instant) -> None:
            row.inside.setdefault(script.order, False)
            self._look_at_segment(script, row, at, cause, since=due)
            following = next_time_of_day(at + 1, script.at, row.zone)
            if script.daily and script.order in row.inside and following <= self._end:
                self._look_later(script, row, following, cause)

        self._timers.set(due, _rank(script, row), fire)

    def _is_closed(self, script: Script, row: Row, now: Instant) -> bool:
        trigger = script.program.journey.trigger
        assert isinstance(trigger, SegmentTrigger)
        return trigger.until is not None and row.zone.local_date(now) >= date.fromisoformat(trigger.until)

    def _look_at_segments(self, row: Row, now: Instant, cause: str) -> None:
        if row.inside:
            for script in self._compiled.segments:
                if script.order in row.inside:
                    self._look_at_segment(script, row, now, cause, since=now)

    def _look_at_segment(self, script: Script, row: Row, now: Instant, cause: str, since: Instant) -> None:
        """Enter when the row has come into the segment since the last look."""
        if self._is_closed(script, row, now):
            del row.inside[script.order]
            return
        assert script.segment is not None
        is_in = script.segment(View(self._setting, row, now, {}, {})) is True
        was_in, row.inside[script.order] = row.inside[script.order], is_in
        if is_in and not was_in:
            self._enter(script, row, {}, {}, row.zone.local_date(now).year, since=since, now=now, cause=cause)

    # Entering.

    def _enter(
        self, script: Script, row: Row, keys: Mapping[str, Value], facts: Mapping[str, Value], year: int,
        *, since: Instant, now: Instant, cause: str,
    ) -> None:  # fmt: skip
        group, journey = row.group, script.program.journey
        if group.erased or now > self._end:
            return
        refusal = self._refusal(script, row, keys, facts, year, now)
        told = {**keys, **script.base, "line": script.program.line}
        if refusal is not None:
            self._emit("Journey Not Entered", row, {**told, "reason": refusal}, cause)
            return
        number = row.entries[script.order] = row.entries.get(script.order, 0) + 1
        anchor = group.rows[0].id
        share = journey.holdout
        holdout = share is not None and self._streams.stream("holdout", script.id, anchor).happens(share / 100)
        channels = {mailing.channel for mailing in script.mailings.values()}
        consents = frozenset(channel for channel in channels if group.consented(row, channel))
        instance = Instance(script, row, number, dict(keys), facts, since, cause, anchor, consents, holdout)
        group.instances[instance.id] = instance
        entered = instance.fields(script.program.line)
        if share is not None:
            entered["holdout"] = holdout
        self._emit("Journey Entered", row, entered, cause)
        self._walker.walk(instance, 0, now)

    def _refusal(
        self, script: Script, row: Row, keys: Mapping[str, Value], facts: Mapping[str, Value], year: int, now: Instant
    ) -> str | None:
        """Why this entry may not be: the entry condition or the rule of re-entry. None if it may: then it counts."""
        if script.entry is not None and not script.entry(View(self._setting, row, now, keys, facts)):
            return "entry condition"
        reentry = script.program.journey.reentry
        if reentry == "always":
            return None
        if reentry == "after exit":
            inside = any(instance.script is script for instance in row.group.instances.values())
            return "re-entry: after exit" if inside else None
        entry = self._conduct.entry(reentry, year, {**facts, **keys})
        counted = row.group.entries.setdefault(script.order, set())
        if entry is None or entry in counted:
            return f"re-entry: {reentry}" if entry else f"re-entry: {reentry}, which is unknown"
        counted.add(entry)
        return None


def _rank(script: Script, row: Row, subject: str = "") -> tuple[int, int, str, int, str]:
    return (-script.program.journey.priority, script.order, row.id, 0, subject)


def _replace(timers: dict[int, Timer], script: Script, timer: Timer | None) -> None:
    """Put a trigger's new timer in the place of its old one."""
    old = timers.pop(script.order, None)
    if old is not None:
        old.cancel()
    if timer is not None:
        timers[script.order] = timer


def _years(offset: Duration | None) -> int:
    """More years than an offset can span, so that no anniversary is overlooked."""
    if offset is None:
        return 0
    days = abs(offset.days) + 2 * abs(offset.working_days)
    return abs(offset.years) + abs(offset.months) // 12 + days // 365 + 1
