"""Reading: a megabyte in one turn, what nobody sees, and two answers side by side."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.people import OpenPage
from tests.browser.served import Served
from tests.browser.survey import ALL_RULES, PHONE, broken_rules, problems_on_a_phone
from tests.browser.watching import wait_for_htmx

LINES = 12_500
MEGABYTE = "\n".join(
    f"Line {n} of a text that is far too long to be laid out at once, {n}." for n in range(LINES)
)
LEFT = "\n\n".join(f"Point {n}: the bread must rest for {n} minutes before it is baked." for n in range(60))
RIGHT = "\n\n".join(f"Point {n}: the dough must rest for {n} hours before it is baked." for n in range(60))
ELEMENTS = "document.querySelectorAll('*').length"


def tops(page: Page) -> list[int]:
    return page.evaluate(
        "[...document.querySelectorAll('.compare-pane')].map((pane) => Math.round(pane.scrollTop))"
    )


def await_tops(page: Page, are_right: Callable[[int, int], bool]) -> None:
    """Wait until the panes stand still where they should be: a key scrolls in steps."""
    before = None
    for _ in range(100):
        here = tops(page)
        if here == before and are_right(*here):
            return
        before = here
        page.wait_for_timeout(100)
    raise AssertionError(tops(page))


def level_rows(page: Page) -> bool:
    """Tell whether the paragraphs of every row begin at one height."""
    return page.evaluate(
        """() => {
          const [left, right] = [...document.querySelectorAll('.compare-pane')].map(
            (pane) => [...pane.querySelectorAll('[data-row]')].map((block) => block.getBoundingClientRect().top));
          return left.length > 0 && left.every((top, row) => Math.abs(top - right[row]) < 1);
        }"""
    )


def test_a_megabyte_comes_in_pieces_and_leaves_the_page_usable(
    served: Served, page_of: OpenPage, project: str
) -> None:
    path = served.stage(
        "stored_conversation", project=project, turns=[["user", "q"], ["assistant", MEGABYTE]]
    )
    page = page_of("researcher")
    page.goto(path)
    expect(page.get_by_text("Line 30 of a text")).to_be_visible()
    expect(page.get_by_text("Line 100 of a text")).to_have_count(0)
    page.get_by_role("link", name="Read all").click()
    expect(page.locator(".message-chunk")).to_have_count(1)
    pieces = -(-len(MEGABYTE) // 40_000)
    for number in range(2, pieces + 1):
        page.get_by_role("link", name="Read on").click()
        expect(page.locator(".message-chunk")).to_have_count(number)
    expect(page.get_by_role("link", name="Read on")).to_have_count(0)
    expect(page.locator(".message-chunk").last).to_contain_text(f"Line {LINES - 1} of")
    assert page.evaluate(ELEMENTS) < 1_000
    page.get_by_role("link", name="show less").click()
    expect(page.locator(".message-chunk")).to_have_count(0)


def test_what_nobody_sees_is_shown_in_both_forms(served: Served, page_of: OpenPage, project: str) -> None:
    hidden = "**a**\u202egpj.exe and\u200b\u00a0tags \U000e0041"
    path = served.stage("stored_conversation", project=project, turns=[["user", hidden]])
    page = page_of("researcher")
    page.goto(path)
    turn = page.get_by_role("article", name="user")
    labels = ["RLO", "ZWSP", "NBSP", "TAG A"]
    expect(turn.locator(".hidden-character")).to_have_text(labels)
    turn.get_by_role("link", name="as written").click()
    expect(turn).to_contain_text("**a**")
    expect(turn.locator(".hidden-character")).to_have_text(labels)
    assert broken_rules(page, ALL_RULES) == []


def test_two_answers_scroll_together_by_keyboard(served: Served, page_of: OpenPage, project: str) -> None:
    page = page_of("researcher")
    page.goto(served.stage("two_answers", project=project, left=LEFT, right=RIGHT))
    panes = page.locator(".compare-pane")
    expect(panes).to_have_count(2)
    assert level_rows(page)
    panes.first.focus()
    page.keyboard.press("PageDown")
    await_tops(page, lambda left, right: left > 100 and abs(left - right) <= 2)
    panes.last.focus()
    page.keyboard.press("Home")
    await_tops(page, lambda left, right: left == right == 0)


def test_one_key_shows_what_differs_and_leads_back(served: Served, page_of: OpenPage, project: str) -> None:
    page = page_of("researcher")
    page.goto(served.stage("two_answers", project=project, left=LEFT, right=RIGHT))
    page.keyboard.press("d")
    expect(page.locator("del").first).to_have_text("bread")
    expect(page.locator("ins").first).to_have_text("dough")
    wait_for_htmx(page)
    assert level_rows(page)
    assert broken_rules(page, ALL_RULES) == []
    page.keyboard.press("d")
    expect(page.locator("del")).to_have_count(0)
    page.keyboard.press("r")
    expect(page.get_by_role("link", name="as written")).to_have_attribute("aria-current", "true")


def test_two_answers_fit_a_phone_and_scroll_together(served: Served, page_of: OpenPage, project: str) -> None:
    page = page_of("researcher", viewport=PHONE)
    page.goto(served.stage("two_answers", project=project, left=LEFT, right=f"{RIGHT}\n\n{LEFT}"))
    assert problems_on_a_phone(page) == []
    page.locator(".compare-pane").first.evaluate("(pane) => { pane.scrollTop = 1500; }")
    await_tops(page, lambda left, right: left == 1500 and right > 300)
