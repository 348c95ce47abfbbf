"""The columns of several tables of a store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from vibepiper_sql.naming import TableName
from vibepiper_sql.sql_store import SqlStore

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["schemas_there"]

Key = TypeVar("Key")


def schemas_there(store: SqlStore, names: Mapping[Key, TableName]) -> dict[Key, pa.Schema]:
    """The columns of those tables that are there, by what each is asked for by."""
    found: dict[Key, pa.Schema] = {}
    for schema in {name.schema for name in names.values()}:
        some = {key: name for key, name in names.items() if name.schema == schema}
        told = zip(some.items(), store.find(*some.values()), strict=True)
        found |= {key: store.schema(name) for (key, name), table in told if table is not None}
    return found
