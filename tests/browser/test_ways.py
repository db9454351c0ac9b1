"""A queue that asks in two ways: offered by a researcher, answered by two people, read off on the robustness page."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_logs import STORIES, write_chat_log
from tests.browser.people import OpenPage
from tests.browser.served import Served
from tests.browser.survey import show, survey
from tests.browser.watching import wait_for_htmx

SOME = STORIES[:4]
BETTER = {story.better for story in SOME}
USUAL, OTHER = "Which answer is better?", "Which one would you rather send?"


@pytest.fixture
def mined(served: Served, project: str, tmp_path: Path) -> int:
    """Pairs of a few conversations; how many they are."""
    chat_log = write_chat_log(tmp_path / "log.jsonl", SOME)
    tasks: int = served.stage("mined_queue", project=project, chat_log=str(chat_log))["tasks"]
    return tasks


def open_queue(page: Page, project: str) -> str:
    """Open a queue with a second wording and a forced choice; return the address of its desk."""
    page.goto(f"/p/{project}/judge/new/")
    page.locator("#queue-form").get_by_label("name", exact=True).fill("Two ways")
    page.get_by_text("Ways of asking, drawn for each task and person").click()
    page.get_by_label("Half of the time without a neutral option").check()
    page.get_by_label("Other wordings of the question").fill(OTHER)
    page.get_by_label("Other wordings of the question").blur()
    preview = page.locator("#question-preview")
    expect(preview).to_contain_text(OTHER)
    expect(preview).not_to_contain_text("Equally good")
    page.get_by_label("people per task").fill("2")
    show(page, "new-queue-of-ways")
    page.get_by_role("button", name="Open the queue").click()
    expect(page.get_by_role("heading", name="Ways of asking")).to_be_visible()
    return str(page.get_by_role("link", name="Judge", exact=True).last.get_attribute("href"))


def answer_all(page: Page, desk: str) -> set[tuple[str, bool]]:
    """Answer all of it: a tie where one is offered, else the better one; return the wordings and offers met."""
    met = set()
    page.goto(desk)
    while (bar := page.locator("form.verdict-bar")).count():
        is_forced = not bar.get_by_role("button", name="Equally good").count()
        way = (bar.locator(".asked").inner_text(), is_forced)
        if way not in met:
            show(page, f"desk-{is_forced}-{way[0][:9]}")
        met.add(way)
        first = page.locator(".answer .prose").first.inner_text().strip()
        before = page.locator("[id^=desk-]").element_handle()
        page.keyboard.press("3")  # a key that does nothing where the choice is forced
        if is_forced:
            page.keyboard.press("1" if first in BETTER else "2")
        page.wait_for_function("(desk) => !desk.isConnected", arg=before)
        wait_for_htmx(page)
    return met


def test_two_people_are_asked_in_two_ways_and_the_page_tells_how_far_it_matters(
    served: Served, page_of: OpenPage, project: str, mined: int
) -> None:
    researcher = page_of("researcher", reduced_motion="reduce")
    desk = open_queue(researcher, project)
    queue = researcher.url
    met = [answer_all(page_of(name), desk) for name in ("annotator", "second")]
    wordings, forced = zip(*met[0] | met[1], strict=True)
    assert (set(wordings), set(forced)) == ({USUAL, OTHER}, {True, False})
    researcher.reload()
    show(researcher, "queue-of-ways")
    kinds = researcher.get_by_role("region", name="Ways and answers")
    expect(kinds.locator("tr", has_text="neutral option")).to_contain_text(f"forced choice {mined}")
    researcher.get_by_role("link", name="How far the answers hang on it").click()
    expect(researcher.get_by_text(f"Of {mined} choices that could be")).to_contain_text("100 %")
    effects = researcher.get_by_role("region", name="Ways of asking: preferences")
    expect(effects.locator("tr", has_text="neutral option")).to_contain_text("0.50 offered")
    expect(effects.locator("tr", has_text="wording of the question")).to_contain_text("the usual question")
    show(researcher, "robustness-of-ways")
    findings = survey(researcher, [queue, researcher.url])
    assert (findings.light, findings.dark, findings.narrow, findings.keyboard) == ({}, {}, {}, {})


def test_a_scale_that_is_turned_is_answered_by_the_number_that_stands_on_the_button(
    served: Served, page_of: OpenPage, project: str
) -> None:
    ways = {"scales": "7..1\n1..10", "anchors": "useless; could not be better"}
    desk = served.stage("protocol_queue", project=project, protocol="rating", settings=ways)
    page = page_of("annotator")
    page.goto(desk)
    best = []
    while (bar := page.locator("form.verdict-bar")).count():
        choices = bar.get_by_role("button")
        first, last = choices.first.inner_text(), choices.last.inner_text()
        button = choices.first if "nothing left" in first or "could not" in first else choices.last
        show(page, f"rating-{choices.count()}-{first[:9]}-{last[:4]}")
        best.append(str(button.get_attribute("value")))
        before = page.locator("[id^=desk-]").element_handle()
        page.keyboard.press(best[-1][-1])
        page.wait_for_function("(desk) => !desk.isConnected", arg=before)
        wait_for_htmx(page)
    given = served.stage("answers_given", project=project)
    assert [str(each["answer"]["rating"]) for each in given] == best
    assert set(best) <= {"7", "1", "10"}
