"""Faults as windows: what is down, late, altered or lossy at an instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from simulator.model.scenarios import Fault
from simulator.words.clock import Zone, add
from simulator.words.streams import Stream
from simulator.words.vocabulary import Value


class Faults:
    """All faults of a scenario, by what they strike: `link a to b`, `desk x`, `channel x`, `backend`."""

    def __init__(self, faults: Iterable[Fault], zone: Zone) -> None:
        self._by_target: dict[tuple[str, str, str], list[Fault]] = {}
        self._zone = zone
        for fault in faults:
            self._by_target.setdefault((fault.target, fault.name, fault.kind), []).append(fault)

    def of(self, target: str, name: str, kind: str) -> Sequence[Fault]:
        """The faults of one kind that strike one thing."""
        return self._by_target.get((target, name, kind), ())

    def down_until(self, target: str, name: str, instant: int) -> int | None:
        """The end of the outage that holds at `instant`, None when there is none. Windows are half-open."""
        end: int | None = None
        moved = True
        while moved:
            moved = False
            for fault in (*self.of(target, name, "down"), *self.of(target, name, "restarted")):
                if fault.start <= instant < fault.end:
                    instant = end = fault.end
                    moved = True
        return end

    def restarts(self) -> list[int]:
        """The instants at which the backend's process begins anew, in order."""
        return sorted(fault.end for fault in self.of("backend", "backend", "restarted"))

    def later(self, target: str, name: str, instant: int, due: int) -> int:
        """When something due at `due` really happens, if it began at `instant` while it was made late."""
        for fault in self.of(target, name, "late"):
            if fault.start <= instant < fault.end:
                due = add(due, fault.by, self._zone)
        return due

    def altered(self, link: str, instant: int, data: dict[str, Value]) -> dict[str, Value]:
        """What arrives of `data` over a link that alters it; dates and instants are shifted, anything may be set."""
        for fault in self.of("link", link, "altered"):
            field = (fault.field or "").rpartition(".")[2]
            if fault.start <= instant < fault.end and field in data:
                data = {**data, field: self.shifted(fault, data[field])}
        return data

    def shifted(self, fault: Fault, value: Value) -> Value:
        """One value after an altering fault."""
        if fault.value is not None:
            return fault.value
        if isinstance(value, str):
            moved = add(self._zone.start_of_day(date.fromisoformat(value)), fault.by, self._zone)
            return self._zone.local_date(moved).isoformat()
        return add(value, fault.by, self._zone) if type(value) is int else value

    def lost(self, target: str, name: str, instant: int, luck: Stream) -> bool:
        """True if a lossy link or channel loses this one."""
        return any(
            fault.start <= instant < fault.end and luck.happens(fault.share / 100)
            for fault in self.of(target, name, "lossy")
        )
