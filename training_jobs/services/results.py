"""What a finished run leaves behind: its evaluation, its adapter as a model version, and the model card."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from curation.domain.versions.deciders import deciders_from_counts
from curation.models import DatasetRowText, ModelVersion
from curation.services.work.audit import record_event
from curation.services.work.turns import take_turns_with_withdrawals
from training_jobs.domain.errors import PreparationError
from training_jobs.domain.states import AttemptEnding, RunState
from training_jobs.models import Evaluation, RunAttempt, TrainingRun
from training_jobs.queries.artifacts import RANDOM_TERMS, stored_path, weights_sha256
from training_jobs.services.claims import end_attempt, held_run, move_run
from training_jobs.services.implicit_rewards import publish_implicit_rewards
from training_jobs.services.model_cards import write_model_card
from training_jobs.trainer.run_directory import RunDirectory

# Pickles that nobody needs to load the adapter, so nobody should have to trust them.
UNWANTED = ("training_args.bin",)


@transaction.atomic
def succeed_run(*, attempt: RunAttempt, directory: RunDirectory) -> None:
    """Register what the trainer left behind and end the run; raises HarkenError where it left nothing."""
    take_turns_with_withdrawals(attempt.run.project)
    with held_run(attempt) as run:
        evaluation = store_evaluation(run, directory)
        run.adapter = register_result(run, directory)
        if evaluation is not None:
            publish_implicit_rewards(run=run, evaluation=evaluation)
        write_model_card(run, evaluation, folder=result_folder(directory))
        end_attempt(attempt=attempt, ending=AttemptEnding.FINISHED, exit_code=0)
        _move_to_the_end(run)
        run.save()
        record_event(
            action="run.succeeded",
            project=run.project,
            actor=run.created_by,
            target=run,
            details={"adapter": str(run.adapter.uuid), "sha256": run.adapter.sha256},
        )


def _move_to_the_end(run: TrainingRun) -> None:
    if run.state == RunState.STARTING:  # so short a run that nobody saw it training
        move_run(run, RunState.RUNNING)
    move_run(run, RunState.SUCCEEDED)
    run.step = run.total_steps or run.step


def store_evaluation(run: TrainingRun, directory: RunDirectory) -> Evaluation | None:
    """Store `evaluation.json`; None where the version holds nothing out."""
    if not directory.evaluation.exists():
        return None
    report = json.loads(directory.evaluation.read_text(encoding="utf-8"))
    evaluation, _made = Evaluation.objects.update_or_create(
        run=run, split=report["split"], defaults={"project_id": run.project_id, **_figures(report)}
    )
    return evaluation


def _figures(report: Mapping[str, Any]) -> dict[str, Any]:
    low, high = report["interval"]
    counts = {name: entry["n"] for name, entry in report["by"]["decided_by"].items()}
    return {
        "pair_count": report["n"],
        "preference_accuracy": report["preference_accuracy"],
        "interval_low": low,
        "interval_high": high,
        "reward_margin": report["reward_margin"],
        "people_share": deciders_from_counts(counts).people_share,
        "report": report,
    }


def result_folder(directory: RunDirectory) -> Path:
    """Return the folder of the adapter, or of the whole model where all weights were trained."""
    for folder in (directory.adapter, directory.model):
        if folder.is_dir():
            return folder
    raise PreparationError(_("The trainer finished but left no adapter. The log may say why."))


def register_result(run: TrainingRun, directory: RunDirectory) -> ModelVersion:
    """Register the adapter, or the model, as a maker of text that was trained on the run's version."""
    folder = result_folder(directory)
    for name in UNWANTED:
        (folder / name).unlink(missing_ok=True)
    is_adapter = folder == directory.adapter
    return ModelVersion.objects.create(
        project_id=run.project_id,
        name=run.name,
        kind=ModelVersion.Kind.ADAPTER if is_adapter else ModelVersion.Kind.BASE,
        revision=str(run.uuid),
        path=stored_path(folder),
        sha256=weights_sha256(folder),
        trained_on=run.version,
        withdrawn_in_part_at=_withdrawn_at(run),
        terms=_terms(run),
    )


def _withdrawn_at(run: TrainingRun) -> datetime | None:
    """Return when a row that the run may have read was withdrawn, or None: a withdrawal marks models that exist."""
    withdrawn = DatasetRowText.objects.filter(row__version=run.version, withdrawn_at__gte=run.started_at)
    first: datetime | None = withdrawn.aggregate(first=Min("withdrawn_at"))["first"]
    return first


def _terms(run: TrainingRun) -> str:
    """Return the terms that follow from the base model and from the models that wrote the rows."""
    writers = {entry["terms"] for entry in run.version.manifest.get("models", []) if entry.get("terms")}
    return "; ".join(sorted({run.base_model.terms, *writers} - {"", RANDOM_TERMS}))[:200]
