"""One pass over pages that gathers what is wrong with each: accessibility, contrast, width, keyboard."""

import os
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.watching import wait_for_htmx

PHONE = {"width": 400, "height": 800}
# Tables and code inside of what users and models wrote are theirs.
CONTEXT = {
    "exclude": [[f"{place} {part}"] for place in (".body", ".prose", ".turn") for part in ("table", "pre")]
}
ALL_RULES = {"resultTypes": ["violations"]}
CONTRAST = {**ALL_RULES, "runOnly": ["color-contrast"]}
SCROLLING = {**ALL_RULES, "runOnly": ["scrollable-region-focusable"]}
MAIN_ACTION = "main .button.primary:enabled:visible"
MOST_TABS = 150
WHERE_FOCUS_IS = """
() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const isVisible = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none";
  return { isVisible, isMain: element.matches("main .button.primary"), html: element.outerHTML.slice(0, 150) };
}
"""


@dataclass(slots=True)
class Findings:
    """What is wrong with each page, by address."""

    light: dict[str, list[str]] = field(default_factory=dict)
    dark: dict[str, list[str]] = field(default_factory=dict)
    narrow: dict[str, list[str]] = field(default_factory=dict)
    keyboard: dict[str, list[str]] = field(default_factory=dict)


def survey(page: Page, paths: list[str]) -> Findings:
    """Open each page once and look at it in every way; only what is wrong is noted."""
    findings = Findings()
    size = page.viewport_size or {"width": 1280, "height": 720}
    for path in paths:
        page.goto(path)
        wait_for_htmx(page)
        _note(findings.light, path, broken_rules(page, ALL_RULES))
        page.emulate_media(color_scheme="dark")
        _note(findings.dark, path, broken_rules(page, CONTRAST))
        page.emulate_media(color_scheme="light")
        _note(findings.keyboard, path, problems_with_keyboard(page))
        page.set_viewport_size(PHONE)
        _note(findings.narrow, path, problems_on_a_phone(page))
        page.set_viewport_size(size)
    return findings


def show(page: Page, name: str) -> None:
    """Take pictures of a page where somebody wants to look at them: light and dark, wide and narrow."""
    folder = os.environ.get("HARKEN_TEST_PICTURES")
    if not folder:
        return
    size = page.viewport_size
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for width in (1280, 400):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=f"{folder}/{name}-{theme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    if size:
        page.set_viewport_size(size)


def _note(noted: dict[str, list[str]], path: str, problems: list[str]) -> None:
    if problems:
        noted[path] = problems


def broken_rules(page: Page, options: dict[str, list[str]]) -> list[str]:
    """Return which rule of accessibility each element breaks."""
    response = Axe().run(page, context=CONTEXT, options=options).response
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in response["violations"]
        for node in violation["nodes"]
    ]


def problems_on_a_phone(page: Page) -> list[str]:
    """Return how much wider than the screen the page is, and what scrolls by touch alone."""
    width = page.evaluate("document.documentElement.scrollWidth")
    too_wide = [f"{width} pixels wide"] if width > PHONE["width"] else []
    return too_wide + broken_rules(page, SCROLLING)


def problems_with_keyboard(page: Page) -> list[str]:
    """Press Tab until the focus is on the main action; return what went wrong on the way."""
    if not page.locator(MAIN_ACTION).count():
        return []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focus = page.evaluate(WHERE_FOCUS_IS)
        if not focus["isVisible"]:
            return [f"no visible focus on {focus['html']}"]
        if focus["isMain"]:
            return []
    return ["the main action is not reached by Tab"]
