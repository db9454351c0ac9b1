"""A judge is held against people before it may label: one that fails is refused, one that passes labels."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import OpenPage
from tests.browser.served import Served
from tests.browser.survey import survey
from tests.curation.judged_sets import judging_server


@pytest.fixture
def judges_page(served: Served, page_of: OpenPage, project: str) -> Iterator[Page]:
    """A researcher's page of judges, in a project whose people decided two dozen pairs."""
    with judging_server() as server:
        path = served.stage("probation", project=project, judge=server.base_url)
        page = page_of("researcher", reduced_motion="reduce")
        page.goto(path)
        yield page


def hold_against_people(page: Page, endpoint: str) -> None:
    """Have the judge of this endpoint asked about what people decided, after its price."""
    page.get_by_role("link", name="Validate a judge").first.click()
    page.get_by_label("Asked through").select_option(label=endpoint)
    page.get_by_role("button", name="Estimate the cost").click()
    expect(page.get_by_text("24 pairs, at most 88 requests")).to_be_visible()
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("heading", name="May it label?")).to_be_visible(timeout=60_000)


def test_a_judge_that_goes_by_the_place_is_refused_and_its_pairs_stay_with_people(judges_page: Page) -> None:
    page = judges_page
    hold_against_people(page, "place-taker")
    expect(page.locator("#gate-card-labelling header .badge")).to_have_text("no")
    page.get_by_role("link", name="Have this judge label").click()
    expect(page.get_by_role("alert")).to_contain_text("This judge may not label")
    expect(page.get_by_role("alert")).to_contain_text("Its pairs stay with people.")
    expect(page.get_by_role("button", name="Label them")).to_have_count(0)


def test_a_judge_that_agrees_with_people_labels_what_nobody_decided(judges_page: Page) -> None:
    page = judges_page
    hold_against_people(page, "reader")
    expect(page.locator("#gate-card-labelling header .badge")).to_have_text("yes")
    page.get_by_role("link", name="Have this judge label").click()
    page.get_by_role("button", name="Estimate the cost").click()
    expect(page.get_by_text("4 pairs, at most 8 requests")).to_be_visible()
    page.get_by_role("button", name="Label them").click()
    row = page.get_by_role("region", name="Labels").get_by_role("row").nth(1)
    expect(row.get_by_text("succeeded")).to_be_visible(timeout=60_000)
    expect(row.get_by_role("cell").nth(1)).to_have_text("4")
    row.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("4 labels are taken back.")).to_be_visible()


def test_the_pages_of_judges_are_readable_by_all(judges_page: Page) -> None:
    page, first = judges_page, judges_page.url
    page.get_by_role("link", name="Validate a judge").first.click()
    form = page.url
    page.goto(first)
    hold_against_people(page, "place-taker")
    report = page.url
    page.get_by_role("link", name="Have this judge label").click()
    labelling = page.url
    page.goto(report)
    page.get_by_role("link", name="Control answers").click()
    expect(page.get_by_text("judged wrong").first).to_be_visible()
    findings = survey(page, [first, form, report, labelling, page.url])
    assert (findings.light, findings.dark, findings.narrow, findings.keyboard) == ({}, {}, {}, {})
