"""The studio: who, when, what if; compared, saved as a test that runs, and shared as a page."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from simulator.cli import execute
from tests.browser.conftest import PHONE, Browse, studio_in
from tests.browser.keyboard import tab_to

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-studio")]

ON_TIME = "Fri 14 Nov 2025 08:00"
LATE = "Sat 15 Nov 2025 08:07"
STANDS_STILL = "The automation stands still"


def clock(page: Page) -> Locator:
    return page.get_by_role("slider", name="Point in time")


def inbox(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Messages, newest first").first


def changes(page: Page) -> Locator:
    return page.get_by_role("group", name="Your changes").get_by_role("listitem")


def what_if(page: Page) -> Locator:
    return page.get_by_role("region", name="What if…")


def shows(page: Page, words: str) -> None:
    """The clock stands at an instant that is said in these words."""
    expect(clock(page)).to_have_attribute("aria-valuetext", re.compile(words))


@pytest.fixture
def page(browse: Browse, studio: str) -> Page:
    """The studio as it opens, once the story was played."""
    opened, _ = browse(studio)
    expect(clock(opened)).to_be_visible()
    expect(inbox(opened).get_by_role("option").first).to_be_visible()
    return opened


# --------------------------------------------------------------------------------------------------------- opening


def test_it_opens_on_a_story_that_happened_and_is_never_blank(browse: Browse, studio: str) -> None:
    for size in ((1280, 800), PHONE):
        page, _ = browse(studio, size)
        expect(page.get_by_role("heading", level=1)).to_have_text("What would this person receive, when, and why?")
        said = page.get_by_role("region", name="What came of it")
        expect(said).to_contain_text("22 h 7 min after the shop had opened on the birthday")
        expect(said.get_by_text("22 h 7 min")).to_be_in_viewport(ratio=1)
        expect(page.get_by_text("Nothing is sent.")).to_be_visible()
        expect(page.frame_locator("iframe").get_by_text("Bonjour Camille")).to_be_attached()
        assert "token" not in page.url


def test_what_is_drawn_first_says_what_is_going_on(browse: Browse, studio: str) -> None:
    page, _ = browse(studio, hold="**/api/*")
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    expect(page.get_by_text("Nothing is sent.")).to_be_visible()
    waiting = page.get_by_role("status").all_text_contents()
    assert {"Loading the stories", "Playing the story"} <= {words.strip(" …") for words in waiting}


def test_another_story_another_variant_another_person(page: Page) -> None:
    page.get_by_label("Story", exact=True).select_option("The promised extension")
    expect(page.get_by_role("region", name="What came of it")).to_contain_text("411 EUR instead of 149 EUR")
    page.get_by_label("How it goes").select_option("As it should have gone")
    people = page.get_by_role("group", name="Seen by").get_by_role("radio")
    expect(people).to_have_count(4)
    other = people.nth(1)
    other.check(force=True)
    given = (page.get_by_role("group", name="Seen by").locator("bdi").nth(1).inner_text()).split()[0]
    expect(page.get_by_role("heading", name=f"{given}’s inbox")).to_be_visible()
    expect(page.get_by_role("region", name="What came of it")).to_contain_text("It went well")


def test_a_link_opens_the_same_view_and_holds_no_token(page: Page, browse: Browse, studio: str) -> None:
    page.get_by_label("How it goes").select_option("As it should have gone")
    expect(page.get_by_role("region", name="What came of it")).to_contain_text("It went well")
    shows(page, "14 November 2025.*08:00")
    page.wait_for_url(re.compile("variant=as-it-should-have-gone.*at=2025-11-14T07"))
    assert "token" not in page.url
    other, _ = browse(f"{studio}#{page.url.split('#')[1]}")
    expect(other.get_by_role("region", name="What came of it")).to_contain_text("It went well")
    expect(clock(other)).to_have_attribute("aria-valuetext", clock(page).get_attribute("aria-valuetext") or "")


# ------------------------------------------------------------------------------------------------------------ when


def test_the_clock_is_moved_with_keys_and_with_the_mouse(page: Page) -> None:
    shows(page, "15 November 2025.*08:07|15 Nov 2025.*08:07")
    clock(page).focus()
    page.keyboard.press("Home")
    shows(page, "2024")
    expect(page.get_by_text("Nothing has come yet").first).to_be_visible()
    page.keyboard.press("End")
    expect(inbox(page).get_by_role("option")).to_have_count(2)
    before = clock(page).get_attribute("aria-valuetext")
    page.keyboard.press("ArrowLeft")
    expect(clock(page)).not_to_have_attribute("aria-valuetext", before or "")
    box = clock(page).bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    shows(page, "2025")
    expect(inbox(page).get_by_role("option")).to_have_count(1)
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    expect(inbox(page).get_by_role("option")).to_have_count(2)


def test_the_steps_lead_from_message_to_message_and_from_day_to_day(page: Page) -> None:
    page.get_by_role("button", name="Previous message").click()
    shows(page, "14 Nov\\w* 2024.*08:00")
    expect(inbox(page).get_by_role("option")).to_have_count(1)
    page.get_by_role("button", name="+1 day").click()
    shows(page, "15 Nov\\w* 2024.*08:00")
    page.get_by_role("button", name="−1 day").click()
    shows(page, "14 Nov\\w* 2024.*08:00")
    page.get_by_role("button", name="Next message").click()
    shows(page, "15 Nov\\w* 2025.*08:07")
    page.get_by_label("Go to the day").fill("2025-06-07")
    shows(page, "7 Jun\\w* 2025")
    page.get_by_role("button", name="Month", exact=True).click()
    expect(page.get_by_role("button", name="Month", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text(re.compile("May 2025 .* – .*Jun 2025")).first).to_be_visible()


def test_playing_goes_from_moment_to_moment_until_it_is_stopped(page: Page) -> None:
    clock(page).focus()
    page.keyboard.press("Home")
    start = clock(page).get_attribute("aria-valuetext") or ""
    page.get_by_role("button", name="Play", exact=True).click()
    expect(clock(page)).not_to_have_attribute("aria-valuetext", start)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_why_and_why_not_are_told_of_what_is_chosen(page: Page) -> None:
    why = page.get_by_role("region", name=re.compile("^Why did Camille get this"))
    expect(why).to_contain_text("The automation was down from Fri 14 Nov 2025 07:55")
    page.get_by_label("Story", exact=True).select_option("The flood")
    page.get_by_label("How it goes").select_option("As it should have gone")
    absent = inbox(page).get_by_role("option", name="Not sent")
    expect(absent.first).to_be_visible()
    absent.first.click()
    expect(page.get_by_role("region", name=re.compile("not get this"))).to_be_visible()


# --------------------------------------------------------------------------------------------------------- what if


def found(page: Page, words: str) -> None:
    page.get_by_role("searchbox", name="Find something to change").fill(words)


def test_every_group_of_what_if_changes_the_story(page: Page) -> None:
    found(page, "lives in")
    what_if(page).get_by_label("Lives in", exact=True).select_option("Tokyo")
    expect(changes(page)).to_have_count(1)
    expect(inbox(page)).to_contain_text(ON_TIME)
    found(page, "opens messages")
    what_if(page).get_by_role("slider", name="Opens messages").press("End")
    expect(changes(page)).to_have_count(2)
    found(page, "stands still")
    what_if(page).get_by_role("switch", name=STANDS_STILL).first.uncheck()
    expect(changes(page)).to_have_count(3)
    found(page, "quiet hours")
    what_if(page).get_by_role("switch", name="Quiet hours", exact=True).check()
    expect(changes(page)).to_have_count(4)
    found(page, "begins at")
    what_if(page).get_by_label("Birthday offer: begins at").fill("10:30")
    page.keyboard.press("Enter")
    expect(changes(page)).to_have_count(5)
    expect(inbox(page)).to_contain_text("10:30")
    expect(page.get_by_role("status").filter(has_text="Answered in")).to_be_visible()
    page.get_by_role("button", name="Reset all").click()
    expect(changes(page)).to_have_count(0)
    expect(inbox(page)).to_contain_text(LATE)


def test_a_change_is_told_and_undone(page: Page) -> None:
    fault = what_if(page).get_by_role("switch", name=STANDS_STILL).first
    fault.uncheck()
    expect(changes(page)).to_have_count(1)
    expect(inbox(page)).to_contain_text(ON_TIME)
    expect(page.get_by_role("region", name="What came of it")).not_to_contain_text("22 h 7 min")
    changes(page).get_by_role("button", name=re.compile("^Undo")).click()
    expect(changes(page)).to_have_count(0)
    expect(fault).to_be_checked()
    expect(page.get_by_role("region", name="What came of it")).to_contain_text("22 h 7 min")
    expect(inbox(page)).to_contain_text(LATE)


def test_something_more_is_done(page: Page) -> None:
    found(page, "does something more")
    what_if(page).get_by_role("button", name="Camille does something more").click()
    what_if(page).get_by_role("combobox", name="What", exact=True).select_option("Message marked as spam")
    what_if(page).get_by_role("button", name="Add").click()
    expect(changes(page)).to_have_count(1)
    expect(changes(page)).to_contain_text("Camille")


def test_what_cannot_be_is_told_at_its_field(page: Page) -> None:
    found(page, "name")
    name = what_if(page).get_by_label("Name", exact=True)
    name.fill("x" * 5000)
    name.press("Enter")
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.get_by_role("alert").first).not_to_be_empty()


def test_a_and_b_are_compared_in_sentences(page: Page) -> None:
    what_if(page).get_by_role("switch", name=STANDS_STILL).first.uncheck()
    expect(changes(page)).to_have_count(1)
    page.get_by_role("button", name="Compare A | B").click()
    different = page.get_by_role("region", name="What is different in B")
    expect(different.get_by_role("button").first).to_be_visible()
    expect(different).to_contain_text("offer")
    inboxes = page.get_by_role("listbox", name="Messages, newest first")
    expect(inboxes).to_have_count(2)
    different.get_by_role("button").first.click()
    clock(page).focus()
    page.keyboard.press("End")
    expect(inboxes.first).to_contain_text(LATE)
    expect(inboxes.last).to_contain_text(ON_TIME)
    page.get_by_label("is", exact=False).and_(page.locator("#compare-a")).select_option("As it should have gone")
    expect(page.get_by_role("heading", name=re.compile("^A: As it should have gone"))).to_be_visible()
    page.get_by_role("button", name="Stop comparing").click()
    expect(inboxes).to_have_count(1)


# ------------------------------------------------------------------------------------------------ saved and shared


def test_what_is_saved_as_a_test_runs_and_passes(page: Page, project: Path) -> None:
    what_if(page).get_by_role("switch", name=STANDS_STILL).first.uncheck()
    expect(inbox(page)).to_contain_text(ON_TIME)
    page.get_by_role("button", name="Save as test").click()
    dialog = page.get_by_role("dialog", name="Save as test")
    dialog.get_by_label("Name").fill("Camille, on time!")
    expect(dialog).to_contain_text("camille-on-time")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_text("scenarios/saved/camille-on-time.scenario.yaml", exact=True)).to_be_visible()
    command = dialog.get_by_text(re.compile("^journeyproof run ")).inner_text()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    assert (project / "scenarios" / "saved" / "camille-on-time.scenario.yaml").is_file()
    words = shlex.split(command)
    assert words[:2] == ["journeyproof", "run"]
    run = [sys.executable, "-m", "simulator", *words[1:]]
    done = subprocess.run(run, cwd=project, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    page.get_by_role("button", name="Save as test").click()
    dialog.get_by_label("Name").fill("camille-on-time")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("nothing is overwritten")


def test_what_is_shared_is_a_report_that_opens_without_the_studio(page: Page, browse: Browse, tmp_path: Path) -> None:
    with page.expect_download() as download:
        page.get_by_role("button", name="Share as HTML").click()
    file = tmp_path / "shared.html"
    download.value.save_as(file)
    assert download.value.suggested_filename.endswith(".html")
    report, _ = browse(file.as_uri())
    expect(report.get_by_text("22 h 7 min").first).to_be_in_viewport()
    expect(page.get_by_role("status").filter(has_text="Saved as")).to_be_visible()


# ------------------------------------------------------------------------------------------------- when it cannot


def test_a_server_that_went_away_is_told_and_what_was_there_stays(browse: Browse, tmp_path: Path) -> None:
    with studio_in(tmp_path) as (address, process):
        page, watch = browse(address)
        watch.expects(r"^console error: Failed to load resource: net::ERR_CONNECTION_REFUSED")
        expect(inbox(page).get_by_role("option").first).to_be_visible()
        process.terminate()
        process.wait(10)
        what_if(page).get_by_role("switch", name=STANDS_STILL).first.uncheck()
        alert = page.get_by_role("alert").first
        expect(alert).to_contain_text("The studio does not answer")
        expect(alert).to_contain_text("start it again with journeyproof studio")
        expect(inbox(page).get_by_role("option").first).to_be_visible()
        page.get_by_role("button", name="Try again").click()
        expect(alert).to_contain_text("The studio does not answer")


def test_a_story_that_is_broken_hides_no_other(browse: Browse, tmp_path: Path) -> None:
    assert execute(["init", str(tmp_path / "project")]) == 0
    stories = tmp_path / "project" / "scenarios"
    whole = (stories / "welcome" / "welcome.scenario.yaml").read_text(encoding="utf-8")
    lacking = whole.replace("A welcome after a late sign-up", "Lacking").replace("[welcome]", "[nowhere]")
    (stories / "welcome" / "a-lacking.scenario.yaml").write_text(lacking, encoding="utf-8")
    (stories / "malformed.scenario.yaml").write_text("scenario: [\n", encoding="utf-8")
    with studio_in(tmp_path / "project") as (address, _):
        page, _ = browse(address)
        expect(inbox(page).get_by_role("option").first).to_contain_text("Welcome, Anna")
        page.get_by_text("1 file cannot be read").click()
        expect(page.get_by_text("malformed.scenario.yaml:")).to_be_visible()
        story = page.get_by_role("combobox", name="Story")
        story.select_option(label="Lacking")
        expect(page.get_by_role("alert").first).to_contain_text("There is no journey 'nowhere'")
        expect(page.get_by_text("Welcome, Anna")).to_have_count(0)
        story.select_option(label="A welcome after a late sign-up")
        expect(inbox(page).get_by_role("option").first).to_contain_text("Welcome, Anna")


def test_a_wrong_token_says_what_to_do(browse: Browse, studio: str) -> None:
    page, watch = browse(studio + "wrong")
    watch.expects(r"^console error: Failed to load resource: the server responded with a status of 401")
    expect(page.locator("body")).to_contain_text("Open the address that the studio printed")


# ---------------------------------------------------------------------------------------------------- keyboard only


def test_everything_is_done_without_a_mouse(page: Page) -> None:
    tab_to(page, page.get_by_role("link", name="Skip to the clock"), most=3)
    page.keyboard.press("Enter")
    expect(clock(page)).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("j")
    page.keyboard.press("j")
    shows(page, "2024")
    page.keyboard.press("k")
    page.keyboard.press("End")
    tab_to(page, inbox(page))
    page.keyboard.press("ArrowDown")
    expect(inbox(page).get_by_role("option").nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    tab_to(page, what_if(page).get_by_role("switch", name=STANDS_STILL).first, key="Shift+Tab")
    page.keyboard.press("Space")
    expect(inbox(page)).to_contain_text(ON_TIME)
    tab_to(page, page.get_by_role("button", name="Compare A | B"), key="Shift+Tab")
    page.keyboard.press("Enter")
    different = page.get_by_role("region", name="What is different in B").get_by_role("button").first
    expect(different).to_be_visible()
    tab_to(page, different)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Save as test"), key="Shift+Tab")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Save as test")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Save as test")).to_be_focused()
    expect(page.get_by_role("button", name="Keys")).to_be_visible()


def test_the_letters_can_be_turned_off(page: Page) -> None:
    page.get_by_role("button", name="Keys").click()
    page.get_by_role("checkbox", name="J and K work anywhere").uncheck()
    page.keyboard.press("Escape")
    before = clock(page).get_attribute("aria-valuetext") or ""
    page.keyboard.press("k")
    expect(clock(page)).to_have_attribute("aria-valuetext", before)
    page.get_by_role("button", name="Previous message").click()
    expect(clock(page)).not_to_have_attribute("aria-valuetext", before)
