"""The words of messages: written by a job, project by project, whatever the messages hold."""

from pathlib import Path

import pytest
from django.db import connection

from curation.domain.corpus.word_lexemes import all_of
from curation.models import Conversation, Enrichment, Job, MessageWords, Project, User
from curation.queries.corpus.words import lexemes_of, matches_words, words_progress
from curation.services.enrichers import word_index
from curation.services.enrichers.word_index import ring_word_index, ring_word_indexes, run_word_index
from curation.services.importers.imports import open_import, run_import
from curation.services.work.jobs import claim_job, open_job, request_job_cancel, resume_job
from tests.cast import make_conversation, make_project
from tests.curation.import_files import chat, write_lines


def index_words(project: Project) -> Job:
    job = ring_word_index(project=project)
    assert job is not None
    done = run_word_index(job_id=job.pk)
    assert done is not None
    return done


def found(project: Project, *words: str, prefixes: tuple[str, ...] = ()) -> list[str]:
    rows = MessageWords.objects.for_project(project).filter(
        matches_words(project, words=words, prefixes=prefixes)
    )
    return [row.message.text for row in rows.select_related("message").order_by("pk")]


def test_a_message_is_found_by_each_of_its_words(project: Project) -> None:
    make_conversation(project, turns=[("user", "Where is the Café?"), ("assistant", "Round the corner.")])
    index_words(project)
    assert found(project, "café") == ["Where is the Café?"]
    assert found(project, "the", "corner") == ["Round the corner."]
    assert found(project, "nowhere") == []


def test_a_message_is_found_by_the_beginning_of_a_word(project: Project) -> None:
    make_conversation(project, turns=[("user", "An umbrella, please."), ("assistant", "Here.")])
    index_words(project)
    assert found(project, "please", prefixes=("umb",)) == ["An umbrella, please."]


def test_words_of_another_project_are_never_found(project: Project) -> None:
    make_conversation(project, turns=[("user", "secret"), ("assistant", "yes")])
    index_words(project)
    elsewhere = make_project("elsewhere")
    assert found(elsewhere, "secret") == []
    # Not even by a query that forgets the project's rows: the words themselves tell projects apart.
    assert not MessageWords.objects.filter(matches_words(elsewhere, words=["secret"])).exists()


def test_no_text_can_imitate_the_words_of_another_project(project: Project) -> None:
    elsewhere = make_project("elsewhere")
    make_conversation(project, turns=[("user", f"{elsewhere.pk} secret '{elsewhere.pk} secret'")])
    index_words(project)
    assert not MessageWords.objects.filter(matches_words(elsewhere, words=["secret"])).exists()


def distinct_words(count: int, *, letters: str) -> str:
    first, second, third = letters[:60], letters[:60], letters[:60]
    words = (a + b + c for a in first for b in second for c in third)
    return " ".join(word for word, _ in zip(words, range(count), strict=False))


ASTRAL = "".join(chr(0x10400 + number) for number in range(80))
HUGE = {
    "a megabyte of words": "word " * 200_000,
    "many different words": distinct_words(
        200_000, letters="abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿāăą"
    ),
    "many different words of four-byte letters": distinct_words(200_000, letters=ASTRAL),
    "one word of a megabyte": "x" * 1_000_000,
    "addresses": " ".join(f"a.de/{number}" for number in range(200_000)),
    "hyphens": " ".join(f"a{number}-b{number}-c{number}" for number in range(100_000)),
    "quotes": "'\\" * 200_000,
}


@pytest.mark.parametrize("kind", HUGE)
def test_a_huge_message_does_not_break_the_index(project: Project, kind: str) -> None:
    make_conversation(project, turns=[("user", "begin " + HUGE[kind]), ("assistant", "small")])
    assert index_words(project).state == Job.State.SUCCEEDED
    assert len(found(project, "begin")) == 1
    assert found(project, "small") == ["small"]


def test_what_comes_later_is_indexed_by_a_later_job(project: Project) -> None:
    make_conversation(project, turns=[("user", "first")])
    index_words(project)
    assert ring_word_index(project=project) is None
    make_conversation(project, turns=[("user", "second")])
    assert words_progress(project).waiting == 1
    index_words(project)
    progress = words_progress(project)
    assert (progress.indexed, progress.waiting, progress.is_complete) == (2, 0, True)


def test_a_job_that_is_open_is_not_opened_twice(project: Project) -> None:
    make_conversation(project, turns=[("user", "first")])
    assert ring_word_index(project=project) is not None
    assert ring_word_index(project=project) is None


def test_the_sweep_rings_for_what_waits_but_not_for_what_was_cancelled(
    project: Project, researcher: User
) -> None:
    make_conversation(project, turns=[("user", "first")])
    assert ring_word_indexes() == 1
    request_job_cancel(job=Job.objects.get(kind="words"), actor=researcher)
    assert ring_word_indexes() == 0


def test_the_sweep_leaves_a_running_import_alone(project: Project) -> None:
    make_conversation(project, turns=[("user", "first")])
    job = open_job(project=project, kind="import", task_name="any")
    claim_job(job_id=job.pk)
    assert ring_word_indexes() == 0


def test_a_cancelled_job_goes_on_where_it_stopped(
    project: Project, researcher: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_index, "BATCH_MESSAGES", 2)
    make_conversation(project, turns=[("user", "one"), ("assistant", "two")] * 3)
    job = ring_word_index(project=project)
    assert job is not None

    def cancel(done: int, _total: int | None) -> None:
        if done >= 2:
            request_job_cancel(job=job, actor=researcher)

    assert run_word_index(job_id=job.pk, listener=cancel).state == Job.State.CANCELLED
    assert MessageWords.objects.count() == 2
    resume_job(job=job, actor=researcher)
    assert run_word_index(job_id=job.pk).result == {"messages": 4, "indexed": 4}
    assert Enrichment.objects.get(name="words").finding_count == 6


def test_a_withdrawn_conversation_leaves_no_words(project: Project) -> None:
    make_conversation(project, turns=[("user", "first"), ("assistant", "second")])
    Conversation.objects.get().messages.update(text="", rich_parts=None)
    index_words(project)
    assert not MessageWords.objects.exists()


def test_a_word_of_the_question_is_split_as_the_index_splits() -> None:
    assert all_of(7, words=["it's", "a\\b"], prefixes=["x"]) == "'7 it''s' & '7 a\\\\b' & '7 x':*"


@pytest.mark.usefixtures("db")
def test_signs_are_no_words() -> None:
    assert lexemes_of(["e-mail", "?!", "Ünder"]) == [["e", "e-mail", "mail"], [], ["ünder"]]


@pytest.mark.usefixtures("project")
def test_the_app_may_refresh_statistics_but_not_analyse_by_itself(project: Project) -> None:
    make_conversation(project, turns=[("user", "first")])
    index_words(project)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename = 'curation_messagewords'")
        assert cursor.fetchone()[0] > 0


def test_an_import_rings_for_the_index(project: Project, tmp_path: Path) -> None:
    path = write_lines(tmp_path, [chat("Where is my umbrella?", "Here.")])
    run_import(job_id=open_import(project=project, paths=[path]).pk)
    job = Job.objects.get(kind="words")
    assert job.state == Job.State.QUEUED
    run_word_index(job_id=job.pk)
    assert found(project, "umbrella") == ["Where is my umbrella?"]
