"""Wall clocks of whole columns show what `Zone` and `add` show one by one, on the days of clock changes as well."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.checks.local_time import from_wall, step, to_wall
from simulator.words.calendars import holidays
from simulator.words.clock import Duration, add, parse_duration, zone

ZONES = ("Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC")
CHANGES = {
    name: [start for start in zone(name).starts if 1_000_000_000_000 < start < 1_800_000_000_000] for name in ZONES
}
HOUR = 3_600_000


@st.composite
def times_in(draw: st.DrawFn, name: str) -> list[int]:
    """Instants near the changes of a zone's offset, and others."""
    near = st.builds(
        lambda change, nudge: change + nudge,
        st.sampled_from(CHANGES[name] or [1_700_000_000_000]),
        st.sampled_from((-24 * HOUR, -HOUR, -1, 0, 1, HOUR // 2, HOUR, 24 * HOUR)) | st.integers(-50 * HOUR, 50 * HOUR),
    )
    return draw(st.lists(near | st.integers(1_000_000_000_000, 1_800_000_000_000), max_size=8))


@given(name=st.sampled_from(ZONES), data=st.data())
def test_a_column_of_wall_clocks(name: str, data: st.DataObject) -> None:
    times = data.draw(times_in(name))
    where = zone(name)
    column = np.array(times, dtype=np.int64)
    assert to_wall(name, column).tolist() == [where.wall(time) for time in times]
    # Any number is what some wall clock may show, in a gap and in a fold too.
    walls = [where.wall(time) + nudge for time in times for nudge in (-HOUR, 0, 1, HOUR)]
    assert from_wall(name, np.array(walls, dtype=np.int64)).tolist() == [where.at_wall(wall) for wall in walls]


@given(
    name=st.sampled_from(ZONES),
    text=st.sampled_from(("1 day", "2 weeks", "1 month", "11 months", "1 year", "5 working days", "24 h", "1 day 2 h")),
    sign=st.sampled_from((1, -1)),
    data=st.data(),
)
def test_a_column_of_steps(name: str, text: str, sign: int, data: st.DataObject) -> None:
    times = data.draw(times_in(name))
    duration: Duration = parse_duration(text)
    rest = holidays("FR")
    moved = step(name, np.array(times, dtype=np.int64), duration, rest, sign)
    assert moved.tolist() == [add(time, duration, zone(name), rest, sign) for time in times]
