"""After a jump of the clock the sleepers are woken: nothing in the kernel tells them that their time has come.

A program that waits in `epoll` (Node.js, and whatever stands on libuv) looks at its clock again when it has been
stopped and continued. In a Python program each thread is sent SIGCONT, which the shim beside this module turns into a
look at the clock. What sleeps in a plain `nanosleep` of another language sleeps on: such a program is no good here.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import Any

from simulator.backends.processes import wait_until
from simulator.backends.program.kernel import program, states, threads

PATIENCE = 10.0
"""Seconds that a process may take to stop; one that does not is found at work later."""


def wake(members: Iterable[int]) -> None:
    """Make every thread of these processes look at its clock. A process that has ended is passed over."""
    others = [pid for pid in members if not _wake_python(pid)]
    for pid in others:
        _send(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: all(state in "TtZX" for pid in others for state in states(pid).values()), PATIENCE)
    finally:
        for pid in others:
            _send(pid, signal.SIGCONT)


def _wake_python(pid: int) -> bool:
    """Signal the threads of a Python process; False if it is none."""
    if not program(pid).startswith(("python", "pypy")):
        return False
    for thread in threads(pid):
        _libc().tgkill(pid, thread, signal.SIGCONT)
    return True


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


@cache
def _libc() -> Any:
    return ctypes.CDLL(None)
