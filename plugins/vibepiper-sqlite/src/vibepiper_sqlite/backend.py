"""Relations that run inside a database file."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp
from vibepiper_sql import TableName

from vibepiper_sqlite.answers import open_stream
from vibepiper_sqlite.catalog import Catalog
from vibepiper_sqlite.database import Database
from vibepiper_sqlite.names import MAIN

__all__ = ["SQLiteBackend"]


class SQLiteBackend:
    """A `vibepiper_transform.RelationBackend`. Two are equal when they are of the same file: then
    relations of both can be joined and stored without moving rows."""

    dialect = "sqlite"

    def __init__(self, database: Database) -> None:
        self._database = database

    def schema(self, query: exp.Query) -> pa.Schema:
        """The columns `stream` delivers: as DuckDB types them, over the tables' declared types."""
        from vibepiper_transform import schema_over

        return schema_over(query, self.columns, self.dialect)

    def stream(self, query: exp.Query, batch_rows: int) -> pa.RecordBatchReader:
        """Runs the query; at most ``batch_rows`` rows a batch."""
        from vibepiper_transform import compile_query

        sql = compile_query(query, self.dialect, self.columns)
        return open_stream(self._database, sql, self.schema(query), batch_rows)

    def columns(self, table: exp.Table) -> pa.Schema:
        """Those of a table of the file."""
        with self._database.session() as session:
            return Catalog(session).schema(TableName(table.db or MAIN, table.name))

    @property
    def place(self) -> str:
        return f"SQLite, {self._database}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SQLiteBackend):
            return NotImplemented
        return self._database.path == other._database.path

    def __hash__(self) -> int:
        return hash(self._database.path)

    def __repr__(self) -> str:
        return f"SQLiteBackend({self._database})"
