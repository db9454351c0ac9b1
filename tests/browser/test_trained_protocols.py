"""What it does to trained models by which protocol their pairs were decided: what is missing, and what is said."""

from playwright.sync_api import expect

from tests.browser.people import OpenPage
from tests.browser.served import Served
from tests.browser.survey import show, survey


def test_the_pages_of_protocols_tell_of_trained_models_once_there_are_two(
    served: Served, page_of: OpenPage, project: str
) -> None:
    page = page_of("researcher", reduced_motion="reduce")
    page.goto(f"/p/{project}/figures/scores-and-ranks/")
    card = page.locator("[id^=trained-protocols-]")
    expect(card).to_contain_text("Undefined because no model was trained on pairs")
    show(page, "trained-missing")
    card.get_by_role("link", name="A recipe of ratings").click()
    expect(page.locator("input[name=sources]:checked")).to_have_value("ratings")
    served.stage("trained_protocols", project=project)
    page.goto(f"/p/{project}/figures/")
    page.get_by_role("link", name="Trained on ratings, trained on choices").click()
    expect(card.locator(".figure-number strong")).to_have_text("100 %")
    expect(card).to_contain_text("4 of 4 prompts are in both")
    show(page, "trained-told")
    page.get_by_label("trained on ratings").select_option(index=0)
    page.get_by_role("button", name="Show").click()
    expect(card).to_contain_text("Undefined because no second model")
    findings = survey(
        page, [f"/p/{project}/figures/trained/", f"/p/{project}/figures/scores-and-ranks/", page.url]
    )
    assert (findings.light, findings.dark, findings.narrow, findings.keyboard) == ({}, {}, {}, {})
