"""The database that Tryton starts from: made once by Tryton's own `trytond-admin`, then copied for each run.

It holds the activated modules and nothing else. It is kept in the user's cache, under a name that tells the versions of
Tryton's packages and the content of our module, and made under a lock, so that runs side by side make it once.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from simulator.backends.processes import Process
from simulator.words.errors import BackendFailed, NotInstalled

NAME: Final = "journeyproof"
"""The name of the database, and of our module in it."""
PACKAGES: Final = (
    "trytond", "trytond-country", "trytond-marketing", "trytond-marketing-automation", "trytond-party",
    "trytond-web-shortener",
)  # fmt: skip
"""The packages whose versions the prepared database depends on."""
PATIENCE: Final = 300
"""Seconds that the making of it may take; on an idle machine it takes about ten."""
_ADMIN: Final = "from trytond.cli.admin import main; main()"
_NOBODY: Final = "admin@example.org"
_MODULE: Final = Path(__file__).with_name("module")


def prepared() -> Path:
    """The file of the prepared database. The first caller makes it. Raises NotInstalled and BackendFailed."""
    folder = _cache()
    database = folder / f"{_label()}.sqlite"
    if database.exists():
        return database
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{database.stem}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not database.exists():
            _make(database)
    return database


def installed() -> str:
    """The version of trytond. Raises NotInstalled."""
    try:
        return {package: version(package) for package in PACKAGES}["trytond"]
    except PackageNotFoundError as error:
        raise NotInstalled(
            f"Tryton needs the package {error.name}, which is not installed: pip install 'journeyproof[tryton]'"
        ) from None


def _cache() -> Path:
    stated = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(stated) if stated else Path.home() / ".cache") / "journeyproof"


def _label() -> str:
    """`tryton-8.2.1-4f0c2d9a11`: what stands behind the version tells the other packages and our module."""
    release = installed()
    content = sha256(repr([(package, version(package)) for package in PACKAGES]).encode())
    for file in sorted(_MODULE.iterdir()):
        if file.suffix in (".py", ".cfg", ".xml"):
            content.update(file.name.encode() + file.read_bytes())
    return f"tryton-{release}-{content.hexdigest()[:10]}"


def _make(database: Path) -> None:
    """Make it in a folder of its own, and put it in its place whole."""
    with TemporaryDirectory(dir=database.parent, prefix="making-") as temporary:
        folder = Path(temporary)
        raw = folder / f"{NAME}.sqlite"
        raw.touch()
        secret = folder / "password"
        secret.write_text("nobody logs in to this database\n", encoding="utf-8")
        configuration = folder / "trytond.conf"
        configuration.write_text(f"[database]\nuri = sqlite://\npath = {folder}\n", encoding="utf-8")
        words = ["-c", str(configuration), "-d", NAME, "-u", NAME, "--activate-dependencies", "--email", _NOBODY]
        environment = {"TRYTONPASSFILE": str(secret), "TZ": "UTC"}
        with Process([sys.executable, "-c", _ADMIN, *words], name="trytond-admin", environment=environment) as admin:
            if not admin.wait(PATIENCE) or admin.returncode:
                raise BackendFailed(f"Tryton's database could not be made: trytond-admin {admin.cause()}")
        shutil.move(raw, folder / "whole")
        (folder / "whole").replace(database)
