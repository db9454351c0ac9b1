"""A chosen set of criteria at work: chosen by its report card, run over answers, a veto in a recipe, and a gate."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.people import OpenPage
from tests.browser.served import Served
from tests.browser.survey import survey


@pytest.fixture
def scene(served: Served, project: str) -> dict[str, Any]:
    """A graded set, and a response set that two models answered."""
    made: dict[str, Any] = served.stage("graded_set", project=project)
    return made


@pytest.fixture
def page(scene: dict[str, Any], page_of: OpenPage) -> Page:
    """The researcher's report card of the set."""
    opened = page_of("researcher")
    opened.goto(scene["report"])
    return opened


def choose_by_mcc(page: Page) -> None:
    """Choose one assertion a criterion by MCC."""
    page.get_by_role("button", name="Choose: One per criterion, by MCC").click(timeout=steps.WORK_MS)
    expect(page.get_by_text("2 assertions were chosen.")).to_be_visible()


def run_over_all(page: Page) -> None:
    """Open the chosen set's measure and run it over the project's answers."""
    page.get_by_role("link", name="Use the chosen set").click()
    page.get_by_role("button", name="Run the measure").click()
    runs = page.get_by_role("region", name="Runs")
    expect(runs.get_by_text("succeeded").first).to_be_visible(timeout=steps.WORK_MS)


def test_every_way_of_choosing_stands_beside_the_others_and_one_is_taken(page: Page) -> None:
    ways = page.get_by_role("region", name="What each way would choose").get_by_role("row")
    expect(ways).to_have_count(6, timeout=steps.WORK_MS)
    expect(page.get_by_role("img", name="What tolerating more false failures buys")).to_be_visible()
    choose_by_mcc(page)
    page.get_by_role("checkbox", name="polite").uncheck()
    page.get_by_role("button", name="Choose what is ticked").click()
    expect(page.get_by_text("1 assertion was chosen.")).to_be_visible()
    expect(page.get_by_role("checkbox", name="polite")).not_to_be_checked()


def test_a_chosen_set_runs_over_answers_and_keeps_what_fails_it_out_of_a_dataset(
    page: Page, scene: dict[str, Any]
) -> None:
    choose_by_mcc(page)
    page.get_by_role("link", name="Use the chosen set").click()
    page.get_by_role("link", name="New dataset: what fails may never be chosen").click()
    page.get_by_label("Name", exact=True).fill("clean")
    page.get_by_role("button", name="Preview").click()
    offer = page.get_by_role("button", name="Run the measure over them")
    expect(page.get_by_text("1 answer is not scored by")).to_be_visible(timeout=steps.WORK_MS)
    offer.click()
    runs = page.get_by_role("region", name="Runs")
    expect(runs.get_by_text("what a recipe takes")).to_be_visible()
    expect(runs.get_by_text("succeeded").first).to_be_visible(timeout=steps.WORK_MS)
    page.get_by_role("link", name="New dataset: what fails may never be chosen").click()
    page.get_by_label("Name", exact=True).fill("clean")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text(f"1 × fails {scene['measure']}")).to_be_visible(timeout=steps.WORK_MS)
    page.get_by_role("button", name="Save the recipe").click()
    page.get_by_role("button", name="Freeze a version").click()
    expect(page.get_by_role("link", name="Open clean@1")).to_be_visible(timeout=steps.WORK_MS)


def test_a_newer_model_that_fails_more_is_seen_to_be_worse(page: Page, scene: dict[str, Any]) -> None:
    choose_by_mcc(page)
    run_over_all(page)
    page.goto(scene["answers"])
    page.get_by_role("link", name="Has it become worse?").click()
    page.get_by_label("Measure").select_option(index=1)
    page.get_by_label("Older model").select_option("older")
    page.get_by_label("Newer model").select_option("newer")
    page.get_by_role("button", name="Compare the models").click()
    expect(page.get_by_role("status")).to_contain_text("It has become worse")
    expect(page.get_by_role("row", name="c2")).to_contain_text("+100.0")


def test_the_pages_can_be_used_by_everybody_on_any_screen(page: Page, scene: dict[str, Any]) -> None:
    choose_by_mcc(page)
    run_over_all(page)
    measure = page.url.partition("/p/")[2]
    findings = survey(page, [scene["report"], f"/p/{measure}", scene["answers"] + "regression/"])
    assert (findings.light, findings.dark, findings.narrow, findings.keyboard) == ({}, {}, {}, {})
