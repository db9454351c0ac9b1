"""Criteria: say what a good answer does, test it by code, grade by thumb, and read how far the two agree."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.chat_logs import STORIES, write_chat_log
from tests.browser.people import OpenPage
from tests.browser.served import Served

WRITTEN = """
def check(prompt, response):
    return "Danube" not in response
"""


@pytest.fixture
def criterion_page(served: Served, page_of: OpenPage, project: str, tmp_path: Path) -> Page:
    """A researcher's page of a new set with one criterion, in a project with a few mined pairs."""
    log = write_chat_log(tmp_path / "log.jsonl", STORIES[:5])
    served.stage("mined_queue", project=project, chat_log=str(log))
    page = page_of("researcher")
    page.goto(f"/p/{project}/criteria/")
    page.get_by_label("name").fill("Answers")
    page.get_by_role("button", name="Make the set").click()
    page.get_by_role("link", name="Add a criterion").first.click()
    page.get_by_label("short name").fill("To the point")
    page.get_by_label("what a good answer does").fill("It answers what was asked.")
    page.get_by_role("button", name="Add the criterion").click()
    return page


def add_written_assertion(page: Page) -> None:
    """Write an assertion's code."""
    page.get_by_role("link", name="Add an assertion").click()
    page.get_by_role("link", name="Written code").click()
    page.get_by_label("name", exact=True).fill("No Danube")
    page.locator("textarea").fill(WRITTEN.strip())
    page.get_by_role("button", name="Add the assertion").click()


def answer_to_grade(page: Page) -> str:
    """Return the answer on the screen, once the keys work."""
    page.wait_for_load_state("load")
    return page.get_by_role("region", name="The answer").inner_text()


def test_written_code_is_run_in_the_sandbox_and_measured_against_thumbs(criterion_page: Page) -> None:
    page = criterion_page
    add_written_assertion(page)
    page.get_by_role("button", name="Run the assertions").click()
    expect(page.get_by_text("1 assertions over 10 responses: 1 failed, 0 skipped")).to_be_visible(
        timeout=steps.WORK_MS
    )
    page.get_by_role("link", name="Grade outputs").click()
    for _ in range(10):
        is_bad = "Danube" in answer_to_grade(page)
        page.wait_for_load_state()
        page.keyboard.press("2" if is_bad else "1")
        expect(page.get_by_text("Saved: bad" if is_bad else "Saved: good")).to_be_visible()
    expect(page.get_by_role("heading", name="Every output is graded")).to_be_visible()
    page.get_by_role("link", name="To the figures").click()
    page.get_by_role("button", name="Choose by tolerance").click()
    expect(page.get_by_text("1 assertion was chosen.")).to_be_visible()
    expect(page.get_by_role("region", name="The chosen assertions together")).to_contain_text("100 %")


def test_a_grader_may_take_a_thumb_back(criterion_page: Page) -> None:
    page = criterion_page
    page.get_by_role("link", name="Grade outputs").click()
    answer = answer_to_grade(page)
    page.keyboard.press("1")
    expect(page.get_by_text("Saved: good")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("Taken back.")).to_be_visible()
    assert answer_to_grade(page) == answer
