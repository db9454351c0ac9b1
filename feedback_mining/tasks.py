"""Entry points of the worker: load by id, call exactly one service."""

from typing import Any

from celery import shared_task

from feedback_mining.dispatch import BUILD_PAIRS, COLLECT_WISHES, LEARN_RUBRIC, MINE_FEEDBACK, RETRAIN_HEAD
from feedback_mining.services.checklists import run_wish_collection
from feedback_mining.services.head_jobs import run_head_retraining
from feedback_mining.services.mining import run_mining
from feedback_mining.services.pairs import run_pair_building
from feedback_mining.services.rubric_jobs import run_rubric_learning


@shared_task(name=MINE_FEEDBACK)
def mine_feedback(*, job_id: int, **_later: Any) -> None:
    """Carry out a mining job."""
    run_mining(job_id=job_id)


@shared_task(name=BUILD_PAIRS)
def build_pairs(*, job_id: int, **_later: Any) -> None:
    """Carry out a job that builds pairs."""
    run_pair_building(job_id=job_id)


@shared_task(name=RETRAIN_HEAD)
def retrain_head(*, job_id: int, **_later: Any) -> None:
    """Carry out a job that retrains the embedding detector's head."""
    run_head_retraining(job_id=job_id)


@shared_task(name=COLLECT_WISHES)
def collect_wishes(*, job_id: int, **_later: Any) -> None:
    """Carry out a job that collects users' wishes."""
    run_wish_collection(job_id=job_id)


@shared_task(name=LEARN_RUBRIC)
def learn_rubric(*, job_id: int, **_later: Any) -> None:
    """Carry out a job that learns a rubric from thumbs."""
    run_rubric_learning(job_id=job_id)
