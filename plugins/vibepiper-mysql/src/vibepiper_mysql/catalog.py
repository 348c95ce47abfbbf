"""What the server tells of its tables: a `SqlStore`; and the locks of loads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import StoreError
from vibepiper_sql import MYSQL, FoundTable, RowEncoder, SqlDialect, TableName, digest

from vibepiper_mysql.session import Session, sql_of
from vibepiper_mysql.types import rules

__all__ = ["Catalog", "locked", "release_lock", "take_lock"]

_TABLE = """
SELECT table_comment, table_type FROM information_schema.tables
WHERE table_schema = %s AND table_name = %s
"""
_TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = %s AND LEFT(table_name, %s) = %s
"""
_COLUMNS = """
SELECT column_name, column_type FROM information_schema.columns
WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position
"""
_ATTACHED = """
SELECT DISTINCT CONCAT('index ', index_name) FROM information_schema.statistics
WHERE table_schema = %s AND table_name = %s
UNION ALL
SELECT CONCAT('trigger ', trigger_name) FROM information_schema.triggers
WHERE event_object_schema = %s AND event_object_table = %s
UNION ALL
SELECT CONCAT('foreign key ', constraint_name) FROM information_schema.key_column_usage
WHERE referenced_table_schema = %s AND referenced_table_name = %s
"""


@dataclass(frozen=True, slots=True)
class Catalog:
    """A `vibepiper_sql.SqlStore` over a session."""

    session: Session

    @property
    def place(self) -> str:
        return str(self.session.address)

    @property
    def dialect(self) -> SqlDialect:
        return MYSQL

    def execute(self, statement: exp.Expr) -> int:
        if isinstance(statement, exp.Comment):
            table, text = sql_of(statement.this), sql_of(statement.expression)
            return self.session.execute(f"ALTER TABLE {table} COMMENT = {text}")
        return self.session.execute(statement)

    def rows(self, query: exp.Expr) -> list[tuple[object, ...]]:
        return self.session.rows(query)

    def find(self, *names: TableName) -> list[FoundTable | None]:
        return [self._found(name) for name in names]

    def _found(self, name: TableName) -> FoundTable | None:
        rows = self.session.rows(_TABLE, (name.schema, name.name))
        if not rows:
            return None
        comment, kind = cast("tuple[str, str]", rows[0])
        other = None if kind == "BASE TABLE" else f"a {kind.lower()}"
        return FoundTable(comment or None, other)

    def beginning_with(self, schema: str, prefix: str) -> list[TableName]:
        """The tables whose names begin with ``prefix``."""
        found = self.session.rows(_TABLES, (schema, len(prefix), prefix))
        return [TableName(schema, str(name)) for (name,) in found]

    def schema(self, name: TableName) -> pa.Schema:
        return self.session.schema(exp.select("*").from_(name.tree()).limit(0))

    def column_types(self, name: TableName) -> dict[str, str]:
        found = self.session.rows(_COLUMNS, (name.schema, name.name))
        return {str(column): str(kind) for column, kind in found}

    def untyped(self, name: TableName) -> tuple[str, ...]:
        """None: whole tables are replaced here."""
        return ()

    def kind(self, field: pa.Field) -> exp.DataType:
        encoder = RowEncoder.of(pa.schema([field]), rules(self.session.collation()))
        kind = encoder.definitions()[0].args["kind"]
        assert isinstance(kind, exp.DataType)
        return kind

    def attached(self, name: TableName) -> list[str]:
        """Its indexes, triggers, and foreign keys that point at it; views go on working."""
        rows = self.session.rows(_ATTACHED, (name.schema, name.name) * 3)
        return [str(what) for (what,) in rows]

    def ensure_unique(self, name: TableName, key: Sequence[str]) -> bool:
        """False: only whole tables are published."""
        return False

    def drop_unique(self, name: TableName, table: FoundTable) -> None:
        """There is none."""


def take_lock(session: Session, table: TableName, seconds: int = 0) -> bool:
    """Whether the session now has the lock that stands for the table, until it ends or
    `release_lock`."""
    return session.rows("SELECT GET_LOCK(%s, %s)", (_key(table), seconds))[0][0] == 1


def release_lock(session: Session, table: TableName) -> None:
    session.rows("SELECT RELEASE_LOCK(%s)", (_key(table),))


@contextmanager
def locked(session: Session, table: TableName) -> Iterator[None]:
    """Within it nobody else publishes to the table."""
    if not take_lock(session, table, session.address.lock_timeout):
        raise StoreError(
            f"{session.address}: somebody else publishes to {table} for longer than "
            f"{session.address.lock_timeout} s",
            hint="Raise 'lock_timeout', or run it again.",
        )
    yield
    release_lock(session, table)


def _key(table: TableName) -> str:
    return "vp_" + digest(f"{table.schema}\0{table.name}", 40)
