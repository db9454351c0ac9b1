"""Answers that refer to a complaint, for people to rewrite before they become part of a pair."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from curation.models import (
    Message,
    ModelVersion,
    PreferencePair,
    ProjectQuerySet,
    ProjectRow,
    Response,
    User,
)


class PairRewrite(ProjectRow):
    """A chosen answer that refers to the complaint, for a person to rewrite or to drop.

    It is a logged one (`chosen`), or one that a model wrote for the pair (`written`).
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for a person")
        REWRITTEN = "rewritten", _("rewritten")
        DROPPED = "dropped", _("dropped")

    recipe = models.CharField(max_length=60)
    complaint = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    rejected = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    chosen = models.ForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    written = models.ForeignKey(Response, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=40)
    criterion = models.CharField(max_length=60)
    confidence = models.FloatField()
    # The words of the complaint, and those by which the answer refers to it.
    span_start = models.PositiveIntegerField()
    span_end = models.PositiveIntegerField()
    reference_start = models.PositiveIntegerField()
    reference_end = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    pair = models.ForeignKey(
        PreferencePair, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipe", "rejected", "chosen"], name="pairrewrite_once"),
            models.UniqueConstraint(fields=["recipe", "written"], name="pairrewrite_once_written"),
            models.CheckConstraint(
                condition=Q(chosen__isnull=False, written__isnull=True)
                | Q(chosen__isnull=True, written__isnull=False),
                name="pairrewrite_one_answer",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(state="waiting") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="pairrewrite_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(span_end__gte=F("span_start"), reference_end__gte=F("reference_start")),
                name="pairrewrite_spans_ordered",
            ),
        ]
        indexes = [models.Index(fields=["project", "state", "-id"], name="pairrewrite_by_state")]

    def __str__(self) -> str:
        return f"rewrite {self.uuid}"

    @property
    def answer_text(self) -> str:
        """The answer that is to be rewritten."""
        answer = self.chosen or self.written
        return answer.text if answer else ""

    @property
    def maker(self) -> ModelVersion | None:
        """Whose answer it is."""
        if self.chosen is not None:
            return self.chosen.conversation.model_version
        return self.written.model_version if self.written else None
