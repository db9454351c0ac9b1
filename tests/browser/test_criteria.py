"""Criteria from start to choice: proposed, written, tested, graded and reworded; without any model, and with one."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.chat_logs import STORIES, write_chat_log
from tests.browser.people import OpenPage
from tests.browser.served import Served
from tests.browser.survey import Findings, show, survey
from tests.browser.watching import wait_for_htmx
from tests.language_models.chat_server import running_chat_server

MOST_RUNS = 5
WRITTEN = """
def check(prompt, response):
    return "Danube" not in response
"""


@pytest.fixture
def set_page(served: Served, page_of: OpenPage, project: str, tmp_path: Path) -> Page:
    """A researcher's page of a new and empty set, in a project with a few mined pairs."""
    log = write_chat_log(tmp_path / "log.jsonl", STORIES[:5])
    served.stage("mined_queue", project=project, chat_log=str(log))
    page = page_of("researcher")
    page.goto(f"/p/{project}/criteria/")
    page.get_by_label("name").fill("Answers")
    page.get_by_role("button", name="Make the set").click()
    return page


@pytest.fixture
def criterion_page(set_page: Page) -> Page:
    """The set with one criterion that somebody wrote."""
    set_page.get_by_role("link", name="Add a criterion").first.click()
    set_page.get_by_label("short name").fill("To the point")
    set_page.get_by_label("what a good answer does").fill("It answers what was asked.")
    set_page.get_by_role("button", name="Add the criterion").click()
    return set_page


def add_written_assertion(page: Page) -> None:
    """Write an assertion's code, and see what it says of outputs before it is kept."""
    page.get_by_role("link", name="Add an assertion").first.click()
    page.get_by_role("link", name="Written code").click()
    page.get_by_label("name", exact=True).fill("No Danube")
    page.locator("textarea").fill(WRITTEN.strip())
    expect(page.get_by_role("region", name="On graded outputs")).to_contain_text(
        "it fails 1 and skips 0", timeout=steps.WORK_MS
    )
    show(page, "editor")
    page.get_by_role("button", name="Add the assertion").click()


def answer_to_grade(page: Page) -> str:
    """Return the answer on the screen, once the keys work."""
    page.wait_for_load_state("load")
    return page.get_by_role("region", name="The answer").inner_text()


def grade_all(page: Page, *, count: int) -> None:
    """Grade so many outputs by keyboard: whoever names the Danube is bad."""
    for _ in range(count):
        is_bad = "Danube" in answer_to_grade(page)
        page.keyboard.press("3")
        page.keyboard.press("2" if is_bad else "1")
        expect(page.get_by_text("Saved: bad" if is_bad else "Saved: good")).to_be_visible()


def run(page: Page) -> None:
    """Run the assertions and wait for the end."""
    page.get_by_role("button", name="Run the assertions").click()
    page.wait_for_load_state("load")
    expect(page.get_by_text("assertions over 10 responses")).to_be_visible(timeout=steps.WORK_MS)


def reword(page: Page, *, text: str) -> None:
    """Give the first criterion other words."""
    page.get_by_role("link", name="Reword").first.click()
    page.get_by_label("what a good answer does").fill(text)
    page.get_by_role("button", name="Save as version").click()


def test_a_set_is_written_tested_graded_reworded_and_chosen_without_any_model(criterion_page: Page) -> None:
    page = criterion_page
    add_written_assertion(page)
    run(page)
    page.get_by_role("link", name="Grade outputs").click()
    show(page, "grading")
    grade_all(page, count=4)
    page.get_by_role("link", name="Answers").click()
    reword(page, text="It answers mostly what was asked.")
    page.get_by_role("link", name="Grade outputs").click()
    grade_all(page, count=6)
    expect(page.get_by_role("heading", name="Nothing is left for you to grade")).to_be_visible()
    page.get_by_role("link", name="To the figures").click()
    show(page, "set")
    page.get_by_role("link", name="The story so far").click()
    expect(page.get_by_text("4 thumbs stand under a wording that does not.")).to_be_visible()
    expect(page.get_by_role("img", name="version 2 from output 4 to 10")).to_be_visible()
    show(page, "story")
    page.get_by_role("link", name="Look at yours again").click()
    expect(page.get_by_text("thumb given under version 1")).to_be_visible()
    page.get_by_role("link", name="Answers").click()
    page.get_by_role("button", name="Choose by tolerance").click()
    expect(page.get_by_text("1 assertion was chosen.")).to_be_visible()
    expect(page.get_by_role("region", name="The chosen assertions together")).to_contain_text("100 %")


def test_criteria_come_from_complaints_and_from_the_library(set_page: Page) -> None:
    page = set_page
    page.get_by_role("link", name="Choose where to start").click()
    page.get_by_role("button", name="Group complaints and wishes").click()
    expect(page.get_by_role("region", name="Proposed")).to_be_visible(timeout=steps.WORK_MS)
    show(page, "start")
    page.get_by_role("link", name="Adopt").first.click()
    page.get_by_label("short name").fill("Right")
    page.get_by_label("what a good answer does").fill("What it states is so.")
    page.get_by_role("button", name="Add the criterion").click()
    expect(page.get_by_text("no grade: look for yourself")).to_be_visible()
    page.get_by_role("button", name="Leave aside").first.click()
    expect(page.get_by_text("It will not be proposed again.")).to_be_visible()
    page.get_by_label("A fitting length").check()
    page.get_by_role("button", name="Add the chosen ones").click()
    expect(page.get_by_role("heading", name="A fitting length")).to_be_visible()
    page.get_by_role("button", name="Move A fitting length up").click()
    names = page.locator("#criteria h2").all_inner_texts()
    assert names == ["A fitting length", "Right"]
    page.get_by_role("link", name=re.compile("Split.*Right")).click()
    page.get_by_label("second: short name").fill("Whole")
    page.get_by_label("second: what a good answer does").fill("It answers all parts.")
    page.get_by_role("button", name="Split").click()
    expect(page.get_by_role("heading", name="Whole")).to_be_visible()
    page.get_by_role("link", name=re.compile("Merge.*Whole")).click()
    page.get_by_label("Right").check()
    page.get_by_label("short name").fill("Right in all parts")
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("heading", name="Right in all parts")).to_be_visible()
    assert page.locator("#criteria h2").all_inner_texts() == ["A fitting length", "Right in all parts"]


def test_an_annotator_grades_a_single_criterion_and_leaves_a_note(
    criterion_page: Page, page_of: OpenPage, project: str
) -> None:
    page = page_of("annotator")
    page.goto(f"/p/{project}/criteria/")
    page.get_by_role("link", name="Answers").click()
    page.get_by_label("Note").fill("Invents rivers")
    page.get_by_role("button", name="Bad").click()
    expect(page.get_by_text("No criterion covers your note")).to_be_visible()
    page.get_by_role("link", name="To the point").click()
    expect(page.get_by_role("heading", name="Grade “To the point” alone")).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_text("Saved: good")).to_be_visible()
    criterion_page.get_by_role("link", name="Proposals").click()
    expect(criterion_page.get_by_role("region", name="Proposed")).to_contain_text("Invents rivers")


def test_a_grader_may_take_a_thumb_back(criterion_page: Page) -> None:
    page = criterion_page
    page.get_by_role("link", name="Grade outputs").click()
    answer = answer_to_grade(page)
    page.keyboard.press("1")
    expect(page.get_by_text("Saved: good")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("Taken back.")).to_be_visible()
    assert answer_to_grade(page) == answer


def test_every_page_of_a_set_can_be_read_and_worked_by_everybody(criterion_page: Page) -> None:
    page = criterion_page
    add_written_assertion(page)
    here = page.url.split("#")[0]
    own = here.removesuffix("/")
    criterion = page.get_by_role("link", name="Reword").first.get_attribute("href") or ""
    paths = [here, *(f"{own}/{part}/" for part in ("grade", "start", "story", "graders", "criterion"))]
    paths += [criterion.replace("/reword/", f"/{part}/") for part in ("reword", "split", "merge")]
    paths += [
        criterion.replace("/reword/", "/assertion/"),
        criterion.replace("/reword/", "/assertion/?check=code"),
    ]
    for place, path in enumerate(paths):
        page.goto(path)
        wait_for_htmx(page)
        show(page, f"page-{place}")
    assert survey(page, paths) == Findings()


def said(asked: dict[str, Any]) -> str:
    """Answer as a model that is asked for criteria, for assertions, or a question; badly every now and then."""
    instructions, material = asked["messages"][0]["content"], json.loads(asked["messages"][1]["content"])
    if "Propose three further criteria" in instructions:
        quoted = material["outputs"][0]["answer"]
        criteria = [
            {"name": "Names no wrong river", "text": "It names only what is there.", "kind": "judge"},
            {"name": "Quotes", "text": f"It says {quoted} {quoted} {quoted}", "kind": "judge"},
        ]
        return "Here you are:\n" + json.dumps({"criteria": criteria})
    if "Propose three different ways" in instructions:
        ways = [
            {"name": "No Danube", "kind": "code", "source": WRITTEN.strip()},
            {"name": "Broken", "kind": "code", "source": "def check(:"},
            {"name": "Asked", "kind": "judge", "source": "Does it name only what is there?"},
        ]
        return json.dumps({"assertions": ways})
    if "egg" in material["asked"]:
        return "I would rather not say."
    verdict = "no" if "Danube" in material["answer"] else "yes"
    return json.dumps({"reason": "So it seems.", "verdict": verdict})


def test_a_model_that_fails_every_now_and_then_proposes_criteria_and_answers_questions(
    set_page: Page, served: Served, project: str
) -> None:
    page = set_page
    with running_chat_server(said) as server:
        served.stage("endpoint", project=project, address=server.base_url, model="flaky")
        page.get_by_role("link", name="Choose where to start").click()
        page.get_by_role("button", name="Infer criteria").click()
        expect(page.get_by_text("1 proposals; 0 were covered already, 1 repeated an output.")).to_be_visible(
            timeout=steps.WORK_MS
        )
        page.get_by_role("link", name="Adopt").click()
        page.get_by_role("button", name="Add the criterion").click()
        page.get_by_role("link", name="Answers").click()
        page.get_by_role("link", name="Add an assertion").click()
        page.get_by_role("button", name="Propose assertions").click()
        expect(page.get_by_text("2 assertions were added; 1 could not be run")).to_be_visible(
            timeout=steps.WORK_MS
        )
        page.get_by_role("link", name="Answers").click()
        # What got no answer at all is asked again with the next run.
        for _ in range(MOST_RUNS):
            run(page)
            if page.get_by_text("2 failed, 1 skipped ·").is_visible():
                break
            expect(page.get_by_text("without an answer: run them again")).to_be_visible()
    expect(page.get_by_text("2 failed, 1 skipped ·")).to_be_visible()
    page.locator("summary", has_text="Asked").click()
    expect(page.get_by_text("Skipped 1: The model gave no verdict that can be read.")).to_be_visible()
    show(page, "asked")
