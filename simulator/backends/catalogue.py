"""What engines there are here: which are installed, in which version, and how to get the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydantic import BaseModel


@dataclass(frozen=True)
class Listing:
    """One backend as `journeyproof backends` shows it.

    `needs` are the parts it is made of, each with its version, or None where it is missing; `how_to_get` is the command
    that installs what is missing, empty where nothing is.
    """

    name: str
    summary: str
    needs: tuple[tuple[str, str | None], ...] = ()
    how_to_get: str = ""

    @property
    def installed(self) -> bool:
        """True when nothing that it needs is missing."""
        return all(found is not None for _, found in self.needs)


Probe = Callable[[], str | None]


def _package(name: str) -> str | None:
    """The version of an installed Python package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _faketime() -> str | None:
    from simulator.backends.program.faketime import library

    found = library()
    return None if found is None else found.name


def _node() -> str | None:
    from simulator.backends.node_red.finding import node_version

    return node_version()


def _node_red() -> str | None:
    from simulator.backends.node_red.finding import node_red_version

    return node_red_version()


def documents() -> dict[str, type[BaseModel]]:
    """The kinds of documents that backends bring along, by their first key: the model of each."""
    from simulator.backends.program.document import ProgramOf
    from simulator.backends.tryton.definitions import NativeDefinition

    return {"backend": ProgramOf, "tryton": NativeDefinition}


PACKAGES: Final[dict[str, tuple[str, ...]]] = {
    "tryton": ("trytond", "trytond-marketing-automation", "time-machine", "aiosmtpd"),
    "celery": ("celery", "aiosmtpd"),
    "apscheduler": ("apscheduler", "aiosmtpd"),
    "django": ("django", "aiosmtpd"),
    "http": ("httpx", "jsonschema", "starlette", "uvicorn"),
}
"""The Python packages of each extra."""
SUMMARIES: Final = {
    "reference": "the automation as this project understands it, in memory",
    "tryton": "Tryton's marketing automation, in a process of its own",
    "node-red": "Node-RED, unmodified, in virtual time",
    "celery": "Celery tasks with countdown, ETA, retry and beat",
    "apscheduler": "jobs of APScheduler 3",
    "django": "any management command of Django, run at intervals",
    "http": "any program behind the HTTP protocol: --backend http://127.0.0.1:PORT",
}
"""What each backend is, in a few words."""


def catalogue() -> list[Listing]:
    """Every backend that can be named, in the order in which they are shown."""
    return [_listing(name) for name in SUMMARIES]


def _listing(name: str) -> Listing:
    needs = tuple((package, _package(package)) for package in PACKAGES.get(name, ()))
    missing = [package for package, found in needs if found is None]
    how = f"pip install 'journeyproof[{name}]'" if missing else ""
    if name == "node-red":
        needs = (
            ("faketime", _faketime()),
            ("node", _node()),
            ("node-red", _node_red()),
            ("aiosmtpd", _package("aiosmtpd")),
        )
        how = _how_to_get_node_red(dict(needs))
    return Listing(name, SUMMARIES[name], needs, how)


def _how_to_get_node_red(needs: dict[str, str | None]) -> str:
    from simulator.backends.node_red.finding import HOW_TO_GET

    debian = [package for package, part in (("faketime", "faketime"), ("nodejs npm", "node")) if needs[part] is None]
    steps = [f"apt-get install {' '.join(debian)}"] if debian else []
    if needs["node-red"] is None:
        steps.append(HOW_TO_GET)
    if needs["aiosmtpd"] is None:
        steps.append("pip install 'journeyproof[mail]'")
    return " && ".join(steps)
