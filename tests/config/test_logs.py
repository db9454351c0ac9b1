"""A page that fails says so in the log, without what users wrote."""

import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from config.logs import ErrorFormatter

SENTENCE = "new row violates a rule"
SAID_BY_A_USER = "my secret words"


def failing(_request: HttpRequest) -> HttpResponse:
    raise ValueError(f"{SENTENCE}\nDETAIL:  Failing row contains ({SAID_BY_A_USER}).")


urlpatterns = [path("failing/", failing), path("", include("config.urls"))]


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the log of the web process gets."""
    written = StringIO()
    [handler] = [
        each for each in logging.getLogger("django").handlers if isinstance(each.formatter, ErrorFormatter)
    ]
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


@override_settings(ROOT_URLCONF=__name__)
def test_a_failed_request_leaves_its_place_and_not_its_words(log: StringIO) -> None:
    answer = Client(raise_request_exception=False).get("/failing/")
    assert answer.status_code == 500
    told = log.getvalue()
    assert "/failing/" in told
    assert "in failing" in told
    assert f"ValueError: {SENTENCE}" in told
    assert SAID_BY_A_USER not in told


def test_a_failed_task_is_told_without_the_row_that_it_names(log: StringIO) -> None:
    error = ValueError(f"{SENTENCE}\nDETAIL:  Failing row contains ({SAID_BY_A_USER}).")
    logging.getLogger("celery.app.trace").error("Task %s raised unexpected: %r", "run_import", error)
    assert "run_import raised unexpected" in log.getvalue()
    assert SAID_BY_A_USER not in log.getvalue()


def test_a_failed_job_is_told_without_its_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        failing(HttpRequest())
    except ValueError:
        structlog.get_logger().exception("job_failed", kind="import")
    told = capsys.readouterr().err
    assert "job_failed" in told
    assert f"ValueError: {SENTENCE}" in told
    assert SAID_BY_A_USER not in told
