"""The database for the time of one command: the one that runs, or the embedded one started for it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.embedded.postgres import running_postgres


@contextmanager
def database_session() -> Iterator[None]:
    """Have an up-to-date database inside the block; a database named by DATABASE_URL is taken as it is."""
    if "DATABASE_URL" in os.environ:
        yield
        return
    with running_postgres(settings.VAR):
        if not is_migrated():
            call_command("migrate", database="owner", verbosity=0, interactive=False)
        yield


def is_migrated() -> bool:
    """Tell whether every migration was applied; raises OperationalError where no server answers."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
