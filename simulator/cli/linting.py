"""The command `lint`: what is wrong with messages and layouts though they can be sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simulator.cli.exits import Exit
from simulator.cli.selecting import discover, project
from simulator.model.data import data_folder
from simulator.model.loading.linting import KINDS, Linter, Placed
from simulator.reporting.plain import clean, counted
from simulator.reporting.screen import Screen


def lint(paths: Sequence[str], screen: Screen) -> Exit:
    """Print each finding as `file:line: sentence`; NOT_AS_EXPECTED if one of them is an error.

    PATHS are files or folders of messages and layouts, or whatever `run` takes; without any, the scenarios here and
    every message beside them.
    """
    shipped = data_folder("scenarios").parent
    linter = Linter(shipped, project())
    scenarios = [path for path in paths if not _documents(Path(path)) or _holds_scenarios(Path(path))]
    for path in paths or [str((project() or shipped) / "fixtures")]:
        for file in _documents(Path(path)):
            linter.file(file)
    if scenarios or not paths:
        for source in discover(scenarios, engines=not paths):
            linter.scenario(source)
    found = linter.found()
    for finding in found:
        screen.verbatim(_line(finding))
    errors = sum(finding.severity == "error" for finding in found)
    advice = len(found) - errors
    said = f"{counted(errors, 'error')} and {advice} of advice" if found else "nothing to complain of"
    screen.line((f"{counted(linter.documents, 'document')}: {said}", "dim"))
    return Exit.NOT_AS_EXPECTED if errors else Exit.AS_EXPECTED


def _line(finding: Placed) -> str:
    advice = "" if finding.severity == "error" else "advice: "
    return f"{clean(finding.place.file)}:{finding.place.line}: {advice}{clean(finding.sentence)}"


def _documents(path: Path) -> list[Path]:
    """The messages and layouts that a word of the command line means, if it is a path to some."""
    if path.is_file():
        return [path] if path.name.endswith(tuple(f".{kind}.yaml" for kind in KINDS)) else []
    return sorted(file for kind in KINDS for file in path.rglob(f"*.{kind}.yaml")) if path.is_dir() else []


def _holds_scenarios(path: Path) -> bool:
    return path.is_dir() and next(path.rglob("*.scenario.yaml"), None) is not None
