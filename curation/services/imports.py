"""Imports: open a batch, read its files in chunks, and account for every record."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid6 import uuid7

from curation.dispatch import RUN_IMPORT
from curation.domain.column_mapping import ColumnMapping
from curation.domain.errors import HarkenError
from curation.domain.importing import Imported
from curation.domain.reading import Source, SourceError
from curation.domain.records import ConversationRecord, Position, Refusal, RefusalReason
from curation.importers import detect_format, load_importer, open_source
from curation.models import ImportBatch, Job, Project, User
from curation.services.audit import record_event
from curation.services.jobs import JobProgress, Listener, open_job, ring_job, run_job
from curation.services.storing import Tally, store_chunk

CHUNK_RECORDS = 500
AUTO = "auto"


@transaction.atomic
def open_import(
    *,
    project: Project,
    paths: Sequence[Path],
    format_name: str = AUTO,
    actor: User | None = None,
    rights: dict[str, str] | None = None,
    mapping: dict[str, Any] | None = None,
) -> Job:
    """Make the job of an import of these files; `rights` may name licence and consent."""
    job = open_job(project=project, kind="import", task_name=RUN_IMPORT, actor=actor, unit="bytes")
    batch = ImportBatch(
        project=project,
        job=job,
        name=", ".join(path.name for path in paths)[:200],
        format="" if format_name == AUTO else format_name,
        files=[{"path": str(path), "name": path.name} for path in paths],
        mapping=mapping or {},
        created_by=actor,
        **(rights or {}),
    )
    batch.full_clean()
    batch.save()
    record_event(action="import.opened", project=project, actor=actor, target=batch, details={"files": batch.name})
    return job


@transaction.atomic
def import_upload(*, project: Project, upload: UploadedFile, actor: User, rights: dict[str, str]) -> Job:
    """Keep an uploaded file under a random folder and open its import; a worker is rung for."""
    kept = default_storage.save(f"imports/{uuid7()}/{Path(upload.name or 'upload').name}", upload)
    job = open_import(project=project, paths=[Path(default_storage.path(kept))], actor=actor, rights=rights)
    ring_job(job=job)
    return job


def run_import(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of an import's job: read every file, store what is new, quarantine what cannot be read."""

    def work(progress: JobProgress) -> dict[str, Any]:
        return _import_files(progress.job.import_batch, progress)

    return run_job(job_id=job_id, work=work, listener=listener)


def _import_files(batch: ImportBatch, progress: JobProgress) -> dict[str, Any]:
    batch.quarantined_records.all().delete()  # a resumed import reads from the start and counts afresh
    sources = [_open(Path(entry["path"]), entry["name"]) for entry in batch.files]
    total, read_before, tally = sum(source.size for source in sources), 0, Tally()
    for source in sources:
        _name_format(batch, source)
        for records, refusals in _chunks(_records(batch, source)):
            store_chunk(batch=batch, records=records, refusals=refusals, tally=tally)
            progress.report(read_before + min(source.bytes_read.count, source.size), total=total)
        read_before += source.size
    progress.report(total, total=total, now=True)
    _close(batch)
    return _summary(batch, tally)


def _open(path: Path, name: str) -> Source:
    try:
        return open_source(path)
    except SourceError as error:
        raise HarkenError(str(error)) from error


def _name_format(batch: ImportBatch, source: Source) -> None:
    """Recognise the format of a batch by its first file, unless it was named."""
    if batch.format:
        return
    try:
        batch.format = detect_format(source.path).name
    except SourceError as error:
        raise HarkenError(str(error)) from error
    batch.save(update_fields=["format"])


def _records(batch: ImportBatch, source: Source) -> Iterator[Imported]:
    """Yield the records of a file; one that stops being readable on the way keeps what came before."""
    mapping = ColumnMapping.from_json(batch.mapping) if batch.mapping else None
    importer = load_importer(batch.format)
    try:
        yield from importer.read(source, mapping=mapping)
    except SourceError as error:
        position = Position(file=source.name)
        yield Refusal(position=position, reason=RefusalReason.BROKEN_ARCHIVE, sentence=str(error))


def _chunks(records: Iterator[Imported]) -> Iterator[tuple[list[ConversationRecord], list[Refusal]]]:
    while chunk := list(islice(records, CHUNK_RECORDS)):
        conversations = [record for record in chunk if isinstance(record, ConversationRecord)]
        yield conversations, [record for record in chunk if isinstance(record, Refusal)]


def _close(batch: ImportBatch) -> None:
    batch.finished_at = timezone.now()
    batch.save(update_fields=["finished_at"])
    if not batch.read_count:
        raise HarkenError(_("%(name)s holds no records, so nothing was imported.") % {"name": batch.name})


def _summary(batch: ImportBatch, tally: Tally) -> dict[str, Any]:
    return {
        "read": tally.read,
        "imported": tally.imported,
        "duplicates": tally.duplicates,
        "quarantined": tally.quarantined,
        "conversations": tally.conversations,
        "reasons": tally.reasons,
        "format": batch.format,
        "batch": str(batch.uuid),
    }
