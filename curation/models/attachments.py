"""Files that came with messages: known by the sha256 of what is kept, without what a camera wrote into them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from curation.models.base import ProjectQuerySet, ProjectRow
from curation.models.corpus import Message


class Attachment(ProjectRow):
    """A file of a project, kept once however many messages carry it; `file` is its name in the artifact store.

    `sha256` is the hash of the bytes that came, which the parts of messages name; `kept_sha256` that of the bytes
    that are kept, which differ where metadata such as EXIF was stripped.
    """

    sha256 = models.CharField(max_length=64)
    kept_sha256 = models.CharField(max_length=64, blank=True)
    media_type = models.CharField(max_length=100)
    byte_size = models.BigIntegerField()
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    file = models.CharField(max_length=255, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "sha256"], name="attachment_once"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(file=""), name="attachment_withdrawn_has_no_file"
            ),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class MessageAttachment(ProjectRow):
    """That a message carries an attachment: what a withdrawal follows."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    attachment = models.ForeignKey(Attachment, on_delete=models.CASCADE, related_name="carriers")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "attachment"], name="messageattachment_once")
        ]

    def __str__(self) -> str:
        return f"{self.attachment_id} in {self.message_id}"
