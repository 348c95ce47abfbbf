"""Database connectors: what a component of kind ``database`` must do.

The protocols are structural. Values are never written into SQL: they are bound as parameters,
in the notation of the database (``$1``, ``?``).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DatabaseConnector", "DatabaseTransaction", "IngestMode"]

IngestMode = Literal["create", "append", "replace"]


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
