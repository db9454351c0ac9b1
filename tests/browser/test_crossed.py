"""A crossed experiment from its plan to its result: set up in one step, answered by two people, read off."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_logs import STORIES, write_chat_log
from tests.browser.people import OpenPage
from tests.browser.served import Served
from tests.browser.steps import download
from tests.browser.watching import wait_for_htmx

SOME = STORIES[:6]
BETTER = {story.better for story in SOME}
DONE = "Nothing is left for you here"


@pytest.fixture
def mined(served: Served, project: str, tmp_path: Path) -> int:
    """Pairs of a few conversations; how many they are."""
    chat_log = write_chat_log(tmp_path / "log.jsonl", SOME)
    tasks: int = served.stage("mined_queue", project=project, chat_log=str(chat_log))["tasks"]
    return tasks


def set_up(page: Page, project: str) -> list[str]:
    """Plan and open the experiment; return the addresses of both desks."""
    page.goto(f"/p/{project}/figures/")
    page.get_by_role("link", name="A crossed experiment").click()
    plan = page.locator("#crossed-plan")
    expect(plan).to_contain_text("within ± 5.0 points")
    page.get_by_label("± points").fill("20")
    expect(plan).to_contain_text("within ± 19.9 points")
    expect(plan).to_contain_text("The source holds 6 items")
    page.get_by_label("hours between the protocols").fill("0")
    page.get_by_role("button", name="Open the experiment").click()
    expect(page.get_by_text("Nobody has rated and chosen between the same two answers")).to_be_visible()
    links = page.get_by_role("link", name="Judge in")
    expect(links).to_have_count(2)
    return [str(link.get_attribute("href")) for link in links.all()]


def answer(page: Page, *, is_sure: bool) -> bool:
    """Rate or choose what is on the screen: the better answer higher, and by choice too for who is sure."""
    page.wait_for_load_state()
    if page.get_by_text(DONE).is_visible():
        return False
    before = page.locator("[id^=desk-]").element_handle()
    texts = [prose.inner_text().strip() for prose in page.locator(".answer .prose").all()]
    page.keyboard.press(_key(texts, is_sure=is_sure))
    page.wait_for_function("(desk) => !desk.isConnected", arg=before)
    wait_for_htmx(page)
    return True


def _key(texts: list[str], *, is_sure: bool) -> str:
    if len(texts) == 1:
        return "6" if texts[0] in BETTER else "2"
    if not is_sure:
        return "3"
    return "1" if texts[0] in BETTER else "2"


def answer_all(page: Page, desks: list[str], *, is_sure: bool) -> None:
    """Answer at both desks until neither has anything left: each opens what the other one closes."""
    for desk in desks * 2:
        page.goto(desk)
        while answer(page, is_sure=is_sure):
            pass


def test_two_people_answer_a_crossed_experiment_and_its_page_tells_what_came_of_it(
    served: Served, page_of: OpenPage, project: str, mined: int, tmp_path: Path
) -> None:
    researcher = page_of("researcher")
    desks = set_up(researcher, project)
    for name, is_sure in (("annotator", True), ("second", False)):
        answer_all(page_of(name), desks, is_sure=is_sure)
    researcher.reload()
    card = researcher.locator("#protocol-comparison")
    expect(card).to_contain_text(f"of {2 * mined} pairs have the same outcome")
    expect(card.locator(".figure-number strong").first).to_have_text("50 %")
    expect(card).to_contain_text(f"{mined} of the {mined} pairs that both decide")
    table = card.get_by_role("img", name="What the ratings prefer, and what was chosen")
    expect(table).to_be_visible()
    assert re.search(r"chosen tie: \d+", str(table.get_attribute("aria-label")))
    researcher.locator("#chart-protocols summary").click()
    saved = download(
        researcher, researcher.locator("#chart-protocols").get_by_role("link", name="CSV"), tmp_path
    )
    rows = [line.split(",") for line in saved.read_text(encoding="utf-8").splitlines()]
    assert sum(int(cell) for row in rows[1:] for cell in row[1:]) == 2 * mined
