"""The promise: a chat log of one's own, complaints in users' words, twenty judged pairs, a file for TRL."""

import json
import re
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.chat_logs import STORIES, write_chat_log
from tests.browser.people import OpenPage

JUDGED = 20


def judge_by_keyboard(page: Page, *, count: int) -> None:
    """Judge pairs as somebody who knows the stories, by keys alone."""
    better = {story.better for story in STORIES}
    page.wait_for_load_state()  # keys are heard once the page's script has run
    for done in range(count):
        expect(page.get_by_text(re.compile(rf"\b{done} by you"))).to_be_visible()
        left = page.get_by_role("region", name="Answer A").locator(".prose").inner_text().strip()
        page.keyboard.press("1" if left in better else "2")


def test_a_new_user_gets_from_a_chat_log_to_a_file_that_says_what_people_confirmed(
    page_of: OpenPage, project: str, tmp_path: Path
) -> None:
    began = time.monotonic()
    page = page_of("researcher")
    steps.import_chat_log(page, project, write_chat_log(tmp_path / "own.jsonl", STORIES))
    page.get_by_role("link", name="Find the feedback in them").click()
    steps.mine_feedback(page, project)
    expect(page.get_by_text(STORIES[-1].complaint).first).to_be_visible()
    steps.build_pairs(page, project)
    steps.open_queue(page, project)
    page.get_by_role("link", name="Judge", exact=True).last.click()
    judge_by_keyboard(page, count=JUDGED)
    expect(page.get_by_text(re.compile(rf"\b{JUDGED} by you"))).to_be_visible()
    steps.freeze_dataset(page, project)
    expect(page.get_by_role("region", name="Manifest")).to_contain_text(f"{JUDGED} of {JUDGED} judged pairs")
    page.goto(f"/p/{project}/")
    card = page.get_by_role("region", name="Your preference data")
    expect(card).to_contain_text(f"People confirmed 100 % of the mined pairs (n = {JUDGED}, 95 % interval")
    path = steps.download(page, card.get_by_role("link", name="Download preferences-1.jsonl"), tmp_path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert sum(row["decided_by"] == "people" for row in rows) == JUDGED
    assert {row["decided_by"] for row in rows if row["split"] == "test"} == {"people"}
    sys.stdout.write(f"From the chat log to the file: {time.monotonic() - began:.0f} s")
