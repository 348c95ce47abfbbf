"""Relations that run inside PostgreSQL."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager

import pyarrow as pa
from sqlglot import exp
from vibepiper_transform import SentTable

from vibepiper_postgres.receiving import received
from vibepiper_postgres.session import Database, Session
from vibepiper_postgres.streams import open_stream, prepare

__all__ = ["PostgresBackend"]


class PostgresBackend:
    """A `vibepiper_transform.RelationBackend`. Two are equal when they reach the same database
    as the same user: then relations of both can be joined and stored without moving rows."""

    dialect = "postgres"

    def __init__(self, database: Database, tables: tuple[SentTable, ...] = ()) -> None:
        self._database = database
        self.tables = tables

    def receiving(self, tables: tuple[SentTable, ...]) -> PostgresBackend:
        """The same database, which is sent the tables for each query that it runs."""
        return PostgresBackend(self._database, tables)

    def schema(self, query: exp.Query) -> pa.Schema:
        """The columns `stream` delivers, asked of the server without running the query."""
        with self._database.session() as session, self._described(session):
            return prepare(session, self._lowered(query)).schema

    def stream(self, query: exp.Query, batch_rows: int) -> pa.RecordBatchReader:
        """Runs the query; at most ``batch_rows`` rows a batch, in constant memory."""
        with self._database.session() as session, self._described(session):
            answer = prepare(session, self._lowered(query))
        return open_stream(self._database, answer, batch_rows, self.tables)

    def _lowered(self, query: exp.Query) -> exp.Query:
        from vibepiper_transform import lower_query

        return lower_query(query, self.dialect, self.columns)

    def _described(self, session: Session) -> AbstractContextManager[None]:
        """With the tables' columns, and none of their rows."""
        return received(session, self.tables, rows=False)

    def rows(self, query: exp.Query) -> int | None:
        """How many rows the server expects, by its statistics."""
        (plan,) = json.loads(self._explained(query, "(FORMAT JSON) "))
        return int(plan["Plan"]["Plan Rows"])

    def explain(self, query: exp.Query, *, analyze: bool = False) -> str:
        """The server's plan of the query; with ``analyze`` it runs it, and says what it took."""
        return self._explained(query, "(ANALYZE, BUFFERS) " if analyze else "")

    def _explained(self, query: exp.Query, options: str) -> str:
        from vibepiper_transform import compile_query

        sql = compile_query(query, self.dialect, self.columns)
        with self._database.session() as session, self._described(session):
            lines = session.rows(f"EXPLAIN {options}{sql}")
        return "\n".join(str(line) for (line,) in lines)

    @property
    def place(self) -> str:
        return f"PostgreSQL, {self._database.address}"

    def columns(self, table: exp.Table) -> pa.Schema:
        """Those of a table of the database, or of one that is sent to it."""
        for sent in self.tables:
            if sent.name == table.name and not table.db:
                return sent.schema
        return PostgresBackend(self._database).schema(
            exp.select("*").from_(exp.Table(this=table.this, db=table.args.get("db")))
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PostgresBackend):
            return NotImplemented
        return self._database.address.identity == other._database.address.identity

    def __hash__(self) -> int:
        return hash(self._database.address.identity)

    def __repr__(self) -> str:
        return f"PostgresBackend({self._database.address})"
