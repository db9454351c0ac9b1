"""Learning a rubric as a job: it asks about every conversation with a thumb, which a request must not wait for."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import Job, ModelEndpoint, Project, User
from curation.services.work.jobs import JobProgress, Listener, open_job, run_job
from curation.services.work.turns import take_turns
from feedback_mining.dispatch import LEARN_RUBRIC
from feedback_mining.services.rubrics import learn_rubric
from feedback_mining.services.tools import endpoint_asked

KIND = "rubric"


@transaction.atomic
def open_rubric_learning(*, project: Project, endpoint: ModelEndpoint, actor: User | None = None) -> Job:
    """Make the job of learning the next rubric; raises HarkenError while another one waits or runs."""
    take_turns("rubric", project.pk)
    under_way = Job.objects.for_project(project).filter(kind=KIND, state__in=["queued", "running"])
    if under_way.exists():
        raise HarkenError(_("A rubric is being learned already. Wait for the end, or cancel that job."))
    arguments = {"endpoint": str(endpoint.uuid)}
    return open_job(
        project=project, kind=KIND, task_name=LEARN_RUBRIC, actor=actor, arguments=arguments, unit="requests"
    )


def run_rubric_learning(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a job that learns a rubric; one that was stopped pays no reply again."""

    def work(progress: JobProgress) -> dict[str, Any]:
        job = progress.job
        endpoint = endpoint_asked(job)
        if endpoint is None:
            raise HarkenError(_("Name an endpoint of the project: a rubric is learned by asking a model."))
        rubric = learn_rubric(
            project=job.project,
            endpoint=endpoint,
            actor=job.created_by,
            report=lambda done, total: progress.report(done, total=total, now=done == total),
        )
        return {"version": rubric.version, "threshold": rubric.threshold, **rubric.learned_from}

    return run_job(job_id=job_id, work=work, listener=listener)
