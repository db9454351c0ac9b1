"""Datasets: carry out a recipe, split without leakage, freeze the result."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _


from curation.domain.errors import RecipeError
from curation.domain.hashing import HASH_VERSION, canonical_json
from curation.domain.recipes import DatasetRecipe, parse_recipe
from curation.domain.splitting import assign_splits, group_rows, near_duplicate_links
from curation.models import Dataset, DatasetRow, DatasetRowText, DatasetVersion, Project, User
from curation.queries.manifest import version_manifest
from curation.queries.preferences import Candidate, Dropped, candidates
from curation.queries.texts import ChatMessage, PromptText, prompt_texts, response_texts
from curation.services.audit import record_event


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """A candidate with its text, before it has a split."""

    candidate: Candidate
    prompt: PromptText
    chosen: list[ChatMessage]
    rejected: list[ChatMessage]

    @property
    def sha256(self) -> str:
        """The hash of the row's text and of who decided it."""
        content = [self.prompt.messages, self.chosen, self.rejected, self.candidate.decided_by]
        return sha256(canonical_json(content)).hexdigest()


@transaction.atomic
def ensure_dataset(*, project: Project, name: str, recipe: Mapping[str, Any] | None, actor: User | None) -> Dataset:
    """Return the dataset of this name, made when it is new; a recipe given replaces the one it had."""
    parsed = parse_recipe(recipe or {})
    dataset = Dataset.objects.for_project(project).filter(name=name).first()
    if dataset is None:
        dataset = Dataset(project=project, name=name, recipe=parsed.as_json())
        dataset.full_clean()
        dataset.save()
        record_event(action="dataset.created", project=project, actor=actor, target=dataset)
    elif recipe is not None:
        dataset.recipe = parsed.as_json()
        dataset.save(update_fields=["recipe"])
    return dataset


@transaction.atomic
def freeze_dataset(*, dataset: Dataset, actor: User | None = None) -> DatasetVersion:
    """Carry out the recipe and freeze its result as the next version; the database refuses every later change."""
    recipe = parse_recipe(dataset.recipe)
    rows, dropped = _draft_rows(dataset.project, recipe)
    if not rows:
        raise RecipeError(_nothing_left(dropped))
    splits, groups = _splits(rows, recipe)
    version = _store_version(dataset, recipe, actor)
    _store_rows(version, rows, splits, groups)
    _freeze(version, rows, splits, dropped)
    record_event(
        action="dataset.frozen",
        project=dataset.project,
        actor=actor,
        target=version,
        details={"rows": version.row_count, "hash": version.content_hash},
    )
    return version


def _nothing_left(dropped: Counter[str]) -> str:
    if not dropped:
        return _("There are no preferences yet. Mine feedback and build pairs, or import rankings, then freeze.")
    reasons = ", ".join(f"{reason} ({count})" for reason, count in sorted(dropped.items()))
    return _("No preference is left after the recipe's steps: %(reasons)s.") % {"reasons": reasons}


def _draft_rows(project: Project, recipe: DatasetRecipe) -> tuple[list[DraftRow], Counter[str]]:
    """Return the rows in an order that hangs on their text alone, and why the others were dropped."""
    dropped: Counter[str] = Counter()
    kept: list[Candidate] = []
    proposed = candidates(
        project,
        sources=recipe.sources,
        minimum_confidence=recipe.minimum_confidence,
        list_pairs=recipe.list_pairs,
    )
    for entry in proposed:
        if isinstance(entry, Dropped):
            dropped[entry.reason] += 1
        else:
            kept.append(entry)
    rows = _with_texts(kept, dropped)
    return sorted(rows, key=lambda row: row.sha256), dropped


def _with_texts(kept: Sequence[Candidate], dropped: Counter[str]) -> list[DraftRow]:
    """Add the texts; rows that say the same, or whose sides are equal or empty, are dropped."""
    prompts = prompt_texts(candidate.prompt_id for candidate in kept)
    texts = response_texts(key for candidate in kept for key in (candidate.chosen_id, candidate.rejected_id))
    rows: dict[str, DraftRow] = {}
    for candidate in kept:
        chosen, rejected = texts[candidate.chosen_id], texts[candidate.rejected_id]
        if not chosen.strip() or not rejected.strip():
            dropped["empty_side"] += 1
        elif chosen.strip() == rejected.strip():
            dropped["equal_sides"] += 1
        else:
            row = DraftRow(
                candidate=candidate,
                prompt=prompts[candidate.prompt_id],
                chosen=[{"role": "assistant", "content": chosen}],
                rejected=[{"role": "assistant", "content": rejected}],
            )
            dropped["duplicate"] += row.sha256 in rows
            rows.setdefault(row.sha256, row)
    return list(rows.values())


def _splits(rows: Sequence[DraftRow], recipe: DatasetRecipe) -> tuple[list[str], list[int]]:
    # The last user message is what near-duplicates share; the conversation and the user tie the rest.
    texts = [row.prompt.messages[-1]["content"] for row in rows]
    keys = [
        [("conversation", row.prompt.conversation_id)]
        + ([("user", row.prompt.source_user_id)] if row.prompt.source_user_id else [])
        for row in rows
    ]
    groups = group_rows(keys, links=near_duplicate_links(texts, threshold=recipe.near_duplicate))
    splits = assign_splits(
        groups,
        names=[row.sha256 for row in rows],
        preferred=[row.candidate.decided_by == DatasetRow.DecidedBy.PEOPLE for row in rows],
        shares=recipe.splits,
        seed=recipe.seed,
    )
    return splits, groups


def _store_version(dataset: Dataset, recipe: DatasetRecipe, actor: User | None) -> DatasetVersion:
    Dataset.objects.select_for_update().get(pk=dataset.pk)  # two freezes at once take turns for the number
    newest = dataset.versions.aggregate(Max("number"))["number__max"] or 0
    return DatasetVersion.objects.create(
        project=dataset.project, dataset=dataset, number=newest + 1, recipe=recipe.as_json(), created_by=actor
    )


def _store_rows(
    version: DatasetVersion, drafts: Sequence[DraftRow], splits: Sequence[str], groups: Sequence[int]
) -> None:
    rows = [
        DatasetRow(
            project_id=version.project_id,
            version=version,
            position=position,
            split=split,
            prompt_id=draft.candidate.prompt_id,
            chosen_id=draft.candidate.chosen_id,
            rejected_id=draft.candidate.rejected_id,
            pair_id=draft.candidate.pair_id,
            decided_by=draft.candidate.decided_by,
            source=draft.candidate.source[:60],
            confidence=draft.candidate.confidence,
            group=str(group),
            values=draft.candidate.values,
            sha256=draft.sha256,
        )
        for position, (draft, split, group) in enumerate(zip(drafts, splits, groups, strict=True))
    ]
    DatasetRow.objects.bulk_create(rows, batch_size=1000)
    DatasetRowText.objects.bulk_create(
        (
            DatasetRowText(
                project_id=version.project_id,
                row=row,
                prompt=draft.prompt.messages,
                chosen=draft.chosen,
                rejected=draft.rejected,
            )
            for row, draft in zip(rows, drafts, strict=True)
        ),
        batch_size=500,
    )


def _freeze(
    version: DatasetVersion, rows: Sequence[DraftRow], splits: Sequence[str], dropped: Counter[str]
) -> None:
    content = [[row.sha256, split] for row, split in zip(rows, splits, strict=True)]
    version.row_count = len(rows)
    version.split_counts = dict(Counter(splits))
    version.content_hash = f"{HASH_VERSION}:{sha256(canonical_json(content)).hexdigest()}"
    version.manifest = version_manifest(version, dropped=dropped)
    version.frozen_at = timezone.now()
    version.save()
