"""A thread for each backend: it is never asked two things at once, and always from the same thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")
Outcome = tuple[T | None, BaseException | None]
"""What a call returned, or what it raised. A future that raised would treat some exceptions as its own."""


class Lane:
    """Carries out calls one after the other in a thread of its own, which does not keep the program from ending."""

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        Thread(target=self._work, name=name, daemon=True).start()

    async def call(self, function: Callable[[], T]) -> Outcome[T]:
        """The outcome of `function`, when its turn has come."""
        future: Future[Outcome[T]] = Future()
        self._calls.put((future, function))
        return await asyncio.wrap_future(future)

    def end(self) -> None:
        """Do what was asked before, and stop."""
        self._calls.put(None)

    def _work(self) -> None:
        while (asked := self._calls.get()) is not None:
            future, function = asked
            if future.set_running_or_notify_cancel():
                future.set_result(_outcome(function))


def _outcome(function: Callable[[], T]) -> Outcome[T]:
    try:
        return function(), None
    except BaseException as error:  # noqa: BLE001 whoever asked is told, whatever it is: a backend may even call exit
        return None, error
