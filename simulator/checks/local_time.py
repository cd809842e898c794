"""Wall clocks of many rows at once: what `Zone.wall`, `Zone.at_wall` and `clock.add` do for one instant, on arrays."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from simulator.model.log import Ints
from simulator.words.clock import DAY, Duration, Holidays, add, zone


@cache
def _tables(name: str) -> tuple[Ints, Ints, Ints]:
    """Starts of the offsets, the offsets, and what the wall clock shows when each but the last ends."""
    where = zone(name)
    starts = np.array(where.starts, dtype=np.int64)
    offsets = np.array(where.offsets, dtype=np.int64)
    return starts, offsets, starts[1:] + offsets[:-1]


def to_wall(name: str, times: Ints) -> Ints:
    """What wall clocks in a zone show at instants (ms UTC), in ms since 1970-01-01 00:00 on those clocks."""
    starts, offsets, _ = _tables(name)
    shown: Ints = times + offsets[np.searchsorted(starts, times, "right") - 1]
    return shown


def from_wall(name: str, walls: Ints) -> Ints:
    """When wall clocks show this: in a gap the first moment after it, in a fold the first of the two."""
    starts, offsets, ends = _tables(name)
    index = np.searchsorted(ends, walls, "right")
    instants: Ints = np.maximum(walls - offsets[index], starts[index])
    return instants


def step(name: str, times: Ints, duration: Duration, holidays: Holidays | None, sign: int = 1) -> Ints:
    """`clock.add` on an array: the calendar part keeps the wall clock of the zone, the exact part counts ms."""
    if duration.is_calendar:
        walls = to_wall(name, times)
        days, where = np.unique(walls // DAY, return_inverse=True)
        calendar = replace(duration, ms=0)
        # Days of the calendar are the same in every zone, so that UTC can count them.
        moved = [add(int(day) * DAY, calendar, zone("UTC"), holidays, sign) for day in days]
        times = from_wall(name, np.array(moved, dtype=np.int64)[where.reshape(-1)] + walls % DAY)
    return times + sign * duration.ms
