"""Relations that run inside a database file."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp
from vibepiper_transform import lower_query

from vibepiper_duckdb.answers import open_stream, schema_of
from vibepiper_duckdb.database import Database

__all__ = ["DuckDBFileBackend"]


class DuckDBFileBackend:
    """A `vibepiper_transform.RelationBackend`. Two are equal when they are of the same file:
    then relations of both can be joined and stored without moving rows."""

    dialect = "duckdb"

    def __init__(self, database: Database) -> None:
        self._database = database

    def schema(self, query: exp.Query) -> pa.Schema:
        """The columns `stream` delivers, without running the query."""
        with self._database.session() as session:
            return schema_of(session, lower_query(query, self.dialect))

    def stream(self, query: exp.Query, batch_rows: int) -> pa.RecordBatchReader:
        """Runs the query; at most ``batch_rows`` rows a batch, in constant memory. The file
        stays open while a large answer is read."""
        return open_stream(self._database, lower_query(query, self.dialect), batch_rows=batch_rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DuckDBFileBackend):
            return NotImplemented
        return self._database.path == other._database.path

    def __hash__(self) -> int:
        return hash(self._database.path)

    def __repr__(self) -> str:
        return f"DuckDBFileBackend({self._database})"
