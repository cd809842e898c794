"""When a program is done: nothing of it computes, nothing is on its way to it or from it.

A jump of the clock while a mail is being handed over looks to the program like a stall of fifteen minutes, and it gives
the mail up. So a step ends only when, for a while, no thread of the whole process tree has had any time on a processor,
none is waiting for one or for a disk, no data lie unread in a connection, and no sink is at work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from simulator.backends.processes import Deadline, Process
from simulator.backends.program.kernel import connections, run_time, sockets, states
from simulator.words.errors import BackendFailed, NotQuiescent

QUIET: Final = 0.03
"""Seconds without any work after which a program is done: its next burst would come from a timer, or from us."""
QUIET_ALONE: Final = 0.005
"""The same for a program whose clock stands and that has no connection open: there is nobody it could wait for."""
LIMIT: Final = 30.0
"""Seconds after which a program that is still at work has failed."""
PAUSE: Final = 0.002
"""Seconds between two looks."""
_AT_WORK: Final = {"R": "computes or waits for a processor", "D": "waits for a disk"}


class Quiescence:
    """Waits until a process and all that it started are done; `members` are all these as last seen.

    `busy` says what a sink is doing, '' for nothing. `quiet` and `alone` are seconds without work, `alone` for a
    program that has no connection open; `limit` those after which it has failed.
    """

    def __init__(
        self,
        process: Process,
        *,
        quiet: float = QUIET,
        alone: float = QUIET,
        limit: float = LIMIT,
        busy: Callable[[], str] = str,
    ) -> None:
        self._process, self._quiet, self._alone, self._limit, self._busy = process, quiet, alone, limit, busy
        self.members = process.members()

    def settle(self) -> None:
        """Return once everything is quiet. Raises NotQuiescent at the limit, BackendFailed if the program has ended."""
        process, deadline = self._process, Deadline(self._limit)
        worked: dict[tuple[int, int], str] | None = None
        since, what = time.monotonic(), ""
        while True:
            if process.ended:
                raise BackendFailed(f"{process.name} {process.cause()}")
            now, before = time.monotonic(), worked
            worked = run_time(self.members)
            if worked != before:
                since, what = now, "it computes now and then"
            elif doing := self._busy():
                since, what = now, doing
            elif now - since >= self._alone:
                self.members = process.members()
                lines = Lines(self.members)
                what = at_work(self.members) or lines.on_the_way()
                if what or run_time(self.members) != worked:
                    since = now
                elif now - since >= self._quiet or not lines.open:
                    return
            if not deadline.left:
                raise NotQuiescent(f"{process.name} was not done after {self._limit:g} s: {what}. It {process.cause()}")
            time.sleep(PAUSE)


def at_work(members: Iterable[int]) -> str:
    """Which thread computes, waits for a processor or for a disk; '' if none does."""
    for pid in members:
        for thread, state in states(pid).items():
            if state in _AT_WORK:
                return f"thread {thread} of process {pid} {_AT_WORK[state]}"
    return ""


class Lines:
    """The connections of these processes, as the kernel lists them now. `open` is False where there is none."""

    def __init__(self, members: Iterable[int]) -> None:
        self._rows = connections()
        self._inodes = sockets(members)
        self._ours = [row for row in self._rows if row.inode in self._inodes]
        self.open = any(not row.listens for row in self._ours)

    def on_the_way(self) -> str:
        """Which connection holds bytes that somebody else is about to take; '' if none does.

        What the program itself has not read does not count: it is asleep, so it does not mean to read it.
        """
        if not any(row.unsent or row.unread for row in self._rows):
            return ""
        ports, servers = {row.local for row in self._ours}, {row.remote for row in self._ours}
        for row in self._rows:
            is_ours = row.inode in self._inodes
            is_theirs = not is_ours and (row.local in servers if row.listens else row.remote in ports)
            if (row.unsent and is_ours) or (row.unread and is_theirs):
                return f"bytes wait in the connection of port {row.local} to port {row.remote}"
        return ""
