"""A researcher has a judge compare two models, sees the price first, then both win rates and every word."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import OpenPage
from tests.browser.served import Served
from tests.browser.survey import survey
from tests.curation.judged_sets import judging_server

ANSWERS = [
    ["It is 7.", "In French: trois."],
    ["It is 8.", "In French: quatre, of course, and here is why it cannot be otherwise. " * 9],
    ["It is 9.", "It is 1."],
    ["It is 2.", "It is 6."],
]


@pytest.fixture
def judgements_page(served: Served, page_of: OpenPage, project: str) -> Iterator[Page]:
    """A researcher's page of the judgements of a set that two models answered."""
    with judging_server() as server:
        path = served.stage(
            "answered_set",
            project=project,
            answers=ANSWERS,
            wishes=["In French", "in French"],
            judge=server.base_url,
        )
        page = page_of("researcher", reduced_motion="reduce")
        page.goto(path)
        page.get_by_role("link", name="Judgements").click()
        yield page


def test_a_judge_is_asked_after_its_price_and_its_words_are_one_click_away(judgements_page: Page) -> None:
    page = judgements_page
    page.get_by_role("link", name="Ask a judge").click()
    page.get_by_role("button", name="Estimate the cost").click()
    expect(page.get_by_text("4 pairs, 8 requests").first).to_be_visible()
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("The checklist moves A's win rate by −50.0 points")).to_be_visible()
    page.get_by_role("link", name="What the judges said, word for word").first.click()
    expect(page.get_by_text("By the rules.").first).to_be_visible()


def test_the_pages_of_judgements_are_readable_by_all(judgements_page: Page) -> None:
    page, first = judgements_page, judgements_page.url
    page.get_by_role("link", name="Ask a judge").click()
    form = page.url
    page.get_by_role("button", name="Estimate the cost").click()
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("The checklist moves A's win rate")).to_be_visible()
    page.get_by_role("link", name="What the judges said, word for word").first.click()
    findings = survey(page, [first, form, page.url])
    assert (findings.light, findings.dark, findings.narrow, findings.keyboard) == ({}, {}, {}, {})
