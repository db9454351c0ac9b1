"""Where scripts are off, the server is away, or a session has ended."""

from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.chat_logs import STORIES, write_chat_log
from tests.browser.people import OpenPage
from tests.browser.served import Served
from tests.browser.watching import wait_for_htmx


@pytest.fixture
def desk(served: Served, project: str, tmp_path: Path) -> str:
    """The address of a desk with a few pairs."""
    log = write_chat_log(tmp_path / "log.jsonl", STORIES[:6])
    queue = served.stage("mined_queue", project=project, chat_log=str(log))
    return f"/p/{project}/judge/{queue['queue']}/"


def test_the_desk_works_without_scripts(served: Served, page_of: OpenPage, desk: str, project: str) -> None:
    page = page_of("annotator", java_script_enabled=False)
    page.goto(desk)
    page.get_by_role("button", name="A is better").click()
    expect(page.get_by_text("1 by you")).to_be_visible()
    page.get_by_role("button", name="Undo my last").click()
    expect(page.get_by_text("0 by you")).to_be_visible()
    assert [act["act"] for act in served.stage("judgements", project=project)] == ["judged", "undone"]


def test_a_chat_log_is_imported_without_scripts(page_of: OpenPage, project: str, tmp_path: Path) -> None:
    page = page_of("researcher", java_script_enabled=False)
    page.goto(reverse("curation:import_list", args=[project]))
    page.get_by_label("File").set_input_files(write_chat_log(tmp_path / "own.jsonl", STORIES[:6]))
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="own.jsonl").first).to_be_visible()


@pytest.mark.usefixtures("failing_requests")
def test_a_choice_that_did_not_arrive_is_kept_and_counts_once_when_sent_again(
    served: Served, page_of: OpenPage, desk: str, project: str
) -> None:
    page = page_of("annotator")
    page.goto(desk)
    wait_for_htmx(page)
    page.context.set_offline(True)
    page.wait_for_load_state()
    page.keyboard.press("1")
    expect(page.locator("#outbox")).to_contain_text("Not sent yet: 1")
    page.keyboard.press("1")
    page.context.set_offline(False)
    expect(page.get_by_text("1 by you")).to_be_visible()
    assert len(served.stage("judgements", project=project)) == 1


def test_who_was_signed_out_meanwhile_comes_back_to_the_same_page(page_of: OpenPage, desk: str) -> None:
    page = page_of("annotator")
    page.goto(desk)
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("E-mail address").fill("annotator@example.org")
    page.get_by_label("Password").fill("a-long-password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Mined pairs")).to_be_visible()
