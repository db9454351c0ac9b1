"""What a person sees of their own work: settings, answers, hours."""

import csv
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.domain.desk.preferences import LAYOUTS
from annotation.forms.preferences import DeskPreferencesForm
from annotation.permissions import existing_queue, judge_of
from annotation.queries.desk.comfort import warning_names
from annotation.queries.desk.conclusions import form_of_answer
from annotation.queries.desk.history import PAGE, hours_of, own_answer, own_answers
from annotation.queries.desk.my_work import my_work as work_of
from annotation.queries.desk.preferences import desk_preferences
from annotation.services.desk.preferences import change_desk_preferences
from annotation.views.desk import show_desk
from annotation.views.desk_context import desk_context
from curation.permissions import enter_project


@login_required
@require_http_methods(["GET", "POST"])
def desk_settings(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Keys, layout, size of the text, pauses, and what somebody would rather not read."""
    access = enter_project(request.user, project_slug)
    form = DeskPreferencesForm(
        request.POST or None,
        preferences=desk_preferences(access.user),
        warnings=warning_names(access.project),
    )
    if request.method == "POST" and form.is_valid():
        change_desk_preferences(user=access.user, **form.changes)
        messages.success(request, _("Your desk is set. It is the same on every machine that you sign in on."))
        return redirect("annotation:desk_settings", project_slug)
    context = {"access": access, "project": access.project, "form": form}
    return render(request, "annotation/desk_settings.html", context)


@login_required
@require_POST
def desk_preference(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Switch the layout, or raw text, and show the task again."""
    access = enter_project(request.user, project_slug)
    queue, membership = existing_queue(access.project, queue_uuid), judge_of(access)
    if request.POST.get("layout") in LAYOUTS:
        change_desk_preferences(user=access.user, layout=request.POST["layout"])
    if request.POST.get("is_raw") in ("0", "1"):
        change_desk_preferences(user=access.user, is_raw=request.POST["is_raw"] == "1")
    return show_desk(request, access, queue, membership)


@login_required
@require_GET
def desk_history(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """One's own answers in a queue, each of which can be changed."""
    access = enter_project(request.user, project_slug)
    queue, membership = existing_queue(access.project, queue_uuid), judge_of(access)
    before = request.GET.get("before", "")
    answers = own_answers(queue, membership=membership, before=int(before) if before.isdecimal() else None)
    context = {
        "access": access,
        "project": access.project,
        "queue": queue,
        "answers": answers,
        "next": answers[-1].annotation.pk if len(answers) == PAGE else None,
    }
    return render(request, "annotation/desk_history.html", context)


@login_required
@require_GET
def judgement_change(
    request: HttpRequest, project_slug: str, queue_uuid: UUID, annotation_uuid: UUID
) -> HttpResponse:
    """An answer of one's own, asked again: what is sent takes its place, and the earlier one stays on record."""
    access = enter_project(request.user, project_slug)
    queue, membership = existing_queue(access.project, queue_uuid), judge_of(access)
    found = own_answer(queue, membership=membership, uuid=annotation_uuid)
    if found is None:
        raise Http404
    annotation, lease = found
    context = {
        **desk_context(access, queue, membership, lease),
        "revises": annotation.uuid,
        "desk_id": f"desk-change-{annotation.uuid}",
        "draft": form_of_answer(annotation),
    }
    return render(request, "annotation/judgement_change.html", context)


@login_required
@require_GET
def my_work(request: HttpRequest, project_slug: str) -> HttpResponse:
    """One's own answers, hours, and how others see it, in calm words."""
    access = enter_project(request.user, project_slug)
    work = work_of(access.project, membership=judge_of(access))
    context = {"access": access, "project": access.project, "work": work}
    return render(request, "annotation/my_work.html", context)


@login_required
@require_GET
def my_hours(request: HttpRequest, project_slug: str) -> HttpResponse:
    """One's own time at the desk by day, as a page or as CSV."""
    access = enter_project(request.user, project_slug)
    days = hours_of(access.project, membership=judge_of(access))
    if request.GET.get("format") == "csv":
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="hours-{project_slug}.csv"'
        writer = csv.writer(response)
        writer.writerow(["day", "answers", "active_minutes", "wall_minutes"])
        for day in days:
            writer.writerow(
                [day.day, day.answers, round(day.active_seconds / 60, 1), round(day.wall_seconds / 60, 1)]
            )
        return response
    context = {"access": access, "project": access.project, "days": days}
    return render(request, "annotation/my_hours.html", context)
