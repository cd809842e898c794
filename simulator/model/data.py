"""Where the shipped data lies, and whether this package is the one that was meant.

Scenarios, fixtures and reports are folders of the checkout; the wheel carries them under `simulator/_data/`. Nothing
else in the program builds a path to either.
"""

from __future__ import annotations

import sys
import tomllib
from importlib import metadata
from pathlib import Path

from simulator.words.errors import JourneyproofError

FOLDERS = ("scenarios", "fixtures", "reports")
"""The data folders that ship, by the name they have in a checkout."""

_PACKAGE = Path(__file__).resolve().parents[1]
_DISTRIBUTION = "journeyproof"


def data_folder(name: str) -> Path:
    """Return the absolute path of one shipped data folder, `name` being one of `FOLDERS`.

    It is the checkout's own folder when the package lies in a checkout, else the copy inside the installed package.
    Raises `JourneyproofError` for an unknown name and for an installation that has lost its data.
    """
    if name not in FOLDERS:
        raise JourneyproofError(f"unknown data folder '{name}': there are {', '.join(FOLDERS)}")
    checkout = _PACKAGE.parent
    folder = checkout / name if _is_checkout(checkout) else _PACKAGE / "_data" / name
    if not folder.is_dir():
        raise JourneyproofError(
            f"{folder}: the shipped folder '{name}' is missing; "
            f"install it again: pip install --force-reinstall {_DISTRIBUTION}"
        )
    return folder


def refuse_foreign_package() -> None:
    """Raise `JourneyproofError` when files of another package called `simulator` stand among or before ours.

    An unrelated distribution of that name exists. Installed into the same environment the two write the same folder,
    so the later one wins file by file, and what fails then fails far from its cause.
    """
    ours = _PACKAGE / "__init__.py"
    imported = getattr(sys.modules.get("simulator"), "__file__", None)
    if imported is not None and Path(imported).resolve() != ours:
        raise JourneyproofError(_foreign(f"the package 'simulator' was imported from {imported}, not from {ours}"))
    try:
        other = metadata.distribution("simulator")
    except metadata.PackageNotFoundError:
        return
    if Path(str(other.locate_file("simulator"))).resolve() == _PACKAGE:
        raise JourneyproofError(
            _foreign(f"the distribution 'simulator' {other.version} is installed over {_DISTRIBUTION} in {_PACKAGE}")
        )


def _foreign(fact: str) -> str:
    return (
        f"{fact}; it is an unrelated package of the same name, and only one of them can be used in one environment: "
        f"pip uninstall simulator, then pip install --force-reinstall {_DISTRIBUTION}"
    )


def _is_checkout(folder: Path) -> bool:
    """Tell whether `folder` is a checkout of this project: its pyproject.toml says the name, so nobody else's does."""
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
    return bool(project.get("project", {}).get("name") == _DISTRIBUTION)
