"""Virtual time for a program that knows nothing of it: Debian's libfaketime, told by a file what time it is.

A program that is started with `VirtualClock.environment` reads our time from every clock of the system, and so does
everything that it starts. The clock never goes back.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from simulator.words.clock import Instant
from simulator.words.errors import NotInstalled

FOLDERS: Final = (Path("/usr/lib"), Path("/usr/local/lib"), Path("/lib"))
"""Where libraries lie; on Debian in a folder for each architecture, such as `x86_64-linux-gnu/faketime`."""
NAME: Final = "libfaketimeMT.so.1"
"""The build for programs with threads."""
SHIM: Final = Path(__file__).parent / "shim"
"""The folder of the `sitecustomize` that lets sleeping Python threads notice that the time has changed."""
_SHARED: Final = Path("/dev") / "shm"


def library(folders: Iterable[Path] = FOLDERS) -> Path | None:
    """Where libfaketime is; None if it is not installed."""
    found = (
        path
        for folder in folders
        for pattern in (f"*/faketime/{NAME}", f"faketime/{NAME}")
        for path in sorted(folder.glob(pattern))
    )
    return next(found, None)


def installed_library(folders: Iterable[Path] = FOLDERS) -> Path:
    """Where libfaketime is. Raises NotInstalled."""
    found = library(folders)
    if found is None:
        raise NotInstalled(
            f"{NAME} is not there: it gives an unmodified program virtual time. Install it: apt-get install faketime"
        )
    return found


class VirtualClock:
    """The clock of one program, kept in a file.

    `run_from` lets it run as fast as ours, `stop_at` holds it. Instants are ms UTC; one before the time that the
    program has been shown already stands for that time.
    """

    def __init__(self, file: Path) -> None:
        self._library = installed_library()
        self._file = file
        self._offset: float | None = None
        self._stopped: float | None = None

    def environment(self, variables: Mapping[str, str | None]) -> dict[str, str]:
        """What to add to the environment of a program; `variables` are those that it would have without."""

        def before(name: str, path: Path) -> str:
            return ":".join(filter(None, (str(path), variables.get(name))))

        return {
            "LD_PRELOAD": before("LD_PRELOAD", self._library),
            "PYTHONPATH": before("PYTHONPATH", SHIM),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            # Without a cache every look at the clock reads the file: a jump is seen at once.
            "FAKETIME_NO_CACHE": "1",
            # A stopped clock is written as seconds since 1970, which are the same in every time zone.
            "FAKETIME_FMT": "%s",
            # Files keep their real times: on a clock that jumps, whoever watches files would see all of them change.
            "NO_FAKE_STAT": "1",
        }

    @property
    def now(self) -> Instant:
        """What the program's clock shows."""
        return round(self._reached())

    def run_from(self, instant: Instant) -> None:
        """Let it run on from an instant."""
        self._offset = max(float(instant), self._reached()) - _real()
        self._stopped = None
        self._write(f"{self._offset / 1000:+.3f}")

    def stop_at(self, instant: Instant) -> None:
        """Hold it at an instant."""
        self._stopped = max(float(instant), self._reached())
        self._write(f"{self._stopped / 1000:.3f}")

    def _reached(self) -> float:
        if self._stopped is not None:
            return self._stopped
        return float("-inf") if self._offset is None else _real() + self._offset

    def _write(self, line: str) -> None:
        # A program may read at any moment: it finds the old file or the new one, never half of one.
        fresh = self._file.with_name(f"{self._file.name}.new")
        fresh.write_text(f"{line}\n", encoding="ascii")
        fresh.replace(self._file)


def forget(pid: int) -> None:
    """Remove what libfaketime leaves in shared memory of a process that was killed."""
    for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
        with suppress(OSError):
            (_SHARED / name).unlink()


def _real() -> float:
    """Now in ms UTC, on the clock of this machine."""
    return time.time() * 1000
