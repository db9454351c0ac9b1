"""Topics: messages that are alike are found together, named by their words, and thin spots are flagged."""

from collections.abc import Iterator

import numpy as np
import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.topics import find_clusters, thin_topics, topic_names, topic_number, topic_words
from curation.models import Job, MessageTopic, Project, Topic, User
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.enrichers.topics import open_topics, run_topics
from tests.cast import make_conversation
from tests.curation.enriched import enrich, word_embedder

GARDEN = "how often should tomatoes roses watering garden soil {}"
CODE = "python function raises exception list index traceback {}"


@pytest.fixture
def embedder(settings: LazySettings) -> Iterator[None]:
    with word_embedder(settings):
        yield


def fill(project: Project, *, each: int = 15) -> None:
    for number in range(each):
        make_conversation(project, [("user", GARDEN.format(number)), ("assistant", "Daily.")])
        make_conversation(project, [("user", CODE.format(number)), ("assistant", "Check it.")])


def find_topics(project: Project) -> Job | None:
    return run_topics(job_id=open_topics(project=project).pk)


def test_two_themes_become_two_topics_named_by_their_words(project: Project, embedder: None) -> None:
    fill(project)
    enrich(project, "embeddings")
    assert find_topics(project).result["messages"] == 30
    gardens = [topic for topic in Topic.objects.all() if "garden" in topic.words]
    codes = [topic for topic in Topic.objects.all() if "python" in topic.words]
    assert sum(topic.message_count for topic in gardens) == 15
    assert sum(topic.conversation_count for topic in codes) == 15
    assert not {topic.pk for topic in gardens} & {topic.pk for topic in codes}


def test_a_new_message_joins_the_nearest_topic(project: Project, embedder: None) -> None:
    fill(project)
    enrich(project, "embeddings")
    find_topics(project)
    late = make_conversation(project, [("user", GARDEN.format("late")), ("assistant", "Yes.")])
    enrich(project, "embeddings")
    assert "garden" in MessageTopic.objects.get(conversation=late).topic.words


def test_topics_are_opened_by_themselves_when_the_vectors_are_there(project: Project, embedder: None) -> None:
    fill(project)
    enrich(project, "embeddings")
    assert Job.objects.filter(kind="topics").count() == 1


def test_a_message_of_another_embedder_joins_no_topic_of_the_old_one(
    project: Project, embedder: None
) -> None:
    fill(project)
    enrich(project, "embeddings")
    find_topics(project)
    Topic.objects.update(model="another")
    late = make_conversation(project, [("user", GARDEN.format("late")), ("assistant", "Yes.")])
    enrich(project, "embeddings")
    assert not MessageTopic.objects.filter(conversation=late).exists()
    assert Job.objects.filter(kind="topics", state="queued").exists()


def test_a_withdrawn_word_names_no_topic(project: Project, embedder: None, admin: User) -> None:
    fill(project)
    named = make_conversation(project, [("user", GARDEN.format("Rumpelstiltskin"))])
    enrich(project, "embeddings")
    find_topics(project)
    topic = MessageTopic.objects.get(conversation=named).topic
    Topic.objects.filter(pk=topic.pk).update(words=["rumpelstiltskin", "garden"], name="rumpelstiltskin")
    withdraw_conversation(conversation=named, actor=admin)
    topic.refresh_from_db()
    assert (topic.words, topic.name, topic.message_count) == (["garden"], "garden", 15)
    assert not MessageTopic.objects.filter(conversation=named).exists()


def test_too_few_messages_are_refused_in_a_sentence(project: Project, embedder: None) -> None:
    fill(project, each=2)
    enrich(project, "embeddings")
    assert "at least 20" in find_topics(project).error_sentence


def test_the_same_vectors_give_the_same_clusters() -> None:
    vectors = np.random.default_rng(1).standard_normal((60, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    first, second = find_clusters(vectors), find_clusters(vectors)
    np.testing.assert_array_equal(first.centres, second.centres)
    assert np.abs(first.places).max() == pytest.approx(1.0)


def test_a_word_of_every_topic_names_none_of_them() -> None:
    words = topic_words({0: ["question water roses"] * 5, 1: ["question fix python"] * 5})
    assert (words[0][-1], words[1][-1]) == ("question", "question")


def test_topics_without_words_are_told_apart_by_number() -> None:
    assert topic_names({0: [], 1: []}) == {0: "1", 1: "2"}


@given(st.lists(st.integers(0, 10_000), max_size=12))
def test_a_topic_as_large_as_the_median_is_never_thin_unless_tiny(counts: list[int]) -> None:
    flags = thin_topics(counts)
    assert len(flags) == len(counts)
    assert all(
        count < 5 or count < sorted(counts)[len(counts) // 2]
        for count, thin in zip(counts, flags, strict=True)
        if thin
    )


@given(st.integers(0, 10**8))
def test_the_number_of_topics_stays_within_its_bounds(messages: int) -> None:
    assert 2 <= topic_number(messages) <= 150
