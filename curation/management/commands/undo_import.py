"""Undo an import."""

from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from curation.domain.errors import HarkenError
from curation.models import ImportBatch, Job, Project
from curation.queries.importers.imports import import_of
from curation.queries.importers.undoing import newest_undo
from curation.services.importers.undoing import open_undo, run_undo
from curation.services.work.jobs import resume_job
from curation.services.work.terminal import HarkenCommand, progress_bar, result_of


class Command(HarkenCommand):
    """Undoes an import."""

    help = (
        "Delete what an import brought, except what something else here depends on; the reasons are counted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the project and the import."""
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, help="short name of the project")
        parser.add_argument(
            "--batch", required=True, metavar="UUID", help="as import_conversations prints it"
        )

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Undo in this process, with a progress bar."""
        job = _job_for(_batch_of(options["project"], options["batch"]))
        with progress_bar("undo", unit="conversations") as listener:
            return result_of(run_undo(job_id=job.pk, listener=listener))


def _batch_of(slug: str, number: str) -> ImportBatch:
    project = Project.objects.filter(slug=slug).first()
    if project is None:
        raise HarkenError(f"There is no project {slug}.")
    try:
        batch = import_of(project, UUID(number))
    except ValueError:
        batch = None
    if batch is None:
        raise HarkenError(f"{slug} has no import {number}. import_conversations prints the batch of each.")
    return batch


def _job_for(batch: ImportBatch) -> Job:
    """Return the job of an undo that stopped, to go on with what is left, or a new one."""
    stopped = newest_undo(batch)
    if stopped is None or stopped.state not in {Job.State.FAILED, Job.State.CANCELLED}:
        return open_undo(batch=batch, actor=None)
    resume_job(job=stopped, actor=None)
    return stopped
