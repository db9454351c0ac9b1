"""Files of a task, for the one who holds it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from annotation.permissions import existing_queue, judge_of
from annotation.queries.desk.attachments import file_of_task
from annotation.queries.desk.cards import lease_for_deciding, lease_of
from annotation.queries.quality.review import decision_draft_of
from curation.domain.work.served_files import HEADERS
from curation.permissions import enter_project
from curation.queries.importers.attachments import served_file


@login_required
@require_safe
def task_file(
    request: HttpRequest, project_slug: str, queue_uuid: UUID, lease_uuid: UUID, attachment_uuid: UUID
) -> FileResponse:
    """Hand out a file of the task in one's hands or to be decided, or its thumbnail with `?form=thumbnail`."""
    access = enter_project(request.user, project_slug)
    queue, membership = existing_queue(access.project, queue_uuid), judge_of(access)
    lease = lease_of(queue, uuid=lease_uuid, membership=membership)
    if lease is None and access.is_researcher:
        opened = decision_draft_of(queue, uuid=lease_uuid, membership=membership)
        lease = lease_for_deciding(opened) if opened else None
    found = lease and file_of_task(lease, uuid=attachment_uuid)
    served = found and served_file(found, as_thumbnail=request.GET.get("form") == "thumbnail")
    if not served:
        raise Http404
    return FileResponse(
        served.file,
        as_attachment=served.serving.is_download,
        filename=served.serving.file_name,
        content_type=served.serving.content_type,
        headers=dict(HEADERS),
    )
