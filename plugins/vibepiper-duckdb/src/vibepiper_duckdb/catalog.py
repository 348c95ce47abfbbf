# ruff: noqa: S608 - the texts are made of what stands in this file
"""What DuckDB's catalog says of tables: a `SqlStore`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, cast

from sqlglot import exp
from vibepiper_sql import DUCKDB, LOADS, FoundTable, SqlDialect, TableName, record_tables

from vibepiper_duckdb.database import Database
from vibepiper_duckdb.session import Session

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Catalog", "ensure_records"]


def _folded(name: str) -> str:
    """SQL for a name as `SqlDialect.folded` has it: `lower` would take other letters for one."""
    return f"translate({name}, '{ascii_uppercase}', '{ascii_lowercase}')"


_HERE = f"WHERE database_name = current_database() AND {_folded('schema_name')} = $1"
_THIS = f"{_HERE} AND {_folded('table_name')} = $2"
_TABLES = (
    f"SELECT table_name, comment FROM duckdb_tables() {_HERE} AND NOT temporary AND "
    f"(list_contains($2, {_folded('table_name')}) OR starts_with(table_name, $3))"
)
_VIEWS = (
    f"SELECT view_name, comment FROM duckdb_views() {_HERE} AND NOT temporary AND "
    f"list_contains($2, {_folded('view_name')})"
)
_ATTACHED = (
    f"SELECT 'index ' || index_name FROM duckdb_indexes() {_THIS} "
    f"UNION ALL SELECT constraint_text FROM duckdb_constraints() {_THIS}"
)
_COLUMNS = f"SELECT column_name, data_type FROM duckdb_columns() {_THIS} ORDER BY column_index"

Comments = dict[str, str | None]
"""By the names of tables or views, as the catalog spells them."""


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
        given = [DUCKDB.folded(name.name) for name in names]
        found = self.session.rows(query, (DUCKDB.folded(names[0].schema), given, *more))
        return dict(cast("list[tuple[str, str | None]]", found))

    def schema(self, name: TableName) -> pa.Schema:
        from vibepiper_duckdb.answers import schema_of

        return schema_of(self.session, exp.select("*").from_(name.tree()))

    def column_types(self, name: TableName) -> dict[str, str]:
        found = self.session.rows(_COLUMNS, _spelled(name))
        return {str(column): str(kind) for column, kind in found}

    def untyped(self, name: TableName) -> tuple[str, ...]:
        """None: DuckDB has a type for that."""
        return ()

    def kind(self, field: pa.Field) -> exp.DataType:
        return exp.DataType.build(self.session.type_of(field), dialect="duckdb", udt=True)

    def attached(self, name: TableName) -> list[str]:
        """Its indexes and constraints; views go on working."""
        return [str(what) for (what,) in self.session.rows(_ATTACHED, _spelled(name))]

    def ensure_unique(self, name: TableName, key: Sequence[str]) -> bool:
        """False: DuckDB's indexes are slower than to delete and insert."""
        return False

    def drop_unique(self, name: TableName, table: FoundTable) -> None:
        """There is none."""


def _spelled(name: TableName) -> tuple[str, str]:
    return DUCKDB.folded(name.schema), DUCKDB.folded(name.name)


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
