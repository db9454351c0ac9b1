"""Files that wait for a person's word before they are imported: taken in, confirmed, thrown away."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.domain.importers.archives import printable
from curation.domain.importers.encoding_doubt import require_known_encoding
from curation.domain.importers.reading import members_of, open_source
from curation.models import ImportBatch, Job, Project, User
from curation.queries.importers.previews import Reading, name_of_upload
from curation.services.importers.hub_fetching import delete_broken_fetches, require_hub_allowed
from curation.services.importers.imports import (
    begin_import,
    delete_kept_files,
    forget_upload,
    kept_upload,
    name_of_files,
)
from curation.services.work.audit import record_event
from curation.services.work.jobs import resume_job, ring_job

log = structlog.get_logger()
# How long a file that was just uploaded waits for a word at least.
LOOKING = timedelta(days=1)


@transaction.atomic
def stage_upload(*, project: Project, upload: "File[bytes]", actor: User) -> ImportBatch:
    """Keep an uploaded file under a random name until a person confirms how it is read.

    Raises SourceError, and keeps nothing, where it cannot be read at all.
    """
    with kept_upload(upload) as entry:
        return _stage(project, entry, actor)


@transaction.atomic
def stage_path(*, project: Project, path: str, actor: User) -> ImportBatch:
    """Let a file of the server wait for a person's word.

    Raises HarkenError for a path outside the folders that HARKEN_IMPORT_FOLDERS names; links are followed first.
    """
    place = allowed_path(path)
    return _stage(project, {"path": str(place), "name": printable(place.name)}, actor)


@transaction.atomic
def open_hub_import(*, project: Project, dataset: str, actor: User) -> ImportBatch:
    """Import a dataset of the hub, its files recognised as they come; raises HarkenError where that is not allowed."""
    require_hub_allowed()
    batch = ImportBatch(
        project=project, name=dataset[:200], files=[{"hub": dataset, "name": dataset}], created_by=actor
    )
    ring_job(job=begin_import(batch=batch, actor=actor))
    return batch


def allowed_path(path: str) -> Path:
    """Return a path in full where it lies in a folder that may be imported from; raises HarkenError."""
    folders = [Path(folder).resolve() for folder in settings.HARKEN_IMPORT_FOLDERS]
    try:
        place = Path(path).resolve()
    except (OSError, ValueError, RuntimeError):
        place = Path()
    if not any(place.is_relative_to(folder) and place != folder for folder in folders):
        # Whether anything is at that path is nobody's business.
        raise HarkenError(
            _(
                "Files on this server may be imported only from %(folders)s, as the setting HARKEN_IMPORT_FOLDERS says."
            )
            % {"folders": ", ".join(map(str, folders)) or _("no folder")}
        )
    return place


def _stage(project: Project, entry: dict[str, str], actor: User) -> ImportBatch:
    _require_readable(entry)
    batch = ImportBatch.objects.create(
        project=project, name=name_of_files([entry["name"]])[:200], files=[entry], created_by=actor
    )
    record_event(
        action="import.staged", project=project, actor=actor, target=batch, details={"files": batch.name}
    )
    return batch


def _require_readable(entry: dict[str, str]) -> None:
    """Raise SourceError for a file that nothing can be read from, whatever it is taken for."""
    found = members_of(entry["path"], name=entry["name"])
    if found[0][1] == "":
        open_source(entry["path"], name=entry["name"])


@transaction.atomic
def confirm_import(*, batch: ImportBatch, reading: Reading, rights: dict[str, str], actor: User) -> Job:
    """Import a file that waits, read as a person confirmed; a worker is rung for.

    Also begins anew what stopped before anything was read. Raises HarkenError where it runs or ran already.
    """
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if not (locked.is_staged or locked.may_be_read_otherwise):
        raise HarkenError(_("This import is under way or done. Upload the file again to read it otherwise."))
    require_known_encoding(reading.encoding)
    locked.files[0] = _entry_as(locked.files[0], reading)
    for name, value in rights.items():
        setattr(locked, name, value)
    if locked.job is not None:
        locked.save()
        resume_job(job=locked.job, actor=actor)
        return locked.job
    job = begin_import(batch=locked, actor=actor)
    ring_job(job=job)
    return job


def _entry_as(entry: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """Return a file's entry with how it is read; what an attempt before found out is forgotten."""
    kept = {name: value for name, value in entry.items() if name in {"path", "kept_as", "hub", "revision"}}
    mapping = reading.mapping.as_json() if reading.mapping else None
    said = {
        "name": name_of_upload(entry),
        "format": reading.format_name,
        "encoding": reading.encoding,
        "mapping": mapping,
    }
    return kept | {name: value for name, value in said.items() if value}


@transaction.atomic
def discard_upload(*, batch: ImportBatch, actor: User) -> None:
    """Throw away a file that waits; nothing of it was imported."""
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if not locked.is_staged:
        raise HarkenError(
            _("This import has begun, so its file is not thrown away. Cancel or undo it instead.")
        )
    record_event(
        action="import.discarded",
        project=locked.project,
        actor=actor,
        target=locked,
        details={"files": locked.name},
    )
    files = list(locked.files)
    locked.delete()
    transaction.on_commit(lambda: delete_kept_files(ImportBatch(files=files)))


def delete_old_uploads(*, now: datetime | None = None) -> int:
    """Delete the kept files of imports that failed, were cancelled or never confirmed, past their project's days.

    Those of imports that were read go too, whose worker was lost before it could. Returns how many imports lost
    their files. What waited for a word is forgotten with its file.
    """
    moment, count = now or timezone.now(), 0
    delete_broken_fetches(now=moment)
    for uploads in _left_over(moment):
        for number in uploads.values_list("pk", flat=True):
            count += _forget(uploads, number)
    if count:
        log.info("old_uploads_deleted", imports=count)
    return count


def _left_over(moment: datetime) -> Iterator[QuerySet[ImportBatch]]:
    """Yield queries of the imports whose uploads nothing needs any more."""
    # All files of an import are kept, or none.
    uploads = ImportBatch.objects.filter(files__0__has_key="kept_as")
    yield uploads.filter(job__state=Job.State.SUCCEEDED)
    for project in Project.objects.filter(raw_file_retention_days__isnull=False):
        before = moment - timedelta(days=project.raw_file_retention_days or 0)
        # Whoever is looking at a preview needs the file for a while, however few days there are.
        staged = Q(job__isnull=True, finished_at__isnull=True, created_at__lt=min(before, moment - LOOKING))
        stopped = Q(job__state__in=[Job.State.FAILED, Job.State.CANCELLED], job__finished_at__lt=before)
        yield uploads.for_project(project).filter(staged | stopped)


def _is_at_rest(batch: ImportBatch) -> bool:
    """Lock a batch's job, so that nobody resumes it now; somebody who holds it is just about to."""
    if batch.job is None:
        return True
    return Job.objects.select_for_update(skip_locked=True).filter(pk=batch.job.pk).first() is not None


@transaction.atomic
def _forget(uploads: QuerySet[ImportBatch], number: int) -> bool:
    """Delete a batch's files, and the row of one that was never begun, unless somebody takes it up meanwhile."""
    batch = ImportBatch.objects.select_for_update(skip_locked=True).filter(pk=number).first()
    if batch is None or not _is_at_rest(batch) or not uploads.filter(pk=number).exists():
        return False
    record_event(action="import.files_deleted", project=batch.project, target=batch)
    if not batch.is_staged:
        forget_upload(batch)
        return True
    files = ImportBatch(files=batch.files)
    batch.delete()
    transaction.on_commit(lambda: delete_kept_files(files))
    return True
