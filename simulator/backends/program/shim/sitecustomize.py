"""Imported by every Python program in virtual time, before its own first line.

A thread that sleeps does not notice that the clock has jumped. The harness sends each thread SIGCONT after a jump; this
module makes the signal interrupt what the thread is waiting in, and look at the clock again.
"""

import errno
import importlib.machinery
import importlib.util
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _look(*_: object) -> None:
    # The look itself is what matters: libfaketime computes sleeps from the time that was read last.
    time.monotonic()


def _patient(sleep: Callable[[Any], None]) -> Callable[[Any], None]:
    """Sleep whose end may lie in the past: libfaketime makes a negative time of it, which the kernel refuses."""

    def sleep_until_the_jump(seconds: Any, /) -> None:
        try:
            sleep(seconds)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise

    return sleep_until_the_jump


def _another() -> None:
    """Import the `sitecustomize` that this one hides, where there is one."""
    here = Path(__file__).parent
    elsewhere = [folder for folder in sys.path if Path(folder) != here]
    found = importlib.machinery.PathFinder.find_spec("sitecustomize", elsewhere)
    if found is not None and found.loader is not None:
        found.loader.exec_module(importlib.util.module_from_spec(found))


signal.signal(signal.SIGCONT, _look)
time.sleep = _patient(time.sleep)
_another()
