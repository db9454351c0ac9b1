"""What a detector found in users' messages, what people said of it, and what users wished for."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from curation.models import Job, Message, ProjectQuerySet, ProjectRow, User


class MiningRun(ProjectRow):
    """One pass of a detector over a project's user messages."""

    job = models.OneToOneField(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="mining_run"
    )
    detector = models.CharField(max_length=60)
    detector_version = models.CharField(max_length=60)
    threshold = models.FloatField()
    message_count = models.PositiveIntegerField(default=0)
    signal_count = models.PositiveIntegerField(default=0)
    # The highest message id seen: the next run of the same detector version begins after it.
    last_message_id = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "detector", "-id"], name="miningrun_by_detector")]

    def __str__(self) -> str:
        return f"{self.detector} {self.detector_version}"


class SignalQuerySet(ProjectQuerySet["Signal"]):
    """Signals by whether they may still be shown."""

    def standing(self) -> Self:
        """Return those in conversations that are neither archived nor withdrawn."""
        return self.filter(
            message__conversation__archived_at__isnull=True, message__conversation__withdrawn_at__isnull=True
        )


class Signal(ProjectRow):
    """A criterion found in one user message, about the response before it."""

    class Polarity(models.TextChoices):
        SAT = "sat", _("satisfaction")
        DSAT = "dsat", _("dissatisfaction")

    run = models.ForeignKey(MiningRun, on_delete=models.CASCADE, related_name="signals")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="signals")
    response_message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    detector = models.CharField(max_length=60)
    criterion = models.CharField(max_length=60)
    polarity = models.CharField(max_length=4, choices=Polarity.choices)
    probability = models.FloatField()
    span_start = models.PositiveIntegerField()
    span_end = models.PositiveIntegerField()

    objects = SignalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message", "detector", "criterion"], name="signal_once_per_criterion"
            ),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1), name="signal_probability_share"
            ),
            models.CheckConstraint(condition=Q(span_end__gte=F("span_start")), name="signal_span_ordered"),
            models.CheckConstraint(condition=Q(polarity__in=["sat", "dsat"]), name="signal_polarity_known"),
        ]
        indexes = [
            models.Index(fields=["project", "polarity", "criterion", "-id"], name="signal_by_criterion")
        ]

    def __str__(self) -> str:
        return f"{self.criterion} {self.probability:.2f}"


class SignalReview(ProjectRow):
    """A person's verdict on a signal; append-only, the newest counts."""

    class Verdict(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        CORRECTED = "corrected", _("corrected")
        REJECTED = "rejected", _("rejected")

    signal = models.ForeignKey(Signal, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    corrected_criterion = models.CharField(max_length=60, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="corrected") & ~Q(corrected_criterion="")
                | ~Q(verdict="corrected") & Q(corrected_criterion=""),
                name="signalreview_correction_named",
            )
        ]

    def __str__(self) -> str:
        return self.verdict


class UserWish(ProjectRow):
    """A checklist entry that the user made plain, in the user's own words."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="wishes")
    detector = models.CharField(max_length=60)
    text = models.TextField()

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "detector"], name="userwish_once")]

    def __str__(self) -> str:
        return self.text
