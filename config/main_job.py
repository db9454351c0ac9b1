"""The main job, end to end: conversations → signals → pairs → verdicts → a frozen version → a run → its evaluation.

Every step is one of the documented commands, so what the demo does anybody can do by hand. Each step is skipped where
its result is there already, so that a second start takes seconds and repeats nothing.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.management import call_command

from annotation.models import Queue
from annotation.services.criteria.starting import check_starting_criteria
from annotation.services.desk.recorded import play_recorded_verdicts
from annotation.services.queues.setup import create_pair_queue, fill_queue
from curation.demo import corpus_files
from curation.models import DatasetVersion, ImportBatch, Project
from curation.queries.exporters.exports import exports_of
from curation.services.access.people import ensure_project
from curation.services.exporters.exports import open_export, run_export
from curation.services.work.terminal import progress_bar, result_of
from training_jobs.models import TrainingRun

DEMO_SLUG = "demo"
DATASET = "preferences"
DETECTORS = ("phrases", "embedding")
RECIPE = "dsat_then_better"
QUEUE = "Mined pairs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the main job; `run` returns what it did, or None where that was done before."""

    title: str
    run: Callable[[Project], dict[str, Any] | None]


def project_for(corpus: Path | None) -> Project:
    """Return the demo project, or one named after the given chat log."""
    if corpus is None:
        project = ensure_project(slug=DEMO_SLUG)
        Project.objects.filter(pk=project.pk).update(name="Harken demo", is_demo=True)
        project.refresh_from_db()
        return project
    slug = re.sub(r"[^a-z0-9]+", "-", corpus.name.lower()).strip("-") or "corpus"
    return ensure_project(slug=slug[:80])


def steps_for(corpus: Path | None) -> list[Step]:
    """Return the steps of the main job on the demo corpus, or on a chat log of one's own."""
    files = [corpus] if corpus else corpus_files()
    own = corpus is not None
    return [
        Step(title="Import conversations", run=partial(_import, files=files, own=own)),
        *[Step(title=f"Mine feedback ({name})", run=partial(_mine, detector=name)) for name in DETECTORS],
        Step(title="Build pairs", run=_build_pairs),
        Step(title="Ask people", run=partial(_ask_people, own=own)),
        Step(title="Check criteria", run=_check_criteria),
        Step(title="Freeze a dataset", run=_freeze),
        Step(title="Export for TRL", run=_export),
        Step(title="Train and evaluate", run=_train),
    ]


def perform(project: Project, steps: list[Step]) -> Iterator[tuple[Step, dict[str, Any] | None]]:
    """Carry the steps out in order, yielding what each did."""
    for step in steps:
        yield step, step.run(project)


def _command(name: str, project: Project, /, *arguments: str, **options: Any) -> dict[str, Any]:
    """Run a documented command and return the JSON object of its last line."""
    output = StringIO()
    call_command(name, *arguments, project=project.slug, json=True, stdout=output, **options)
    report: dict[str, Any] = json.loads(output.getvalue().strip().splitlines()[-1])
    return report


def _import(project: Project, *, files: list[Path], own: bool) -> dict[str, Any] | None:
    if not own and _is_imported(project):
        return None
    rights = {} if own else {"licence": "CC0-1.0", "consent": "written for this project"}
    return _command("import_conversations", project, *[str(path) for path in files], **rights)


def _is_imported(project: Project) -> bool:
    """Tell whether an import came to its end; one that was interrupted is begun again, and doubles nothing."""
    return ImportBatch.objects.for_project(project).filter(finished_at__isnull=False).exists()


def _mine(project: Project, *, detector: str) -> dict[str, Any]:
    return _command("mine_feedback", project, detector=detector)


def _build_pairs(project: Project) -> dict[str, Any]:
    return _command("build_pairs", project, recipe=RECIPE)


def _check_criteria(project: Project) -> dict[str, Any] | None:
    return check_starting_criteria(project=project)


def _ask_people(project: Project, *, own: bool) -> dict[str, Any]:
    """Open the queue; on the demo corpus the verdicts recorded with it are played through the desk."""
    queue = Queue.objects.for_project(project).filter(name=QUEUE).first()
    if queue is None:
        queue = create_pair_queue(project=project, name=QUEUE, overlap=1 if own else 3)
    added = fill_queue(queue=queue)
    return {
        "tasks": queue.tasks.count(),
        "added": added,
        "verdicts": 0 if own else play_recorded_verdicts(queue=queue),
    }


def _freeze(project: Project) -> dict[str, Any] | None:
    if _newest_version(project) is not None and _newest_run(project) is not None:
        return None
    return _command("freeze_dataset", project, name=DATASET)


def _export(project: Project) -> dict[str, Any] | None:
    """Prepare the download that the home offers; the worker may take the job first, which is as good."""
    version = _newest_version(project)
    if version is None or exports_of(version):
        return None
    job = open_export(version=version, actor=None)
    with progress_bar("export", unit="rows") as listener:
        finished = run_export(job_id=job.pk, listener=listener)
    if finished is None:
        return {"rows": version.row_count}
    report = result_of(finished)
    return {**report, "path": default_storage.path(report["file"])}


def _train(project: Project) -> dict[str, Any] | None:
    version = _newest_version(project)
    run = _newest_run(project)
    if version is None or (run is not None and run.state == TrainingRun.State.SUCCEEDED):
        return None
    return _command(
        "train_model", project, f"{DATASET}@{version.number}", objective="dpo", base_model="tiny", wait=True
    )


def _newest_version(project: Project) -> DatasetVersion | None:
    versions = DatasetVersion.objects.for_project(project).filter(frozen_at__isnull=False)
    return versions.order_by("-id").first()


def _newest_run(project: Project) -> TrainingRun | None:
    return TrainingRun.objects.for_project(project).order_by("-id").first()
