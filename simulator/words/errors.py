"""Every way in which journeyproof says no.

Each class forwards its positional arguments to `Exception`, because SimPy raises a failed event again as
`type(error)(*error.args)`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


class JourneyproofError(Exception):
    """The base of all our errors; `exit_code` is what the command line returns for it."""

    exit_code = 2


class ExpressionError(JourneyproofError):
    """A duration, moment, pattern or condition cannot be read. `args` are the message and the offset in the text."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message, offset)
        self.message = message
        self.offset = offset

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, order=True)
class Place:
    """A position in a file: path relative to the project, line and column counted from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong in a document: where, and a sentence with the value, the rule and the remedy."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class InvalidDocuments(JourneyproofError):
    """Documents that break the language; `problems` holds every one that was found, in order of place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        found = tuple(sorted(set(problems)))
        super().__init__(found)
        self.problems = found

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class UsageError(JourneyproofError):
    """The command was called in a way that cannot be carried out."""


class BackendFailed(JourneyproofError):
    """The backend under test raised, or broke the protocol. Its cause is `__cause__` or stands in the message."""

    exit_code = 3


class NotQuiescent(BackendFailed):
    """The backend was still at work when its time for a step was over."""


class ClockTurnedBack(BackendFailed):
    """A step went back in time, or a step number was used for another step."""


class NotInstalled(BackendFailed):
    """What a backend needs is not there; the message says how to get it."""


@dataclass(frozen=True, order=True)
class Refusal:
    """What an engine cannot express: `line` is `file:line` of the step, the journey or the policy."""

    line: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.line}: {self.sentence}" if self.line else self.sentence


class Unsupported(JourneyproofError):
    """A backend cannot express the briefing; `refusals` hold every step, rule or message that it refuses."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        found = tuple(dict.fromkeys(refusals))
        super().__init__(found)
        self.refusals = found

    def __str__(self) -> str:
        return "\n".join(str(refusal) for refusal in self.refusals)


class Stuck(JourneyproofError):
    """World and backend answer each other for ever at one instant."""

    exit_code = 4


class LimitReached(JourneyproofError):
    """A stated limit was reached; the message names it and how to raise it."""

    exit_code = 4


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `" (did you mean 'x'?)"` for the nearest known word, or an empty text when none is near."""
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if not near:
        folded = {name.casefold(): name for name in names}
        return f" (did you mean '{folded[word.casefold()]}'?)" if word.casefold() in folded else ""
    return f" (did you mean '{near[0]}'?)"
