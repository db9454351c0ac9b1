"""Tasks: what one person does at one time, and what they answered."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from annotation.models.queues import Guideline, Queue
from curation.models import (
    BulkRow,
    Conversation,
    Membership,
    Message,
    PreferencePair,
    ProjectQuerySet,
    ProjectRow,
    Prompt,
    Response,
)
from curation.queries.enrichers.screening import is_answer_screened, is_screened


class TaskQuerySet(ProjectQuerySet["Task"]):
    """Tasks by what may be done with them."""

    def askable(self) -> Self:
        """Return those that stand: neither pair nor conversation is archived, and nothing was withdrawn."""
        gone = TaskResponse.objects.filter(task=OuterRef("pk")).exclude(
            response__prompt__conversation__archived_at__isnull=True,
            response__prompt__conversation__withdrawn_at__isnull=True,
        )
        return self.askable_by_conversation().filter(~Exists(gone))

    def askable_by_conversation(self) -> Self:
        """Return those that stand, where every answer is of the task's own conversation: all but joint pairs."""
        standing = self.filter(
            conversation__archived_at__isnull=True, conversation__withdrawn_at__isnull=True
        )
        return standing.filter(Q(pair__isnull=True) | Q(pair__archived_at__isnull=True))

    def showable(self) -> Self:
        """Return those that people may see: screened for personal data, where their queue asks for it.

        A joint pair has two conversations, and both count; so do answers that are no messages.
        """
        is_read = Q(is_screened("response__prompt__conversation")) & is_answer_screened("response")
        unread = TaskResponse.objects.filter(task=OuterRef("pk")).exclude(is_read)
        screened = Q(is_screened("conversation")) & ~Exists(unread)
        return self.filter(Q(queue__requires_pii_screening=False) | screened)


class Task(ProjectRow):
    """One thing to judge, with the number of people it may still be given to.

    It asks about the answers of its `TaskResponse` rows, or about the user message `message` where it has none.
    """

    # Found by `task_once_per_queue`: with an index of its own, open tasks would be looked for there and then sorted.
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="tasks", db_index=False)
    # What is read: tasks of one conversation are served in succession.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    pair = models.ForeignKey(
        PreferencePair, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    # Names what is asked about, so that a queue asks nothing twice: `pair:<uuid>`, `response:<uuid>`, …
    subject = models.CharField(max_length=60)
    priority = models.IntegerField(default=0)
    # Drawn by chance alone, so that what is estimated of these holds for the whole source.
    is_audit = models.BooleanField(default=False)
    # Its answer is known: it is asked of everybody, and counts for no figure but their accuracy.
    is_gold = models.BooleanField(default=False)
    # Of how many people it is asked: those who judged, those who hold it, and the slots that are open.
    wanted = models.PositiveSmallIntegerField(default=1)
    open_slots = models.PositiveSmallIntegerField()
    # How many people passed it on; a task that too many passed on is retired, until somebody puts it back.
    skips = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "subject"], name="task_once_per_queue")]
        indexes = [
            models.Index(fields=["queue", "-priority", "id"], name="task_open", condition=Q(open_slots__gt=0))
        ]

    def __str__(self) -> str:
        return f"task {self.uuid}"


class TaskResponse(ProjectRow):
    """An answer that a task asks about; `position` is the order of storing, never that of showing."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="asked", db_index=False)
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")
    # What it is shown as an answer to, where that is not its own question: the later answer of a mined pair stands
    # under the pair's first question, and never under the complaint that came between.
    prompt = models.ForeignKey(Prompt, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "position"], name="taskresponse_position_unique"),
            models.UniqueConstraint(fields=["task", "response"], name="taskresponse_once_per_task"),
        ]

    def __str__(self) -> str:
        return f"answer {self.position} of a task"


class Lease(BulkRow):
    """A task in somebody's hands, for minutes; it holds one of the task's slots until it ends."""

    class Ending(models.TextChoices):
        SUBMITTED = "submitted", _("submitted")
        SKIPPED = "skipped", _("skipped")
        EXPIRED = "expired", _("expired")
        RELEASED = "released", _("released")

    task = models.ForeignKey(
        Task, on_delete=models.CASCADE, related_name="leases", db_index=False, db_constraint=False
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    order_shown = models.JSONField(default=list)
    # What was drawn of the queue's ways of asking: dimension → level; see annotation.domain.queues.ways.
    way = models.JSONField(default=dict, blank=True)
    # What its holder has filled in so far: the form's fields, each with its values.
    draft = models.JSONField(default=dict, blank=True)
    # Fetched ahead of its turn: for a minute, and others who would have nothing may take it.
    is_ahead = models.BooleanField(default=False)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=10, choices=Ending.choices, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task", "membership"], condition=Q(ended_at__isnull=True), name="lease_one_active"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="") | Q(ended_at__isnull=False) & ~Q(ending=""),
                name="lease_ended_both_or_neither",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="lease_active_expiry", condition=Q(ended_at__isnull=True)
            ),
            models.Index(fields=["membership"], name="lease_in_hand", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["task", "membership", "-id"], name="lease_of_person"),
        ]

    def __str__(self) -> str:
        return f"lease until {self.expires_at:%H:%M}"


class Annotation(BulkRow):
    """One revision of one person's answer to a task; rows are only ever added, undo included."""

    class Act(models.TextChoices):
        JUDGED = "judged", _("judged")
        UNDONE = "undone", _("taken back")
        SKIPPED = "skipped", _("skipped")

    task = models.ForeignKey(
        Task, on_delete=models.CASCADE, related_name="annotations", db_index=False, db_constraint=False
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    round = models.PositiveSmallIntegerField(default=1)
    revision = models.PositiveIntegerField()
    act = models.CharField(max_length=8, choices=Act.choices, default=Act.JUDGED)
    answer = models.JSONField(default=dict)
    order_shown = models.JSONField(default=list)
    way = models.JSONField(default=dict, blank=True)
    guideline = models.ForeignKey(
        Guideline, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    active_ms = models.PositiveIntegerField(null=True, blank=True)
    wall_ms = models.PositiveIntegerField(null=True, blank=True)
    idempotency_key = models.UUIDField()

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task", "membership", "round", "revision"], name="annotation_revision_unique"
            ),
            models.UniqueConstraint(fields=["membership", "idempotency_key"], name="annotation_sent_once"),
            models.CheckConstraint(
                condition=Q(act__in=["judged", "undone", "skipped"]), name="annotation_act_known"
            ),
        ]
        indexes = [models.Index(fields=["membership", "-id"], name="annotation_by_person")]

    def __str__(self) -> str:
        return f"{self.act} revision {self.revision}"
