"""Datasets: a named recipe, and its carrying out as a job."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from curation.dispatch import RUN_FREEZE
from curation.domain.corpus.hashing import HASH_VERSION
from curation.domain.errors import HarkenError, RecipeError
from curation.domain.versions.recipes import DatasetRecipe, parse_recipe
from curation.models import Dataset, DatasetVersion, Job, Project, User
from curation.queries.versions.drafts import Draft, draft_of
from curation.queries.work.jobs import unfinished_job
from curation.services.exporters.exports import open_export
from curation.services.versions.freezing import store_version
from curation.services.work.audit import record_event
from curation.services.work.jobs import JobProgress, Listener, open_job, ring_job, run_job
from curation.services.work.turns import take_turns, take_turns_with_withdrawals


@transaction.atomic
def create_dataset(*, project: Project, name: str, recipe: Mapping[str, Any], actor: User | None) -> Dataset:
    """Make a dataset; raises HarkenError where the project has one of this name."""
    dataset, is_new = _dataset_named(name, project=project, recipe=recipe, actor=actor)
    if not is_new:
        raise HarkenError(
            _("This project has a dataset named %(name)s. Choose another name, or change its recipe.")
            % {"name": name}
        )
    return dataset


@transaction.atomic
def ensure_dataset(
    *, project: Project, name: str, recipe: Mapping[str, Any] | None, actor: User | None
) -> Dataset:
    """Return the dataset of this name, made when it is new; a recipe given replaces the one it had."""
    dataset, is_new = _dataset_named(name, project=project, recipe=recipe or {}, actor=actor)
    if not is_new and recipe is not None:
        change_recipe(dataset=dataset, recipe=recipe, actor=actor)
    return dataset


def _dataset_named(
    name: str, *, project: Project, recipe: Mapping[str, Any], actor: User | None
) -> tuple[Dataset, bool]:
    """Return the dataset of this name and whether it is new; two who make it at once get the same one."""
    wanted = Dataset(project=project, name=name, recipe=parse_recipe(recipe).as_json())
    wanted.clean_fields()
    dataset, is_new = Dataset.objects.get_or_create(
        project=project, name=name, defaults={"recipe": wanted.recipe}
    )
    if is_new:
        record_event(action="dataset.created", project=project, actor=actor, target=dataset)
    return dataset, is_new


@transaction.atomic
def change_recipe(*, dataset: Dataset, recipe: Mapping[str, Any], actor: User | None) -> None:
    """Change a dataset's recipe; frozen versions keep theirs."""
    held = Dataset.objects.select_for_update().get(pk=dataset.pk)
    before, after = held.recipe, parse_recipe(recipe).as_json()
    dataset.recipe = after
    if before == after:
        return
    dataset.save(update_fields=["recipe"])
    record_event(
        action="dataset.recipe_changed",
        project=dataset.project,
        actor=actor,
        target=dataset,
        details={
            name: {"before": before.get(name), "after": value}
            for name, value in after.items()
            if before.get(name) != value
        },
    )


@transaction.atomic
def open_freeze(*, dataset: Dataset, actor: User | None = None, then_export: bool = False) -> Job:
    """Make the job that freezes the dataset's next version, and then has it written for download if wanted."""
    return open_job(
        project=dataset.project,
        kind="freeze",
        task_name=RUN_FREEZE,
        actor=actor,
        arguments=_freeze_arguments(dataset, then_export),
        unit="preferences",
    )


@transaction.atomic
def ask_for_freeze(*, dataset: Dataset, actor: User, then_export: bool = False) -> Job:
    """Have the next version frozen by a worker; a second press while it is on its way makes no second version."""
    take_turns("freeze", dataset.pk)
    arguments = _freeze_arguments(dataset, then_export)
    job = unfinished_job(dataset.project, kind="freeze", arguments=arguments)
    if job is None:
        job = open_freeze(dataset=dataset, actor=actor, then_export=then_export)
        ring_job(job=job)
    return job


def _freeze_arguments(dataset: Dataset, then_export: bool) -> dict[str, Any]:
    # The recipe tells a freeze that is on its way from one that a changed recipe asks for.
    return {"dataset": dataset.pk, "then_export": then_export, "recipe": dataset.recipe}


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
    report = (
        (lambda done, total: progress.report(done, total=total)) if progress else (lambda done, total: None)
    )
    draft = draft_of(dataset.project, recipe=recipe, report=report)
    if not draft.rows:
        raise RecipeError(nothing_left(draft.dropped))
    return _freeze(dataset, recipe, draft, actor, progress)


@transaction.atomic
def _freeze(
    dataset: Dataset, recipe: DatasetRecipe, draft: Draft, actor: User | None, progress: JobProgress | None
) -> DatasetVersion:
    take_turns_with_withdrawals(dataset.project)
    version = store_version(dataset=dataset, recipe=recipe, draft=draft, actor=actor)
    details = {"rows": version.row_count, "hash": version.content_hash}
    record_event(
        action="dataset.frozen", project=dataset.project, actor=actor, target=version, details=details
    )
    if progress is not None:
        progress.keep(_summary(version))
        if progress.job.arguments.get("then_export"):
            open_export(version=version, actor=actor)
    return version


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


def nothing_left(dropped: Mapping[str, int]) -> str:
    """Say why a recipe leaves no row."""
    if not dropped:
        return _(
            "There are no preferences yet. Mine feedback and build pairs, or import rankings, then freeze."
        )
    reasons = ", ".join(f"{reason} ({count})" for reason, count in sorted(dropped.items()))
    return _("No preference is left after the recipe's steps: %(reasons)s.") % {"reasons": reasons}
