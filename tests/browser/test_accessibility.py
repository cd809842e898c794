"""What axe-core finds: nothing serious on any page, light and dark, on a desk and on a phone; nothing sticks out."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from simulator.model.data import data_folder
from tests.browser.conftest import DESKTOP, INCIDENTS, PHONE, Browse, Reports
from tests.browser.keyboard import unfold

REPORTS = pytest.mark.xdist_group("browser")
STUDIO = pytest.mark.xdist_group("browser-studio")
pytestmark = pytest.mark.browser

AXE = data_folder("reports") / "viewer" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
# The mails are in frames that may do nothing, so axe cannot look into them; they are not ours to judge here.
RUN = """async (colours) => {
  const only = colours ? { runOnly: ["color-contrast"] } : {};
  const found = await axe.run(document, { iframes: false, preload: false, resultTypes: ["violations"], ...only });
  const where = (nodes) => nodes.map((node) => node.html.slice(0, 200));
  return found.violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, where: where(nodes) }));
}"""


def judged(page: Page, *, colours: bool = False) -> list[dict[str, Any]]:
    """What is wrong on the page, in the theme and the width that it has."""
    found = page.evaluate(RUN, colours)
    return [each for each in found if each["impact"] in SERIOUS]


def inspect(page: Page) -> None:
    """Nothing serious on the page, in either theme and at either width; on a phone, nothing to scroll sideways for."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    problems = {}
    for width, height in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            # Only colours differ between the themes.
            problems[f"{width} {scheme}"] = judged(page, colours=scheme == "dark")
    assert {look: found for look, found in problems.items() if found} == {}
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


@REPORTS
@pytest.mark.parametrize("tab", ["story", "checks", "timing", "journeys", "pressure", "results", "raw"])
def test_every_tab_of_a_report(browse: Browse, reports: Reports, tab: str) -> None:
    page, _ = browse(f"{reports.all}#v=contact-flood/{INCIDENTS['contact-flood']}&t={tab}", bypass_csp=True)
    expect(page.get_by_role("tabpanel").first).to_be_visible()
    unfold(page)
    inspect(page)


@REPORTS
@pytest.mark.parametrize("panel", ["message", "line", "data"])
def test_every_detail_of_an_event(browse: Browse, reports: Reports, panel: str) -> None:
    page, _ = browse(f"{reports.of('late-birthday')}#v=late-birthday/one-day-incident&p={panel}", bypass_csp=True)
    expect(page.get_by_role("tab", selected=True).nth(1)).to_be_visible()
    inspect(page)


@REPORTS
def test_the_list_of_everything(browse: Browse, reports: Reports) -> None:
    page, _ = browse(reports.all, bypass_csp=True)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    inspect(page)


@STUDIO
def test_the_studio(browse: Browse, studio: str) -> None:
    page, _ = browse(studio, bypass_csp=True)
    expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    unfold(page)
    inspect(page)


@STUDIO
def test_the_studio_while_it_compares_and_asks(browse: Browse, studio: str) -> None:
    page, _ = browse(studio, bypass_csp=True)
    expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    page.get_by_role("switch", name="The automation stands still").first.uncheck()
    page.get_by_role("button", name="Compare A | B").click()
    expect(page.get_by_role("region", name="What is different in B").get_by_role("button").first).to_be_visible()
    inspect(page)
    for dialog in ("Save as test", "Keys"):
        page.get_by_role("button", name=dialog).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        inspect(page)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
