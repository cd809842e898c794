"""Programs run as child processes: what they print is kept, and nothing of them is left behind.

A `Process` is started from an argument list, never through a shell, in a session of its own. What it prints on its
standard output and error is read all the time, so that it never waits for a reader, and the last lines of it are kept.
`end` ends everything that it started too, programs that made a session of their own included: each is known by its
session, by its parents, or by a mark in its environment. Whoever forgets `end` loses nothing: processes end with the
object, with the interpreter and, on Linux, with a parent that is killed.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import threading
import time
import weakref
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import count
from multiprocessing import util
from pathlib import Path
from typing import Self

from simulator.words.errors import BackendFailed, NotInstalled

LINES = 40
"""How many of the last lines printed are kept."""
LINE_BYTES = 2_000
"""The part of a line that is kept."""
TOLD_LINES, TOLD_WIDTH = 6, 200
"""How many of the last lines a sentence tells, and how much of each."""
_SAYS_NOTHING = frozenset({"", "Traceback (most recent call last):"})
MARK = "JOURNEYPROOF_PROCESS"
"""The variable whose value is a mark of ours in the environment of everything that a process starts."""

_PROC = Path("/proc")
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Deadline:
    """A limit in seconds of real time, counted from now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._until - time.monotonic())


def wait_until(condition: Callable[[], bool], limit: float) -> bool:
    """Wait for what no descriptor tells of: ask again and again, at most `limit` seconds. True once it holds."""
    deadline, pause = Deadline(limit), 0.001
    while not condition():
        if not deadline.left:
            return False
        time.sleep(min(pause, deadline.left))
        pause = min(pause * 1.5, 0.05)
    return True


def how_it_ended(returncode: int) -> str:
    """`ended with code 3` or `was killed by SIGSEGV`, of a return code as `subprocess` gives it."""
    if returncode >= 0:
        return f"ended with code {returncode}"
    known = {number.value: number.name for number in signal.Signals}
    return f"was killed by {known.get(-returncode, f'signal {-returncode}')}"


class Process:
    """A program that runs until `end`, with all that it starts.

    `environment` is added to the parent's; a value of None takes a variable away. `stdin` is closed, `pass_fds` are
    descriptors that the program inherits, `grace` the seconds it has between SIGTERM and SIGKILL. Raises NotInstalled
    if there is no such program, BackendFailed if it cannot be started.
    """

    def __init__(
        self,
        arguments: Sequence[str | Path],
        *,
        name: str = "",
        environment: Mapping[str, str | None] | None = None,
        folder: Path | None = None,
        pass_fds: Sequence[int] = (),
        grace: float = 2.0,
    ) -> None:
        words = [str(argument) for argument in arguments]
        self.name = name or Path(words[0]).name
        self.grace = grace
        variables = {**os.environ, **(environment or {})}
        kept = {key: value for key, value in variables.items() if value is not None}
        self._running = _start(self.name, words, kept, folder, pass_fds)
        self.pid = self._running.popen.pid
        weakref.finalize(self, self._running.end, 0.0).atexit = False

    @property
    def returncode(self) -> int | None:
        """Its exit code, minus the signal that killed it, or None as long as it runs."""
        return self._running.popen.poll()

    @property
    def ended(self) -> bool:
        """True once the program itself has ended; what it started may still run until `end`."""
        return self.returncode is not None

    def wait(self, limit: float) -> bool:
        """Wait at most `limit` seconds for the program to end by itself; True if it did."""
        with suppress(subprocess.TimeoutExpired):
            self._running.popen.wait(limit)
        return self.ended

    def last_lines(self) -> tuple[str, ...]:
        """The last lines printed, at most `LINES`, without control characters; of a long line its beginning."""
        return self._running.printed.lines()

    def wait_for_line(self, pattern: str, limit: float) -> re.Match[str] | None:
        """Wait at most `limit` seconds for a printed line in which `pattern` is found, one still kept or a new one.

        None when the time is over or the program has stopped printing, which a program does when it ends.
        """
        return self._running.printed.wait_for(re.compile(pattern), Deadline(limit))

    def members(self) -> tuple[int, ...]:
        """Ids of all living processes that belong to it, its own included. Sorted."""
        return self._running.members()

    def signal(self, number: int) -> None:
        """Send a signal to its process group; nothing happens once it has ended."""
        if not self.ended:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def cause(self) -> str:
        """How it stands with it, and the last it printed: `ended with code 3; the last it printed: ...`."""
        running = self._running
        code = self.returncode
        if running.ended_by_us:
            how = "was ended"
        elif code is None:
            how = "was still running"
        else:
            how = how_it_ended(code)
        return f"{how}; {self.printed() or 'it printed nothing'}"

    def printed(self) -> str:
        """The last it printed, for a sentence: `the last it printed: ... | ...`; empty where it printed nothing."""
        # What it wrote by now is in the pipe, whether it lives or not; somebody it started may hold the pipe open.
        self._running.printed.settle(0.5)
        lines = [line.strip()[:TOLD_WIDTH] for line in self.last_lines() if line.strip() not in _SAYS_NOTHING]
        return f"the last it printed: {' | '.join(lines[-TOLD_LINES:])}" if lines else ""

    def end(self, grace: float | None = None) -> None:
        """End it with all that it started. A second call does nothing. `grace=0` kills at once."""
        self._running.end(self.grace if grace is None else grace)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


class _Running:
    """What belongs to a process that runs, apart from the object that its user holds."""

    def __init__(self, popen: subprocess.Popen[bytes], printed: _Printed, mark: str) -> None:
        self.popen, self.printed, self._mark = popen, printed, mark.encode()
        self.ended_by_us = False
        self.foreign = False
        self._gone = False
        self._known: set[tuple[int, int]] = set()
        self._lock = threading.Lock()
        table = _process_table()
        self._born = table[popen.pid].born if popen.pid in table else 0

    def members(self, *, thoroughly: bool = False) -> tuple[int, ...]:
        """The living processes of its session, those that bear its mark, and all descendants of either.

        Thoroughly: also those that print where it prints, and whoever was seen here before.
        """
        table = _process_table()
        if not table:
            return () if self.popen.poll() is not None else (self.popen.pid,)
        young = {pid: row for pid, row in table.items() if row.born >= self._born}
        ours = {pid for pid, row in young.items() if self._claims(pid, row)}
        if thoroughly:
            ours |= {pid for pid, row in young.items() if (pid, row.born) in self._known}
            ours |= {pid for pid in young.keys() - ours if self._prints_here(pid)}
        grown = True
        while grown:
            found = {pid for pid, row in table.items() if row.parent in ours} - ours
            ours |= found
            grown = bool(found)
        self._known |= {(pid, table[pid].born) for pid in ours}
        return tuple(sorted(pid for pid in ours if table[pid].alive))

    def _claims(self, pid: int, row: _Row) -> bool:
        leader = self.popen.pid
        return leader in (pid, row.session) or self._mark in _environment_of(pid)

    def _prints_here(self, pid: int) -> bool:
        """A daemon with a session and an environment of its own still holds what it has inherited."""
        return pid != os.getpid() and _writes_to(pid, self.printed.pipe)

    def end(self, grace: float) -> None:
        """End every member and let go of threads and descriptors."""
        if self.foreign:
            self.printed.forget()
            return
        with self._lock:
            if self._gone:
                return
            self.ended_by_us = self.popen.poll() is None
            deadline = Deadline(grace)
            if grace > 0 and self._send(signal.SIGTERM):
                self._send(signal.SIGCONT)
                with suppress(subprocess.TimeoutExpired):
                    self.popen.wait(deadline.left)
                wait_until(lambda: not self.members(thoroughly=True), deadline.left)
            wait_until(lambda: not self._send(signal.SIGKILL), 5.0)
            with suppress(subprocess.TimeoutExpired):
                self.popen.wait(5.0)
            self.printed.close()
            self._gone = True
            _RUNNING.pop(self.popen.pid, None)

    def _send(self, number: int) -> bool:
        """Send a signal to every member; False when there is none left."""
        if not _PROC.is_dir():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.popen.pid, number)
            return self.popen.poll() is None
        members = self.members(thoroughly=True)
        for pid in members:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        self.popen.poll()
        return bool(members)

    def disown(self) -> None:
        """In a fork: the process belongs to the one that forked, which ends it."""
        self.foreign = True
        if self.popen.returncode is None:
            self.popen.returncode = 0


_RUNNING: dict[int, _Running] = {}
_NUMBERS = count(1)
_AT_EXIT: list[object] = []


def _start(
    name: str, words: list[str], variables: dict[str, str], folder: Path | None, pass_fds: Sequence[int]
) -> _Running:
    program = shutil.which(words[0], path=variables.get("PATH"))
    if program is None:
        raise NotInstalled(f"the program '{words[0]}' is not there: install it, or put its folder on the PATH")
    mark = f"{os.getpid()}-{time.monotonic_ns()}-{next(_NUMBERS)}"
    # A process inside one of ours bears both marks, because either of them may have to end it.
    variables[MARK] = ":".join(filter(None, (variables.get(MARK), mark)))
    if not _AT_EXIT:
        # The finalizers of multiprocessing run in its workers too, where those of atexit do not.
        _AT_EXIT.append(util.Finalize(None, _end_all, exitpriority=10))
    reading, writing = os.pipe()
    try:
        popen = subprocess.Popen(
            [*_tied(), program, *words[1:]],
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            env=variables,
            cwd=folder,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        os.close(reading)
        raise BackendFailed(f"'{name}' could not be started: {error}") from error
    finally:
        os.close(writing)
    running = _Running(popen, _Printed(reading, f"what {name} prints"), mark)
    _RUNNING[popen.pid] = running
    return running


def _tied() -> list[str]:
    """The words before a command that make the kernel kill it when its parent dies.

    The kernel means the thread that started it, so that only the main thread, which lives as long as the process does,
    may ask for it. `setpriv` becomes the program, whose id is the same.
    """
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    main = threading.current_thread() is threading.main_thread()
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv and main else []


def _end_all() -> None:
    for running in list(_RUNNING.values()):
        running.end(0.0)


def _forked() -> None:
    for running in _RUNNING.values():
        running.disown()
    _RUNNING.clear()
    _AT_EXIT.clear()


os.register_at_fork(after_in_child=_forked)


class _Row:
    """What the kernel tells of a process: is it alive, who is its parent, which is its session, when was it born."""

    __slots__ = ("alive", "born", "parent", "session")

    def __init__(self, stat: str) -> None:
        # The name stands in brackets and may hold anything, brackets and blanks included.
        fields = stat.rpartition(")")[2].split()
        self.alive = fields[0] not in "ZXx"
        self.parent, self.session, self.born = int(fields[1]), int(fields[3]), int(fields[19])


def _process_table() -> dict[int, _Row]:
    """Every process of this machine by its id; empty where the system has no /proc."""
    return dict(_rows())


def _rows() -> Iterator[tuple[int, _Row]]:
    if not _PROC.is_dir():
        return
    for folder in sorted(_PROC.iterdir()):
        if folder.name.isdigit():
            with suppress(OSError, IndexError):
                yield int(folder.name), _Row((folder / "stat").read_text(encoding="utf-8", errors="replace"))


def _environment_of(pid: int) -> bytes:
    try:
        return (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return b""


def _writes_to(pid: int, pipe: str) -> bool:
    """Whether a process holds the writing end of a pipe (`pipe:[1234]`)."""
    folder = _PROC / str(pid)
    with suppress(OSError):
        for descriptor in sorted((folder / "fd").iterdir()):
            with suppress(OSError, IndexError):
                if str(descriptor.readlink()) == pipe:
                    told = (folder / "fdinfo" / descriptor.name).read_text(encoding="ascii")
                    flags = int(told.partition("flags:")[2].split()[0], 8)
                    if flags & os.O_ACCMODE == os.O_WRONLY:
                        return True
    return False


class _Printed:
    """The last lines that came through a pipe, read by a thread of its own so that the writer never waits."""

    def __init__(self, pipe: int, name: str) -> None:
        self.finished = threading.Event()
        self._pipe = pipe
        self.pipe = f"pipe:[{os.fstat(pipe).st_ino}]"
        self._lines: deque[bytes] = deque(maxlen=LINES)
        self._rest = b""
        self._news = threading.Condition()
        self._wanted: re.Pattern[str] | None = None
        self._found: re.Match[str] | None = None
        self._stop = os.pipe()
        self._closed = False
        self._thread = threading.Thread(target=self._read, name=name, daemon=True)
        self._thread.start()

    def lines(self) -> tuple[str, ...]:
        with self._news:
            return tuple(_readable(line) for line in (*self._lines, self._rest) if line)

    def settle(self, limit: float) -> None:
        """Wait until all is read that was written by now, at most `limit` seconds."""
        wait_until(self._is_read, limit)

    def _is_read(self) -> bool:
        with self._news:
            if self.finished.is_set() or self._closed:
                return True
            waiting = array("i", [0])
            fcntl.ioctl(self._pipe, termios.FIONREAD, waiting)
            return waiting[0] == 0

    def wait_for(self, pattern: re.Pattern[str], deadline: Deadline) -> re.Match[str] | None:
        with self._news:
            self._found = next(filter(None, (pattern.search(_readable(line)) for line in self._lines)), None)
            self._wanted = pattern
            self._news.wait_for(lambda: self._found or self.finished.is_set(), deadline.left)
            self._wanted = None
            return self._found

    def _read(self) -> None:
        # The pipe is asked together with one that `close` writes to, because a grandchild may keep the pipe open.
        stop = self._stop[0]
        asked = select.poll()
        for descriptor in (self._pipe, stop):
            asked.register(descriptor, select.POLLIN)
        while all(descriptor != stop for descriptor, _ in asked.poll()):
            with self._news:  # so that what has left the pipe is always among the lines
                chunk = os.read(self._pipe, 65_536)
                self._take(chunk)
            if not chunk:
                break
        with self._news:
            self._take(b"\n" if self._rest else b"")
            self.finished.set()
            self._news.notify_all()
        os.close(self._pipe)
        os.close(stop)

    def _take(self, chunk: bytes) -> None:
        with self._news:
            *lines, rest = (self._rest + chunk).split(b"\n")
            self._rest = rest[:LINE_BYTES]
            if self._wanted is not None and self._found is None:
                found = (self._wanted.search(_readable(line[:LINE_BYTES])) for line in lines)
                self._found = next(filter(None, found), None)
                self._news.notify_all()
            self._lines.extend(line[:LINE_BYTES] for line in lines[-LINES:])

    def close(self) -> None:
        """Read what is there, then stop the thread, which closes what it read from."""
        if self._closed:
            return
        self._closed = True
        self.finished.wait(0.2)
        with suppress(BrokenPipeError):
            os.write(self._stop[1], b".")
        os.close(self._stop[1])
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def forget(self) -> None:
        """In a fork there is no thread to stop: close the copies of the descriptors."""
        if not self._closed:
            self._closed = True
            # Where the pipe came to its end, the thread has closed all but the writing end, and numbers are used again.
            for descriptor in (self._stop[1],) if self.finished.is_set() else (self._pipe, *self._stop):
                with suppress(OSError):
                    os.close(descriptor)


def _readable(line: bytes) -> str:
    return _CONTROL.sub("", line.decode("utf-8", errors="replace")).rstrip()
