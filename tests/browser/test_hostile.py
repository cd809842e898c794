"""A hostile corpus runs nothing, fetches nothing and leads nowhere, in a report and in the studio.

Mails are shown in frames that may do nothing, under a policy that lets nothing be loaded. The proof is a server that
counts connections: there are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from simulator import load, rehearse
from simulator.model.data import data_folder
from simulator.model.loading import discover
from simulator.reporting.html import html_report
from simulator.running import result_file
from tests.browser import hostile
from tests.browser.conftest import Browse, Reports, studio_in

REPORTS = pytest.mark.xdist_group("browser")
STUDIO = pytest.mark.xdist_group("browser-studio")
pytestmark = pytest.mark.browser

NEVER = "base, object, embed, form[action], meta[http-equiv=refresh], iframe:not([sandbox])"
TABS = ("Story", "Checks", "Timing", "Journeys", "Pressure and consents", "Results", "Raw")


@pytest.fixture
def url() -> Iterator[str]:
    """Where the corpus wants to go. Nobody must have come."""
    with hostile.canary() as (address, server):
        yield address
        assert server.connections == 0


def result_of(folder: Path, url: str) -> dict[str, Any]:
    file = hostile.project(folder, url)
    [source] = discover([file], data_folder("scenarios"), folder)
    return result_file([rehearse(load(source, variant, seed=1)) for variant in source.variants])


def unharmed(page: Page) -> None:
    """Nothing of the corpus ran, and the page is still ours."""
    assert page.evaluate("typeof window.__pwned") == "undefined"
    assert page.evaluate("document.querySelectorAll('script:not([id])').length") == 1
    assert (
        page.evaluate("document.querySelectorAll('base, object, embed, form[action], meta[http-equiv=refresh]').length")
        == 0
    )
    for frame in page.locator("iframe").all():
        expect(frame).to_have_attribute("sandbox", "")


def press_what_is_in(page: Page) -> None:
    """Click on everything in the mail that looks as if it led anywhere."""
    frame = page.frame_locator("iframe")
    for words in ("script link", "web link", "data link", "all over the page"):
        link = frame.get_by_text(words).first
        if link.count():
            link.click(force=True)
    page.locator("iframe").click(position={"x": 30, "y": 30})
    page.keyboard.press("Enter")


def look_at_everything(page: Page) -> None:
    """Open every tab of a report, every detail of an event, and every look at a message."""
    for tab in TABS:
        here = page.get_by_role("tab", name=tab, exact=tab != "Checks")
        if not here.count():
            continue
        here.click()
        expect(here).to_have_attribute("aria-selected", "true")
        unharmed(page)
    page.get_by_role("tab", name="Story").click()
    for kind in ("Why", "Line", "Data"):
        page.get_by_role("tab", name=kind, exact=True).click()
        unharmed(page)
    page.get_by_role("tab", name=re.compile("^Messages?$")).click()
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options.first).to_be_visible()
    for place in range(options.count()):
        options.nth(place).click()
        expect(page.get_by_role("article")).to_be_visible()
        if page.get_by_role("tab", name="As it looks").count():
            if page.get_by_role("button", name="Draw it all the same").count():
                page.get_by_role("button", name="Draw it all the same").click()
            expect(page.frame_locator("iframe").get_by_text("before")).to_be_visible()
            press_what_is_in(page)
        for look in ("Text", "Source"):
            if page.get_by_role("tab", name=look, exact=True).count():
                page.get_by_role("tab", name=look, exact=True).click()
                unharmed(page)


@REPORTS
def test_the_corpus_bites_where_nothing_holds_it(browser: Browser) -> None:
    page = browser.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.evaluate("Object.defineProperty(window, '__pwned', { get() {}, set() { console.log('bitten'); } })")
    with hostile.canary() as (address, server):
        with page.expect_console_message(lambda message: message.text == "bitten"):
            page.set_content(hostile.mail(address), wait_until="commit")
        page.close()
        assert server.connections > 0


@REPORTS
def test_a_report_of_hostile_documents(browse: Browse, tmp_path: Path, url: str) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(html_report(result_of(tmp_path, url)))
    page, _ = browse(file.as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text("rehearsals")
    unharmed(page)
    page.get_by_role("link", name="Engine down").click()
    expect(page.get_by_text("<script>").first).to_be_visible()
    look_at_everything(page)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@REPORTS
def test_a_report_of_a_result_that_is_hostile_in_every_text(
    browse: Browse, reports: Reports, tmp_path: Path, url: str
) -> None:
    file = tmp_path / "report.html"
    whole = hostile.poisoned(reports.result, url)
    file.write_bytes(html_report(whole))
    page, _ = browse(file.as_uri())
    rows = page.get_by_role("main").get_by_role("heading", level=3).get_by_role("link")
    expect(rows).to_have_count(10)
    unharmed(page)
    rows.nth(8).click()
    expect(page.get_by_role("tablist", name="Parts of this report")).to_be_visible()
    look_at_everything(page)


@STUDIO
def test_the_studio_of_hostile_documents(browse: Browse, tmp_path: Path, url: str) -> None:
    hostile.project(tmp_path, url)
    with studio_in(tmp_path) as (address, _):
        page, _ = browse(f"{address}#target=hostile/hostile&variant=engine-down&customer=ada")
        inbox = page.get_by_role("listbox", name="Messages, newest first")
        expect(inbox.get_by_role("option").first).to_be_visible()
        expect(page.get_by_role("combobox", name="How it goes")).to_have_value("engine-down")
        page.get_by_role("slider", name="Point in time").press("End")
        for place in range(inbox.get_by_role("option").count()):
            inbox.get_by_role("option").nth(place).click()
            expect(page.get_by_role("article")).to_be_visible()
            if page.get_by_role("tab", name="As it looks").count():
                expect(page.frame_locator("iframe").get_by_text("before")).to_be_visible()
                press_what_is_in(page)
            unharmed(page)
        for group in page.locator("details > summary").all():
            group.click()
        unharmed(page)
        page.get_by_role("switch", name="The automation stands still").first.uncheck()
        page.get_by_role("button", name="Compare A | B").click()
        different = page.get_by_role("region", name="What is different in B").get_by_role("button")
        expect(different.first).to_be_visible()
        different.first.click()
        unharmed(page)
        page.get_by_role("button", name="Save as test").click()
        page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("dialog").get_by_text(re.compile("^journeyproof run"))).to_be_visible()
        unharmed(page)
