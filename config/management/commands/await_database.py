"""Wait until the database answers and its tables are up to date: the other services start after it."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError, connection

from config.database_session import is_migrated


class Command(BaseCommand):
    help = "Return once the database is up and migrated; fail with a sentence after --seconds."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add how long to wait."""
        parser.add_argument("--seconds", type=int, default=300)

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Ask twice a second."""
        deadline = time.monotonic() + options["seconds"]
        while not self.is_ready():
            if time.monotonic() > deadline:
                message = f"The database was not ready within {options['seconds']} s. `make run` starts it."
                raise CommandError(message)
            time.sleep(0.5)

    def is_ready(self) -> bool:
        """Tell whether the database answers and every migration was applied."""
        try:
            return is_migrated()
        except (OperationalError, ProgrammingError):
            connection.close()
            return False
