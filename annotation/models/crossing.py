"""Two protocols on the same items: who reads what under both, and in which order."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotation.models.queues import Queue
from curation.models import Conversation, Membership, ProjectQuerySet, ProjectRow


class CrossedItem(ProjectRow):
    """A conversation that is judged under two protocols, and how many more people may begin it.

    Whoever begins it reads it under both, so that each person is compared with themselves.
    """

    # The queue of the first protocol; its partner has the second.
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="crossed_items")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    arm = models.PositiveSmallIntegerField()
    open_places = models.PositiveSmallIntegerField()

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "conversation"], name="crosseditem_once_per_queue"),
            models.CheckConstraint(condition=Q(arm__in=[0, 1]), name="crosseditem_arm_known"),
        ]

    def __str__(self) -> str:
        return f"item of arm {self.arm}"


class CrossedReading(ProjectRow):
    """One person's place at a crossed item; it ends when somebody else is to have it."""

    item = models.ForeignKey(CrossedItem, on_delete=models.CASCADE, related_name="readings")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "membership"], name="crossedreading_once_per_person")
        ]

    def __str__(self) -> str:
        return f"reading of item {self.item_id}"
