"""Imports in the browser: the drop zone, progress, refusals, and columns that a person names."""

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
from curation.queries import imports as import_queries
from curation.queries.imports import quarantine_page
from curation.services.imports import run_import
from tests.curation.import_files import chat

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def artifacts(settings: Any, tmp_path: Path) -> None:
    """Keep uploads of a test in the test's own folder."""
    settings.MEDIA_ROOT = tmp_path / "artifacts"


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


def finish() -> ImportBatch:
    batch = ImportBatch.objects.select_related("job").latest("id")
    assert batch.job is not None
    run_import(job_id=batch.job.pk)
    batch.refresh_from_db()
    return batch


def detail(browser: Client, batch: ImportBatch, route: str = "import_detail") -> str:
    return browser.get(reverse(f"curation:{route}", args=["shared", batch.uuid])).content.decode()


def test_a_dropped_file_answers_with_its_progress(project: Project, browser: Client) -> None:
    body = upload(browser, lines(), headers=HTMX).content.decode()
    assert body.lstrip().startswith("<section")
    assert "every 1s" in body


def test_without_javascript_an_upload_leads_to_its_page(project: Project, browser: Client) -> None:
    response = upload(browser, lines())
    assert response.status_code == 302
    assert "chats.jsonl" in browser.get(response["Location"]).content.decode()


def test_licence_and_consent_go_with_the_upload(project: Project, browser: Client) -> None:
    upload(browser, lines(), licence="CC-BY-4.0", consent="opted in", format="openai_chat")
    batch = finish()
    assert (batch.licence, batch.consent, batch.format) == ("CC-BY-4.0", "opted in", "openai_chat")
    assert "CC-BY-4.0" in detail(browser, batch)


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [(b"", {}, "is empty"), (lines(), {"format": "jsnol"}, "Select a valid choice")],
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


def test_progress_counts_what_became_of_the_records(project: Project, browser: Client) -> None:
    upload(browser, lines(2, bad=1))
    body = detail(browser, finish(), "import_progress")
    assert "every 1s" not in body
    assert "1 × broken_json" in body
    assert "2 new conversations" in body


def test_an_import_of_what_is_known_says_that_nothing_was_written(project: Project, browser: Client) -> None:
    for _ in range(2):
        upload(browser, lines())
        batch = finish()
    assert "nothing was written" in detail(browser, batch)


def test_refused_records_are_shown_with_place_and_sentence(project: Project, browser: Client) -> None:
    upload(browser, lines(2, bad=1))
    body = detail(browser, finish())
    assert "line 3" in body
    assert "This is not valid JSON" in body


def test_refused_records_come_in_pages(
    project: Project, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_queries, "QUARANTINE_PAGE", 2)
    upload(browser, lines(1, bad=5))
    batch, found, after = finish(), [], None
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
        upload(browser, lines(1, bad=bad))
        batch = finish()
        with CaptureQueriesContext(connection) as captured:
            detail(browser, batch)
        statements.append(len(captured))
    assert statements[0] == statements[1] <= 9


def test_what_the_source_deleted_is_named_but_not_kept(project: Project, browser: Client) -> None:
    tree = {"message_id": "m", "parent_id": None, "message_tree_id": "m", "role": "prompter", "deleted": True}
    upload(browser, json.dumps({**tree, "text": "my secret", "lang": "en"}).encode(), format="oasst")
    finish()
    refused = QuarantinedRecord.objects.get()
    assert (refused.reason, refused.excerpt) == ("deleted", "")


def test_the_drop_zone_shows_an_import_that_is_on_its_way(project: Project, browser: Client) -> None:
    address = reverse("curation:drop_zone", args=["shared"])
    assert "Nothing leaves this machine." in browser.get(address).content.decode()
    upload(browser, lines())
    assert "import-progress-" in browser.get(address).content.decode()
    assert "data-drop-zone" in browser.get(address, {"new": "1"}).content.decode()


def test_a_failed_import_may_be_tried_again_and_says_why(project: Project, browser: Client) -> None:
    upload(browser, b"PK\x03\x04 an archive")
    batch = finish()
    body = detail(browser, batch)
    assert "ZIP archive" in body
    assert "Try again" in body


# Columns that nobody recognises ---------------------------------------------------------------------

TABLE = b"alpha,beta\n1,2\n3,4\n"


def columns_address(batch: ImportBatch) -> str:
    return reverse("curation:import_columns", args=["shared", batch.uuid])


def test_a_table_that_nobody_recognises_asks_for_its_columns(project: Project, browser: Client) -> None:
    upload(browser, TABLE, name="table.csv")
    batch = finish()
    assert columns_address(batch) in detail(browser, batch)
    form = browser.get(columns_address(batch)).content.decode()
    assert "alpha" in form
    assert "What the user wrote" in form


def test_a_table_is_imported_by_the_columns_that_a_person_named(project: Project, browser: Client) -> None:
    upload(browser, TABLE, name="table.csv")
    batch = finish()
    browser.post(columns_address(batch), {"prompt": "alpha", "response_a": "beta"})
    finish()
    assert Conversation.objects.count() == 2
    assert Job.objects.get().state == Job.State.SUCCEEDED


def test_a_table_without_its_prompt_is_not_imported(project: Project, browser: Client) -> None:
    upload(browser, TABLE, name="table.csv")
    batch = finish()
    assert browser.post(columns_address(batch), {"response_a": "beta"}).status_code == 200
    assert Job.objects.get().state == Job.State.FAILED


def test_the_columns_of_a_finished_import_cannot_change(project: Project, browser: Client) -> None:
    upload(browser, b"prompt,response\nWhat is it about?,It is about this.\n", name="table.csv")
    assert browser.get(columns_address(finish())).status_code == 404
