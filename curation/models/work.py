"""Long work and what people did: jobs and the audit trail."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from curation.domain.work.job_states import FINISHED_JOB_STATES, JobState
from curation.models.base import ProjectQuerySet, ProjectRow
from curation.models.people import User


class Job(ProjectRow):
    """Any long work: the row is the truth, the message in the queue only a bell."""

    class State(models.TextChoices):
        QUEUED = JobState.QUEUED.value, _("queued")
        RUNNING = JobState.RUNNING.value, _("running")
        SUCCEEDED = JobState.SUCCEEDED.value, _("succeeded")
        FAILED = JobState.FAILED.value, _("failed")
        CANCELLED = JobState.CANCELLED.value, _("cancelled")

    kind = models.CharField(max_length=40)
    task_name = models.CharField(max_length=120)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    fence = models.PositiveIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    rung_at = models.DateTimeField(default=timezone.now)
    done_count = models.BigIntegerField(default=0)
    total_count = models.BigIntegerField(null=True, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    result = models.JSONField(default=dict)
    error_sentence = models.TextField(blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in JobState]), name="job_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=JobState.RUNNING.value, lease_expires_at__isnull=False)
                | (~Q(state=JobState.RUNNING.value) & Q(lease_expires_at__isnull=True)),
                name="job_lease_while_running",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="job_project_newest"),
            models.Index(
                fields=["state", "rung_at"], name="job_waiting", condition=Q(state__in=["queued", "running"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def is_finished(self) -> bool:
        """Whether the job has ended, well or not."""
        return self.state in FINISHED_JOB_STATES

    @property
    def percent(self) -> int | None:
        """Progress in percent, or None while the total is unknown."""
        if not self.total_count:
            return None
        return min(100, round(100 * self.done_count / self.total_count))

    @property
    def rate(self) -> float | None:
        """Units per second since the start, or None before anything was done."""
        if not self.started_at or not self.done_count:
            return None
        seconds = ((self.finished_at or timezone.now()) - self.started_at).total_seconds()
        return self.done_count / seconds if seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds to the end, or None where nothing can be said."""
        if self.is_finished or not self.rate or not self.total_count:
            return None
        return max(0.0, (self.total_count - self.done_count) / self.rate)


class AuditEvent(models.Model):
    """One act of a person or one batch job. No foreign keys: the trail outlives what it speaks of."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    project_uuid = models.UUIDField(null=True, blank=True)
    actor_uuid = models.UUIDField(null=True, blank=True)
    actor_name = models.CharField(max_length=160, blank=True)
    action = models.CharField(max_length=80)
    target_kind = models.CharField(max_length=60, blank=True)
    target_uuid = models.UUIDField(null=True, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["project_uuid", "-id"], name="auditevent_project_newest")]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_name or 'the system'}"


class Heartbeat(models.Model):
    """When a process of the installation was last seen: the status strip reads it."""

    name = models.CharField(max_length=40, primary_key=True)
    seen_at = models.DateTimeField()
    detail = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name
