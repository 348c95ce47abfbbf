"""What a database file tells of its tables: a `SqlStore`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import StoreError
from vibepiper_sql import SQLITE, FoundTable, RowEncoder, SqlDialect, TableName

from vibepiper_sqlite.session import Session
from vibepiper_sqlite.types import RULES, declared_type

__all__ = ["MARKS", "Catalog", "ensure_marks"]

MARKS = "vibepiper_marks"
"""SQLite keeps no comments on tables; this table does, and only `Catalog` writes it."""

_MAKE = """
CREATE TABLE IF NOT EXISTS main.vibepiper_marks (name TEXT PRIMARY KEY, comment TEXT)
"""
_FIND = """
SELECT type FROM main.sqlite_master WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')
"""
_COMMENT = "SELECT comment FROM main.vibepiper_marks WHERE name = ? COLLATE NOCASE"
_TABLES = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND substr(name, 1, ?) = ?"
_COLUMNS = "SELECT name, type FROM pragma_table_info(?, 'main')"
_ATTACHED = """
SELECT type || ' ' || name FROM main.sqlite_master
WHERE tbl_name = ? COLLATE NOCASE AND type IN ('index', 'trigger')
"""
_NOTE = "INSERT INTO main.vibepiper_marks (name, comment) VALUES (?, ?)"
_FORGET = "DELETE FROM main.vibepiper_marks WHERE name = ? COLLATE NOCASE"
_RENAME = "UPDATE main.vibepiper_marks SET name = ? WHERE name = ? COLLATE NOCASE"


@dataclass(frozen=True, slots=True)
class Catalog:
    """A `vibepiper_sql.SqlStore` over a session."""

    session: Session

    @property
    def place(self) -> str:
        return str(self.session.path)

    @property
    def dialect(self) -> SqlDialect:
        return SQLITE

    def execute(self, statement: exp.Expr) -> int:
        """What comments on a table, drops or renames it does so to its comment as well."""
        if isinstance(statement, exp.Comment):
            name = statement.this.name
            self.session.execute(_FORGET, [name])
            return self.session.execute(_NOTE, [name, statement.expression.name])
        done = self.session.execute(statement)
        if isinstance(statement, exp.Drop):
            for table in statement.args["tables"]:
                self.session.execute(_FORGET, [table.name])
        elif isinstance(statement, exp.Alter):
            (action,) = statement.args["actions"]
            self.session.execute(_RENAME, [action.this.name, statement.this.name])
        return done

    def rows(self, query: exp.Expr) -> list[tuple[object, ...]]:
        return self.session.rows(query)

    def find(self, *names: TableName) -> list[FoundTable | None]:
        return [self._found(name) for name in names]

    def _found(self, name: TableName) -> FoundTable | None:
        rows = self.session.rows(_FIND, [name.name])
        if not rows:
            return None
        marked = self.session.rows(_FIND, [MARKS])
        comments = self.session.rows(_COMMENT, [name.name]) if marked else []
        comment = str(comments[0][0]) if comments else None
        return FoundTable(comment, "a view" if rows[0][0] == "view" else None)

    def beginning_with(self, prefix: str) -> list[str]:
        """The names of the tables that begin with ``prefix``."""
        return [str(name) for (name,) in self.session.rows(_TABLES, [len(prefix), prefix])]

    def schema(self, name: TableName) -> pa.Schema:
        """Its columns; one that is declared in no way that tells, as text."""
        kinds = self.column_types(name)
        if not kinds:
            raise StoreError(f"{self.place}: there is no table {name}")
        fields = [(column, declared_type(kind) or pa.string()) for column, kind in kinds.items()]
        return pa.schema(fields)

    def column_types(self, name: TableName) -> dict[str, str]:
        found = self.session.rows(_COLUMNS, [name.name])
        return {str(column): str(kind) for column, kind in found}

    def untyped(self, name: TableName) -> tuple[str, ...]:
        """None: whole tables are replaced here."""
        return ()

    def kind(self, field: pa.Field) -> exp.DataType:
        (column,) = RowEncoder.of(pa.schema([field]), RULES).definitions()
        kind = column.args["kind"]
        assert isinstance(kind, exp.DataType)
        return kind

    def attached(self, name: TableName) -> list[str]:
        """Its indexes and triggers; views go on working."""
        return [str(what) for (what,) in self.session.rows(_ATTACHED, [name.name])]

    def ensure_unique(self, name: TableName, key: Sequence[str]) -> bool:
        """False: only whole tables are published."""
        return False

    def drop_unique(self, name: TableName, table: FoundTable) -> None:
        """There is none."""


def ensure_marks(session: Session) -> None:
    session.execute(
        f"CREATE TABLE IF NOT EXISTS main.{MARKS} (name TEXT PRIMARY KEY, comment TEXT)"
    )
