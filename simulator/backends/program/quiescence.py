"""When a program is done: nothing of it computes, nothing is on its way to it or from it.

A jump of the clock while a mail is being handed over looks to the program like a stall of fifteen minutes, and it gives
the mail up. So a step ends only when, for a while, no thread of the whole process tree has had any time on a processor,
none is waiting for one or for a disk, no data lie unread in a connection, and no sink is at work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from simulator.backends.processes import Deadline, Process
from simulator.backends.program.kernel import (
    Thread,
    children,
    connections,
    own_threads,
    run_time,
    sockets,
    states,
    threads,
)
from simulator.words.errors import BackendFailed, NotQuiescent

QUIET: Final = 0.03
"""Seconds without any work after which a program is done: its next burst would come from a timer, or from us."""
QUIET_ALONE: Final = 0.005
"""The same for a program whose clock stands and that has no connection open: there is nobody it could wait for."""
LIMIT: Final = 30.0
"""Seconds after which a program that is still at work has failed."""
IDLING: Final = 1.0
"""The same where a thread wakes itself again and again, and has a connection open: its answer may take a while."""
SHARE: Final = 0.2
"""The part of the time that such a thread may run, besides `ALLOWED` seconds."""
ALLOWED: Final = 0.0005
STRICT: Final = 0.05
"""Seconds for which nobody at all may run, before one thread is let idle."""
PAUSE: Final = 0.002
"""Seconds between two looks."""
SINKS: Final = "journeyproof-"
"""How the names of the threads begin in which sinks run."""
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
        self._lines = Lines()
        self.members = process.members()

    def settle(self) -> None:
        """Return once everything is quiet. Raises NotQuiescent at the limit, BackendFailed if the program has ended."""
        process, deadline = self._process, Deadline(self._limit)
        calm = _Calm(self._run_time())
        while True:
            if process.ended:
                raise BackendFailed(f"{process.name} {process.cause()}")
            calm.look(self._run_time())
            if doing := self._busy():
                calm.disturb(doing)
            elif calm.lasts >= (self._quiet if calm.idler else self._alone):
                about_to = self._look_around()
                calm.look(self._run_time())
                if about_to:
                    calm.disturb(about_to)
                elif calm.lasts >= self._needed(calm):
                    return
            if not deadline.left:
                why = calm.disturber or "a thread wakes itself again and again"
                raise NotQuiescent(f"{process.name} was not done after {self._limit:g} s: {why}. It {process.cause()}")
            time.sleep(PAUSE)

    def _needed(self, calm: _Calm) -> float:
        """How long a calm has to last, in seconds."""
        if calm.idler:
            return IDLING if self._lines.open else self._quiet
        return self._quiet if self._lines.open else self._alone

    def _look_around(self) -> str:
        """What is about to happen although nothing has run for a while; '' if nothing is."""
        if self._has_changed():
            members, self.members = set(self.members), self._process.members()
            if members != set(self.members):
                return "it starts and ends other processes"
        return at_work(self.members) or self._lines.look(self.members) or self._busy()

    def _run_time(self) -> dict[Thread, int]:
        """How long everybody has run: the program, and those threads of ours that take its messages.

        A sink may have accepted a connection and not come to greet it yet: nobody else could tell.
        """
        found = run_time("self", own_threads(SINKS))
        for pid in self.members:
            found.update(run_time(pid))
        return found

    def _has_changed(self) -> bool:
        """Whether one of the members has ended, or has started another. The whole table of processes takes longer."""
        known = set(self.members)
        for pid in self.members:
            found = children(pid)
            if found is None or not known.issuperset(found) or not threads(pid):
                return True
        return False


class _Calm:
    """How long nobody has run, in seconds; one thread may have, now and then, if it has done next to nothing.

    Such an `idler` wakes itself: nobody else has run who could have woken it. It waits for a time that is near, which
    on a clock that stands does not come.
    """

    def __init__(self, ran: Mapping[Thread, int]) -> None:
        self._ran, self._base, self._since = ran, ran, time.monotonic()
        self._begun = self._since
        self.idler: Thread | None = None
        self.disturber = ""

    @property
    def lasts(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._since

    def look(self, ran: Mapping[Thread, int]) -> None:
        """See who has run."""
        if ran.keys() != self._ran.keys():
            self._ran = ran
            self.disturb("threads begin and end")
            return
        self._ran = ran
        movers = [thread for thread, time_run in ran.items() if time_run != self._base[thread]]
        if not movers:
            return
        pid, thread = self.idler = movers[0]
        ran_for = (ran[movers[0]] - self._base[movers[0]]) / 1e9
        strict = time.monotonic() - self._begun < STRICT
        if strict or len(movers) > 1 or ran_for > ALLOWED + SHARE * self.lasts:
            self.disturb("a sink computes" if pid == "self" else f"thread {thread} of process {pid} computes")

    def disturb(self, by: str) -> None:
        """Let it begin anew."""
        self._base, self._since, self.idler, self.disturber = self._ran, time.monotonic(), None, by


def at_work(members: Iterable[int]) -> str:
    """Which thread computes, waits for a processor or for a disk; '' if none does."""
    if any(state in _AT_WORK for state in states("self", own_threads(SINKS)).values()):
        return "a sink is at work"
    for pid in members:
        for thread, state in states(pid).items():
            if state in _AT_WORK:
                return f"thread {thread} of process {pid} {_AT_WORK[state]}"
    return ""


class Lines:
    """The connections of a program. `open` is False if it had none when they were looked at last."""

    def __init__(self) -> None:
        self.open = False
        self._idle: frozenset[str] = frozenset()

    def look(self, members: Iterable[int]) -> str:
        """Which connection holds bytes that somebody else is about to take; '' if none does.

        What the program itself has not read does not count: it is asleep, so it does not mean to read it.
        """
        inodes = sockets(members)
        if inodes <= self._idle:
            # The kernel takes milliseconds to list all connections, and these sockets are none.
            self.open = False
            return ""
        rows = connections()
        ours = [row for row in rows if row.inode in inodes]
        lines = [row for row in ours if not row.listens]
        self.open = bool(lines)
        self._idle = inodes - {row.inode for row in lines}
        ports, servers = {row.local for row in ours}, {row.remote for row in lines}
        ends = {(row.local, row.remote) for row in rows if row.accepted}
        for row in rows:
            is_ours = row.inode in inodes
            is_theirs = not is_ours and (row.local in servers if row.listens else row.remote in ports)
            if (row.unsent and is_ours) or (row.unread and is_theirs):
                return f"bytes wait in the connection of port {row.local} to port {row.remote}"
            # A busy server's queue overflows: the program believes that it is connected, and waits to be greeted.
            if is_ours and row.whole and row.home and (row.remote, row.local) not in ends:
                return f"the connection of port {row.local} to port {row.remote} is not accepted yet"
        return ""
