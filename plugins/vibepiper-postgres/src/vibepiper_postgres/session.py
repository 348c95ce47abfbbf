"""Sessions on one database: connections of their own per operation, kept for the next."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as driver  # type: ignore[import-untyped]
import pyarrow as pa
from adbc_driver_postgresql import StatementOptions
from sqlglot import exp
from vibepiper.errors import StoreError
from vibepiper_sql import TableName

from vibepiper_postgres.errors import driver_errors
from vibepiper_postgres.settings import Address

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection, Cursor

__all__ = ["BATCH_BYTES", "Database", "Parameter", "Session", "sql_of"]

BATCH_BYTES = 8 << 20
"""About how many bytes of PostgreSQL's wire format make one record batch."""

_ISOLATION = "SELECT set_config('default_transaction_isolation', $1, false)"

Parameter = bool | int | float | str | bytes | None
Statement = exp.Expr | str


def sql_of(statement: Statement) -> str:
    """The statement as text for the server."""
    text = statement
    if not isinstance(text, str):
        text = text.sql(dialect="postgres", identify=True)
    if "\0" in text:
        raise StoreError("the statement holds a NUL character, which PostgreSQL cannot take")
    return text


@dataclass(slots=True)
class Session:
    """One connection. Each statement commits by itself, except within `transaction`.

    Not for use from two threads at once.
    """

    connection: Connection
    address: Address
    broken: bool = False

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Maps the driver's errors; after one the connection is not used again."""
        try:
            with driver_errors(self.address, what):
                yield
        except BaseException:
            self.broken = True
            raise

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Statements within commit together, or not at all when one raises."""
        handle = self.connection.adbc_connection
        with self.doing("begin"):
            handle.set_autocommit(False)
        try:
            yield
            with self.doing("commit"):
                handle.commit()
                handle.set_autocommit(True)
        except BaseException:
            self.broken = True  # closing the connection rolls back, whatever state it is in
            raise

    def execute(self, statement: Statement, parameters: Sequence[Parameter] = ()) -> int:
        """Runs a statement and returns the rows it touched: -1 where the driver
        does not tell, as with parameters."""
        with self._cursor("execute") as cursor:
            cursor.execute(sql_of(statement), tuple(parameters) or None)
            return int(cursor.rowcount)

    def rows(
        self, query: Statement, parameters: Sequence[Parameter | list[str]] = ()
    ) -> list[tuple[object, ...]]:
        """All rows of a small answer, which COPY would take longer for."""
        plain = {StatementOptions.USE_COPY.value: "false"}
        with self.doing("query"), self.connection.cursor(adbc_stmt_kwargs=plain) as cursor:
            cursor.execute(sql_of(query), tuple(parameters) or None)
            return [tuple(row) for row in cursor.fetchall()]

    def describe(self, query: str) -> pa.Schema:
        """What the driver would return for ``query``, asked of the server without running it."""
        with self._cursor("describe the query") as cursor:
            return cast("pa.Schema", cursor.adbc_execute_schema(query))

    def copy_in(self, table: TableName, stream: pa.RecordBatchReader) -> int:
        """Appends ``stream`` to a table whose column types are those of the stream, by COPY.

        What the stream itself raises while it is read comes out as it is.
        """
        source = _Watched(stream)
        watched = pa.RecordBatchReader.from_batches(stream.schema, source.batches())
        try:
            with self._cursor(f"write {table}") as cursor:
                return int(
                    cursor.adbc_ingest(
                        table.name, watched, mode="append", db_schema_name=table.schema
                    )
                )
        except StoreError:
            if source.error is not None:
                raise source.error from None
            raise

    @contextmanager
    def copy_out(self, query: str) -> Iterator[pa.RecordBatchReader]:
        """The answer as the server sends it, by COPY; nothing is held but the current batch."""
        size = {StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(BATCH_BYTES)}
        with self.connection.cursor(adbc_stmt_kwargs=size) as cursor:
            with self.doing("query"):
                cursor.execute(query)
                reader = cursor.fetch_record_batch()
            yield reader

    def each(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        """The batches of `copy_out`. Left before its end, the session is not used again."""
        whole = False
        try:
            while True:
                with self.doing("read the answer"):
                    batch = next(reader, None)
                if batch is None:
                    whole = True
                    return
                yield batch
        finally:
            self.broken = self.broken or not whole

    def cancel(self) -> None:
        """Asks the server to end what this session runs; callable from any thread. The server may
        act on it late, so the session is not used again."""
        self.broken = True
        with suppress(adbc_driver_manager.Error):  # it may have ended by itself
            self.connection.adbc_cancel()

    @contextmanager
    def _cursor(self, doing: str) -> Iterator[Cursor]:
        with self.doing(doing), self.connection.cursor() as cursor:
            yield cursor

    def close(self) -> None:
        self.connection.close()


@dataclass(slots=True)
class _Watched:
    """Remembers what a stream raised: the driver would pass on no more than its text."""

    stream: pa.RecordBatchReader
    error: Exception | None = None

    def batches(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self.stream
        except Exception as error:
            self.error = error
            raise


@dataclass(slots=True)
class Database:
    """A database that sessions are opened on, from any thread. Connects on first use.

    ``isolation`` of transactions: None for what is usual in the database.
    """

    address: Address
    isolation: str | None = None
    _root: Connection | None = None
    _idle: list[Session] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session for the duration of the block, by itself."""
        session = self.acquire()
        try:
            yield session
        finally:
            self.release(session)

    def acquire(self) -> Session:
        """A session that the caller must `release`."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
            with driver_errors(self.address, "connect"):
                return self._connected()

    def release(self, session: Session) -> None:
        """Keeps the session for the next use, or closes it when something failed in it."""
        if not session.broken:
            with self._lock:
                if self._root is not None:
                    self._idle.append(session)
                    return
        session.close()
        if session.broken:
            self._drop_idle()

    def _connected(self) -> Session:
        root = self._root
        if root is None:
            root = self._root = driver.connect(self.address.url(), autocommit=True)
        connection = root.adbc_clone()
        with ExitStack() as on_error:
            on_error.callback(connection.close)
            connection.adbc_connection.set_autocommit(True)
            with connection.cursor() as cursor:
                cursor.execute("SET TIME ZONE 'UTC'")
                if self.isolation is not None:
                    cursor.execute(_ISOLATION, (self.isolation,))
            on_error.pop_all()
        return Session(connection, self.address)

    def _drop_idle(self) -> None:
        """After a failure: idle connections may have lost their server as well."""
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def close(self) -> None:
        """Closes what is idle; sessions in use are closed as they are released."""
        self._drop_idle()
        with self._lock:
            root, self._root = self._root, None
        if root is not None:
            root.close()
