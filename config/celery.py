"""The Celery application. Messages are bells: every task loads a row and works from what the row says."""

import os
from pathlib import Path

from celery import Celery
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")

TRANSPORT_ALIASES["filesystem"] = "config.broker:Transport"
app = Celery("harken")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def make_broker_folders() -> None:
    """Make the folders of the embedded broker, which Celery does not make by itself."""
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        for name in ("messages", "control", "processed"):
            Path(settings.BROKER_FOLDER, name).mkdir(parents=True, exist_ok=True)


make_broker_folders()
