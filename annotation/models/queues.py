"""Queues: what is asked, under which protocol, and what the people of a queue go by."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotation.domain.queues.ordering import Order
from annotation.domain.queues.overlap import OverlapPolicy, OverlapRule
from curation.models import Membership, ProjectQuerySet, ProjectRow, User

OVERLAP_POLICIES = [
    (OverlapPolicy.FIXED.value, _("this many")),
    (OverlapPolicy.DISAGREEMENT.value, _("more where they disagree")),
    (OverlapPolicy.CONFIDENT.value, _("until the majority is sure")),
]
ORDERS = [
    (Order.GIVEN.value, _("as they come")),
    (Order.RANDOM.value, _("by chance")),
    (Order.VALUE.value, _("the most telling first")),
]


class Queue(ProjectRow):
    """A question asked about many things, by one protocol."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        PAUSED = "paused", _("paused")

    class Sending(models.TextChoices):
        AT_ONCE = "at_once", _("at once")
        AFTER_WINDOW = "after_window", _("two seconds later, unless it is taken back")
        CONFIRMED = "confirmed", _("when it is confirmed")

    name = models.CharField(_("name"), max_length=120)
    protocol = models.CharField(_("protocol"), max_length=40)
    # What the protocol is told: scales, attributes, reasons. Each protocol checks its own.
    settings = models.JSONField(default=dict, blank=True)
    source = models.JSONField(default=dict)
    # The newest version: every task and judgement asks for it, so it is a step away.
    guideline = models.ForeignKey(
        "annotation.Guideline", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    overlap = models.PositiveSmallIntegerField(_("people per task"), default=1)
    overlap_policy = models.CharField(
        _("how many people judge a task"),
        max_length=12,
        choices=OVERLAP_POLICIES,
        default=OverlapPolicy.FIXED.value,
    )
    most_overlap = models.PositiveSmallIntegerField(_("at most"), null=True, blank=True)
    # The widest gap that is no disagreement, or the chance from which the majority is believed.
    overlap_bound = models.FloatField(null=True, blank=True)
    key_attribute = models.CharField(_("by this attribute"), max_length=60, blank=True)
    order = models.CharField(_("order"), max_length=8, choices=ORDERS, default=Order.GIVEN.value)
    audit_share = models.FloatField(_("share drawn by chance alone"), default=0.0)
    language = models.CharField(_("language"), max_length=20, blank=True)
    retire_after = models.PositiveSmallIntegerField(_("skips until a task is retired"), null=True, blank=True)
    keeps_together = models.BooleanField(_("tasks of one conversation in succession"), default=True)
    # Whether any conversation has several tasks: kept when the queue is filled, so that the desk need not ask.
    has_threads = models.BooleanField(default=False)
    # Tasks with a known answer: how often one is mixed in, how many come first as a test, and what passes it.
    gold_share = models.FloatField(_("share of tasks with a known answer"), default=0.0)
    entry_test_size = models.PositiveSmallIntegerField(_("known answers in the entry test"), default=0)
    entry_test_pass = models.FloatField(_("share that must be right"), default=0.8)
    is_restricted = models.BooleanField(_("only the people listed"), default=False)
    # The same items under another protocol, each person on each half of them the other way round.
    partner = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_second = models.BooleanField(default=False)
    wash_out_hours = models.FloatField(_("hours between the protocols"), default=0.0)
    lease_seconds = models.PositiveIntegerField(default=900)
    requires_pii_screening = models.BooleanField(
        _("ask only what was screened for personal data"), default=False
    )
    masks_pii = models.BooleanField(_("show personal data as pseudonyms"), default=False)
    sending = models.CharField(
        _("a choice is sent"), max_length=12, choices=Sending.choices, default=Sending.AT_ONCE
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(overlap__gte=1), name="queue_overlap_positive"),
            models.UniqueConstraint(fields=["project", "name"], name="queue_name_unique"),
            models.CheckConstraint(
                condition=Q(most_overlap__isnull=True) | Q(most_overlap__gte=F("overlap")),
                name="queue_most_overlap_at_least_overlap",
            ),
            models.CheckConstraint(
                condition=Q(
                    gold_share__gte=0, gold_share__lte=0.5, entry_test_pass__gte=0, entry_test_pass__lte=1
                ),
                name="queue_gold_shares_are_shares",
            ),
            models.CheckConstraint(
                condition=Q(audit_share__gte=0, audit_share__lte=1), name="queue_audit_share_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def overlap_rule(self) -> OverlapRule:
        """Of how many people each task is asked."""
        return OverlapRule(
            policy=OverlapPolicy(self.overlap_policy),
            least=self.overlap,
            most=self.most_overlap or self.overlap,
            bound=self.overlap_bound or 0.0,
        )


class QueueMember(ProjectRow):
    """Somebody who works on a queue, as what, and in which languages; no languages means any."""

    class Expertise(models.TextChoices):
        LAY = "lay", _("lay")
        EXPERT = "expert", _("expert")

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="people")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    expertise = models.CharField(_("as"), max_length=8, choices=Expertise.choices, default=Expertise.LAY)
    languages = models.JSONField(default=list, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "membership"], name="queuemember_once_per_queue")
        ]

    def __str__(self) -> str:
        return f"{self.membership} ({self.expertise})"


class Guideline(ProjectRow):
    """What the people of a queue go by; every change is a new version."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="guidelines")
    version = models.PositiveIntegerField()
    body = models.TextField()

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "version"], name="guideline_version_unique")]

    def __str__(self) -> str:
        return f"guideline {self.version}"
