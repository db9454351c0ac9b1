"""Search by meaning: the messages whose vectors are nearest to a sentence, or to another message."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from pgvector.django import CosineDistance

from curation.domain.corpus.finding import ConversationFilters
from curation.models import Conversation, Message, MessageEmbedding, Project
from curation.queries.corpus.hits import MOST_HITS, Found, hits_of, left_by
from curation.queries.corpus.narrowing import Narrowing, narrowing_of
from curation.queries.versions.planning import planned
from language_models.embedders.client import SocketEmbedder

# Up to here every vector is compared: an index alone finds nothing for a small project beside a large one.
EXACT_BELOW = 20_000
# What the filters leave of the nearest is shown, so more of them are fetched than a page holds.
NEAREST = 400
# The embedder cuts longer texts anyway.
ASKED_CHARACTERS = 4_000
REPLY_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What is looked for: a vector, the model that made it, and the conversation that is not looked for."""

    vector: list[float]
    model: str
    besides: int | None = None


def meaning_of(text: str) -> Meaning:
    """Ask the embedder for the vector of a sentence; raises EmbedderUnavailableError where it does not answer."""
    embedder = SocketEmbedder(settings.HARKEN_EMBEDDER_SOCKET, reply_seconds=REPLY_SECONDS)
    (vector,) = embedder.embed([text[:ASKED_CHARACTERS]])
    return Meaning(vector=vector.tolist(), model=embedder.name[:80])


def meaning_of_message(message: Message) -> Meaning:
    """Return the stored vector of a message, or ask the embedder for it."""
    stored = MessageEmbedding.objects.filter(message=message).order_by("-id").first()
    if stored is None:
        fresh = meaning_of(message.text[:ASKED_CHARACTERS])
        return Meaning(vector=fresh.vector, model=fresh.model, besides=message.conversation_id)
    return Meaning(vector=stored.vector, model=stored.model, besides=message.conversation_id)


def nearest_hits(
    project: Project, *, meaning: Meaning, filters: ConversationFilters, limit: int = MOST_HITS
) -> Found:
    """Return the messages nearest in meaning, nearest first."""
    narrowing = narrowing_of(project, filters)
    vectors = _vectors(narrowing, meaning)
    candidates = _candidates(narrowing, vectors)
    if candidates is not None:
        with planned(enable_indexscan="off"):
            rows = _nearest(candidates, meaning)[:limit]
        return _found(project, rows, nearest_of=None)
    with planned(hnsw__iterative_scan="strict_order", enable_seqscan="off", enable_bitmapscan="off"):
        rows = _nearest(vectors, meaning)
    left = left_by(narrowing.conditions(), (conversation for _message, conversation, _distance in rows))
    kept = [row for row in rows if row[1] in left]
    return _found(project, kept[:limit], nearest_of=len(rows) if len(kept) < min(limit, len(rows)) else None)


def _vectors(narrowing: Narrowing, meaning: Meaning) -> QuerySet[MessageEmbedding]:
    rows = MessageEmbedding.objects.for_project(narrowing.project).filter(model=meaning.model)
    return rows.exclude(conversation_id=meaning.besides) if meaning.besides else rows


def _candidates(
    narrowing: Narrowing, vectors: QuerySet[MessageEmbedding]
) -> QuerySet[MessageEmbedding] | None:
    """Return the vectors that the filters leave where they are few enough to compare each, else None."""
    left = Conversation.objects.for_project(narrowing.project).filter(*narrowing.conditions())
    narrowed = vectors.filter(conversation__in=left)
    is_small = vectors.order_by().values("id")[:EXACT_BELOW].count() < EXACT_BELOW
    if is_small:
        return narrowed
    if not narrowing.filters.is_narrowing:
        return None
    return narrowed if narrowed.order_by().values("id")[:EXACT_BELOW].count() < EXACT_BELOW else None


def _nearest(rows: QuerySet[MessageEmbedding], meaning: Meaning) -> list[tuple[int, int, float]]:
    near = rows.annotate(distance=CosineDistance("vector", meaning.vector)).order_by("distance")
    return list(near.values_list("message_id", "conversation_id", "distance")[:NEAREST])


def _found(project: Project, rows: list[tuple[int, int, float]], *, nearest_of: int | None) -> Found:
    similarities = {message: 1.0 - distance for message, _conversation, distance in rows}
    hits = hits_of(
        project, [message for message, _conversation, _distance in rows], similarities=similarities
    )
    return Found(hits=hits, nearest_of=nearest_of)
