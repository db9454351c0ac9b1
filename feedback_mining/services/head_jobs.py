"""Learning from a project's reviews as a job: they are embedded anew, which a request must not wait for."""

from typing import Any

from django.db import transaction

from curation.models import Job, Project, User
from curation.services.work.jobs import JobProgress, Listener, open_job, run_job
from feedback_mining.dispatch import RETRAIN_HEAD
from feedback_mining.services.confidences import fit_confidences
from feedback_mining.services.retraining import retrain_embedding_head


@transaction.atomic
def open_head_retraining(*, project: Project, actor: User | None = None) -> Job:
    """Make the job of fitting the embedding detector's head, and stated confidences, on the project's reviews."""
    return open_job(project=project, kind="retraining", task_name=RETRAIN_HEAD, actor=actor, unit="messages")


def run_head_retraining(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a retraining job; its result says how the old and the new head do on held-out reviews."""

    def work(progress: JobProgress) -> dict[str, Any]:
        project, actor = progress.job.project, progress.job.created_by
        confidences = fit_confidences(project=project, actor=actor)
        found = retrain_embedding_head(project=project, actor=actor)
        progress.report(found.messages, total=found.messages, now=True)
        return {
            "head": found.head.version,
            "messages": found.messages,
            "is_used": found.is_used,
            "confidences": {row.detector: row.is_used for row in confidences},
        }

    return run_job(job_id=job_id, work=work, listener=listener)
