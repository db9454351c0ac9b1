"""The thread from a chat log of one's own to a file that trainers load, as a researcher walks it."""

import re
from pathlib import Path

from datasets import load_dataset
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.chat_logs import HOSTILE, SECRET_MODEL, STORIES, write_chat_log
from tests.browser.people import OpenPage
from tests.browser.watching import wait_for_htmx

ROW_KEYS = {"id", "prompt", "chosen", "rejected", "decided_by", "source", "split"}
HOME_PARTS = ["story-card", "drop-zone", "download-card", "funnel", "run-card"]


def test_every_record_of_a_dropped_file_is_accounted_for(
    page_of: OpenPage, project: str, tmp_path: Path
) -> None:
    page = page_of("researcher")
    log = write_chat_log(tmp_path / "own.jsonl", STORIES[:6], broken_line=4)
    steps.import_chat_log(page, project, log)
    card = page.locator("[id^=import-progress-]")
    expect(card).to_contain_text("6 new conversations.")
    expect(card).to_contain_text("1 × ")
    card.get_by_role("link", name="own.jsonl").click()
    refused = page.get_by_role("row").filter(has_text="line 4")
    expect(refused).to_contain_text("this line ends too soo")


def test_a_file_imported_again_changes_nothing(page_of: OpenPage, project: str, tmp_path: Path) -> None:
    page = page_of("researcher")
    log = write_chat_log(tmp_path / "own.jsonl", STORIES[:6])
    steps.import_chat_log(page, project, log)
    page.get_by_role("link", name="Import another file").click()
    steps.drop_file(page, log)
    page.get_by_role("button", name="Import").click()
    known = page.get_by_text("Nothing new: all 6 readable records were known already")
    expect(known).to_be_visible(timeout=steps.WORK_MS)


def test_a_complaint_stands_beside_the_words_and_can_be_confirmed(
    page_of: OpenPage, project: str, tmp_path: Path
) -> None:
    page = page_of("researcher")
    steps.import_chat_log(page, project, write_chat_log(tmp_path / "own.jsonl", STORIES[:6]))
    steps.mine_feedback(page, project)
    page.goto(f"/p/{project}/conversations/")
    page.get_by_role("link", name="How long do I boil an egg").click()
    expect(page.get_by_role("article", name="assistant").first).to_contain_text("Eggs come from hens.")
    panel = page.get_by_label("Signals in this conversation")
    expect(panel.locator("mark.dsat").first).to_contain_text("not what I asked")
    first = panel.locator("article.signal-card").first
    first.get_by_role("button", name="Confirm").click()
    expect(first.get_by_text("confirmed", exact=True)).to_be_visible()


def test_signals_appear_without_a_reload_once_they_are_mined(
    page_of: OpenPage, project: str, tmp_path: Path
) -> None:
    page = page_of("researcher")
    steps.import_chat_log(page, project, write_chat_log(tmp_path / "own.jsonl", STORIES[:6]))
    steps.mine_feedback(page, project)
    expect(page.locator("article.signal-card").first).to_be_visible(timeout=steps.WORK_MS)


def test_a_frozen_version_names_peoples_part_and_its_file_loads(
    page_of: OpenPage, project: str, tmp_path: Path
) -> None:
    page = page_of("researcher")
    steps.import_chat_log(page, project, write_chat_log(tmp_path / "own.jsonl", STORIES))
    steps.mine_feedback(page, project)
    steps.build_pairs(page, project)
    steps.freeze_dataset(page, project)
    manifest = page.get_by_role("region", name="Manifest")
    expect(manifest).to_contain_text(re.compile(r"nobody judged one of the \d+ mined pairs yet"))
    expect(manifest).to_contain_text(SECRET_MODEL)
    page.reload()
    path = steps.download(page, page.get_by_role("link", name="Download preferences-1.jsonl"), tmp_path)
    rows = load_dataset("json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    assert set(rows.column_names) >= ROW_KEYS
    assert len(rows) > 20
    assert {rows[0][side][0]["role"] for side in ("chosen", "rejected")} == {"assistant"}


def test_the_home_tells_the_story_then_drop_download_funnel_and_run(page_of: OpenPage, project: str) -> None:
    page = page_of("researcher")
    page.goto(f"/p/{project}/")
    for part in HOME_PARTS:
        expect(page.locator(f"section[id^={part}-]")).to_be_visible()
    ids = page.locator("main > section, main > div").evaluate_all("(parts) => parts.map((part) => part.id)")
    order = [next((name for name in HOME_PARTS if one.startswith(name)), "") for one in ids]
    assert [name for name in order if name] == HOME_PARTS


def test_a_hostile_conversation_runs_nothing_in_the_reader(
    page_of: OpenPage, project: str, tmp_path: Path
) -> None:
    page = page_of("researcher")
    steps.import_chat_log(page, project, write_chat_log(tmp_path / "own.jsonl", [HOSTILE]))
    steps.mine_feedback(page, project)
    steps.build_pairs(page, project)
    page.goto(f"/p/{project}/conversations/")
    page.locator("th.title a").click()
    wait_for_htmx(page)
    expect(page.locator(".chat")).to_contain_text("<script>alert('question')</script>")
    dangerous = page.locator(".reader").locator(
        "script, iframe, svg, style, img, [onclick], [href^=javascript]"
    )
    assert dangerous.count() == 0
    page.goto(f"/p/{project}/")
    expect(page.locator("[id^=story-card-]")).to_contain_text("Rejected")
