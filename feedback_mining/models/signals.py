"""What a detector found in users' messages, and what people said of it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from curation.models import (
    Job,
    Message,
    ModelEndpoint,
    ProjectQuerySet,
    ProjectRow,
    User,
)


class MiningRun(ProjectRow):
    """One pass of a detector over a project's user messages."""

    job = models.OneToOneField(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="mining_run"
    )
    detector = models.CharField(max_length=60)
    detector_version = models.CharField(max_length=60)
    threshold = models.FloatField()
    # Whom a detector asked that asks a language model, and what the pass took (`Expense.as_json`).
    endpoint = models.ForeignKey(
        ModelEndpoint, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    expense = models.JSONField(default=dict, blank=True)
    message_count = models.PositiveIntegerField(default=0)
    signal_count = models.PositiveIntegerField(default=0)
    # It reads messages above the first id, in conversations above the last one: a run that was stopped goes on
    # from there. The next run of the same detector version begins after `last_message_id`.
    after_message_id = models.BigIntegerField(default=0)
    last_message_id = models.BigIntegerField(default=0)
    done_through = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "detector", "-id"], name="miningrun_by_detector")]

    def __str__(self) -> str:
        return f"{self.detector} {self.detector_version}"


class SignalQuerySet(ProjectQuerySet["Signal"]):
    """Signals by whether they may still be shown."""

    def current(self) -> Self:
        """Return those of the newest version of each detector that read the message."""
        return self.filter(is_current=True)

    def standing(self) -> Self:
        """Return the current ones in conversations that are neither archived nor withdrawn."""
        return self.current().filter(
            message__conversation__archived_at__isnull=True, message__conversation__withdrawn_at__isnull=True
        )


class Signal(ProjectRow):
    """A criterion found in one user message, about the response before it.

    What an earlier version of the detector found stays, no longer current, so that versions can be compared.
    """

    class Polarity(models.TextChoices):
        SAT = "sat", _("satisfaction")
        DSAT = "dsat", _("dissatisfaction")

    run = models.ForeignKey(MiningRun, on_delete=models.CASCADE, related_name="signals")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="signals")
    response_message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    detector = models.CharField(max_length=60)
    detector_version = models.CharField(max_length=60, blank=True)
    is_current = models.BooleanField(default=True)
    criterion = models.CharField(max_length=60)
    polarity = models.CharField(max_length=4, choices=Polarity.choices)
    probability = models.FloatField()
    span_start = models.PositiveIntegerField()
    span_end = models.PositiveIntegerField()

    objects = SignalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message", "detector", "detector_version", "criterion"],
                name="signal_once_per_criterion",
            ),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1), name="signal_probability_share"
            ),
            models.CheckConstraint(condition=Q(span_end__gte=F("span_start")), name="signal_span_ordered"),
            models.CheckConstraint(condition=Q(polarity__in=["sat", "dsat"]), name="signal_polarity_known"),
        ]
        indexes = [
            models.Index(fields=["project", "polarity", "criterion", "-id"], name="signal_by_criterion"),
            # The least sure come first to review.
            models.Index(
                fields=["project", "probability"], name="signal_by_doubt", condition=Q(is_current=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} {self.probability:.2f}"


class SignalReview(ProjectRow):
    """A person's verdict on one criterion in one user message; append-only, the newest of both counts.

    It holds whichever detector, of whichever version, claims the criterion. A message that was read for what
    detectors missed has one row per criterion found, or one of the verdict `nothing`, without a criterion.
    """

    class Verdict(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        CORRECTED = "corrected", _("corrected")
        REJECTED = "rejected", _("rejected")
        MISSED = "missed", _("missed by the detectors")
        NOTHING = "nothing", _("rightly silent")

    class Arm(models.TextChoices):
        FREE = "free", _("chosen by the reviewer")
        VALUE = "value", _("most worth knowing")
        AUDIT = "audit", _("drawn at random")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, db_index=False, related_name="reviews")
    criterion = models.CharField(max_length=60, blank=True)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    corrected_criterion = models.CharField(max_length=60, blank=True)
    span_start = models.PositiveIntegerField(null=True, blank=True)
    span_end = models.PositiveIntegerField(null=True, blank=True)
    arm = models.CharField(max_length=6, choices=Arm.choices, default=Arm.FREE)
    # Of how many the draw stands for one: 1 over the probability of the draw.
    weight = models.FloatField(default=1.0)
    # How much the verdict was worth by the order of review, where that order brought it up.
    value = models.FloatField(default=0.0)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="corrected") & ~Q(corrected_criterion="")
                | ~Q(verdict="corrected") & Q(corrected_criterion=""),
                name="signalreview_correction_named",
            ),
            models.CheckConstraint(
                condition=Q(verdict="nothing", criterion="") | (~Q(verdict="nothing") & ~Q(criterion="")),
                name="signalreview_criterion_named",
            ),
            models.CheckConstraint(
                condition=Q(span_start__isnull=True, span_end__isnull=True)
                | Q(span_end__gte=F("span_start")),
                name="signalreview_span_ordered",
            ),
            models.CheckConstraint(condition=Q(weight__gte=1), name="signalreview_weight_stands"),
            models.CheckConstraint(
                condition=Q(arm__in=["free", "value", "audit"]), name="signalreview_arm_known"
            ),
        ]
        indexes = [
            models.Index(fields=["message", "criterion", "-id"], name="signalreview_of_message"),
            models.Index(fields=["project", "arm", "-id"], name="signalreview_by_arm"),
        ]

    def __str__(self) -> str:
        return self.verdict
