"""What of the installation runs, and which command starts what does not."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from curation.dispatch import queue_of
from curation.domain.work.job_states import JobState
from curation.models import Heartbeat, Job
from language_models.embedders.client import SocketEmbedder
from language_models.embedders.contract import EmbedderUnavailableError

STALE_AFTER = timedelta(seconds=60)
EMBEDDER_REPLY_SECONDS = 1.0
# Migrations do not come and go: looking at them again once a minute is enough.
MIGRATIONS_CHECK_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A part of the installation: what stops without it, and the command that starts it."""

    name: str
    label: str | Promise
    without_it: str | Promise
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """Whether a part of the installation runs."""

    service: Service
    is_running: bool


# The commands are those of the Procfile; a test holds them together.
DATABASE = Service(
    name="database",
    label=_("The database"),
    without_it=_("Without it nothing works."),
    command="python -m config.embedded.postgres",
)
MIGRATIONS = Service(
    name="migrations",
    label=_("The newest tables"),
    without_it=_("Without them some pages fail."),
    command="python manage.py migrate --database owner",
)
DEFAULT_WORKER = Service(
    name="worker:default",
    label=_("The worker"),
    without_it=_("Without it imports, mining and exports wait."),
    command="celery --quiet --app config worker --queues default",
)
TRAINING_WORKER = Service(
    name="worker:training",
    label=_("The training worker"),
    without_it=_("Without it training runs wait in their queue."),
    command="celery --quiet --app config worker --include training_jobs.gpu_tasks --queues training",
)
BACKGROUND_WORKER = Service(
    name="worker:background",
    label=_("The background worker"),
    without_it=_("Without it nothing is enriched, and queues that ask for screening wait."),
    command="celery --quiet --app config worker --queues background",
)
EMBEDDER = Service(
    name="embedder",
    label=_("The embedder"),
    without_it=_("Without it search by meaning and the embedding detector stop."),
    command="python -m language_models.embedders.server",
)
SWEEP = Service(
    name="sweep",
    label=_("The sweep"),
    without_it=_("Without it nobody takes up the work of a worker that died."),
    command="python manage.py sweep",
)
WEB_NEEDS = (DATABASE, MIGRATIONS)
BEATING = (DEFAULT_WORKER, TRAINING_WORKER, BACKGROUND_WORKER, SWEEP)
SERVICES = (*WEB_NEEDS, EMBEDDER, *BEATING)


def installation_health() -> list[ServiceState]:
    """Return the state of every part; where the database is away, nothing that is known through it counts."""
    beating = _names_that_beat()
    states = [
        ServiceState(service=DATABASE, is_running=beating is not None),
        ServiceState(service=MIGRATIONS, is_running=beating is not None and _is_migrated()),
        ServiceState(service=EMBEDDER, is_running=_embedder_answers()),
    ]
    return states + [
        ServiceState(service=service, is_running=service.name in (beating or set())) for service in BEATING
    ]


def web_health() -> list[ServiceState]:
    """Return the state of what the web process itself cannot do without."""
    return [state for state in installation_health() if state.service in WEB_NEEDS]


def _names_that_beat() -> set[str] | None:
    """Return the names with a fresh heartbeat, or None where the database does not answer.

    A worker that is deep in a job answers no question, but renews the lease of its job.
    """
    now = timezone.now()
    try:
        names = set(Heartbeat.objects.filter(seen_at__gte=now - STALE_AFTER).values_list("name", flat=True))
        running = Job.objects.filter(state=JobState.RUNNING, lease_expires_at__gt=now)
        names |= {f"worker:{queue_of(task)}" for task in running.values_list("task_name", flat=True)}
    except DatabaseError:
        return None
    return names


def _is_migrated() -> bool:
    """Return whether every migration of this code is applied."""
    return bool(cache.get_or_set("curation:is_migrated", _has_no_pending_migration, MIGRATIONS_CHECK_SECONDS))


def _has_no_pending_migration() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def _embedder_answers() -> bool:
    embedder = SocketEmbedder(settings.HARKEN_EMBEDDER_SOCKET, reply_seconds=EMBEDDER_REPLY_SECONDS)
    try:
        embedder.health()
    except EmbedderUnavailableError:
        return False
    return True
