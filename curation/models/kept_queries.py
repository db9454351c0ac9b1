"""Queries that are asked with every request: writing and planning them takes longer than answering them.

What is kept is the SQL of an ordinary query set, with blanks where its values go. It is written once in a process,
and planned by the server once on a connection (a prepared statement), where the connection may prepare any.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, wraps
from inspect import signature
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Model, QuerySet
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    RelatedPopulator,
    ValuesListIterable,
    get_related_populators,
)
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.subqueries import UpdateQuery
from psycopg.sql import Literal

Stored = TypeVar("Stored", bound=Model)
Row = TypeVar("Row")
Rows = Sequence[Sequence[Any]]
_PLACE = re.compile(r"(?<!%)%s")

# Stand-ins for the values of each type, by the place of the blank: values which no row has, and every column could.
_STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda place: 2_100_000_001 + place,
    str: lambda place: f"\ue000{place}\ue000",
    UUID: lambda place: UUID(int=7_000_000_001 + place),
    datetime: lambda place: datetime(1901, 2, 3, 4, 5, 6, tzinfo=UTC) + timedelta(seconds=place),
}
_BLANKS = tuple(_STAND_INS)


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
        query = written()
        with _prepared_cursor() as cursor:
            cursor.execute(query.statement.sql, query.statement.filled(values))
            return query.read_all(cursor.fetchall())

    return ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An update with its values, to be made by the statement that inserts a row."""

    sql: str
    values: Sequence[Any]


def kept_update(write: Callable[..., tuple[QuerySet[Any], Mapping[str, Any]]]) -> Callable[..., Change]:
    """Keep the SQL of an update, as `kept_query` does; each call returns the change, which `kept_insert` makes.

    The function returns the rows to change and their new values, in either of which blanks may stand.
    """

    @cache
    def written() -> _Statement:
        blanks = _stand_ins(write)
        query_set, values = write(**blanks)
        query: Any = query_set.query.chain(UpdateQuery)
        query.add_update_values(values)
        return _Statement.of(query.get_compiler(DEFAULT_DB_ALIAS), blanks)

    @wraps(write)
    def change(**values: Any) -> Change:
        return Change(sql=written().sql, values=written().filled(values))

    return change


def kept_insert(row: Stored, *, change: Change | None = None) -> Stored:
    """Insert a new row as `save` does, by kept SQL, and return it; it sends no signals.

    `change` is made by the same statement, so that the server is asked once for both.
    """
    sql, fields = _insertion(type(row))
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    if change is not None:
        sql, values = f'WITH "change" AS ({change.sql}) {sql}', [*change.values, *values]
    with _prepared_cursor() as cursor:
        cursor.execute(sql, values)
        (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


@cache
def _insertion(model: type[Model]) -> tuple[str, Sequence[Any]]:
    """Return the SQL that inserts a row of a model, and the fields whose values it wants."""
    key: Any = model._meta.pk
    fields: list[Any] = [field for field in model._meta.concrete_fields if field is not key]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    blanks = ", ".join(["%s"] * len(fields))
    table, returned = (connection.ops.quote_name(name) for name in (model._meta.db_table, key.column))
    return f"INSERT INTO {table} ({columns}) VALUES ({blanks}) RETURNING {returned}", fields  # noqa: S608


def _prepared_cursor() -> Any:
    """Return a cursor for prepared statements; an ordinary one where queries are logged, with their values."""
    connection.ensure_connection()
    if connection.queries_logged:
        return connection.cursor()
    made: Any = _PreparedCursor(connection.connection)  # type: ignore[call-arg]
    # Django makes cursors of one class only, and has no public way to wrap one of another.
    return cast("Any", connection)._prepare_cursor(made)


class _PreparedCursor(ServerBindingCursor):
    """Asks the server to keep the plan of what it is sent."""

    def execute(self, query: Any, params: Any = None) -> Any:
        """Execute as a prepared statement, unless the connection prepares none (`prepare_threshold` is None)."""
        return super().execute(query, params, prepare=True)  # type: ignore[misc]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """An SQL text, and the names of its blanks in their order."""

    sql: str
    names: Sequence[str]

    @classmethod
    def of(cls, compiler: SQLCompiler, blanks: Mapping[str, Any]) -> "_Statement":
        """Write the SQL: a plan that is kept may go by every value that is no blank, as by the state of open tasks."""
        connection.ensure_connection()
        sql, parameters = compiler.as_sql()
        names = {stand_in: name for name, stand_in in blanks.items()}
        # The driver's own numbers are of subtypes of int.
        known = [names.get(each) if isinstance(each, _BLANKS) else None for each in parameters]
        if lost := set(blanks).difference(known):
            raise ValueError(f"The SQL has no place for {', '.join(sorted(lost))}: {sql}")
        first, *rest = _PLACE.split(sql)
        fill = [
            "%s" if name else Literal(each).as_string(connection.connection).replace("%", "%%")
            for name, each in zip(known, parameters, strict=True)
        ]
        text = first + "".join(filled + part for filled, part in zip(fill, rest, strict=True))
        return cls(sql=text, names=[name for name in known if name])

    def filled(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the values of the blanks in their order."""
        return [values[name] for name in self.names]


@dataclass(frozen=True, slots=True, kw_only=True)
class _WrittenQuery:
    """The SQL of a query set, and how its rows are read."""

    statement: _Statement
    converters: tuple[tuple[int, Callable[..., Any], Any], ...]
    read: Callable[[Sequence[Any]], Any]

    @classmethod
    def of(cls, write: Callable[..., QuerySet[Any, Any]]) -> "_WrittenQuery":
        blanks = _stand_ins(write)
        query_set: Any = write(**blanks)
        compiler = query_set.query.get_compiler(DEFAULT_DB_ALIAS)
        statement = _Statement.of(compiler, blanks)
        expressions = [selected[0] for selected in compiler.select]
        return cls(
            statement=statement,
            converters=tuple(
                (place, convert, expression)
                for place, (converts, expression) in compiler.get_converters(expressions).items()
                for convert in converts
            ),
            read=_READERS[query_set._iterable_class](compiler),
        )

    def read_all(self, rows: Rows) -> list[Any]:
        """Return what the query set would have made of the rows."""
        converted = [self._converted(row) for row in rows] if self.converters else rows
        return [self.read(row) for row in converted]

    def _converted(self, row: Sequence[Any]) -> Sequence[Any]:
        converted = list(row)
        for place, convert, expression in self.converters:
            converted[place] = convert(converted[place], expression, connection)
        return converted


@dataclass(frozen=True, slots=True, kw_only=True)
class _ModelReader:
    """Makes instances of rows, with what was selected with them: as `ModelIterable` does, set up only once."""

    model: type[Model]
    fields: Sequence[str]
    start: int
    end: int
    related: Sequence[RelatedPopulator]
    annotations: Mapping[str, int]

    @classmethod
    def of(cls, compiler: Any) -> "_ModelReader":
        selected = compiler.klass_info["select_fields"]
        start, end = selected[0], selected[-1] + 1
        return cls(
            model=compiler.klass_info["model"],
            fields=[column[0].target.attname for column in compiler.select[start:end]],
            start=start,
            end=end,
            related=get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS),  # type: ignore[call-arg]
            annotations=compiler.annotation_col_map or {},
        )

    def __call__(self, row: Sequence[Any]) -> Model:
        instance = self.model.from_db(DEFAULT_DB_ALIAS, self.fields, row[self.start : self.end])
        for populator in self.related:
            populator.populate(row, instance)
        for name, place in self.annotations.items():
            setattr(instance, name, row[place])
        return instance


def _flat_reader(_compiler: Any) -> Callable[[Sequence[Any]], Any]:
    return lambda row: row[0]


def _tuple_reader(_compiler: Any) -> Callable[[Sequence[Any]], Any]:
    return tuple


_READERS: dict[type, Callable[[Any], Callable[[Sequence[Any]], Any]]] = {
    ModelIterable: _ModelReader.of,
    FlatValuesListIterable: _flat_reader,
    ValuesListIterable: _tuple_reader,
}


def _stand_ins(write: Callable[..., Any]) -> dict[str, Any]:
    """Return a stand-in for each parameter of a function, by its name."""
    types = {name: parameter.annotation for name, parameter in signature(write).parameters.items()}
    return {name: _STAND_INS[type_](place) for place, (name, type_) in enumerate(types.items())}
