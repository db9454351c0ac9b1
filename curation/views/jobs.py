"""Long work: the list, one job's progress, and its cancellation."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import Job
from curation.permissions import Access, enter_project
from curation.queries.work.jobs import is_worker_missing, job_of, newest_jobs
from curation.services.work.jobs import request_job_cancel, resume_job


@login_required
@require_safe
def job_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show the newest long work of the project, live."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {"access": access, "project": access.project, "jobs": newest_jobs(access.project)}
    return render(request, "curation/job_list.html", context)


@login_required
@require_safe
def job_progress(request: HttpRequest, project_slug: str, job_uuid: UUID) -> HttpResponse:
    """Show how far a job has come; the fragment asks again while it runs."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    job = _job_of(access, job_uuid)
    response = render(request, "curation/_job_progress.html", progress_context(access, job))
    return trigger_client_event(response, "jobFinished") if job.is_finished else response


@login_required
@require_POST
def job_cancel(request: HttpRequest, project_slug: str, job_uuid: UUID) -> HttpResponse:
    """Ask a job to stop."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    request_job_cancel(job=_job_of(access, job_uuid), actor=access.user)
    return _back(request, access)


@login_required
@require_POST
def job_resume(request: HttpRequest, project_slug: str, job_uuid: UUID) -> HttpResponse:
    """Queue a failed or cancelled job again."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    try:
        resume_job(job=_job_of(access, job_uuid), actor=access.user)
    except HarkenError as error:
        messages.error(request, str(error))
    return _back(request, access)


def progress_context(access: Access, job: Job) -> dict[str, object]:
    """Return the context of `_job_progress.html`."""
    return {"access": access, "job": job, "is_worker_missing": is_worker_missing(job)}


def _job_of(access: Access, uuid: UUID) -> Job:
    job = job_of(access.project, uuid)
    if job is None:
        raise Http404
    return job


def _back(request: HttpRequest, access: Access) -> HttpResponse:
    """Return to the page that the button stood on, where it is one of ours."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return HttpResponseRedirect(wanted)
    return redirect("curation:job_list", access.project.slug)
