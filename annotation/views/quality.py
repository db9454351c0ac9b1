"""How well a queue's answers can be trusted: people, known answers, review, decisions."""

import json
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.forms.quality import ContestForm, DecisionForm, GoldForm, GoldRulesForm, ReturnForm
from annotation.permissions import existing_queue, judge_of
from annotation.queries.figures.reports import shown_figures
from annotation.queries.quality.disagreements import shown_disagreements
from annotation.queries.quality.gold import gold_of_own_answer
from annotation.queries.quality.known import contests_in_words, known_in_words
from annotation.queries.quality.people import people_of
from annotation.queries.quality.review import PAGE, answers_in_words, answers_to_review
from annotation.queries.queues.annotation_lines import annotation_lines
from annotation.services.quality.gold import contest_gold, resolve_contest, set_gold, set_gold_rules
from annotation.services.quality.review import return_answer
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import enter_project


@login_required
@require_GET
def queue_people(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """How each person works: pace, agreement with others and with known answers, position habit."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    shown = shown_figures(access.project, figure="queue_people", question={"queue": str(queue.uuid)})
    context = {
        "access": access,
        "project": access.project,
        "queue": queue,
        "shown": shown,
        "people": people_of(shown.result),
    }
    return render(request, "annotation/queue_people.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def queue_gold(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """The queue's known answers, how they are used, and what is contested."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    form = GoldRulesForm(request.POST or None, instance=queue)
    if request.method == "POST" and form.is_valid():
        set_gold_rules(queue=queue, actor=access.user, **form.cleaned_data)
        messages.success(request, _("The rules of known answers are saved."))
        return redirect("annotation:queue_gold", project_slug, queue_uuid)
    context = {
        "access": access,
        "project": access.project,
        "queue": queue,
        "form": form,
        "golds": known_in_words(queue),
        "contests": contests_in_words(queue),
    }
    return render(request, "annotation/queue_gold.html", context)


@login_required
@require_POST
def gold_set(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Make an answer of one's own a known one."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue, membership = existing_queue(access.project, queue_uuid), judge_of(access)
    form = GoldForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A known answer needs one of your own answers, and a tolerance from 0."))
        return redirect("annotation:desk_history", project_slug, queue_uuid)
    try:
        set_gold(
            queue=queue,
            annotation_uuid=form.cleaned_data["annotation"],
            membership=membership,
            explanation=form.cleaned_data["explanation"],
            tolerance=form.cleaned_data["tolerance"],
        )
    except HarkenError as error:
        messages.error(request, str(error))
        return redirect("annotation:desk_history", project_slug, queue_uuid)
    return redirect("annotation:queue_gold", project_slug, queue_uuid)


@login_required
@require_POST
def gold_contest(
    request: HttpRequest, project_slug: str, queue_uuid: UUID, annotation_uuid: UUID
) -> HttpResponse:
    """Hold the known answer to a task that one has judged to be wrong."""
    access = enter_project(request.user, project_slug)
    queue, membership = existing_queue(access.project, queue_uuid), judge_of(access)
    gold = gold_of_own_answer(queue, membership=membership, uuid=annotation_uuid)
    if gold is None:
        raise Http404
    form = ContestForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say in a few words why the known answer is wrong."))
        return redirect("annotation:desk_history", project_slug, queue_uuid)
    try:
        contest_gold(gold=gold, membership=membership, reason=form.cleaned_data["reason"])
    except HarkenError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("The known answer waits until a researcher has decided, and counts for nobody.")
        )
    return redirect("annotation:desk_history", project_slug, queue_uuid)


@login_required
@require_POST
def contest_decide(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Decide a contest."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            is_upheld = form.cleaned_data["decision"] == "upheld"
            resolve_contest(
                queue=queue, contest_uuid=form.cleaned_data["contest"], is_upheld=is_upheld, actor=access.user
            )
        except HarkenError as error:
            messages.error(request, str(error))
    return redirect("annotation:queue_gold", project_slug, queue_uuid)


@login_required
@require_GET
def queue_annotations(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> StreamingHttpResponse:
    """The queue's annotations as a file of lines, streamed."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    lines = (json.dumps(line, ensure_ascii=False) + "\n" for line in annotation_lines(queue))
    response = StreamingHttpResponse(lines, content_type="application/x-ndjson")
    response["Content-Disposition"] = f'attachment; filename="annotations-{queue.uuid}.jsonl"'
    return response


@login_required
@require_GET
def queue_review(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """What was answered, to be sent back where it is worth it, and the tasks on which people disagree."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    shown = shown_figures(access.project, figure="queue_review", question={"queue": str(queue.uuid)})
    found = shown.result or {}
    before = request.GET.get("before", "")
    rows = answers_to_review(queue, before=int(before) if before.isdecimal() else None)
    context = {
        "access": access,
        "project": access.project,
        "queue": queue,
        "answers": list(zip(rows, answers_in_words(queue, rows), strict=True)),
        "next": rows[-1].pk if len(rows) == PAGE else None,
        "shown": shown,
        "disagreements": shown_disagreements(queue, named=found.get("widest", ())),
        "found": found.get("found", 0),
    }
    return render(request, "annotation/queue_review.html", context)


@login_required
@require_POST
def answer_return(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Send an answer back with a note."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say in the note what should be looked at again."))
        return redirect("annotation:queue_review", project_slug, queue_uuid)
    try:
        return_answer(
            queue=queue,
            annotation_uuid=form.cleaned_data["annotation"],
            note=form.cleaned_data["note"],
            actor=access.user,
        )
    except HarkenError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Sent back. Who gave the answer finds it with your note at their desk."))
    return redirect("annotation:queue_review", project_slug, queue_uuid)
