"""What a project taught its detectors: criteria, rubrics, heads, and what stated confidences are worth."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from curation.models import (
    ModelEndpoint,
    ProjectQuerySet,
    ProjectRow,
    User,
)
from feedback_mining.models.signals import Signal


class ProjectCriterion(ProjectRow):
    """A criterion that a project added to the eighteen: the language model looks for it at once."""

    name = models.SlugField(_("name"), max_length=48)
    polarity = models.CharField(_("speaks"), max_length=4, choices=Signal.Polarity.choices)
    definition = models.TextField(_("fires when the user …"), max_length=500)
    example = models.TextField(_("for example"), max_length=500, blank=True)
    counter_example = models.TextField(_("but not"), max_length=500, blank=True)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"],
                condition=Q(archived_at__isnull=True),
                name="projectcriterion_name_unique",
            ),
            models.CheckConstraint(
                condition=Q(polarity__in=["sat", "dsat"]), name="projectcriterion_polarity_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.polarity}:{self.name}"


class LearnedRubric(ProjectRow):
    """What a project's users are pleased and displeased by, learned from their thumbs (SPUR); never changed."""

    version = models.PositiveIntegerField()
    endpoint = models.ForeignKey(
        ModelEndpoint, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # [{"name", "polarity", "definition", "criterion"}]: sentences about users in general, none of their words.
    rubric_items = models.JSONField()
    # A score from which on a conversation counts as satisfied, and how steeply the probability grows there.
    threshold = models.FloatField(default=0.0)
    steepness = models.FloatField(default=0.5)
    # How many conversations it was learned from, how often it was right on those held out, what it cost.
    learned_from = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="learnedrubric_version_unique")
        ]

    def __str__(self) -> str:
        return f"rubric {self.version}"


class FittedConfidence(ProjectRow):
    """What the confidences that a detector states are worth, by a project's reviews; two numbers a polarity."""

    detector = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    # Of the detector as it states confidences, and as it goes by these.
    stating_version = models.CharField(max_length=60)
    fitted_version = models.CharField(max_length=60)
    # {"sat": {"slope", "offset"}, "dsat": …}; a polarity of which too little was reviewed is left out.
    curves = models.JSONField()
    # On reviewed claims that were held out: {"claims", "right", "log_loss", "brier", "calibration_error"}.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    is_used = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "detector", "version"], name="fittedconfidence_version_unique"
            )
        ]

    def __str__(self) -> str:
        return f"confidences {self.version} of {self.detector}"


class TrainedHead(ProjectRow):
    """What the embedding detector learned from a project's reviews: weights alone, no vector of a message."""

    version = models.PositiveIntegerField()
    embedder = models.CharField(max_length=120)
    # The version of the shipped head that these weights correct.
    base_version = models.CharField(max_length=60)
    weights = models.BinaryField()
    review_count = models.PositiveIntegerField()
    # On reviews that were held out: {"reviews", "precision", "average_precision", "calibration_error", …}.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    is_used = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="trainedhead_version_unique")
        ]

    def __str__(self) -> str:
        return f"head {self.version}"
