"""Judges on probation: what a project asks of them, how each did beside people, and what those that passed label."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.queues import Queue
from curation.models import JudgeRun, ProjectQuerySet, ProjectRow, User

_SHARE = (MinValueValidator(0), MaxValueValidator(1))


class JudgeThresholds(ProjectRow):
    """What a project asks of a judge before its verdicts may label, and before they may rank."""

    kappa = models.FloatField(_("least Cohen's κ"), default=0.6, validators=_SHARE)
    pi = models.FloatField(_("least Scott's π"), default=0.6, validators=_SHARE)
    pairs = models.PositiveIntegerField(
        _("over at least so many pairs"), default=200, validators=[MinValueValidator(10)]
    )
    dummies = models.FloatField(
        _("least share of control answers judged right"), default=0.9, validators=_SHARE
    )
    rank = models.FloatField(_("least rank correlation"), default=0.8, validators=_SHARE)
    systems = models.PositiveIntegerField(
        _("over at least so many models"), default=3, validators=[MinValueValidator(3)]
    )

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project"], name="judgethresholds_one_per_project"),
            models.CheckConstraint(
                condition=Q(kappa__gte=0, kappa__lte=1, pi__gte=0, pi__lte=1)
                & Q(dummies__gte=0, dummies__lte=1, rank__gte=0, rank__lte=1),
                name="judgethresholds_are_shares",
            ),
        ]

    def __str__(self) -> str:
        return f"κ ≥ {self.kappa}, ρ ≥ {self.rank}"


class JudgeValidation(ProjectRow):
    """A judge's run over pairs that people decided, and its report; {} until the run has ended."""

    run = models.OneToOneField(JudgeRun, on_delete=models.CASCADE, related_name="validation")
    # Which pairs: queue:<uuid>, set:<uuid>, people or source.
    slice = models.CharField(max_length=60)
    report = models.JSONField(default=dict, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(report={}, reported_at__isnull=True)
                | (~Q(report={}) & Q(reported_at__isnull=False)),
                name="judgevalidation_reported_at_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.run.judge} beside people"


class JudgeLabelling(ProjectRow):
    """A run of a judge that passed, over the pairs of a queue that nobody decided."""

    run = models.OneToOneField(JudgeRun, on_delete=models.CASCADE, related_name="labelling")
    validation = models.ForeignKey(JudgeValidation, on_delete=models.CASCADE, related_name="labellings")
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    def __str__(self) -> str:
        return f"labels of {self.run.judge}"
