"""The parent's side: one child process, and calls that it answers in time, in form and within bounds, or is ended."""

from __future__ import annotations

import json
import os
import select
import sys
import weakref
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simulator.backends.child.failures import failed, failure_from_wire
from simulator.backends.processes import Deadline, Process
from simulator.words.errors import BackendFailed, ClockTurnedBack, JourneyproofError

POLITENESS = 2.0
"""Seconds that a child has for its exit handlers when it is ended without a fault."""
_LOOK = 0.2
"""Seconds after which it is asked whether a child still lives whose pipe somebody else may hold open."""
# What runs in a child should not hang on the machine that it runs on.
_STEADY = {"PYTHONHASHSEED": "0", "TZ": "UTC"}


@dataclass(frozen=True)
class Limits:
    """Bounds of a child: `start` seconds in which the backend is made, `events` and `bytes` the most in one answer."""

    start: float = 120.0
    events: int = 100_000
    bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True)
class Order:
    """Which backend a child makes, where it finds it, and within which bounds it answers.

    `target` is `module:Class`, `arguments` a JSON object of what the class is called with, `clock` the library that
    holds the clock, `environment` what is added to the parent's, `folder` the working directory, `path` where modules
    are looked for.
    """

    target: str
    arguments: str
    clock: str | None
    environment: tuple[tuple[str, str], ...]
    folder: str
    path: tuple[str, ...]
    limits: Limits


class Child:
    """A child process that serves one order, for one session after the other."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.name = order.target
        calls, answers = os.pipe(), os.pipe()
        told = {
            **asdict(order.limits),
            "target": order.target,
            "arguments": json.loads(order.arguments),
            "clock": order.clock,
            "path": order.path,
            "calls": calls[0],
            "answers": answers[1],
        }
        program = Path(__file__).with_name("__main__.py")
        try:
            self.process = Process(
                [sys.executable, program, json.dumps(told)],
                name=order.target,
                environment={**_STEADY, **dict(order.environment)},
                folder=Path(order.folder),
                pass_fds=(calls[0], answers[1]),
            )
        except BaseException:
            for descriptor in (calls[1], answers[0]):
                os.close(descriptor)
            raise
        finally:
            for descriptor in (calls[0], answers[1]):
                os.close(descriptor)
        self._writing, self._reading = calls[1], answers[0]
        os.set_blocking(self._writing, False)
        self._rest = b""
        self._open = [self._writing, self._reading]
        weakref.finalize(self, _close, self._open).atexit = False
        self.declared: Mapping[str, Any] = self.call("capabilities", {}, order.limits.start)

    @property
    def alive(self) -> bool:
        """True as long as it can be called."""
        return bool(self._open) and not self.process.ended

    def call(self, what: str, with_: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """Make a call and wait at most `timeout` seconds for its answer.

        Raises what the backend raised, and BackendFailed when it is late, ends, or answers nonsense. After an error the
        child has been ended, unless it is one of the caller's: a clock that was turned back.
        """
        if not self._open:
            raise BackendFailed(f"the backend '{self.name}' was called in {what} after it had been ended")
        line = json.dumps({"call": what, **with_}).encode() + b"\n"
        instant = with_.get("to", with_.get("start"))
        named = "" if what == "capabilities" else f"{what} at {instant}" if instant else what
        deadline = Deadline(timeout)
        try:
            self._send(line, named, deadline)
            return self._answer(self._receive(named, deadline), named)
        except ClockTurnedBack:
            raise
        except BackendFailed as error:
            self.end(polite=False)
            raise type(error)(self.told(str(error))) from error.__cause__
        except BaseException:
            self.end(polite=False)
            raise

    def told(self, cause: str) -> str:
        """What went wrong, and what it printed last, if it did and if that is not said already."""
        printed = self.process.printed()
        known = "; the last it printed: " in cause or cause.endswith("; it printed nothing")
        return f"{cause}; {printed}" if printed and not known else cause

    def end(self, *, polite: bool = True) -> None:
        """End the process and all that it started; a polite end gives exit handlers their time."""
        if polite and self._open:
            # Who they are can be told as long as it lives; some of them would not be known any more after it.
            self.process.members()
        _close(self._open)
        if polite:
            self.process.wait(POLITENESS)
        self.process.end(grace=0)

    def _send(self, line: bytes, what: str, deadline: Deadline) -> None:
        left = memoryview(line)
        waiting = select.poll()
        waiting.register(self._writing, select.POLLOUT)
        while left:
            if not deadline.left:
                raise self._late(what, deadline)
            if waiting.poll(_slice(deadline)):
                try:
                    left = left[os.write(self._writing, left) :]
                except BrokenPipeError:
                    raise self._gone(what) from None
            elif self.process.ended:
                raise self._gone(what)

    def _receive(self, what: str, deadline: Deadline) -> bytes:
        waiting = select.poll()
        waiting.register(self._reading, select.POLLIN)
        pieces, size = [self._rest], len(self._rest)
        while b"\n" not in pieces[-1]:
            if not deadline.left:
                raise self._late(what, deadline)
            if waiting.poll(_slice(deadline)):
                pieces.append(os.read(self._reading, 1_048_576))
                size += len(pieces[-1])
                if not pieces[-1]:
                    raise self._gone(what, size > 0)
                if size > self.order.limits.bytes:
                    limit = f"{self.order.limits.bytes} bytes, the limit"
                    raise failed(self.name, what, f"it answers with more than {limit}")
            elif self.process.ended:
                raise self._gone(what)
        line, _, self._rest = b"".join(pieces).partition(b"\n")
        return line

    def _answer(self, line: bytes, what: str) -> dict[str, Any]:
        try:
            told = json.loads(line.decode("utf-8"), parse_constant=_no_constant)
            if self._rest:
                raise ValueError("two answers to one call")
            if "error" in told:
                raise failure_from_wire(told["error"], self.name, what)
            answer: dict[str, Any] = told["answer"]
            if not isinstance(answer, dict):
                raise TypeError(answer)
        except JourneyproofError:
            raise
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            shown = line[:80].decode("utf-8", errors="replace")
            raise failed(self.name, what, f"its answer is nonsense: {shown!r}") from error
        return answer

    def _gone(self, what: str, began: bool = False) -> BackendFailed:
        """It has ended, or has closed its pipe and lives on; perhaps it had begun to answer."""
        when = "in the middle of its answer " if began else ""
        if self.process.wait(1.0):
            return failed(self.name, what, f"{when}its process {self.process.cause()}")
        return failed(self.name, what, f"{when}it closed its pipe; its process {self.process.cause()}")

    def _late(self, what: str, deadline: Deadline) -> BackendFailed:
        limit = f"{deadline.seconds:g} s"
        return failed(self.name, what, f"it gave no answer within {limit}; its process {self.process.cause()}")


def _slice(deadline: Deadline) -> float:
    """Milliseconds until something is to be looked at again."""
    return 1000 * min(deadline.left, _LOOK) + 1


def _close(descriptors: list[int]) -> None:
    while descriptors:
        os.close(descriptors.pop())


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
