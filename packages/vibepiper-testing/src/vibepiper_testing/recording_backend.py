"""A database for tests of where relations run: it keeps what it is asked."""

from __future__ import annotations

import duckdb
import pyarrow as pa
from sqlglot import exp

__all__ = ["RecordingBackend"]


class RecordingBackend:
    """A relation backend of its own, over tables in memory: a DuckDB that ``place`` names.

    ``queries`` are those that it ran, ``described`` is how often it was asked for columns."""

    dialect = "duckdb"

    def __init__(self, place: str, **tables: pa.Table) -> None:
        self.place = place
        self.queries: list[str] = []
        self.described = 0
        self._connection = duckdb.connect()
        for name, table in tables.items():
            self._connection.register("given", table)
            made = exp.Create(
                this=exp.table_(name, quoted=True),
                kind="TABLE",
                expression=exp.select("*").from_("given"),
            )
            self._connection.execute(made.sql("duckdb"))

    def schema(self, query: exp.Query) -> pa.Schema:
        self.described += 1
        asked = self._connection.cursor().sql(query.sql("duckdb"))
        return asked.limit(0).to_arrow_table().schema

    def stream(self, query: exp.Query, batch_rows: int) -> pa.RecordBatchReader:
        self.queries.append(query.sql("duckdb"))
        rows = self._connection.cursor().sql(self.queries[-1]).to_arrow_table()
        return pa.RecordBatchReader.from_batches(rows.schema, rows.to_batches(batch_rows))

    def rows(self, query: exp.Query) -> int:
        """How many rows the query gives, by counting them."""
        counted = exp.select(exp.Count(this=exp.Star())).from_(query.subquery("counted"))
        (found,) = self._connection.cursor().execute(counted.sql("duckdb")).fetchall()
        return int(found[0])
