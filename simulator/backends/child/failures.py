"""What goes wrong in a child process, as plain data, and the same error again in the parent."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path
from typing import Any

from simulator.words.errors import (
    BackendFailed,
    ClockTurnedBack,
    JourneyproofError,
    NotInstalled,
    NotQuiescent,
    Refusal,
    Unsupported,
    UsageError,
)

TOLD: dict[str, type[JourneyproofError]] = {
    error.__name__: error for error in (BackendFailed, ClockTurnedBack, NotInstalled, NotQuiescent, UsageError)
}
"""The errors with a sentence that are the same in the parent."""
LONGEST = 2_000
"""The part of an engine's own message that is told."""

_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
_OURS = str(Path(__file__).resolve().parents[2])
_BACKENDS = Path(__file__).resolve().parents[1]
# What merely carries the calls has no part in any failure.
_CARRIERS = ("<", *(str(_BACKENDS / name) for name in ("child", "session.py", "answers.py")))


def failure_to_wire(error: BaseException) -> dict[str, Any]:
    """The error that a call ended with, as plain data."""
    if isinstance(error, Unsupported):
        refusals = [
            (_text(getattr(each, "line", "")), _text(getattr(each, "sentence", each))) for each in error.refusals
        ]
        if refusals:
            return {"kind": "Unsupported", "refusals": refusals}
        return {"kind": "Raised", "message": f"it raised Unsupported, and refuses nothing by name{_place(error)}"}
    for kind, known in TOLD.items():
        if type(error) is known:
            return {"kind": kind, "message": _text(error)}
    if isinstance(error, JourneyproofError):
        return {"kind": "BackendFailed", "message": _text(error)}
    if isinstance(error, SystemExit):
        return {"kind": "Raised", "message": f"it called sys.exit({error.code!r}){_place(error)}"}
    said = error.msg if isinstance(error, SyntaxError) and error.filename else error
    message = f"{type(error).__qualname__}: {_text(said)}".removesuffix(": ")
    return {"kind": "Raised", "message": f"{message}{_place(error)}"}


def failure_from_wire(told: object, name: str, call: str) -> JourneyproofError:
    """The error again, of the backend `name` in a call such as `advance`.

    Raises KeyError, TypeError and ValueError for what is no error in plain data.
    """
    if not isinstance(told, dict):
        raise TypeError(told)
    kind = told["kind"]
    if kind == "Unsupported":
        return Unsupported([Refusal(str(line), str(sentence)) for line, sentence in told["refusals"]])
    message = str(told["message"])
    if kind in ("NotQuiescent", "ClockTurnedBack") or (kind == "NotInstalled" and call):
        return TOLD[kind](str(failed(name, call, message)))
    if kind == "NotInstalled" or (kind == "UsageError" and not call):
        return TOLD[kind](message)
    return failed(name, call, message)


def failed(name: str, call: str, cause: str) -> BackendFailed:
    """The sentence of a backend that failed in a call, or before it could be called."""
    where = f"failed in {call}" if call else "could not be made"
    return BackendFailed(f"the backend '{name}' {where}: {cause}")


def _text(value: object) -> str:
    try:
        text = str(value)
    except Exception as further:  # noqa: BLE001  the engine's own __str__ may raise anything
        text = f"its message cannot be told: {type(further).__name__}"
    # What is no Unicode cannot be written down anywhere.
    return text[:LONGEST].encode("utf-8", "backslashreplace").decode("utf-8")


def _place(error: BaseException) -> str:
    """Where in the engine's own code it was raised: ` (engine.py:12)`."""
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({_shown(error.filename)}:{error.lineno})"
    theirs = [frame for frame in frames if not frame.filename.startswith((_OURS, "<", *_LIBRARIES))]
    # Where nothing but libraries and our adapters took part, the last of them says most.
    others = [frame for frame in frames if not frame.filename.startswith(_CARRIERS)]
    for frame in reversed(theirs or others):
        return f" ({_shown(frame.filename)}:{frame.lineno})"
    return ""


def _shown(filename: str) -> str:
    path = Path(filename)
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else filename
