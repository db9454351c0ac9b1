"""Whether a training worker is there to hear a bell."""

from datetime import timedelta

from django.utils import timezone

from curation.models import Heartbeat
from training_jobs.models import Worker

ALIVE_WITHIN = timedelta(seconds=60)
# A run that is trained in the foreground is supervised by a command, which serves no other run.
FOREGROUND = "foreground"


def is_training_worker_alive() -> bool:
    """Return whether a training worker was seen within a minute."""
    since = timezone.now() - ALIVE_WITHIN
    if Heartbeat.objects.filter(name="worker:training", seen_at__gte=since).exists():
        return True
    workers = Worker.objects.filter(heartbeat_at__gte=since, is_draining=False)
    return workers.exclude(name__startswith=FOREGROUND).exists()
