"""Models: where they are reached, and under which terms what they write stands."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.forms.generation import EndpointForm, TermsForm
from curation.models import ModelEndpoint
from curation.permissions import Access, enter_project
from curation.queries.writing.generation import endpoint_of, endpoints_of, model_of, models_of
from curation.services.writing.endpoints import archive_endpoint, save_endpoint, set_terms, try_endpoint


@login_required
@require_safe
def model_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show the endpoints with what they cost, and every model with its terms."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {
        "access": access,
        "project": access.project,
        "may_change": access.may(Role.ADMIN),
        "endpoints": endpoints_of(access.project),
        "models": models_of(access.project),
    }
    return render(request, "curation/model_list.html", context)


@sensitive_post_parameters("new_key")
@login_required
@require_http_methods(["GET", "POST"])
def endpoint_create(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Describe a new endpoint."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    return _endpoint_form(request, access, ModelEndpoint(project=access.project, created_by=access.user))


@sensitive_post_parameters("new_key")
@login_required
@require_http_methods(["GET", "POST"])
def endpoint_edit(request: HttpRequest, project_slug: str, endpoint_uuid: UUID) -> HttpResponse:
    """Change an endpoint."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    return _endpoint_form(request, access, _endpoint_of(access, endpoint_uuid))


@login_required
@require_POST
def endpoint_try(request: HttpRequest, project_slug: str, endpoint_uuid: UUID) -> HttpResponse:
    """Ask the endpoint one short question, and say what it answered."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    endpoint = _endpoint_of(access, endpoint_uuid)
    try:
        reply = try_endpoint(endpoint=endpoint)
    except HarkenError as error:
        messages.error(request, str(error))
    else:
        said = {"name": endpoint.name, "text": reply.text[:80], "seconds": f"{reply.seconds:.1f}"}
        messages.success(request, _("%(name)s answered “%(text)s” in %(seconds)s s.") % said)
    return redirect("curation:model_list", project_slug)


@login_required
@require_POST
def endpoint_archive(request: HttpRequest, project_slug: str, endpoint_uuid: UUID) -> HttpResponse:
    """Take an endpoint out of use."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    archive_endpoint(endpoint=_endpoint_of(access, endpoint_uuid), actor=access.user)
    messages.success(request, _("The endpoint is not used any more. What it wrote stays."))
    return redirect("curation:model_list", project_slug)


@login_required
@require_http_methods(["GET", "POST"])
def model_terms(request: HttpRequest, project_slug: str, model_uuid: UUID) -> HttpResponse:
    """Say under which terms a model's texts stand."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    model = model_of(access.project, model_uuid)
    if model is None:
        raise Http404
    form = TermsForm(request.POST or None, instance=model)
    if request.method == "POST" and form.is_valid():
        set_terms(model=model, actor=access.user, **form.cleaned_data)
        messages.success(request, _("Saved. Versions that are frozen from now on carry these terms."))
        return redirect("curation:model_list", project_slug)
    context = {"access": access, "project": access.project, "model": model, "form": form}
    return render(request, "curation/model_terms.html", context)


def _endpoint_form(request: HttpRequest, access: Access, endpoint: ModelEndpoint) -> HttpResponse:
    form = EndpointForm(request.POST or None, instance=endpoint)
    if request.method == "POST" and form.is_valid():
        try:
            save_endpoint(endpoint=form.described(), actor=access.user, new_key=form.cleaned_data["new_key"])
        except HarkenError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("The endpoint is saved. Try it before you ask it for many answers."))
            return redirect("curation:model_list", access.project.slug)
    context = {"access": access, "project": access.project, "endpoint": endpoint, "form": form}
    return render(request, "curation/endpoint_form.html", context)


def _endpoint_of(access: Access, uuid: UUID) -> ModelEndpoint:
    endpoint = endpoint_of(access.project, uuid)
    if endpoint is None:
        raise Http404
    return endpoint
