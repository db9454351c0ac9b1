"""Imports in the browser: the drop zone, a look into the file, progress, refusals, and columns that a person names."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Conversation, ImportBatch, Job, Project, QuarantinedRecord, User
from curation.queries.importers import imports as import_queries
from curation.queries.importers.imports import quarantine_page
from curation.services.importers.imports import run_import
from tests.curation.import_files import chat

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def artifacts(settings: Any, tmp_path: Path) -> Path:
    """Keep uploads of a test in the test's own folder."""
    settings.MEDIA_ROOT = tmp_path / "artifacts"
    return tmp_path / "artifacts"


@pytest.fixture
def browser(researcher: User, client_of: Callable[[User], Client]) -> Client:
    """The researcher's browser."""
    return client_of(researcher)


def lines(count: int = 2, *, bad: int = 0) -> bytes:
    good = [json.dumps(chat(f"question {number}", "answer")) for number in range(count)]
    return "\n".join(good + ["{"] * bad).encode()


def upload(browser: Client, content: bytes, *, name: str = "chats.jsonl", **fields: Any) -> Any:
    headers = fields.pop("headers", {})
    file = SimpleUploadedFile(name, content)
    address = reverse("curation:import_start", args=["shared"])
    return browser.post(address, {"file": file, **fields}, headers=headers)


def newest() -> ImportBatch:
    return ImportBatch.objects.select_related("job").latest("id")


def confirm(browser: Client, **fields: Any) -> Any:
    headers = fields.pop("headers", {})
    address = reverse("curation:import_preview", args=["shared", newest().uuid])
    return browser.post(address, fields, headers=headers)


def finish() -> ImportBatch:
    batch = newest()
    assert batch.job is not None
    run_import(job_id=batch.job.pk)
    batch.refresh_from_db()
    return batch


def imported(browser: Client, content: bytes, *, name: str = "chats.jsonl", **fields: Any) -> ImportBatch:
    upload(browser, content, name=name)
    confirm(browser, **fields)
    return finish()


def detail(browser: Client, batch: ImportBatch, route: str = "import_detail") -> str:
    return browser.get(reverse(f"curation:{route}", args=["shared", batch.uuid])).content.decode()


def test_a_dropped_file_is_shown_before_anything_is_imported(project: Project, browser: Client) -> None:
    body = upload(browser, lines(), headers=HTMX).content.decode()
    assert body.lstrip().startswith("<section")
    assert "question 0" in body
    assert "2 records" in body
    assert not Job.objects.exists()
    assert not Conversation.objects.exists()


def test_one_confirmation_imports_what_was_shown(project: Project, browser: Client) -> None:
    upload(browser, lines())
    body = confirm(browser, headers=HTMX).content.decode()
    assert "every 1s" in body
    finish()
    assert Conversation.objects.count() == 2


def test_without_javascript_an_upload_leads_to_its_preview_and_on(project: Project, browser: Client) -> None:
    response = upload(browser, lines())
    assert "question 0" in browser.get(response["Location"]).content.decode()
    response = confirm(browser)
    assert "chats.jsonl" in browser.get(response["Location"]).content.decode()


def test_rights_go_with_the_import(project: Project, browser: Client) -> None:
    rights = {"licence": "CC-BY-4.0", "consent": "opted in", "commercial_use": "forbidden"}
    batch = imported(browser, lines(), **rights)
    assert (batch.licence, batch.consent, batch.commercial_use) == tuple(rights.values())
    assert "CC-BY-4.0" in detail(browser, batch)


def test_records_that_are_here_already_are_counted_before(project: Project, browser: Client) -> None:
    imported(browser, lines(1))
    assert "1 of them is here already" in upload(browser, lines(2), headers=HTMX).content.decode()


def test_records_that_will_be_refused_are_shown_before(project: Project, browser: Client) -> None:
    body = upload(browser, lines(2, bad=1), headers=HTMX).content.decode()
    assert "1 of the first 3 records will be refused" in body
    assert "line 3" in body


def test_a_file_may_be_read_as_another_format(project: Project, browser: Client) -> None:
    upload(browser, lines())
    assert "MISSING" not in confirm(browser, show="1", format="sharegpt").content.decode()
    body = confirm(browser, show="1", format="sharegpt", headers=HTMX).content.decode()
    assert "2 × a field is missing" in body
    assert not Job.objects.exists()


def test_an_upload_may_be_thrown_away(project: Project, browser: Client, artifacts: Path) -> None:
    upload(browser, lines())
    browser.post(reverse("curation:import_discard", args=["shared", newest().uuid]))
    assert not ImportBatch.objects.exists()


def test_an_import_that_began_is_not_thrown_away(project: Project, browser: Client) -> None:
    batch = imported(browser, lines())
    browser.post(reverse("curation:import_discard", args=["shared", batch.uuid]))
    assert newest() == batch


def test_an_upload_that_waits_is_shown_in_the_list(project: Project, browser: Client) -> None:
    upload(browser, lines())
    body = browser.get(reverse("curation:import_list", args=["shared"])).content.decode()
    assert "waits for your word" in body
    address = reverse("curation:import_detail", args=["shared", newest().uuid])
    assert browser.get(address)["Location"].endswith("/preview/")


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [
        (b"", {}, "is empty"),
        (b"version https://git-lfs.x/v1\noid sha256:0\n", {}, "Git-LFS pointer"),
        (b"PK\x03\x04 an archive", {}, "ZIP archive"),
    ],
)
def test_a_refused_upload_says_why_in_its_place(
    project: Project, browser: Client, content: bytes, fields: dict[str, str], words: str
) -> None:
    for headers, start in ((HTMX, "<section"), ({}, "<!doctype")):
        response = upload(browser, content, headers=headers, **fields)
        assert response.status_code == 422
        assert words in response.content.decode()
        assert response.content.decode().lstrip().startswith(start)
    assert not ImportBatch.objects.exists()


def test_an_upload_beyond_the_limit_is_refused(project: Project, browser: Client, settings: Any) -> None:
    settings.HARKEN_UPLOAD_MAX_BYTES = 10
    assert "more than the" in upload(browser, lines(), headers=HTMX).content.decode()


def test_an_upload_far_beyond_the_limit_is_not_read_at_all(
    project: Project, browser: Client, settings: Any, artifacts: Path
) -> None:
    settings.HARKEN_UPLOAD_MAX_BYTES = 10
    body = upload(browser, bytes(2 << 20), headers=HTMX).content.decode()
    assert "larger than the" in body
    assert not artifacts.exists()


def test_progress_counts_what_became_of_the_records(project: Project, browser: Client) -> None:
    body = detail(browser, imported(browser, lines(2, bad=1)), "import_progress")
    assert "every 1s" not in body
    assert "1 × broken JSON" in body
    assert "2 new conversations" in body


def test_an_import_of_what_is_known_says_that_nothing_was_written(project: Project, browser: Client) -> None:
    for _ in range(2):
        batch = imported(browser, lines())
    assert "Nothing new: all 2 readable records were known already" in detail(browser, batch)


def test_refused_records_are_shown_with_place_and_sentence(project: Project, browser: Client) -> None:
    body = detail(browser, imported(browser, lines(2, bad=1)))
    assert "line 3" in body
    assert "This is not valid JSON" in body


def test_refused_records_come_in_pages(
    project: Project, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_queries, "QUARANTINE_PAGE", 2)
    batch, found, after = imported(browser, lines(1, bad=5)), [], None
    for _ in range(3):
        page = quarantine_page(batch, after=after)
        found += [record.line for record in page.records]
        after = page.next_after
    assert (found, after) == ([2, 3, 4, 5, 6], None)


def test_a_page_of_an_import_takes_as_many_statements_for_many_refusals(
    project: Project, browser: Client
) -> None:
    statements = []
    for bad in (1, 20):
        batch = imported(browser, lines(1, bad=bad))
        with CaptureQueriesContext(connection) as captured:
            detail(browser, batch)
        statements.append(len(captured))
    assert statements[0] == statements[1] <= 10


def test_what_the_source_deleted_is_named_but_not_kept(project: Project, browser: Client) -> None:
    tree = {"message_id": "m", "parent_id": None, "message_tree_id": "m", "role": "prompter", "deleted": True}
    imported(browser, json.dumps({**tree, "text": "my secret", "lang": "en"}).encode(), format="oasst")
    refused = QuarantinedRecord.objects.get()
    assert (refused.reason, refused.excerpt) == ("deleted", "")


def test_the_drop_zone_shows_an_import_that_is_on_its_way(project: Project, browser: Client) -> None:
    address = reverse("curation:drop_zone", args=["shared"])
    assert "Nothing leaves this machine." in browser.get(address).content.decode()
    upload(browser, lines())
    confirm(browser)
    assert "import-progress-" in browser.get(address).content.decode()
    assert "data-drop-zone" in browser.get(address, {"new": "1"}).content.decode()


def test_a_failed_import_may_be_tried_again_and_says_why(project: Project, browser: Client) -> None:
    upload(browser, lines())
    confirm(browser)
    Path(newest().files[0]["path"]).unlink()
    body = detail(browser, finish())
    assert "not kept here any more" in body
    assert "Try again" in body


# Columns that nobody recognises ---------------------------------------------------------------------

TABLE = b"alpha,beta\n1,2\n3,4\n"


def test_a_table_that_nobody_recognises_asks_for_its_columns(project: Project, browser: Client) -> None:
    body = upload(browser, TABLE, name="table.csv", headers=HTMX).content.decode()
    assert "alpha" in body
    assert "What the user wrote" in body


def test_a_table_is_imported_by_the_columns_that_a_person_named(project: Project, browser: Client) -> None:
    imported(browser, TABLE, name="table.csv", format="csv", column_prompt="alpha", column_response_a="beta")
    assert Conversation.objects.count() == 2
    assert Job.objects.get(kind="import").state == Job.State.SUCCEEDED


def test_fields_of_json_that_nobody_recognises_are_named_too(project: Project, browser: Client) -> None:
    content = json.dumps({"alpha": "1", "beta": {"gamma": "2"}}).encode()
    assert "beta.gamma" in upload(browser, content, headers=HTMX).content.decode()
    confirm(browser, format="rows", column_prompt="alpha", column_response_a="beta.gamma")
    finish()
    assert Conversation.objects.get().message_count == 2


def test_what_the_columns_are_taken_for_is_said_in_words(project: Project, browser: Client) -> None:
    table = b"frage,antwort\nWas ist denn Regen?,Regen ist Wasser aus Wolken.\n"
    body = upload(browser, table, name="table.csv", headers=HTMX).content.decode()
    assert "What the user wrote ← frage" in body


def test_a_table_without_its_prompt_is_not_imported(project: Project, browser: Client) -> None:
    upload(browser, TABLE, name="table.csv")
    response = confirm(browser, format="csv", column_response_a="beta")
    assert response.status_code == 422
    assert "which column is the prompt" in response.content.decode()
    assert not Job.objects.exists()


def test_a_finished_import_cannot_be_read_otherwise(project: Project, browser: Client) -> None:
    batch = imported(browser, b"prompt,response\nWhat is it about?,It is about this.\n", name="table.csv")
    address = reverse("curation:import_preview", args=["shared", batch.uuid])
    assert browser.get(address).status_code == 302


# Encodings ------------------------------------------------------------------------------------------

GERMAN = "".join(
    json.dumps(
        chat(f"Wie heißen die größten Flüsse {n}?", "Müßte man wissen: Donau, Höhenbäche."),
        ensure_ascii=False,
    )
    + "\n"
    for n in range(9)
)


def test_a_file_in_another_encoding_is_shown_in_each_that_is_likely(
    project: Project, browser: Client
) -> None:
    body = upload(browser, GERMAN.encode("cp1252"), headers=HTMX).content.decode()
    assert "In which encoding does it read well?" in body
    assert "Windows-1252" in body
    assert "heißen die größten" in body


def test_the_confirmed_encoding_is_the_one_that_is_read(project: Project, browser: Client) -> None:
    batch = imported(browser, GERMAN.encode("cp1252"), encoding="cp1252")
    assert Conversation.objects.count() == 9
    assert "Flüsse" in Conversation.objects.earliest("id").title
    assert batch.files[0]["encoding"] == "cp1252"


def test_utf_16_without_a_mark_is_offered_for_confirmation(project: Project, browser: Client) -> None:
    assert "UTF-16" in upload(browser, GERMAN.encode("utf-16-le"), headers=HTMX).content.decode()
    confirm(browser, encoding="utf-16-le")
    finish()
    assert Conversation.objects.count() == 9


# Paths and the hub ----------------------------------------------------------------------------------


def start(browser: Client, **fields: str) -> Any:
    return browser.post(reverse("curation:import_start", args=["shared"]), fields, headers=HTMX)


@pytest.fixture
def server_folder(settings: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    settings.HARKEN_IMPORT_FOLDERS = [str(folder)]
    return folder


def test_an_admin_imports_a_path_below_a_named_folder(
    project: Project, admin: User, client_of: Callable[[User], Client], server_folder: Path
) -> None:
    (server_folder / "own.jsonl").write_bytes(lines())
    browser = client_of(admin)
    assert "question 0" in start(browser, path=str(server_folder / "own.jsonl")).content.decode()
    confirm(browser)
    assert finish().conversation_count == 2
    assert (server_folder / "own.jsonl").exists()


def test_a_path_outside_the_named_folders_is_refused_link_or_not(
    project: Project, admin: User, client_of: Callable[[User], Client], server_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.jsonl").write_bytes(lines())
    (server_folder / "link.jsonl").symlink_to(tmp_path / "secret.jsonl")
    outside = [server_folder / "link.jsonl", server_folder / "../secret.jsonl", tmp_path / "no\x00thing", "/"]
    for path in outside:
        body = start(client_of(admin), path=str(path)).content.decode()
        assert "may be imported only from" in body or "Null characters" in body
    assert not ImportBatch.objects.exists()


def test_a_researcher_imports_no_path(project: Project, browser: Client, server_folder: Path) -> None:
    (server_folder / "own.jsonl").write_bytes(lines())
    assert "Choose a file first" in start(browser, path=str(server_folder / "own.jsonl")).content.decode()


def test_the_hub_is_not_offered_unless_a_setting_allows_it(
    project: Project, browser: Client, settings: Any
) -> None:
    address = reverse("curation:drop_zone", args=["shared"])
    assert "Dataset of the hub" not in browser.get(address).content.decode()
    assert "Choose a file first" in start(browser, dataset="someone/chats").content.decode()
    settings.HARKEN_ALLOW_HUB = True
    assert "Dataset of the hub" in browser.get(address).content.decode()
