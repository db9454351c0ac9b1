"""Figures of a finished run: of what is stored of its held-out rows, and of verdicts on its answers."""

import subprocess
import sys
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import ResponseSet
from training_jobs.domain.evaluation_metrics import ScoredPair, evaluate_pairs
from training_jobs.domain.states import RunState
from training_jobs.domain.win_rates import WinRate
from training_jobs.models import Evaluation, TrainingRun
from training_jobs.queries.artifacts import log_path
from training_jobs.queries.response_sets import rates_over_set
from training_jobs.services.environment import program_environment
from training_jobs.services.results import store_evaluation
from training_jobs.services.run_directories import forget_rows, prepare_run_directory

LOGPS = ("logp_chosen", "logp_rejected", "ref_logp_chosen", "ref_logp_rejected")


def evaluate_run(*, run: TrainingRun) -> tuple[Evaluation, dict[str, Any]]:
    """Return a finished run's evaluation and its figures computed anew; raises HarkenError where there are none."""
    if run.state != RunState.SUCCEEDED:
        sentence = _(
            "This run is %(state)s, so it has no model to evaluate. Only a run that succeeded has one."
        )
        raise HarkenError(sentence % {"state": run.get_state_display()})
    evaluation = run.evaluations.first() or _evaluate_with_trainer(run)
    if evaluation is None:
        raise HarkenError(
            _("The version of this run holds no rows out, so there is nothing to evaluate it on.")
        )
    return evaluation, evaluate_pairs(_stored_pairs(evaluation), beta=_beta(run))


def evaluate_on_responses(*, run: TrainingRun, response_set: ResponseSet) -> list[WinRate]:
    """Return how often the run's answers of a set are preferred; raises HarkenError where nobody has judged any."""
    if run.adapter is None:
        raise HarkenError(_("This run left no model, so there are no answers of it."))
    rates = rates_over_set(response_set, model=run.adapter)
    if not rates:
        raise HarkenError(
            _(
                "No answer of %(model)s in %(name)s was compared with another yet. Have the set judged: a queue over "
                "its pairs, or a judge."
            )
            % {"model": run.adapter.name, "name": response_set.name}
        )
    return rates


def _stored_pairs(evaluation: Evaluation) -> list[ScoredPair]:
    return [
        ScoredPair(id=row["id"], **{name: row[name] for name in LOGPS}) for row in evaluation.report["rows"]
    ]


def _beta(run: TrainingRun) -> float:
    return float(run.config.get("objective_settings", {}).get("beta", 1.0))


def _evaluate_with_trainer(run: TrainingRun) -> Evaluation | None:
    """Let the trainer load its last checkpoint, which has no step left to do, and evaluate."""
    directory = prepare_run_directory(run)
    try:
        with log_path(run).open("ab") as output:
            ended = subprocess.run(
                [sys.executable, "-m", "training_jobs.trainer", str(directory.path)],
                cwd=settings.ROOT,
                env=program_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
    finally:
        forget_rows(directory)
    if ended.returncode:
        raise HarkenError(_("The trainer could not evaluate this run; its log says why."))
    return store_evaluation(run, directory)
