"""Judges at work: how one was asked about a response set, and every word that it answered."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from curation.models.base import ProjectQuerySet, ProjectRow
from curation.models.corpus import ModelVersion
from curation.models.generation import ModelEndpoint, ResponseSet
from curation.models.people import User
from curation.models.preferences import PreferencePair, Prompt, Response
from curation.models.work import Job


class JudgeRun(ProjectRow):
    """A judge, asked by way of one endpoint or several about pairs of answers.

    Which of two models answered the prompts of a set better; how it does on pairs that people decided; or, once it has
    earned that, the verdicts on pairs that nobody decided.
    """

    class Purpose(models.TextChoices):
        EVALUATION = "evaluation", _("evaluation")
        VALIDATION = "validation", _("validation")
        LABELLING = "labelling", _("labelling")

    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.EVALUATION)
    # What the pairs were taken from, in words; the response set where they were taken from one.
    source_name = models.CharField(max_length=200, blank=True)
    response_set = models.ForeignKey(
        ResponseSet, null=True, blank=True, on_delete=models.CASCADE, related_name="judge_runs"
    )
    judge = models.CharField(max_length=60)
    # What changes with any word that the judge is asked with; a run keeps to one.
    prompt_version = models.CharField(max_length=80)
    # The rubric, and every model that is asked: {"rubric", "asked": [{"endpoint", "model", "address"}]}, the first of
    # which is the endpoint's.
    configuration = models.JSONField(default=dict, blank=True)
    endpoint = models.ForeignKey(ModelEndpoint, on_delete=models.PROTECT, related_name="+")
    model_a = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    model_b = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    job = models.OneToOneField(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="judge_run"
    )
    # How many answers of the set could not be compared, by a short code.
    left_out = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(model_a=F("model_b")), name="judgerun_two_models"),
            models.CheckConstraint(
                condition=Q(purpose__in=["validation", "labelling"])
                | Q(
                    purpose="evaluation",
                    response_set__isnull=False,
                    model_a__isnull=False,
                    model_b__isnull=False,
                ),
                name="judgerun_evaluates_a_set",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.judge} on {self.source_name or self.response_set_id}"


class JudgedPair(ProjectRow):
    """Two answers that a run compares, and what the judge said of them in both orders together; "" while it waits."""

    class Outcome(models.TextChoices):
        A = "a", _("A is better")
        B = "b", _("B is better")
        TIE = "tie", _("equally good")
        INCONSISTENT = "inconsistent", _("the orders disagree")
        UNREADABLE = "unreadable", _("no readable answer")

    run = models.ForeignKey(JudgeRun, on_delete=models.CASCADE, db_index=False, related_name="pairs")
    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="+")
    response_a = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")
    response_b = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")
    # What a verdict decides, where the two answers were proposed as a pair.
    preference_pair = models.ForeignKey(
        PreferencePair, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    # The user's wishes as they stood when the run was opened.
    checklist = models.JSONField(default=list)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    strength = models.FloatField(null=True, blank=True)
    # Where the strength comes from: log_chances, votes, scores or words.
    strength_from = models.CharField(max_length=12, blank=True)
    # Which step of the judge's method settled it, and how the models of a jury voted.
    method = models.CharField(max_length=20, blank=True)
    votes = models.JSONField(default=dict, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "response_a", "response_b"], name="judgedpair_once_per_run"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", judged_at__isnull=True)
                | (~Q(outcome="") & Q(judged_at__isnull=False)),
                name="judgedpair_judged_at_once",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "a", "b", "tie", "inconsistent", "unreadable"]),
                name="judgedpair_outcome_known",
            ),
            models.CheckConstraint(
                condition=Q(strength__isnull=True) | Q(strength__gte=-3, strength__lte=3),
                name="judgedpair_strength_scale",
            ),
        ]
        indexes = [
            models.Index(fields=["run", "id"], name="judgedpair_waiting", condition=Q(outcome="")),
            models.Index(fields=["run", "outcome", "id"], name="judgedpair_by_outcome"),
        ]

    def __str__(self) -> str:
        return f"pair {self.uuid}"


class Judgement(ProjectRow):
    """What a judge answered at one step in one order, word for word; never changed, but emptied by a withdrawal."""

    class Order(models.TextChoices):
        A_FIRST = "a_first", _("A first")
        B_FIRST = "b_first", _("B first")

    pair = models.ForeignKey(JudgedPair, on_delete=models.CASCADE, db_index=False, related_name="judgements")
    # Which step of the method it was, "" where there is one alone.
    step = models.CharField(max_length=40, blank=True)
    # "" where a step shows no two answers: the judge's own answer, a score of one.
    order_shown = models.CharField(max_length=8, choices=Order.choices, blank=True)
    # The names of the answers in the order shown, where there were more than two.
    shown = models.JSONField(default=list, blank=True)
    raw_text = models.TextField(blank=True)
    # What was read of it: a, b or tie, whatever place they were shown in; "" where it cannot be read.
    value = models.CharField(max_length=4, blank=True)
    # The scores that were read of it, by the name of the answer.
    scores = models.JSONField(default=dict, blank=True)
    strength = models.FloatField(null=True, blank=True)
    # How much likelier its words made a than b, as a logarithm, where the endpoint says so.
    log_odds = models.FloatField(null=True, blank=True)
    error_sentence = models.TextField(blank=True)
    model = models.CharField(max_length=200, blank=True)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    seconds = models.FloatField(default=0.0)
    is_cached = models.BooleanField(default=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pair", "step", "order_shown"], name="judgement_once_per_step_and_order"
            ),
            models.CheckConstraint(
                condition=Q(order_shown__in=["", "a_first", "b_first"]), name="judgement_order_known"
            ),
            models.CheckConstraint(
                condition=Q(value__in=["", "a", "b", "tie"]), name="judgement_value_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value or 'no verdict'}, {self.step} {self.order_shown}".rstrip()
