"""Asking models: where they are reached, what was asked and what it cost, and the answers as a set."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from curation.models.base import ProjectQuerySet, ProjectRow
from curation.models.corpus import ModelVersion
from curation.models.people import User
from curation.models.preferences import Prompt, Response
from curation.models.work import Job


class ModelEndpoint(ProjectRow):
    """An OpenAI-compatible endpoint: `key_variable` names where its key is read from, or `sealed_key` is the key.

    A sealed key is encrypted, under a secret that is not in the database.
    """

    class KeySource(models.TextChoices):
        NONE = "none", _("No key")
        ENVIRONMENT = "environment", _("From a variable of the environment")
        STORED = "stored", _("Stored here, encrypted")

    name = models.SlugField(_("name"), max_length=60)
    base_url = models.CharField(_("address"), max_length=300)
    model = models.CharField(_("model"), max_length=200)
    key_variable = models.CharField(_("variable that holds the key"), max_length=80, blank=True)
    sealed_key = models.TextField(blank=True, editable=False)
    model_version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="endpoints"
    )
    # In the currency of the budget, per million tokens; null where no price is known.
    prompt_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    completion_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    parallel_requests = models.PositiveSmallIntegerField(default=4)
    budget = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    # The sum of its calls' costs, kept beside the budget so that one locked row decides about a request.
    spent = models.DecimalField(max_digits=16, decimal_places=8, default=0)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"],
                condition=Q(archived_at__isnull=True),
                name="modelendpoint_name_unique",
            ),
            models.CheckConstraint(
                condition=Q(parallel_requests__gte=1), name="modelendpoint_asks_at_least_one"
            ),
            models.CheckConstraint(
                condition=Q(key_variable="") | Q(sealed_key=""), name="modelendpoint_one_key"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key_source(self) -> KeySource:
        """Where the key is read from."""
        if self.sealed_key:
            return self.KeySource.STORED
        return self.KeySource.ENVIRONMENT if self.key_variable else self.KeySource.NONE


class ModelCall(ProjectRow):
    """One request to an endpoint: what it cost, and its reply, which an equal request takes from here.

    The reply goes when a conversation that it is about is withdrawn, and after the project's days; the cost stays.
    """

    endpoint = models.ForeignKey(
        ModelEndpoint, on_delete=models.CASCADE, db_index=False, related_name="calls"
    )
    request_hash = models.CharField(max_length=80)
    purpose = models.CharField(max_length=40)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    seconds = models.FloatField(default=0.0)
    # What it may cost, while no answer is known; what died under way may have been paid, so it stays set aside.
    reserved = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    answered_at = models.DateTimeField(null=True, blank=True)
    reply = models.JSONField(null=True, blank=True)
    # Whose words the reply may quote. Not keys: the cost stays when a conversation goes.
    conversation_ids = ArrayField(models.BigIntegerField(), default=list)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "request_hash"], name="modelcall_once_per_request")
        ]
        indexes = [
            GinIndex(fields=["conversation_ids"], name="modelcall_by_conversation"),
            models.Index(
                fields=["project", "answered_at"],
                name="modelcall_with_reply",
                condition=Q(reply__isnull=False),
            ),
            models.Index(fields=["endpoint"], name="modelcall_under_way", condition=Q(reserved__gt=0)),
        ]

    def __str__(self) -> str:
        return f"call {self.request_hash[:14]}"


class ResponseSet(ProjectRow):
    """Prompts answered by models under fixed settings: what queues, judges and evaluations draw from."""

    class Purpose(models.TextChoices):
        CURATION = "curation", _("curation")
        EVALUATION = "evaluation", _("evaluation")

    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.CURATION)
    settings = models.JSONField(default=dict)
    answers_per_prompt = models.PositiveSmallIntegerField(default=1)
    job = models.OneToOneField(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="response_set"
    )
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"],
                condition=Q(archived_at__isnull=True),
                name="responseset_name_unique",
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=["curation", "evaluation"]), name="responseset_purpose_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ResponseSetEntry(ProjectRow):
    """One answer that is wanted of one model: waiting, given, refused by the model, or failed with its reason."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        GIVEN = "given", _("given")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")

    response_set = models.ForeignKey(
        ResponseSet, on_delete=models.CASCADE, db_index=False, related_name="entries"
    )
    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="+")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    endpoint = models.ForeignKey(
        ModelEndpoint, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    number = models.PositiveSmallIntegerField()
    seed = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    response = models.ForeignKey(
        Response, null=True, blank=True, on_delete=models.CASCADE, related_name="set_entries"
    )
    error_sentence = models.TextField(blank=True)
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["response_set", "prompt", "model_version", "number"],
                name="responsesetentry_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="given") | Q(response__isnull=False),
                name="responsesetentry_given_has_response",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "given", "refused", "failed"]),
                name="responsesetentry_state_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["response_set", "id"],
                name="responsesetentry_waiting",
                condition=Q(state="waiting"),
            )
        ]

    def __str__(self) -> str:
        return f"answer {self.number} {self.state}"
