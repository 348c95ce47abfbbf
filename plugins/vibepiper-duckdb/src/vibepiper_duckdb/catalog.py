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

_TABLES = """
SELECT table_name, comment FROM duckdb_tables()
WHERE database_name = current_database() AND lower(schema_name) = lower($1)
  AND (list_contains(list_transform($2, lambda name: lower(name)), lower(table_name))
       OR starts_with(table_name, $3))
  AND NOT temporary
"""
_VIEWS = """
SELECT view_name, comment FROM duckdb_views()
WHERE database_name = current_database() AND lower(schema_name) = lower($1)
  AND list_contains(list_transform($2, lambda name: lower(name)), lower(view_name))
  AND NOT temporary
"""
Comments = dict[str, str | None]
"""By the names of tables or views, as the catalog spells them."""

_ATTACHED = """
SELECT 'index ' || index_name FROM duckdb_indexes()
WHERE database_name = current_database() AND lower(schema_name) = lower($1)
  AND lower(table_name) = lower($2)
UNION ALL
SELECT constraint_text FROM duckdb_constraints()
WHERE database_name = current_database() AND lower(schema_name) = lower($1)
  AND lower(table_name) = lower($2)
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

    def find(self, *names: TableName) -> list[FoundTable | None]:
        return self._found(names, self._tables(names))

    def find_with_sides(
        self, name: TableName, prefix: str
    ) -> tuple[FoundTable | None, list[TableName]]:
        """The table, and those whose names begin with ``prefix``."""
        tables = self._tables([name], prefix)
        (found,) = self._found([name], tables)
        return found, [TableName(name.schema, side) for side in tables if side.startswith(prefix)]

    def _found(self, names: Sequence[TableName], tables: Comments) -> list[FoundTable | None]:
        known = {DUCKDB.folded(name): FoundTable(text, None) for name, text in tables.items()}
        if any(DUCKDB.folded(name.name) not in known for name in names):
            for name, text in self._comments(_VIEWS, names).items():
                known.setdefault(DUCKDB.folded(name), FoundTable(text, "a view"))
        return [known.get(DUCKDB.folded(name.name)) for name in names]

    def _tables(self, names: Sequence[TableName], prefix: str | None = None) -> Comments:
        return self._comments(_TABLES, names, prefix)

    def _comments(self, query: str, names: Sequence[TableName], *more: object) -> Comments:
        given = [name.name for name in names]
        found = self.session.rows(query, (names[0].schema, given, *more))
        return dict(cast("list[tuple[str, str | None]]", found))

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

    def drop_unique(self, name: TableName, table: FoundTable) -> None:
        """There is none."""


def ensure_records(database: Database, schema: str) -> None:
    """Makes the schema's tables of loads and of partitions, in a transaction of their own: other
    threads, which load other tables, need them as well."""

    def make(session: Session) -> None:
        made = record_tables(schema)
        for statement, there in zip(made.values(), Catalog(session).find(*made), strict=True):
            if there is None:
                session.execute(statement)

    with database.changing(LOADS):
        database.once(f"records of {schema}", make)
