"""Exports: a version as a file, streamed, hashed, and gone when what it holds is withdrawn."""

import shutil
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.dispatch import RUN_EXPORT
from curation.domain.errors import HarkenError
from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.models import DatasetVersion, Job, User
from curation.queries.versions.version_rows import readable_rows
from curation.queries.work.jobs import unfinished_job
from curation.services.exporters.export_files import WrittenExport, write_export
from curation.services.exporters.export_requests import ExportRequest, check_request, request_from_json
from curation.services.exporters.tokenizers import tokenizer_at, tokenizer_named
from curation.services.work.audit import record_event
from curation.services.work.jobs import JobProgress, Listener, open_job, ring_job, run_job
from curation.services.work.turns import take_turns, take_turns_with_withdrawals

DEFAULT_EXPORT = ExportRequest()
KIND = "export"
FOLDER = "exports"
REPORT_EVERY_ROWS = 200
# By then the program may be a newer one, which writes what an older one wrote wrongly.
WRITTEN_AGAIN_AFTER = timedelta(days=1)


@transaction.atomic
def open_export(
    *, version: DatasetVersion, actor: User | None, wanted: ExportRequest = DEFAULT_EXPORT
) -> Job:
    """Return the job that writes a version to a file for download; a worker is rung for where it is new.

    A version never changes, so a file that was just written, or is on its way, is the one that is asked for.
    Raises UnknownFormatError for a format or an ending that is not written here, and HarkenError for a request that
    cannot be met.
    """
    _require_frozen(version)
    check_request(wanted, version=version)
    tokenizer_named(wanted.tokenizer)
    arguments = {"version": version.pk, **wanted.as_json()}
    take_turns("export", version.pk)
    found = unfinished_job(version.project, kind=KIND, arguments=arguments) or _written(version, arguments)
    return found or _new_export(version, actor, arguments)


def _written(version: DatasetVersion, arguments: dict[str, Any]) -> Job | None:
    jobs = Job.objects.for_project(version.project).filter(
        kind=KIND,
        arguments=arguments,
        state=Job.State.SUCCEEDED,
        result__has_key="file",
        finished_at__gte=timezone.now() - WRITTEN_AGAIN_AFTER,
    )
    newest = jobs.order_by("-id").first()
    return newest if newest is not None and default_storage.exists(newest.result["file"]) else None


def _new_export(version: DatasetVersion, actor: User | None, arguments: dict[str, Any]) -> Job:
    job = open_job(
        project=version.project,
        kind=KIND,
        task_name=RUN_EXPORT,
        actor=actor,
        arguments=arguments,
        unit="rows",
    )
    details = {name: arguments[name] for name in ("format_name", "ending", "is_bundle")}
    record_event(
        action="export.opened", project=version.project, actor=actor, target=version, details=details
    )
    ring_job(job=job)
    return job


def run_export(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of an export's job: the file lies among the artifacts, and its name in the job's result."""

    def work(progress: JobProgress) -> dict[str, Any]:
        arguments = progress.job.arguments
        versions = DatasetVersion.objects.for_project(progress.job.project).select_related(
            "dataset", "project"
        )
        return _export(versions.get(pk=arguments["version"]), request_from_json(arguments), progress)

    return run_job(job_id=job_id, work=work, listener=listener)


def _export(version: DatasetVersion, wanted: ExportRequest, progress: JobProgress) -> dict[str, Any]:
    # Named after the job, so that what a killed worker left can be found; and after the try, so that one who
    # was thought dead writes another file.
    ending = ".zip" if wanted.is_bundle else wanted.ending
    file = f"{FOLDER}/{progress.job.uuid}-{progress.job.fence}{ending}"
    path = Path(default_storage.path(file))
    _delete_files_of(progress.job)
    try:
        written = write_export(
            version,
            wanted=wanted,
            path=path,
            passing=partial(_reported, progress=progress, total=version.row_count),
            tokenizer=tokenizer_named(wanted.tokenizer),
        )
        result = {**written.as_json(), "file": file, "file_name": file_name_of(version, wanted)}
        _keep(version, wanted, progress, result)
    except BaseException:
        # Whatever happened, the job does not know of the file, so nobody else would ever delete it.
        path.unlink(missing_ok=True)
        raise
    return result


def file_name_of(version: DatasetVersion, wanted: ExportRequest) -> str:
    """Return the name that a file is saved under."""
    stem = f"{version.dataset.name}-{version.number}"
    if wanted.format_name != DEFAULT_EXPORT.format_name:
        stem += f"-{wanted.format_name}"
    if wanted.mask_personal_data:
        stem += "-masked"
    return f"{stem}.zip" if wanted.is_bundle else f"{stem}{wanted.ending}"


def _reported(
    rows: Iterable[DatasetRowRecord], *, progress: JobProgress, total: int
) -> Iterator[DatasetRowRecord]:
    done = 0
    for done, row in enumerate(rows, start=1):
        if done % REPORT_EVERY_ROWS == 0:
            progress.report(done, total=total)
        yield row
    progress.report(done, total=total, now=True)


@transaction.atomic
def _keep(
    version: DatasetVersion, wanted: ExportRequest, progress: JobProgress, result: dict[str, Any]
) -> None:
    """Note the file for later withdrawals to find, unless a row was withdrawn while it was written."""
    take_turns_with_withdrawals(version.project)
    if readable_rows(version, splits=wanted.wanted_splits).count() != result["read"]:
        raise HarkenError(
            _("A conversation was withdrawn while this file was written, so it was deleted. Export again.")
        )
    progress.keep(result)
    older = Job.objects.filter(kind=KIND, arguments=progress.job.arguments, id__lt=progress.job.pk)
    _forget_files(older.filter(result__has_key="file"))


def opened_export(job: Job) -> "File[bytes] | None":
    """Return the file of a finished export, open, or None where it is not there or not there any more."""
    if job.kind != KIND or job.state != Job.State.SUCCEEDED or "file" not in job.result:
        return None
    try:
        return default_storage.open(job.result["file"])
    except FileNotFoundError:
        return None


def export_to_path(
    *, version: DatasetVersion, wanted: ExportRequest, path: Path, listener: Listener | None = None
) -> WrittenExport:
    """Write a version to a file of one's own, which no later withdrawal reaches."""
    _require_frozen(version)
    check_request(wanted, version=version)
    passing = partial(_listened, listener=listener, total=version.row_count)
    written = write_export(
        version, wanted=wanted, path=path, passing=passing, tokenizer=tokenizer_at(wanted.tokenizer)
    )
    result = written.result
    details = {"format": wanted.format_name, "rows": result.rows, "sha256": result.sha256}
    record_event(action="export.written", project=version.project, target=version, details=details)
    return written


def _listened(
    rows: Iterable[DatasetRowRecord], *, listener: Listener | None, total: int
) -> Iterator[DatasetRowRecord]:
    for number, row in enumerate(rows, start=1):
        if listener is not None and (number % REPORT_EVERY_ROWS == 0 or number == total):
            listener(number, total)
        yield row


def _require_frozen(version: DatasetVersion) -> None:
    if version.frozen_at is None:
        raise HarkenError(_("This version is not frozen yet. Freeze it, then export it."))


@transaction.atomic
def delete_exports_of(*, version_ids: Iterable[int]) -> int:
    """Delete the exported files of these versions, unfinished ones too; the jobs stay and say so.

    Returns how many finished files there were.
    """
    return _forget_files(Job.objects.filter(kind=KIND, arguments__version__in=list(version_ids)))


def _forget_files(jobs: QuerySet[Job]) -> int:
    count = 0
    for job in jobs.select_for_update():
        if job.result.pop("file", None) is not None:
            job.save(update_fields=["result"])
            count += 1
        transaction.on_commit(partial(_delete_files_of, job))
    return count


def _delete_files_of(job: Job) -> None:
    """Delete what every try at an export left, whole or not."""
    for path in Path(default_storage.path(FOLDER)).glob(f"*{job.uuid}*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
