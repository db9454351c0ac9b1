"""The application as an HTTP transport of this process, with a worker that does what was rung for at once."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from config.wsgi import application
from curation.models import Job
from curation.services.exporters.exports import run_export
from curation.services.importers.imports import run_import
from curation.services.versions.datasets import run_freeze

WORK = {"import": run_import, "freeze": run_freeze, "export": run_export}


class WorkingTransport(httpx.WSGITransport):
    """Answers from the application; before each question, the jobs that wait are done."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Do what waits, then answer."""
        for job in Job.objects.filter(state=Job.State.QUEUED, kind__in=WORK):
            WORK[job.kind](job_id=job.pk)
        return super().handle_request(request)


@contextmanager
def working_transport() -> Iterator[WorkingTransport]:
    """Give a transport to the application that keeps the test's transaction, as Django's own client does."""
    with connection_kept():
        yield WorkingTransport(app=application)


@contextmanager
def connection_kept() -> Iterator[None]:
    """Let requests of the block leave the database connection open: the test's transaction lives on it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
