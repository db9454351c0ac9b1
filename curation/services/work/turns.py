"""Acts that must not happen at once in one project, told apart by a lock of the database."""

from django.db import connection

from curation.models import Project


def take_turns_with_imports(*, project_id: int) -> None:
    """Wait until no chunk of an import into the project is being committed, and let others wait.

    Without it one import could store what another just stored, or look up what is deleted in that moment.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import'), %s)", [project_id % 2**31])


def take_turns_with_withdrawals(project: Project) -> None:
    """Wait until no withdrawal of the project, nor a copy of its texts, is being committed, and let others wait.

    Without it a text could be copied in the moment in which it is withdrawn. Whoever copies looks after this
    whether it still stands.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('withdrawal'), %s)", [project.pk % 2**31])


def take_turns(act: str, number: int) -> None:
    """Wait until nobody else is at this act on the row of this number, and let others wait to the transaction's end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [act, number % 2**31])
