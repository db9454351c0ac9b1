"""A dataset is a recipe; its versions are immutable results."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from curation.models.base import BulkRow, ProjectQuerySet, ProjectRow
from curation.models.people import User
from curation.models.preferences import PreferencePair, Prompt, RankedList, Response


class Dataset(ProjectRow):
    """A named recipe."""

    name = models.SlugField(_("name"), max_length=80)
    recipe = models.JSONField(default=dict)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="dataset_name_unique")]

    def __str__(self) -> str:
        return self.name


class DatasetVersion(ProjectRow):
    """What the recipe gave at one moment; once frozen, the database refuses every change."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    recipe = models.JSONField(default=dict)
    row_count = models.PositiveIntegerField(default=0)
    split_counts = models.JSONField(default=dict)
    manifest = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=80, blank=True)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    frozen_at = models.DateTimeField(null=True, blank=True)
    withdrawn_in_part_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="datasetversion_number_unique"),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True) | ~Q(content_hash=""),
                name="datasetversion_frozen_has_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset.name}@{self.number}"


class DatasetRow(ProjectRow):
    """One preference of a version: ids, hash and the values used; the text is in the side table.

    A pair has both sides; an answer that was judged alone has one, chosen where it was found good. A joint pair
    has a prompt of its own on each side: `rejected_prompt` is null where both sides answer `prompt`.
    """

    class Split(models.TextChoices):
        TRAIN = "train", _("train")
        VALIDATION = "validation", _("validation")
        TEST = "test", _("test")

    class DecidedBy(models.TextChoices):
        PEOPLE = "people", _("people")
        MINER = "miner", _("the miner")
        IMPORTED = "imported", _("the source")
        JUDGE = "judge", _("a judge that earned it")

    version = models.ForeignKey(DatasetVersion, on_delete=models.CASCADE, db_index=False, related_name="rows")
    position = models.PositiveIntegerField()
    split = models.CharField(max_length=12, choices=Split.choices)
    # Kept when the conversation is withdrawn: the row stays, its text becomes a tombstone.
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="+")
    rejected_prompt = models.ForeignKey(
        Prompt, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    chosen = models.ForeignKey(Response, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    rejected = models.ForeignKey(Response, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    pair = models.ForeignKey(
        PreferencePair, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ranked_list = models.ForeignKey(
        RankedList, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_tie = models.BooleanField(default=False)
    strength = models.FloatField(null=True, blank=True)
    decided_by = models.CharField(max_length=8, choices=DecidedBy.choices)
    source = models.CharField(max_length=60)
    confidence = models.FloatField(default=1.0)
    group = models.CharField(max_length=64)
    values = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="datasetrow_position_unique"),
            models.CheckConstraint(
                condition=Q(chosen__isnull=False) | Q(rejected__isnull=False), name="datasetrow_has_a_side"
            ),
        ]

    def __str__(self) -> str:
        return f"row {self.position}"


class DatasetRowText(ProjectRow):
    """The text snapshot of one row, emptied only by a withdrawal."""

    row = models.OneToOneField(DatasetRow, on_delete=models.CASCADE, related_name="snapshot")
    prompt = models.JSONField()
    rejected_prompt = models.JSONField(default=list)
    chosen = models.JSONField()
    rejected = models.JSONField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    def __str__(self) -> str:
        return f"text of row {self.row_id}"


class LeftOutRow(BulkRow):
    """A preference that a version's recipe left out, and why: what the comparison of two versions reads.

    Answers are named by plain ids, for the corpus may lose them and a frozen version must not hinder it.
    """

    version = models.ForeignKey(
        DatasetVersion,
        on_delete=models.CASCADE,
        db_index=False,
        db_constraint=False,
        related_name="left_out_rows",
    )
    chosen_id = models.BigIntegerField(null=True, blank=True)
    rejected_id = models.BigIntegerField(null=True, blank=True)
    step = models.CharField(max_length=30)
    reason = models.CharField(max_length=60)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["version", "chosen_id", "rejected_id"], name="leftoutrow_by_answers"),
            models.Index(fields=["version", "reason", "id"], name="leftoutrow_by_reason"),
        ]

    def __str__(self) -> str:
        return self.reason


class EvaluationText(ProjectRow):
    """The texts of an evaluation set that a person uploaded, one a line: recipes keep their rows apart from it."""

    name = models.SlugField(_("name"), max_length=80)
    texts = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="evaluationtext_name_unique")]

    def __str__(self) -> str:
        return self.name
