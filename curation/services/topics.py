"""Topics of a project: a clustering of its vectors in a job, and new messages put with their nearest topic."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Count, F, QuerySet
from django.db.models.functions import Left, Mod
from django.utils.translation import gettext as _

from curation.dispatch import RUN_TOPICS
from curation.domain.errors import HarkenError
from curation.domain.topics import (
    FEWEST_MESSAGES,
    Clustering,
    find_clusters,
    nearest_centres,
    thin_topics,
    topic_names,
    topic_words,
)
from curation.models import Job, Message, MessageEmbedding, Project, Topic, User
from curation.services.jobs import JobProgress, Listener, open_job, ring_job, run_job
from language_models.embedders.contract import Vectors

KIND = "topics"
# Clusters are found in a sample of this size; all messages are then put with the nearest centre.
SAMPLE = 50_000
READ_VECTORS = 5_000
# Words are taken from so many messages of a topic, and from so much of each.
NAMED_BY_MESSAGES = 200
NAMED_BY_CHARACTERS = 500
# Clusters are found anew by themselves once the messages have grown by this factor.
GROWN_BY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Vectors of some messages, in the order of their ids."""

    ids: list[int]
    vectors: Vectors


@transaction.atomic
def open_topics(*, project: Project, actor: User | None = None) -> Job:
    """Return the job that finds the project's topics anew, the one that is under way where there is one."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    jobs = Job.objects.for_project(project).filter(kind=KIND).order_by("-id")
    under_way = jobs.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).first()
    if under_way is not None:
        return under_way
    job = open_job(project=project, kind=KIND, task_name=RUN_TOPICS, actor=actor, unit="messages")
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
    with transaction.atomic():
        progress.report(0, total=total, now=True)
        topics = _replace_topics(project, clustering)
        _place_all(project, topics, clustering.centres, progress)
        _describe(project, topics)
    return {"topics": len(topics), "messages": total, "thin": sum(topic.is_thin for topic in topics)}


def _vectors_of(project: Project) -> QuerySet[MessageEmbedding]:
    """Return the vectors of the embedder that was used last: those of another cannot be compared with them."""
    vectors = MessageEmbedding.objects.for_project(project)
    newest = vectors.order_by("-id").values_list("model", flat=True).first()
    return vectors.filter(model=newest)


def _sample(project: Project, total: int) -> Vectors:
    """Return the vectors of a sample drawn evenly over the ids: the same messages, the same sample."""
    found = _vectors_of(project).order_by("id")
    if total > SAMPLE:
        found = found.alias(draw=Mod(F("id"), -(-total // SAMPLE))).filter(draw=0)
    rows = list(found.values_list("vector", flat=True).iterator(READ_VECTORS))
    return np.asarray(rows, dtype=np.float32)


def _replace_topics(project: Project, clustering: Clustering) -> list[Topic]:
    """Make the topics of a clustering in place of the earlier ones."""
    Topic.objects.for_project(project).delete()
    places = clustering.places.tolist()
    return Topic.objects.bulk_create(
        Topic(project=project, name=str(number + 1), centre=centre, x=places[number][0], y=places[number][1])
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
        UPDATE curation_messageembedding e SET topic_id = placed.topic
        FROM unnest(%s::bigint[], %s::bigint[]) AS placed(id, topic) WHERE e.id = placed.id
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [embeddings, topics])


def _describe(project: Project, topics: list[Topic]) -> None:
    """Name and count the topics, and flag the thin ones; those without messages go."""
    _count(topics)
    empty = [topic for topic in topics if not topic.message_count]
    Topic.objects.filter(pk__in=[topic.pk for topic in empty]).delete()
    topics[:] = [topic for topic in topics if topic.message_count]
    words = topic_words({number: _texts_of(topic) for number, topic in enumerate(topics)})
    names = topic_names(words)
    for number, topic in enumerate(topics):
        topic.words, topic.name = words[number], names[number]
    Topic.objects.bulk_update(
        topics, ["name", "words", "cohesion", "message_count", "conversation_count", "is_thin"]
    )


def _count(topics: list[Topic]) -> None:
    by_topic = MessageEmbedding.objects.filter(topic__in=topics).values("topic").order_by("topic")
    counted = by_topic.annotate(messages=Count("id"), chats=Count("conversation_id", distinct=True))
    counts = {row["topic"]: (row["messages"], row["chats"]) for row in counted}
    for topic in topics:
        topic.message_count, topic.conversation_count = counts.get(topic.pk, (0, 0))
    for topic, is_thin in zip(topics, thin_topics([topic.message_count for topic in topics]), strict=True):
        topic.is_thin = is_thin


def _texts_of(topic: Topic) -> list[str]:
    """Return the beginnings of the topic's first messages."""
    of_topic = MessageEmbedding.objects.filter(topic=topic).order_by("id").values("message_id")
    texts = Message.objects.filter(pk__in=of_topic[:NAMED_BY_MESSAGES])
    return list(texts.annotate(head=Left("text", NAMED_BY_CHARACTERS)).values_list("head", flat=True))


def keep_topics_current(*, project: Project) -> None:
    """Put new messages with the nearest topic, and open a job for new topics where the project outgrew them."""
    placed = _place_new(project)
    total = _vectors_of(project).count()
    last = (
        Job.objects.for_project(project).filter(kind=KIND, state=Job.State.SUCCEEDED).order_by("-id").first()
    )
    clustered = last.result.get("messages", 0) if last and placed is not None else 0
    if total >= max(FEWEST_MESSAGES, GROWN_BY * clustered):
        open_topics(project=project)


@transaction.atomic
def _place_new(project: Project) -> int | None:
    """Put messages without a topic with the nearest one; returns how many, or None while there are no topics."""
    topics = list(Topic.objects.for_project(project).select_for_update().order_by("id"))
    if not topics:
        return None
    centres = np.asarray([topic.centre for topic in topics], dtype=np.float32)
    number = 0
    while rows := list(
        _vectors_of(project).filter(topic__isnull=True).values_list("id", "vector")[:READ_VECTORS]
    ):
        vectors = np.asarray([vector for _, vector in rows], dtype=np.float32)
        nearest, _cosines = nearest_centres(vectors, centres)
        _write_topics([each for each, _ in rows], [topics[place].pk for place in nearest])
        number += len(rows)
    if number:
        _count(topics)
        Topic.objects.bulk_update(topics, ["message_count", "conversation_count", "is_thin"])
    return number
