"""EvalGen's tables: criteria with versioned wording, assertions, grades and what assertions said."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from curation.models import Membership, ModelEndpoint, ProjectQuerySet, ProjectRow, Response, User


class CriteriaSet(ProjectRow):
    """Criteria that are graded, checked and chosen together."""

    class Order(models.TextChoices):
        """What to grade next; complaints come before either where answers that drew some are queued."""

        SELECTIVITY = "selectivity", _("what assertions fail and what they pass, in turns")
        UNCERTAINTY = "uncertainty", _("where the assertions are divided most")
        RANDOM = "random", _("by chance")

    name = models.CharField(_("name"), max_length=120)
    order = models.CharField(
        _("what comes next"), max_length=12, choices=Order.choices, default=Order.SELECTIVITY
    )
    # People who grade each output, each without seeing the others' thumbs.
    graders_wanted = models.PositiveSmallIntegerField(_("people per output"), default=1)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="criteriaset_name_unique"),
            models.CheckConstraint(condition=Q(graders_wanted__gte=1), name="criteriaset_graded_by_somebody"),
            models.CheckConstraint(
                condition=Q(order__in=["selectivity", "uncertainty", "random"]),
                name="criteriaset_order_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CriterionOrigin(models.TextChoices):
    """Where a criterion came from."""

    WRITTEN = "written", _("written")
    LIBRARY = "library", _("from the library")
    MODEL = "model", _("proposed by a model")
    COMPLAINTS = "complaints", _("from complaints")
    WISHES = "wishes", _("from wishes")
    NOTE = "note", _("from a grader's note")
    SPLIT = "split", _("split off")
    MERGED = "merged", _("merged")


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
    position = models.PositiveIntegerField(default=0)
    origin = models.CharField(max_length=10, choices=CriterionOrigin.choices, default=CriterionOrigin.WRITTEN)
    # The keys of the criteria that were split or merged into this one.
    made_from = models.JSONField(default=list, blank=True)
    # Set where its words are a user's or a grader's, word for word: they go where the conversation is withdrawn.
    quoted_response = models.ForeignKey(
        Response, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
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


class CriterionProposal(ProjectRow):
    """A criterion that something speaks for, until a person adopts or declines it.

    `count` is how many complaints or wishes it stands for, `response_ids` the answers that drew them, and
    `conversation_ids` those whose words its own may repeat. No keys: rows go when a conversation is withdrawn.
    """

    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.CASCADE, related_name="proposals")
    origin = models.CharField(max_length=10, choices=CriterionOrigin.choices)
    # The same finding is proposed once: the taxonomy's criterion, a wish, or a model's words.
    subject = models.CharField(max_length=120)
    name = models.CharField(max_length=80)
    text = models.TextField()
    kind = models.CharField(max_length=8, choices=Criterion.Kind.choices, default=Criterion.Kind.JUDGE)
    count = models.PositiveIntegerField(default=0)
    response_ids = ArrayField(models.BigIntegerField(), default=list)
    conversation_ids = ArrayField(models.BigIntegerField(), default=list)
    assertion = models.JSONField(default=dict, blank=True)
    # Which model, asked in which words.
    asked = models.JSONField(default=dict, blank=True)
    criterion = models.ForeignKey(
        Criterion, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["criteria_set", "origin", "subject"], name="proposal_once")
        ]

    def __str__(self) -> str:
        return self.name


class SuspectOutput(ProjectRow):
    """An answer that drew a complaint or a wish, queued to be graded: a weak hint, and never a grade."""

    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.CASCADE, related_name="suspects")
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")
    # How many proposals name it: the more, the sooner it is graded.
    count = models.PositiveIntegerField(default=1)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["criteria_set", "response"], name="suspect_once")]

    def __str__(self) -> str:
        return f"suspect {self.uuid}"


class Assertion(ProjectRow):
    """A candidate way to test a criterion: a library check, written code, or a question that a model answers."""

    class Kind(models.TextChoices):
        CHECK = "check", _("library check")
        CODE = "code", _("written code")
        JUDGE = "judge", _("judge question")

    class Origin(models.TextChoices):
        WRITTEN = "written", _("written")
        LIBRARY = "library", _("from the library")
        MODEL = "model", _("proposed by a model")

    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="assertions")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    check_name = models.CharField(max_length=60, blank=True)
    parameters = models.JSONField(default=dict)
    # Python of written code, the words of a judge question.
    source = models.TextField(blank=True)
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.WRITTEN)
    # Who answers a judge question; it is not asked where that is gone.
    endpoint = models.ForeignKey(
        ModelEndpoint, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Which prompt it is asked with, or was proposed under.
    prompt_version = models.CharField(max_length=60, blank=True)
    is_selected = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="check", source="") & ~Q(check_name="")
                | Q(kind__in=["code", "judge"], check_name="") & ~Q(source=""),
                name="assertion_check_or_code",
            ),
            models.CheckConstraint(
                condition=Q(kind="judge") | Q(endpoint__isnull=True), name="assertion_asks_for_judge_alone"
            ),
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
