"""Indexes: the unique one on the key of an asset that is upserted, and those that others ask
for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlglot import exp
from vibepiper_sql import TableName, repeated_keys

from vibepiper_postgres.names import key_index_name
from vibepiper_postgres.session import Session
from vibepiper_postgres.tables import Table

__all__ = ["create", "drop_unique", "ensure_unique"]

_INDEXES = """
SELECT i.relname::text, x.indisunique AND x.indisvalid AND x.indimmediate
         AND x.indpred IS NULL AND x.indexprs IS NULL,
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = x.indrelid
             AND a.attnum = ANY ((x.indkey::int2[])[0 : x.indnkeyatts - 1]))
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
WHERE x.indrelid = $1
"""


def ensure_unique(session: Session, name: TableName, table: Table, key: Sequence[str]) -> bool:
    """Whether the table has a unique index on just the key, after trying to make one: rows that
    are there already may share a key."""
    found = cast("list[tuple[str, bool, list[str]]]", session.rows(_INDEXES, (table.oid,)))
    if any(usable and set(columns) == set(key) for _, usable, columns in found):
        return True
    own = key_index_name(name, table.oid)
    if any(index == own for index, *_ in found):
        session.execute(_drop(name.schema, own))  # the key was another
    if session.rows(repeated_keys(name.tree(), key).limit(1)):
        return False
    session.execute(create(name, own, key, unique=True))
    return True


def drop_unique(session: Session, name: TableName, table: Table) -> None:
    """Drops the index that `ensure_unique` made, if it did: other changes may repeat a key."""
    session.execute(_drop(name.schema, key_index_name(name, table.oid)))


def _drop(schema: str, index: str) -> exp.Drop:
    return exp.Drop(tables=[TableName(schema, index).tree()], kind="INDEX", exists=True)


def create(name: TableName, index: str, key: Sequence[str], *, unique: bool = False) -> exp.Create:
    """CREATE INDEX on the columns of a table."""
    columns = [exp.column(exp.to_identifier(column, quoted=True)) for column in key]
    made = exp.Index(
        this=exp.to_identifier(index, quoted=True),
        table=name.tree(),
        params=exp.IndexParameters(columns=columns),
    )
    return exp.Create(this=made, kind="INDEX", unique=unique)
