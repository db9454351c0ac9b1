"""Real conversations, where they came from, and what could not be read."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from curation.domain.corpus.records import stored_parts
from curation.models.base import BulkRow, ProjectQuerySet, ProjectRow
from curation.models.people import User
from curation.models.work import Job


class CommercialUse(models.TextChoices):
    """Whether what came from a source, or was written by a model, may be used commercially."""

    UNKNOWN = "unknown", _("not known")
    ALLOWED = "allowed", _("allowed")
    FORBIDDEN = "forbidden", _("forbidden")


class ImportBatch(ProjectRow):
    """One import: its files, the rights they came with, and what became of every record."""

    job = models.OneToOneField(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="import_batch"
    )
    name = models.CharField(max_length=200)
    format = models.CharField(max_length=40, blank=True)
    files = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    licence = models.CharField(_("licence of the source"), max_length=120, blank=True)
    consent = models.CharField(_("consent of the users"), max_length=200, blank=True)
    commercial_use = models.CharField(
        _("commercial use"), max_length=9, choices=CommercialUse.choices, default=CommercialUse.UNKNOWN
    )
    read_count = models.BigIntegerField(default=0)
    imported_count = models.BigIntegerField(default=0)
    duplicate_count = models.BigIntegerField(default=0)
    quarantined_count = models.BigIntegerField(default=0)
    conversation_count = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    # An undo takes a while; from the moment in which it is asked for, the import neither goes on nor is undone again.
    undo_asked_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    # What a push was sent under; the same key again changes nothing. Empty for every other import.
    push_key = models.CharField(max_length=200, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "push_key"], condition=~Q(push_key=""), name="importbatch_once_per_push"
            )
        ]
        indexes = [models.Index(fields=["project", "-id"], name="importbatch_project_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_staged(self) -> bool:
        """Whether its files wait for a person to confirm how they are read."""
        return self.job is None and bool(self.files) and self.finished_at is None and self.undone_at is None

    @property
    def may_be_read_otherwise(self) -> bool:
        """Whether it stopped before anything was read, so that a person may say how its file is read."""
        stopped = self.job is not None and self.job.state in {Job.State.FAILED, Job.State.CANCELLED}
        return stopped and not self.read_count and self.has_one_file and self.undo_asked_at is None

    @property
    def has_one_file(self) -> bool:
        """Whether it reads one file, and has it: a dataset of the hub is only a name until it is fetched."""
        return len(self.files) == 1 and "path" in self.files[0]

    @property
    def may_be_undone(self) -> bool:
        """Whether it ended and what it brought may be taken out again."""
        has_ended = self.job.is_finished if self.job is not None else bool(self.push_key)
        return has_ended and self.undo_asked_at is None


class QuarantinedRecord(ProjectRow):
    """A record that could not be imported: why, and where in which file."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="quarantined_records")
    reason = models.CharField(max_length=60)
    sentence = models.TextField()
    file_name = models.CharField(max_length=255)
    line = models.BigIntegerField(null=True, blank=True)
    record = models.BigIntegerField(null=True, blank=True)
    excerpt = models.TextField(blank=True)
    unit_count = models.PositiveIntegerField(default=1)

    objects = ProjectQuerySet.as_manager()

    def __str__(self) -> str:
        return self.sentence


class SourceUser(ProjectRow):
    """An end user of the source system, known only as a keyed-HMAC pseudonym."""

    pseudonym = models.CharField(max_length=64)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "pseudonym"], name="sourceuser_pseudonym_unique")
        ]

    def __str__(self) -> str:
        return self.pseudonym[:8]


class ModelVersion(ProjectRow):
    """A model as a maker of text, and the terms that follow what it wrote."""

    class Kind(models.TextChoices):
        UNKNOWN = "unknown", _("named by the source")
        ENDPOINT = "endpoint", _("endpoint")
        BASE = "base", _("base model")
        ADAPTER = "adapter", _("adapter")

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.UNKNOWN)
    revision = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    terms = models.CharField(_("terms"), max_length=200, blank=True)
    commercial_use = models.CharField(
        _("commercial use"), max_length=9, choices=CommercialUse.choices, default=CommercialUse.UNKNOWN
    )
    path = models.CharField(max_length=500, blank=True)
    trained_on = models.ForeignKey(
        "curation.DatasetVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="models"
    )
    withdrawn_in_part_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name", "kind", "revision"], name="modelversion_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["unknown", "endpoint", "base", "adapter"]),
                name="modelversion_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Conversation(BulkRow):
    """A real conversation; its text is in its messages."""

    batch = models.ForeignKey(
        ImportBatch,
        on_delete=models.CASCADE,
        db_index=False,
        db_constraint=False,
        related_name="conversations",
    )
    source_user = models.ForeignKey(
        SourceUser, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    model_version = models.ForeignKey(
        ModelVersion,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    source_id = models.CharField(max_length=255, blank=True)
    content_hash = models.CharField(max_length=80)
    language = models.CharField(max_length=16, blank=True)
    title = models.CharField(max_length=160, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    message_count = models.PositiveIntegerField(default=0)
    user_message_count = models.PositiveIntegerField(default=0)
    word_count = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            # The same text from two known users is two conversations; from unknown users it is one.
            models.UniqueConstraint(
                fields=["project", "content_hash", "source_user"],
                name="conversation_once_per_user",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["project", "language", "-id"], name="conversation_by_language"),
            # A batch and a model belong to one project, so these serve lists and keys alike.
            models.Index(fields=["batch", "-id"], name="conversation_by_batch_and_id"),
            models.Index(fields=["model_version", "-id"], name="conversation_by_model_and_id"),
            # Orders of the list, which a range of the same column narrows.
            models.Index(fields=["project", "started_at", "id"], name="conversation_by_start"),
            models.Index(fields=["project", "word_count", "id"], name="conversation_by_words"),
            models.Index(fields=["project", "message_count", "id"], name="conversation_by_turns"),
            models.Index(
                fields=["project", "-id"],
                name="conversation_archived",
                condition=Q(archived_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(self.uuid)


class Message(BulkRow):
    """One turn: `text` as search and export read it, and `rich_parts` where the turn is more than that text.

    Most turns are one text. Storing it a second time among parts would double what an import writes (decision 0008).
    """

    class Role(models.TextChoices):
        SYSTEM = "system", _("system")
        USER = "user", _("user")
        ASSISTANT = "assistant", _("assistant")
        TOOL = "tool", _("tool")

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="messages"
    )
    position = models.PositiveIntegerField()
    role = models.CharField(max_length=12, choices=Role.choices)
    rich_parts = models.JSONField(null=True, blank=True)
    text = models.TextField(blank=True)
    source_id = models.CharField(max_length=255, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    # An earlier thread of the same tree already carries this message, so it is mined and counted there.
    is_repeat = models.BooleanField(default=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "position"], name="message_position_unique"),
            models.CheckConstraint(
                condition=Q(role__in=["system", "user", "assistant", "tool"]), name="message_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.position}"

    @property
    def parts(self) -> list[dict[str, Any]]:
        """What the turn holds, in order: texts, tool calls, tool results, attachments."""
        return stored_parts(self.text, self.rich_parts)
