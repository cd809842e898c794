"""Holding the clock of this process for an engine that asks Python what time it is.

One freeze is held as long as the process lives, because to begin one costs a walk over every module; to move it costs
microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Literal, get_args

from simulator.words.errors import NotInstalled

Library = Literal["freezegun", "time-machine"]
LIBRARIES: tuple[str, ...] = get_args(Library)
Move = Callable[[int], None]
"""Puts the clock at an instant (ms UTC)."""

_NAIVE = datetime(1970, 1, 1)  # noqa: DTZ001  freezegun reads a datetime without zone as UTC
# In an offset that is not UTC's, because for UTC time-machine would also set the variable TZ.
_AWARE = datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))


@contextmanager
def held(library: str | None) -> Iterator[Move]:
    """Hold the clock at the start of 1970 until it is moved; without a library nothing is held.

    Raises NotInstalled.
    """
    match library:
        case "freezegun":
            yield from _freezegun()
        case "time-machine":
            yield from _time_machine()
        case _:
            yield lambda _: None


def _freezegun() -> Iterator[Move]:
    try:
        from freezegun import freeze_time
    except ImportError as error:
        raise NotInstalled("freezegun holds the clock of this backend: pip install freezegun") from error
    # Without `real_asyncio` the event loop would wait for a clock that nobody moves.
    with freeze_time(_NAIVE, real_asyncio=True) as frozen:
        yield lambda instant: frozen.move_to(_NAIVE + timedelta(milliseconds=instant))


def _time_machine() -> Iterator[Move]:
    try:
        from time_machine import travel
    except ImportError as error:
        raise NotInstalled("time-machine holds the clock of this backend: pip install time-machine") from error
    with travel(_AWARE, tick=False) as traveller:
        yield lambda instant: traveller.move_to(_AWARE + timedelta(milliseconds=instant))
