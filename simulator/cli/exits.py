"""What the command returns. docs/command-line.md shows this table, and a test compares the two."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of `journeyproof`."""

    AS_EXPECTED = 0
    NOT_AS_EXPECTED = 1
    USAGE = 2
    CRASHED = 3
    STUCK = 4
    NOTHING = 5
    DRIFT = 6
    INTERRUPTED = 130
    READER_GONE = 141


MEANINGS: dict[Exit, str] = {
    Exit.AS_EXPECTED: "every verdict is as expected",
    Exit.NOT_AS_EXPECTED: "a verdict is not as expected (with --strict also: vacuous or unsupported)",
    Exit.USAGE: "wrong usage, or an invalid file",
    Exit.CRASHED: "a backend, a check or a plugin crashed",
    Exit.STUCK: "stuck, or a limit was reached",
    Exit.NOTHING: "nothing ran, or everything was unsupported or vacuous",
    Exit.DRIFT: "something differs from the baseline, and no verdict became worse",
    Exit.INTERRUPTED: "interrupted from the keyboard",
    Exit.READER_GONE: "whoever read the output has gone (a broken pipe)",
}
"""Each exit code in words."""

PRECEDENCE = (
    *(Exit.USAGE, Exit.CRASHED, Exit.STUCK, Exit.NOT_AS_EXPECTED),
    *(Exit.NOTHING, Exit.DRIFT, Exit.AS_EXPECTED),
)
"""When several things happened in one run, the first of these that did is returned."""


def first(codes: Iterable[int]) -> Exit:
    """The exit code of a run in which several things happened."""
    found = set(codes)
    return next((code for code in PRECEDENCE if code in found), Exit.CRASHED)
