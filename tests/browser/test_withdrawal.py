"""Withdrawal: one conversation's text is gone everywhere, and what used it says so."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.chat_logs import STORIES, write_chat_log
from tests.browser.people import OpenPage
from tests.browser.served import Served

GONE = STORIES[0]


def test_a_withdrawn_conversation_is_gone_from_reader_version_signals_and_download(
    served: Served, page_of: OpenPage, project: str, tmp_path: Path
) -> None:
    log = write_chat_log(tmp_path / "log.jsonl", STORIES[:12])
    served.stage("mined_queue", project=project, chat_log=str(log))
    page = page_of("admin")
    steps.freeze_dataset(page, project)
    version = page.url
    expect(page.get_by_role("link", name="Download preferences-1.jsonl")).to_be_visible(timeout=steps.WORK_MS)
    page.goto(f"/p/{project}/conversations/")
    page.get_by_role("link", name=GONE.question).click()
    page.get_by_role("link", name="Withdraw").click()
    page.get_by_role("button", name="Withdraw for good").click()
    expect(page.get_by_text("This conversation was withdrawn on")).to_be_visible()
    assert GONE.poor not in page.content()
    page.goto(version)
    expect(page.get_by_text("Withdrawn in part since")).to_be_visible()
    expect(page.get_by_text("Withdrawn: the text of this row is erased")).to_be_visible()
    assert GONE.better not in page.content()
    expect(page.get_by_role("link", name="Download preferences-1.jsonl")).to_have_count(0)
    page.goto(f"/p/{project}/signals/")
    assert GONE.complaint not in page.content()
