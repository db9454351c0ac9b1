"""What leaves the pages of a queue's figures: a published consensus, its file, the pairs of a group of people."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from annotation.domain.consensus.files import csv_lines
from annotation.models import Queue
from annotation.permissions import existing_queue
from annotation.queries.figures.computing import Question
from annotation.queries.figures.reports import shown_figures
from annotation.queries.queue_figures.consensus_figures import attribute_of
from annotation.queries.queue_figures.consensus_rows import consensus_question
from annotation.queries.queue_figures.group_preferences import group_lines, groups_of, pairs_question
from annotation.services.figures.publish_jobs import ask_to_publish, takes_long
from annotation.services.figures.publishing import publish_consensus, published_words
from annotation.services.figures.reports import ask_for_report
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import enter_project


@login_required
@require_POST
def consensus_publish(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Publish what the judgements come to by one method, in place of what it published before."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    asked = _asked(request.POST)
    wanted = {"method": asked["method"], "attribute": attribute_of(asked["attribute"])}
    try:
        if takes_long(queue):
            ask_to_publish(queue=queue, actor=access.user, **wanted)
        else:
            published = publish_consensus(queue=queue, actor=access.user, **wanted)
            messages.success(request, published_words(published.as_json()))
    except HarkenError as error:
        messages.error(request, str(error))
    return _back_to_consensus(project_slug, queue, asked=asked)


def _asked(sent: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(sent.get(name, ""))[:60] for name in ("attribute", "method")}


def _back_to_consensus(project_slug: str, queue: Queue, *, asked: Mapping[str, str]) -> HttpResponse:
    address = reverse("annotation:queue_consensus", args=[project_slug, queue.uuid])
    return redirect(f"{address}?{urlencode(asked)}")


@login_required
@require_GET
def consensus_file(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> StreamingHttpResponse:
    """The consensus of every subject with its soft labels, as `infer_consensus` writes it."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    question = consensus_question(queue, **_asked(request.GET))
    try:
        shown = shown_figures(access.project, figure="consensus_file", question=question)
    except HarkenError as error:
        raise Http404(str(error)) from error
    if shown.result is None:
        raise Http404
    return _download(
        csv_lines(shown.result["rows"]),
        name=f"consensus-{queue.uuid}.csv",
        content_type="text/csv; charset=utf-8",
    )


@login_required
@require_POST
def consensus_file_write(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Have a worker find the lines of the consensus file, and go back to the page."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    question = consensus_question(queue, **_asked(request.POST))
    ask_for_report(project=access.project, figure="consensus_file", question=question, actor=access.user)
    return _back_to_consensus(project_slug, queue, asked=_asked(request.POST))


@login_required
@require_GET
def group_pairs(
    request: HttpRequest, project_slug: str, queue_uuid: UUID, group: int
) -> StreamingHttpResponse:
    """What one group of people prefers, as lines that trainers read; the groups are those of the page."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    question = _group_question(queue, group)
    found = shown_figures(access.project, figure="group_pairs", question=question).result
    if found is None:
        raise Http404
    lines = group_lines(queue, members=found["members"], pairs=found["pairs"], group=group)
    return _download(
        (json.dumps(line, ensure_ascii=False) + "\n" for line in lines),
        name=f"group-{group}-{queue.uuid}.jsonl",
        content_type="application/x-ndjson",
    )


@login_required
@require_POST
def group_pairs_write(request: HttpRequest, project_slug: str, queue_uuid: UUID, group: int) -> HttpResponse:
    """Have a worker find the pairs of a group, and go back to the page."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    question = _group_question(queue, group)
    ask_for_report(project=access.project, figure="group_pairs", question=question, actor=access.user)
    return redirect("annotation:queue_groups", project_slug, queue.uuid)


def _group_question(queue: Queue, group: int) -> Question:
    groups = groups_of(queue)
    if not 1 <= group <= len(groups):
        raise Http404
    return pairs_question(queue, group=group, groups=groups)


def _download(lines: Iterable[str], *, name: str, content_type: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
