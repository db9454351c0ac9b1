"""The most telling tasks of a queue, asked again by one press."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from annotation.forms.label_reports import AskAgainForm
from annotation.permissions import existing_queue
from annotation.queries.figures.label_noise import asked_tasks
from annotation.queries.figures.reports import shown_figures
from annotation.services.queues.asking_again import ask_again, queue_of_tasks
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import enter_project


@login_required
@require_POST
def tasks_ask_again(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Ask the most telling tasks of one person more, or in a new queue."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    form = AskAgainForm(request.POST, project=access.project)
    if not form.is_valid():
        messages.error(request, _("Say how many tasks are to be asked again, from 1."))
        return redirect(_noise_address(project_slug, queue_uuid))
    sent = form.cleaned_data
    question = {"queue": str(queue.uuid), "scorer": sent["scorer"]}
    shown = shown_figures(access.project, figure="label_noise", question=question)
    tasks = asked_tasks(shown.result or {}, about=sent["about"], doubted=sent["doubted"])[: sent["count"]]
    try:
        if sent["where"] == "new_queue":
            made = queue_of_tasks(queue=queue, tasks=tasks, actor=access.user)
            return redirect("annotation:queue_detail", project_slug, made.uuid)
        asked = ask_again(queue=queue, tasks=tasks, actor=access.user)
        sentence = ngettext(
            "%(n)d task is asked of one person more.", "%(n)d tasks are asked of one person more.", asked
        )
        messages.success(request, sentence % {"n": asked})
    except HarkenError as error:
        messages.error(request, str(error))
    return redirect(_noise_address(project_slug, queue_uuid, scorer=sent["scorer"]))


def _noise_address(project_slug: str, queue_uuid: UUID, *, scorer: str = "") -> str:
    asked = urlencode({"queue": queue_uuid, "scorer": scorer})
    return f"{reverse('annotation:label_noise', args=[project_slug])}?{asked}"
