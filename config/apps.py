"""The project as an application: it loads the task queue and holds the commands that span every app."""

from importlib import import_module

from django.apps import AppConfig

from config.logs import configure_structlog


class HarkenConfig(AppConfig):
    """Load Celery's application with Django, so that every process queues through the same one and logs alike."""

    name = "config"

    def ready(self) -> None:
        """Load config.celery once the settings are complete."""
        configure_structlog()
        import_module("config.celery")
