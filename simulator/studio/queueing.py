"""Where the work is done: few threads, a queue with an end, and nobody waits for ever.

Engines have threads of their own, so that one which hangs keeps nobody from the reference.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from simulator.studio.catalogue import USUAL
from simulator.studio.problems import Refused, problem_of
from simulator.studio.watching import Watch

THREADS: Final = 2
"""Runs at once, of the reference and of engines each."""
GRACE: Final = 5.0
"""Seconds beyond a run's time limit after which an answer is given, whatever the run does."""

Work = Callable[[Watch], Any]


class Queue:
    """Runs work one after the other, and tells how far it is."""

    def __init__(self, time_limit: float, most_waiting: int) -> None:
        self.time_limit = time_limit
        self.most_waiting = most_waiting
        self._pools = {usual: ThreadPoolExecutor(THREADS, f"{'run' if usual else 'engine'}") for usual in (True, False)}
        self._waiting = 0

    def admit(self) -> None:
        """Raise Refused where too many wait already."""
        if self._waiting >= self.most_waiting:
            raise Refused(503, "too many what-ifs wait already: try again in a moment.")

    def close(self) -> None:
        """Let go of the threads; what still runs is not waited for."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    async def result(self, backend: str, work: Work) -> Any:
        """What the work returns. Raises what it raises, and Refused where it takes too long."""
        found: Any = None
        async for kind, told in self.steps(backend, work):
            if kind == "done":
                found = told
            elif kind == "failed":
                raise told
        return found

    async def steps(self, backend: str, work: Work) -> AsyncGenerator[tuple[str, Any]]:
        """`progress` with (days through, all days), any number of times, and at last `done` or `failed` with an error.

        Whoever stops listening stops the work.
        """
        loop = asyncio.get_running_loop()
        news: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

        def tell(kind: str, told: Any) -> None:
            loop.call_soon_threadsafe(news.put_nowait, (kind, told))

        watches: list[Watch] = []

        def carry_out() -> None:
            watch = Watch(self.time_limit, lambda done, of: tell("progress", (done, of)))
            watches.append(watch)
            try:
                tell("begun", None)
                tell("done", work(watch))
            except BaseException as error:  # noqa: BLE001 a thread has nobody else to tell
                tell("failed", error)

        self._waiting += 1
        future = self._pools[backend == USUAL].submit(carry_out)
        try:
            async for kind, told in self._listened(news):
                yield kind, told
        finally:
            self._waiting -= 1
            if not future.cancel() and not future.done():
                # To end a process may take a moment, for which nobody else is kept waiting.
                for watch in watches:
                    loop.run_in_executor(None, watch.end)

    async def _listened(self, news: asyncio.Queue[tuple[str, Any]]) -> AsyncGenerator[tuple[str, Any]]:
        limit: float | None = None
        while True:
            try:
                kind, told = await asyncio.wait_for(news.get(), limit)
            except TimeoutError:
                sentence = f"the run was not through after {self.time_limit:g} seconds. Its backend does not answer."
                yield "failed", Refused(200, sentence)
                return
            if kind == "begun":
                limit = self.time_limit + GRACE
                continue
            yield kind, told
            if kind != "progress":
                return


def sentence_of(error: BaseException) -> dict[str, Any]:
    """A failure as the page gets it; an interrupt goes on."""
    if isinstance(error, KeyboardInterrupt | SystemExit):
        raise error
    return problem_of(error)
