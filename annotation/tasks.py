"""Entry points of the worker: load by id, call exactly one service."""

from typing import Any

from celery import shared_task

from annotation.dispatch import (
    COMPUTE_FIGURES,
    DRAW_TOURNAMENT,
    LABEL_BY_JUDGE,
    PLAY_TOURNAMENT,
    PROPOSE_CRITERIA,
    PUBLISH_CONSENSUS,
    RUN_ASSERTIONS,
    VALIDATE_JUDGE,
)
from annotation.services.criteria.assertions import run_assertions as run
from annotation.services.criteria.proposing import run_proposing
from annotation.services.figures.publish_jobs import run_publishing
from annotation.services.figures.reports import compute_report
from annotation.services.judges.labelling import run_labelling
from annotation.services.judges.validation import run_validation
from annotation.services.ranking.tournament_judging import play_tournament as play
from annotation.services.ranking.tournament_opening import draw_tournament as draw


@shared_task(name=RUN_ASSERTIONS)
def run_assertions(*, job_id: int, **_later: Any) -> None:
    """Carry out a run of a set's assertions."""
    run(job_id=job_id)


@shared_task(name=COMPUTE_FIGURES)
def compute_figures(*, job_id: int, **_later: Any) -> None:
    """Compute the figures of a report."""
    compute_report(job_id=job_id)


@shared_task(name=PUBLISH_CONSENSUS)
def publish_consensus(*, job_id: int, **_later: Any) -> None:
    """Publish what a large queue's judgements come to."""
    run_publishing(job_id=job_id)


@shared_task(name=PROPOSE_CRITERIA)
def propose_criteria(*, job_id: int, **_later: Any) -> None:
    """Propose criteria or assertions for a set."""
    run_proposing(job_id=job_id)


@shared_task(name=VALIDATE_JUDGE)
def validate_judge(*, job_id: int, **_later: Any) -> None:
    """Ask a judge about pairs that people decided, and report it."""
    run_validation(job_id=job_id)


@shared_task(name=LABEL_BY_JUDGE)
def label_by_judge(*, job_id: int, **_later: Any) -> None:
    """Have a judge that earned it label a queue's undecided pairs."""
    run_labelling(job_id=job_id)


@shared_task(name=DRAW_TOURNAMENT)
def draw_tournament(*, job_id: int, **_later: Any) -> None:
    """Draw the brackets of a large tournament."""
    draw(job_id=job_id)


@shared_task(name=PLAY_TOURNAMENT)
def play_tournament(*, job_id: int, **_later: Any) -> None:
    """Have a judge play a tournament to its end."""
    play(job_id=job_id)
