"""What users wished for."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from curation.models import (
    Conversation,
    Message,
    ProjectQuerySet,
    ProjectRow,
    User,
)


class UserWish(ProjectRow):
    """A checklist entry that the user made plain, in the user's own words, linked to where they stand.

    `constraint` names a kind of `feedback_mining.domain.constraints` where code can check the wish, with its
    `settings`. What a person edited or removed no run changes again.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="wishes")
    detector = models.CharField(max_length=60)
    number = models.PositiveSmallIntegerField(default=0)
    text = models.TextField()
    span_start = models.PositiveIntegerField(default=0)
    span_end = models.PositiveIntegerField(default=0)
    constraint = models.CharField(max_length=40, blank=True)
    settings = models.JSONField(default=dict)
    edited_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "detector", "number"], name="userwish_once"),
            models.CheckConstraint(condition=Q(span_end__gte=F("span_start")), name="userwish_span_ordered"),
            models.CheckConstraint(
                condition=Q(edited_at__isnull=True, edited_by__isnull=True)
                | Q(edited_at__isnull=False, edited_by__isnull=False),
                name="userwish_edited_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class ChecklistReading(ProjectRow):
    """How far a language model has read a conversation for its user's wishes; no word of it.

    `failures` counts the times that an answer came and could not be read, while the newest message was
    `failed_at_message_id`.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    # What changes with the question and with the model that is asked.
    version = models.CharField(max_length=220)
    through_message_id = models.BigIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    failed_at_message_id = models.BigIntegerField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "version"], name="checklistreading_once")
        ]

    def __str__(self) -> str:
        return f"read by {self.version}"
