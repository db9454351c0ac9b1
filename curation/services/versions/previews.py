"""Previews: what a recipe would make of the corpus, worked out as a job."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from curation.dispatch import RUN_PREVIEW
from curation.domain.versions.deciders import accuracy_title, deciders_from_counts
from curation.domain.versions.recipes import DatasetRecipe, parse_recipe
from curation.models import Comparison, Job, PreferencePair, Project, RankedResponse, Score, User
from curation.queries.scoring.recipe_measures import missing_scores
from curation.queries.versions.drafts import Draft, draft_of
from curation.queries.versions.manifest import counted, style_of_rows
from curation.queries.work.jobs import unfinished_job
from curation.services.work.jobs import JobProgress, Listener, open_job, ring_job, run_job

# Drafts of so few preferences are made while the person waits.
SMALL = 2_000
PREFERENCES = (PreferencePair, Comparison, RankedResponse)


@transaction.atomic
def open_preview(*, project: Project, recipe: DatasetRecipe, actor: User | None = None) -> Job:
    """Return the preview of a recipe: one that waits for its worker, else a new one.

    What was worked out before is not shown again: terms, verdicts and scores may have changed since, and a preview
    must say what the freeze will do.
    """
    arguments = {"recipe": recipe.as_json()}
    waiting = unfinished_job(project, kind="preview", arguments=arguments)
    if waiting is not None and waiting.state == Job.State.QUEUED:
        return waiting
    return open_job(
        project=project,
        kind="preview",
        task_name=RUN_PREVIEW,
        actor=actor,
        arguments=arguments,
        unit="preferences",
    )


def preview_recipe(*, project: Project, recipe: DatasetRecipe, actor: User | None = None) -> Job:
    """Return the preview of a recipe: finished where there is little to read, else on its way."""
    job = open_preview(project=project, recipe=recipe, actor=actor)
    if _is_small(project, recipe):
        return run_preview(job_id=job.pk) or job
    ring_job(job=job)
    return job


def run_preview(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a preview's job."""

    def work(progress: JobProgress) -> dict[str, Any]:
        job = progress.job
        recipe = parse_recipe(job.arguments["recipe"])
        draft = draft_of(
            job.project, recipe=recipe, report=lambda done, total: progress.report(done, total=total)
        )
        missing = missing_scores(job.project, recipe, left_out=draft.left_out)
        return {**preview_document(draft), "missing": [each.as_json() for each in missing]}

    return run_job(job_id=job_id, work=work, listener=listener)


def preview_document(draft: Draft) -> dict[str, Any]:
    """Return what a preview shows: numbers and ids, never text."""
    in_test = [row for row, split in zip(draft.rows, draft.splits, strict=True) if split == "test"]
    test_decided_by = counted(row.decided_by for row in in_test)
    return {
        "rows": len(draft.rows),
        "splits": counted(draft.splits),
        "decided_by": counted(row.decided_by for row in draft.rows),
        "test_decided_by": test_decided_by,
        "test_accuracy_is": accuracy_title(deciders_from_counts(test_decided_by)),
        "sources": counted(row.source for row in draft.rows),
        "evaluations": list(draft.evaluations),
        "style": style_of_rows(draft.rows).as_json(),
        "steps": [
            {
                **step.as_json(),
                "examples": {
                    reason: [[keys.prompt, keys.chosen, keys.rejected] for keys in found]
                    for reason, found in step.examples.items()
                },
            }
            for step in draft.steps
        ],
    }


def _is_small(project: Project, recipe: DatasetRecipe) -> bool:
    read: list[QuerySet[Any]] = [model._default_manager.filter(project=project) for model in PREFERENCES]
    if recipe.scorers:
        read.append(Score.objects.for_project(project).filter(scorer__name__in=recipe.scorers))
    return all(found[: SMALL + 1].count() <= SMALL for found in read)
