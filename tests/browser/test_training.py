"""Training in the browser: an admin starts a run and watches it; a researcher may look."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.chat_logs import STORIES, write_chat_log
from tests.browser.people import OpenPage
from tests.browser.served import Served, trainers

TRAINING_MS = 180_000


@pytest.fixture
def version(served: Served, project: str, tmp_path: Path) -> str:
    """The name of a frozen version of mined pairs."""
    log = write_chat_log(tmp_path / "log.jsonl", STORIES)
    served.stage("mined_queue", project=project, chat_log=str(log))
    return str(served.stage("frozen_version", project=project))


def start_run(page: Page, project: str, **settings: str) -> None:
    """Fill in the form with a tiny model and few steps, and start."""
    page.goto(f"/p/{project}/training/")
    page.get_by_role("link", name="New run").first.click()
    for label, value in settings.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(value)
    expect(page.get_by_text("The same as a command")).to_be_visible()
    page.get_by_role("button", name="Start the run").click()


def test_an_admin_trains_on_the_tiny_model_and_takes_the_adapter_home(
    page_of: OpenPage, project: str, version: str, tmp_path: Path
) -> None:
    page = page_of("admin")
    start_run(page, project, Steps="8", Pairs_per_step="2")
    expect(
        page.get_by_text("A random tiny model: this proves the pipeline, not quality.").first
    ).to_be_visible()
    expect(page.locator("[id^=run-curves-] svg").first).to_be_visible(timeout=TRAINING_MS)
    progress = page.get_by_role("region", name="Progress")
    expect(progress.get_by_text("succeeded", exact=True)).to_be_visible(timeout=TRAINING_MS)
    expect(page.get_by_role("heading", name="Evaluation", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile("agreement with the miner", re.IGNORECASE)).first).to_be_visible()
    adapter = steps.download(page, page.get_by_role("link", name="Download the adapter"), tmp_path)
    names = {name.rsplit("/", 1)[-1] for name in zipfile.ZipFile(adapter).namelist()}
    assert {"adapter_config.json", "adapter_model.safetensors"} <= names
    card = steps.download(page, page.get_by_role("link", name="Model card"), tmp_path)
    assert version in card.read_text(encoding="utf-8")


def test_an_admin_cancels_a_run_and_no_process_of_it_is_left(
    served: Served, page_of: OpenPage, project: str, version: str
) -> None:
    page = page_of("admin")
    start_run(page, project, Steps="2000", Pairs_per_step="2")
    progress = page.get_by_role("region", name="Progress")
    expect(progress.get_by_text("running", exact=True)).to_be_visible(timeout=TRAINING_MS)
    page.get_by_role("button", name="Cancel the run").click()
    expect(progress.get_by_text("cancelled", exact=True)).to_be_visible(timeout=TRAINING_MS)
    assert trainers(served) == []


def test_a_researcher_looks_at_training_and_cannot_start_any(
    page_of: OpenPage, project: str, version: str
) -> None:
    page = page_of("researcher")
    page.goto(f"/p/{project}/training/")
    expect(page.get_by_text("An admin of the project starts runs.")).to_be_visible()
    expect(page.get_by_role("link", name="New run")).to_have_count(0)
    assert page.request.get(f"/p/{project}/training/new/").status == 403
