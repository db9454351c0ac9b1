"""Files that came with messages: kept once per project, pictures without metadata, and erased for good."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef

from curation.domain.corpus.records import AttachedFile, AttachmentPart, ConversationRecord
from curation.domain.importers.pictures import Picture, TooManyPixelsError, clean_picture
from curation.models import Attachment, Conversation, Message, MessageAttachment, Project
from curation.queries.importers.attachments import THUMBNAIL
from curation.services.work.turns import take_turns_with_imports

FOLDER = "attachments"
# What is larger is named and not kept. A record of a file may have 16 MB, and base64 takes a third more than bytes.
MAX_BYTES = 16 << 20
# Imports wait while so many files are deleted.
FILES_AT_ONCE = 100
Stored = tuple[ConversationRecord, Conversation]


def store_attachments(*, stored: Sequence[Stored]) -> None:
    """Keep the bytes that came with these conversations, and note which message carries which file."""
    carriers = [(record, conversation) for record, conversation in stored if _attached(record)]
    if not carriers:
        return
    project = carriers[0][1].project
    files = {file.sha256: file for record, _ in carriers for file in record.attached_files}
    wanted = {sha for record, _ in carriers for _, sha in _attached(record)}
    written: list[str] = []
    try:
        kept = _kept_attachments(project, wanted, files, written=written)
        _note_carriers(carriers, kept)
    except BaseException:
        # The rows are rolled back, and a file that no row names is one that no withdrawal reaches.
        _delete_files(written)
        raise


def _attached(record: ConversationRecord) -> list[tuple[int, str]]:
    """Return (position, sha256) of each file that a message names by its hash."""
    return [
        (position, part.sha256)
        for position, message in enumerate(record.messages)
        for part in message.parts
        if isinstance(part, AttachmentPart) and part.sha256
    ]


def _kept_attachments(
    project: Project, wanted: set[str], files: dict[str, AttachedFile], *, written: list[str]
) -> dict[str, Attachment]:
    """Return the attachments of these hashes; those whose bytes neither came nor are here are left out.

    The names of the files that are made are added to `written`, each before it is.
    """
    rows = Attachment.objects.for_project(project).filter(sha256__in=wanted)
    kept = {row.sha256: row for row in rows}
    made = []
    for sha in sorted(wanted & set(files) - set(kept)):
        written.append(_file_of(project, sha))
        made.append(_made(project, files[sha]))
    Attachment.objects.bulk_create(made)
    return kept | {row.sha256: row for row in made}


def _made(project: Project, file: AttachedFile) -> Attachment:
    row = Attachment(
        project=project, sha256=file.sha256, media_type=file.media_type, byte_size=len(file.content)
    )
    if len(file.content) > MAX_BYTES:
        return row
    try:
        picture = clean_picture(file.content)
    except TooManyPixelsError:
        return row
    content = file.content if picture is None else picture.content
    row.kept_sha256 = sha256(content).hexdigest()
    row.byte_size = len(content)
    row.file = _file_of(project, file.sha256)
    _write(row.file, content)
    if picture is not None:
        _describe(row, picture)
    return row


def _describe(row: Attachment, picture: Picture) -> None:
    row.media_type, row.width, row.height = picture.media_type, picture.width, picture.height
    _write(row.file + THUMBNAIL, picture.thumbnail)


def _file_of(project: Project, sha: str) -> str:
    return f"{_folder_of(project)}/{sha}"


def _folder_of(project: Project) -> str:
    return f"{FOLDER}/{project.uuid}"


def _write(name: str, content: bytes) -> None:
    # What lies there already was left by an import that was interrupted, perhaps in the middle of it.
    default_storage.delete(name)
    default_storage.save(name, ContentFile(content))


def _note_carriers(carriers: Sequence[Stored], kept: dict[str, Attachment]) -> None:
    shas: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    for record, conversation in carriers:
        for position, sha in _attached(record):
            if sha in kept:
                shas[conversation.pk, position].add(sha)
    messages = Message.objects.filter(
        conversation_id__in={conversation for conversation, _ in shas},
        position__in={position for _, position in shas},
    )
    MessageAttachment.objects.bulk_create(
        (
            MessageAttachment(project_id=project, message_id=message, attachment=kept[sha])
            for message, project, conversation, position in messages.values_list(
                "id", "project_id", "conversation_id", "position"
            )
            for sha in sorted(shas.get((conversation, position), ()))
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )


@transaction.atomic
def erase_attachments_of(*, conversation: Conversation) -> int:
    """Delete the files that nothing but this conversation carries, once this is committed; returns how many.

    A file that another conversation also carries stays, unless that one is withdrawn.
    """
    carried = Attachment.objects.filter(carriers__message__conversation=conversation).distinct()
    others = MessageAttachment.objects.filter(
        attachment=OuterRef("pk"), message__conversation__withdrawn_at__isnull=True
    ).exclude(message__conversation=conversation)
    gone = list(carried.filter(~Exists(others)).values_list("sha256", flat=True))
    project = conversation.project
    names = [_file_of(project, sha) for sha in gone]
    transaction.on_commit(partial(_delete_unnamed, project=project, names=names))
    return len(gone)


@transaction.atomic
def erase_unused_attachments(*, project: Project) -> None:
    """Delete the files that no message carries any more, as an import that was undone leaves them.

    Those that no row names go too: an import that was killed leaves some.
    """
    carriers = MessageAttachment.objects.filter(attachment=OuterRef("pk"))
    unused = Attachment.objects.for_project(project).filter(~Exists(carriers), withdrawn_at__isnull=True)
    unused.delete()
    transaction.on_commit(lambda: _delete_unnamed(project=project, names=_names_in_folder(project)))


def _names_in_folder(project: Project) -> list[str]:
    folder = _folder_of(project)
    try:
        _folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted({f"{folder}/{name.removesuffix(THUMBNAIL)}" for name in files})


def _delete_unnamed(*, project: Project, names: Sequence[str]) -> None:
    """Delete those of these files that no attachment names, while no import writes one of them anew."""
    for start in range(0, len(names), FILES_AT_ONCE):
        some = names[start : start + FILES_AT_ONCE]
        with transaction.atomic():
            take_turns_with_imports(project_id=project.pk)
            rows = Attachment.objects.for_project(project).filter(file__in=some)
            named = set(rows.values_list("file", flat=True))
            _delete_files(name for name in some if name not in named)


def _delete_files(names: Iterable[str]) -> None:
    for name in names:
        for each in (name, name + THUMBNAIL):
            default_storage.delete(each)
