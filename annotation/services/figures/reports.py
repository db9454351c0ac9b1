"""Reports of figures: asked for by a page, computed by a worker, kept until they are asked for again."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.dispatch import COMPUTE_FIGURES
from annotation.models import FigureReport
from annotation.queries.figures.computing import Question, computation
from annotation.queries.figures.reports import question_hash
from curation.domain.errors import HarkenError
from curation.models import Job, Project, User
from curation.services.work.audit import record_event
from curation.services.work.jobs import JobProgress, Listener, open_job, ring_job, run_job

KIND = "label_figures"


@transaction.atomic
def ask_for_report(*, project: Project, figure: str, question: Question, actor: User) -> FigureReport:
    """Have a worker compute the figures of a question; while it does, asking again changes nothing."""
    made, _is_new = FigureReport.objects.get_or_create(
        project=project,
        figure=figure,
        question_hash=question_hash(question),
        defaults={"question": dict(question)},
    )
    report = FigureReport.objects.select_for_update().get(pk=made.pk)
    if report.job is not None and not report.job.is_finished:
        return report
    report.job = open_job(
        project=project,
        kind=KIND,
        task_name=COMPUTE_FIGURES,
        actor=actor,
        arguments={"figure": figure},
        unit=_("verdicts"),
    )
    report.save(update_fields=["job"])
    record_event(
        action="figures.asked_for", project=project, actor=actor, target=report, details={"figure": figure}
    )
    ring_job(job=report.job)
    return report


def compute_report(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a job: compute the figures and keep them with their time."""

    def work(progress: JobProgress) -> dict[str, Any]:
        report = FigureReport.objects.select_related("project").filter(job=progress.job).first()
        if report is None:
            raise HarkenError(_("The report of this job is gone. Ask for it again on its page."))
        module = computation(report.figure)
        progress.report(0, now=True)
        result = module.compute(
            report.project,
            report.question,
            report=lambda done, total: progress.report(done, total=total),
        )
        report.result, report.computed_at = result, timezone.now()
        report.save(update_fields=["result", "computed_at"])
        return {"figure": report.figure}

    return run_job(job_id=job_id, work=work, listener=listener)
