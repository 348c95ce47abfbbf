"""Relations that run inside MySQL or MariaDB."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp
from vibepiper_sql import TableName

from vibepiper_mysql.answers import open_stream
from vibepiper_mysql.catalog import Catalog
from vibepiper_mysql.collations import by_bytes
from vibepiper_mysql.session import Database

__all__ = ["MySQLBackend"]


class MySQLBackend:
    """A `vibepiper_transform.RelationBackend`. Two are equal when they reach the same database as
    the same user: then relations of both can be joined and stored without moving rows."""

    dialect = "mysql"

    def __init__(self, database: Database) -> None:
        self._database = database

    def schema(self, query: exp.Query) -> pa.Schema:
        """The columns `stream` delivers: as DuckDB types them, over the tables' columns."""
        from vibepiper_transform import schema_over

        return schema_over(query, self.columns, self.dialect)

    def stream(self, query: exp.Query, batch_rows: int) -> pa.RecordBatchReader:
        """Runs the query; at most ``batch_rows`` rows a batch, in constant memory."""
        return open_stream(self._database, self.lowered(query), self.schema(query), batch_rows)

    def lowered(self, query: exp.Query) -> exp.Query:
        """The query in MySQL's words."""
        from vibepiper_transform import lower_query

        with self._database.session() as session:
            return by_bytes(lower_query(query, self.dialect, self.columns), session)

    def columns(self, table: exp.Table) -> pa.Schema:
        """Those of a table."""
        name = TableName(table.db or self._database.address.database, table.name)
        with self._database.session() as session:
            return Catalog(session).schema(name)

    @property
    def place(self) -> str:
        return f"MySQL, {self._database.address}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MySQLBackend):
            return NotImplemented
        return self._database.address.identity == other._database.address.identity

    def __hash__(self) -> int:
        return hash(self._database.address.identity)

    def __repr__(self) -> str:
        return f"MySQLBackend({self._database.address})"
