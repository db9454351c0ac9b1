"""What is asked, of whom, under which protocol, and what they answered."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from curation.models import Membership, PreferencePair, ProjectQuerySet, ProjectRow, User
from curation.queries.enrichers.screening import is_answer_screened, is_screened


class Queue(ProjectRow):
    """A question asked about many things, by one protocol."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        PAUSED = "paused", _("paused")

    name = models.CharField(_("name"), max_length=120)
    protocol = models.CharField(_("protocol"), max_length=40)
    source = models.JSONField(default=dict)
    overlap = models.PositiveSmallIntegerField(_("people per task"), default=1)
    lease_seconds = models.PositiveIntegerField(default=900)
    requires_pii_screening = models.BooleanField(
        _("ask only what was screened for personal data"), default=False
    )
    masks_pii = models.BooleanField(_("show personal data as pseudonyms"), default=False)
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


class TaskQuerySet(ProjectQuerySet["Task"]):
    """Tasks by what may be done with them."""

    def askable(self) -> Self:
        """Return those whose pair stands: neither it nor its conversation is archived, and nothing withdrawn."""
        conversation = "pair__prompt__conversation"
        return self.filter(
            **{
                "pair__archived_at__isnull": True,
                f"{conversation}__archived_at__isnull": True,
                f"{conversation}__withdrawn_at__isnull": True,
            }
        )

    def showable(self) -> Self:
        """Return those that people may see: screened for personal data, where their queue asks for it.

        A joint pair has two conversations, and both count; so do answers that are no messages.
        """
        sides = [f"pair__{side}__prompt__conversation" for side in ("chosen", "rejected")]
        screened = is_screened(sides[0]) & is_screened(sides[1])
        screened &= is_answer_screened("pair__chosen") & is_answer_screened("pair__rejected")
        return self.filter(Q(queue__requires_pii_screening=False) | screened)


class Task(ProjectRow):
    """One thing to judge, with the number of people it may still be given to."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="tasks")
    pair = models.ForeignKey(PreferencePair, on_delete=models.CASCADE, related_name="+")
    priority = models.IntegerField(default=0)
    open_slots = models.PositiveSmallIntegerField()

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "pair"], name="task_once_per_queue")]
        indexes = [
            models.Index(fields=["queue", "-priority", "id"], name="task_open", condition=Q(open_slots__gt=0))
        ]

    def __str__(self) -> str:
        return f"task {self.uuid}"


class Lease(ProjectRow):
    """A task in somebody's hands, for minutes; it holds one of the task's slots until it ends."""

    class Ending(models.TextChoices):
        SUBMITTED = "submitted", _("submitted")
        SKIPPED = "skipped", _("skipped")
        EXPIRED = "expired", _("expired")
        RELEASED = "released", _("released")

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="leases")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    order_shown = models.JSONField(default=list)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=10, choices=Ending.choices, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task", "membership"], condition=Q(ended_at__isnull=True), name="lease_one_active"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="") | Q(ended_at__isnull=False) & ~Q(ending=""),
                name="lease_ended_both_or_neither",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="lease_active_expiry", condition=Q(ended_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"lease until {self.expires_at:%H:%M}"


class Annotation(ProjectRow):
    """One revision of one person's answer to a task; rows are only ever added, undo included."""

    class Act(models.TextChoices):
        JUDGED = "judged", _("judged")
        UNDONE = "undone", _("taken back")
        SKIPPED = "skipped", _("skipped")

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="annotations")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField(default=1)
    revision = models.PositiveIntegerField()
    act = models.CharField(max_length=8, choices=Act.choices, default=Act.JUDGED)
    answer = models.JSONField(default=dict)
    order_shown = models.JSONField(default=list)
    guideline = models.ForeignKey(
        Guideline, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    active_ms = models.PositiveIntegerField(null=True, blank=True)
    wall_ms = models.PositiveIntegerField(null=True, blank=True)
    idempotency_key = models.UUIDField()

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task", "membership", "round", "revision"], name="annotation_revision_unique"
            ),
            models.UniqueConstraint(fields=["membership", "idempotency_key"], name="annotation_sent_once"),
            models.CheckConstraint(
                condition=Q(act__in=["judged", "undone", "skipped"]), name="annotation_act_known"
            ),
        ]
        indexes = [models.Index(fields=["membership", "-id"], name="annotation_by_person")]

    def __str__(self) -> str:
        return f"{self.act} revision {self.revision}"
