"""What an installed journeyproof is: which files the wheel carries, and that it runs with no checkout in sight."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.model import data
from simulator.words.errors import JourneyproofError

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

SHIPPED = (*(name for name in data.FOLDERS if name != "reports"), "reports/README.md", "reports/viewer.html")

# One worker builds the wheel once.
pytestmark = pytest.mark.xdist_group("wheel")


@dataclass(frozen=True)
class Installed:
    """A fresh environment into which the wheel was installed, and an empty folder to stand in."""

    python: Path
    site: Path
    empty: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        command = [str(self.python), "-I", *arguments]
        return subprocess.run(command, cwd=self.empty, env=environment, capture_output=True, text=True, check=False)

    def succeed(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--python"]
    subprocess.run([*install, str(python), str(wheel)], check=True)
    paths = {"base": str(folder / "venv"), "platbase": str(folder / "venv")}
    site = Path(sysconfig.get_path("purelib", "venv", paths))
    # The dependencies are borrowed from this environment. A path named in a .pth file is searched last and its own
    # .pth files are not read, so the checkout stays out of sight.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    empty = folder / "empty"
    empty.mkdir()
    return Installed(python, site, empty)


def files_of_the_checkout() -> set[str]:
    """What git tracks, or would if everything were added, by the name the wheel gives it.

    Of the reports only the built page ships: its source and the gallery are for those who have the checkout.
    """
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run([*command, "simulator", *SHIPPED], cwd=ROOT, check=True, capture_output=True, text=True)
    names = [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    return {name if name.startswith("simulator/") else f"simulator/_data/{name}" for name in names}


def test_the_wheel_carries_package_and_data_and_nothing_else(wheel: Path) -> None:
    facts = f"{PROJECT['name']}-{PROJECT['version']}.dist-info"
    about = {f"{facts}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")}
    with zipfile.ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if not name.endswith("/")}
    assert carried - about == files_of_the_checkout()
    assert about <= carried


def test_the_installed_package_knows_its_version(installed: Installed) -> None:
    assert PROJECT["version"] in installed.succeed("-m", "simulator", "--version")


def test_the_installed_package_lists_the_shipped_scenarios(installed: Installed) -> None:
    listed = installed.succeed("-m", "simulator", "list")
    shipped = [path.name.removesuffix(".scenario.yaml") for path in (ROOT / "scenarios").rglob("*.scenario.yaml")]
    missing = [name for name in sorted(shipped) if name not in listed]
    assert not missing


def test_the_installed_package_leaves_an_empty_folder_empty(installed: Installed) -> None:
    installed.succeed("-m", "simulator", "list")
    assert not list(installed.empty.iterdir())


def test_the_console_command_is_installed(installed: Installed) -> None:
    command = installed.python.with_name("journeyproof")
    done = subprocess.run([str(command), "--version"], cwd=installed.empty, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert PROJECT["version"] in done.stdout


@pytest.mark.parametrize("name", data.FOLDERS)
def test_data_lies_in_the_package_once_installed(installed: Installed, name: str) -> None:
    program = f"from simulator.model.data import data_folder; print(data_folder({name!r}))"
    assert Path(installed.succeed("-c", program).strip()) == (installed.site / "simulator" / "_data" / name).resolve()


@pytest.mark.parametrize("name", data.FOLDERS)
def test_data_is_the_checkouts_own_in_a_checkout(name: str) -> None:
    assert data.data_folder(name) == ROOT / name


def test_an_unknown_data_folder_is_refused_with_the_known_ones() -> None:
    with pytest.raises(JourneyproofError, match="unknown data folder 'persona': there are scenarios, fixtures"):
        data.data_folder("persona")


def test_a_foreign_package_of_the_same_name_is_named_with_the_remedy(installed: Installed) -> None:
    check = "from simulator.model.data import refuse_foreign_package as check; check()"
    assert installed.succeed("-c", check) == ""
    foreign = installed.site / "simulator-0.0.3.dist-info"
    foreign.mkdir()
    (foreign / "METADATA").write_text("Metadata-Version: 2.1\nName: simulator\nVersion: 0.0.3\n", encoding="utf-8")
    try:
        refused = installed.run("-c", check)
        listed = installed.run("-m", "simulator", "list")
    finally:
        (foreign / "METADATA").unlink()
        foreign.rmdir()
    assert "JourneyproofError: the distribution 'simulator' 0.0.3 is installed over journeyproof" in refused.stderr
    assert "pip uninstall simulator" in refused.stderr
    assert listed.returncode == 2
    assert "Traceback" not in listed.stderr
    assert "pip uninstall simulator" in listed.stdout + listed.stderr
