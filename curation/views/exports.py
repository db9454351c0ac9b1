"""Exports: how a version leaves, and the files that wait to be downloaded."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.forms.exports import ExportForm
from curation.models import DatasetVersion, Job
from curation.permissions import Access, enter_project
from curation.queries.exporters.exports import exports_of, format_groups
from curation.queries.versions.datasets import version_of
from curation.queries.work.jobs import job_of
from curation.services.exporters.exports import open_export, opened_export
from curation.views.ranges import download_response


@login_required
@require_safe
def version_exports(request: HttpRequest, project_slug: str, version_uuid: UUID) -> HttpResponse:
    """Show the formats that a version leaves in, and the files that were written."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    version = _version_of(access, version_uuid)
    form = ExportForm(request.GET if "format_name" in request.GET else None)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "curation/_export_options.html", {"form": form, "version": version})
    return render(request, "curation/version_exports.html", _context(access, version, form))


@login_required
@require_POST
def version_export(request: HttpRequest, project_slug: str, version_uuid: UUID) -> HttpResponse:
    """Write a version to a file in the background."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    version = _version_of(access, version_uuid)
    form = ExportForm(request.POST)
    if not form.is_valid():
        return render(request, "curation/version_exports.html", _context(access, version, form), status=422)
    try:
        job = open_export(version=version, actor=access.user, wanted=form.wanted)
    except HarkenError as error:
        messages.error(request, str(error))
        return redirect("curation:version_exports", project_slug, version.uuid)
    if request.htmx:  # type: ignore[attr-defined]
        return _answer(request, access, job, version)
    return redirect("curation:version_exports", project_slug, version.uuid)


@login_required
@require_safe
@never_cache
def export_file(request: HttpRequest, project_slug: str, job_uuid: UUID) -> HttpResponseBase:
    """Hand over an exported file to be saved, or the part of it that is still missing."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    job = job_of(access.project, job_uuid)
    found = opened_export(job) if job is not None else None
    if job is None or found is None:
        raise Http404
    result = job.result
    return download_response(
        request, found, size=result["bytes"], sha256=result["sha256"], file_name=result["file_name"]
    )


def _answer(request: HttpRequest, access: Access, job: Job, version: DatasetVersion) -> HttpResponse:
    """Show the file that was asked for, among the others where they are shown: it may have been there before."""
    target = request.htmx.target or ""  # type: ignore[attr-defined]
    if target.startswith("exports-"):
        context = {"access": access, "version": version, "exports": exports_of(version)}
        return render(request, "curation/_exports.html", context)
    return render(request, "curation/_job_progress.html", {"access": access, "job": job})


def _context(access: Access, version: DatasetVersion, form: ExportForm) -> dict[str, object]:
    return {
        "access": access,
        "project": access.project,
        "version": version,
        "form": form,
        "groups": format_groups(),
        "exports": exports_of(version),
    }


def _version_of(access: Access, uuid: UUID) -> DatasetVersion:
    version = version_of(access.project, uuid)
    if version is None:
        raise Http404
    return version
