"""The small decisions that wrong engines get wrong: one method each, so that a mutant overrides exactly one.

`docs/semantics-journeys.md` says what is right. A mutant is a subclass of `Conduct` handed to `ReferenceBackend`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from simulator.model.journeys import Cap, ConsentRule
from simulator.model.moments import Window
from simulator.words.clock import Duration, Holidays, Instant, Zone, add, anniversary
from simulator.words.vocabulary import Value

if TYPE_CHECKING:
    from simulator.backends.reference.knowledge import Counter, Group, Row


class Conduct:
    """How a correct engine decides. Instants are ms UTC, times of day ms after local midnight."""

    def local_time(self, zone: Zone, day: date, time_of_day: int, _now: Instant) -> Instant:
        """When the wall clock of `zone` shows a time on a day: the offset is that of the target, never of now."""
        return zone.at(day, time_of_day)

    def wait_end(self, now: Instant, duration: Duration, zone: Zone, holidays: Holidays | None) -> Instant:
        """When a wait that begins now is over: `1 day` keeps the wall clock, `24 h` counts milliseconds."""
        return add(now, duration, zone, holidays)

    def anniversary(self, first: date, year: int, leap_day: str) -> date | None:
        """The anniversary of `first` in a year; 29 February follows the organisation's rule in a common year."""
        return anniversary(first.month, first.day, year, leap_day)

    def entry(self, reentry: str, year: int, keys: Mapping[str, Value]) -> tuple[Value, ...] | None:
        """What an entry is counted under: two entries under one thing are one too many. None: it cannot be counted.

        `year` is that of the occurrence (the birthday itself), not of the day on which the journey is entered.
        """
        if reentry == "once a year":
            return (reentry, year)
        if reentry.startswith("once per "):
            value = keys.get(reentry.removeprefix("once per "))
            return None if value is None else (reentry, value)
        return (reentry,)

    def quiet(self, now: Instant, begins: Instant, ends: Instant) -> bool:
        """True inside quiet hours: closed at the start, open at the end."""
        return begins <= now < ends

    def expires(self, sent: Instant, window: Window, zone: Zone) -> Instant:
        """From when on a message no longer counts in a window, on the calendar of the row it was sent to."""
        if window.duration is not None:
            return add(sent, window.duration, zone)
        return window.period(sent, zone)[1]

    def counter(self, cap: Cap, row: Row, group: Group) -> Counter:
        """Whose messages a cap counts: those of all rows known to be one person now, or of the row alone."""
        return (group if cap.per == "person" else row).counter

    def consent_read(self, rule: ConsentRule) -> str:
        """When consent is looked up: `at sending` or `at scheduling`."""
        return rule.checked

    def moves(self, _due: Instant | None, moved: Instant | None) -> Instant | None:
        """When a live wait ends after what it hangs on has changed; None while the moment is unknown."""
        return moved

    def concerns(self, keys: Mapping[str, Value], event: Mapping[str, Value]) -> bool:
        """True if the event carries none of the instance's keys, or one of them with the same value."""
        shared = [event[name] == value for name, value in keys.items() if name in event]
        return not shared or any(shared)

    def quiet_interval(self, now: Instant, begins: int, ends: int, zone: Zone) -> Instant | None:
        """The end of the quiet hours that hold now, None outside them. They begin each local day, and wrap midnight."""
        today = zone.local_date(now)
        wraps = ends < begins
        for day in (today - timedelta(days=1), today) if wraps else (today,):
            start, end = zone.at(day, begins), zone.at(day + timedelta(days=wraps), ends)
            if self.quiet(now, start, end):
                return end
        return None
