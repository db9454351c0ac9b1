"""Writing the model card beside the weights."""

from collections.abc import Mapping
from pathlib import Path

from django.utils.translation import gettext as _

from curation.domain.versions.deciders import accuracy_title
from training_jobs.domain.errors import PreparationError
from training_jobs.domain.model_card import CardEvaluation, CardFacts, render_model_card
from training_jobs.models import Evaluation, TrainingRun, Worker
from training_jobs.queries.artifacts import is_random, skipped_rows
from training_jobs.queries.headlines import deciders_of, deciders_sentence
from training_jobs.services.configuration import objective_spec

CARD_NAME = "README.md"


def write_model_card(run: TrainingRun, evaluation: Evaluation | None, *, folder: Path) -> None:
    """Write README.md into the folder of the adapter."""
    card = render_model_card(card_facts(run, evaluation))
    (folder / CARD_NAME).write_text(card, encoding="utf-8")


def card_facts(run: TrainingRun, evaluation: Evaluation | None) -> CardFacts:
    """Gather what the card says."""
    spec = objective_spec(run.objective)
    if run.adapter is None:
        raise PreparationError(_("This run has no model yet, so there is nothing to write a card about."))
    return CardFacts(
        name=run.name,
        run=str(run.uuid),
        objective_title=spec.title,
        paper=spec.paper,
        base_model=run.base_model.name,
        base_revision=run.base_model.revision,
        base_is_random=is_random(run.base_model),
        is_adapter=run.adapter.kind == run.adapter.Kind.ADAPTER,
        version=str(run.version),
        configuration=run.config,
        configuration_sha256=run.config_sha256,
        weights_sha256=run.adapter.sha256,
        manifest=run.version.manifest,
        skipped_rows=skipped_rows(run).get("splits", {}),
        attempt_count=run.attempts.count(),
        packages=_packages(run),
        evaluation=_evaluation(evaluation) if evaluation else None,
    )


def _packages(run: TrainingRun) -> dict[str, str]:
    last = run.attempts.order_by("-number").first()
    worker = Worker.objects.filter(name=last.worker_name).first() if last else None
    return dict(worker.versions) if worker else {}


def _evaluation(evaluation: Evaluation) -> CardEvaluation:
    report = evaluation.report
    deciders = deciders_of(evaluation)
    low, high = report["interval"]
    return CardEvaluation(
        title=accuracy_title(deciders),
        who_decided=deciders_sentence(deciders),
        split=evaluation.split,
        pair_count=evaluation.pair_count,
        accuracy=report["preference_accuracy"],
        interval=(low, high),
        margin=report["reward_margin"],
        policy_ranking=ranking_share(report["policy_ranking"]),
        base_ranking=report["base"]["preference_accuracy"],
        longer_wins=report["longer_wins"],
        by_decider=report["by"]["decided_by"],
    )


def ranking_share(found: float | Mapping[str, float]) -> float:
    """Return the share, which older reports nest with its interval."""
    return found if isinstance(found, float | int) else found["preference_accuracy"]
