"""Topics of a project: a clustering of its vectors in a job, and new messages put with their nearest topic."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.db.models.functions import Left, Mod
from django.utils.translation import gettext as _

from curation.dispatch import RUN_TOPICS
from curation.domain.corpus.topics import (
    FEWEST_MESSAGES,
    Clustering,
    find_clusters,
    nearest_centres,
    standing_words,
    thin_topics,
    topic_names,
    topic_words,
)
from curation.domain.errors import HarkenError
from curation.models import Job, Message, MessageEmbedding, MessageTopic, Project, Topic, User
from curation.queries.enrichers.topics import TOPICS_JOB
from curation.services.work.jobs import JobProgress, Listener, open_job, ring_job, run_job
from curation.services.work.turns import take_turns_with_withdrawals
from language_models.embedders.contract import Vectors

# Clusters are found in a sample of this size; all messages are then put with the nearest centre.
SAMPLE = 50_000
READ_VECTORS = 5_000
# Words are taken from so many messages of a topic, and from so much of each.
NAMED_BY_MESSAGES = 200
NAMED_BY_CHARACTERS = 500
# Clusters are found anew by themselves once the messages have grown by this factor.
GROWN_BY = 2
COUNTS = ("message_count", "conversation_count", "is_thin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Vectors of some messages, in the order of their ids."""

    ids: list[int]
    vectors: Vectors


@transaction.atomic
def open_topics(*, project: Project, actor: User | None = None) -> Job:
    """Return the job that finds the project's topics anew, the one that is under way where there is one."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    jobs = Job.objects.for_project(project).filter(kind=TOPICS_JOB).order_by("-id")
    under_way = jobs.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).first()
    if under_way is not None:
        return under_way
    job = open_job(project=project, kind=TOPICS_JOB, task_name=RUN_TOPICS, actor=actor, unit="messages")
    ring_job(job=job)
    return job


def run_topics(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a topics job: cluster, name, and put every message with its topic."""
    return run_job(job_id=job_id, work=_find_topics, listener=listener)


def _find_topics(progress: JobProgress) -> dict[str, Any]:
    project = progress.job.project
    total = _vectors_of(project).count()
    progress.report(0, total=total, now=True)
    clustering = find_clusters(_sample(project, total))
    if clustering is None:
        raise HarkenError(
            _("Topics need at least %(n)s user messages with embeddings; there are %(total)s.")
            % {"n": FEWEST_MESSAGES, "total": total}
        )
    topics = _replace_topics(project, clustering, progress)
    _describe(project, topics)
    return {"topics": len(topics), "messages": total, "thin": sum(topic.is_thin for topic in topics)}


def _vectors_of(project: Project) -> QuerySet[MessageEmbedding]:
    """Return the vectors of the embedder that was used last: those of another cannot be compared with them."""
    return MessageEmbedding.objects.for_project(project).filter(model=_newest_model(project))


def _newest_model(project: Project) -> str:
    vectors = MessageEmbedding.objects.for_project(project).order_by("-id")
    return vectors.values_list("model", flat=True).first() or ""


def _sample(project: Project, total: int) -> Vectors:
    """Return the vectors of a sample drawn evenly over the ids: the same messages, the same sample."""
    found = _vectors_of(project).order_by("id")
    if total > SAMPLE:
        found = found.alias(draw=Mod(F("id"), -(-total // SAMPLE))).filter(draw=0)
    rows = list(found.values_list("vector", flat=True).iterator(READ_VECTORS))
    return np.asarray(rows, dtype=np.float32)


@transaction.atomic
def _replace_topics(project: Project, clustering: Clustering, progress: JobProgress) -> list[Topic]:
    """Make the topics of a clustering, without names yet, and put every message with one of them.

    The earlier ones go last, so that nobody waits for their rows while messages are put with the new ones.
    """
    progress.report(0, now=True)
    earlier = list(Topic.objects.for_project(project).values_list("id", flat=True))
    topics = _made_topics(project, clustering)
    _place_all(project, topics, clustering.centres, progress)
    Topic.objects.filter(pk__in=earlier).delete()
    return topics


def _made_topics(project: Project, clustering: Clustering) -> list[Topic]:
    model, places = _newest_model(project), clustering.places.tolist()
    return Topic.objects.bulk_create(
        Topic(
            project=project,
            name=str(number + 1),
            centre=centre,
            x=places[number][0],
            y=places[number][1],
            model=model,
        )
        for number, centre in enumerate(clustering.centres)
    )


def _place_all(project: Project, topics: list[Topic], centres: Vectors, progress: JobProgress) -> None:
    """Put every message with its nearest topic, a few thousand at a time, and note how alike a topic's are."""
    sums, counts, done = np.zeros(len(topics)), np.zeros(len(topics)), 0
    for placed in _all_placed(project):
        nearest, cosines = nearest_centres(placed.vectors, centres)
        np.add.at(sums, nearest, cosines)
        np.add.at(counts, nearest, 1)
        _write_topics(placed.ids, [topics[number].pk for number in nearest])
        done += len(placed.ids)
        progress.report(done)
    for topic, total, count in zip(topics, sums, counts, strict=True):
        topic.cohesion = float(total / count) if count else None


def _all_placed(project: Project) -> Iterator[Placed]:
    after = 0
    while rows := list(
        _vectors_of(project).filter(id__gt=after).order_by("id").values_list("id", "vector")[:READ_VECTORS]
    ):
        vectors = np.asarray([vector for _, vector in rows], dtype=np.float32)
        yield Placed(ids=[number for number, _ in rows], vectors=vectors)
        after = rows[-1][0]


def _write_topics(embeddings: list[int], topics: list[int]) -> None:
    statement = """
        INSERT INTO curation_messagetopic (uuid, created_at, project_id, conversation_id, message_id, topic_id)
        SELECT gen_random_uuid(), now(), e.project_id, e.conversation_id, e.message_id, placed.topic
        FROM unnest(%s::bigint[], %s::bigint[]) AS placed(id, topic)
        JOIN curation_messageembedding e ON e.id = placed.id
        ON CONFLICT (message_id) DO UPDATE SET topic_id = excluded.topic_id
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [embeddings, topics])


@transaction.atomic
def _describe(project: Project, topics: list[Topic]) -> None:
    """Name and count the topics, and flag the thin ones; those without messages go."""
    # Words of a text that is withdrawn in this moment must not become a name.
    take_turns_with_withdrawals(project)
    _count(project, topics)
    _drop_empty(topics)
    words = topic_words({number: _texts_of(topic) for number, topic in enumerate(topics)})
    names = topic_names(words)
    for number, topic in enumerate(topics):
        topic.words, topic.name = words[number], names[number]
    Topic.objects.bulk_update(topics, ["name", "words", "cohesion", *COUNTS])


def _drop_empty(topics: list[Topic]) -> None:
    Topic.objects.filter(pk__in=[topic.pk for topic in topics if not topic.message_count]).delete()
    topics[:] = [topic for topic in topics if topic.message_count]


def _count(project: Project, topics: list[Topic]) -> None:
    by_topic = MessageTopic.objects.filter(topic__in=topics).values("topic").order_by("topic")
    counted = by_topic.annotate(messages=Count("id"), chats=Count("conversation_id", distinct=True))
    counts = {row["topic"]: (row["messages"], row["chats"]) for row in counted}
    for topic in topics:
        topic.message_count, topic.conversation_count = counts.get(topic.pk, (0, 0))
    others = Topic.objects.for_project(project).exclude(pk__in=[topic.pk for topic in topics])
    sizes = [topic.message_count for topic in topics] + list(others.values_list("message_count", flat=True))
    for topic, is_thin in zip(topics, thin_topics(sizes), strict=False):
        topic.is_thin = is_thin


def _texts_of(topic: Topic) -> list[str]:
    """Return the beginnings of the topic's first messages."""
    of_topic = MessageTopic.objects.filter(topic=topic).order_by("message_id").values("message_id")
    texts = Message.objects.filter(pk__in=of_topic[:NAMED_BY_MESSAGES])
    return list(texts.annotate(head=Left("text", NAMED_BY_CHARACTERS)).values_list("head", flat=True))


def topics_of(*, conversations: Collection[int]) -> set[int]:
    """Return the topics of these conversations' messages."""
    placed = MessageTopic.objects.filter(conversation_id__in=conversations)
    return set(placed.values_list("topic_id", flat=True))


@transaction.atomic
def forget_words(*, project: Project, topics: Collection[int]) -> None:
    """Take the words out of these topics' names that no message of theirs says any more; those left empty go."""
    found = Topic.objects.for_project(project).filter(pk__in=topics)
    rows = list(found.select_for_update().defer("centre").order_by("id"))
    _count(project, rows)
    _drop_empty(rows)
    for topic in rows:
        words = standing_words(topic.words, texts=_texts_of(topic))
        if words != topic.words:
            topic.words, topic.name = words, topic_names({topic.pk: words})[topic.pk]
    Topic.objects.bulk_update(rows, ["name", "words", *COUNTS])


def keep_topics_current(*, project: Project) -> None:
    """Put new messages with the nearest topic, and open a job for new topics where the project outgrew them."""
    placed = _place_new(project)
    total = _vectors_of(project).count()
    last = (
        Job.objects.for_project(project)
        .filter(kind=TOPICS_JOB, state=Job.State.SUCCEEDED)
        .order_by("-id")
        .first()
    )
    clustered = last.result.get("messages", 0) if last and placed is not None else 0
    if total >= max(FEWEST_MESSAGES, GROWN_BY * clustered):
        open_topics(project=project)


@transaction.atomic
def _place_new(project: Project) -> int | None:
    """Put messages without a topic with the nearest one; returns how many, or None while there are no topics.

    Topics of another embedder's vectors are none: nothing new lies near them.
    """
    model = _newest_model(project)
    topics = list(Topic.objects.for_project(project).filter(model=model).select_for_update().order_by("id"))
    if not topics:
        return None
    centres = np.asarray([topic.centre for topic in topics], dtype=np.float32)
    number = 0
    for placed in _unplaced(project):
        nearest, _cosines = nearest_centres(placed.vectors, centres)
        _write_topics(placed.ids, [topics[place].pk for place in nearest])
        number += len(placed.ids)
    if number:
        _count(project, topics)
        Topic.objects.bulk_update(topics, COUNTS)
    return number


def _unplaced(project: Project) -> Iterator[Placed]:
    """Yield the vectors without a topic, newest first, as far back as a page has any: they are the newest."""
    has_topic = Exists(MessageTopic.objects.filter(message=OuterRef("message")))
    newest_first = _vectors_of(project).order_by("-id").annotate(has_topic=has_topic)
    page = list(newest_first.values_list("id", "has_topic")[:READ_VECTORS])
    while new := [number for number, is_placed in page if not is_placed]:
        rows = MessageEmbedding.objects.filter(pk__in=new).order_by("id").values_list("id", "vector")
        ids, vectors = zip(*rows, strict=True)
        yield Placed(ids=list(ids), vectors=np.asarray(vectors, dtype=np.float32))
        page = list(newest_first.filter(id__lt=page[-1][0]).values_list("id", "has_topic")[:READ_VECTORS])
