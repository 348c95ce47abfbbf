"""What DuckDB's catalog says of tables: a `SqlStore`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlglot import exp
from vibepiper_sql import DUCKDB, LOADS, FoundTable, SqlDialect, TableName, record_tables

from vibepiper_duckdb.database import Database
from vibepiper_duckdb.session import Session

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Catalog", "ensure_records"]

_TABLE = """
SELECT comment FROM duckdb_tables()
WHERE database_name = current_database() AND lower(schema_name) = lower($1)
  AND lower(table_name) = lower($2) AND NOT temporary
"""
_VIEW = """
SELECT comment FROM duckdb_views()
WHERE database_name = current_database() AND lower(schema_name) = lower($1)
  AND lower(view_name) = lower($2) AND NOT temporary
"""
_ATTACHED = """
SELECT 'index ' || index_name FROM duckdb_indexes()
WHERE database_name = current_database() AND lower(schema_name) = lower($1)
  AND lower(table_name) = lower($2)
UNION ALL
SELECT constraint_text FROM duckdb_constraints()
WHERE database_name = current_database() AND lower(schema_name) = lower($1)
  AND lower(table_name) = lower($2)
"""
_TABLES = """
SELECT table_name FROM duckdb_tables()
WHERE database_name = current_database() AND lower(schema_name) = lower($1)
  AND starts_with(table_name, $2) AND NOT temporary
"""
_COLUMNS = """
SELECT column_name, data_type FROM duckdb_columns()
WHERE database_name = current_database() AND lower(schema_name) = lower($1)
  AND lower(table_name) = lower($2)
ORDER BY column_index
"""


@dataclass(frozen=True, slots=True)
class Catalog:
    """A `vibepiper_sql.SqlStore` over a session."""

    session: Session

    @property
    def place(self) -> str:
        return str(self.session.path)

    @property
    def dialect(self) -> SqlDialect:
        return DUCKDB

    def execute(self, statement: exp.Expr) -> int:
        return self.session.execute(statement)

    def rows(self, query: exp.Expr) -> list[tuple[object, ...]]:
        return self.session.rows(query)

    def find(self, name: TableName) -> FoundTable | None:
        for query, other in ((_TABLE, None), (_VIEW, "a view")):
            for (comment,) in self.session.rows(query, (name.schema, name.name)):
                return FoundTable(cast("str | None", comment), other)
        return None

    def beginning_with(self, schema: str, prefix: str) -> list[TableName]:
        """The tables whose names begin with ``prefix``."""
        found = self.session.rows(_TABLES, (schema, prefix))
        return [TableName(schema, str(name)) for (name,) in found]

    def schema(self, name: TableName) -> pa.Schema:
        from vibepiper_duckdb.answers import schema_of

        return schema_of(self.session, exp.select("*").from_(name.tree()))

    def column_types(self, name: TableName) -> dict[str, str]:
        found = self.session.rows(_COLUMNS, (name.schema, name.name))
        return {str(column): str(kind) for column, kind in found}

    def untyped(self, name: TableName) -> tuple[str, ...]:
        """None: DuckDB has a type for that."""
        return ()

    def kind(self, field: pa.Field) -> exp.DataType:
        return exp.DataType.build(self.session.type_of(field), dialect="duckdb", udt=True)

    def attached(self, name: TableName) -> list[str]:
        """Its indexes and constraints; views go on working."""
        return [str(what) for (what,) in self.session.rows(_ATTACHED, (name.schema, name.name))]

    def ensure_unique(self, name: TableName, key: Sequence[str]) -> bool:
        """False: DuckDB's indexes are slower than to delete and insert."""
        return False

    def drop_unique(self, name: TableName) -> None:
        """There is none."""


def ensure_records(database: Database, schema: str) -> None:
    """Makes the schema's tables of loads and of partitions, in a transaction of their own: other
    threads, which load other tables, need them as well."""

    def make(session: Session) -> None:
        there = Catalog(session).beginning_with(schema, "vibepiper_")
        for name, made in record_tables(schema).items():
            if name not in there:
                session.execute(made)

    with database.changing(LOADS):
        database.once(f"records of {schema}", make)
