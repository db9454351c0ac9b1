"""Starting a set in one of four ways, and deciding on what is proposed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.domain.criteria.inferring import CRITERIA_INSTRUCTIONS
from annotation.forms.criteria import CriterionForm, form_of_proposal
from annotation.forms.starting import EndpointForm, ReadyForm
from annotation.models import CriteriaSet
from annotation.permissions import existing_criteria_set, existing_criterion, existing_proposal
from annotation.queries.criteria.starting import (
    endpoints_to_ask,
    newest_proposal_job,
    suspect_count,
    waiting_proposals,
)
from annotation.services.criteria.proposals import adopt_proposal, decline_proposal
from annotation.services.criteria.proposing import ASSERTIONS, FEEDBACK, MODEL, open_proposing
from annotation.services.criteria.ready import add_ready_criteria, ready_criteria
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import ModelEndpoint
from curation.permissions import Access, enter_project
from curation.services.work.jobs import ring_job


@login_required
@require_GET
def criteria_start(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """The ways to start a set or go on with it, and the proposals that wait."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    return _show(request, access, set_uuid, form=None)


def _show(request: HttpRequest, access: Access, set_uuid: UUID, *, form: ReadyForm | None) -> HttpResponse:
    criteria_set = existing_criteria_set(access.project, set_uuid)
    context = {
        "access": access,
        "project": access.project,
        "criteria_set": criteria_set,
        "ready": form or ReadyForm(ready=ready_criteria(criteria_set)),
        "proposals": waiting_proposals(criteria_set),
        "suspects": suspect_count(criteria_set),
        "endpoints": endpoints_to_ask(criteria_set),
        "job": newest_proposal_job(criteria_set),
        "instructions": CRITERIA_INSTRUCTIONS,
    }
    status = 422 if form is not None else 200
    return render(request, "annotation/criteria_start.html", context, status=status)


@login_required
@require_POST
def criteria_start_ready(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Add ready criteria with the checks that test them."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    form = ReadyForm(request.POST, ready=ready_criteria(criteria_set))
    if not form.is_valid():
        return _show(request, access, set_uuid, form=form)
    added = add_ready_criteria(criteria_set=criteria_set, keys=form.cleaned_data["keys"], actor=access.user)
    sentence = ngettext("%(n)d criterion was added.", "%(n)d criteria were added.", len(added))
    messages.success(request, sentence % {"n": len(added)})
    return redirect("annotation:criteria_set_detail", project_slug, set_uuid)


@login_required
@require_POST
def criteria_start_feedback(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Have criteria proposed from the complaints and wishes that mining found."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    return _have_proposed(request, access, criteria_set=criteria_set, way=FEEDBACK)


@login_required
@require_POST
def criteria_start_model(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Have a model propose criteria from outputs."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    endpoint = _endpoint_asked(request, access)
    return _have_proposed(request, access, criteria_set=criteria_set, way=MODEL, endpoint=endpoint)


@login_required
@require_POST
def assertions_propose(request: HttpRequest, project_slug: str, criterion_uuid: UUID) -> HttpResponse:
    """Have a model propose assertions that test a criterion."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criterion = existing_criterion(access.project, criterion_uuid)
    return _have_proposed(
        request,
        access,
        criteria_set=criterion.criteria_set,
        way=ASSERTIONS,
        endpoint=_endpoint_asked(request, access),
        criterion=criterion,
    )


@login_required
@require_GET
def proposals_work(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """The newest job that proposes, live; when it ends the page is fetched anew."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    job = newest_proposal_job(criteria_set)
    context = {"access": access, "criteria_set": criteria_set, "job": job}
    response = render(request, "annotation/_proposals_work.html", context)
    if job is not None and job.is_finished and request.GET.get("job"):
        response["HX-Refresh"] = "true"
    return response


@login_required
@require_http_methods(["GET", "POST"])
def proposal_adopt(request: HttpRequest, project_slug: str, proposal_uuid: UUID) -> HttpResponse:
    """Make a criterion of a proposal, in its words or in others."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    proposal = existing_proposal(access.project, proposal_uuid)
    form = CriterionForm(request.POST) if request.method == "POST" else form_of_proposal(proposal)
    if form.is_bound and form.is_valid():
        try:
            adopt_proposal(proposal=proposal, wording=form.wording, actor=access.user)
        except HarkenError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The criterion was added."))
        return redirect("annotation:criteria_start", project_slug, proposal.criteria_set.uuid)
    context = {"access": access, "project": access.project, "proposal": proposal, "form": form}
    status = 422 if form.errors else 200
    return render(request, "annotation/proposal_adopt.html", context, status=status)


@login_required
@require_POST
def proposal_decline(request: HttpRequest, project_slug: str, proposal_uuid: UUID) -> HttpResponse:
    """Leave a proposal aside for good."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    proposal = existing_proposal(access.project, proposal_uuid)
    decline_proposal(proposal=proposal, actor=access.user)
    messages.success(request, _("Left aside. It will not be proposed again."))
    return redirect("annotation:criteria_start", project_slug, proposal.criteria_set.uuid)


def _endpoint_asked(request: HttpRequest, access: Access) -> ModelEndpoint | None:
    form = EndpointForm(request.POST, project=access.project)
    return form.cleaned_data["endpoint"] if form.is_valid() else None


def _have_proposed(
    request: HttpRequest, access: Access, *, criteria_set: CriteriaSet, **asked: Any
) -> HttpResponse:
    """Open the job that proposes, wake a worker, and go back to where its proposals will be."""
    try:
        ring_job(job=open_proposing(criteria_set=criteria_set, actor=access.user, **asked))
    except HarkenError as error:
        messages.error(request, str(error))
    return redirect("annotation:criteria_start", access.project.slug, criteria_set.uuid)
