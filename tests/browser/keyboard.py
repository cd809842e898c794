"""Going through a page with the keyboard alone: where Tab leads, and whether one sees where one is."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

STOPS = """() => {
  const stops = "a[href], button, input, select, textarea, summary, iframe, [tabindex]";
  const seen = [...document.querySelectorAll(stops)].filter((each) => {
    if (each.tabIndex < 0 || each.disabled || !each.checkVisibility({ visibilityProperty: true })) return false;
    if (each.type === "radio" && !each.checked) return false;
    return each.tagName !== "SUMMARY" || each.parentElement.tagName === "DETAILS";
  });
  seen.forEach((each, place) => { each.dataset.stop = place; });
  return seen.map((each) => each.outerHTML.slice(0, 160));
}"""
HERE = """() => {
  const here = document.activeElement;
  if (!here || here === document.body || !("stop" in here.dataset)) return null;
  const style = getComputedStyle(here);
  const near = [style, getComputedStyle(here.closest("label") ?? here)];
  const ring = near.some((one) => one.outlineStyle !== "none" && parseFloat(one.outlineWidth) >= 2);
  // Inside of a frame the browser itself marks where one is.
  return [Number(here.dataset.stop), ring || here.tagName === "IFRAME"];
}"""
UNFOLD = """async () => {
  document.querySelectorAll("details:not([open])").forEach((each) => { each.open = true; });
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


def unfold(page: Page) -> None:
    """Open whatever is folded away, and wait until it was drawn."""
    page.evaluate(UNFOLD)


def walk(page: Page) -> tuple[list[str], list[str]]:
    """Press Tab through the whole page: what it never reaches, and where one does not see that one is there."""
    for frame in page.locator("iframe").all():
        # A frame is a stop only once its mail is in it.
        frame.content_frame.locator("body[tabindex]").wait_for(state="attached")
    stops = page.evaluate(STOPS)
    page.evaluate("document.activeElement?.blur(); document.body.tabIndex = -1; document.body.focus()")
    reached: dict[int, bool] = {}
    for _ in range(len(stops) + 10):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here is not None:
            # A date has several places for the focus, some of them with a mark of their own.
            reached[here[0]] = reached.get(here[0], False) or here[1]
        if len(reached) == len(stops):
            break
    missed = [stop for place, stop in enumerate(stops) if place not in reached]
    return missed, [stops[place] for place, seen in reached.items() if not seen]


def tab_to(page: Page, target: Locator, most: int = 120, key: str = "Tab") -> None:
    """Press Tab until something has the focus."""
    for _ in range(most):
        page.keyboard.press(key)
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{most} times {key} do not lead to {target}")
