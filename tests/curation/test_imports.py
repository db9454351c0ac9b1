"""Imports: every record is accounted for, nothing is stored twice, and an interrupted import goes on."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from curation.domain.errors import HarkenError, UnknownFormatError
from curation.models import (
    Comparison,
    Conversation,
    Job,
    Message,
    Project,
    Prompt,
    QuarantinedRecord,
    RankedList,
    RankedResponse,
    Response,
    Score,
    SourceUser,
    User,
)
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.importers import imports
from curation.services.importers.imports import MANY_CONVERSATIONS, import_upload, open_import, run_import
from curation.services.work.jobs import request_job_cancel, resume_job
from tests.curation.import_files import chat, write, write_lines
from tests.paths import shared_file

STORED = (Conversation, Message, Prompt, Response, Comparison, RankedList, RankedResponse, Score, SourceUser)


@pytest.fixture(autouse=True)
def artifacts(settings: Any, tmp_path: Path) -> Path:
    """Keep uploads of a test in the test's own folder."""
    settings.MEDIA_ROOT = tmp_path / "artifacts"
    return tmp_path / "artifacts"


def import_file(project: Project, *paths: Path, **options: Any) -> Job:
    job = run_import(job_id=open_import(project=project, paths=list(paths), **options).pk)
    assert job is not None
    return job


def stored_counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in STORED}


def counts(job: Job) -> tuple[int, int, int, int]:
    return tuple(job.result[name] for name in ("read", "imported", "duplicates", "quarantined"))


def preference(prompt: str, chosen: str, rejected: str) -> dict[str, str]:
    return {"prompt": prompt, "chosen": chosen, "rejected": rejected}


# Real files -----------------------------------------------------------------------------------------


def test_every_message_of_oasst_is_accounted_for(project: Project) -> None:
    job = import_file(project, shared_file("oasst1/en-validation.jsonl"))
    assert counts(job) == (2022, 1979, 0, 43)
    assert job.result["reasons"] == {"deleted": 40, "parent_missing": 3}


def test_a_second_import_of_oasst_writes_nothing_and_says_so(project: Project) -> None:
    import_file(project, shared_file("oasst1/en-validation.jsonl"))
    before = stored_counts()
    job = import_file(project, shared_file("oasst1/en-validation.jsonl"))
    assert counts(job) == (2022, 0, 1979, 43)
    assert stored_counts() == before


def test_ranked_replies_of_oasst_become_lists_and_comparisons(project: Project) -> None:
    import_file(project, shared_file("oasst1/en-validation.jsonl"))
    pairs = Comparison.objects.count() + sum(
        len(ranks) * (len(ranks) - 1) // 2
        for ranks in (set(each.places.values_list("rank", flat=True)) for each in RankedList.objects.all())
    )
    # Of the 1,026 ranked pairs of the file, 4 have a prompt that was deleted or hangs below an orphan.
    assert pairs == 1022


def test_rated_and_compared_turns_come_out_of_a_table(project: Project) -> None:
    job = import_file(project, shared_file("ifllm/query_logs_a.csv"))
    assert counts(job) == (521, 521, 0, 0)
    assert SourceUser.objects.count() == 33
    assert Score.objects.filter(scorer__name="csv: likert").exists()


# Duplicates -----------------------------------------------------------------------------------------


def test_a_conversation_that_a_file_repeats_is_a_duplicate(project: Project, tmp_path: Path) -> None:
    job = import_file(project, write_lines(tmp_path, [chat("a", "b"), chat("c", "d"), chat("a", "b")]))
    assert counts(job) == (3, 2, 1, 0)


def test_a_repetition_in_a_later_chunk_is_a_duplicate_too(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "CHUNK_RECORDS", 1)
    job = import_file(project, write_lines(tmp_path, [chat("a", "b"), chat("a", "b")]))
    assert counts(job) == (2, 1, 1, 0)


def test_the_same_text_in_another_project_is_no_duplicate(
    project: Project, outsider: User, tmp_path: Path
) -> None:
    path = write_lines(tmp_path, [chat("a", "b")])
    import_file(project, path)
    assert counts(import_file(Project.objects.get(slug="elsewhere"), path)) == (1, 1, 0, 0)


def test_a_further_rejected_answer_to_a_known_conversation_is_kept(project: Project, tmp_path: Path) -> None:
    pairs = [preference("q", "good", "bad"), preference("q", "good", "worse"), preference("q", "good", "bad")]
    job = import_file(project, write_lines(tmp_path, pairs))
    assert counts(job) == (3, 2, 1, 0)
    assert (Conversation.objects.count(), Comparison.objects.count()) == (1, 2)


def test_what_was_withdrawn_does_not_come_back(project: Project, admin: User, tmp_path: Path) -> None:
    path = write_lines(tmp_path, [preference("q", "good", "bad")])
    import_file(project, path)
    withdraw_conversation(conversation=Conversation.objects.get(), actor=admin)
    job = import_file(project, write_lines(tmp_path, [preference("q", "good", "bad"), chat("q", "good")]))
    assert job.result["imported"] == 0
    assert not Message.objects.exclude(text="").exists()
    assert not Response.objects.exclude(body_text="").exists()


# Bad input ------------------------------------------------------------------------------------------


def good_lines(count: int = 3) -> list[str]:
    return [json.dumps(chat(f"question {number}", "answer")) for number in range(count)]


BAD_LINES = {
    "broken_json": '{"messages": [',
    "not_a_number": json.dumps(chat("a", "b", score=float("nan"))),
    "roles_out_of_order": json.dumps(
        {"messages": [{"role": "assistant", "content": "b"}, {"role": "system", "content": "a"}]}
    ),
    "too_large": '{"messages": "' + "x" * (17 << 20) + '"}',
    "unknown_role": json.dumps({"messages": [{"role": "wizard", "content": "b"}]}),
}


@pytest.mark.parametrize("reason", BAD_LINES)
def test_a_bad_line_is_quarantined_alone_with_its_position(
    project: Project, tmp_path: Path, reason: str
) -> None:
    first, second, third = good_lines()
    lines = [first, second, "", "", "", "", BAD_LINES[reason], third]
    job = import_file(project, write(tmp_path, "\n".join(lines)), format_name="openai_chat")
    assert counts(job) == (4, 3, 0, 1)
    refused = QuarantinedRecord.objects.get()
    assert (refused.reason, refused.line, refused.file_name) == (reason, 7, "chats.jsonl")
    assert refused.sentence.endswith(".")


@pytest.mark.parametrize("escaped", ["a\\u0000b", "a\\ud800b"])
def test_what_no_column_can_hold_is_cleaned(project: Project, tmp_path: Path, escaped: str) -> None:
    line = json.dumps(chat("TEXT", "b")).replace("TEXT", escaped)
    job = import_file(project, write(tmp_path, line))
    assert counts(job) == (1, 1, 0, 0)
    assert Message.objects.get(role="user").text in ("ab", "a\ufffdb")


FILES_THAT_CANNOT_BE_READ = {
    "is empty": b"",
    "Git-LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n",
    "gzip bomb": gzip.compress(b"\0" * (64 << 20)),
    "ZIP archive": b"PK\x03\x04rest",
    "was not recognised": b"a plain text without structure",
}


@pytest.mark.parametrize("words", FILES_THAT_CANNOT_BE_READ)
def test_a_file_that_cannot_be_read_fails_in_one_sentence(
    project: Project, tmp_path: Path, words: str
) -> None:
    job = import_file(project, write(tmp_path, FILES_THAT_CANNOT_BE_READ[words]))
    assert job.state == Job.State.FAILED
    assert words in job.error_sentence


def test_a_file_without_records_imports_nothing_and_says_so(project: Project, tmp_path: Path) -> None:
    job = import_file(project, write(tmp_path, "[]"), format_name="openai_chat")
    assert "holds no records" in job.error_sentence


def test_an_archive_that_breaks_off_keeps_what_came_before(project: Project, tmp_path: Path) -> None:
    whole = gzip.compress("\n".join(good_lines(5000)).encode())
    job = import_file(project, write(tmp_path, whole[: len(whole) // 2], name="chats.jsonl.gz"))
    assert job.state == Job.State.SUCCEEDED
    assert job.result["imported"] > 0
    assert job.result["reasons"]["broken_archive"] == 1


def test_an_unknown_format_is_refused_before_anything_is_made(project: Project, tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match="No importer is named 'jsnol'"):
        open_import(project=project, paths=[write_lines(tmp_path, [chat("a", "b")])], format_name="jsnol")
    assert not Job.objects.exists()


# Interruptions --------------------------------------------------------------------------------------


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Store two records at a time."""
    monkeypatch.setattr(imports, "CHUNK_RECORDS", 2)


def ten_chats(tmp_path: Path) -> Path:
    lines = good_lines(9)
    return write(tmp_path, "\n".join([*lines[:4], "{", *lines[4:], lines[0]]))


def cancel_once_stored(job: Job, actor: User) -> Any:
    def listen(_done: int, _total: int | None) -> None:
        if Conversation.objects.count() >= 4:
            request_job_cancel(job=job, actor=actor)

    return listen


def test_a_cancelled_import_keeps_what_it_stored(
    project: Project, researcher: User, tmp_path: Path, small_chunks: None
) -> None:
    job = open_import(project=project, paths=[ten_chats(tmp_path)])
    done = run_import(job_id=job.pk, listener=cancel_once_stored(job, researcher))
    assert done is not None
    assert done.state == Job.State.CANCELLED
    assert 4 <= Conversation.objects.count() < 9


def test_a_resumed_import_ends_as_if_it_had_never_stopped(
    project: Project, researcher: User, tmp_path: Path, small_chunks: None
) -> None:
    job = open_import(project=project, paths=[ten_chats(tmp_path)])
    run_import(job_id=job.pk, listener=cancel_once_stored(job, researcher))
    resume_job(job=job, actor=researcher)
    done = run_import(job_id=job.pk)
    assert done is not None
    assert counts(done) == (11, 9, 1, 1)
    assert QuarantinedRecord.objects.count() == 1


def test_a_worker_that_lost_its_job_stores_nothing_more(
    project: Project, tmp_path: Path, small_chunks: None
) -> None:
    job = open_import(project=project, paths=[ten_chats(tmp_path)])

    def another_takes_over(_done: int, _total: int | None) -> None:
        Job.objects.filter(pk=job.pk, fence=1).update(fence=2)

    assert run_import(job_id=job.pk, listener=another_takes_over) is None
    assert not Conversation.objects.exists()


def test_a_file_that_changed_meanwhile_is_not_resumed(
    project: Project, researcher: User, tmp_path: Path, small_chunks: None
) -> None:
    path = ten_chats(tmp_path)
    job = open_import(project=project, paths=[path])
    run_import(job_id=job.pk, listener=cancel_once_stored(job, researcher))
    resume_job(job=job, actor=researcher)
    path.write_bytes(path.read_bytes() + b"\n")
    done = run_import(job_id=job.pk)
    assert done is not None
    assert "changed since this import began" in done.error_sentence


# Statements and files -------------------------------------------------------------------------------


def statements_for(project: Project, path: Path) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        import_file(project, path)
    return len(captured)


def test_a_chunk_takes_as_many_statements_for_many_answers_as_for_few(
    project: Project, tmp_path: Path
) -> None:
    few = write_lines(tmp_path, [preference(f"a{n}", "good", f"bad {n}") for n in range(2)], name="few.jsonl")
    # Of more the planner is told, once.
    rows = [preference(f"b{n}", "good", f"bad {n}") for n in range(MANY_CONVERSATIONS - 1)]
    many = write_lines(tmp_path, rows, name="many.jsonl")
    first = write_lines(tmp_path, [preference("c", "good", "bad")], name="first.jsonl")
    statements_for(project, first)  # opens the jobs that follow an import
    assert statements_for(project, many) == statements_for(project, few)


def test_an_upload_is_kept_until_it_is_imported(project: Project, researcher: User, artifacts: Path) -> None:
    content = ContentFile("\n".join(good_lines()).encode(), name="../../ä" + "x" * 300 + ".jsonl")
    job = import_upload(project=project, upload=content, actor=researcher)
    kept = job.import_batch.files[0]["kept_as"]
    assert default_storage.exists(kept)
    run_import(job_id=job.pk)
    assert not default_storage.exists(kept)
    assert Conversation.objects.count() == 3


def test_a_name_that_turns_its_letters_is_shown_without_the_turn(project: Project, researcher: User) -> None:
    content = ContentFile(good_lines()[0].encode(), name="chats\u202elnosj.exe")
    job = import_upload(project=project, upload=content, actor=researcher)
    assert job.import_batch.name == "chats\ufffdlnosj.exe"


def test_a_path_that_is_no_text_is_refused_in_a_sentence(project: Project, tmp_path: Path) -> None:
    with pytest.raises(HarkenError, match="unprintable"):
        open_import(project=project, paths=[tmp_path / "chats\udcff.jsonl"])


def test_files_of_two_formats_go_into_one_batch(project: Project, tmp_path: Path) -> None:
    chats = write_lines(tmp_path, [chat("a", "b")])
    table = write(tmp_path, "prompt,response\nWhat is it about?,It is about this.\n", name="table.csv")
    job = import_file(project, chats, table)
    assert job.result["format"] == "openai_chat, csv"
    assert counts(job) == (2, 2, 0, 0)


def test_an_import_of_many_files_is_named_after_the_first(project: Project, tmp_path: Path) -> None:
    paths = [tmp_path / f"part-{number}.jsonl" for number in range(4)]
    for path in paths:
        path.write_text(json.dumps(chat("a", path.name)) + "\n", encoding="utf-8")
    batch = import_file(project, *paths).import_batch
    assert batch.name == "part-0.jsonl and 3 more files"
    assert len(batch.files) == 4
