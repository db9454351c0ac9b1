"""Proposing as a job, in one of three ways: from mined feedback, by a model from outputs, assertions by a model."""

from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.dispatch import PROPOSE_CRITERIA
from annotation.models import CriteriaSet, Criterion
from annotation.queries.criteria.starting import PROPOSAL_KIND as KIND
from annotation.services.criteria.feedback import propose_from_feedback
from annotation.services.criteria.inferring import infer_criteria, propose_assertions
from curation.domain.errors import HarkenError
from curation.models import Job, ModelEndpoint, Project, User
from curation.services.work.jobs import JobProgress, Listener, open_job, run_job
from curation.services.work.turns import take_turns

FEEDBACK, MODEL, ASSERTIONS = "feedback", "model", "assertions"


@transaction.atomic
def open_proposing(
    *,
    criteria_set: CriteriaSet,
    way: str,
    endpoint: ModelEndpoint | None = None,
    criterion: Criterion | None = None,
    actor: User | None = None,
) -> Job:
    """Make the job of proposing; raises HarkenError while another one of this set waits or runs."""
    if way != FEEDBACK and endpoint is None:
        raise HarkenError(_("Choose an endpoint of the project: a model is asked for proposals."))
    take_turns("criteria", criteria_set.pk)
    under_way = Job.objects.for_project(criteria_set.project).filter(
        kind=KIND, state__in=["queued", "running"], arguments__criteria_set=str(criteria_set.uuid)
    )
    if under_way.exists():
        raise HarkenError(_("Proposals are being made for this set already. Wait for the end."))
    return open_job(
        project=criteria_set.project,
        kind=KIND,
        task_name=PROPOSE_CRITERIA,
        actor=actor,
        arguments={
            "criteria_set": str(criteria_set.uuid),
            "way": way,
            "endpoint": str(endpoint.uuid) if endpoint else "",
            "criterion": str(criterion.uuid) if criterion else "",
        },
        unit="proposals",
    )


def run_proposing(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a job that proposes."""

    def work(progress: JobProgress) -> dict[str, Any]:
        return {"way": progress.job.arguments["way"], **_propose(progress)}

    return run_job(job_id=job_id, work=work, listener=listener)


def _propose(progress: JobProgress) -> dict[str, Any]:
    job = progress.job
    sets = CriteriaSet.objects.for_project(job.project).select_related("project")
    criteria_set = sets.get(uuid=job.arguments["criteria_set"])
    report = partial(progress.report, 0, total=1)
    if job.arguments["way"] == FEEDBACK:
        return propose_from_feedback(criteria_set=criteria_set, before_each=report)
    endpoint = _endpoint(job.project, job.arguments["endpoint"])
    if job.arguments["way"] == MODEL:
        return infer_criteria(criteria_set=criteria_set, endpoint=endpoint, before_each=report)
    criterion = _criterion(job.project, job.arguments["criterion"])
    return propose_assertions(
        criterion=criterion, endpoint=endpoint, actor=job.created_by, before_each=report
    )


def _endpoint(project: Project, uuid: str) -> ModelEndpoint:
    found = ModelEndpoint.objects.for_project(project).filter(uuid=uuid, archived_at__isnull=True).first()
    if found is None:
        raise HarkenError(_("The endpoint that this job asks is gone. Begin again with another one."))
    return found


def _criterion(project: Project, uuid: str) -> Criterion:
    rows = Criterion.objects.for_project(project).select_related("criteria_set__project")
    found = rows.filter(uuid=uuid, archived_at__isnull=True).first()
    if found is None:
        raise HarkenError(_("This wording was replaced by a newer one. Begin again with that one."))
    return found
