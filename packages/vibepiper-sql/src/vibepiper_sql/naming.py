"""Which table holds which data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from vibepiper.errors import StoreError

from vibepiper_sql.table_change import SqlDialect

__all__ = ["TableName", "digest", "side_prefix", "side_table", "uri_table"]

_LOAD_ID_LENGTH = 40


@dataclass(frozen=True, slots=True)
class TableName:
    """A table's schema and name, exactly as the database stores them."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    def tree(self) -> exp.Table:
        return exp.table_(self.name, db=self.schema, quoted=True)


def uri_table(uri: str, schema: str, dialect: SqlDialect) -> TableName:
    """The table that ``uri`` names: ``table`` or ``schema.table``. Raises `StoreError`."""
    try:
        table = exp.to_table(uri, dialect=dialect.name)
    except (
        sqlglot.ParseError,
        sqlglot.TokenError,
        ValueError,
    ) as error:  # of more parts than three
        raise _bad_uri(uri, dialect) from error
    if not table.name or table.catalog or set(table.args) - {"this", "db", "catalog"}:
        raise _bad_uri(uri, dialect)
    return TableName(table.db or schema, table.name)


def _bad_uri(uri: str, dialect: SqlDialect) -> StoreError:
    return StoreError(
        f"uri '{uri}' names no {dialect.title} table",
        hint="Write it as table or schema.table; put odd names in double quotes.",
    )


def side_table(table: TableName, load_id: str, dialect: SqlDialect) -> TableName:
    """Where a load of ``table`` waits to be published: in the same schema, so that publishing
    is a rename."""
    short = load_id if len(load_id) <= _LOAD_ID_LENGTH else digest(load_id, _LOAD_ID_LENGTH)
    return TableName(table.schema, side_prefix(table, dialect) + short)


def side_prefix(table: TableName, dialect: SqlDialect) -> str:
    """What the names of all loads of ``table`` begin with; safe in a file's name."""
    return f"vp_{digest(dialect.folded(str(table)), 12)}_"


def digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
