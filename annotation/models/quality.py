"""How well the answers can be trusted: known answers, answers sent back, tasks decided after a disagreement."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.tasks import Annotation, Task
from curation.models import Membership, ProjectQuerySet, ProjectRow, User


class GoldAnswer(ProjectRow):
    """The known answer to a task, as a researcher gave it; contested, it waits and counts for nothing."""

    task = models.OneToOneField(Task, on_delete=models.CASCADE, related_name="gold")
    answer = models.JSONField()
    order_shown = models.JSONField(default=list)
    way = models.JSONField(default=dict, blank=True)
    # How far a rating may lie from the known one and still be right.
    tolerance = models.FloatField(default=1.0)
    explanation = models.TextField(_("why this is right"), max_length=4_000, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tolerance__gte=0), name="goldanswer_tolerance_not_negative")
        ]

    def __str__(self) -> str:
        return f"known answer {self.uuid}"


class GoldResult(ProjectRow):
    """Whether a judgement of a task with a known answer was right."""

    gold = models.ForeignKey(GoldAnswer, on_delete=models.CASCADE, related_name="results")
    annotation = models.OneToOneField(Annotation, on_delete=models.CASCADE, related_name="gold_result")
    is_right = models.BooleanField()

    objects = ProjectQuerySet.as_manager()

    def __str__(self) -> str:
        return "right" if self.is_right else "wrong"


class GoldContest(ProjectRow):
    """Somebody holds a known answer to be wrong; it is suspended until a researcher has decided."""

    gold = models.ForeignKey(GoldAnswer, on_delete=models.CASCADE, related_name="contests")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"), max_length=4_000)
    resolved_at = models.DateTimeField(null=True, blank=True)
    is_upheld = models.BooleanField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gold", "membership"],
                condition=Q(resolved_at__isnull=True),
                name="goldcontest_one_open_each",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, is_upheld__isnull=True)
                | Q(resolved_at__isnull=False, is_upheld__isnull=False),
                name="goldcontest_resolved_both_or_neither",
            ),
        ]

    def __str__(self) -> str:
        return f"contest {self.uuid}"


class ReturnedAnswer(ProjectRow):
    """A judgement that a reviewer sent back with a note; a newer revision of it settles the matter."""

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="returns")
    note = models.TextField(_("note"), max_length=4_000)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    def __str__(self) -> str:
        return f"returned {self.uuid}"


class Adjudication(ProjectRow):
    """The last word on a task that people disagreed about, given before its judge saw their votes."""

    task = models.OneToOneField(Task, on_delete=models.CASCADE, related_name="adjudication")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    answer = models.JSONField()
    order_shown = models.JSONField(default=list)
    note = models.TextField(_("note"), max_length=4_000, blank=True)

    objects = ProjectQuerySet.as_manager()

    def __str__(self) -> str:
        return f"adjudication {self.uuid}"


class DecisionDraft(ProjectRow):
    """A task that somebody has opened to decide it: how its answers stand for them, and what they filled in so far.

    It holds none of the task's slots, and goes when the task is decided.
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="decision_drafts")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    order_shown = models.JSONField(default=list)
    draft = models.JSONField(default=dict, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "membership"], name="decisiondraft_once_per_person")
        ]

    def __str__(self) -> str:
        return f"draft {self.uuid}"
