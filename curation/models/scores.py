"""Named, versioned measures and their values."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from curation.models.base import ProjectQuerySet, ProjectRow
from curation.models.corpus import Conversation, Message
from curation.models.preferences import PreferencePair, Response

TARGETS = ("response", "message", "conversation", "pair")


def _exactly_one_target() -> Q:
    """Build the condition that exactly one of the four targets is set."""
    condition = Q()
    for wanted in TARGETS:
        condition |= Q(**{f"{name}__isnull": name != wanted for name in TARGETS})
    return condition


class Scorer(ProjectRow):
    """A measure with its frozen specification: a detector, a consensus, a chosen criteria set, a reward model."""

    class Kind(models.TextChoices):
        DETECTOR = "detector", _("detector")
        CHECKS = "checks", _("checks")
        CONSENSUS = "consensus", _("consensus")
        SOURCE = "source", _("given by the source")
        REWARD_MODEL = "reward_model", _("reward model")
        JUDGE = "judge", _("a judge that earned it")
        ENRICHMENT = "enrichment", _("enrichment")

    name = models.CharField(max_length=120)
    version = models.CharField(max_length=60)
    kind = models.CharField(max_length=14, choices=Kind.choices)
    specification = models.JSONField(default=dict)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name", "version"], name="scorer_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Score(ProjectRow):
    """A scorer's real value on exactly one response, message, conversation or pair."""

    scorer = models.ForeignKey(Scorer, on_delete=models.CASCADE, db_index=False, related_name="scores")
    response = models.ForeignKey(
        Response, null=True, blank=True, on_delete=models.CASCADE, related_name="scores"
    )
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.CASCADE, related_name="scores"
    )
    conversation = models.ForeignKey(
        Conversation, null=True, blank=True, on_delete=models.CASCADE, related_name="scores"
    )
    pair = models.ForeignKey(
        PreferencePair, null=True, blank=True, on_delete=models.CASCADE, related_name="scores"
    )
    value = models.FloatField()

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_exactly_one_target(), name="score_one_target"),
            # PostgreSQL sorts NaN above every number, infinity included.
            models.CheckConstraint(
                condition=Q(value__lt=float("inf"), value__gt=float("-inf")), name="score_value_finite"
            ),
            *[
                models.UniqueConstraint(fields=["scorer", name], name=f"score_once_per_{name}")
                for name in TARGETS
            ],
        ]
        indexes = [models.Index(fields=["scorer", "value", "id"], name="score_by_value_and_id")]

    def __str__(self) -> str:
        return f"{self.value:g}"
