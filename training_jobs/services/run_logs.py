"""The logs of runs that ended, kept for as long as their project wants."""

from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from training_jobs.models import TrainingRun
from training_jobs.queries.artifacts import log_path

log = structlog.get_logger()


def delete_old_logs(*, now: datetime | None = None) -> int:
    """Delete the logs of ended runs past their project's days since the last line; returns how many."""
    moment = now or timezone.now()
    ended = TrainingRun.objects.filter(finished_at__lt=moment, project__log_retention_days__isnull=False)
    count = sum(_delete_if_old(run, moment) for run in ended.select_related("project"))
    if count:
        log.info("old_run_logs_deleted", runs=count)
    return count


def _delete_if_old(run: TrainingRun, moment: datetime) -> bool:
    path = log_path(run)
    before = moment - timedelta(days=run.project.log_retention_days or 0)
    # An evaluation writes on in the log of a run that ended long ago.
    if not path.exists() or path.stat().st_mtime >= before.timestamp():
        return False
    path.unlink(missing_ok=True)
    return True
