"""Imports: open a batch, read its files in chunks, and account for every record."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid6 import uuid7

from curation.dispatch import RUN_IMPORT
from curation.domain.corpus.records import Position, Refusal, RefusalReason
from curation.domain.errors import HarkenError
from curation.domain.importers.archives import printable
from curation.domain.importers.encoding_doubt import require_known_encoding
from curation.domain.importers.reading import Source
from curation.importers import load_importer
from curation.models import (
    Comparison,
    Conversation,
    ImportBatch,
    Job,
    Message,
    Project,
    Prompt,
    RankedList,
    RankedResponse,
    Response,
    Score,
    User,
)
from curation.services.enrichers.enrichment import open_wanted_enrichments
from curation.services.enrichers.word_index import ring_word_index
from curation.services.importers.batch_files import BatchFiles
from curation.services.importers.chunks import Chunk, PreparedChunk, Reading, joined_chunks
from curation.services.importers.hub_fetching import KEPT_UNDER, fetch_dataset
from curation.services.importers.reading_ahead import chunks_read_ahead
from curation.services.importers.storing import Tally, store_chunk
from curation.services.work.audit import record_event
from curation.services.work.copying import commit_without_waiting
from curation.services.work.jobs import JobProgress, Listener, open_job, ring_job, run_job
from curation.services.work.statistics import refresh_statistics

# A chunk is stored in one transaction. It ends at either, so that long conversations stay in bounded memory.
CHUNK_RECORDS = 1000
CHUNK_CHARACTERS = 8 << 20
AUTO = "auto"
# From here on an import changes what the planner should know: a join of tables that it thinks empty takes minutes
# over a few thousand rows, and autovacuum comes by once a minute.
MANY_CONVERSATIONS = 100
GROWN = (Conversation, Message, Prompt, Response, Comparison, RankedList, RankedResponse, Score)
# More names than these make no name for an import.
NAMED_FILES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAs:
    """What a person said of files that do not say it themselves: their encoding, and what their columns mean."""

    encoding: str = ""
    mapping: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def open_import(
    *,
    project: Project,
    paths: Sequence[Path],
    format_name: str = AUTO,
    actor: User | None = None,
    rights: dict[str, str] | None = None,
    read_as: ReadAs | None = None,
) -> Job:
    """Make the job of an import of these files; `rights` may name licence, consent and commercial_use.

    Raises UnknownFormatError for a format that no importer has, HarkenError for an encoding that does not exist.
    """
    how = read_as or ReadAs()
    require_known_encoding(how.encoding)
    said = {"encoding": how.encoding} if how.encoding else {}
    files = [{"path": _storable(path), "name": printable(path.name), **said} for path in paths]
    return _open(project, files, format_name, actor, {"mapping": dict(how.mapping), **(rights or {})})


@transaction.atomic
def import_upload(
    *,
    project: Project,
    upload: "File[bytes]",
    actor: User,
    format_name: str = AUTO,
    rights: dict[str, str] | None = None,
) -> Job:
    """Keep an uploaded file under a random folder and open its import; a worker is rung for."""
    with kept_upload(upload) as entry:
        job = _open(project, [entry], format_name, actor, rights or {})
    ring_job(job=job)
    return job


@contextmanager
def kept_upload(upload: "File[bytes]") -> Iterator[dict[str, str]]:
    """Keep an uploaded file under a random name and give its entry; it is deleted where the block fails.

    No row names it then, so that neither retention nor a withdrawal would ever reach it.
    """
    # The name that a person gave may be too long for a file system, so it is kept in the database alone.
    kept = default_storage.save(f"{KEPT_UNDER}/{uuid7()}", upload)
    name = printable(Path(upload.name or "upload").name)
    try:
        yield {"path": default_storage.path(kept), "name": name, "kept_as": kept}
    except BaseException:
        default_storage.delete(kept)
        raise


def _storable(path: Path) -> str:
    """Return a path in full; raises HarkenError for one that is no text."""
    whole = str(path.resolve())
    if printable(whole) != whole:
        raise HarkenError(
            _("The path of %(name)s holds unprintable characters. Rename it, then import it.")
            % {"name": printable(path.name)}
        )
    return whole


def name_of_files(names: Sequence[str]) -> str:
    """Return what an import of these files is called: by all of a few, or by the first of many."""
    if len(names) <= NAMED_FILES:
        return ", ".join(names)
    return _("%(first)s and %(count)s more files") % {"first": names[0], "count": len(names) - 1}


def _open(
    project: Project,
    files: Sequence[dict[str, str]],
    format_name: str,
    actor: User | None,
    fields: dict[str, Any],
) -> Job:
    if format_name != AUTO:
        load_importer(format_name)
        files = [{**entry, "format": format_name} for entry in files]
    batch = ImportBatch(
        project=project,
        name=name_of_files([entry["name"] for entry in files])[:200],
        format="" if format_name == AUTO else format_name,
        files=list(files),
        created_by=actor,
        **fields,
    )
    return begin_import(batch=batch, actor=actor)


@transaction.atomic
def begin_import(*, batch: ImportBatch, actor: User | None) -> Job:
    """Make the job of a batch whose files are known."""
    batch.job = job = open_job(
        project=batch.project, kind="import", task_name=RUN_IMPORT, actor=actor, unit="bytes"
    )
    # Empty files and mappings are allowed, and Django calls them blank.
    batch.full_clean(exclude=["files", "mapping"])
    batch.save()
    details = {"files": batch.name}
    record_event(action="import.opened", project=batch.project, actor=actor, target=batch, details=details)
    return job


def run_import(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of an import's job: read every file, store what is new, quarantine what cannot be read.

    A resumed import goes on after the last chunk that was stored.
    """

    def work(progress: JobProgress) -> dict[str, Any]:
        return _import_files(progress.job.import_batch, progress)

    job = run_job(job_id=job_id, work=work, listener=listener)
    if job is not None and job.state == Job.State.SUCCEEDED:
        forget_upload(job.import_batch)
        _make_findable(job)
    return job


def _make_findable(job: Job) -> None:
    """Ring for the jobs that read what was imported, and tell the planner of a table that grew."""
    if job.result["conversations"] >= MANY_CONVERSATIONS:
        refresh_statistics(*GROWN)
    ring_word_index(project=job.project)
    open_wanted_enrichments(project=job.project, actor=job.created_by)


def _import_files(batch: ImportBatch, progress: JobProgress) -> dict[str, Any]:
    if batch.undo_asked_at is not None:
        raise HarkenError(_("This import was undone. Import the file anew to have its records again."))
    _fetch(batch, progress)
    files = BatchFiles(batch)
    writer = _ChunkWriter(batch, progress, total=files.size)
    for entry, source in files.opened(between=writer.report):
        with closing(chunks_read_ahead(_reading(entry, source))) as chunks:
            for chunk in chunks:
                writer.add(entry, chunk)
        writer.end_file(source)
    writer.write()
    _quarantine_unreadable(files, writer.tally)
    progress.report(files.size, total=files.size, now=True)
    _close(batch)
    return _summary(batch, writer.tally)


class _ChunkWriter:
    """Stores the chunks of one file after another; those of small files together, in one transaction.

    Each transaction notes how far every file has come, from where a resumed import goes on.
    """

    def __init__(self, batch: ImportBatch, progress: JobProgress, *, total: int) -> None:
        self.tally = Tally.of(batch)
        self._batch = batch
        self._progress = progress
        self._total = total
        self._before = 0
        self._waiting: list[tuple[dict[str, Any], PreparedChunk]] = []
        self._records = self._weight = 0

    def add(self, entry: dict[str, Any], chunk: PreparedChunk) -> None:
        """Take the next chunk, and store what waits where it is enough."""
        if self._waiting and self._waiting[0][1].source_name != chunk.source_name:
            self.write()
        self._waiting.append((entry, chunk))
        self._records += chunk.record_count
        self._weight += chunk.weight
        if self._records >= CHUNK_RECORDS or self._weight >= CHUNK_CHARACTERS // 2:
            self.write()

    def end_file(self, source: Source) -> None:
        """Count a file that was read to its end."""
        self._before += source.size

    def report(self, *, now: bool = False) -> None:
        """Say how far the work is; raises where it was cancelled or taken over."""
        read = self._waiting[-1][1].bytes_read if self._waiting else 0
        self._progress.report(min(self._before + read, self._total), total=self._total, now=now)

    def write(self) -> None:
        """Store what waits."""
        if not self._waiting:
            return
        with transaction.atomic():
            commit_without_waiting()
            # The job's row stays locked until the chunk is committed: who lost the job stores nothing.
            self.report(now=True)
            for entry, chunk in self._waiting:
                entry["done"] += chunk.record_count
            chunk = joined_chunks([chunk for _, chunk in self._waiting])
            store_chunk(batch=self._batch, chunk=chunk, tally=self.tally)
        self._waiting, self._records, self._weight = [], 0, 0


def _quarantine_unreadable(files: BatchFiles, tally: Tally) -> None:
    """Account for the files of an archive that cannot be read, once."""
    fresh = files.newly_refused
    if not fresh:
        return
    refusals = [
        Refusal(
            position=Position(file=entry["name"]),
            reason=RefusalReason.UNREADABLE_FILE,
            sentence=entry["refused"],
        )
        for entry in fresh
    ]
    for entry in fresh:
        entry["done"] = 1
    chunk = Chunk(records=[], refusals=refusals, source_name="archive")
    store_chunk(batch=files.batch, chunk=chunk, tally=tally)


def _reading(entry: dict[str, Any], source: Source) -> Reading:
    return Reading(
        source=source,
        format_name=entry["format"],
        mapping=entry.get("mapping"),
        done=entry["done"],
        records_per_chunk=CHUNK_RECORDS,
        characters_per_chunk=CHUNK_CHARACTERS,
    )


def _fetch(batch: ImportBatch, progress: JobProgress) -> None:
    """Fetch what is only named yet. It is noted at once, so that nothing is fetched twice, or kept and forgotten."""
    if all("path" in entry for entry in batch.files):
        return
    between = partial(progress.report, 0, now=True)
    batch.files = [each for entry in batch.files for each in fetch_dataset(entry, between=between)]
    batch.save(update_fields=["files"])


def _close(batch: ImportBatch) -> None:
    if not batch.read_count:
        raise HarkenError(_("%(name)s holds no records, so nothing was imported.") % {"name": batch.name})
    batch.finished_at = timezone.now()
    batch.save(update_fields=["finished_at"])


def delete_kept_files(batch: ImportBatch) -> None:
    """Delete the uploads of a batch: what was read is in the database, where a withdrawal can reach it."""
    for entry in batch.files:
        if "kept_as" in entry:
            default_storage.delete(entry["kept_as"])


def forget_upload(batch: ImportBatch) -> None:
    """Delete the uploads of a batch, then note that they are gone: whoever is lost between both does it again."""
    delete_kept_files(batch)
    batch.files = [{key: value for key, value in entry.items() if key != "kept_as"} for entry in batch.files]
    batch.save(update_fields=["files"])


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
