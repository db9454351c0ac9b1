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

from curation.dispatch import RUN_FREEZE
from curation.domain.errors import RecipeError
from curation.domain.hashing import HASH_VERSION, canonical_json
from curation.domain.recipes import DatasetRecipe, parse_recipe
from curation.domain.splitting import assign_splits, group_rows, near_duplicate_links
from curation.models import (
    Conversation,
    Dataset,
    DatasetRow,
    DatasetRowText,
    DatasetVersion,
    Job,
    Project,
    User,
)
from curation.queries.manifest import version_manifest
from curation.queries.preferences import Candidate, Dropped, candidates
from curation.queries.texts import ChatMessage, PromptText, prompt_texts, response_texts
from curation.services.audit import record_event
from curation.services.exports import open_export
from curation.services.jobs import JobProgress, Listener, open_job, run_job
from curation.services.turns import take_turns_with_withdrawals

# Candidates whose texts are fetched at once.
TEXT_CHUNK = 1_000


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

    @property
    def fault(self) -> str:
        """Why no trainer could use the row, as a short code; "" where one can."""
        chosen, rejected = self.chosen[0]["content"].strip(), self.rejected[0]["content"].strip()
        if not chosen or not rejected:
            return "empty_side"
        if chosen == rejected:
            return "equal_sides"
        is_whole = all(message["content"].strip() for message in self.prompt.messages)
        return "" if is_whole else "empty_message_in_prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a version will hold: rows with splits and groups, and why other candidates were dropped."""

    rows: Sequence[DraftRow]
    splits: Sequence[str]
    groups: Sequence[int]
    dropped: Counter[str]


@transaction.atomic
def ensure_dataset(
    *, project: Project, name: str, recipe: Mapping[str, Any] | None, actor: User | None
) -> Dataset:
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
def open_freeze(*, dataset: Dataset, actor: User | None = None, then_export: bool = False) -> Job:
    """Make the job that freezes the dataset's next version, and then has it written for download if wanted."""
    return open_job(
        project=dataset.project,
        kind="freeze",
        task_name=RUN_FREEZE,
        actor=actor,
        arguments={"dataset": dataset.pk, "then_export": then_export},
        unit="preferences",
    )


def run_freeze(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a freeze's job; one that was interrupted after its end does not freeze twice."""

    def work(progress: JobProgress) -> dict[str, Any]:
        job = progress.job
        if not job.result:
            dataset = Dataset.objects.for_project(job.project).get(pk=job.arguments["dataset"])
            freeze_dataset(dataset=dataset, actor=job.created_by, progress=progress)
        result: dict[str, Any] = job.result
        return result

    return run_job(job_id=job_id, work=work, listener=listener)


def freeze_dataset(
    *, dataset: Dataset, actor: User | None = None, progress: JobProgress | None = None
) -> DatasetVersion:
    """Carry out the recipe and freeze its result as the next version, which nobody can change."""
    recipe = parse_recipe(dataset.recipe)
    rows, dropped = _draft_rows(dataset.project, recipe, progress)
    if not rows:
        raise RecipeError(_nothing_left(dropped))
    splits, groups = _splits(rows, recipe, progress)
    return _freeze(
        dataset, recipe, Draft(rows=rows, splits=splits, groups=groups, dropped=dropped), actor, progress
    )


@transaction.atomic
def _freeze(
    dataset: Dataset, recipe: DatasetRecipe, draft: Draft, actor: User | None, progress: JobProgress | None
) -> DatasetVersion:
    take_turns_with_withdrawals(dataset.project)
    _require_nothing_withdrawn(draft)
    version = _store_version(dataset, recipe, actor)
    _store_rows(version, draft)
    _close(version, draft)
    details = {"rows": version.row_count, "hash": version.content_hash}
    record_event(
        action="dataset.frozen", project=dataset.project, actor=actor, target=version, details=details
    )
    if progress is not None:
        progress.keep(_summary(version))
        if progress.job.arguments.get("then_export"):
            open_export(version=version, actor=actor)
    return version


def _require_nothing_withdrawn(draft: Draft) -> None:
    """Refuse texts that were withdrawn while they were read: a frozen version must never bring them back."""
    conversations = {row.prompt.conversation_id for row in draft.rows}
    if Conversation.objects.filter(pk__in=conversations, withdrawn_at__isnull=False).exists():
        raise RecipeError(
            _("A conversation was withdrawn while this version was being frozen. Freeze it again.")
        )


def _summary(version: DatasetVersion) -> dict[str, Any]:
    return {
        "dataset": version.dataset.name,
        "version": version.number,
        "rows": version.row_count,
        "splits": version.split_counts,
        "sha256": version.content_hash.removeprefix(f"{HASH_VERSION}:"),
        "dropped": version.manifest["dropped"],
        "uuid": str(version.uuid),
    }


def _nothing_left(dropped: Counter[str]) -> str:
    if not dropped:
        return _(
            "There are no preferences yet. Mine feedback and build pairs, or import rankings, then freeze."
        )
    reasons = ", ".join(f"{reason} ({count})" for reason, count in sorted(dropped.items()))
    return _("No preference is left after the recipe's steps: %(reasons)s.") % {"reasons": reasons}


def _draft_rows(
    project: Project, recipe: DatasetRecipe, progress: JobProgress | None
) -> tuple[list[DraftRow], Counter[str]]:
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
    rows: dict[str, DraftRow] = {}
    for start in range(0, len(kept), TEXT_CHUNK):
        if progress is not None:
            progress.report(start, total=len(kept))
        _add_texts(kept[start : start + TEXT_CHUNK], rows, dropped)
    if progress is not None:
        progress.report(len(kept), total=len(kept), now=True)
    return sorted(rows.values(), key=lambda row: row.sha256), dropped


def _add_texts(kept: Sequence[Candidate], rows: dict[str, DraftRow], dropped: Counter[str]) -> None:
    """Add the rows of some candidates; those that no trainer could use, or that say the same, are dropped."""
    prompts = prompt_texts(candidate.prompt_id for candidate in kept)
    texts = response_texts(key for candidate in kept for key in (candidate.chosen_id, candidate.rejected_id))
    for candidate in kept:
        row = DraftRow(
            candidate=candidate,
            prompt=prompts[candidate.prompt_id],
            chosen=[{"role": "assistant", "content": texts[candidate.chosen_id]}],
            rejected=[{"role": "assistant", "content": texts[candidate.rejected_id]}],
        )
        reason = row.fault or ("duplicate" if row.sha256 in rows else "")
        if reason:
            dropped[reason] += 1
        else:
            rows[row.sha256] = row


def _splits(
    rows: Sequence[DraftRow], recipe: DatasetRecipe, progress: JobProgress | None
) -> tuple[list[str], list[int]]:
    first_with: dict[str, int] = {}
    for number, row in enumerate(rows):
        first_with.setdefault(row.prompt.messages[-1]["content"], number)
    # Texts are compared once each: a prompt like "continue" that stands in thousands of rows is tied by its key.
    texts = list(first_with)
    alike = near_duplicate_links(texts, threshold=recipe.near_duplicate)
    links = [(first_with[texts[one]], first_with[texts[other]]) for one, other in alike]
    groups = group_rows([_ties_of(row) for row in rows], links=links)
    splits = assign_splits(
        groups,
        names=[row.sha256 for row in rows],
        preferred=[row.candidate.decided_by == DatasetRow.DecidedBy.PEOPLE for row in rows],
        shares=recipe.splits,
        seed=recipe.seed,
    )
    return splits, groups


def _ties_of(row: DraftRow) -> list[tuple[str, object]]:
    """Return what a row shares with those that must be in its split.

    Threads of one tree are conversations of their own that open with the same message.
    """
    opening = next(message["content"] for message in row.prompt.messages if message["role"] == "user")
    ties: list[tuple[str, object]] = [
        ("conversation", row.prompt.conversation_id),
        ("opening", opening),
        ("prompt", row.prompt.messages[-1]["content"]),
    ]
    if row.prompt.source_user_id:
        ties.append(("user", row.prompt.source_user_id))
    return ties


def _store_version(dataset: Dataset, recipe: DatasetRecipe, actor: User | None) -> DatasetVersion:
    Dataset.objects.select_for_update().get(pk=dataset.pk)  # two freezes at once take turns for the number
    newest = dataset.versions.aggregate(Max("number"))["number__max"] or 0
    return DatasetVersion.objects.create(
        project=dataset.project, dataset=dataset, number=newest + 1, recipe=recipe.as_json(), created_by=actor
    )


def _store_rows(version: DatasetVersion, draft: Draft) -> None:
    rows = [
        DatasetRow(
            project_id=version.project_id,
            version=version,
            position=position,
            split=split,
            prompt_id=row.candidate.prompt_id,
            chosen_id=row.candidate.chosen_id,
            rejected_id=row.candidate.rejected_id,
            pair_id=row.candidate.pair_id,
            decided_by=row.candidate.decided_by,
            source=row.candidate.source[:60],
            confidence=row.candidate.confidence,
            group=str(group),
            values=row.candidate.values,
            sha256=row.sha256,
        )
        for position, (row, split, group) in enumerate(
            zip(draft.rows, draft.splits, draft.groups, strict=True)
        )
    ]
    DatasetRow.objects.bulk_create(rows, batch_size=1000)
    DatasetRowText.objects.bulk_create(
        (
            DatasetRowText(
                project_id=version.project_id,
                row=stored,
                prompt=row.prompt.messages,
                chosen=row.chosen,
                rejected=row.rejected,
            )
            for stored, row in zip(rows, draft.rows, strict=True)
        ),
        batch_size=500,
    )


def _close(version: DatasetVersion, draft: Draft) -> None:
    """Count, hash and describe what was stored, and freeze it."""
    content = [[row.sha256, split] for row, split in zip(draft.rows, draft.splits, strict=True)]
    version.row_count = len(draft.rows)
    version.split_counts = dict(Counter(draft.splits))
    version.content_hash = f"{HASH_VERSION}:{sha256(canonical_json(content)).hexdigest()}"
    version.manifest = version_manifest(version, dropped=draft.dropped)
    version.frozen_at = timezone.now()
    version.save()
