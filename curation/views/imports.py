"""Imports: the drop zone, a look into the file, progress, and what an import refused."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.forms.imports import ReadingForm, RightsForm, UploadForm, reading_asked
from curation.models import ImportBatch
from curation.permissions import Access, enter_project
from curation.queries.importers.imports import (
    import_of,
    import_page,
    newest_unfinished_import,
    quarantine_page,
    reasons_of,
)
from curation.queries.importers.previews import ImportPreview, preview_of
from curation.queries.importers.undoing import newest_undo, undo_reach
from curation.queries.work.jobs import is_worker_missing
from curation.services.importers.undoing import undo_import
from curation.services.importers.uploads import (
    confirm_import,
    discard_upload,
    open_hub_import,
    stage_path,
    stage_upload,
)
from curation.views.parameters import uuid_parameter

# Set by the upload handler of the settings for a request that it did not read.
UPLOAD_TOO_LARGE = "harken.upload_too_large"


@login_required
@require_safe
def drop_zone(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show where to drop a chat log, or the import that is on its way."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    batch = None if "new" in request.GET else newest_unfinished_import(access.project)
    if batch is not None:
        return render(request, "curation/_import_progress.html", _progress_context(access, batch))
    context = {"access": access, "form": UploadForm(access=access)}
    return render(request, "curation/_drop_zone.html", context)


@login_required
@require_safe
def import_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show what was imported, newest first, with what became of the records."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {
        "access": access,
        "project": access.project,
        "form": UploadForm(access=access),
        "page": import_page(access.project, before=uuid_parameter(request, "before")),
    }
    return render(request, "curation/import_list.html", context)


@login_required
@require_POST
def import_start(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Take an upload or a path and show what is in it; fetch a dataset of the hub."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = UploadForm(request.POST, request.FILES, access=access)
    if request.META.get(UPLOAD_TOO_LARGE):
        form.add_error("file", form.too_large)
    if not form.is_valid():
        return _refused_upload(request, access, form)
    try:
        batch = _staged(access, form)
    except HarkenError as error:
        form.add_error(None, str(error))
        return _refused_upload(request, access, form)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("curation:import_preview", project_slug, batch.uuid)
    if batch.job is not None:
        return render(request, "curation/_import_progress.html", _progress_context(access, batch))
    preview = preview_of(batch, asked=reading_asked({}))
    return render(request, "curation/_import_preview.html", _preview_context(access, batch, preview))


def _staged(access: Access, form: UploadForm) -> ImportBatch:
    """Return the batch of what a person named: waiting for their word, or fetched from the hub."""
    said = form.cleaned_data
    if said.get("file"):
        return stage_upload(project=access.project, upload=said["file"], actor=access.user)
    if said.get("path"):
        return stage_path(project=access.project, path=said["path"], actor=access.user)
    return open_hub_import(project=access.project, dataset=said["dataset"], actor=access.user)


def _refused_upload(request: HttpRequest, access: Access, form: UploadForm) -> HttpResponse:
    """Show the form again with its errors: as the fragment, or as the page around it."""
    context = {"access": access, "project": access.project, "form": form}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "curation/_drop_zone.html", context, status=422)
    context["page"] = import_page(access.project)
    return render(request, "curation/import_list.html", context, status=422)


@login_required
@require_http_methods(["GET", "POST"])
def import_preview(request: HttpRequest, project_slug: str, batch_uuid: UUID) -> HttpResponse:
    """Show what a file holds, read as asked; import it once a person says so."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    batch = _batch_of(access, batch_uuid)
    if not (batch.is_staged or batch.may_be_read_otherwise):
        return redirect("curation:import_detail", project_slug, batch.uuid)
    preview = preview_of(batch, asked=reading_asked(request.POST))
    rights = RightsForm(request.POST if request.method == "POST" else None, instance=batch)
    is_confirmed = request.method == "POST" and "show" not in request.POST
    if is_confirmed and not preview.problem and rights.is_valid():
        return _confirmed(request, access, batch, preview, rights)
    context = _preview_context(access, batch, preview, rights)
    name = "_import_preview" if request.htmx else "import_preview"  # type: ignore[attr-defined]
    status = 422 if is_confirmed else 200
    return render(request, f"curation/{name}.html", context, status=status)


def _confirmed(
    request: HttpRequest, access: Access, batch: ImportBatch, preview: ImportPreview, rights: RightsForm
) -> HttpResponse:
    try:
        confirm_import(batch=batch, reading=preview.confirmed, rights=rights.cleaned_data, actor=access.user)
    except HarkenError as error:
        messages.error(request, str(error))
    if request.htmx:  # type: ignore[attr-defined]
        context = _progress_context(access, _batch_of(access, batch.uuid))
        return trigger_client_event(
            render(request, "curation/_import_progress.html", context), "corpusChanged"
        )
    return redirect("curation:import_detail", access.project.slug, batch.uuid)


@login_required
@require_POST
def import_discard(request: HttpRequest, project_slug: str, batch_uuid: UUID) -> HttpResponse:
    """Throw away a file that waits for a word."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    batch = _batch_of(access, batch_uuid)
    try:
        discard_upload(batch=batch, actor=access.user)
    except HarkenError as error:
        messages.error(request, str(error))
    return redirect("curation:import_list", project_slug)


@login_required
@require_safe
def import_detail(request: HttpRequest, project_slug: str, batch_uuid: UUID) -> HttpResponse:
    """Show an import: its progress, its rights, and every record that it refused with the reason."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    batch = _batch_of(access, batch_uuid)
    if batch.is_staged:
        return redirect("curation:import_preview", project_slug, batch.uuid)
    context = {
        **_progress_context(access, batch),
        "project": access.project,
        "page": quarantine_page(batch, after=uuid_parameter(request, "after")),
        "undo": newest_undo(batch),
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
def import_undo(request: HttpRequest, project_slug: str, batch_uuid: UUID) -> HttpResponse:
    """Show what an undo takes away and what stays; undo on a person's word."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    batch = _batch_of(access, batch_uuid)
    if request.method == "POST":
        try:
            undo_import(batch=batch, actor=access.user)
            return redirect("curation:import_detail", project_slug, batch.uuid)
        except HarkenError as error:
            messages.error(request, str(error))
    context = {"access": access, "project": access.project, "batch": batch, "reach": undo_reach(batch)}
    return render(request, "curation/import_undo.html", context)


def _batch_of(access: Access, uuid: UUID) -> ImportBatch:
    batch = import_of(access.project, uuid)
    if batch is None:
        raise Http404
    return batch


def _preview_context(
    access: Access, batch: ImportBatch, preview: ImportPreview, rights: RightsForm | None = None
) -> dict[str, object]:
    return {
        "access": access,
        "project": access.project,
        "batch": batch,
        "preview": preview,
        "reading": ReadingForm(preview=preview),
        "rights": rights or RightsForm(instance=batch),
    }


def _progress_context(access: Access, batch: ImportBatch) -> dict[str, object]:
    job = batch.job
    return {
        "access": access,
        "batch": batch,
        "job": job,
        "reasons": reasons_of(batch) if batch.quarantined_count else [],
        "is_worker_missing": job is not None and is_worker_missing(job),
    }
