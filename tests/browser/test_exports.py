"""A version leaves: the format is chosen by hand or by keyboard, checked, written and saved."""

import os
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.people import OpenPage
from tests.browser.served import Served
from tests.browser.survey import survey


@pytest.fixture
def files_page(page_of: OpenPage, served: Served, project: str) -> Page:
    """The page of the files of a version of three pairs."""
    for number in range(3):
        served.stage("two_answers", project=project, left=f"Right {number}.", right=f"Wrong {number}.")
    served.stage("frozen_version", project=project)
    page = page_of("researcher")
    page.goto(reverse("curation:dataset_list", args=[project]))
    page.locator("main").get_by_role("link", name="preferences").first.click()
    page.get_by_role("link", name="preferences@1").first.click()
    page.get_by_role("link", name="Other formats").click()
    return page


def test_a_format_is_chosen_by_keyboard_and_its_endings_follow(files_page: Page) -> None:
    files_page.locator("input[value=trl_preference]").focus()
    files_page.keyboard.press("ArrowDown")
    expect(files_page.locator("input[value=trl_preference_text]")).to_be_checked()
    expect(files_page.get_by_label("Kind of file")).to_contain_text("CSV")


def test_a_bundle_is_written_checked_and_saved(files_page: Page, tmp_path: Path) -> None:
    files_page.get_by_text("TRL unpaired (KTO)", exact=True).click()
    files_page.get_by_label("a bundle").check()
    files_page.get_by_label("Count rows longer than").fill("2")
    files_page.get_by_role("button", name="Write the file").click()
    link = files_page.get_by_role("link", name="Download preferences-1-trl_unpaired.zip")
    expect(link).to_be_visible(timeout=steps.WORK_MS)
    expect(files_page.get_by_text("rows can be read by a trainer")).to_be_visible()
    with files_page.expect_download() as saved:
        link.click()
    saved.value.save_as(tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_bytes().startswith(b"PK")


def test_the_page_serves_everybody(files_page: Page) -> None:
    files_page.get_by_role("button", name="Write the file").click()
    expect(files_page.get_by_role("link", name="Download")).to_be_visible(timeout=steps.WORK_MS)
    if folder := os.environ.get("HARKEN_SHOTS"):
        for width, scheme in ((1280, "light"), (1280, "dark"), (400, "light")):
            files_page.emulate_media(color_scheme=scheme)
            files_page.set_viewport_size({"width": width, "height": 900})
            files_page.screenshot(path=f"{folder}/exports-{width}-{scheme}.png", full_page=True)
        files_page.set_viewport_size({"width": 1280, "height": 720})
    findings = survey(files_page, [files_page.url])
    assert (findings.light, findings.dark, findings.keyboard, findings.narrow) == ({}, {}, {}, {})
