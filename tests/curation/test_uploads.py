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
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from curation.domain.errors import HarkenError
from curation.models import Conversation, ImportBatch, Job, Project, QuarantinedRecord, User
from curation.queries.previews import Reading, preview_of
from curation.services import hub_fetching
from curation.services.hub_fetching import chosen_files, fetch_dataset
from curation.services.imports import ReadAs, import_upload, open_import, run_import
from curation.services.uploads import confirm_import, delete_old_uploads, open_hub_import, stage_upload
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


def test_a_preview_of_one_long_list_does_not_refuse_its_cut_end(project: Project, researcher: User) -> None:
    records = [chat(f"question {n} " + "x" * 100_000, "answer") for n in range(80)]
    preview = preview_of(stage(project, researcher, json.dumps(records).encode()), asked=Reading())
    assert 0 < preview.records < 80
    assert preview.refused == 0


# The hub --------------------------------------------------------------------------------------------


class FakeHub(BaseHTTPRequestHandler):
    """Answers what the client of the hub asks for one dataset, as far as an import needs it."""

    files: dict[str, bytes]
    commit = "c" * 40

    def do_HEAD(self) -> None:
        self._answer(is_body_wanted=False)

    def do_GET(self) -> None:
        self._answer(is_body_wanted=True)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _answer(self, *, is_body_wanted: bool) -> None:
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
        siblings = [{"rfilename": name} for name in self.files]
        return json.dumps({"id": "someone/chats", "sha": self.commit, "siblings": siblings}).encode()


def parquet(count: int) -> bytes:
    packed = BytesIO()
    pq.write_table(pa.table({"messages": [chat(f"q{n}", "a")["messages"] for n in range(count)]}), packed)
    return packed.getvalue()


@pytest.fixture
def endpoint(settings: Any) -> Iterator[str]:
    settings.HARKEN_HUB = True
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


def test_a_dataset_that_is_not_there_is_refused_with_a_sentence(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_fetching, "ENDPOINT", endpoint)
    with pytest.raises(HarkenError, match="nobody/nothing"):
        fetch_dataset({"hub": "nobody/nothing"})


def test_a_hub_that_does_not_answer_is_refused_with_a_sentence(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HARKEN_HUB = True
    monkeypatch.setattr(hub_fetching, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HarkenError, match="could not be fetched"):
        fetch_dataset({"hub": "someone/chats"})


def test_nothing_is_fetched_where_the_setting_does_not_allow_it(project: Project, researcher: User) -> None:
    with pytest.raises(HarkenError, match="HARKEN_HUB"):
        open_hub_import(project=project, dataset="someone/chats", actor=researcher)


def test_of_several_forms_of_the_same_rows_one_is_fetched() -> None:
    names = ["README.md", "b.parquet", "a.parquet", "rows.jsonl", "dataset_infos.json"]
    assert chosen_files(names, dataset="x") == ["a.parquet", "b.parquet"]
    assert chosen_files(names[3:], dataset="x") == ["rows.jsonl"]
    with pytest.raises(HarkenError, match="nothing to import"):
        chosen_files(names[4:], dataset="x")
