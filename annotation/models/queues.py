"""Queues: what is asked, under which protocol, and what the people of a queue go by."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from curation.models import ProjectQuerySet, ProjectRow, User


class Queue(ProjectRow):
    """A question asked about many things, by one protocol."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        PAUSED = "paused", _("paused")

    class Sending(models.TextChoices):
        AT_ONCE = "at_once", _("at once")
        AFTER_WINDOW = "after_window", _("two seconds later, unless it is taken back")
        CONFIRMED = "confirmed", _("when it is confirmed")

    name = models.CharField(_("name"), max_length=120)
    protocol = models.CharField(_("protocol"), max_length=40)
    # What the protocol is told: scales, attributes, reasons. Each protocol checks its own.
    settings = models.JSONField(default=dict, blank=True)
    source = models.JSONField(default=dict)
    # The newest version: every task and judgement asks for it, so it is a step away.
    guideline = models.ForeignKey(
        "annotation.Guideline", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    overlap = models.PositiveSmallIntegerField(_("people per task"), default=1)
    lease_seconds = models.PositiveIntegerField(default=900)
    requires_pii_screening = models.BooleanField(
        _("ask only what was screened for personal data"), default=False
    )
    masks_pii = models.BooleanField(_("show personal data as pseudonyms"), default=False)
    sending = models.CharField(
        _("a choice is sent"), max_length=12, choices=Sending.choices, default=Sending.AT_ONCE
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(overlap__gte=1), name="queue_overlap_positive"),
            models.UniqueConstraint(fields=["project", "name"], name="queue_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class Guideline(ProjectRow):
    """What the people of a queue go by; every change is a new version."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="guidelines")
    version = models.PositiveIntegerField()
    body = models.TextField()

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "version"], name="guideline_version_unique")]

    def __str__(self) -> str:
        return f"guideline {self.version}"
