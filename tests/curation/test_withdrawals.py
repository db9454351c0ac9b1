"""Withdrawals reach everything that holds words of a conversation, and mark what was made of it."""

import numpy as np
import pytest
from django.contrib.postgres.search import SearchVector
from django.core.management import CommandError, call_command
from django.db.models import Value

from curation.domain.errors import HarkenError
from curation.models import (
    AuditEvent,
    Comparison,
    DatasetRow,
    DatasetRowText,
    Evidence,
    MessageEmbedding,
    MessageWords,
    ModelVersion,
    PreferencePair,
    SourceUser,
    Tag,
)
from curation.services.corpus.withdrawals import withdraw_conversation, withdraw_user
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from tests.cast import make_pair


def frozen(project, name="d"):
    return freeze_dataset(dataset=ensure_dataset(project=project, name=name, recipe=None, actor=None))


@pytest.fixture
def user_pairs(project) -> tuple[SourceUser, list[PreferencePair]]:
    """Three pairs, two of one user."""
    user = SourceUser.objects.create(project=project, pseudonym="abcdef0123456789")
    pairs = [make_pair(project, question=f"Question {n} of topic {n}?", chosen=f"yes {n}") for n in range(3)]
    for pair in pairs[:2]:
        pair.prompt.conversation.source_user = user
        pair.prompt.conversation.save()
    return user, pairs


def test_a_user_s_withdrawal_erases_each_conversation_and_marks_versions_and_models(project, user_pairs):
    user, pairs = user_pairs
    version = frozen(project)
    model = ModelVersion.objects.create(project=project, name="tuned", kind="adapter", trained_on=version)
    reached = withdraw_user(project=project, pseudonym=user.pseudonym[:10])
    assert (reached.conversations, reached.versions, reached.models) == (2, ("d@1",), ("tuned",))
    model.refresh_from_db()
    assert model.withdrawn_in_part_at
    assert DatasetRowText.objects.filter(withdrawn_at__isnull=True).count() == 1
    assert pairs[2].prompt.last_message.text
    assert AuditEvent.objects.get(action="user.withdrawn").details["conversations"] == 2


def test_nobody_is_withdrawn_by_a_pseudonym_that_is_too_short_or_not_theirs(project, user_pairs):
    for pseudonym in ("abc", "abcdef01234567890", "zzzzzzzzzz", "abcdef01\x00"):
        with pytest.raises(HarkenError, match="whole pseudonym"):
            withdraw_user(project=project, pseudonym=pseudonym)


def test_vectors_words_tags_and_quotations_go_with_a_conversation(project, researcher):
    pair = make_pair(project)
    message = pair.prompt.last_message
    conversation = pair.prompt.conversation
    Tag.objects.create(
        project=project, conversation=conversation, name="greeting", source="person", detail={"first": "x"}
    )
    MessageEmbedding.objects.create(
        project=project, conversation=conversation, message=message, model="m", vector=np.ones(384)
    )
    MessageWords.objects.create(
        project=project, conversation=conversation, message=message, document=SearchVector(Value("rice"))
    )
    quote = Evidence.objects.create(
        project=project, response=pair.rejected, kind="verdict", quote="It says 5."
    )
    version = frozen(project)
    assert version.rows.get().values["rejected"]["judgement"] == "It says 5."
    withdraw_conversation(conversation=conversation, actor=researcher)
    quote.refresh_from_db()
    assert (quote.quote, Tag.objects.get().detail) == ("", {})
    assert not MessageEmbedding.objects.exists()
    assert not MessageWords.objects.exists()
    assert "judgement" not in version.rows.get().values["rejected"]


def test_either_side_of_a_joint_row_takes_the_row_with_it(project, researcher):
    one, other = make_pair(project, question="Rice?"), make_pair(project, question="Tea?", chosen="Green.")
    PreferencePair.objects.all().update(archived_at=one.created_at)
    Comparison.objects.create(
        project=project,
        response_a=one.chosen,
        response_b=other.chosen,
        outcome="a",
        source="source_person",
        source_name="joint",
    )
    version = frozen(project)
    row = DatasetRow.objects.get()
    assert row.rejected_prompt == other.prompt
    withdraw_conversation(conversation=other.prompt.conversation, actor=researcher)
    text = DatasetRowText.objects.get()
    assert (text.prompt, text.rejected_prompt, text.chosen, text.rejected) == ([], [], [], [])
    version.refresh_from_db()
    assert version.withdrawn_in_part_at


def test_the_command_wants_to_hear_that_it_is_meant(project, user_pairs):
    with pytest.raises(CommandError, match="--yes"):
        call_command("withdraw_user", project=project.slug, pseudonym="abcdef0123456789")
