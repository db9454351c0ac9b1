"""SQL of the rule that rows cannot cross projects: composite keys (project_id, id), checked by the database."""

from collections.abc import Iterable


def project_key_sql(table: str) -> tuple[str, str]:
    """Return the statements that add and drop UNIQUE (project_id, id), which other rows' keys refer to."""
    name = f"{table}_project_key"
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE (project_id, id)",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


def same_project_sql(table: str, column: str, parent: str) -> tuple[str, str]:
    """Return the statements that add and drop the key by which `column` stays within the row's project."""
    name = f"{table}_{column}_same_project"
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (project_id, {column}) "
        f"REFERENCES {parent} (project_id, id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


def isolation_sql(tables: Iterable[str], relations: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Return (forward, reverse) statements for the keys of `tables` and the (table, column, parent) `relations`."""
    return [project_key_sql(table) for table in tables] + [
        same_project_sql(*relation) for relation in relations
    ]
