"""Which table holds which asset, and what belongs to a table is called."""

from __future__ import annotations

import hashlib

from vibepiper.errors import StoreError
from vibepiper.io_manager import AssetRef
from vibepiper_sql import POSTGRES, TableName, digest, uri_table

__all__ = ["asset_table", "check_identifier", "key_index_name", "lock_key"]

LONGEST = 63
"""Bytes in a PostgreSQL identifier; the server cuts longer ones off in silence."""


def asset_table(ref: AssetRef, schema: str) -> TableName:
    """The published table: what ``uri`` names (``table`` or ``schema.table``), else the key
    with ``__`` for ``/``, shortened with a hash where it is longer than PostgreSQL allows."""
    if ref.uri is not None:
        found = uri_table(ref.uri, schema, POSTGRES)
        check_identifier(found.schema, "schema")
        check_identifier(found.name, "table")
        return found
    name = ref.key.replace("/", "__")
    if len(name.encode()) > LONGEST:
        kept = name.encode()[: LONGEST - 13].decode(errors="ignore")
        name = f"{kept}_{digest(name, 12)}"
    return TableName(schema, check_identifier(name, "asset"))


def check_identifier(name: str, what: str) -> str:
    """``name``, if PostgreSQL can hold it unchanged. Raises `StoreError`."""
    size = len(name.encode())
    if not 0 < size <= LONGEST or "\0" in name:
        raise StoreError(
            f"{what} {name!r}: a name takes 1 to {LONGEST} bytes and no NUL, found {size} bytes",
            hint=f"Rename the {what}.",
        )
    return name


def lock_key(table: TableName) -> int:
    """The key of the advisory lock that stands for this table."""
    found = hashlib.sha256(f"{table.schema}\0{table.name}".encode()).digest()
    return int.from_bytes(found[:8], "big", signed=True)


def key_index_name(table: TableName, oid: int) -> str:
    """The unique index that this plugin makes on the key of a table. With the table's number, so
    that no other table's index has the name."""
    ending = f"_key_{oid}"
    return table.name.encode()[: LONGEST - len(ending)].decode(errors="ignore") + ending
