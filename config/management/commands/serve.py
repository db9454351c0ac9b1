"""Bring the tables up to date and serve: the web process of the Procfile."""

import os
import socket
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections

WAIT_SECONDS = 120


class Command(BaseCommand):
    help = (
        "Migrate as the owner of the tables, collect static files, and serve with gunicorn (2 × 3 threads)."
    )
    requires_system_checks: list[str] = []

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        """Prepare, then become gunicorn."""
        self.await_server()
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        connections.close_all()
        self.require_free_address()
        self.stdout.write(f"Harken is at http://{settings.HARKEN_ADDRESS}/")
        self.stdout.flush()
        os.execv(  # noqa: S606 - no shell is wanted: the process becomes gunicorn
            sys.executable, [sys.executable, "-m", "gunicorn", *self.gunicorn_options()]
        )

    def require_free_address(self) -> None:
        """Say so where another program has the address, before gunicorn tries for it again and again."""
        host, _, port = settings.HARKEN_ADDRESS.rpartition(":")
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((host.strip("[]"), int(port)))
            except OSError as error:
                message = (
                    f"{settings.HARKEN_ADDRESS} is taken or not to be had ({error.strerror}). "
                    "Name another one with HARKEN_ADDRESS=127.0.0.1:8001."
                )
                raise CommandError(message) from error

    def await_server(self) -> None:
        """Wait until the database server answers its owner."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                connections["owner"].ensure_connection()
            except OperationalError as error:
                if time.monotonic() > deadline:
                    message = f"The database did not answer within {WAIT_SECONDS} s: {error}"
                    raise CommandError(message) from error
                time.sleep(0.3)
            else:
                return

    def memory_folder(self) -> list[str]:
        """Keep gunicorn's heartbeats in memory where the system offers a folder there."""
        shared = "/dev/shm"  # noqa: S108 - gunicorn makes unguessable names in it
        return [f"--worker-tmp-dir={shared}"] if os.path.isdir(shared) else []

    def gunicorn_options(self) -> list[str]:
        """Two processes of three threads (decision 0011), which keep their database connections."""
        return [
            "config.wsgi:application",
            f"--bind={settings.HARKEN_ADDRESS}",
            "--workers=2",
            "--threads=3",
            *self.memory_folder(),
            "--timeout=120",
            "--graceful-timeout=3",  # the Procfile's runner waits five seconds before it kills
            "--log-level=warning",
            "--no-control-socket",
        ]
