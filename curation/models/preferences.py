"""Answers, what they scored, and which was preferred; every preference keeps the evidence behind it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from curation.models.base import BulkRow, ProjectQuerySet, ProjectRow
from curation.models.corpus import Conversation, ImportBatch, Message, ModelVersion


class Prompt(ProjectRow):
    """A context that ends with a user message: the conversation up to and including `last_message`."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="prompts")
    last_message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["last_message"], name="prompt_once_per_message")]

    def __str__(self) -> str:
        return f"prompt {self.uuid}"


class Response(ProjectRow):
    """One answer to a prompt; a logged one refers to its message, any other carries its own body."""

    class Origin(models.TextChoices):
        LOGGED = "logged", _("logged")
        GENERATED = "generated", _("generated")
        EDITED = "edited", _("edited")
        IMPORTED = "imported", _("imported")

    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="responses")
    message = models.OneToOneField(
        Message, null=True, blank=True, on_delete=models.CASCADE, related_name="response"
    )
    body = models.JSONField(null=True, blank=True)
    body_text = models.TextField(blank=True)
    content_hash = models.CharField(max_length=80)
    origin = models.CharField(max_length=12, choices=Origin.choices)
    model_version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    generation_settings = models.JSONField(default=dict)
    source_id = models.CharField(max_length=255, blank=True)
    # The version of the screening for personal data that has read the body; a logged answer is read as a message.
    screened_as = models.CharField(max_length=60, blank=True)
    # The import that brought it to a conversation of another import; null where the conversation's own brought it.
    batch = models.ForeignKey(
        ImportBatch,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(message__isnull=False, body__isnull=True)
                | Q(message__isnull=True, body__isnull=False),
                name="response_message_or_body",
            ),
            models.CheckConstraint(
                condition=Q(origin="logged", message__isnull=False)
                | (~Q(origin="logged") & Q(message__isnull=True)),
                name="response_logged_has_message",
            ),
            models.UniqueConstraint(
                fields=["prompt", "content_hash", "source_id"],
                condition=Q(message__isnull=True),
                name="response_once_per_prompt",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "screened_as", "id"],
                name="response_by_screening",
                condition=Q(message__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"response {self.uuid}"

    @property
    def text(self) -> str:
        """The plain text of the answer, wherever it is kept."""
        return self.message.text if self.message is not None else self.body_text


class PreferencePairQuerySet(ProjectQuerySet["PreferencePair"]):
    """Pairs by whether they may still be used."""

    def standing(self) -> Self:
        """Return those that stand: neither pair nor conversation is archived, and nothing was withdrawn."""
        return self.filter(
            archived_at__isnull=True,
            prompt__conversation__archived_at__isnull=True,
            prompt__conversation__withdrawn_at__isnull=True,
        )


class PreferencePair(ProjectRow):
    """Chosen is preferred to rejected, as answers to the same prompt."""

    class Origin(models.TextChoices):
        MINED = "mined", _("mined from feedback")
        ANNOTATED = "annotated", _("judged by people")
        JUDGED = "judged", _("judged by a model")
        IMPORTED = "imported", _("imported")

    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="pairs")
    chosen = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")
    rejected = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")
    origin = models.CharField(max_length=12, choices=Origin.choices)
    recipe = models.CharField(max_length=60, blank=True)
    strength = models.FloatField(default=1.0)
    confidence = models.FloatField(default=1.0)
    # Behaviour alone, such as a regenerated answer, proposes a pair; only people can make a label of it.
    is_candidate = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = PreferencePairQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["chosen", "rejected", "recipe"], name="preferencepair_once_per_recipe"
            ),
            models.CheckConstraint(condition=~Q(chosen=F("rejected")), name="preferencepair_two_responses"),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1), name="preferencepair_confidence_share"
            ),
        ]
        indexes = [models.Index(fields=["project", "origin", "-id"], name="preferencepair_by_origin")]

    def __str__(self) -> str:
        return f"pair {self.uuid}"


class Comparison(BulkRow):
    """One verdict on two answers: what people and judges publish."""

    class Outcome(models.TextChoices):
        A = "a", _("A is better")
        B = "b", _("B is better")
        TIE = "tie", _("equally good")
        BOTH_BAD = "both_bad", _("both bad")

    class Source(models.TextChoices):
        PERSON = "person", _("a person")
        SOURCE_PERSON = "source_person", _("a person of the source")
        JUDGE = "judge", _("a judge model")
        UNKNOWN = "unknown", _("not stated by the source")

    response_a = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    response_b = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    pair = models.ForeignKey(
        PreferencePair,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="comparisons",
        db_constraint=False,
    )
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    strength = models.SmallIntegerField(null=True, blank=True)
    source = models.CharField(max_length=14, choices=Source.choices)
    source_name = models.CharField(max_length=120, blank=True)
    annotator_pseudonym = models.CharField(max_length=40, blank=True)
    # The annotation or judgement that published this; a later revision retracts it and publishes another.
    source_uuid = models.UUIDField(null=True, blank=True)
    saw_signal = models.BooleanField(default=False)
    # How a person of ours was asked, copied so that a dataset can say it.
    protocol = models.CharField(max_length=40, blank=True)
    order_shown = models.CharField(max_length=10, blank=True)
    guideline_version = models.CharField(max_length=40, blank=True)
    retracted_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(response_a=F("response_b")), name="comparison_two_responses"),
            models.CheckConstraint(
                condition=Q(strength__isnull=True) | Q(strength__gte=-3, strength__lte=3),
                name="comparison_strength_scale",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["a", "b", "tie", "both_bad"]), name="comparison_outcome_known"
            ),
            models.UniqueConstraint(
                fields=["source_uuid", "response_a", "response_b"],
                condition=Q(source_uuid__isnull=False, retracted_at__isnull=True),
                name="comparison_once_per_source",
            ),
        ]
        indexes = [models.Index(fields=["project", "source", "-id"], name="comparison_by_source")]

    def __str__(self) -> str:
        return f"{self.outcome} by {self.source}"


class RankedList(ProjectRow):
    """An order of k answers to one prompt, as a source or a consensus gave it."""

    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="ranked_lists")
    source = models.CharField(max_length=14, choices=Comparison.Source.choices)
    source_name = models.CharField(max_length=120, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prompt", "source", "source_name"], name="rankedlist_once")
        ]

    def __str__(self) -> str:
        return f"list {self.uuid}"


class RankedResponse(ProjectRow):
    """The place of one answer in a list; lower is better, equal ranks tie."""

    ranked_list = models.ForeignKey(RankedList, on_delete=models.CASCADE, related_name="places")
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")
    rank = models.PositiveSmallIntegerField()

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ranked_list", "response"], name="rankedresponse_once")
        ]

    def __str__(self) -> str:
        return f"rank {self.rank}"


class Evidence(ProjectRow):
    """A copy of what stands behind a preference, so that lower layers can show it without looking up."""

    class Kind(models.TextChoices):
        COMPLAINT = "complaint", _("complaint")
        WISH = "wish", _("wish")
        APPROVAL = "approval", _("approval")
        VERDICT = "verdict", _("verdict")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    pair = models.ForeignKey(
        PreferencePair, null=True, blank=True, on_delete=models.CASCADE, related_name="evidence"
    )
    response = models.ForeignKey(
        Response, null=True, blank=True, on_delete=models.CASCADE, related_name="evidence"
    )
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    criterion = models.CharField(max_length=60, blank=True)
    quote = models.TextField(blank=True)
    span_start = models.PositiveIntegerField(null=True, blank=True)
    span_end = models.PositiveIntegerField(null=True, blank=True)
    probability = models.FloatField(null=True, blank=True)
    source_uuid = models.UUIDField(null=True, blank=True)
    source_name = models.CharField(max_length=120, blank=True)
    annotator_pseudonym = models.CharField(max_length=40, blank=True)
    wording_version = models.PositiveIntegerField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(pair__isnull=False, response__isnull=True)
                | Q(pair__isnull=True, response__isnull=False),
                name="evidence_one_target",
            ),
            models.CheckConstraint(
                condition=Q(span_start__isnull=True, span_end__isnull=True)
                | Q(span_end__gte=F("span_start")),
                name="evidence_span_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.criterion}"
