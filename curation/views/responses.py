"""Response sets: prompts answered by models, asked for and watched."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.forms.generation import GenerationForm
from curation.models import ResponseSet
from curation.permissions import Access, enter_project
from curation.queries.work.jobs import is_worker_missing
from curation.queries.writing.generation import (
    entry_counts,
    models_in,
    response_set_of,
    response_sets,
    sample_entries,
)
from curation.services.work.jobs import ring_job
from curation.services.writing.answering import ask_failed_again
from curation.services.writing.generation import GenerationPlan, estimated_cost, open_generation


@login_required
@require_safe
def response_set_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show the project's response sets, newest first."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {"access": access, "project": access.project, "sets": response_sets(access.project)}
    return render(request, "curation/response_set_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def response_set_create(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Choose prompts and models, see what it may cost, and have it done."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = GenerationForm(request.POST or None, project=access.project)
    context = {"access": access, "project": access.project, "form": form}
    if request.method == "POST" and form.is_valid():
        plan = form.plan()
        if "ask" in request.POST and (response_set := _opened(access, plan, form)):
            return redirect("curation:response_set_detail", project_slug, response_set.uuid)
        tokens, cost = estimated_cost(plan)
        context |= {"plan": plan, "tokens": tokens, "cost": cost}
    return render(request, "curation/response_set_create.html", context)


def _opened(access: Access, plan: GenerationPlan, form: GenerationForm) -> ResponseSet | None:
    """Open the set and wake a worker, or write on the form why that cannot be."""
    try:
        response_set = open_generation(project=access.project, plan=plan, actor=access.user)
    except HarkenError as error:
        form.add_error(None, str(error))
        return None
    if response_set.job is not None:
        ring_job(job=response_set.job)
    return response_set


@login_required
@require_safe
def response_set_detail(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Show how far a set is, what each model gave, and the newest answers."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    response_set = _set_of(access, set_uuid)
    context = {
        "access": access,
        "project": access.project,
        "set": response_set,
        "job": response_set.job,
        "counts": entry_counts(response_set),
        "models": models_in(response_set),
        "entries": sample_entries(response_set),
        "is_worker_missing": response_set.job is not None and is_worker_missing(response_set.job),
    }
    return render(request, "curation/response_set_detail.html", context)


@login_required
@require_POST
def response_set_again(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Ask again for the answers that failed."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    response_set = _set_of(access, set_uuid)
    try:
        count = ask_failed_again(response_set=response_set, actor=access.user)
    except HarkenError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(count)s answers are asked for again.") % {"count": count})
    return redirect("curation:response_set_detail", project_slug, set_uuid)


def _set_of(access: Access, uuid: UUID) -> ResponseSet:
    response_set = response_set_of(access.project, uuid)
    if response_set is None:
        raise Http404
    return response_set
