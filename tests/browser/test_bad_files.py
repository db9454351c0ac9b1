"""Files that are no chat log: each is refused with a sentence that says what to do, and breaks nothing."""

import gzip
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.chat_logs import STORIES, write_chat_log
from tests.browser.people import OpenPage

LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1234\n"
REFUSED = {
    "empty.jsonl": (b"", "This file is empty"),
    "pointer.jsonl": (LFS_POINTER, "Git"),
    "prose.txt": (b"Dear diary, nobody talked to me today.\n" * 20, "format"),
    "nothing.jsonl.gz": (gzip.compress(b""), "empty"),
}


@pytest.mark.usefixtures("failing_requests")
@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_chat_log_is_refused_with_a_sentence(
    page_of: OpenPage, project: str, tmp_path: Path, name: str
) -> None:
    content, words = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(content)
    page = page_of("researcher")
    page.goto(reverse("curation:import_list", args=[project]))
    steps.drop_file(page, path)
    sentence = page.locator(".notice.error, .errorlist").filter(has_text=words)
    expect(sentence.first).to_be_visible(timeout=steps.WORK_MS)
    assert "Traceback" not in page.content()


def test_a_table_whose_columns_say_nothing_is_imported_once_they_are_named(
    page_of: OpenPage, project: str, tmp_path: Path
) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,y\nLisbon,Portugal\nRome,Italy\nOslo,Norway\n", encoding="utf-8")
    page = page_of("researcher")
    page.goto(reverse("curation:import_list", args=[project]))
    steps.drop_file(page, path)
    page.get_by_label("What the user wrote").select_option("x")
    page.get_by_label("Answer", exact=True).select_option("y")
    expect(page.get_by_label("First conversations")).to_contain_text("Portugal")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("3 new conversations.")).to_be_visible(timeout=steps.WORK_MS)


def test_a_file_that_is_not_utf_8_is_read_in_the_encoding_that_a_person_confirms(
    page_of: OpenPage, project: str, tmp_path: Path
) -> None:
    path = tmp_path / "table.csv"
    rows = "".join(f"Wie groß ist die Höhle {n}?,Sie ist größer als üblich.\n" for n in range(5))
    path.write_text("prompt,response\n" + rows, encoding="cp1252")
    page = page_of("researcher")
    page.goto(reverse("curation:import_list", args=[project]))
    steps.drop_file(page, path)
    expect(page.get_by_text("In which encoding does it read well?")).to_be_visible()
    page.get_by_label("Windows-1252").check()
    expect(page.get_by_label("First conversations")).to_contain_text("Wie groß ist die Höhle")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("5 new conversations.")).to_be_visible(timeout=steps.WORK_MS)


def test_an_import_is_undone_after_its_reach_was_shown(
    page_of: OpenPage, project: str, tmp_path: Path
) -> None:
    page = page_of("researcher")
    steps.import_chat_log(page, project, write_chat_log(tmp_path / "own.jsonl", STORIES[:5]))
    page.get_by_role("link", name="Undo this import").click()
    expect(page.get_by_text("5 conversations, with their answers")).to_be_visible()
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("5 conversations were deleted.")).to_be_visible(timeout=steps.WORK_MS)


def test_the_list_of_imports_shows_a_new_one_without_a_reload(
    page_of: OpenPage, project: str, tmp_path: Path
) -> None:
    page = page_of("researcher")
    page.goto(reverse("curation:import_list", args=[project]))
    steps.drop_file(page, write_chat_log(tmp_path / "own.jsonl", STORIES[:5]))
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("row").filter(has_text="own.jsonl")).to_be_visible(timeout=steps.WORK_MS)


def test_a_compressed_chat_log_is_imported_like_a_plain_one(
    page_of: OpenPage, project: str, tmp_path: Path
) -> None:
    plain = write_chat_log(tmp_path / "own.jsonl", STORIES[:5])
    compressed = tmp_path / "own.jsonl.gz"
    compressed.write_bytes(gzip.compress(plain.read_bytes()))
    page = page_of("researcher")
    steps.import_chat_log(page, project, compressed)
    expect(page.get_by_text("5 new conversations.")).to_be_visible()
