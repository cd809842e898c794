"""A report, opened from the disk: what went wrong is told at once, and everything behind it can be found."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from simulator.model.data import data_folder
from simulator.reporting.html import html_report
from tests.browser.conftest import DESKTOP, INCIDENTS, PHONE, Browse, Reports

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DECISIVE = {
    "delayed-delivery": ["Alberto Rinaldi", "2 days 7 h before", "27 Aug 2025 09:20"],
    "contact-flood": ["9 people", "45 of 72"],
    "after-purchase-silence": ["Giulia Conti", "never classified", "2 days 3 h"],
    "expired-coupon": ["Maria Ferri", "411 EUR", "149 EUR"],
    "late-birthday": ["Camille Moreau", "22 h 7 min", "15 Nov 2025 08:07"],
}
"""What somebody must have read before touching anything."""
CAMILLE = "Time line of Camille Moreau"


def timeline(page: Page, name: str = CAMILLE) -> Locator:
    return page.get_by_role("region", name=name)


def plot(page: Page) -> Locator:
    return page.get_by_role("group", name=re.compile(r"\d+ marks? between"))


def stretch(page: Page) -> str:
    """The stretch of time that is looked at, in words."""
    found = re.search(r"between (.*)\. The table", plot(page).get_attribute("aria-label") or "")
    assert found
    return found[1]


def axis(page: Page) -> list[str]:
    return plot(page).locator(".axis text").all_text_contents()


def zooms(page: Page, before: str) -> str:
    """Wait until another stretch is looked at than before, and tell which."""
    expect(plot(page)).not_to_have_attribute("aria-label", re.compile(re.escape(before)))
    return stretch(page)


@pytest.fixture
def birthday(browse: Browse, reports: Reports) -> Page:
    page, _ = browse(reports.of("late-birthday"))
    expect(plot(page)).to_be_visible()
    return page


# ------------------------------------------------------------------------------------------------- what one sees first


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_went_wrong_is_read_before_anything_is_touched(
    browse: Browse, reports: Reports, size: tuple[int, int]
) -> None:
    for number, (family, variant) in enumerate(INCIDENTS.items()):
        sentence = reports.result["scenarios"][2 * number]["headline"]["sentence"]
        for address in (reports.of(family), f"{reports.all}#v={family}/{variant}"):
            page, _ = browse(address, size)
            said = page.get_by_text(sentence, exact=True).first
            expect(said).to_be_in_viewport(ratio=1)
            expect(page.get_by_text(re.compile("went wrong$")).first).to_be_in_viewport(ratio=1)
            assert [word for word in DECISIVE[family] if word not in said.inner_text()] == []
            page.context.close()


def test_the_verdict_over_everything_stands_first(browse: Browse, reports: Reports) -> None:
    page, _ = browse(reports.all)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("All 10 rehearsals came out as expected: 5 of them go wrong, as they were written to.")
    expect(heading).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("Simulated people. Nothing was sent.")).to_be_visible()


# --------------------------------------------------------------------------------------------------------- the list


def test_the_list_is_filtered_by_word_story_and_verdict(browse: Browse, reports: Reports) -> None:
    page, _ = browse(reports.all)
    rows = page.get_by_role("main").get_by_role("heading", level=3).get_by_role("link")
    expect(rows).to_have_count(10)
    page.get_by_role("searchbox", name="Search").fill("411 eur")
    expect(rows).to_have_text(["Missing link"])
    page.get_by_role("searchbox", name="Search").fill("")
    page.get_by_label("Story").select_option("Late birthday")
    expect(rows).to_have_text(["One day incident", "As it should have gone"])
    page.get_by_label("Verdict").select_option("went wrong")
    expect(rows).to_have_text(["One day incident"])
    page.get_by_role("checkbox", name="only what is not as expected").check()
    expect(rows).to_have_count(0)
    page.get_by_role("button", name="Show all").click()
    expect(rows).to_have_count(10)


def test_a_variant_opens_and_the_back_button_leads_back(browse: Browse, reports: Reports) -> None:
    page, _ = browse(reports.all)
    page.get_by_role("link", name="Missing link", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Missing link")
    expect(page).to_have_title(re.compile("missing-link"))
    page.get_by_role("tab", name="Checks").click()
    expect(page.get_by_role("heading", level=2, name="Checks")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("tab", name="Story")).to_have_attribute("aria-selected", "true")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("All 10 rehearsals")
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("Missing link")
    page.get_by_role("link", name="All rehearsals").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("All 10 rehearsals")


def test_a_cause_leads_to_the_customer_at_the_moment(browse: Browse, reports: Reports) -> None:
    page, _ = browse(reports.all)
    causes = page.get_by_role("region", name="What went wrong, by cause")
    causes.get_by_role("link", name="See Camille Moreau, Fri 14 Nov 2025 10:00").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One day incident")
    expect(timeline(page)).to_be_visible()
    expect(page.get_by_role("region", name=re.compile("anniversaire” reached Camille"))).to_be_visible()


def test_customers_are_searched_and_those_with_a_broken_rule_are_found(browse: Browse, reports: Reports) -> None:
    page, _ = browse(f"{reports.all}#v=after-purchase-silence/{INCIDENTS['after-purchase-silence']}")
    list_ = page.get_by_role("region", name="Customers")
    expect(list_.get_by_role("button")).to_have_count(4)
    customers = page.get_by_role("complementary", name="Customers")
    customers.get_by_label("Show").select_option("with a broken rule")
    expect(list_.get_by_role("button", name="broken").first).to_be_visible()
    expect(list_.get_by_role("button", name="fine")).to_have_count(0)
    customers.get_by_label("Show").select_option("everybody shown")
    customers.get_by_role("searchbox").fill("fabio")
    list_.get_by_role("button", name="Fabio Greco").click()
    expect(timeline(page, "Time line of Fabio Greco")).to_be_visible()


# --------------------------------------------------------------------------------------------------------- the lanes


def test_zooming_with_buttons_keys_drag_and_wheel_changes_the_axis(birthday: Page) -> None:
    page = birthday
    first, ticks = stretch(page), axis(page)
    assert first == "Thu 13 Nov 2025 12:45 and Sat 15 Nov 2025 19:21"
    page.get_by_role("button", name="Zoom in (+)").click()
    second = zooms(page, first)
    assert axis(page) != ticks
    plot(page).focus()
    page.keyboard.press("+")
    third = zooms(page, second)
    page.keyboard.press("ArrowRight")
    fourth = zooms(page, third)
    page.get_by_role("button", name="Zoom out (-)").click()
    zooms(page, fourth)
    page.get_by_role("button", name="All: the whole run (0)").click()
    expect(plot(page)).to_have_attribute("aria-label", re.compile("between Tue 1 Oct 2024 .* and .* Feb 2026|Mar 2026"))
    expect(page.get_by_role("button", name="All: the whole run (0)")).to_be_disabled()
    whole = stretch(page)
    page.get_by_role("button", name="Focus: what went wrong").click()
    assert zooms(page, whole) == first


def test_dragging_and_turning_the_wheel_zoom_where_the_mouse_is(birthday: Page) -> None:
    page = birthday
    before = stretch(page)
    plot(page).scroll_into_view_if_needed()
    box = plot(page).bounding_box()
    assert box
    middle = box["y"] + box["height"] * 0.6
    page.mouse.move(box["x"] + box["width"] * 0.25, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=4)
    page.mouse.up()
    brushed = zooms(page, before)
    assert brushed.startswith("Fri 14 Nov 2025 0")
    page.keyboard.down("Control")
    page.mouse.wheel(0, 240)
    page.keyboard.up("Control")
    zooms(page, brushed)


def test_an_event_that_is_picked_tells_why_it_happened(birthday: Page) -> None:
    page = birthday
    detail = page.get_by_role("region", name=re.compile("reached Camille"))
    chain = detail.get_by_role("list").first.get_by_role("listitem")
    expect(chain).to_have_count(3)
    expect(chain.last).to_contain_text("reached Camille")
    expect(detail.get_by_text("The automation was down from Fri 14 Nov 2025 07:55")).to_be_visible()
    chain.first.get_by_role("button").click()
    expect(page.get_by_role("region", name=re.compile("The automation sent Camille"))).to_be_visible()
    plot(page).locator("[data-mark]", has_text="question answered").first.click()
    expect(page.get_by_role("region", name=re.compile("question"))).to_contain_text("39 min too late")


def test_the_line_that_said_so_is_marked_in_its_document(birthday: Page) -> None:
    page = birthday
    page.get_by_role("tab", name="Line", exact=True).click()
    source = page.get_by_role("figure").first
    place = source.locator("figcaption code").inner_text()
    file, line = place.rsplit(":", 1)
    written = (data_folder("scenarios").parent / file).read_text(encoding="utf-8").split("\n")[int(line) - 1]
    marked = source.locator("[aria-current=true]")
    expect(marked).to_have_count(1)
    assert (marked.text_content() or "").removeprefix(line).rstrip("\n") == written


def test_the_mail_is_shown_in_a_frame_that_may_do_nothing(birthday: Page) -> None:
    page = birthday
    page.get_by_role("tab", name="Message", exact=True).click()
    frame = page.get_by_title("The e-mail as it looks")
    expect(frame).to_have_attribute("sandbox", "")
    expect(frame).to_have_attribute("referrerpolicy", "no-referrer")
    expect(page.frame_locator("iframe").get_by_text("Bonjour Camille")).to_be_visible()
    expect(page.frame_locator("iframe").get_by_alt_text("Code-barres", exact=False)).to_have_js_property(
        "complete", True
    )
    page.get_by_role("tab", name="Text", exact=True).click()
    expect(page.get_by_role("tabpanel").get_by_text("L’équipe de Maison Claire").first).to_be_visible()
    page.get_by_role("tab", name="Source", exact=True).click()
    expect(page.get_by_text("Subject: Camille, -30 %", exact=False).first).to_be_visible()


def test_a_link_opens_the_same_view(birthday: Page, browse: Browse) -> None:
    page = birthday
    plot(page).locator("[data-mark]", has_text="question answered").first.click()
    page.get_by_role("tab", name="Data", exact=True).click()
    page.get_by_role("button", name="Zoom in (+)").click()
    expect(page.get_by_role("tab", name="Data", exact=True)).to_have_attribute("aria-selected", "true")
    page.wait_for_url(re.compile("r=.*"))
    seen = stretch(page)
    other, _ = browse(page.url)
    expect(plot(other)).to_have_attribute("aria-label", re.compile(re.escape(seen)))
    expect(other.get_by_role("tab", name="Data", exact=True)).to_have_attribute("aria-selected", "true")
    expect(other.get_by_role("region", name=re.compile("question"))).to_be_visible()


# ---------------------------------------------------------------------------------------------------------- the tabs


def test_every_check_is_told_with_its_verdict_its_rule_and_its_place(browse: Browse, reports: Reports) -> None:
    page, _ = browse(f"{reports.all}#v=late-birthday/one-day-incident&t=checks")
    entry = next(found for found in reports.result["scenarios"] if found["variant"] == "one-day-incident")
    panel = page.get_by_role("tabpanel", name="Checks")
    for check in entry["checks"]:
        expect(panel.get_by_text(check["rule"], exact=True).first).to_be_visible()
        expect(panel.get_by_text(check["place"], exact=True).first).to_be_visible()
    broken = [check for check in entry["checks"] if check["outcome"] == "violated"]
    expect(panel.get_by_role("listitem").filter(has_text=re.compile(r"^\W*broken"))).to_have_count(len(broken))
    panel.get_by_role("link", name="See it").first.click()
    expect(timeline(page)).to_be_visible()


def twin(page: Page, name: str) -> Locator:
    """The table below a chart, opened."""
    page.get_by_text(name, exact=True).first.click()
    table = page.get_by_role("table").first
    expect(table).to_be_visible()
    return table


def test_every_chart_has_a_table_that_says_the_same(browse: Browse, reports: Reports) -> None:
    page, _ = browse(f"{reports.all}#v=contact-flood/{INCIDENTS['contact-flood']}")
    table = twin(page, "The same as a table")
    expect(table.get_by_role("columnheader", name="What happened")).to_be_visible()
    table.get_by_role("button", name="When").click()
    expect(table.get_by_role("columnheader", name="When")).to_have_attribute("aria-sort", re.compile("ascending|desc"))
    page.get_by_role("tab", name="Timing").click()
    expect(page.get_by_role("heading", level=2, name="Timing")).to_be_visible()
    expect(twin(page, "The same as a table").get_by_role("row").nth(1)).to_be_visible()
    page.get_by_role("tab", name="Journeys").click()
    expect(page.get_by_text(re.compile(r"steps? .*walked\.")).first).to_be_visible()
    steps = twin(page, "The steps as a table")
    expect(steps.get_by_role("columnheader", name="Times")).to_be_visible()
    page.get_by_role("tab", name="Pressure and consents").click()
    expect(page.get_by_role("heading", level=2, name="Pressure and consents")).to_be_visible()
    expect(twin(page, "The same as a table").get_by_role("columnheader", name="Day")).to_be_visible()
    page.get_by_role("tab", name="Results").click()
    expect(page.get_by_role("table").first).to_be_visible()
    page.get_by_role("tab", name="Raw").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download this variant only").click()
    taken = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert [entry["variant"] for entry in taken["scenarios"]] == [INCIDENTS["contact-flood"]]


def test_colours_can_be_chosen(browse: Browse, reports: Reports) -> None:
    page, _ = browse(reports.of("expired-coupon"), color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Colours: as the system").click()
    page.get_by_role("button", name="Colours: light").click()
    expect(page.get_by_role("button", name="Colours: dark")).to_be_visible()
    assert page.evaluate(ground) != light


# ------------------------------------------------------------------------------------------------- other results


def test_a_result_is_opened_by_hand_in_the_bare_page(browse: Browse, reports: Reports, tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text(json.dumps(reports.result), encoding="utf-8")
    page, _ = browse((data_folder("reports") / "viewer.html").as_uri())
    page.get_by_label("Result file").set_input_files(file)
    expect(page.get_by_role("heading", level=1)).to_contain_text("All 10 rehearsals")


def test_a_report_that_cannot_be_read_says_so(browse: Browse, reports: Reports, tmp_path: Path) -> None:
    page_text = Path(reports.folder / "late-birthday.html").read_text(encoding="utf-8")
    broken = tmp_path / "broken.html"
    broken.write_text(re.sub(r'(id="journeyproof-result">).{200}', r"\1", page_text), encoding="utf-8")
    page, _ = browse(broken.as_uri())
    expect(page.get_by_role("alert")).not_to_be_empty()


MANY = 50_000
OPENS_WITHIN = 10_000
ZOOMS_WITHIN = 1_500
MOST_TIMES_SLOWER = 40
"""Generous, because two cores may be busy with something else; a page that froze would need minutes."""
ZOOM_TIMES = """async () => {
  const button = (name) => [...document.querySelectorAll("button")].find((each) => each.ariaLabel?.startsWith(name));
  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const times = [];
  for (const name of ["Zoom in", "Zoom in", "Later", "Zoom out", "Zoom in", "Earlier", "Zoom in"]) {
    const begun = performance.now();
    button(name).click();
    await drawn();
    times.push(performance.now() - begun);
  }
  return times.sort((one, other) => one - other)[3];
}"""


def grown(result: dict[str, Any], many: int) -> dict[str, Any]:
    """The same result with so many events in the story of its one customer, spread over the whole run."""
    document = copy.deepcopy(result)
    [entry] = document["scenarios"]
    exhibit = entry["exhibits"][0]
    usual = [event for event in exhibit["events"] if event["name"] in ("Message Received", "Fact Arrived")]
    more = []
    for number in range(many - len(exhibit["events"])):
        minute = number * 14
        day, rest = divmod(minute, 1440)
        time = f"{2024 + (10 + day // 28 - 1) // 12}-{(9 + day // 28) % 12 + 1:02}-{day % 28 + 1:02}"
        stamp = f"{time}T{rest // 60:02}:{rest % 60:02}:00+01:00"
        more.append({**usual[number % len(usual)], "id": f"camille/x{number}", "time": stamp})
    exhibit["events"] = sorted([*exhibit["events"], *more], key=lambda event: str(event["time"])[:19])
    entry["events"] = many
    return document


def test_fifty_thousand_events_are_zoomed_without_freezing(browse: Browse, reports: Reports, tmp_path: Path) -> None:
    small = {**reports.result, "scenarios": [reports.result["scenarios"][-2]]}
    assert small["scenarios"][0]["variant"] == "one-day-incident"
    file = tmp_path / "many.html"
    file.write_bytes(html_report(grown(small, MANY)))
    page, _ = browse(reports.of("late-birthday"))
    expect(plot(page)).to_be_visible()
    page.get_by_role("button", name="All: the whole run (0)").click()
    usual = page.evaluate(ZOOM_TIMES)
    page, _ = browse(file.as_uri())
    expect(plot(page)).to_be_visible()
    assert page.evaluate("performance.now()") < OPENS_WITHIN
    expect(page.get_by_text("50,000 events").first).to_be_visible()
    page.get_by_role("button", name="All: the whole run (0)").click()
    many = page.evaluate(ZOOM_TIMES)
    assert many < ZOOMS_WITHIN
    assert many / max(usual, 16) < MOST_TIMES_SLOWER
    drawn = plot(page).locator("[data-mark]").count()
    assert drawn < 500, "marks that lie on one another are one mark with a number"
