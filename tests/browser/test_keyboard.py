"""No mouse at all: everything is reached with Tab, arrows and letters, and one sees where one is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import INCIDENTS, PHONE, Browse, Reports
from tests.browser.keyboard import tab_to, unfold, walk

REPORTS = pytest.mark.xdist_group("browser")
STUDIO = pytest.mark.xdist_group("browser-studio")
pytestmark = pytest.mark.browser

TABS = ("story", "checks", "timing", "journeys", "pressure", "results", "raw")


def plot(page: Page) -> Locator:
    return page.get_by_role("group", name=re.compile(r"\d+ marks? between"))


@REPORTS
@pytest.mark.parametrize("tab", TABS)
def test_tab_reaches_everything_in_a_report_and_shows_where_one_is(browse: Browse, reports: Reports, tab: str) -> None:
    page, _ = browse(f"{reports.all}#v=contact-flood/{INCIDENTS['contact-flood']}&t={tab}&p=message")
    expect(page.get_by_role("tabpanel").first).to_be_visible()
    if tab == "story":
        expect(plot(page)).to_be_visible()
    unfold(page)
    assert walk(page) == ([], [])


@REPORTS
def test_tab_reaches_everything_in_the_list(browse: Browse, reports: Reports) -> None:
    page, _ = browse(reports.all)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert walk(page) == ([], [])


@STUDIO
@pytest.mark.parametrize("size", [(1280, 800), PHONE], ids=["desktop", "phone"])
def test_tab_reaches_everything_in_the_studio(browse: Browse, studio: str, size: tuple[int, int]) -> None:
    page, _ = browse(studio, size)
    expect(page.get_by_role("listbox").get_by_role("option").first).to_be_attached()
    expect(plot(page)).to_be_visible()
    assert walk(page) == ([], [])


@REPORTS
def test_a_report_is_read_without_a_mouse(browse: Browse, reports: Reports) -> None:
    page, _ = browse(reports.all)
    search = page.get_by_role("searchbox", name="Search")
    tab_to(page, search, most=8)
    page.keyboard.type("camille")
    variant = page.get_by_role("link", name="One day incident")
    tab_to(page, variant)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("One day incident")
    tab_to(page, plot(page))
    before = plot(page).get_attribute("aria-label") or ""
    page.keyboard.press("+")
    expect(plot(page)).not_to_have_attribute("aria-label", before)
    page.keyboard.press("0")
    expect(plot(page)).to_have_attribute("aria-label", re.compile("between Tue 1 Oct 2024"))
    said = page.get_by_role("region", name=re.compile("^Time line")).get_by_role("status").first
    first = said.inner_text()
    page.keyboard.press("k")
    expect(said).not_to_have_text(first)
    second = said.inner_text()
    page.keyboard.press("k")
    expect(said).not_to_have_text(second)
    page.keyboard.press("j")
    expect(said).to_have_text(second)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=3, name=second.split(": ", 1)[1])).to_be_visible()
    tab_to(page, page.get_by_role("tab", name="Why", exact=True))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name=re.compile("^Messages?$"))).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Data", exact=True)).to_have_attribute("aria-selected", "true")
    tab_to(page, page.get_by_role("tab", name="Story"), key="Shift+Tab")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", level=2, name="Checks")).to_be_visible()
    page.keyboard.press("Home")
    tab_to(page, page.get_by_role("link", name="All rehearsals"), key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("All 10 rehearsals")


@REPORTS
def test_skipping_leads_to_the_report_itself(browse: Browse, reports: Reports) -> None:
    page, _ = browse(reports.of("late-birthday"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    tab_to(page, page.get_by_role("link", name="Skip to the report"), most=2)
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
