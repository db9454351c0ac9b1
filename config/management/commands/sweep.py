"""The periodic sweep: rings again for what waits, ends what ran out, and shows that it is alive."""

import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.utils import timezone

from annotation.services.desk.leases import end_expired_leases
from curation.services.enrichers.enrichment import open_waiting_enrichments
from curation.services.enrichers.word_index import ring_word_indexes
from curation.services.importers.uploads import delete_old_uploads
from curation.services.work.health import ask_workers_to_beat, beat
from curation.services.work.jobs import ring_waiting_jobs
from curation.services.writing.stored_replies import erase_old_replies
from training_jobs.services.run_logs import delete_old_logs
from training_jobs.services.runs import sweep_runs

log = structlog.get_logger()


def _end_leases() -> None:
    end_expired_leases(now=timezone.now())


def _beat() -> None:
    beat(name="sweep")


STEPS: tuple[Callable[[], object], ...] = (
    _beat,
    ask_workers_to_beat,
    ring_waiting_jobs,
    ring_word_indexes,
    open_waiting_enrichments,
    sweep_runs,
    _end_leases,
    delete_old_uploads,
    erase_old_replies,
    delete_old_logs,
)


def attempt(step: Callable[[], object]) -> None:
    """Do one step of the sweep; what fails in it ends neither the other steps nor the sweeping."""
    try:
        step()
    except DatabaseError as error:
        log.warning("sweep_failed", step=step.__name__, error=type(error).__name__)
        close_old_connections()
    except Exception:
        log.exception("sweep_failed", step=step.__name__)


class Command(BaseCommand):
    help = "Sweep every few seconds until stopped; --once sweeps once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the pace."""
        parser.add_argument("--once", action="store_true")
        parser.add_argument("--every", type=float, default=5.0, help="seconds between two sweeps")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Sweep until SIGTERM or SIGINT."""
        self.stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        while not self.stopping:
            for step in STEPS:
                attempt(step)
            if options["once"]:
                return
            self.rest(options["every"])

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """End after the sweep that runs."""
        self.stopping = True

    def rest(self, seconds: float) -> None:
        """Sleep in short steps, so that a stop is heard at once."""
        until = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < until:
            time.sleep(0.2)
