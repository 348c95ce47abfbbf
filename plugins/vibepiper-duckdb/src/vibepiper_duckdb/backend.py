"""Relations that run inside a database file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from vibepiper_duckdb.database import Database

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DuckDBFileBackend"]


class DuckDBFileBackend:
    """A `vibepiper_transform.RelationBackend`. Two are equal when they are of the same file:
    then relations of both can be joined and stored without moving rows."""

    dialect = "duckdb"

    def __init__(self, database: Database) -> None:
        self._database = database

    def schema(self, query: exp.Query) -> pa.Schema:
        """The columns `stream` delivers, without running the query."""
        from vibepiper_transform import lower_query

        from vibepiper_duckdb.answers import schema_of

        with self._database.session() as session:
            return schema_of(session, lower_query(query, self.dialect))

    def stream(self, query: exp.Query, batch_rows: int) -> pa.RecordBatchReader:
        """Runs the query; at most ``batch_rows`` rows a batch, in constant memory. The file
        stays open while a large answer is read."""
        from vibepiper_transform import lower_query

        from vibepiper_duckdb.answers import open_stream

        return open_stream(self._database, lower_query(query, self.dialect), batch_rows=batch_rows)

    def rows(self, query: exp.Query) -> int | None:
        """How many rows DuckDB expects."""
        from vibepiper_transform import compile_query

        with self._database.session() as session:
            asked = f"EXPLAIN (FORMAT json) {compile_query(query, self.dialect)}"
            ((_, plan),) = session.rows(asked)
        return _expected(json.loads(str(plan)))

    def explain(self, query: exp.Query, *, analyze: bool = False) -> str:
        """DuckDB's plan of the query; with ``analyze`` it runs it, and says what it took."""
        from vibepiper_transform import compile_query

        asked = "EXPLAIN ANALYZE" if analyze else "EXPLAIN"
        with self._database.session() as session:
            told = session.rows(f"{asked} {compile_query(query, self.dialect)}")
        return "\n".join(str(plan) for _, plan in told)

    @property
    def place(self) -> str:
        return f"DuckDB, {self._database}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DuckDBFileBackend):
            return NotImplemented
        return self._database.path == other._database.path

    def __hash__(self) -> int:
        return hash(self._database.path)

    def __repr__(self) -> str:
        return f"DuckDBFileBackend({self._database})"


def _expected(nodes: Sequence[dict[str, Any]]) -> int | None:
    """The cardinality of the outermost operator that has one."""
    for node in nodes:
        told = node["extra_info"].get("Estimated Cardinality")
        found = int(told) if told is not None else _expected(node["children"])
        if found is not None:
            return found
    return None
