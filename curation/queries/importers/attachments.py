"""Reads of attachments: which a conversation carries, and one as a browser may have it."""

from dataclasses import dataclass
from typing import IO
from uuid import UUID

from django.core.files.storage import default_storage

from curation.domain.work.served_files import Serving, serving_of
from curation.models import Attachment, Conversation, Project

# A picture's thumbnail lies beside it under this ending.
THUMBNAIL = ".thumbnail"
THUMBNAIL_TYPE = "image/png"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedFile:
    """An open file, with how it is handed out."""

    file: IO[bytes]
    serving: Serving


def attachment_of(project: Project, uuid: UUID) -> Attachment | None:
    """Return an attachment of a project."""
    return Attachment.objects.for_project(project).filter(uuid=uuid).first()


def attachments_of(conversation: Conversation) -> dict[str, Attachment]:
    """Return what the messages of a conversation carry, by the hash that their parts name; one query."""
    rows = Attachment.objects.filter(carriers__message__conversation=conversation).distinct()
    return {row.sha256: row for row in rows}


def is_picture(attachment: Attachment) -> bool:
    """Say whether an attachment was read as a picture, and encoded anew."""
    return attachment.width is not None


def served_file(attachment: Attachment, *, as_thumbnail: bool = False) -> ServedFile | None:
    """Open an attachment, or its thumbnail; None where it was not kept, or is not there any more."""
    shown = is_picture(attachment)
    if not attachment.file or (as_thumbnail and not shown):
        return None
    media_type = THUMBNAIL_TYPE if as_thumbnail else attachment.media_type
    try:
        file = default_storage.open(attachment.file + (THUMBNAIL if as_thumbnail else ""))
    except FileNotFoundError:
        return None
    return ServedFile(file=file, serving=serving_of(media_type, is_picture=shown, sha256=attachment.sha256))
