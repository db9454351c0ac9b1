"""Train a model on a frozen version."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm
from uuid6 import uuid7

from curation.queries.versions.datasets import find_version
from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand
from training_jobs.domain.states import RunState
from training_jobs.models import TrainingRun
from training_jobs.queries.artifacts import artifact_path
from training_jobs.queries.headlines import title_of
from training_jobs.queries.runs import equal_unfinished_run
from training_jobs.services.base_models import TINY
from training_jobs.services.configuration import parse_assignments
from training_jobs.services.runs import plan_run, queue_run
from training_jobs.services.waiting import see_run_through


class Command(HarkenCommand):
    help = "Queue a run; with --wait, follow the training worker, or train here where there is none."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what to train, from what, and how."""
        super().add_arguments(parser)
        parser.add_argument("version", metavar="N@V", help="a frozen dataset version")
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--objective", default="dpo")
        parser.add_argument(
            "--base-model", default="tiny", metavar="PATH_OR_NAME", help="'tiny': made here, random"
        )
        parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="assignments")
        parser.add_argument("--wait", action="store_true", help="return when the run has ended")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Queue the run, or find the equal one that has not ended, and wait for it when asked."""
        run = self.queue(options)
        if options["wait"]:
            run = self.wait(run)
        return report_of(run)

    def queue(self, options: dict[str, Any]) -> TrainingRun:
        """Queue the run; one of the same configuration that has not ended is followed rather than doubled."""
        project = ensure_project(slug=options["project"])
        plan = plan_run(
            version=find_version(project, options["version"]),
            objective=options["objective"],
            base_model=absolute_where_local(options["base_model"]),
            settings=parse_assignments(options["assignments"]),
        )
        unfinished = equal_unfinished_run(plan.version, config_sha256=plan.config_sha256)
        return unfinished or queue_run(plan=plan, actor=None, idempotency_key=uuid7())

    def wait(self, run: TrainingRun) -> TrainingRun:
        """See the run to its end behind a progress bar; an end other than success is exit status 1."""
        with tqdm(desc="training", unit=" steps", total=run.total_steps, dynamic_ncols=True) as bar:

            def show(seen: TrainingRun) -> None:
                bar.total, bar.n = seen.total_steps, seen.step
                bar.set_postfix_str(seen.state)

            ended = see_run_through(run=run, listener=show)
        if ended.state != RunState.SUCCEEDED:
            raise CommandError(ended.error_sentence or _unfinished(ended), returncode=1)
        return ended


def absolute_where_local(name: str) -> str:
    """Return a folder as seen from where the command was given, and any other name unchanged."""
    return str(Path(name).resolve()) if Path(name).is_dir() and name != TINY else name


def _unfinished(run: TrainingRun) -> str:
    if run.is_finished:
        return f"The run {run.uuid} ended as {run.state}."
    return (
        f"The run {run.uuid} is {run.state}. Ask again with --wait, or start the training worker, to go on."
    )


def report_of(run: TrainingRun) -> dict[str, Any]:
    """Return what --json prints of a run."""
    return {
        "run": str(run.uuid),
        "state": run.state,
        "metrics": metrics_of(run),
        "adapter": str(artifact_path(run.adapter.path)) if run.adapter else None,
    }


def metrics_of(run: TrainingRun) -> dict[str, Any]:
    """Return the figures of the held-out rows under the title that they deserve; none before the end."""
    evaluation = run.evaluations.first()
    if evaluation is None:
        return {}
    return {
        "title": title_of(evaluation),
        "split": evaluation.split,
        "n": evaluation.pair_count,
        "preference_accuracy": evaluation.preference_accuracy,
        "interval": [evaluation.interval_low, evaluation.interval_high],
        "reward_margin": evaluation.reward_margin,
    }
