"""Undoing an import: what it brought goes, what something depends on stays, and the page says so before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from uuid6 import uuid7

from annotation.services.desk.judgements import submit_judgement
from annotation.services.desk.leases import lease_next_task
from annotation.services.queues.setup import create_pair_queue
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import (
    AuditEvent,
    Conversation,
    ImportBatch,
    Job,
    Membership,
    Message,
    PreferencePair,
    Project,
    QuarantinedRecord,
    Response,
    Score,
    Scorer,
    SourceUser,
    Tag,
    User,
)
from curation.queries.importers.undoing import undo_reach
from curation.services.corpus.preferences import publish_scorer
from curation.services.importers import undoing
from curation.services.importers.imports import import_upload, open_import, run_import
from curation.services.importers.undoing import run_undo, undo_import
from curation.services.work.jobs import request_job_cancel, resume_job
from tests import cast
from tests.curation.import_files import chat, write_lines


@pytest.fixture(autouse=True)
def artifacts(settings: Any, tmp_path: Path) -> Path:
    """Keep uploads of a test in the test's own folder."""
    settings.MEDIA_ROOT = tmp_path / "artifacts"
    return tmp_path / "artifacts"


def imported(project: Project, folder: Path, records: list[Any], *, name: str = "chats.jsonl") -> ImportBatch:
    job = open_import(project=project, paths=[write_lines(folder, records, name=name)])
    run_import(job_id=job.pk)
    return ImportBatch.objects.select_related("job", "project").get(job=job)


def chats(count: int = 4, *, user: str = "") -> list[Any]:
    return [chat(f"question {n}", f"answer {n}", **({"user": user} if user else {})) for n in range(count)]


def undo(batch: ImportBatch) -> Job:
    job = run_undo(job_id=undo_import(batch=batch, actor=None).pk)
    assert job is not None
    batch.refresh_from_db()
    return job


def preference(number: int) -> dict[str, str]:
    return {"prompt": f"question {number}", "chosen": f"answer {number}", "rejected": f"worse {number}"}


def test_what_an_import_brought_is_gone(project: Project, tmp_path: Path) -> None:
    batch = imported(project, tmp_path, [*[preference(n) for n in range(3)], {"x": 1}])
    assert QuarantinedRecord.objects.count() == 1
    job = undo(batch)
    assert (job.result["deleted"], job.result["kept"]) == (3, 0)
    for model in (Conversation, Message, Response, QuarantinedRecord):
        assert not model.objects.exists()
    assert batch.undone_at is not None
    assert AuditEvent.objects.filter(action="import.undo_asked").exists()


def test_an_undone_file_can_be_imported_again(project: Project, tmp_path: Path) -> None:
    undo(imported(project, tmp_path, chats()))
    assert imported(project, tmp_path, chats()).conversation_count == 4


def test_users_of_whom_nothing_is_left_are_forgotten(project: Project, tmp_path: Path) -> None:
    imported(project, tmp_path, [chat("another question", "answer", user="u1")], name="first.jsonl")
    undo(imported(project, tmp_path, [*chats(1, user="u1"), *chats(2, user="u2")]))
    assert SourceUser.objects.count() == 1


def test_conversations_of_other_imports_stay(project: Project, tmp_path: Path) -> None:
    imported(project, tmp_path, chats(2), name="first.jsonl")
    second = imported(project, tmp_path, chats(5))
    assert undo(second).result["deleted"] == 3
    assert Conversation.objects.count() == 2


def test_a_conversation_that_another_import_added_to_stays(project: Project, tmp_path: Path) -> None:
    first = imported(project, tmp_path, chats(3))
    imported(project, tmp_path, [preference(1)], name="second.jsonl")
    job = undo(first)
    assert (job.result["deleted"], job.result["reasons"]) == (2, {"other_import": 1})
    assert Conversation.objects.get(batch=first).title == "question 1"


def test_a_conversation_that_another_import_scored_or_tagged_stays(project: Project, tmp_path: Path) -> None:
    first = imported(project, tmp_path, chats(4))
    scored, said, tagged, _free = Conversation.objects.order_by("id")
    scorer = publish_scorer(project=project, name="argilla: tone", version="1", kind=Scorer.Kind.SOURCE)
    Score.objects.create(project=project, scorer=scorer, conversation=scored, value=1)
    Score.objects.create(project=project, scorer=scorer, message=said.messages.first(), value=1)
    Tag.objects.create(project=project, conversation=tagged, name="odd", source=Tag.Source.SOURCE)
    assert undo(first).result["reasons"] == {"other_import": 3}


def test_a_later_import_of_the_same_records_is_named_before(project: Project, tmp_path: Path) -> None:
    first = imported(project, tmp_path, chats(3))
    again = imported(project, tmp_path, chats(3), name="again.jsonl")
    assert undo_reach(first).later_imports == [again]


def test_what_a_person_judged_stays(project: Project, tmp_path: Path) -> None:
    batch = imported(project, tmp_path, chats(2))
    pair = cast.make_pair(project)
    Conversation.objects.filter(pk=pair.prompt.conversation_id).update(batch=batch)
    queue = create_pair_queue(project=project, name="mined", overlap=1)
    person = Membership.objects.get(user=cast.make_member(project, Role.ANNOTATOR), project=project)
    lease = lease_next_task(queue=queue, membership=person)
    assert lease is not None
    submit_judgement(lease=lease, membership=person, payload={"choice": ["a"]}, idempotency_key=uuid7())
    job = undo(batch)
    assert (job.result["deleted"], job.result["reasons"]) == (2, {"people": 1})
    assert PreferencePair.objects.get() == pair


def test_what_a_person_tagged_stays(project: Project, tmp_path: Path, researcher: User) -> None:
    batch = imported(project, tmp_path, chats(2))
    conversation = Conversation.objects.earliest("id")
    conversation.tags.create(project=project, name="odd", source="person", created_by=researcher)
    assert undo_reach(batch).kept == {"people": 1}


def test_an_import_that_runs_is_not_undone_and_none_twice(project: Project, tmp_path: Path) -> None:
    job = open_import(project=project, paths=[write_lines(tmp_path, chats())])
    with pytest.raises(HarkenError, match="that has ended"):
        undo_import(batch=job.import_batch, actor=None)
    run_import(job_id=job.pk)
    batch = ImportBatch.objects.select_related("job", "project").get()
    undo(batch)
    with pytest.raises(HarkenError, match="only once"):
        undo_import(batch=batch, actor=None)


def test_a_cancelled_import_is_undone_and_then_not_resumed(
    project: Project, tmp_path: Path, researcher: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curation.services.importers.imports.CHUNK_RECORDS", 2)
    job = open_import(project=project, paths=[write_lines(tmp_path, chats(6))])

    def stop(done: int, _total: int | None) -> None:
        if Conversation.objects.exists():
            request_job_cancel(job=job, actor=researcher)

    run_import(job_id=job.pk, listener=stop)
    batch = ImportBatch.objects.select_related("job", "project").get()
    assert batch.job is not None
    assert (batch.job.state, 0 < Conversation.objects.count() < 6) == (Job.State.CANCELLED, True)
    undo(batch)
    assert not Conversation.objects.exists()
    resume_job(job=batch.job, actor=researcher)
    resumed = run_import(job_id=job.pk)
    assert resumed is not None
    assert "was undone" in resumed.error_sentence


def test_an_import_does_not_go_on_while_it_is_being_undone(
    project: Project, tmp_path: Path, researcher: User
) -> None:
    job = open_import(project=project, paths=[write_lines(tmp_path, chats(6))])
    request_job_cancel(job=job, actor=researcher)
    batch = ImportBatch.objects.select_related("job", "project").get()
    undo_import(batch=batch, actor=researcher)
    with pytest.raises(HarkenError, match="only once"):
        undo_import(batch=batch, actor=researcher)
    resume_job(job=job, actor=researcher)
    resumed = run_import(job_id=job.pk)
    assert resumed is not None
    assert (resumed.state, Conversation.objects.count()) == (Job.State.FAILED, 0)


def test_an_undo_that_was_stopped_goes_on_with_what_is_left(
    project: Project, tmp_path: Path, researcher: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing, "UNDO_CHUNK", 2)
    batch = imported(project, tmp_path, chats(6))
    job = undo_import(batch=batch, actor=researcher)

    def stop(done: int, _total: int | None) -> None:
        if done >= 2:
            request_job_cancel(job=job, actor=researcher)

    run_undo(job_id=job.pk, listener=stop)
    assert 0 < Conversation.objects.count() < 6
    resume_job(job=job, actor=researcher)
    run_undo(job_id=job.pk)
    assert not Conversation.objects.exists()


def test_the_upload_of_an_undone_import_is_deleted(
    project: Project, researcher: User, artifacts: Path, django_capture_on_commit_callbacks: Any
) -> None:
    upload = ContentFile(b'{"messages": [{"role": "user", "content": "a"}]}\n{', name="chats.jsonl")
    job = import_upload(project=project, upload=upload, actor=researcher)
    request_job_cancel(job=job, actor=researcher)
    batch = ImportBatch.objects.select_related("job", "project").get()
    with django_capture_on_commit_callbacks(execute=True):
        undo(batch)
    assert not [path for path in artifacts.rglob("*") if path.is_file()]


def test_the_page_says_what_goes_and_what_stays_before(
    project: Project, tmp_path: Path, researcher: User, client_of: Callable[[User], Client]
) -> None:
    batch = imported(project, tmp_path, chats(3))
    imported(project, tmp_path, [preference(1)], name="second.jsonl")
    browser, address = client_of(researcher), reverse("curation:import_undo", args=["shared", batch.uuid])
    body = browser.get(address).content.decode()
    assert "2 conversations, with their answers" in body
    assert "another import added answers or verdicts" in body
    browser.post(address)
    run_undo(job_id=Job.objects.get(kind="undo").pk)
    detail = browser.get(reverse("curation:import_detail", args=["shared", batch.uuid])).content.decode()
    assert "2 conversations were deleted." in detail
    assert "This import was undone" in detail
