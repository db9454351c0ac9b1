"""What enrichers compare with: the fingerprints and vectors that earlier conversations left."""

from collections.abc import Sequence
from functools import cached_property

from django.db import connection, transaction
from pgvector.django import CosineDistance

from curation.domain.enrichers.enriching import TextFingerprint
from curation.models import Fingerprint, MessageEmbedding, Project
from curation.queries.corpus.meaning import EXACT_BELOW

EXACT = "SET LOCAL enable_indexscan = off"
# Otherwise the index ends with its first page, of whatever project.
SCAN_ON = "SET LOCAL hnsw.iterative_scan = strict_order"


class StoredFingerprints:
    """The fingerprints of one enricher in one project."""

    def __init__(self, project: Project, *, enricher: str) -> None:
        self._project = project
        self._enricher = enricher
        self.scope = f"{project.uuid}:{enricher}"

    def sharing(self, keys: Sequence[int]) -> list[TextFingerprint]:
        """Return those with at least one of these keys, by the id of their conversation; one query."""
        if not keys:
            return []
        found = Fingerprint.objects.for_project(self._project).filter(enricher=self._enricher)
        rows = found.filter(keys__overlap=list(keys)).order_by("conversation_id")
        return [
            TextFingerprint(conversation=row.conversation_id, keys=row.keys, signature=bytes(row.signature))
            for row in rows
        ]


class StoredNeighbours:
    """The vectors of one project's messages."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def nearest_before(self, message_id: int) -> tuple[int, float] | None:
        """Return the earlier conversation with the user message nearest to this one, and the cosine."""
        own = MessageEmbedding.objects.for_project(self._project).filter(message_id=message_id).first()
        if own is None:
            return None
        earlier = MessageEmbedding.objects.for_project(self._project).filter(
            model=own.model, conversation_id__lt=own.conversation_id
        )
        by_distance = earlier.annotate(distance=CosineDistance("vector", own.vector)).order_by("distance")
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(EXACT if self._is_small else SCAN_ON)
            row = by_distance.values_list("conversation_id", "distance").first()
        return (row[0], 1.0 - row[1]) if row else None

    @cached_property
    def _is_small(self) -> bool:
        """Whether every vector is compared: beside a large project the index gives up before it comes to these."""
        vectors = MessageEmbedding.objects.for_project(self._project).order_by()
        return vectors.values("id")[:EXACT_BELOW].count() < EXACT_BELOW
