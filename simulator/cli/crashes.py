"""What went wrong, in one line and an exit code: a user never sees a traceback who did not ask for one."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from simulator.cli.exits import Exit
from simulator.words.errors import InvalidDocuments, JourneyproofError, Stuck, UsageError

DEBUG = "JOURNEYPROOF_DEBUG"
"""The environment variable that asks for tracebacks."""


def told(error: BaseException) -> tuple[str, Exit, str]:
    """`(kind, exit code, message)`: the kind is a word or two, the message has a line for each problem."""
    if os.environ.get(DEBUG):
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, JourneyproofError):
        return _kind(error), Exit(error.exit_code), _message(error)
    cause = f"{type(error).__name__}: {error}".rstrip(": ")
    remedy = f"This is a mistake in journeyproof or in a plugin: report it; {DEBUG}=1 shows where it comes from."
    return "crashed", Exit.CRASHED, f"{cause}{_where(error)}. {remedy}"


def _kind(error: JourneyproofError) -> str:
    if isinstance(error, InvalidDocuments):
        return "invalid"
    if isinstance(error, UsageError):
        return "refused"
    if isinstance(error, Stuck):
        return "stuck"
    return {3: "crashed", 4: "limit reached"}.get(error.exit_code, "refused")


def _message(error: JourneyproofError) -> str:
    """The error's own words, and its cause where they do not tell it."""
    words, cause = str(error), error.__cause__
    if error.exit_code == Exit.CRASHED and cause is not None and str(cause) not in words:
        return f"{words}: {type(cause).__name__}: {cause}"
    return words


def _where(error: BaseException) -> str:
    """The innermost line of ours that the error passed."""
    package = Path(__file__).parents[1]
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if package in Path(frame.filename).parents]
    if not ours:
        return ""
    return f" ({Path(ours[-1].filename).relative_to(package.parent).as_posix()}:{ours[-1].lineno})"
