"""Archives of many small files: listed once, stored together, and every file accounted for."""

import json
import pickle
import zipfile
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid6 import uuid7

from curation.domain.importers.reading import SourceError, listed_members, open_source
from curation.domain.importers.unpacking import BrokenSourceError, opened_archive
from curation.importers import read_conversations
from curation.models import Conversation, ImportBatch, Job, Project, QuarantinedRecord, SourceUser, User
from curation.services.importers.imports import open_import, run_import
from curation.services.work.copying import copy_lines
from curation.services.work.jobs import request_job_cancel, resume_job
from tests.curation.import_files import chat, sources_in

MEMBERS = 40


def line(number: int) -> bytes:
    return json.dumps(chat(f"question {number}", "answer")).encode() + b"\n"


def zipped(folder: Path, members: list[tuple[str, bytes]], *, method: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "chats.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def many(folder: Path, *, odd: dict[int, bytes] | None = None) -> Path:
    contents = [(odd or {}).get(number, line(number)) for number in range(MEMBERS)]
    return zipped(folder, [(f"c/{number}.jsonl", content) for number, content in enumerate(contents)])


@pytest.mark.django_db
def test_an_archive_is_listed_once_and_its_files_are_stored_together(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[Path] = []

    def opened(path: Path, *, name: str) -> zipfile.ZipFile:
        listed.append(path)
        return opened_archive(path, name=name)

    monkeypatch.setattr("curation.domain.importers.archives.opened_archive", opened)
    job = open_import(project=project, paths=[many(tmp_path)])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        done = run_import(job_id=job.pk)
    assert done is not None
    assert (done.state, done.result["imported"]) == (Job.State.SUCCEEDED, MEMBERS)
    assert len(listed) == 1
    saved = [each for each in queries if str(each["sql"]).startswith('UPDATE "curation_importbatch"')]
    assert sum('"files"' in str(each["sql"]) for each in saved) <= 3


@pytest.mark.django_db
def test_a_file_of_an_archive_that_cannot_be_read_is_refused_by_name_among_the_others(
    project: Project, tmp_path: Path
) -> None:
    path = many(tmp_path, odd={3: b"\x00\x01\x02" * 50, 7: b"no records\n"})
    done = run_import(job_id=open_import(project=project, paths=[path]).pk)
    assert done is not None
    assert done.result["imported"] == MEMBERS - 2
    names = QuarantinedRecord.objects.order_by("file_name").values_list("file_name", "reason")
    assert list(names) == [
        ("chats.zip/c/3.jsonl", "unreadable_file"),
        ("chats.zip/c/7.jsonl", "unreadable_file"),
    ]


@pytest.mark.django_db
def test_a_cancelled_import_of_many_files_stops_between_two_and_goes_on_there(
    project: Project, researcher: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curation.services.importers.imports.CHUNK_RECORDS", 10)
    monkeypatch.setattr("curation.services.work.jobs.REPORT_EVERY_SECONDS", 0)
    job = open_import(project=project, paths=[many(tmp_path)])

    def cancel(done: int, total: int | None) -> None:
        if Conversation.objects.count() == 20:
            request_job_cancel(job=job, actor=researcher)

    stopped = run_import(job_id=job.pk, listener=cancel)
    assert stopped is not None
    assert stopped.state == Job.State.CANCELLED
    assert Conversation.objects.count() == 20
    batch = ImportBatch.objects.get()
    assert sum(entry.get("done", 0) for entry in batch.files) == batch.read_count == 20
    resume_job(job=stopped, actor=researcher)
    done = run_import(job_id=job.pk)
    assert done is not None
    assert (done.result["read"], done.result["imported"]) == (MEMBERS, MEMBERS)


def test_two_files_of_one_name_are_both_read_each_once(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path, [("a.jsonl", line(1)), ("a.jsonl", line(2) + line(3))])
    counts = {
        source.name: len(list(read_conversations(source, name="openai_chat"))) for source in sources_in(path)
    }
    assert counts == {"chats.zip/a.jsonl": 1, "chats.zip/a.jsonl (2)": 2}


def test_names_that_begin_with_the_folder_itself_are_not_hidden_ones(tmp_path: Path) -> None:
    path = zipped(tmp_path, [("./data.jsonl", line(1)), ("./.hidden", line(2)), ("./README.md", b"words")])
    assert list(listed_members(path)) == ["data.jsonl"]


def test_a_file_of_an_archive_reads_the_same_in_another_process(tmp_path: Path) -> None:
    (source,) = sources_in(zipped(tmp_path, [("a.jsonl", line(1))]))
    sent = pickle.loads(pickle.dumps(source))  # noqa: S301 - our own bytes
    assert b"".join(sent.chunks()) == line(1)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_every_usual_packing_of_a_file_is_read_and_damage_is_told(tmp_path: Path, method: int) -> None:
    path = zipped(tmp_path, [("a.jsonl", line(1) * 500)], method=method)
    (source,) = sources_in(path)
    assert b"".join(source.chunks()) == line(1) * 500
    damaged = bytearray(path.read_bytes())
    damaged[60:80] = bytes(20)
    path.write_bytes(damaged)
    with pytest.raises(BrokenSourceError):
        b"".join(source.chunks())


def test_a_packing_that_could_take_any_memory_is_refused_at_the_door(tmp_path: Path) -> None:
    path = zipped(tmp_path, [("a.jsonl", line(1))], method=zipfile.ZIP_LZMA)
    with pytest.raises(SourceError, match="packed in a way that is not read here"):
        open_source(path)


@pytest.mark.django_db
def test_a_hundred_empty_elements_do_not_end_the_copying(project: Project) -> None:
    written = f"{uuid7()}\t2024-05-01T00:00:00Z\t{project.pk}\tsomebody\n".encode()
    columns = ["uuid", "created_at", "project_id", "pseudonym"]
    copy_lines(SourceUser, columns=columns, lines=iter([*[b""] * 100, written]))
    assert SourceUser.objects.get().pseudonym == "somebody"
