"""What Linux tells of processes, threads and connections in /proc.

All of this is asked again every few milliseconds, so files are read with as little ado as possible. A process may end
at any moment; of one that has, nothing is told. A process is its id, or `self`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import suppress

from simulator.words.errors import BackendFailed

Thread = tuple[int | str, int]
"""A process and one of its threads."""
WHOLE, SHAKEN, OVER, HALF_CLOSED, LISTENS = "01", "03", "06", "08", "0A"
"""States of a connection as the kernel writes them; `SHAKEN` is one that a server has been asked for."""
_LOOPBACK = ("0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F")


def threads(pid: int | str) -> list[int]:
    """The ids of a process's threads."""
    return sorted(int(name) for name in _names(f"/proc/{pid}/task"))


def own_threads(prefix: str) -> list[int]:
    """The ids of this process's threads whose names begin so."""
    running = threading.enumerate()
    return sorted(thread.native_id for thread in running if thread.native_id and thread.name.startswith(prefix))


def states(pid: int | str, among: Iterable[int] | None = None) -> dict[int, str]:
    """The state of each thread: R runs or wants to, D waits for a disk, S sleeps, T stands still."""
    found = {}
    for thread in threads(pid) if among is None else among:
        stat = _read(f"/proc/{pid}/task/{thread}/stat")
        if stat:
            found[thread] = stat.rpartition(")")[2].split(None, 1)[0]
    return found


def run_time(pid: int | str, among: Iterable[int] | None = None) -> dict[Thread, int]:
    """How long each thread has run so far, in ns. BackendFailed on a system that does not tell."""
    found: dict[Thread, int] = {}
    for thread in threads(pid) if among is None else among:
        told = _read(f"/proc/{pid}/task/{thread}/schedstat")
        if told:
            found[pid, thread] = int(told.split(" ", 1)[0])
        elif not _read("/proc/self/schedstat"):
            raise BackendFailed(
                "this system does not tell how long threads run (/proc/PID/schedstat), so nobody can know when a"
                " program is done. It needs a Linux kernel with CONFIG_SCHED_INFO"
            )
    return found


def children(pid: int) -> list[int] | None:
    """What a process has started itself and still runs; None on a system that does not tell."""
    found: list[int] = []
    for thread in threads(pid):
        told = _read(f"/proc/{pid}/task/{thread}/children", missing="?")
        if told == "?" and thread in threads(pid):
            return None
        found += [int(child) for child in told.strip("?").split()]
    return found


def program(pid: int) -> str:
    """The name of the file that a process runs, such as `python3.11`; '' if it is not told."""
    with suppress(OSError):
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))  # noqa: PTH115, PTH119  pathlib is slower, and every step asks
    return ""


def sockets(members: Iterable[int]) -> frozenset[str]:
    """The inodes of all sockets that these processes hold open."""
    found = set()
    for pid in members:
        folder = f"/proc/{pid}/fd"
        for name in sorted(_names(folder)):
            with suppress(OSError):
                target = os.readlink(f"{folder}/{name}")  # noqa: PTH115  pathlib is slower, and every step asks
                if target.startswith("socket:["):
                    found.add(target[8:-1])
    return frozenset(found)


class Connection:
    """One end of a TCP connection. `unread` of a socket that listens are connections that wait to be accepted.

    `home` says that both ends are on this machine, `whole` that this end has been established and not been closed.
    """

    __slots__ = ("accepted", "home", "inode", "listens", "local", "remote", "unread", "unsent", "whole")

    def __init__(self, fields: list[str]) -> None:
        (_, local), (address, remote) = (field.split(":") for field in fields[1:3])
        self.local, self.remote, self.home = int(local, 16), int(remote, 16), address in _LOOPBACK
        state = fields[3]
        self.listens, self.whole, self.accepted = state == LISTENS, state == WHOLE, state != SHAKEN
        unsent, _, unread = fields[4].partition(":")
        self.unsent = int(unsent, 16) > 0
        # The end of a stream counts as one byte, until somebody reads it; a pool of idle connections may never do so.
        self.unread = int(unread, 16) > (state == HALF_CLOSED)
        self.inode = fields[9]


def connections() -> list[Connection]:
    """All connections of this machine. Most of them are over, only wait for stray packets, and are left out."""
    rows = (line.split(None, 10) for table in ("tcp", "tcp6") for line in _read(f"/proc/net/{table}").splitlines()[1:])
    return [Connection(fields) for fields in rows if fields[3] != OVER]


def _read(path: str, missing: str = "") -> str:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  pathlib is slower, and every step asks
            return file.readall().decode("utf-8", "replace")
    except OSError:
        return missing


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  pathlib is slower, and every step asks
    except OSError:
        return []
