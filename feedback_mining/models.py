"""What a detector found in users' messages, what people said of it, and what users wished for."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from curation.models import (
    Conversation,
    Job,
    Message,
    ModelEndpoint,
    ModelVersion,
    PreferencePair,
    ProjectQuerySet,
    ProjectRow,
    Response,
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


class UserWish(ProjectRow):
    """A checklist entry that the user made plain, in the user's own words, linked to where they stand.

    `constraint` names a kind of `feedback_mining.domain.constraints` where code can check the wish, with its
    `settings`. What a person edited or removed no run changes again.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="wishes")
    detector = models.CharField(max_length=60)
    number = models.PositiveSmallIntegerField(default=0)
    text = models.TextField()
    span_start = models.PositiveIntegerField(default=0)
    span_end = models.PositiveIntegerField(default=0)
    constraint = models.CharField(max_length=40, blank=True)
    settings = models.JSONField(default=dict)
    edited_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "detector", "number"], name="userwish_once"),
            models.CheckConstraint(condition=Q(span_end__gte=F("span_start")), name="userwish_span_ordered"),
            models.CheckConstraint(
                condition=Q(edited_at__isnull=True, edited_by__isnull=True)
                | Q(edited_at__isnull=False, edited_by__isnull=False),
                name="userwish_edited_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class ChecklistReading(ProjectRow):
    """How far a language model has read a conversation for its user's wishes; no word of it.

    `failures` counts the times that an answer came and could not be read, while the newest message was
    `failed_at_message_id`.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    # What changes with the question and with the model that is asked.
    version = models.CharField(max_length=220)
    through_message_id = models.BigIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    failed_at_message_id = models.BigIntegerField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "version"], name="checklistreading_once")
        ]

    def __str__(self) -> str:
        return f"read by {self.version}"


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
