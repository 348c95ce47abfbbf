"""A session as a `SqlStore`, and the lock under which a table is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import StoreError
from vibepiper_sql import (
    LOADS,
    PARTITIONS,
    POSTGRES,
    FoundTable,
    SqlDialect,
    TableName,
    record_tables,
)

from vibepiper_postgres import key_index, tables
from vibepiper_postgres.encode import Encoder
from vibepiper_postgres.names import lock_key
from vibepiper_postgres.session import Session
from vibepiper_postgres.streams import contents

__all__ = ["Catalog", "ensure_records", "lock"]

FROZEN = "60s"
"""How long a process may hold the table's lock between two statements. They follow each other
at once: one that takes longer is frozen or gone, and the server gives up its transaction."""

_MEMORY = "64MB"
"""For joins and sorts of what was staged; the server's own 4 MB would spill them to disk."""

_LOCK = f"""
SELECT set_config('idle_in_transaction_session_timeout', '{FROZEN}', true),
       CASE WHEN pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('{_MEMORY}')
            THEN set_config('work_mem', '{_MEMORY}', true) END,
       pg_advisory_xact_lock($1)
"""

_INDEXED = {
    LOADS: (("asset_table", "partition", "number"), ("asset_table", "number")),
    PARTITIONS: (("asset_table", "labels", "since"),),
}
"""By what the records are asked for, of which there may be a million."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """A `vibepiper_sql.SqlStore` over a session."""

    session: Session

    @property
    def place(self) -> str:
        return str(self.session.address)

    @property
    def dialect(self) -> SqlDialect:
        return POSTGRES

    def execute(self, statement: exp.Expr) -> int:
        return self.session.execute(statement)

    def rows(self, query: exp.Expr) -> list[tuple[object, ...]]:
        return self.session.rows(query)

    def find(self, *names: TableName) -> list[FoundTable | None]:
        found = tables.find_tables(self.session, names)
        return [found.get(name) for name in names]

    def schema(self, name: TableName) -> pa.Schema:
        return contents(self.session, name).schema

    def column_types(self, name: TableName) -> dict[str, str]:
        return tables.column_types(self.session, self._table(name))

    def untyped(self, name: TableName) -> tuple[str, ...]:
        return tables.untyped_columns(self.session, self._table(name))

    def kind(self, field: pa.Field) -> exp.DataType:
        (column,) = Encoder.of(pa.schema([field])).definitions()
        kind = column.args["kind"]
        assert isinstance(kind, exp.DataType)
        return kind

    def attached(self, name: TableName) -> list[str]:
        """Views, indexes, grants and the like. Raises `StoreError` for foreign keys."""
        table = self._table(name)
        if referring := tables.referring_to(self.session, table):
            raise StoreError(
                f"{self.place}: rows of {name} cannot be replaced while other tables refer to "
                f"them: {', '.join(referring)}",
                hint="Drop the foreign keys.",
            )
        return tables.attached_to(self.session, name, table)

    def ensure_unique(self, name: TableName, key: Sequence[str]) -> bool:
        return key_index.ensure_unique(self.session, name, self._table(name), key)

    def drop_unique(self, name: TableName, table: FoundTable) -> None:
        assert isinstance(table, tables.Table)
        key_index.drop_unique(self.session, name, table)

    def _table(self, name: TableName) -> tables.Table:
        table = tables.find_tables(self.session, [name]).get(name)
        if table is None:
            raise StoreError(f"{self.place}: there is no table {name}")
        return table


def lock(session: Session, name: TableName) -> None:
    """Until the end of the transaction nobody else publishes to the table."""
    session.rows(_LOCK, (lock_key(name),))


def ensure_records(session: Session, schema: str) -> None:
    """Makes the schema's tables of loads and of partitions, in a transaction of their own: CREATE
    TABLE IF NOT EXISTS fails when two race for it."""
    made = record_tables(schema)
    if made.keys() <= tables.find_tables(session, made).keys():
        return
    with session.transaction():
        session.rows("SELECT pg_advisory_xact_lock($1)", (lock_key(TableName(schema, LOADS)),))
        there = tables.find_tables(session, made)
        for name, statement in made.items():
            if name in there:
                continue  # it may be another role's, whose indexes only that one makes
            session.execute(statement)
            for number, columns in enumerate(_INDEXED[name.name]):
                index = f"{name.name}_{number}"
                session.execute(key_index.create(name, index, columns))
