"""Which table holds which asset."""

from __future__ import annotations

from vibepiper.errors import StoreError
from vibepiper.io_manager import AssetRef
from vibepiper_sql import MYSQL, TableName, digest, uri_table

__all__ = ["asset_table", "check_identifier"]

LONGEST = 64
"""Characters in a name."""


def asset_table(ref: AssetRef, database: str) -> TableName:
    """The published table: what ``uri`` names (``table`` or ``database.table``), else the key
    with ``__`` for ``/``, shortened with a hash where it is longer than MySQL allows."""
    if ref.uri is not None:
        found = uri_table(ref.uri, database, MYSQL)
        check_identifier(found.schema, "database")
        check_identifier(found.name, "table")
        return found
    name = ref.key.replace("/", "__")
    if len(name) > LONGEST:
        name = f"{name[: LONGEST - 13]}_{digest(name, 12)}"
    return TableName(database, check_identifier(name, "asset"))


def check_identifier(name: str, what: str) -> str:
    """``name``, if MySQL can hold it unchanged. Raises `StoreError`."""
    odd = any(letter == "\0" or letter > "\uffff" for letter in name)
    if not 0 < len(name) <= LONGEST or name.endswith(" ") or odd:
        raise StoreError(
            f"{what} {name!r}: a name takes 1 to {LONGEST} characters of the basic plane, no NUL, "
            f"and no blank at its end, found {len(name)} characters",
            hint=f"Rename the {what}.",
        )
    return name
