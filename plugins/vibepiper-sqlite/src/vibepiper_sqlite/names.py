"""Which table holds which asset."""

from __future__ import annotations

from vibepiper.errors import StoreError
from vibepiper.io_manager import AssetRef
from vibepiper_sql import SQLITE, TableName, uri_table

__all__ = ["MAIN", "asset_table", "check_identifier", "main_table"]

MAIN = "main"
"""What SQLite calls the schema of the file that it opened."""


def asset_table(ref: AssetRef) -> TableName:
    """The published table: what ``uri`` names, else the key with ``__`` for ``/``. SQLite keeps
    the case of names and ignores it when it looks."""
    if ref.uri is None:
        return main_table(ref.key.replace("/", "__"), "asset")
    found = uri_table(ref.uri, MAIN, SQLITE)
    if found.schema != MAIN:
        raise StoreError(
            f"uri '{ref.uri}' names the schema '{found.schema}', and a SQLite file has only main",
            hint="Write it as table, or main.table.",
        )
    return main_table(found.name, "table")


def main_table(name: str, what: str = "table") -> TableName:
    """A table of the file. Raises `StoreError` for a name that SQLite cannot hold."""
    return TableName(MAIN, check_identifier(name, what))


def check_identifier(name: str, what: str) -> str:
    """``name``, if SQLite can hold it unchanged. Raises `StoreError`."""
    if not name or "\0" in name or (what != "column" and name.lower().startswith("sqlite_")):
        raise StoreError(
            f"{what} {name!r}: a name takes at least one character, no NUL, and no 'sqlite_' at "
            "the beginning of a table's",
            hint=f"Rename the {what}.",
        )
    return name
