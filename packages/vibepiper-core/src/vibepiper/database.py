"""Database connectors: what a component of kind ``database`` must do.

The protocols are structural. Values are never written into SQL: they are bound as parameters,
in the notation of the database (``$1``, ``?``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "DatabaseConnector",
    "DatabaseTable",
    "DatabaseTransaction",
    "DescribingConnector",
    "IngestMode",
]

IngestMode = Literal["create", "append", "replace"]


@dataclass(frozen=True, slots=True)
class DatabaseTable:
    """A table of a database; ``schema`` is the one that its connector is configured with, unless
    told."""

    name: str
    schema: str | None = None

    def of(self, resource: str) -> str:
        """What it is called as no asset is: with the name of the resource that is its database. A
        part with a dot in it is quoted, so that no other table is called the same."""
        parts = (resource, self.schema, self.name)
        return ".".join(_quoted(part) for part in parts if part is not None)


def _quoted(part: str) -> str:
    doubled = part.replace('"', '""')
    return f'"{doubled}"' if "." in part or part.startswith('"') else part


class DatabaseTransaction(Protocol):
    """Statements that commit together, or not at all."""

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Runs one statement and returns the rows it touched: -1 where the driver does not tell."""
        ...

    def ingest(self, name: str, data: object, mode: IngestMode = "create") -> int:
        """Writes a table from anything with ``__arrow_c_stream__`` and returns its rows.
        ``create`` refuses a table that exists, ``append`` adds to it, ``replace`` drops what
        was there."""
        ...


class DatabaseConnector(DatabaseTransaction, Protocol):
    """A configured link to one database. Safe to use from several threads at once.

    `execute` and `ingest` outside `transaction` are each a transaction of their own. What the
    driver raises arrives as `StoreError`, without the password.
    """

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pa.RecordBatchReader:
        """The answer as a stream: rows are fetched as they are read."""
        ...

    def transaction(self) -> AbstractContextManager[DatabaseTransaction]:
        """Commits at the end of the block; rolls back when the block raises."""
        ...

    def schema(self, name: str) -> pa.Schema:
        """The schema of a table, as `query` would deliver it. Raises `StoreError` when there is
        no such table."""
        ...

    def ping(self) -> None:
        """Raises `StoreError` unless the database answers."""
        ...

    def close(self) -> None:
        """Ends every connection. Closing twice changes nothing."""
        ...


@runtime_checkable
class DescribingConnector(Protocol):
    """A connector that tells the columns of many tables, as `vibepiper validate` asks for them."""

    @property
    def backend(self) -> object:
        """The engine that its tables are queried in, equal to that of stores of the same database;
        see `vibepiper.QueryIOManager`."""
        ...

    def schemas(self, tables: Collection[DatabaseTable]) -> Mapping[DatabaseTable, pa.Schema]:
        """What `schema` tells of each of them, asked over one connection. Those that are not
        there, or may not be read, are left out. It makes nothing, also where the database itself
        would be made by its first use."""
        ...
