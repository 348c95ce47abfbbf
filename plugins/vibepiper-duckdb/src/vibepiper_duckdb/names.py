"""Which table holds which asset."""

from __future__ import annotations

from vibepiper.errors import StoreError
from vibepiper.io_manager import AssetRef
from vibepiper_sql import DUCKDB, TableName, uri_table

__all__ = ["asset_table", "check_identifier"]


def asset_table(ref: AssetRef, schema: str) -> TableName:
    """The published table: what ``uri`` names (``table`` or ``schema.table``), else the key
    with ``__`` for ``/``. DuckDB keeps the case of names and ignores it when it looks."""
    if ref.uri is not None:
        found, what = uri_table(ref.uri, schema, DUCKDB), "table"
    else:
        found, what = TableName(schema, ref.key.replace("/", "__")), "asset"
    check_identifier(found.schema, "schema")
    check_identifier(found.name, what)
    return found


def check_identifier(name: str, what: str) -> str:
    """``name``, if DuckDB can hold it unchanged. Raises `StoreError`."""
    if not name or "\0" in name:
        raise StoreError(
            f"{what} {name!r}: a name takes at least one character, and no NUL",
            hint=f"Rename the {what}.",
        )
    return name
