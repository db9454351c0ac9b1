"""Questions about tasks, the precedents that answer them, and who has read which guideline."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.models.queues import Guideline, Queue
from annotation.models.tasks import Task
from curation.models import Membership, ProjectQuerySet, ProjectRow, User

LONGEST = 4_000


class Question(ProjectRow):
    """What somebody asks about a task that they hold."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="questions")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    body = models.TextField(_("question"), max_length=LONGEST)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["task", "id"], name="question_by_task")]

    def __str__(self) -> str:
        return f"question {self.uuid}"


class Precedent(ProjectRow):
    """A researcher's ruling on a question, numbered within its queue; it is only ever added."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="precedents")
    question = models.OneToOneField(Question, on_delete=models.CASCADE, related_name="precedent")
    number = models.PositiveIntegerField()
    body = models.TextField(_("ruling"), max_length=LONGEST)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "number"], name="precedent_number_unique")]

    def __str__(self) -> str:
        return f"precedent {self.number}"


class GuidelineReading(ProjectRow):
    """Somebody has read a version of a guideline, and goes by it from then on."""

    guideline = models.ForeignKey(Guideline, on_delete=models.CASCADE, related_name="readings")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["guideline", "membership"], name="guidelinereading_once")
        ]

    def __str__(self) -> str:
        return f"{self.guideline} read"
