"""Exports: what trainers load is what was frozen, and nothing that was withdrawn."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.domain.errors import HarkenError, UnknownFormatError
from curation.models import DatasetVersion, Job, Project, User
from curation.queries.versions import version_rows as row_queries
from curation.queries.versions.datasets import find_version
from curation.queries.versions.version_rows import version_rows
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.exporters import export_files, exports
from curation.services.exporters.export_requests import ExportRequest
from curation.services.exporters.exports import export_to_path, open_export, run_export
from curation.services.versions.datasets import ensure_dataset, freeze_dataset, open_freeze, run_freeze
from curation.services.work.jobs import JobProgress, claim_job
from tests.cast import make_pair, make_project


@pytest.fixture(autouse=True)
def artifacts(settings: Any, tmp_path: Path) -> Path:
    """Keep exports of a test in the test's own folder."""
    settings.MEDIA_ROOT = tmp_path / "artifacts"
    return tmp_path / "artifacts"


@pytest.fixture
def version(project: Project) -> DatasetVersion:
    """A version of six rows."""
    for number in range(6):
        make_pair(project, question=f"Question {number} on topic {number}?", chosen=f"right {number}")
    return freeze_dataset(dataset=ensure_dataset(project=project, name="prefs", recipe=None, actor=None))


def exported(version: DatasetVersion, actor: User, ending: str = ".jsonl") -> Job:
    job = run_export(job_id=open_export(version=version, actor=actor, wanted=ExportRequest(ending=ending)).pk)
    assert job is not None
    return job


def withdraw_first_row(version: DatasetVersion, actor: User) -> None:
    row = version.rows.order_by("position").first()
    assert row is not None
    withdraw_conversation(conversation=row.prompt.conversation, actor=actor)


# Rows -----------------------------------------------------------------------------------------------


def test_rows_come_in_their_order_whatever_the_page(
    version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_queries, "STREAM_ROWS", 4)
    rows = list(version_rows(version))
    frozen = version.rows.order_by("position")
    assert [row.id for row in rows] == [f"{row.sha256[:32]}-{row.position}" for row in frozen]
    assert rows[0].prompt[-1][0] == "user"
    assert rows[0].chosen[0] != rows[0].rejected[0]


def test_rows_of_one_split_are_all_of_it(version: DatasetVersion) -> None:
    counts = {split: len(list(version_rows(version, split=split))) for split in version.split_counts}
    assert counts == version.split_counts


def test_rows_are_streamed_in_few_statements(version: DatasetVersion) -> None:
    with CaptureQueriesContext(connection) as captured:
        list(version_rows(version))
    assert len(captured) == 2


def test_a_withdrawn_row_is_left_out(version: DatasetVersion, admin: User) -> None:
    withdraw_first_row(version, admin)
    assert len(list(version_rows(version))) == 5


# Files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_the_snippet_loads_what_was_exported(
    version: DatasetVersion, researcher: User, ending: str, tmp_path: Path
) -> None:
    datasets = pytest.importorskip("datasets")
    job = exported(version, researcher, ending)
    file = default_storage.path(job.result["file"])
    kind = "parquet" if ending == ".parquet" else "json"
    rows = datasets.load_dataset(kind, data_files=file, split="train", cache_dir=str(tmp_path / "cache"))
    train = rows.filter(lambda row: row["split"] == "train")
    assert len(train) == version.split_counts["train"]
    assert [row["id"] for row in rows] == [row.id for row in version_rows(version)]


def test_the_result_names_size_and_hash_of_the_file(version: DatasetVersion, researcher: User) -> None:
    result = exported(version, researcher).result
    content = default_storage.open(result["file"]).read()
    assert (result["rows"], result["bytes"]) == (6, len(content))
    assert result["sha256"] == sha256(content).hexdigest()


def test_an_ending_that_nobody_writes_is_refused(version: DatasetVersion, researcher: User) -> None:
    with pytest.raises(UnknownFormatError, match="Known endings"):
        open_export(version=version, actor=researcher, wanted=ExportRequest(ending=".docx"))


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(
    version: DatasetVersion, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HarkenError, match="cannot be written"):
        export_to_path(version=version, wanted=ExportRequest(), path=tmp_path / "file" / "rows.jsonl")


def test_a_withdrawal_deletes_the_files_that_hold_its_text(
    version: DatasetVersion, researcher: User, admin: User, django_capture_on_commit_callbacks: Any
) -> None:
    job = exported(version, researcher)
    file = job.result["file"]
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_first_row(version, admin)
    job.refresh_from_db()
    assert not default_storage.exists(file)
    assert "file" not in job.result


def test_a_withdrawal_during_an_export_leaves_no_file(
    version: DatasetVersion, researcher: User, admin: User, artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = export_files.write_export

    def write_then_withdraw(*arguments: Any, **named: Any) -> Any:
        written = write(*arguments, **named)
        withdraw_first_row(version, admin)
        return written

    monkeypatch.setattr(exports, "write_export", write_then_withdraw)
    job = exported(version, researcher)
    assert "withdrawn while this file was written" in job.error_sentence
    assert list((artifacts / "exports").iterdir()) == []


def test_a_withdrawal_finds_what_a_killed_worker_left(
    version: DatasetVersion,
    researcher: User,
    admin: User,
    artifacts: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    job = open_export(version=version, actor=researcher)
    (artifacts / "exports").mkdir(parents=True)
    (artifacts / "exports" / f".{job.uuid}-1.jsonl.half").write_text("half of it")
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_first_row(version, admin)
    assert list((artifacts / "exports").iterdir()) == []


def test_an_export_done_again_replaces_what_the_killed_worker_left(
    version: DatasetVersion, researcher: User, artifacts: Path
) -> None:
    job = open_export(version=version, actor=researcher)
    (artifacts / "exports").mkdir(parents=True)
    (artifacts / "exports" / f"{job.uuid}-0.jsonl").write_text("of the first try")
    done = run_export(job_id=job.pk)
    assert done is not None
    assert [f"exports/{path.name}" for path in (artifacts / "exports").iterdir()] == [done.result["file"]]


# Download -------------------------------------------------------------------------------------------


def address_of(project: Project, job: Job) -> str:
    return reverse("curation:export_file", args=[project.slug, job.uuid])


def test_a_download_is_an_attachment_that_no_browser_interprets(
    version: DatasetVersion, researcher: User, client_of: Callable[[User], Client]
) -> None:
    response = client_of(researcher).get(address_of(version.project, exported(version, researcher)))
    assert response["Content-Disposition"] == 'attachment; filename="prefs-1.jsonl"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "application/octet-stream"
    first = json.loads(b"".join(response.streaming_content).splitlines()[0])  # type: ignore[attr-defined]
    assert {"prompt", "chosen", "rejected"} <= set(first)


def test_a_file_of_another_project_is_not_found(
    version: DatasetVersion, researcher: User, outsider: User, client_of: Callable[[User], Client]
) -> None:
    job = exported(version, researcher)
    elsewhere = Project.objects.get(slug="elsewhere")
    assert client_of(outsider).get(address_of(version.project, job)).status_code == 404
    assert client_of(outsider).get(address_of(elsewhere, job)).status_code == 404


def test_an_import_s_job_gives_no_file(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    job = Job.objects.create(
        project=project, kind="import", task_name="x", state="succeeded", result={"file": "imports/secret"}
    )
    assert client_of(researcher).get(address_of(project, job)).status_code == 404


# Freezing in the background -------------------------------------------------------------------------


def test_a_freeze_in_the_background_ends_with_a_version_and_its_export(
    project: Project, researcher: User
) -> None:
    make_pair(project)
    dataset = ensure_dataset(project=project, name="d", recipe=None, actor=researcher)
    job = run_freeze(job_id=open_freeze(dataset=dataset, actor=researcher, then_export=True).pk)
    assert job is not None
    assert (job.result["version"], job.result["rows"]) == (1, 1)
    assert Job.objects.filter(kind="export", state="queued").count() == 1


def test_a_freeze_done_again_after_its_worker_died_makes_no_second_version(
    project: Project, researcher: User
) -> None:
    make_pair(project)
    dataset = ensure_dataset(project=project, name="d", recipe=None, actor=researcher)
    job = open_freeze(dataset=dataset, actor=researcher)
    claimed = claim_job(job_id=job.pk)
    assert claimed is not None
    freeze_dataset(dataset=dataset, progress=JobProgress(claimed))
    Job.objects.filter(pk=job.pk).update(state="queued", lease_expires_at=None)
    done = run_freeze(job_id=job.pk)
    assert done is not None
    assert done.result["version"] == 1
    assert DatasetVersion.objects.count() == 1


def test_a_freeze_without_preferences_fails_in_a_sentence(project: Project, researcher: User) -> None:
    dataset = ensure_dataset(project=project, name="d", recipe=None, actor=researcher)
    job = run_freeze(job_id=open_freeze(dataset=dataset, actor=researcher).pk)
    assert job is not None
    assert job.state == Job.State.FAILED
    assert "no preferences yet" in job.error_sentence


# References -----------------------------------------------------------------------------------------


def test_a_version_is_found_by_name_and_number(version: DatasetVersion) -> None:
    assert find_version(version.project, "prefs@1") == version


@pytest.mark.parametrize("reference", ["prefs", "prefs@2", "prefs@x", "@1", "prefs@99999999999", ""])
def test_an_unknown_version_is_refused_with_the_known_ones(version: DatasetVersion, reference: str) -> None:
    with pytest.raises(HarkenError, match="Known: prefs@1"):
        find_version(version.project, reference)


def test_a_version_of_another_project_is_unknown(version: DatasetVersion) -> None:
    with pytest.raises(HarkenError, match="Freeze a dataset first"):
        find_version(make_project("other"), "prefs@1")
