"""An embedded database in a folder of its own, with tables and nothing in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from config.embedded.postgres import database_url, running_postgres


@contextmanager
def fresh_database(folder: Path) -> Iterator[None]:
    """Run a server inside the block, migrated, and point both connections at it."""
    folder.mkdir(mode=0o711)
    settings.MEDIA_ROOT = str(folder / "artifacts")
    for role, alias in (("app", "default"), ("owner", "owner")):
        host = database_url(role, var=folder).partition("host=")[2].partition("&")[0]  # type: ignore[arg-type]
        connections[alias].close()
        connections[alias].settings_dict["HOST"] = host.replace("%2F", "/")
    with running_postgres(folder):
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        try:
            yield
        finally:
            connections.close_all()
