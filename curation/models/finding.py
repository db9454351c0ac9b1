"""What is added to conversations after their import, so that they can be found: tags, vectors, words, views."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pgvector.django import HalfVectorField, HnswIndex

from curation.models.base import BulkRow, ProjectQuerySet, ProjectRow
from curation.models.corpus import Conversation, Message
from curation.models.people import User
from curation.models.work import Job

# MiniLM's, the embedder that comes along.
VECTOR_DIMENSIONS = 384


class Enrichment(ProjectRow):
    """How far one enricher of one version has read a project: conversations up to `done_through` are finished.

    Imports of a project commit in the order of their ids, so one number says what is done; a job goes on from it.
    """

    name = models.CharField(max_length=60)
    version = models.CharField(max_length=60)
    settings = models.JSONField(default=dict)
    done_through = models.BigIntegerField(default=0)
    # Conversations can grow: a message beyond this one, in a conversation that was read, makes it new again.
    message_done_through = models.BigIntegerField(default=0)
    conversation_count = models.BigIntegerField(default=0)
    finding_count = models.BigIntegerField(default=0)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Set where conversations went, until what was grouped with them is read again.
    regroup_asked_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name", "version"], name="enrichment_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Fingerprint(ProjectRow):
    """What an enricher keeps of a conversation to know its like: only of the first of each group.

    `keys` are looked up (two texts that are alike share at least one), `signature` is compared.
    """

    enricher = models.CharField(max_length=60)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False, related_name="+")
    keys = ArrayField(models.BigIntegerField())
    signature = models.BinaryField()

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "enricher"], name="fingerprint_once")]
        # Keys are mixed with the project and the enricher, so that each finds its own alone.
        indexes = [GinIndex(fields=["keys"], name="fingerprint_keys")]

    def __str__(self) -> str:
        return f"{self.enricher} of conversation {self.conversation_id}"


class Tag(ProjectRow):
    """A short name on a conversation, or on one message of it; `detail` holds spans and counts, never text."""

    class Source(models.TextChoices):
        ENRICHMENT = "enrichment", _("found by an enrichment")
        PERSON = "person", _("given by a person")
        SOURCE = "source", _("given by the source")

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, db_index=False, related_name="tags"
    )
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=60)
    source = models.CharField(max_length=12, choices=Source.choices)
    detail = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "name", "message"], name="tag_once", nulls_distinct=False
            )
        ]
        indexes = [models.Index(fields=["project", "name", "-conversation"], name="tag_by_name")]

    def __str__(self) -> str:
        return self.name


class Topic(ProjectRow):
    """A cluster of user messages that are alike in meaning, as the newest clustering of the project found it."""

    name = models.CharField(max_length=120)
    words = models.JSONField(default=list)
    message_count = models.PositiveIntegerField(default=0)
    conversation_count = models.PositiveIntegerField(default=0)
    # The mean cosine of its messages to the centre: how alike they are.
    cohesion = models.FloatField(null=True, blank=True)
    is_thin = models.BooleanField(default=False)
    centre = HalfVectorField(dimensions=VECTOR_DIMENSIONS)
    x = models.FloatField(null=True, blank=True)
    y = models.FloatField(null=True, blank=True)
    # The embedder whose vectors were clustered; those of another lie elsewhere.
    model = models.CharField(max_length=80, blank=True)

    objects = ProjectQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class MessageTopic(BulkRow):
    """That a user message belongs to a topic, beside its vector: a vector that is changed is indexed anew."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="+"
    )
    message = models.OneToOneField(Message, on_delete=models.CASCADE, db_constraint=False, related_name="+")
    topic = models.ForeignKey(
        Topic, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="+"
    )

    objects = ProjectQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["conversation"], name="messagetopic_conversation"),
            models.Index(fields=["topic", "-conversation"], name="messagetopic_by_topic"),
        ]

    def __str__(self) -> str:
        return f"topic of message {self.message_id}"


class MessageEmbedding(BulkRow):
    """The vector of one message, of length 1; of user messages unless asked otherwise."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="+"
    )
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, db_constraint=False, related_name="embeddings"
    )
    model = models.CharField(max_length=80)
    vector = HalfVectorField(dimensions=VECTOR_DIMENSIONS)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "model"], name="messageembedding_once")]
        indexes = [
            models.Index(fields=["conversation"], name="messageembedding_conversation"),
            # m and ef_construction are pgvector's defaults; queries set hnsw.iterative_scan.
            HnswIndex(
                fields=["vector"],
                name="messageembedding_near",
                m=16,
                ef_construction=64,
                opclasses=["halfvec_cosine_ops"],
            ),
        ]

    def __str__(self) -> str:
        return f"vector of message {self.message_id}"


class MessageWords(BulkRow):
    """The words of one message for the search, filled by a job after the import."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="+"
    )
    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, db_constraint=False, related_name="words"
    )
    document = SearchVectorField()

    objects = ProjectQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["conversation"], name="messagewords_conversation"),
            GinIndex(fields=["document"], name="messagewords_document"),
        ]

    def __str__(self) -> str:
        return f"words of message {self.message_id}"


class SavedView(ProjectRow):
    """A named way to narrow the corpus: for the list, for a queue, for a recipe."""

    name = models.CharField(max_length=120)
    filters = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"],
                condition=Q(archived_at__isnull=True),
                name="savedview_name_unique",
            )
        ]

    def __str__(self) -> str:
        return self.name
