"""PostgreSQL's COPY for rows that come by the thousand: several times as fast as INSERT."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.db import connection, models
from psycopg import Copy, sql

LINES_PER_WRITE = 100


def reserve_ids(model: type[models.Model], *, count: int) -> list[int]:
    """Take `count` ids out of a table's sequence."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [key for (key,) in cursor.fetchall()]


def copy_rows(model: type[models.Model], *, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Store rows of these columns, JSON as text; what is not named takes the default of the database.

    Constraints, keys and triggers are checked as for INSERT, and an error carries the same class.
    """
    with _copying(model, columns) as copy:
        for row in rows:
            copy.write_row(row)


def copy_lines(model: type[models.Model], *, columns: Sequence[str], lines: Iterator[bytes]) -> None:
    """Store rows that are lines of COPY's text format already; each element may hold several."""
    with _copying(model, columns) as copy:
        # Each write is a step of its own through the driver, so lines go by the hundred.
        while block := list(islice(lines, LINES_PER_WRITE)):
            copy.write(b"".join(block))


def copy_instances(instances: Sequence[models.Model]) -> None:
    """Store new rows of one model and give them their ids; nothing else is read back."""
    if not instances:
        return
    model = type(instances[0])
    for instance, key in zip(instances, reserve_ids(model, count=len(instances)), strict=True):
        instance.pk = key
    fields = model._meta.concrete_fields
    rows = ([_copied(field, getattr(each, field.attname)) for field in fields] for each in instances)
    copy_rows(model, columns=[field.attname for field in fields], rows=rows)


def _copied(field: "models.Field[Any, Any]", value: Any) -> Any:
    is_json = isinstance(field, models.JSONField) and value is not None
    return json.dumps(value, ensure_ascii=False) if is_json else value


def commit_without_waiting() -> None:
    """Let this transaction's commit not wait for the disk.

    For steps of a job alone, which a crash of the server would only set back to one before: the commit that ends the
    job waits for all of them, and nothing is acknowledged earlier.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


@contextmanager
def _copying(model: type[models.Model], columns: Sequence[str]) -> Iterator[Copy]:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        yield copy
