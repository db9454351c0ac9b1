"""Storing a draft as a version: its rows and texts, what was left out, the hash, and the freeze itself."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.domain.errors import RecipeError
from curation.domain.hashing import HASH_VERSION, canonical_json
from curation.domain.recipes import DatasetRecipe
from curation.models import (
    Conversation,
    Dataset,
    DatasetRow,
    DatasetRowText,
    DatasetVersion,
    LeftOutRow,
    Prompt,
    Response,
    User,
)
from curation.queries.drafts import Draft
from curation.queries.manifest import version_manifest
from curation.services.statistics import refresh_statistics

ROWS_AT_ONCE = 1_000
# From so many rows on the planner is told of them: its guess of an empty table makes the manifest's counts take hours.
MANY_ROWS = 500


def store_version(
    *, dataset: Dataset, recipe: DatasetRecipe, draft: Draft, actor: User | None
) -> DatasetVersion:
    """Store a draft as the dataset's next version and freeze it; raises RecipeError where a text was withdrawn.

    The caller holds the transaction and the turn with withdrawals.
    """
    _require_nothing_withdrawn(draft)
    version = _open_version(dataset, recipe, actor)
    _store_rows(version, draft)
    _store_left_out(version, draft)
    _close(version, draft)
    return version


def _require_nothing_withdrawn(draft: Draft) -> None:
    """Refuse texts that were withdrawn while they were read: a frozen version must never bring them back."""
    prompts = {row.keys.prompt for row in draft.rows}
    prompts |= {row.keys.rejected_prompt for row in draft.rows if row.keys.rejected_prompt is not None}
    used = Prompt.objects.filter(pk__in=prompts).values("conversation")
    if Conversation.objects.filter(pk__in=used, withdrawn_at__isnull=False).exists():
        raise RecipeError(
            _("A conversation was withdrawn while this version was being frozen. Freeze it again.")
        )


def _open_version(dataset: Dataset, recipe: DatasetRecipe, actor: User | None) -> DatasetVersion:
    Dataset.objects.select_for_update().get(pk=dataset.pk)  # two freezes at once take turns for the number
    newest = dataset.versions.aggregate(Max("number"))["number__max"] or 0
    return DatasetVersion.objects.create(
        project=dataset.project, dataset=dataset, number=newest + 1, recipe=recipe.as_json(), created_by=actor
    )


def _store_rows(version: DatasetVersion, draft: Draft) -> None:
    rows = list(_rows(version, draft))
    DatasetRow.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    DatasetRowText.objects.bulk_create(
        (
            DatasetRowText(
                project_id=version.project_id,
                row=stored,
                prompt=row.prompt,
                rejected_prompt=row.rejected_prompt,
                chosen=row.chosen,
                rejected=row.rejected,
            )
            for stored, row in zip(rows, draft.rows, strict=True)
        ),
        batch_size=500,
    )
    if len(rows) >= MANY_ROWS:
        refresh_statistics(Conversation, Prompt, Response, DatasetRow, DatasetRowText)


def _rows(version: DatasetVersion, draft: Draft) -> Iterator[DatasetRow]:
    placed = zip(draft.rows, draft.splits, draft.groups, strict=True)
    for position, (row, split, group) in enumerate(placed):
        yield DatasetRow(
            project_id=version.project_id,
            version=version,
            position=position,
            split=split,
            prompt_id=row.keys.prompt,
            rejected_prompt_id=row.keys.rejected_prompt,
            chosen_id=row.keys.chosen,
            rejected_id=row.keys.rejected,
            pair_id=row.keys.pair,
            ranked_list_id=row.keys.ranked_list,
            is_tie=row.is_tie,
            strength=row.strength,
            decided_by=row.decided_by,
            source=row.source,
            confidence=row.confidence,
            group=str(group),
            values=row.values,
            sha256=row.sha256,
        )


def _store_left_out(version: DatasetVersion, draft: Draft) -> None:
    LeftOutRow.objects.bulk_create(
        (
            LeftOutRow(
                project_id=version.project_id,
                version=version,
                chosen_id=entry.keys.chosen,
                rejected_id=entry.keys.rejected,
                step=entry.step,
                reason=entry.reason[:60],
            )
            for entry in draft.left_out
        ),
        batch_size=ROWS_AT_ONCE,
    )


def _close(version: DatasetVersion, draft: Draft) -> None:
    """Count, hash and describe what was stored, and freeze it."""
    content = [[row.sha256, split] for row, split in zip(draft.rows, draft.splits, strict=True)]
    version.row_count = len(draft.rows)
    version.split_counts = dict(sorted(Counter(draft.splits).items()))
    version.content_hash = f"{HASH_VERSION}:{sha256(canonical_json(content)).hexdigest()}"
    version.manifest = version_manifest(version, draft=draft)
    version.frozen_at = timezone.now()
    version.save()
