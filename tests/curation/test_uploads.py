"""Uploads that nobody wants any more, archives as imports, and datasets of a hub."""

import hashlib
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from curation.domain.errors import HarkenError, UnknownFormatError
from curation.models import Conversation, ImportBatch, Job, Project, QuarantinedRecord, User
from curation.queries.importers.previews import Reading, preview_of
from curation.services.importers import hub_fetching, imports, uploads
from curation.services.importers.hub_fetching import chosen_files, fetch_dataset
from curation.services.importers.imports import ReadAs, import_upload, open_import, run_import
from curation.services.importers.uploads import (
    confirm_import,
    delete_old_uploads,
    open_hub_import,
    stage_upload,
)
from curation.services.work.jobs import resume_job
from tests.curation.import_files import chat, write

Committed = Callable[..., AbstractContextManager[Any]]
LINES = "".join(json.dumps(chat(f"question {n}", "answer")) + "\n" for n in range(3)).encode()


@pytest.fixture(autouse=True)
def artifacts(settings: Any, tmp_path: Path) -> Path:
    """Keep uploads of a test in the test's own folder."""
    settings.MEDIA_ROOT = tmp_path / "artifacts"
    return tmp_path / "artifacts"


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Committed) -> Committed:
    """What happens after a commit, which a test never sees otherwise."""
    return django_capture_on_commit_callbacks


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def archive(**members: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return packed.getvalue()


def run(job: Job) -> Job:
    done = run_import(job_id=job.pk)
    assert done is not None
    return done


# Retention ------------------------------------------------------------------------------------------


def stage(project: Project, actor: User, content: bytes = LINES, name: str = "chats.jsonl") -> ImportBatch:
    return stage_upload(project=project, upload=ContentFile(content, name=name), actor=actor)


def later(days: int) -> Any:
    return timezone.now() + timedelta(days=days)


def test_an_upload_that_cannot_be_read_is_not_kept(
    project: Project, researcher: User, artifacts: Path
) -> None:
    with pytest.raises(HarkenError, match="PDF"):
        stage(project, researcher, b"%PDF-1.7 and so on")
    assert not kept(artifacts)
    assert not ImportBatch.objects.exists()


def test_an_upload_that_nobody_confirmed_goes_after_its_days(
    project: Project, researcher: User, artifacts: Path, committed: Committed
) -> None:
    Project.objects.filter(pk=project.pk).update(raw_file_retention_days=7)
    stage(project, researcher)
    assert delete_old_uploads(now=later(6)) == 0
    with committed(execute=True):
        assert delete_old_uploads(now=later(8)) == 1
    assert not kept(artifacts)
    assert not ImportBatch.objects.exists()


def test_the_upload_of_a_stopped_import_goes_after_its_days_and_the_import_stays(
    project: Project, researcher: User, artifacts: Path, committed: Committed
) -> None:
    Project.objects.filter(pk=project.pk).update(raw_file_retention_days=7)
    batch = stage(project, researcher, b"no records at all, only words\n")
    job = run(
        confirm_import(batch=batch, reading=Reading(format_name="openai_chat"), rights={}, actor=researcher)
    )
    Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED)
    with committed(execute=True):
        assert [delete_old_uploads(now=later(8)) for _ in "ab"] == [1, 0]
    assert not kept(artifacts)
    assert ImportBatch.objects.exists()


def test_with_no_days_at_all_there_is_still_time_to_look_at_an_upload(
    project: Project, researcher: User, artifacts: Path
) -> None:
    Project.objects.filter(pk=project.pk).update(raw_file_retention_days=0)
    stage(project, researcher)
    assert delete_old_uploads(now=timezone.now() + timedelta(hours=23)) == 0
    assert delete_old_uploads(now=timezone.now() + timedelta(hours=25)) == 1


def test_an_import_that_is_taken_up_again_keeps_its_upload(
    project: Project, researcher: User, artifacts: Path
) -> None:
    Project.objects.filter(pk=project.pk).update(raw_file_retention_days=7)
    batch = stage(project, researcher)
    past = uploads._left_over(later(8))
    batch.job = confirm_import(batch=batch, reading=Reading(), rights={}, actor=researcher)
    assert not any(uploads._forget(found, batch.pk) for found in past)
    assert kept(artifacts)


def test_the_upload_that_a_lost_worker_left_after_its_import_goes(
    project: Project, researcher: User, artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = stage(project, researcher)
    job = confirm_import(batch=batch, reading=Reading(), rights={}, actor=researcher)
    with monkeypatch.context() as patched:
        patched.setattr(imports, "forget_upload", lambda batch: None)
        run(job)
    assert kept(artifacts)
    assert [delete_old_uploads() for _ in "ab"] == [1, 0]
    assert not kept(artifacts)


def test_an_upload_whose_import_cannot_be_opened_is_not_kept(
    project: Project, researcher: User, artifacts: Path
) -> None:
    with pytest.raises(UnknownFormatError):
        import_upload(
            project=project,
            upload=ContentFile(LINES, name="a.jsonl"),
            actor=researcher,
            format_name="no_such_format",
        )
    assert not kept(artifacts)


def test_what_is_said_of_a_file_that_is_gone_does_not_name_its_place(
    project: Project, researcher: User, artifacts: Path
) -> None:
    batch = stage(project, researcher)
    for path in kept(artifacts):
        path.unlink()
    assert str(artifacts) not in preview_of(batch, asked=Reading()).problem


def test_without_a_number_of_days_uploads_are_kept(
    project: Project, researcher: User, artifacts: Path
) -> None:
    stage(project, researcher)
    assert delete_old_uploads(now=later(1000)) == 0
    assert kept(artifacts)


# Archives -------------------------------------------------------------------------------------------


def test_an_archive_is_imported_file_by_file_each_in_its_format(project: Project, researcher: User) -> None:
    table = b"prompt,response\nWhat is it about?,It is about a bird.\n"
    upload = ContentFile(archive(**{"a.jsonl": LINES, "b.csv": table, "notes.txt": b"words"}), name="all.zip")
    job = run(import_upload(project=project, upload=upload, actor=researcher))
    assert (job.result["imported"], job.result["quarantined"]) == (4, 1)
    assert QuarantinedRecord.objects.get().reason == "unreadable_file"
    assert QuarantinedRecord.objects.get().file_name == "all.zip/notes.txt"


def test_an_archive_whose_files_are_all_unreadable_is_not_imported(
    project: Project, researcher: User
) -> None:
    upload = ContentFile(archive(**{"notes.txt": b"words\nand words\n"}), name="all.zip")
    job = run(import_upload(project=project, upload=upload, actor=researcher))
    assert job.state == Job.State.FAILED
    assert "not recognised" in job.error_sentence


def test_a_preview_of_an_archive_names_its_files(project: Project, researcher: User) -> None:
    batch = stage(project, researcher, archive(**{"notes.txt": b"words", "a.jsonl": LINES}), name="all.zip")
    preview = preview_of(batch, asked=Reading())
    assert (preview.members, preview.member_count) == (["notes.txt", "a.jsonl"], 2)
    assert preview.conversations[0].turns[0].text == "question 0"


def test_a_file_of_an_archive_in_another_encoding_does_not_change_the_others(
    project: Project, tmp_path: Path
) -> None:
    rows = "".join(f"Wie heißt er {n}?,Er heißt größer als üblich.\n" for n in range(5))
    members = {
        "a.csv": ("prompt,response\n" + rows).encode("cp1252"),
        "b.jsonl": "Größe".encode().join([b'{"messages": [{"role": "user", "content": "', b'"}]}']),
    }
    path = write(tmp_path, archive(**members), name="all.zip")
    job = run(open_import(project=project, paths=[path], read_as=ReadAs(encoding="cp1252")))
    assert job.result["imported"] == 6
    assert set(Conversation.objects.values_list("title", flat=True)) == {
        "Größe",
        *(f"Wie heißt er {n}?" for n in range(5)),
    }


def test_a_file_in_an_unknown_encoding_is_not_imported_without_a_word(
    project: Project, tmp_path: Path
) -> None:
    content = "".join(json.dumps(chat(f"Größe {n}"), ensure_ascii=False) + "\n" for n in range(5))
    job = run(open_import(project=project, paths=[write(tmp_path, content.encode("cp1252"))]))
    assert job.state == Job.State.FAILED
    assert "--encoding" in job.error_sentence


# Previews -------------------------------------------------------------------------------------------


def test_a_preview_of_a_large_file_reads_its_beginning_alone(project: Project, researcher: User) -> None:
    content = "".join(json.dumps(chat(f"question {n} " + "x" * 2000, "answer")) + "\n" for n in range(6000))
    preview = preview_of(stage(project, researcher, content.encode()), asked=Reading())
    assert (preview.records, preview.refused, preview.is_whole) == (100, 0, False)


def test_a_preview_says_how_many_of_its_records_are_here_already(project: Project, researcher: User) -> None:
    known, new = chat("question", "answer", user="ann"), chat("another", "answer")
    first = import_upload(
        project=project, upload=ContentFile(json.dumps(known).encode(), name="a.jsonl"), actor=researcher
    )
    run(first)
    another_user = chat("question", "answer", user="bob")
    lines = "\n".join(json.dumps(each) for each in (known, new, another_user, known))
    preview = preview_of(stage(project, researcher, lines.encode()), asked=Reading())
    assert (preview.records, preview.known) == (4, 2)


def test_a_preview_of_one_long_list_does_not_refuse_its_cut_end(project: Project, researcher: User) -> None:
    records = [chat(f"question {n} " + "x" * 100_000, "answer") for n in range(80)]
    preview = preview_of(stage(project, researcher, json.dumps(records).encode()), asked=Reading())
    assert 0 < preview.records < 80
    assert preview.refused == 0


def test_the_only_file_of_an_archive_keeps_its_name_however_often_it_is_tried(
    project: Project, researcher: User
) -> None:
    batch = stage(project, researcher, archive(**{"a.csv": b"prompt,response\n"}), name="all.zip")
    for _ in range(3):
        reading = Reading(format_name="csv")
        job = run(confirm_import(batch=batch, reading=reading, rights={}, actor=researcher))
        assert job.state == Job.State.FAILED
    batch.refresh_from_db()
    assert batch.files[0]["name"] == "all.zip/a.csv"
    assert preview_of(batch, asked=Reading()).file_name == "all.zip"


# The hub --------------------------------------------------------------------------------------------


class FakeHub(BaseHTTPRequestHandler):
    """Answers what the client of the hub asks for one dataset, as far as an import needs it."""

    files: dict[str, bytes]
    logins: ClassVar[set[str | None]] = set()
    commit = "c" * 40

    def do_HEAD(self) -> None:
        self._answer(is_body_wanted=False)

    def do_GET(self) -> None:
        self._answer(is_body_wanted=True)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _answer(self, *, is_body_wanted: bool) -> None:
        self.logins.add(self.headers.get("Authorization"))
        path = self.path.partition("?")[0]
        name = path.partition(f"/datasets/someone/chats/resolve/{self.commit}/")[2]
        if path.startswith("/api/datasets/someone/chats"):
            body = self._listing(path)
        elif name in self.files:
            body = self.files[name]
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Repo-Commit", self.commit)
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()[:40]}"')
        self.end_headers()
        if is_body_wanted:
            self.wfile.write(body)

    def _listing(self, path: str) -> bytes:
        if "/tree/" in path:
            tree = [
                {
                    "type": "file",
                    "path": name,
                    "size": len(body),
                    "oid": hashlib.sha256(body).hexdigest()[:40],
                }
                for name, body in self.files.items()
            ]
            return json.dumps(tree).encode()
        siblings = [{"rfilename": name, "size": len(body)} for name, body in self.files.items()]
        return json.dumps({"id": "someone/chats", "sha": self.commit, "siblings": siblings}).encode()


def parquet(count: int) -> bytes:
    packed = BytesIO()
    pq.write_table(pa.table({"messages": [chat(f"q{n}", "a")["messages"] for n in range(count)]}), packed)
    return packed.getvalue()


@pytest.fixture
def endpoint(settings: Any) -> Iterator[str]:
    settings.HARKEN_ALLOW_HUB = True
    FakeHub.files = {
        "README.md": b"words",
        "data/train-00000.parquet": parquet(5),
        "data/test-00000.parquet": parquet(2),
        "extra.jsonl": LINES,
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeHub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_a_dataset_of_the_hub_is_fetched_by_the_real_client_and_imported(
    project: Project, researcher: User, endpoint: str, monkeypatch: pytest.MonkeyPatch, artifacts: Path
) -> None:
    monkeypatch.setattr(hub_fetching, "ENDPOINT", endpoint)
    batch = open_hub_import(project=project, dataset="someone/chats", actor=researcher)
    assert batch.job is not None
    job = run(batch.job)
    assert (job.state, job.result["read"]) == (Job.State.SUCCEEDED, 7)
    assert not kept(artifacts)


def test_the_hub_is_asked_with_nobodys_login(
    endpoint: str, monkeypatch: pytest.MonkeyPatch, artifacts: Path
) -> None:
    monkeypatch.setattr(hub_fetching, "ENDPOINT", endpoint)
    monkeypatch.setenv("HF_TOKEN", "hf_of_whoever_runs_harken")
    fetch_dataset({"hub": "someone/chats"}, between=lambda: None)
    assert FakeHub.logins == {None}


def test_a_dataset_beyond_the_limit_is_refused_before_it_is_fetched(
    endpoint: str, monkeypatch: pytest.MonkeyPatch, artifacts: Path, settings: Any
) -> None:
    monkeypatch.setattr(hub_fetching, "ENDPOINT", endpoint)
    settings.HARKEN_UPLOAD_MAX_BYTES = 100
    with pytest.raises(HarkenError, match="more than the 100"):
        fetch_dataset({"hub": "someone/chats"}, between=lambda: None)
    assert not kept(artifacts)


def test_a_fetch_that_is_cancelled_leaves_nothing(
    project: Project, researcher: User, endpoint: str, monkeypatch: pytest.MonkeyPatch, artifacts: Path
) -> None:
    monkeypatch.setattr(hub_fetching, "ENDPOINT", endpoint)
    batch = open_hub_import(project=project, dataset="someone/chats", actor=researcher)
    Job.objects.update(cancel_requested_at=timezone.now())
    assert batch.job is not None
    assert run(batch.job).state == Job.State.CANCELLED
    assert not kept(artifacts)


def test_what_a_killed_fetch_left_goes_after_a_day(db: None, artifacts: Path) -> None:
    (artifacts / "imports" / "hub-left" / "data").mkdir(parents=True)
    (artifacts / "imports" / "hub-left" / "data" / "train.parquet").write_bytes(b"half")
    delete_old_uploads()
    assert kept(artifacts)
    delete_old_uploads(now=later(2))
    assert not kept(artifacts)


def test_a_dataset_that_was_not_fetched_cannot_be_read_otherwise(
    project: Project, researcher: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HARKEN_ALLOW_HUB = True
    monkeypatch.setattr(hub_fetching, "ENDPOINT", "http://127.0.0.1:9")
    batch = open_hub_import(project=project, dataset="someone/chats", actor=researcher)
    assert batch.job is not None
    assert run(batch.job).state == Job.State.FAILED
    assert not ImportBatch.objects.get().may_be_read_otherwise


def test_files_of_the_hub_that_are_not_understood_are_fetched_once(
    project: Project, researcher: User, endpoint: str, monkeypatch: pytest.MonkeyPatch, artifacts: Path
) -> None:
    monkeypatch.setattr(hub_fetching, "ENDPOINT", endpoint)
    FakeHub.files = {"data/train.jsonl": b"words\n"}
    batch = open_hub_import(project=project, dataset="someone/chats", actor=researcher)
    assert batch.job is not None
    for _ in range(2):
        assert run(batch.job).state == Job.State.FAILED
        assert len(kept(artifacts)) == 1
        resume_job(job=batch.job, actor=researcher)
    assert ImportBatch.objects.get().files[0]["hub"] == "someone/chats"


def test_a_dataset_that_is_not_there_is_refused_with_a_sentence(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_fetching, "ENDPOINT", endpoint)
    with pytest.raises(HarkenError, match="nobody/nothing"):
        fetch_dataset({"hub": "nobody/nothing"}, between=lambda: None)


def test_a_hub_that_does_not_answer_is_refused_with_a_sentence(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HARKEN_ALLOW_HUB = True
    monkeypatch.setattr(hub_fetching, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HarkenError, match="could not be fetched"):
        fetch_dataset({"hub": "someone/chats"}, between=lambda: None)


def test_nothing_is_fetched_where_the_setting_does_not_allow_it(project: Project, researcher: User) -> None:
    with pytest.raises(HarkenError, match="HARKEN_ALLOW_HUB"):
        open_hub_import(project=project, dataset="someone/chats", actor=researcher)


def test_of_several_forms_of_the_same_rows_one_is_fetched() -> None:
    names = ["README.md", "b.parquet", "a.parquet", "rows.jsonl", "dataset_infos.json"]
    assert chosen_files(names, dataset="x") == ["a.parquet", "b.parquet"]
    assert chosen_files(names[3:], dataset="x") == ["rows.jsonl"]
    with pytest.raises(HarkenError, match="nothing to import"):
        chosen_files(names[4:], dataset="x")
