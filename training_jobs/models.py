"""Runs, the attempts to finish them, what they measured, and what they left behind."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from curation.models import DatasetVersion, ModelVersion, ProjectQuerySet, ProjectRow, User
from training_jobs.domain.states import ACTIVE_RUN_STATES, FINISHED_RUN_STATES, AttemptEnding, RunState


class TrainingRun(ProjectRow):
    """One training of one model on one frozen version, with its configuration frozen at the start."""

    class State(models.TextChoices):
        QUEUED = RunState.QUEUED.value, _("queued")
        STARTING = RunState.STARTING.value, _("starting")
        RUNNING = RunState.RUNNING.value, _("running")
        EVALUATING = RunState.EVALUATING.value, _("evaluating")
        CANCELLING = RunState.CANCELLING.value, _("cancelling")
        INTERRUPTED = RunState.INTERRUPTED.value, _("interrupted")
        SUCCEEDED = RunState.SUCCEEDED.value, _("succeeded")
        FAILED = RunState.FAILED.value, _("failed")
        CANCELLED = RunState.CANCELLED.value, _("cancelled")

    name = models.CharField(max_length=120)
    version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+")
    base_model = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    adapter = models.OneToOneField(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    objective = models.CharField(max_length=60)
    config = models.JSONField(default=dict)
    config_sha256 = models.CharField(max_length=64)
    idempotency_key = models.UUIDField(default=uuid7)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    state_reason = models.CharField(max_length=200, blank=True)
    priority = models.IntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    not_before_at = models.DateTimeField(default=timezone.now)
    rung_at = models.DateTimeField(default=timezone.now)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    step = models.PositiveIntegerField(default=0)
    total_steps = models.PositiveIntegerField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    failure_code = models.CharField(max_length=40, blank=True)
    error_sentence = models.TextField(blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in RunState]), name="trainingrun_state_known"
            ),
            models.UniqueConstraint(fields=["created_by", "idempotency_key"], name="trainingrun_asked_once"),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="trainingrun_project_newest"),
            models.Index(fields=["-priority", "id"], name="trainingrun_waiting", condition=Q(state="queued")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended, well or not."""
        return self.state in FINISHED_RUN_STATES

    @property
    def is_active(self) -> bool:
        """Whether a worker holds the run."""
        return self.state in ACTIVE_RUN_STATES

    @property
    def percent(self) -> int | None:
        """Progress in percent of the planned steps, or None while they are unknown."""
        return min(100, round(100 * self.step / self.total_steps)) if self.total_steps else None


class Worker(models.Model):
    """A machine's training worker, as it last reported itself."""

    name = models.CharField(max_length=200, primary_key=True)
    host = models.CharField(max_length=200)
    devices = models.JSONField(default=list)
    versions = models.JSONField(default=dict)
    heartbeat_at = models.DateTimeField()
    is_draining = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class RunAttempt(ProjectRow):
    """One try at a run: who holds it, until when, and which process does the work."""

    class Ending(models.TextChoices):
        FINISHED = AttemptEnding.FINISHED.value, _("finished")
        LOST = AttemptEnding.LOST.value, _("lost")
        MOVED = AttemptEnding.MOVED.value, _("moved")
        FAILED = AttemptEnding.FAILED.value, _("failed")
        CANCELLED = AttemptEnding.CANCELLED.value, _("cancelled")

    run = models.ForeignKey(TrainingRun, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    fence = models.PositiveIntegerField()
    worker_name = models.CharField(max_length=200)
    host = models.CharField(max_length=200)
    # Boot and process namespace: attempts of equal boot ids see the same process table.
    boot_id = models.CharField(max_length=64, blank=True)
    supervisor_id = models.PositiveIntegerField(null=True, blank=True)
    supervisor_started_at = models.DateTimeField(null=True, blank=True)
    process_id = models.PositiveIntegerField(null=True, blank=True)
    process_started_at = models.DateTimeField(null=True, blank=True)
    lease_expires_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    resumed_from_step = models.PositiveIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=12, choices=Ending.choices, blank=True)
    ending_reason = models.CharField(max_length=300, blank=True)
    exit_code = models.IntegerField(null=True, blank=True)
    metrics_offset = models.BigIntegerField(default=0)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="runattempt_number_unique"),
            models.UniqueConstraint(
                fields=["run"], condition=Q(ended_at__isnull=True), name="runattempt_one_active"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="runattempt_ended_both_or_neither",
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number}"


class Measurement(ProjectRow):
    """One figure of one step."""

    run = models.ForeignKey(
        TrainingRun, on_delete=models.CASCADE, db_index=False, related_name="measurements"
    )
    attempt = models.ForeignKey(RunAttempt, on_delete=models.CASCADE, related_name="+")
    step = models.PositiveIntegerField()
    split = models.CharField(max_length=12)
    name = models.CharField(max_length=60)
    value = models.FloatField()

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "split", "name", "step", "attempt"], name="measurement_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.split} {self.name} {self.value:g}"


class Checkpoint(ProjectRow):
    """A complete state of a run that it can resume from."""

    run = models.ForeignKey(TrainingRun, on_delete=models.CASCADE, related_name="checkpoints")
    attempt = models.ForeignKey(RunAttempt, on_delete=models.CASCADE, related_name="+")
    step = models.PositiveIntegerField()
    path = models.CharField(max_length=500)
    size_bytes = models.BigIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "step"], name="checkpoint_step_unique")]

    def __str__(self) -> str:
        return f"step {self.step}"


class Evaluation(ProjectRow):
    """How often a model prefers what the held-out split prefers."""

    run = models.ForeignKey(TrainingRun, on_delete=models.CASCADE, related_name="evaluations")
    split = models.CharField(max_length=12)
    pair_count = models.PositiveIntegerField()
    preference_accuracy = models.FloatField(null=True, blank=True)
    interval_low = models.FloatField(null=True, blank=True)
    interval_high = models.FloatField(null=True, blank=True)
    reward_margin = models.FloatField(null=True, blank=True)
    # Share of the rows that people decided without seeing the signal; 0 titles it "agreement with the miner".
    people_share = models.FloatField(default=0)
    report = models.JSONField(default=dict)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "split"], name="evaluation_once_per_split")]

    def __str__(self) -> str:
        return f"{self.split}: {self.preference_accuracy}"
