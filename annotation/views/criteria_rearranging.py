"""Criteria are split, merged and moved."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotation.forms.starting import MergeForm, MoveForm, SplitForm
from annotation.models import Criterion
from annotation.permissions import existing_criterion
from annotation.services.criteria.rearranging import merge_criteria, move_criterion, split_criterion
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import Access, enter_project


@login_required
@require_http_methods(["GET", "POST"])
def criterion_split(request: HttpRequest, project_slug: str, criterion_uuid: UUID) -> HttpResponse:
    """Put two criteria in the place of one."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criterion = existing_criterion(access.project, criterion_uuid)
    form = SplitForm(
        request.POST or None, initial={"first_name": criterion.name, "first_text": criterion.text}
    )
    if request.method == "POST" and form.is_valid():
        try:
            wordings = form.wordings(tolerance=criterion.max_false_failure_rate)
            split_criterion(criterion=criterion, wordings=wordings, actor=access.user)
        except HarkenError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Split. The assertions went with the first; grade both anew."))
        return _to_set(criterion)
    return _show(request, access, criterion, form)


@login_required
@require_http_methods(["GET", "POST"])
def criterion_merge(request: HttpRequest, project_slug: str, criterion_uuid: UUID) -> HttpResponse:
    """Put one criterion in the place of several."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criterion = existing_criterion(access.project, criterion_uuid)
    initial = {"name": criterion.name, "text": criterion.text}
    form = MergeForm(request.POST or None, criterion=criterion, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            merge_criteria(
                criteria=[criterion, *form.cleaned_data["with_criteria"]],
                wording=form.wording,
                actor=access.user,
            )
        except HarkenError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Merged. All their assertions now compete; grade it anew."))
        return _to_set(criterion)
    return _show(request, access, criterion, form)


@login_required
@require_POST
def criterion_move(request: HttpRequest, project_slug: str, criterion_uuid: UUID) -> HttpResponse:
    """Move a criterion up or down its set."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criterion = existing_criterion(access.project, criterion_uuid)
    form = MoveForm(request.POST)
    if form.is_valid():
        try:
            move_criterion(criterion=criterion, by=int(form.cleaned_data["by"]), actor=access.user)
        except HarkenError as error:
            messages.error(request, str(error))
    return _to_set(criterion)


def _show(
    request: HttpRequest, access: Access, criterion: Criterion, form: SplitForm | MergeForm
) -> HttpResponse:
    context = {
        "access": access,
        "project": access.project,
        "criterion": criterion,
        "form": form,
        "is_split": isinstance(form, SplitForm),
    }
    return render(request, "annotation/criterion_rearrange.html", context, status=422 if form.errors else 200)


def _to_set(criterion: Criterion) -> HttpResponse:
    page = reverse(
        "annotation:criteria_set_detail", args=[criterion.project.slug, criterion.criteria_set.uuid]
    )
    return redirect(f"{page}#criteria")
