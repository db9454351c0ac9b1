"""A crossed experiment in one step: how many items and people it takes, and its two queues."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST
from uuid6 import uuid7

from annotation.forms.crossed import CrossedForm
from annotation.models import Queue
from annotation.queries.queues.offered import offered_sources
from annotation.services.queues.crossed_plan import CrossedPlan, plan_crossing
from annotation.services.queues.crossed_setup import create_crossed_queues
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import Access, enter_project


@login_required
@require_http_methods(["GET", "POST"])
def crossed_new(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Plan the experiment, and open both of its queues."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = CrossedForm(request.POST or None, sources=offered_sources(access.project))
    if request.method == "POST" and form.is_valid():
        try:
            queue = _opened(access, form)
        except HarkenError as error:
            form.add_error(None, str(error))
        else:
            return redirect("annotation:queue_protocols", project_slug, queue.uuid)
    status = 422 if form.is_bound else 200
    return render(request, "annotation/crossed_new.html", _context(access, form), status=status)


@login_required
@require_POST
def crossed_plan(request: HttpRequest, project_slug: str) -> HttpResponse:
    """What the experiment takes, as a fragment while the form is filled in."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = CrossedForm(request.POST, sources=offered_sources(access.project))
    return render(request, "annotation/_crossed_plan.html", _context(access, form))


def _context(access: Access, form: CrossedForm) -> dict[str, Any]:
    return {"access": access, "project": access.project, "form": form, "plan": _plan(access, form)}


def _plan(access: Access, form: CrossedForm) -> CrossedPlan:
    return plan_crossing(
        project=access.project, source=form.source, half_width=form.half_width, design=form.design
    )


def _opened(access: Access, form: CrossedForm) -> Queue:
    """Open both queues over as many items as the plan asks for, and return the first."""
    plan, source = _plan(access, form).plan, form.source
    if plan is not None and not form.cleaned_data["all_items"]:
        source |= {"most": str(plan.items), "seed": str(uuid7())}
    first, _second = create_crossed_queues(
        project=access.project,
        name=form.cleaned_data["name"],
        source=source,
        crossing=form.crossing,
        actor=access.user,
    )
    return first
