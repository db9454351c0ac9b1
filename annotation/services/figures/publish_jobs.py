"""Publishing the consensus of a large queue: asked for by a page, done by a worker."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.consensus import load_method
from annotation.dispatch import PUBLISH_CONSENSUS
from annotation.models import Queue
from annotation.queries.queue_figures.consensus_figures import AT_ONCE
from annotation.queries.queue_figures.queue_agreement import judgement_count
from annotation.services.figures.publishing import publish_consensus
from curation.domain.errors import HarkenError
from curation.models import Job, User
from curation.queries.work.jobs import unfinished_job
from curation.services.work.jobs import JobProgress, Listener, open_job, ring_job, run_job
from curation.services.work.turns import take_turns

KIND = "consensus"


def takes_long(queue: Queue) -> bool:
    """Return whether a queue holds more judgements than are read while somebody waits."""
    question = {"queue": str(queue.uuid)}
    return judgement_count(queue.project, question, limit=AT_ONCE + 1) > AT_ONCE


@transaction.atomic
def ask_to_publish(*, queue: Queue, method: str, attribute: str, actor: User) -> Job:
    """Have a worker publish a queue's consensus; while it does, asking again changes nothing."""
    arguments = {"queue": str(queue.uuid), "method": load_method(method).name, "attribute": attribute}
    take_turns(KIND, queue.pk)
    found = unfinished_job(queue.project, kind=KIND, arguments=arguments)
    if found is not None:
        return found
    job = open_job(
        project=queue.project, kind=KIND, task_name=PUBLISH_CONSENSUS, actor=actor, arguments=arguments
    )
    ring_job(job=job)
    return job


def run_publishing(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of such a job; done twice it leaves what doing it once leaves."""

    def work(progress: JobProgress) -> dict[str, Any]:
        asked = progress.job.arguments
        queue = Queue.objects.for_project(progress.job.project).filter(uuid=asked["queue"]).first()
        if queue is None:
            raise HarkenError(_("The queue of this job is gone, so there is no consensus to publish."))
        progress.report(0, now=True)
        published = publish_consensus(
            queue=queue,
            method=asked["method"],
            attribute=asked["attribute"],
            actor=progress.job.created_by,
        )
        return published.as_json()

    return run_job(job_id=job_id, work=work, listener=listener)
