"""Virtual time: SimPy's environment on whole milliseconds, with a stated order at one instant.

At one instant the facts of people and systems come first, then arrivals over links, then receipts; inside a class the
order is by customer, then by creation. Backend timers follow, because the loop asks the backend last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import simpy
from simpy.events import EventPriority

FACT, ARRIVAL, RECEIPT = 0, 1, 2
"""The classes of events, in the order in which they happen at one instant unless the scenario states another."""

CLASSES = ("facts", "arrivals", "receipts")
"""Their names in a scenario's `ties`."""


class Due(simpy.Event):
    """Something that will happen: a handler and what it is called with."""

    def __init__(self, env: simpy.Environment, handler: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        self.callbacks.append(lambda _: handler(*arguments))


class Environment(simpy.Environment):
    """A SimPy environment that counts ms UTC and never turns back; `ties` names the classes in their order."""

    def __init__(self, start: int, ties: Sequence[str] = CLASSES) -> None:
        super().__init__(initial_time=start)
        self._ranks = tuple(ties.index(name) for name in CLASSES)

    def at(self, time: int, kind: int, person: str, handler: Callable[..., None], *arguments: Any) -> None:
        """Call `handler(*arguments)` at `time`; `kind` and `person` order what happens at one instant.

        Raises ValueError for a time that has passed: SimPy itself would turn its clock back without a word.
        """
        delay = time - int(self.now)
        if delay < 0:
            raise ValueError(f"something was due {-delay} ms ago: the world does not go back in time")
        self.schedule(Due(self, handler, arguments), cast(EventPriority, (self._ranks[kind], person)), delay)

    def next_time(self) -> int | None:
        """The instant of the next event, None when nothing is left."""
        time = self.peek()
        return None if time == float("inf") else int(time)
