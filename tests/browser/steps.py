"""The steps of the thread, as a researcher takes them in the browser."""

import base64
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.watching import wait_for_htmx

DROP = """
async ([zone, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const dropped = new DataTransfer();
  dropped.items.add(new File([bytes], name));
  const target = document.querySelector(zone);
  for (const kind of ["dragover", "drop"])
    target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: dropped }));
}
"""
# Work that a worker does in the background: seconds on a quiet machine.
WORK_MS = 60_000


def drop_file(page: Page, path: Path) -> None:
    """Drop a file onto the drop zone, as a hand with a mouse does, and wait for what is said of it."""
    zone = page.locator("[data-drop-zone]")
    expect(zone).to_be_visible()
    page.evaluate(DROP, ["[data-drop-zone]", path.name, base64.b64encode(path.read_bytes()).decode()])
    answer = page.locator("[id^=import-preview-], [data-drop-zone] .errorlist")
    expect(answer.first).to_be_visible(timeout=WORK_MS)


def import_chat_log(page: Page, project: str, path: Path) -> None:
    """Drop a chat log on the project's home and wait until it is imported."""
    page.goto(f"/p/{project}/")
    drop_file(page, path)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("link", name="Find the feedback in them")).to_be_visible(timeout=WORK_MS)


def mine_feedback(page: Page, project: str, *, detector: str = "phrases") -> None:
    """Have a detector read the new messages and wait until it has."""
    page.goto(f"/p/{project}/signals/")
    page.get_by_label("detector", exact=True).select_option(detector)
    page.get_by_role("button", name="Read new messages").click()
    await_work(page, re.compile(r"\d+ messages read"))


def build_pairs(page: Page, project: str) -> None:
    """Have the pair recipe propose pairs and wait until it has."""
    page.goto(f"/p/{project}/signals/")
    page.get_by_role("button", name="Build pairs").click()
    await_work(page, re.compile(r"\d+ candidates"))


def await_work(page: Page, words: re.Pattern[str]) -> None:
    """Wait until a job of the miner tells what it did."""
    expect(page.locator("[id^=mining-work-]").get_by_text(words).first).to_be_visible(timeout=WORK_MS)


def open_queue(page: Page, project: str) -> None:
    """Open a queue over the mined pairs."""
    page.goto(f"/p/{project}/judge/new/")
    page.get_by_role("button", name="Open the queue").click()
    expect(page.get_by_role("heading", name="Mined pairs")).to_be_visible()


def freeze_dataset(page: Page, project: str, *, name: str = "preferences") -> None:
    """Write a recipe, freeze its first version, and open it."""
    page.goto(f"/p/{project}/datasets/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save the recipe").click()
    page.get_by_role("button", name="Freeze a version").click()
    page.get_by_role("link", name=f"Open {name}@1").click(timeout=WORK_MS)
    wait_for_htmx(page)


def download(page: Page, link: Locator, folder: Path) -> Path:
    """Follow a download link and return the file that came."""
    with page.expect_download() as started:
        link.click(timeout=WORK_MS)
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path
