"""Pushes: what a tracing tool or a chat interface sends over the network, stored at once and exactly once."""

import tempfile
from collections.abc import Iterable
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.domain.corpus.records import Refusal
from curation.domain.errors import HarkenError, UnknownFormatError
from curation.domain.importers.importing import Imported
from curation.domain.importers.reading import Limits, SourceError, open_source
from curation.importers import read_conversations
from curation.models import ImportBatch, Project, User
from curation.services.importers.chunks import Chunk
from curation.services.importers.storing import Tally, store_chunk
from curation.services.work.audit import record_event

FORMATS = ("langfuse", "open_webui", "openai_chat", "otel")
# As much as Django reads of a request's body; OTLP exporters send at most as much by default.
MAX_BYTES = 4 << 20
# What a packed push may expand to.
MAX_EXPANDED_BYTES = 32 << 20
MAX_KEY_LENGTH = 200
CHUNK_RECORDS = 500


class PushConflictError(HarkenError):
    """A key that was used for another content."""


@transaction.atomic
def accept_push(
    *, project: Project, format_name: str, content: bytes, idempotency_key: str, actor: User
) -> dict[str, Any]:
    """Store what a push holds and return what became of its records; the same key again changes nothing.

    Raises UnknownFormatError for a format that is not pushed, PushConflictError for a key that was used with another
    content, and HarkenError for what is too large or no text of that format.
    """
    _require_acceptable(format_name, content, idempotency_key)
    _take_turns(project, idempotency_key)
    digest = sha256(content).hexdigest()
    earlier = ImportBatch.objects.for_project(project).filter(push_key=idempotency_key).first()
    if earlier is not None:
        _require_same(earlier, digest)
        return push_summary(earlier)
    batch = ImportBatch(
        project=project,
        name=_("Push of %(format)s") % {"format": format_name},
        format=format_name,
        files=[{"name": "push", "format": format_name, "size": len(content), "sha256": digest}],
        push_key=idempotency_key,
        created_by=actor,
    )
    batch.full_clean(exclude=["mapping"])
    batch.save()
    _store(batch, content)
    batch.finished_at = timezone.now()
    batch.save(update_fields=["finished_at"])
    record_event(
        action="push.accepted", project=project, actor=actor, target=batch, details={"format": format_name}
    )
    return push_summary(batch)


def push_summary(batch: ImportBatch) -> dict[str, Any]:
    """Return what became of a push: records read, imported, known already and refused, with the reasons counted."""
    tally = Tally.of(batch)
    return {
        "batch": str(batch.uuid),
        "format": batch.format,
        "read": tally.read,
        "imported": tally.imported,
        "duplicates": tally.duplicates,
        "quarantined": tally.quarantined,
        "conversations": tally.conversations,
        "reasons": tally.reasons,
    }


def _require_acceptable(format_name: str, content: bytes, key: str) -> None:
    if format_name not in FORMATS:
        raise UnknownFormatError(
            _("%(name)s cannot be pushed. Known: %(known)s.")
            % {"name": format_name[:40], "known": ", ".join(FORMATS)}
        )
    if not key.strip() or len(key) > MAX_KEY_LENGTH or not key.isprintable():
        raise HarkenError(
            _("A push needs an idempotency key of at most %(n)d printable characters.")
            % {"n": MAX_KEY_LENGTH}
        )
    if len(content) > MAX_BYTES:
        raise HarkenError(_("A push may hold at most %(n)d MB. Send it in parts.") % {"n": MAX_BYTES >> 20})


def _take_turns(project: Project, key: str) -> None:
    """Let a push wait for one of the same key that is on its way, so that it sees what became of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [f"push {key}", project.pk % 2**31])


def _require_same(earlier: ImportBatch, digest: str) -> None:
    if earlier.files[0].get("sha256") != digest:
        raise PushConflictError(
            _("This idempotency key was used for another content. Send each content under a key of its own.")
        )


def _store(batch: ImportBatch, content: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="harken-push-") as folder:
        path = Path(folder) / "push"
        path.write_bytes(content)
        limits = Limits(expanded_bytes=MAX_EXPANDED_BYTES)
        try:
            source = open_source(path, name="push", limits=limits)
            _store_all(batch, read_conversations(source, name=batch.format))
        except SourceError as error:
            raise HarkenError(str(error)) from error


def _store_all(batch: ImportBatch, records: Iterable[Imported]) -> None:
    tally, stream = Tally(), iter(records)
    while chunk := list(islice(stream, CHUNK_RECORDS)):
        refusals = [record for record in chunk if isinstance(record, Refusal)]
        conversations = [record for record in chunk if not isinstance(record, Refusal)]
        store_chunk(
            batch=batch,
            chunk=Chunk(records=conversations, refusals=refusals, source_name=batch.format),
            tally=tally,
        )
