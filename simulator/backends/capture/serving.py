"""An asyncio loop in a thread of its own, which ends without leaving anything behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from threading import Thread
from typing import Any, Final, TypeVar

LOOPBACK: Final = "127.0.0.1"
BACKLOG: Final = 1024
"""So many connections may wait to be taken up: an engine hands over all that is due at one instant at once."""
"""Where sinks listen, and nowhere else."""
PATIENCE: Final = 30.0
"""Seconds of real time after which a loop that does not answer is an error."""

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for other threads, from the moment it is made until `close`."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        # A client that is killed in the middle of a session is nothing to print about.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop, and wait for what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def close(self) -> None:
        """Cancel whatever still runs, and end the thread. Closing again does nothing."""
        if self._loop.is_closed():
            return
        try:
            self.do(_cancel_the_rest())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(PATIENCE)
            self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


async def stop_listening(server: asyncio.Server) -> None:
    """Take no further connection. One that is being accepted is there when this returns.

    A server that is closed while it accepts forgets the socket that it has accepted, so it first stops to look.
    """
    loop = asyncio.get_running_loop()
    for listening in server.sockets:
        loop.remove_reader(listening.fileno())
    await _a_few_turns()
    server.close()


async def _a_few_turns() -> None:
    """Let the loop do what is due, such as to say goodbye to connections that were aborted."""
    for _ in range(10):
        await asyncio.sleep(0)


async def _cancel_the_rest() -> None:
    # A connection that was being accepted may begin a task even now.
    for _ in range(3):
        tasks = sorted(asyncio.all_tasks() - {asyncio.current_task()}, key=lambda task: task.get_name())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await _a_few_turns()
    await asyncio.get_running_loop().shutdown_asyncgens()
