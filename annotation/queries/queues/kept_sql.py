"""Queries that are asked with every task: their SQL is written once, for writing it takes longer than answering it.

What is kept is the SQL of an ordinary query set, with blanks where its values go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

# Stand-ins for values, which no row has.
QUEUE, PERSON = -7_000_000_001, -7_000_000_002
MOMENT = datetime(1901, 2, 3, 4, 5, 6, tzinfo=UTC)
BLANKS = {QUEUE: "queue", PERSON: "person", MOMENT: "moment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSql:
    """The SQL of a query set that was written with the stand-ins, and the parameters between its blanks."""

    sql: str
    parameters: tuple[Any, ...]

    @classmethod
    def of(cls, query_set: QuerySet[Any]) -> "KeptSql":
        """Write the SQL of a query set; one that locks rows has to be written inside a transaction."""
        sql, parameters = query_set.query.sql_with_params()
        return cls(sql=sql, parameters=tuple(parameters))

    def filled(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the parameters with these values, by the names of the blanks."""
        return [values[BLANKS[each]] if _is_blank(each) else each for each in self.parameters]

    def count(self, values: Mapping[str, Any]) -> int:
        """Return how many rows the query finds."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM ({self.sql}) AS found", self.filled(values))  # noqa: S608
            return int(cursor.fetchone()[0])

    def finds_any(self, values: Mapping[str, Any]) -> bool:
        """Return whether the query finds a row."""
        with connection.cursor() as cursor:
            cursor.execute(f"{self.sql} LIMIT 1", self.filled(values))
            return cursor.fetchone() is not None


def _is_blank(parameter: Any) -> bool:
    return isinstance(parameter, int | datetime) and parameter in BLANKS
