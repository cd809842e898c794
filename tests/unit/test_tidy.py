"""The design, kept by tests: who may import whom, what may not be asked, how long things may be, what files say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest

import simulator
from tests.unit import tidy

ROOT = Path(__file__).resolve().parents[2]
REPEATABLE = [part for part, layer in tidy.LAYERS.items() if layer <= 3]
HEAVY = ("numpy", "simpy", "faker", "pydantic", "pytest", "hypothesis")
# Modules of layers 0 to 3 that have to ask the real clock all the same, and the reason.
REAL_TIME: dict[str, str] = {
    "simulator/running/rehearsal.py": "how long a rehearsal took on this machine: told under `timing` alone",
    "simulator/backends/application/mailing.py": "runs in a child, which is told the sinks in its environment",
    "simulator/backends/django/engine.py": "runs in a child, which is told the sinks in its environment",
    "simulator/backends/http/calls.py": "how long to wait for another process, and the token for it",
    "simulator/backends/http/serving.py": "the token that callers must show",
    "simulator/backends/node_red/finding.py": "where Node-RED is installed on this machine",
    "simulator/backends/processes.py": "how long to wait for a process to end, and what it inherits",
    "simulator/backends/program/faketime.py": "libfaketime is told the time as an offset from the real clock",
    "simulator/backends/program/quiescence.py": "for how long a process has really been quiet",
    "simulator/backends/program/shim/sitecustomize.py": "wakes the sleepers of a Python program under libfaketime",
    "simulator/backends/tryton/database.py": "Tryton is configured in the environment of its child",
    "simulator/backends/tryton/module/automation.py": "runs inside Tryton, whose clock is held",
}


def repository_files() -> list[Path]:
    """Every file that is tracked, or would be if everything were added."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted({ROOT / name for name in names if name and (ROOT / name).is_file()})


def python_files(*folders: str) -> list[Path]:
    roots = [ROOT / folder for folder in folders]
    return [path for path in repository_files() if path.suffix == ".py" and any(root in path.parents for root in roots)]


def module_name(path: Path) -> str:
    """`simulator.model.log` for a module; a package is named like a module in it, so that `from .` means itself."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def said(path: Path, problems: Iterable[str]) -> Iterator[str]:
    return (f"{path.relative_to(ROOT)}: {problem}" for problem in problems)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_imports_go_downwards() -> None:
    modules = [path for path in python_files("simulator") if path != ROOT / "simulator" / "__init__.py"]
    assert modules
    found = [line for path in modules for line in said(path, tidy.layer_problems(text_of(path), module_name(path)))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("module", "line", "complaint"),
    [
        ("simulator.checks.declare", "from simulator.world.people import Person", "sibling"),
        ("simulator.model.log", "import simulator.running.loop", "upwards"),
        ("simulator.words.clock", "from simulator import model", "upwards"),
        ("simulator.words.clock", "from ..model import log", "upwards"),
        ("simulator.world.people", "from simulator import run", "roof"),
        ("simulator.extras.thing", "import json", "has no layer"),
    ],
)
def test_an_import_that_does_not_go_downwards_is_seen(module: str, line: str, complaint: str) -> None:
    assert complaint in "".join(tidy.layer_problems(line, module))


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("simulator.running.loop", "from simulator.world import environment\nfrom simulator.checks import declare"),
        ("simulator.running.__init__", "from .loop import run"),
        ("simulator.model.results", "from simulator import __version__"),
        ("simulator.cli", "from simulator import run"),
    ],
)
def test_an_import_that_goes_downwards_is_not_complained_of(module: str, line: str) -> None:
    assert not list(tidy.layer_problems(line, module))


def test_nothing_that_makes_a_log_asks_the_clock_or_chance() -> None:
    files = python_files(*(f"simulator/{part}" for part in REPEATABLE))
    files += [path for part in REPEATABLE if (path := ROOT / "simulator" / f"{part}.py").is_file()]
    assert files
    exempt = {ROOT / name for name in REAL_TIME}
    asks = {path: list(tidy.chance_problems(text_of(path))) for path in files}
    found = [line for path, problems in asks.items() if path not in exempt for line in said(path, problems)]
    found += [line for path in files for line in said(path, tidy.order_problems(text_of(path)))]
    found += [f"{path.relative_to(ROOT)}: needs no exemption any more" for path in exempt if not asks.get(path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\nnow = datetime.now()",
        "import datetime as dt\nnow = dt.date.today()",
        "import time as t\nt.monotonic()",
        "from uuid import uuid4\nfield(default_factory=uuid4)",
        "import random\nrandom.shuffle(people)",
        "from random import choice\nchoice(people)",
        "import random\nrandom.Random()",
        "import numpy as np\nnp.random.seed(3)",
        "import numpy as np\nnp.random.default_rng()",
        "from whenever import Instant\nInstant.now()",
        "import os\nos.environ['SEED']",
        "key = hash(name)",
    ],
)
def test_a_question_to_clock_or_chance_is_seen(source: str) -> None:
    assert list(tidy.chance_problems(source))


@pytest.mark.parametrize(
    "source",
    [
        "import random\nrandom.Random(seed).shuffle(people)",
        "import numpy as np\nnp.random.Generator(np.random.PCG64(seed)).random()",
        "from datetime import date\ndate.fromisoformat(text)",
        "class Key:\n    def __hash__(self):\n        return hash(self.name)",
        "self.random.choice(people)",
    ],
)
def test_what_can_be_repeated_is_not_complained_of(source: str) -> None:
    assert not list(tidy.chance_problems(source))


@pytest.mark.parametrize(
    "source",
    [
        "for x in {1, 2}: pass",
        "[x for x in set(names)]",
        "{x: 1 for x in names | set(others)}",
        "list(frozenset(names))",
        "', '.join({name for name in names})",
        "def f(names: frozenset[str]):\n    for name in names: pass",
        "def f(rows):\n    seen = {row.key for row in rows}\n    return tuple(seen)",
        "for path in folder.rglob('*.yaml'): pass",
    ],
)
def test_a_walk_in_no_certain_order_is_seen(source: str) -> None:
    assert list(tidy.order_problems(source))


@pytest.mark.parametrize(
    "source",
    [
        "for x in sorted({1, 2}): pass",
        "any(x.late for x in set(names))",
        "{x.key for x in set(names)}",
        "sorted(x.key for x in set(names))",
        "names = sorted(folder.rglob('*.yaml'))",
        "def f(names: list[str]):\n    for name in names: pass",
    ],
)
def test_a_walk_whose_order_is_certain_or_does_not_matter_is_not_complained_of(source: str) -> None:
    assert not list(tidy.order_problems(source))


def test_modules_and_functions_are_short() -> None:
    files = python_files("simulator", "tests")
    found = [line for path in files for line in said(path, tidy.size_problems(text_of(path), 500, 60))]
    assert not found, "\n".join(found)


def test_no_file_names_a_machine_or_a_registry() -> None:
    found: list[str] = []
    for path in repository_files():
        # The reader that knows the patterns has to spell them.
        if path != Path(tidy.__file__):
            try:
                text = path.read_bytes().decode("utf-8")
            except UnicodeDecodeError:
                continue
            found += said(path, tidy.machine_paths(text))
    assert not found, "\n".join(found)


def test_public_names_are_those_on_the_list() -> None:
    golden = text_of(Path(__file__).with_name("public_names.txt")).split()
    assert list(simulator.__all__) == golden
    missing = [name for name in golden if not hasattr(simulator, name)]
    assert not missing, f"in simulator.__all__ but not to be had: {missing}"
    assert set(golden) <= set(dir(simulator))


@pytest.mark.parametrize("call", ["import simulator", "from simulator.cli import main; main()"])
def test_the_command_answers_without_loading_what_it_does_not_need(call: str) -> None:
    program = f"""
import atexit, sys
sys.argv = ["journeyproof", "--help"]
heavy = {HEAVY!r}
atexit.register(lambda: print("LOADED", *(name for name in heavy if name in sys.modules)))
{call}
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split() == ["LOADED"]


def test_links_between_pages_lead_somewhere() -> None:
    pages = [path for path in repository_files() if path.suffix == ".md"]
    assert pages
    found = [line for page in pages for line in said(page, broken_links(page))]
    assert not found, "\n".join(found)


def broken_links(page: Path) -> Iterator[str]:
    for link in tidy.markdown_links(text_of(page)):
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        if not target.exists():
            yield f"link to '{link}', which is not there"
        elif anchor and target.suffix == ".md" and anchor not in tidy.markdown_anchors(text_of(target)):
            yield f"link to '{link}': no heading there has that anchor"


def test_the_changelog_keeps_its_form() -> None:
    lines = text_of(ROOT / "CHANGELOG.md").splitlines()
    assert lines[0] == "# Changelog"
    releases = [line for line in lines if line.startswith("## ")]
    assert releases[0] == "## [Unreleased]"
    dated = [re.fullmatch(r"## \[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)", line) for line in releases[1:]]
    assert all(dated), "a release reads '## [1.2.3] - 2026-01-31'"
    keys = [((int(m[1]), int(m[2]), int(m[3])), date.fromisoformat(m[4])) for m in dated if m]
    assert keys == sorted(keys, reverse=True)
    kinds = {line.removeprefix("### ") for line in lines if line.startswith("### ")}
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    after = {
        line: following for line, following in zip(lines, [*lines[1:], ""], strict=True) if line.startswith("### ")
    }
    assert all(following == "" for following in after.values()), "a blank line follows each heading"
