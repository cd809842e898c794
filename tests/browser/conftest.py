"""What the tests in a browser share: Debian's chromium, pages that are watched, the reports, and a studio.

Chromium is started for each module and stopped after it: Playwright keeps an event loop running in the thread of the
tests, and no other test should find it there. Tests of reports and tests of the studio are two groups, so that at most
two workers own a chromium.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from simulator import discover, load, rehearse
from simulator.reporting.html import html_report
from simulator.running import result_file
from tests.browser.watching import Watch

SEED = 42
CROWD = 500
SLOWEST = 20_000
"""What a machine with both cores busy may take for one step, in milliseconds."""
DESKTOP = (1280, 800)
PHONE = (390, 844)
AS_IT_SHOULD = "as-it-should-have-gone"
INCIDENTS = {
    "delayed-delivery": "mis-ticked-flag",
    "contact-flood": "no-cap-by-e-mail",
    "after-purchase-silence": "deaf-channel",
    "expired-coupon": "missing-link",
    "late-birthday": "one-day-incident",
}
"""The five incidents, each in the variant in which it goes as it happened; the flood among nine people."""

expect.set_options(timeout=SLOWEST)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    chromium = shutil.which("chromium")
    assert chromium, "there is no chromium: run 'make engines'"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


Browse = Callable[..., tuple[Page, Watch]]
"""Opens a page: `browse(address, size=DESKTOP, hold="", **settings)`. What matches `hold` is never answered."""


@pytest.fixture
def browse(browser: Browser) -> Iterator[Browse]:
    """Pages of fresh contexts. At the end, each must have been silent, and must have asked nobody anything."""
    opened: list[tuple[Any, Watch]] = []

    def start(address: str, size: tuple[int, int] = DESKTOP, hold: str = "", **settings: Any) -> tuple[Page, Watch]:
        given = {"timezone_id": "America/New_York", "locale": "en-GB", "reduced_motion": "reduce", **settings}
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **given)
        context.set_default_timeout(SLOWEST)
        if hold:
            context.route(hold, lambda _: None)
        watch = Watch(context, address)
        opened.append((context, watch))
        page = context.new_page()
        page.goto(address)
        return page, watch

    yield start
    for context, _ in opened:
        context.close()
    assert [line for _, watch in opened for line in watch.lines] == []


# ------------------------------------------------------------------------------------------------------- reports


@dataclass(frozen=True)
class Reports:
    """Reports on the disk: of each incident as it happened, and of all of them with how they should have gone."""

    folder: Path
    result: dict[str, Any]

    def of(self, family: str) -> str:
        """The address of the report of one incident."""
        return (self.folder / f"{family}.html").as_uri()

    @property
    def all(self) -> str:
        """The address of the report of everything."""
        return (self.folder / "all.html").as_uri()


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """The five incidents, as they happened and as they should have gone."""
    folder = tmp_path_factory.mktemp("reports")
    everything = []
    for family, variant in INCIDENTS.items():
        [source] = [found for found in discover([family]) if found.name == family]
        happened = rehearse(load(source, variant, seed=SEED))
        should = load(source, AS_IT_SHOULD, seed=SEED)
        # A crowd takes half a minute; the first of those who are named goes the same way without it.
        well = rehearse(should, only=next(iter(should.people)) if len(should.people) > CROWD else None)
        everything += [happened, well]
        (folder / f"{family}.html").write_bytes(html_report(result_file([happened], {"seed": SEED})))
    result = result_file(everything, {"seed": SEED})
    (folder / "all.html").write_bytes(html_report(result))
    return Reports(folder, result)


# -------------------------------------------------------------------------------------------------------- studio


@contextmanager
def studio_in(folder: Path) -> Iterator[tuple[str, Popen[str]]]:
    """`journeyproof studio` in a folder: the address that it prints, and its process."""
    command = [sys.executable, "-m", "simulator", "studio", "--no-browser", "--port", "0"]
    with Popen(command, cwd=folder, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield next(word for line in process.stdout for word in line.split() if word.startswith("http://")), process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except TimeoutExpired:
                process.kill()


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the studio was started: what is saved goes there."""
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="session")
def studio(project: Path) -> Iterator[str]:
    """The address of a studio, with its token."""
    with studio_in(project) as (address, _):
        yield address
