"""The planner's statistics of tables that grew by the thousand, refreshed at once rather than by autovacuum."""

from django.db import connection, models


def refresh_statistics(*tables: type[models.Model]) -> None:
    """Analyse these tables and merge what their word indexes have gathered.

    Only an owner may; a function of the database does it for the app's role, which owns nothing.
    """
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute("SELECT harken_refresh_statistics(%s)", [table._meta.db_table])
