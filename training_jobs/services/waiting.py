"""Waiting for a run: following the worker that does it, or doing it here where there is none."""

import os
import socket
import time

from training_jobs.models import TrainingRun
from training_jobs.queries.workers import FOREGROUND, is_training_worker_alive
from training_jobs.services.runs import sweep_runs
from training_jobs.services.supervision import Drain, Listener, work_through_runs

POLL_SECONDS = 0.5


def see_run_through(*, run: TrainingRun, listener: Listener) -> TrainingRun:
    """Return the run once it has ended, or once this process was asked to stop."""
    drain = Drain()
    while not run.is_finished and not drain.is_asked:
        if is_training_worker_alive():
            time.sleep(POLL_SECONDS)
        else:
            sweep_runs()
            work_through_runs(worker_name=_foreground_name(), run=run, listener=listener, drain=drain)
            time.sleep(POLL_SECONDS)
        run.refresh_from_db()
        listener(run)
    return run


def _foreground_name() -> str:
    return f"{FOREGROUND}@{socket.gethostname()}:{os.getpid()}"
