"""An admin describes an endpoint with a key that is stored, tries it, and never sees the key again."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import OpenPage
from tests.browser.survey import Findings, show, survey
from tests.language_models.chat_server import ChatServer, running_chat_server

KEY = "sk-sesame-0123456789"


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with running_chat_server() as chat:
        yield chat


@pytest.fixture
def form(page_of: OpenPage, project: str) -> Page:
    """An admin's page of a new endpoint."""
    page = page_of("admin", reduced_motion="reduce")
    page.goto(f"/p/{project}/models/")
    page.get_by_role("link", name="Add an endpoint").click()
    return page


def describe(page: Page, server: ChatServer) -> None:
    """Fill in everything that an endpoint can have."""
    page.get_by_label("Name", exact=True).fill("cluster")
    page.get_by_label("Model", exact=True).fill("good")
    page.get_by_label("Address").fill(server.base_url)
    page.get_by_label("Stored here, encrypted").check()
    page.get_by_label("Key to store").fill(KEY)
    page.get_by_label("Price of a million prompt tokens").fill("0.5")
    page.get_by_label("Price of a million answer tokens").fill("1.5")
    page.get_by_label("Budget").fill("20")
    page.get_by_label("Requests a minute").fill("60")


def test_a_key_is_written_once_tried_and_not_shown_again(form: Page, server: ChatServer) -> None:
    page = form
    expect(page.get_by_label("Key to store")).to_be_hidden()
    describe(page, server)
    show(page, "endpoint-new")
    page.get_by_role("button", name="Save the endpoint").click()
    page.get_by_role("button", name="Try cluster").click()
    expect(page.get_by_text("cluster answered")).to_be_visible()
    assert server.keys == [f"Bearer {KEY}"]
    expect(page.get_by_text("key stored, encrypted")).to_be_visible()
    show(page, "endpoint-list")
    page.get_by_role("link", name="cluster").click()
    expect(page.get_by_label("Key to store")).to_have_value("")
    page.get_by_label("Address").fill("https://localhost/v1")
    page.get_by_role("button", name="Save the endpoint").click()
    expect(page.get_by_text("The stored key was given for")).to_be_visible()
    show(page, "endpoint-moved")


def test_pages_of_endpoints_are_readable_by_all(form: Page, server: ChatServer) -> None:
    page, new = form, form.url
    describe(page, server)
    page.get_by_role("button", name="Save the endpoint").click()
    listed = page.url
    page.get_by_role("link", name="cluster").click()
    assert survey(page, [new, listed, page.url]) == Findings()
