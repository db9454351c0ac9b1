"""Queries that are asked with every task: their SQL is written once, for writing it takes longer than answering it.

What is kept is the SQL of an ordinary query set, with blanks where its values go.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, wraps
from inspect import signature
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

Stored = TypeVar("Stored", bound=Model)
Row = TypeVar("Row")

# Stand-ins for the values of each type, by the place of the blank: values which no row has, and every column could.
_STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda place: 2_100_000_001 + place,
    str: lambda place: f"\ue000{place}\ue000",
    UUID: lambda place: UUID(int=7_000_000_001 + place),
    datetime: lambda place: datetime(1901, 2, 3, 4, 5, 6, tzinfo=UTC) + timedelta(seconds=place),
}


def kept_query(write: Callable[..., QuerySet[Stored, Row]]) -> Callable[..., list[Row]]:
    """Keep the SQL of the query set that a function writes, and answer each call with its rows.

    The function's parameters are the blanks, each of type int, str, UUID or datetime, and given by name. They may
    stand in conditions and annotations, and nothing else may be made of them: the function is called only once, with
    stand-ins. A query that locks rows has to be asked inside a transaction.
    """

    @cache
    def written() -> _WrittenQuery:
        return _WrittenQuery.of(write)

    @wraps(write)
    def ask(**values: Any) -> list[Row]:
        return written().rows(values)

    return ask


@dataclass(frozen=True, slots=True, kw_only=True)
class _WrittenQuery:
    """A query set with its SQL, and what stands between the SQL's blanks: a value, or a blank's name."""

    query_set: QuerySet[Any]
    compiler: SQLCompiler
    sql: str
    parameters: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, write: Callable[..., QuerySet[Any]]) -> "_WrittenQuery":
        types = {name: parameter.annotation for name, parameter in signature(write).parameters.items()}
        stand_ins = {name: _STAND_INS[type_](place) for place, (name, type_) in enumerate(types.items())}
        query_set = write(**stand_ins)
        compiler = query_set.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        names = {stand_in: name for name, stand_in in stand_ins.items()}
        return cls(
            query_set=query_set,
            compiler=compiler,
            sql=sql,
            parameters=tuple((_name_of(each, names), each) for each in parameters),
        )

    def rows(self, values: Mapping[str, Any]) -> list[Any]:
        filled = tuple(values[name] if name else fixed for name, fixed in self.parameters)
        # Copies, for threads share what is kept; a connection belongs to one of them.
        compiler, query = copy(self.compiler), copy(self.query_set.query)
        compiler.connection = connection
        compiler.as_sql = lambda *_, **__: (self.sql, filled)  # type: ignore[method-assign]
        query.get_compiler = lambda *_, **__: compiler  # type: ignore[method-assign]
        # There is no public way to hand a query set its SQL.
        asked: Any = QuerySet(model=self.query_set.model, query=query)
        asked._fields = cast("Any", self.query_set)._fields
        rows: Iterable[Any] = cast("Any", self.query_set)._iterable_class(asked)
        return list(rows)


def _name_of(parameter: Any, names: Mapping[Any, str]) -> str:
    """Return the blank that a parameter stands in for; "" where it is a value of its own."""
    return names.get(parameter, "") if type(parameter) in _STAND_INS else ""
