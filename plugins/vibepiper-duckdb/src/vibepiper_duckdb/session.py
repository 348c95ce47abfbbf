"""One cursor on a database file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from sqlglot import exp
from vibepiper.errors import StoreError
from vibepiper_sql import TableName

from vibepiper_duckdb.errors import data_errors, driver_errors

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SOURCE", "Session", "Statement", "sql_of"]

Statement = exp.Expr | str

_COUNT = [("Count", "BIGINT")]
"""The columns of what DuckDB answers to statements that change rows."""

_PLAIN = frozenset({"BIGINT", "BOOLEAN", "DOUBLE", "INTEGER", "VARCHAR"})
"""The types whose values are the same by way of Arrow."""

SOURCE = "vp_source"
"""The name of Arrow data while it is written; only the session that writes knows it."""


def sql_of(statement: Statement) -> str:
    """The statement as DuckDB reads it."""
    if isinstance(statement, str):
        return statement
    return statement.sql(dialect="duckdb", identify=True)


@dataclass(eq=False, slots=True)
class Session:
    """A connection of its own within the process. Each statement commits by itself, except
    within `transaction`. Not for use from two threads at once."""

    cursor: duckdb.DuckDBPyConnection
    path: Path

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        with driver_errors(self.path, what):
            yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Statements within commit together, or not at all when one raises."""
        with self.doing("begin"):
            self.cursor.begin()
        try:
            yield
            with self.doing("commit"):
                self.cursor.commit()
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        with suppress(duckdb.TransactionException):  # a commit that fails has done so already
            self.cursor.rollback()

    def execute(self, statement: Statement, parameters: Sequence[object] = ()) -> int:
        """Runs a statement and returns the rows it touched; -1 for one that touches none, such
        as CREATE. What a query answers, or RETURNING, is not read."""
        sql = sql_of(statement)
        with self.doing("execute"):
            parsed = self.cursor.extract_statements(sql)
            if not parsed:
                raise StoreError(f"{self.path}: execute: there is no statement in {sql!r}")
            asked = parsed[0] if len(parsed) == 1 else sql
            done = self.cursor.execute(asked, list(parameters) or None)
            told = [(name, str(kind)) for name, kind, *_ in done.description or ()]
            counts = told == _COUNT and parsed[-1].type != duckdb.StatementType.SELECT
            first = done.fetchone() if counts else None
            done.complete()
        return int(first[0]) if first else -1

    def rows(self, query: Statement, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """All rows of a small answer. What is no number or text comes by way of Arrow: DuckDB's
        own values of times need pytz."""
        sql = sql_of(query)
        with self.doing("query"):
            if (plain := self._plain_rows(sql, parameters)) is not None:
                return plain
            asked = self.cursor.sql(sql, params=list(parameters) or None)
            columns = [column.to_pylist() for column in asked.to_arrow_table().columns]
        return list(zip(*columns, strict=True))

    def _plain_rows(
        self, sql: str, parameters: Sequence[object]
    ) -> list[tuple[object, ...]] | None:
        """What a SELECT of numbers and texts answers, which is prepared but once; None for any
        other statement."""
        parsed = self.cursor.extract_statements(sql)
        if [each.type for each in parsed] != [duckdb.StatementType.SELECT]:
            return None
        asked = self.cursor.execute(parsed[0], list(parameters) or None)
        if all(str(kind) in _PLAIN for _, kind, *_ in asked.description or ()):
            return asked.fetchall()
        asked.abort()
        return None

    def insert(self, table: TableName, data: pa.Table) -> int:
        """Adds the rows of ``data``, their columns found by name."""
        query = exp.select("*").from_(exp.table_(SOURCE, quoted=True))
        names = [exp.to_identifier(name, quoted=True) for name in data.column_names]
        return self._from(data, exp.insert(query, table.tree(), columns=names), f"write {table}")

    def create(self, table: TableName, data: pa.Table) -> int:
        """Makes a table of the columns and rows of ``data``."""
        query = exp.select("*").from_(exp.table_(SOURCE, quoted=True))
        made = exp.Create(this=table.tree(), kind="TABLE", expression=query)
        return self._from(data, made, f"write {table}")

    def _from(self, data: pa.Table, statement: exp.Expr, doing: str) -> int:
        with data_errors(self.path, doing):
            self.cursor.register(SOURCE, data)
            row = self.cursor.execute(sql_of(statement)).fetchone()
            self.cursor.unregister(SOURCE)
        return int(row[0]) if row else 0

    def type_of(self, field: pa.Field) -> str:
        """DuckDB's type for a column of Arrow data."""
        import pyarrow as pa

        with self.doing("ask for a type"):
            return str(self.cursor.from_arrow(pa.schema([field]).empty_table()).types[0])

    def close(self) -> None:
        self.cursor.close()
