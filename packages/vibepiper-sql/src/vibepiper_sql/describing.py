"""The columns of several tables of a store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from vibepiper.errors import StoreError

from vibepiper_sql.naming import TableName
from vibepiper_sql.sql_store import SqlStore

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["schemas_there"]

Key = TypeVar("Key")


def schemas_there(store: SqlStore, names: Mapping[Key, TableName]) -> dict[Key, pa.Schema]:
    """The columns of those tables that are there and can be read, by what each is asked for by."""
    found: dict[Key, pa.Schema] = {}
    for schema in {name.schema for name in names.values()}:
        some = {key: name for key, name in names.items() if name.schema == schema}
        told = zip(some.items(), store.find(*some.values()), strict=True)
        there = {key: _schema(store, name) for (key, name), table in told if table is not None}
        found |= {key: schema for key, schema in there.items() if schema is not None}
    return found


def _schema(store: SqlStore, name: TableName) -> pa.Schema | None:
    """None of a view of what is gone, or of what may not be read."""
    try:
        return store.schema(name)
    except StoreError:
        store.find(name)  # raises what it was if the database is away
        return None
