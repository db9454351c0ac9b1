"""Files that came with messages."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from curation.domain.access.roles import Role
from curation.domain.work.served_files import HEADERS
from curation.permissions import enter_project
from curation.queries.importers.attachments import attachment_of, served_file


@login_required
@require_safe
def attachment_file(request: HttpRequest, project_slug: str, attachment_uuid: UUID) -> FileResponse:
    """Hand out an attachment, or its thumbnail with `?form=thumbnail`."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    attachment = attachment_of(access.project, attachment_uuid)
    served = attachment and served_file(attachment, as_thumbnail=request.GET.get("form") == "thumbnail")
    if not served:
        raise Http404
    return FileResponse(
        served.file,
        as_attachment=served.serving.is_download,
        filename=served.serving.file_name,
        content_type=served.serving.content_type,
        headers=dict(HEADERS),
    )
