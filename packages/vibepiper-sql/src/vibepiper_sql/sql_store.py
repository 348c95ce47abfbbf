"""What a SQL store tells and does, so that the rest of a change is the same in all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol

from sqlglot import exp

from vibepiper_sql.found_table import FoundTable
from vibepiper_sql.naming import TableName
from vibepiper_sql.table_change import Runner, SqlDialect

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SqlStore"]


class SqlStore(Runner, Protocol):
    """One session of a store. What changes something runs within a transaction."""

    @property
    def place(self) -> str:
        """Which database it is, as people know it."""
        ...

    @property
    def dialect(self) -> SqlDialect: ...

    def find(self, *names: TableName) -> list[FoundTable | None]:
        """What the catalog says of each, at once if it can; None for one that is not there. All
        are of one schema."""
        ...

    def schema(self, name: TableName, /) -> pa.Schema:
        """The table's columns as they are loaded."""
        ...

    def column_types(self, name: TableName, /) -> dict[str, str]:
        """The database's type of each column, in order."""
        ...

    def untyped(self, name: TableName, /) -> Collection[str]:
        """The columns that `vibepiper_sql.note_untyped` noted: loaded without a type, and of
        another since, for the database has none for that. None where it has."""
        ...

    def kind(self, field: pa.Field, /) -> exp.DataType:
        """The database's type for a column of Arrow data."""
        ...

    def attached(self, name: TableName, /) -> list[str]:
        """What hangs on the table, as people know it, and would be lost with it when a new one
        takes its place: indexes, views. Raises `StoreError` for what would not let its rows be
        replaced either."""
        ...

    def ensure_unique(self, name: TableName, key: Sequence[str], /) -> bool:
        """Whether the table has a unique index on just the key, after trying to make one. False
        where upserts are done without."""
        ...

    def drop_unique(self, name: TableName, table: FoundTable, /) -> None:
        """Drops the index that `ensure_unique` made, if it did: other changes may repeat a key.
        ``table`` is what `find` told of it."""
        ...
