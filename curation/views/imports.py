"""Imports: the drop zone, the list, and one import with its progress and what it refused."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from curation.domain.errors import HarkenError
from curation.domain.roles import Role
from curation.forms.imports import ColumnsForm, UploadForm
from curation.models import ImportBatch
from curation.permissions import Access, enter_project
from curation.queries.imports import (
    import_of,
    import_page,
    newest_unfinished_import,
    quarantine_page,
    reasons_of,
)
from curation.queries.jobs import is_worker_missing
from curation.services.columns import name_columns, table_of
from curation.services.imports import import_upload
from curation.views.parameters import uuid_parameter


@login_required
@require_safe
def drop_zone(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show where to drop a chat log, or the import that is on its way."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    batch = None if "new" in request.GET else newest_unfinished_import(access.project)
    if batch is not None:
        return render(request, "curation/_import_progress.html", _progress_context(access, batch))
    return render(request, "curation/_drop_zone.html", {"access": access, "form": UploadForm()})


@login_required
@require_safe
def import_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show what was imported, newest first, with what became of the records."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {
        "access": access,
        "project": access.project,
        "form": UploadForm(),
        "page": import_page(access.project, before=uuid_parameter(request, "before")),
    }
    return render(request, "curation/import_list.html", context)


@login_required
@require_POST
def import_start(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Take an upload and import it in the background."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused_upload(request, access, form)
    job = import_upload(
        project=access.project,
        upload=form.cleaned_data["file"],
        actor=access.user,
        format_name=form.cleaned_data["format"],
        rights=form.rights,
    )
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "curation/_import_progress.html", _progress_context(access, job.import_batch))
    return redirect("curation:import_detail", project_slug, job.import_batch.uuid)


def _refused_upload(request: HttpRequest, access: Access, form: UploadForm) -> HttpResponse:
    """Show the form again with its errors: as the fragment, or as the page around it."""
    context = {"access": access, "project": access.project, "form": form}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "curation/_drop_zone.html", context, status=422)
    context["page"] = import_page(access.project)
    return render(request, "curation/import_list.html", context, status=422)


@login_required
@require_safe
def import_detail(request: HttpRequest, project_slug: str, batch_uuid: UUID) -> HttpResponse:
    """Show an import: its progress, its rights, and every record that it refused with the reason."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    batch = _batch_of(access, batch_uuid)
    context = {
        **_progress_context(access, batch),
        "project": access.project,
        "page": quarantine_page(batch, after=uuid_parameter(request, "after")),
        "is_table": table_of(batch) is not None,
    }
    return render(request, "curation/import_detail.html", context)


@login_required
@require_safe
def import_progress(request: HttpRequest, project_slug: str, batch_uuid: UUID) -> HttpResponse:
    """Show how far an import has come; the fragment asks again while it runs."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    batch = _batch_of(access, batch_uuid)
    response = render(request, "curation/_import_progress.html", _progress_context(access, batch))
    is_running = batch.job is not None and not batch.job.is_finished
    return response if is_running else trigger_client_event(response, "corpusChanged")


@login_required
@require_http_methods(["GET", "POST"])
def import_columns(request: HttpRequest, project_slug: str, batch_uuid: UUID) -> HttpResponse:
    """Say which column of a table means what, and import it so."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    batch = _batch_of(access, batch_uuid)
    table = table_of(batch)
    if table is None:
        raise Http404
    form = ColumnsForm(request.POST or None, columns=table.columns, mapping=table.mapping)
    if request.method == "POST" and form.is_valid():
        try:
            name_columns(batch=batch, mapping=form.mapping(), actor=access.user)
            return redirect("curation:import_detail", project_slug, batch.uuid)
        except HarkenError as error:
            messages.error(request, str(error))
    context = {"access": access, "project": access.project, "batch": batch, "form": form, "table": table}
    return render(request, "curation/import_columns.html", context)


def _batch_of(access: Access, uuid: UUID) -> ImportBatch:
    batch = import_of(access.project, uuid)
    if batch is None:
        raise Http404
    return batch


def _progress_context(access: Access, batch: ImportBatch) -> dict[str, object]:
    job = batch.job
    return {
        "access": access,
        "batch": batch,
        "job": job,
        "reasons": reasons_of(batch) if batch.quarantined_count else [],
        "is_worker_missing": job is not None and is_worker_missing(job),
    }
