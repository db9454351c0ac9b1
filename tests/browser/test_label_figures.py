"""Pages of figures: models ranked, choices explained, tasks asked again, tournaments played."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import OpenPage
from tests.browser.served import Served
from tests.browser.survey import survey
from tests.browser.test_desk import press
from tests.curation.judged_sets import judging_server

PAGES = ("models", "why", "calibration", "noise", "robustness", "tournaments")


@pytest.fixture
def labelled(served: Served, project: str) -> dict[str, Any]:
    """A project whose labels say something."""
    told: dict[str, Any] = served.stage("labelled", project=project)
    return told


@pytest.fixture
def judged_by_model(served: Served, project: str) -> Iterator[dict[str, Any]]:
    """The same, with an endpoint that judges while the test runs."""
    with judging_server() as server:
        yield served.stage("labelled", project=project, judge=server.base_url)


@pytest.fixture
def page(page_of: OpenPage) -> Page:
    """A researcher's page."""
    return page_of("researcher", reduced_motion="reduce")


@pytest.mark.usefixtures("labelled")
def test_a_worker_explains_the_choices_and_each_factor_leads_to_pairs(page: Page, project: str) -> None:
    page.goto(f"/p/{project}/figures/")
    page.get_by_role("link", name="What drives the choice").click()
    page.get_by_role("button", name="Compute").click()
    expect(page.get_by_text("How each factor goes with the choice").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Length alone predicts")).to_be_visible()
    factors = page.get_by_role("region", name="Table of factors", exact=True)
    factors.locator("tr", has_text="length in characters").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Against the factor: length in characters")).to_be_visible()
    page.get_by_role("link", name="Both answers side by side").first.click()
    expect(page.get_by_text("It is 2, surely.").first).to_be_visible()


@pytest.mark.usefixtures("labelled")
def test_models_are_ranked_and_the_chart_comes_with_its_data(page: Page, project: str) -> None:
    page.goto(f"/p/{project}/figures/models/")
    rows = page.get_by_role("region", name="Table of strengths").locator("tbody tr")
    expect(rows.first).to_contain_text("two")
    page.get_by_text("The figures, and files").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").first.click()
    assert download.value.path().read_text(encoding="utf-8").splitlines()[1].startswith("two,")


def test_one_press_asks_one_person_more(page: Page, project: str, labelled: dict[str, Any]) -> None:
    page.goto(f"/p/{project}/figures/noise/?queue={labelled['queue']}")
    page.get_by_label("the first").fill("1")
    page.get_by_role("button", name="Ask one more person").click()
    expect(page.get_by_text("1 task is asked of one person more.")).to_be_visible()
    page.get_by_role("button", name="Open a queue of them").click()
    expect(page.get_by_role("heading", name="Mined pairs, again")).to_be_visible()


@pytest.mark.usefixtures("labelled")
def test_people_play_a_tournament_and_its_bracket_shows_how(
    page: Page, page_of: OpenPage, project: str
) -> None:
    page.goto(f"/p/{project}/figures/tournaments/")
    page.get_by_role("textbox", name="name").fill("Finals")
    page.get_by_role("button", name="Draw the brackets").click()
    expect(page.get_by_text("0 of 4 to 6 games")).to_be_visible()
    tournament, desk = page.url, page.get_by_role("link", name="Judge", exact=True).last.get_attribute("href")
    judge = page_of("annotator")
    judge.goto(str(desk))
    for _game in range(6):
        press(judge, "1")
    page.goto(tournament)
    expect(page.get_by_text("6 of 4 to 6 games")).to_be_visible()
    page.get_by_role("region", name="Table of brackets").get_by_role("link").first.click()
    expect(page.get_by_text("a third opinion decided")).to_be_visible()
    expect(page.get_by_role("heading", name="The winning answer")).to_be_visible()


@pytest.mark.usefixtures("judged_by_model")
def test_a_judge_plays_a_tournament_to_its_end(page: Page, project: str) -> None:
    page.goto(f"/p/{project}/figures/tournaments/")
    page.get_by_role("textbox", name="name").fill("By a judge")
    page.get_by_label("judged by").select_option("pairwise")
    page.get_by_label("asked through").select_option("judge")
    page.get_by_role("button", name="Draw the brackets").click()
    expect(page.get_by_text("succeeded")).to_be_visible(timeout=60_000)
    page.reload()
    expect(page.get_by_text("4 of 4 to 6 games")).to_be_visible()
    page.get_by_role("region", name="Table of brackets").get_by_role("link").first.click()
    page.locator("main summary", has_text="What the judge said").first.click()
    expect(page.get_by_text("By the rules.").first).to_be_visible()


def test_the_pages_are_readable_by_all(page: Page, project: str, labelled: dict[str, Any]) -> None:
    page.goto(f"/p/{project}/figures/why/")
    page.get_by_role("button", name="Compute").click()
    expect(page.get_by_text("How each factor goes with the choice").first).to_be_visible(timeout=60_000)
    addresses = [f"/p/{project}/figures/{name}/" for name in PAGES]
    addresses += [f"/p/{project}/figures/why/characters/"]
    addresses += [f"/p/{project}/figures/noise/?queue={labelled['queue']}&scorer=confidence"]
    page.goto(f"/p/{project}/figures/tournaments/")
    page.get_by_role("textbox", name="name").fill("Finals")
    page.get_by_role("button", name="Draw the brackets").click()
    addresses.append(page.url)
    page.get_by_role("region", name="Table of brackets").get_by_role("link").first.click()
    findings = survey(page, [*addresses, page.url])
    assert (findings.light, findings.dark, findings.narrow, findings.keyboard) == ({}, {}, {}, {})
