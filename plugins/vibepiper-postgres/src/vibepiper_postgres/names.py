"""Which table holds which data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from vibepiper.errors import StoreError
from vibepiper.io_manager import AssetRef

__all__ = ["TableName", "asset_table", "check_identifier", "side_prefix", "side_table"]

LONGEST = 63
"""Bytes in a PostgreSQL identifier; the server cuts longer ones off in silence."""
_LOAD_ID_LENGTH = 40


@dataclass(frozen=True, slots=True)
class TableName:
    """A table's schema and name, exactly as PostgreSQL stores them."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    def tree(self) -> exp.Table:
        return exp.table_(self.name, db=self.schema, quoted=True)

    @property
    def lock_key(self) -> int:
        """The key of the advisory lock that stands for this table."""
        digest = hashlib.sha256(f"{self.schema}\0{self.name}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


def asset_table(ref: AssetRef, schema: str) -> TableName:
    """The published table: what ``uri`` names (``table`` or ``schema.table``), else the key
    with ``__`` for ``/``, shortened with a hash where it is longer than PostgreSQL allows."""
    if ref.uri is not None:
        return _from_uri(ref.uri, schema)
    name = ref.key.replace("/", "__")
    if len(name.encode()) > LONGEST:
        kept = name.encode()[: LONGEST - 13].decode(errors="ignore")
        name = f"{kept}_{_digest(name, 12)}"
    return TableName(schema, name)


def _from_uri(uri: str, schema: str) -> TableName:
    try:
        table = exp.to_table(uri, dialect="postgres")
    except sqlglot.ParseError as error:
        raise _bad_uri(uri) from error
    if not table.name or table.catalog or set(table.args) - {"this", "db", "catalog"}:
        raise _bad_uri(uri)
    return TableName(
        check_identifier(table.db or schema, "schema"), check_identifier(table.name, "table")
    )


def _bad_uri(uri: str) -> StoreError:
    return StoreError(
        f"uri '{uri}' names no PostgreSQL table",
        hint="Write it as table or schema.table; put odd names in double quotes.",
    )


def check_identifier(name: str, what: str) -> str:
    """``name``, if PostgreSQL can hold it unchanged. Raises `StoreError`."""
    size = len(name.encode())
    if not 0 < size <= LONGEST or "\0" in name:
        raise StoreError(
            f"{what} {name!r}: a name takes 1 to {LONGEST} bytes and no NUL, found {size} bytes",
            hint=f"Rename the {what}.",
        )
    return name


def side_table(table: TableName, load_id: str) -> TableName:
    """Where a load of ``table`` waits to be published: in the same schema, so that publishing
    is a rename."""
    short = load_id if len(load_id) <= _LOAD_ID_LENGTH else _digest(load_id, _LOAD_ID_LENGTH)
    return TableName(table.schema, side_prefix(table) + short)


def side_prefix(table: TableName) -> str:
    """What the names of all loads of ``table`` begin with."""
    return f"vp_{_digest(table.name, 12)}_"


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
