"""Make the gallery anew: a report of each of the five incidents, as it happened and as it should have gone; pictures.

    make gallery

The reports are the same on every machine; the pictures are those of the chromium and the fonts at hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired

from playwright.sync_api import Browser, Page, sync_playwright

from simulator import discover, load, rehearse
from simulator.reporting.html import html_report
from simulator.running import result_file

HERE = Path(__file__).parent
SEED = 42
INCIDENTS = {
    "delayed-delivery": "mis-ticked-flag",
    "contact-flood": "no-cap",
    "after-purchase-silence": "deaf-channel",
    "expired-coupon": "missing-link",
    "late-birthday": "one-day-incident",
}
"""The variant in which each of them goes as it happened."""
AS_IT_SHOULD = "as-it-should-have-gone"
WIDTHS = {"desktop": (1280, 1180), "wide": (1920, 1180), "phone": (390, 844)}


def main() -> None:
    """Write the reports, then look at each of them."""
    for family, variant in INCIDENTS.items():
        (HERE / f"{family}.html").write_bytes(_report(family, variant))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for family, variant in INCIDENTS.items():
            _picture(browser, family, variant, "desktop", "light")
        _picture(browser, "late-birthday", "one-day-incident", "phone", "light")
        _picture(browser, "expired-coupon", "missing-link", "desktop", "dark")
        _picture(browser, "expired-coupon", "missing-link", "desktop", "light", part="story")
        with _studio() as address:
            _studio_pictures(browser, address)
        browser.close()


def _report(family: str, variant: str) -> bytes:
    [source] = [found for found in discover([family]) if found.name == family]
    done = [rehearse(load(source, name, seed=SEED)) for name in (variant, AS_IT_SHOULD)]
    result = result_file(done, {"seed": SEED})
    # Wall time is the one thing that differs from run to run.
    result["timing"] = {"seconds": 0.0, "scenarios": [{**row, "seconds": 0.0} for row in result["timing"]["scenarios"]]}
    return html_report(result)


def _page(browser: Browser, width: str, scheme: str) -> Page:
    across, down = WIDTHS[width]
    context = browser.new_context(
        viewport={"width": across, "height": down},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        timezone_id="Europe/Rome",
        locale="en-GB",
    )
    return context.new_page()


def _picture(browser: Browser, family: str, variant: str, width: str, scheme: str, part: str = "") -> None:
    """The first screen of a report, or of its `story` the lanes."""
    page = _page(browser, width, scheme)
    page.goto((HERE / f"{family}.html").as_uri())
    page.get_by_role("link", name=variant.replace("-", " ")).or_(page.locator(f"a[href*='{variant}']")).first.click()
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_timeout(400)
    if part:
        page.locator(".lanes").first.screenshot(path=HERE / f"{family}-{part}-{scheme}.png")
    else:
        page.screenshot(path=HERE / f"{family}-{width}-{scheme}.png")
    page.context.close()


@contextmanager
def _studio() -> Iterator[str]:
    command = [str(Path(sys.executable).with_name("journeyproof")), "studio", "--no-browser", "--port", "0"]
    with Popen(command, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
        finally:
            process.terminate()
            try:
                process.wait(10)
            except TimeoutExpired:
                process.kill()


def _studio_pictures(browser: Browser, address: str) -> None:
    for width, scheme in (("desktop", "light"), ("wide", "dark"), ("phone", "light")):
        page = _page(browser, width, scheme)
        page.goto(address)
        page.get_by_role("slider").first.wait_for()
        page.wait_for_timeout(1500)
        page.screenshot(path=HERE / f"studio-{width}-{scheme}.png")
        page.context.close()


if __name__ == "__main__":
    main()
