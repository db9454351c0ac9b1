"""What leaves the pages of a queue's figures: a published consensus, its file, the pairs of a group of people."""

import json
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.consensus import load_method
from annotation.domain.consensus.files import consensus_rows, csv_lines
from annotation.permissions import existing_queue
from annotation.queries.figures.consensus_figures import attribute_of
from annotation.queries.figures.group_preferences import group_lines
from annotation.queries.figures.queue_consensus import queue_consensus
from annotation.queries.figures.reports import shown_figures
from annotation.services.figures.publishing import Published, publish_consensus
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import enter_project


@login_required
@require_POST
def consensus_publish(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Publish what the judgements come to by one method, in place of what it published before."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    method, attribute = request.POST.get("method", ""), request.POST.get("attribute", "")
    try:
        published = publish_consensus(
            queue=queue, method=method, attribute=attribute_of(attribute), actor=access.user
        )
    except HarkenError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _in_words(published))
    address = reverse("annotation:queue_consensus", args=[project_slug, queue_uuid])
    return redirect(f"{address}?{urlencode({'attribute': attribute, 'method': method})}")


def _in_words(published: Published) -> str:
    said = _("%(scores)d scores and %(lists)d ranked lists are published as %(scorer)s.") % {
        "scores": published.scores,
        "lists": published.lists,
        "scorer": published.scorer,
    }
    left_out = "; ".join(f"{count}: {why}" for why, count in published.left_out.items())
    return f"{said} {_('Left out:')} {left_out}." if left_out else str(said)


@login_required
@require_GET
def consensus_file(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> StreamingHttpResponse:
    """The consensus of every subject with its soft labels, as `infer_consensus` writes it."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    try:
        consensus = queue_consensus(
            queue,
            method=load_method(request.GET.get("method", "")),
            attribute=attribute_of(request.GET.get("attribute", "")),
        )
    except HarkenError as error:
        raise Http404(str(error)) from error
    response = StreamingHttpResponse(
        csv_lines(consensus_rows(consensus)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="consensus-{queue.uuid}.csv"'
    return response


@login_required
@require_GET
def group_pairs(
    request: HttpRequest, project_slug: str, queue_uuid: UUID, group: int
) -> StreamingHttpResponse:
    """What one group of people prefers, as lines that trainers read; the groups are those of the page."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    question = {"queue": str(queue.uuid), "attribute": ""}
    shown = shown_figures(access.project, figure="queue_groups", question=question)
    groups = (shown.result or {}).get("groups", [])
    if not 1 <= group <= len(groups):
        raise Http404
    lines = group_lines(queue, groups=groups, group=group - 1)
    response = StreamingHttpResponse(
        (json.dumps(line, ensure_ascii=False) + "\n" for line in lines), content_type="application/x-ndjson"
    )
    response["Content-Disposition"] = f'attachment; filename="group-{group}-{queue.uuid}.jsonl"'
    return response
