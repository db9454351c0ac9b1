"""What the database is told for one statement: which plan to take, and when to give up."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError

# PostgreSQL's code of a statement that ran into its time limit.
CANCELLED = "57014"
PATIENCE_MS = 4_000


class SearchTooWideError(HarkenError):
    """A search that would take too long; the text is written for people."""


@contextmanager
def planned(**settings: str) -> Iterator[None]:
    """Set planner settings for the statements inside; raises SearchTooWideError where they take too long.

    A setting's name is written with `__` for its dot. All of them are set back at the end.
    """
    wanted = {name.replace("__", "."): value for name, value in settings.items()}
    wanted["statement_timeout"] = str(PATIENCE_MS)
    try:
        with transaction.atomic():
            before = _current(list(wanted))
            _set(wanted)
            yield
            _set(before)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != CANCELLED:
            raise
        raise SearchTooWideError(
            _("This search takes too long. Narrow the list first, or ask for rarer words.")
        ) from error


def _current(names: list[str]) -> dict[str, str]:
    columns = ", ".join(["current_setting(%s, true)"] * len(names))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", names)
        return {name: value or "" for name, value in zip(names, cursor.fetchone(), strict=True)}


def _set(settings: dict[str, str]) -> None:
    kept = {name: value for name, value in settings.items() if value}
    columns = ", ".join(["set_config(%s, %s, true)"] * len(kept))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", [part for pair in kept.items() for part in pair])
