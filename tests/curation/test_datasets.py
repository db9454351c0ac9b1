"""Freezing a dataset: recipes, people's verdicts, splits, and the database's guards."""

import pytest
from django.db import DatabaseError, connection, transaction

from curation.domain.errors import RecipeError
from curation.models import DatasetRow, DatasetRowText, PreferencePair, Project, Response
from curation.queries.versions import drafts
from curation.services.corpus.preferences import publish_comparison, publish_pair
from curation.services.corpus.responses import ensure_logged_response, ensure_prompt, ensure_response
from curation.services.importers.imports import open_import, run_import
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from tests.cast import make_conversation, make_pair, make_project
from tests.paths import shared_file


def frozen_version(project: Project, pairs: int = 10):
    for number in range(pairs):
        make_pair(project, question=f"Question {number} about topic {number}?", chosen=f"right {number}")
    return freeze_dataset(dataset=ensure_dataset(project=project, name="mined", recipe=None, actor=None))


def judge(pair, outcome: str) -> None:
    publish_comparison(
        response_a=pair.chosen, response_b=pair.rejected, outcome=outcome, source="person", pair=pair
    )


def test_a_version_holds_every_usable_pair_and_says_where_it_came_from(project):
    version = frozen_version(project)
    assert version.row_count == 10
    assert sum(version.split_counts.values()) == 10
    assert version.manifest["decided_by"] == {"miner": 10}
    assert version.manifest["content_hash"] == version.content_hash


def test_the_same_content_freezes_to_the_same_hash(project):
    first = frozen_version(project)
    second = freeze_dataset(dataset=first.dataset)
    assert (second.number, second.content_hash) == (2, first.content_hash)


def test_a_verdict_of_people_reverses_a_pair(project):
    pair = make_pair(project)
    judge(pair, "b")
    version = freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None))
    row = version.rows.get()
    assert (row.chosen, row.decided_by) == (pair.rejected, "people")


@pytest.mark.parametrize(
    ("outcome", "reason"), [("tie", "people_undecided"), ("both_bad", "people_both_bad")]
)
def test_a_pair_that_people_could_not_decide_is_dropped_with_its_reason(project, outcome, reason):
    frozen = make_pair(project, question="kept?")
    judge(make_pair(project, question="dropped?"), outcome)
    version = freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None))
    assert version.rows.get().pair == frozen
    assert version.manifest["dropped"] == {reason: 1}


def test_the_test_split_prefers_pairs_that_people_decided(project):
    pairs = [
        make_pair(project, question=f"Number {n} of {n * 7} things?", chosen=f"yes {n}") for n in range(20)
    ]
    for pair in pairs[:2]:
        judge(pair, "a")
    version = freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None))
    assert set(version.rows.filter(split="test").values_list("decided_by", flat=True)) == {"people"}


def test_another_project_s_pairs_never_enter(project):
    make_pair(make_project("other"))
    with pytest.raises(RecipeError, match="no preferences yet"):
        freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE curation_datasetrow SET split = 'test'",
        "DELETE FROM curation_datasetrow",
        "UPDATE curation_datasetrowtext SET prompt = '[]'",
        "UPDATE curation_datasetversion SET row_count = 1",
        "DELETE FROM curation_datasetversion",
        "TRUNCATE curation_datasetrow CASCADE",
    ],
)
def test_the_database_refuses_to_change_a_frozen_version(project, statement):
    frozen_version(project, pairs=2)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_frozen_version_refuses_new_rows(project):
    row = frozen_version(project, pairs=2).rows.first()
    copy = DatasetRow.objects.get(pk=row.pk)
    copy.pk, copy.uuid, copy.position = None, "0190c2a0-0000-7000-8000-000000000001", 99
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        copy.save(force_insert=True)


def test_a_withdrawal_empties_the_snapshot_and_marks_the_version(project):
    version = frozen_version(project, pairs=3)
    row = version.rows.first()
    conversation = row.prompt.conversation
    with connection.cursor() as cursor:
        cursor.execute("SELECT harken_withdraw_conversation(%s, %s)", [project.pk, conversation.pk])
    version.refresh_from_db()
    assert version.withdrawn_in_part_at
    assert DatasetRowText.objects.get(row=row).prompt == []
    assert not conversation.messages.exclude(text="").exists()
    assert DatasetRowText.objects.filter(row__version=version).exclude(prompt=[]).count() == 2


def publish_later_pair(project, opening: str, follow_up: str) -> None:
    """Publish a pair about the second question of a conversation."""
    turns = [
        ("user", opening),
        ("assistant", f"first of {follow_up}"),
        ("user", follow_up),
        ("assistant", "logged"),
    ]
    conversation = make_conversation(project, turns)
    asked, answered = conversation.messages.order_by("position")[2:]
    better = ensure_response(
        prompt=ensure_prompt(last_message=asked),
        parts=[{"type": "text", "text": f"better {follow_up}"}],
        origin=Response.Origin.IMPORTED,
    )
    logged = ensure_logged_response(message=answered)
    publish_pair(chosen=better, rejected=logged, origin=PreferencePair.Origin.MINED)


def test_threads_of_one_tree_stay_in_one_split(project):
    subjects = ["rice", "trains", "tax", "poems", "bees", "glass", "ice", "maps", "chess", "salt"]
    for subject in subjects:
        publish_later_pair(project, f"What about {subject}?", f"Where does one buy {subject} in bulk?")
        publish_later_pair(project, f"What about {subject}?", f"Is some {subject} better than other?")
    version = freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None))
    splits: dict[str, set[str]] = {}
    for row in version.rows.select_related("snapshot"):
        splits.setdefault(row.snapshot.prompt[0]["content"], set()).add(row.split)
    assert len(version.split_counts) == 3
    assert {len(found) for found in splits.values()} == {1}


def test_the_ranked_replies_of_oasst_freeze_to_pairs(project):
    run_import(job_id=open_import(project=project, paths=[shared_file("oasst1/en-validation.jsonl")]).pk)
    version = freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None))
    assert (version.row_count, version.manifest["dropped"]) == (1021, {"equal_sides": 1})
    assert version.manifest["decided_by"] == {"people": 1021}


def test_a_prompt_that_thousands_share_is_compared_once(project, monkeypatch):
    compared = []

    def counted(texts, *, threshold, while_working):
        compared.append(len(texts))
        return []

    monkeypatch.setattr(drafts, "near_duplicate_links", counted)
    for number in range(20):
        make_pair(project, question="continue", chosen=f"yes {number}", rejected=f"no {number}")
    freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None))
    assert compared == [1]


def test_a_prompt_with_an_empty_message_is_left_out_with_its_reason(project):
    make_pair(project, question="kept?")
    pair = make_pair(project, question="left out?")
    pair.prompt.last_message.__class__.objects.filter(pk=pair.prompt.last_message_id).update(text=" ")
    version = freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None))
    assert version.manifest["dropped"] == {"empty_message_in_prompt": 1}
