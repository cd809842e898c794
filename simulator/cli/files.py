"""Files the command writes: refused before the work begins, rather than lost after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.words.errors import UsageError


def writable(path: Path | None, option: str) -> None:
    """Make the folder a file will stand in. Raises UsageError where no file can be written."""
    if path is None:
        return
    if path.is_dir():
        raise UsageError(f"{option} {path}: that is a folder. Name a file in it.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(path, error) from error


def folder(path: Path, option: str) -> None:
    """Make a folder. Raises UsageError where none can be made."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{option} {path}: no folder can be made there: {error.strerror}. Name another.") from error


def write(path: Path, content: bytes) -> None:
    """Write a file, making its folder. Raises UsageError where the system refuses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise _refused(path, error) from error


def append(path: Path, text: str) -> None:
    """Add text to the end of a file. Raises UsageError where the system refuses."""
    try:
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise _refused(path, error) from error


def write_json(path: Path, document: Mapping[str, Any], indent: int | None = None) -> None:
    """Write a document as JSON in UTF-8: on one line unless it is for people, for indenting whole crowds doubles it."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    write(path, (text + "\n").encode("utf-8", "backslashreplace"))


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises UsageError that says where the file is broken."""
    try:
        document = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}. Name a file that 'run --json' wrote.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: byte {error.start} is not UTF-8. Name a file that 'run --json' wrote.") from error
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise UsageError(f"{place}: not JSON: {error.msg}. Name a file that 'run --json' wrote.") from error
    except (ValueError, RecursionError) as error:
        what = "nested too deep" if isinstance(error, RecursionError) else "a number in it is too long"
        raise UsageError(f"{path}: {what} to be read. Name a file that 'run --json' wrote.") from error
    if not isinstance(document, dict):
        raise UsageError(f"{path}: not a JSON object. Name a file that 'run --json' wrote.")
    return document


def _refused(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path}: cannot be written: {error.strerror}. Name a file in a folder of yours.")
