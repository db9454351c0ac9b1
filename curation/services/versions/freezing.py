"""Storing a draft as a version: its rows and texts, what was left out, the hash, and the freeze itself."""

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import islice

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.domain.corpus.hashing import HASH_VERSION, canonical_json
from curation.domain.errors import RecipeError
from curation.domain.versions.recipes import DatasetRecipe
from curation.models import (
    Conversation,
    Dataset,
    DatasetRow,
    DatasetRowText,
    DatasetVersion,
    LeftOutRow,
    PreferencePair,
    Prompt,
    RankedList,
    Response,
    User,
)
from curation.queries.versions.drafts import Draft
from curation.queries.versions.manifest import version_manifest
from curation.services.work.copying import copy_instances
from curation.services.work.statistics import refresh_statistics

ROWS_AT_ONCE = 1_000
# From so many rows on the planner is told of them: its guess of an empty table makes the manifest's counts take hours.
MANY_ROWS = 500


def store_version(
    *, dataset: Dataset, recipe: DatasetRecipe, draft: Draft, actor: User | None
) -> DatasetVersion:
    """Store a draft as the dataset's next version and freeze it; raises RecipeError where a text is gone.

    The caller holds the transaction and the turn with withdrawals.
    """
    _require_unchanged(draft)
    version = _open_version(dataset, recipe, actor)
    _store_rows(version, draft)
    _store_left_out(version, draft)
    _close(version, draft)
    return version


def _require_unchanged(draft: Draft) -> None:
    """Refuse texts that were withdrawn, or undone with their import, while they were read.

    A frozen version must never bring them back.
    """
    keys = [row.keys for row in draft.rows]
    prompts = _named(each for row in keys for each in (row.prompt, row.rejected_prompt))
    used = Prompt.objects.filter(pk__in=prompts).values("conversation")
    if Conversation.objects.filter(pk__in=used, withdrawn_at__isnull=False).exists():
        raise RecipeError(
            _("A conversation was withdrawn while this version was being frozen. Freeze it again.")
        )
    for model, ids in (
        (Prompt, prompts),
        (Response, _named(each for row in keys for each in (row.chosen, row.rejected))),
        (PreferencePair, _named(row.pair for row in keys)),
        (RankedList, _named(row.ranked_list for row in keys)),
    ):
        if model._default_manager.filter(pk__in=ids).count() < len(ids):
            raise RecipeError(_("An import was undone while this version was being frozen. Freeze it again."))


def _named(ids: Iterable[int | None]) -> set[int]:
    return {each for each in ids if each is not None}


def _open_version(dataset: Dataset, recipe: DatasetRecipe, actor: User | None) -> DatasetVersion:
    Dataset.objects.select_for_update().get(pk=dataset.pk)  # two freezes at once take turns for the number
    newest = dataset.versions.aggregate(Max("number"))["number__max"] or 0
    return DatasetVersion.objects.create(
        project=dataset.project, dataset=dataset, number=newest + 1, recipe=recipe.as_json(), created_by=actor
    )


def _store_rows(version: DatasetVersion, draft: Draft) -> None:
    stored = _rows(version, draft)
    for start in range(0, len(draft.rows), ROWS_AT_ONCE):
        rows = list(islice(stored, ROWS_AT_ONCE))
        copy_instances(rows)
        copy_instances(
            [
                DatasetRowText(
                    project_id=version.project_id,
                    row_id=row.pk,
                    prompt=content.prompt,
                    rejected_prompt=content.rejected_prompt,
                    chosen=content.chosen,
                    rejected=content.rejected,
                )
                for row, content in zip(rows, draft.rows[start : start + ROWS_AT_ONCE], strict=True)
            ]
        )
    if len(draft.rows) >= MANY_ROWS:
        refresh_statistics(Conversation, Prompt, Response, DatasetRow, DatasetRowText)


def _rows(version: DatasetVersion, draft: Draft) -> Iterator[DatasetRow]:
    placed = zip(draft.rows, draft.splits, draft.groups, strict=True)
    for position, (row, split, group) in enumerate(placed):
        yield DatasetRow(
            project_id=version.project_id,
            version_id=version.pk,
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
    left_out = iter(draft.left_out)
    while entries := list(islice(left_out, ROWS_AT_ONCE)):
        copy_instances(
            [
                LeftOutRow(
                    project_id=version.project_id,
                    version_id=version.pk,
                    chosen_id=entry.keys.chosen,
                    rejected_id=entry.keys.rejected,
                    step=entry.step,
                    reason=entry.reason[:60],
                )
                for entry in entries
            ]
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
