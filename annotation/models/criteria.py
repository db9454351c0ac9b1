"""EvalGen's tables: criteria with versioned wording, assertions, grades and what assertions said."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from curation.models import Membership, ProjectQuerySet, ProjectRow, Response, User


class CriteriaSet(ProjectRow):
    """Criteria that are graded, checked and chosen together."""

    name = models.CharField(_("name"), max_length=120)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="criteriaset_name_unique")]

    def __str__(self) -> str:
        return self.name


class Criterion(ProjectRow):
    """What a good output does, in one wording; a rewording is a new row of the same key."""

    class Kind(models.TextChoices):
        CODE = "code", _("code")
        JUDGE = "judge", _("judge")

    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.CASCADE, related_name="criteria")
    key = models.UUIDField()
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(_("name"), max_length=80)
    text = models.TextField(_("what a good answer does"))
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.CODE)
    max_false_failure_rate = models.FloatField(_("tolerated share of wrongly failed answers"), default=0.25)
    prompted_by = models.JSONField(default=list)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="criterion_version_unique"),
            models.CheckConstraint(
                condition=Q(max_false_failure_rate__gte=0, max_false_failure_rate__lte=1),
                name="criterion_tolerance_share",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Assertion(ProjectRow):
    """A candidate way to test a criterion: a library check with its parameters, or written code."""

    class Kind(models.TextChoices):
        CHECK = "check", _("library check")
        CODE = "code", _("written code")

    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="assertions")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    check_name = models.CharField(max_length=60, blank=True)
    parameters = models.JSONField(default=dict)
    source = models.TextField(blank=True)
    is_selected = models.BooleanField(default=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="check", source="") & ~Q(check_name="")
                | Q(kind="code", check_name="") & ~Q(source=""),
                name="assertion_check_or_code",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Grade(ProjectRow):
    """A thumb on an output; append-only, the newest counts, and it remembers the wording it was given under."""

    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.CASCADE, related_name="grades")
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="grades")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    # Null: the overall thumb.
    criterion = models.ForeignKey(
        Criterion, null=True, blank=True, on_delete=models.CASCADE, related_name="grades"
    )
    # Null: the thumb was taken back.
    is_good = models.BooleanField(null=True)
    note = models.TextField(blank=True)
    policy = models.CharField(max_length=40, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["criteria_set", "response", "-id"], name="grade_newest")]

    def __str__(self) -> str:
        return {True: "good", False: "bad", None: "ungraded"}[self.is_good]


class AssertionResult(ProjectRow):
    """What an assertion said of an output: pass, fail, or nothing, with the reason."""

    assertion = models.ForeignKey(Assertion, on_delete=models.CASCADE, related_name="results")
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="assertion_results")
    passed = models.BooleanField(null=True)
    sentence = models.TextField(blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assertion", "response"], name="assertionresult_once")]

    def __str__(self) -> str:
        return {True: "pass", False: "fail", None: "skip"}[self.passed]
