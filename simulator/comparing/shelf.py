"""The folder in which baselines stand: reading all of it, and what accepting a result would write there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.comparing.baseline import SUFFIX, baseline_path, written
from simulator.comparing.facts import Case, Snapshot
from simulator.comparing.parsing import parsed
from simulator.words.errors import InvalidDocuments, Place, Problem, UsageError

Kept = dict[str, Case]
"""Baselines by the file that holds them, relative to the folder, with forward slashes."""


@dataclass(frozen=True)
class Accepted:
    """What becomes of one baseline: `state` is new, changed, same or gone; of what is gone there is no text."""

    file: str
    state: str
    text: str = ""
    case: Case | None = None


def read_baselines(place: Path) -> Snapshot:
    """The baselines of a folder, or of one file. Raises InvalidDocuments for damaged ones, UsageError for none."""
    files = _files(place)
    if not files:
        raise UsageError(f"{place}: there are no baselines. Write some with 'journeyproof baseline accept'.")
    cases: list[Case] = []
    problems: list[Problem] = []
    for file in files:
        try:
            cases.append(parsed(_text(file), file.as_posix()))
        except InvalidDocuments as error:
            problems += error.problems
    if problems:
        raise InvalidDocuments(problems)
    _refuse_twins(cases, files)
    return Snapshot(tuple(cases), "baseline", whole=False)


def accepted(cases: Sequence[Case], folder: Path, ran: Iterable[tuple[str, str]] | None) -> list[Accepted]:
    """What accepting these cases does, in order of the files; nothing is written here, and nothing ever removed.

    `ran` are the families and scenarios that ran as a whole (None: everything did): a baseline of theirs without a case
    is gone.
    """
    rows: list[Accepted] = []
    now = {case.key: case for case in cases}
    for case in now.values():
        file, text = baseline_path(case), written(case)
        path = folder / file
        state = "new" if not path.exists() else "same" if path.read_bytes() == text.encode() else "changed"
        rows.append(Accepted(file.as_posix(), state, text, case))
    whole = None if ran is None else set(ran)
    for path in _files(folder):
        file_name = path.relative_to(folder).as_posix()
        if file_name in {row.file for row in rows}:
            continue
        try:
            case = parsed(_text(path), path.as_posix())
        except InvalidDocuments:
            # One that cannot be read is told when somebody compares with it.
            continue
        if case.key not in now and (whole is None or (case.family, case.name) in whole):
            rows.append(Accepted(file_name, "gone", case=case))
    return sorted(rows, key=lambda row: row.file)


def _files(place: Path) -> list[Path]:
    try:
        return [place] if place.is_file() else sorted(place.rglob(f"*{SUFFIX}"))
    except OSError as error:
        raise UsageError(f"{place}: cannot be read: {error.strerror}. Name a folder of baselines.") from error


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}. Name a baseline, or a folder of them.") from error
    except UnicodeDecodeError as error:
        # The column counts characters, and everything before the byte is UTF-8.
        before = error.object[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        message = (
            f"byte {error.object[error.start]:#04x} is not UTF-8. Run again and accept: 'journeyproof baseline accept'."
        )
        raise InvalidDocuments([Problem(Place(file.as_posix(), line, column), message)]) from error


def _refuse_twins(cases: Sequence[Case], files: Sequence[Path]) -> None:
    """Two files for one variant: nobody could tell which of them holds."""
    first: dict[tuple[str, str, str], Path] = {}
    for case, file in zip(cases, files, strict=True):
        other = first.setdefault(case.key, file)
        if other != file:
            message = f"'{case.label}' has a baseline already, {other.as_posix()}. Remove one of the two."
            raise InvalidDocuments([Problem(Place(file.as_posix()), message)])
