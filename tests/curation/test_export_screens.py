"""The page where a version leaves: formats, options, and what was found."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from curation.exporters import EXPORTERS
from curation.models import DatasetVersion, Job, Project, User
from curation.services.exporters.exports import WRITTEN_AGAIN_AFTER, run_export
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from tests.cast import make_pair


@pytest.fixture(autouse=True)
def artifacts(settings: Any, tmp_path: Path) -> None:
    """Keep files of a test in the test's own folder."""
    settings.MEDIA_ROOT = tmp_path / "artifacts"
    settings.HARKEN_TOKENIZERS = tmp_path / "tokenizers"


@pytest.fixture
def version(project: Project) -> DatasetVersion:
    """A version of a few rows."""
    for number in range(4):
        make_pair(project, question=f"Question {number}?", chosen=f"right {number}")
    return freeze_dataset(dataset=ensure_dataset(project=project, name="prefs", recipe=None, actor=None))


@pytest.fixture
def browser(researcher: User, client_of: Callable[[User], Client]) -> Client:
    """A researcher's browser."""
    return client_of(researcher)


def page(version: DatasetVersion) -> str:
    return reverse("curation:version_exports", args=[version.project.slug, version.uuid])


def ask(browser: Client, version: DatasetVersion, **wanted: Any) -> Any:
    address = reverse("curation:version_export", args=[version.project.slug, version.uuid])
    return browser.post(address, {"format_name": "trl_preference", **wanted})


def test_every_format_is_offered_with_who_reads_it(version: DatasetVersion, browser: Client) -> None:
    body = browser.get(page(version)).content.decode()
    assert [name for name in EXPORTERS if f'value="{name}"' not in body] == []
    assert "TRL&#x27;s KTO trainer" in body


def test_the_endings_are_those_of_the_chosen_format(version: DatasetVersion, browser: Client) -> None:
    body = browser.get(page(version), {"format_name": "openai_chat"}, headers={"HX-Request": "true"})
    assert ".jsonl" in body.content.decode()
    assert ".parquet" not in body.content.decode()


def test_a_format_that_names_no_split_says_what_it_takes(version: DatasetVersion, browser: Client) -> None:
    body = browser.get(page(version), {"format_name": "openai_chat"}).content.decode()
    assert "the training rows alone" in body


def test_what_is_asked_for_is_written(version: DatasetVersion, browser: Client) -> None:
    response = ask(browser, version, ending=".parquet", package="bundle", splits=["train"], max_tokens=512)
    assert response.status_code == 302
    wanted = Job.objects.get(kind="export").arguments
    assert (wanted["ending"], wanted["is_bundle"], wanted["splits"], wanted["max_tokens"]) == (
        ".parquet",
        True,
        ["train"],
        512,
    )


def test_a_wrong_option_is_told_beside_its_field(version: DatasetVersion, browser: Client) -> None:
    response = ask(browser, version, max_tokens=0)
    assert response.status_code == 422
    assert "greater than or equal to 1" in response.content.decode()


def test_a_written_file_says_how_a_trainer_would_read_it(version: DatasetVersion, browser: Client) -> None:
    ask(browser, version, max_tokens=1)
    run_export(job_id=Job.objects.get(kind="export").pk)
    body = browser.get(page(version)).content.decode()
    assert "rows can be read by a trainer" in body
    assert "are longer than 1" in body


def test_a_format_that_can_express_no_row_says_so(version: DatasetVersion, browser: Client) -> None:
    ask(browser, version, format_name="stepwise")
    run_export(job_id=Job.objects.get(kind="export").pk)
    body = browser.get(page(version)).content.decode()
    assert "the file is empty" in body
    assert "no labelled steps" in body
    assert "rows can be read by a trainer" not in body


def test_each_kind_of_file_stands_once_with_its_newest(version: DatasetVersion, browser: Client) -> None:
    for name in ("sharegpt", "sharegpt", "table"):
        ask(browser, version, format_name=name)
        run_export(job_id=Job.objects.latest("id").pk)
    assert browser.get(page(version)).content.decode().count("Download prefs-1") == 2


def test_a_file_that_is_there_is_not_written_again(version: DatasetVersion, browser: Client) -> None:
    ask(browser, version)
    first = run_export(job_id=Job.objects.get(kind="export").pk)
    ask(browser, version)
    assert Job.objects.get(kind="export") == first
    ask(browser, version, max_tokens=9)
    assert Job.objects.filter(kind="export").count() == 2


def test_a_new_file_takes_the_place_of_an_old_one(version: DatasetVersion, browser: Client) -> None:
    ask(browser, version)
    first = run_export(job_id=Job.objects.get(kind="export").pk)
    assert first is not None
    Job.objects.filter(pk=first.pk).update(finished_at=timezone.now() - WRITTEN_AGAIN_AFTER)
    ask(browser, version)
    run_export(job_id=Job.objects.latest("id").pk)
    assert "file" in Job.objects.latest("id").result
    assert "file" not in Job.objects.get(pk=first.pk).result


def test_a_file_that_was_there_before_stands_once_among_the_others(
    version: DatasetVersion, browser: Client
) -> None:
    address = reverse("curation:version_export", args=[version.project.slug, version.uuid])
    headers = {"HX-Request": "true", "HX-Target": f"exports-{version.uuid}"}
    for _ in range(2):
        body = browser.post(
            address, {"format_name": "table", "ending": ".csv"}, headers=headers
        ).content.decode()
    assert body.count('id="job-progress-') == 1
