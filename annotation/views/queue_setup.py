"""Opening a queue: what is asked, by which protocol, of what."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotation.domain.protocol import AnswerError
from annotation.forms.queues import QueueForm
from annotation.models import Queue
from annotation.queries.queues.offered import offered_sources
from annotation.queries.queues.preview import preview_card
from annotation.services.queues.crossed_setup import create_crossed_queues
from annotation.services.queues.setup import create_queue
from curation.domain.access.roles import Role
from curation.models import Project
from curation.permissions import Access, enter_project
from curation.queries.corpus.saved_views import views_of


@login_required
@require_http_methods(["GET", "POST"])
def queue_new(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Choose what is asked and of what, see the question, and open the queue."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    if request.method == "GET":
        form = queue_form(access.project, initial={"name": _("Mined pairs"), **request.GET.dict()})
        return render(request, "annotation/queue_new.html", _context(access, form))
    form = queue_form(access.project, data=request.POST)
    if form.is_valid():
        try:
            queue = _opened(access, form)
        except ValidationError as error:
            form.take(error)
        else:
            return redirect("annotation:queue_detail", project_slug, queue.uuid)
    return render(request, "annotation/queue_new.html", _context(access, form), status=422)


@login_required
@require_POST
def queue_preview(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The settings of the protocol that is chosen and its question, as fragments while the form is filled in."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = queue_form(access.project, data=request.POST)
    is_same = f"setting-of-{form.chosen.name}" in request.POST
    if not is_same:
        # Another protocol was chosen: its settings begin with what it proposes.
        form = queue_form(access.project, initial=request.POST.dict())
    template = "_question_preview.html" if is_same else "_queue_settings.html"
    return render(request, f"annotation/{template}", {**_context(access, form), "is_swapped": not is_same})


def queue_form(project: Project, **options: Any) -> QueueForm:
    """Return the form with what the project has to ask about."""
    return QueueForm(sources=offered_sources(project), views=views_of(project), **options)


def _opened(access: Access, form: QueueForm) -> Queue:
    """Open the queue, or the two of a crossing, and return the first."""
    shared: dict[str, Any] = {
        "project": access.project,
        "name": form.cleaned_data["name"],
        "source": form.source(),
        "actor": access.user,
    }
    crossing = form.crossing()
    if crossing is not None:
        return create_crossed_queues(crossing=crossing, **shared)[0]
    return create_queue(protocol=form.chosen.name, rules=form.rules(), **shared)


def _context(access: Any, form: QueueForm) -> dict[str, Any]:
    """Return the form with the question as judges will see it, over made-up texts."""
    queue = Queue(project=access.project, name=_("Preview"), protocol=form.chosen.name)
    context = {"access": access, "project": access.project, "form": form, "queue": queue, "keys": {}}
    try:
        queue.settings = form.chosen.settings(form.setting_payload)
    except AnswerError as error:
        return {**context, "preview_error": str(error)}
    return {**context, "card": preview_card(queue)}
