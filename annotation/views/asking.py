"""Questions, rulings and guidelines that changed."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.asking import QuestionForm, RulingForm
from annotation.permissions import enter_queue, existing_queue, judge_of
from annotation.queries.desk.cards import lease_of
from annotation.queries.quality.asking import open_questions, precedents_for
from annotation.services.quality.asking import acknowledge_guideline, ask_question, rule_on_question
from annotation.views.desk import show_desk
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import enter_project


@login_required
@require_POST
def question_ask(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Ask about the task in hand, and keep it."""
    access, queue = enter_queue(request.user, project_slug, queue_uuid)
    membership = judge_of(access)
    form = QuestionForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("A question needs a few words, and at most 4,000 characters."))
        return show_desk(request, access, queue, membership)
    lease = lease_of(queue, uuid=form.cleaned_data["lease"], membership=membership)
    if lease is None:
        raise Http404
    try:
        ask_question(lease=lease, body=form.cleaned_data["body"])
    except HarkenError as error:
        messages.warning(request, str(error))
    else:
        messages.success(
            request, _("Asked. The task stays yours; the ruling reaches you after your verdict.")
        )
    return show_desk(request, access, queue, membership)


@login_required
@require_POST
def question_rule(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Answer a question for everybody."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    form = RulingForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A ruling needs a few words, and at most 4,000 characters."))
        return redirect("annotation:precedent_list", project_slug, queue_uuid)
    try:
        rule_on_question(
            queue=queue,
            question_uuid=form.cleaned_data["question"],
            body=form.cleaned_data["body"],
            actor=access.user,
        )
    except HarkenError as error:
        messages.error(request, str(error))
    return redirect("annotation:precedent_list", project_slug, queue_uuid)


@login_required
@require_GET
def precedent_list(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """The queue's rulings; researchers see what is still to be answered, and the words of every question."""
    access, queue = enter_queue(request.user, project_slug, queue_uuid)
    membership = None if access.is_researcher else judge_of(access)
    context = {
        "access": access,
        "project": access.project,
        "queue": queue,
        "precedents": precedents_for(queue, membership=membership),
        "questions": open_questions(queue) if access.is_researcher else [],
        "waiting": open_questions(queue).filter(membership=membership) if membership else [],
    }
    return render(request, "annotation/precedent_list.html", context)


@login_required
@require_POST
def guideline_acknowledge(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Note that the newest guideline was read, and go on."""
    access, queue = enter_queue(request.user, project_slug, queue_uuid)
    membership = judge_of(access)
    read = request.POST.get("version", "")
    if queue.guideline is not None and read == str(queue.guideline.version):
        acknowledge_guideline(guideline=queue.guideline, membership=membership)
    return show_desk(request, access, queue, membership)
