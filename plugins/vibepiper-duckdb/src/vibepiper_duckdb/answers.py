"""Answers as Arrow streams. The file is open while one is read, unless it is small."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa
from duckdb import ColumnExpression
from sqlglot import exp
from vibepiper.errors import StoreError

from vibepiper_duckdb.database import Database
from vibepiper_duckdb.session import Session, Statement, sql_of

__all__ = ["open_stream", "schema_of"]

_AHEAD_BYTES = 32 << 20
"""An answer up to this size is read at once, so that its reader need not hold the file."""
_BATCH_ROWS = 65_536
_EXTENSIONS: dict[str, pa.BaseExtensionType] = {"UUID": pa.uuid(), "JSON": pa.json_()}
"""What DuckDB would deliver as text, by the names of its types."""


def schema_of(session: Session, query: exp.Query) -> pa.Schema:
    """The columns of `open_stream`, without running the query."""
    with session.doing("describe the query"):
        asked, kinds = _asked(session, query.limit(0), ())
        return _typed(asked.to_arrow_table().schema, kinds)


def open_stream(
    database: Database,
    query: Statement,
    parameters: Sequence[object] = (),
    batch_rows: int = _BATCH_ROWS,
) -> pa.RecordBatchReader:
    """Runs a query; at most ``batch_rows`` rows a batch, in constant memory."""
    session = database.acquire()
    try:
        rows = _Rows(database, session, query, parameters, batch_rows)
        rows.read_ahead()
    except BaseException:
        database.release(session)
        raise
    return pa.RecordBatchReader.from_batches(rows.schema, rows)


class _Rows:
    """The batches of an answer. Holds its session until the last is read, or it is dropped."""

    def __init__(
        self,
        database: Database,
        session: Session,
        query: Statement,
        parameters: Sequence[object],
        batch_rows: int,
    ) -> None:
        self._database = database
        self._session: Session | None = session
        self._ahead: deque[pa.RecordBatch] = deque()
        self._reader: Iterator[pa.RecordBatch] = iter(())
        with session.doing("query"):
            asked, kinds = _asked(session, query, parameters)
            reader = asked.to_arrow_reader(batch_rows)
            self._reader, self.schema = reader, _typed(reader.schema, kinds)

    def read_ahead(self) -> None:
        size = 0
        while size < _AHEAD_BYTES and (batch := self._read()) is not None:
            size += batch.nbytes
            self._ahead.append(batch)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self

    def __next__(self) -> pa.RecordBatch:
        if self._ahead:
            return self._ahead.popleft()
        if (batch := self._read()) is None:
            raise StopIteration
        return batch

    def _read(self) -> pa.RecordBatch | None:
        if self._session is None:
            return None
        try:
            with self._session.doing("read the answer"):
                batch = next(self._reader, None)
        except BaseException:
            self.close()
            raise
        if batch is None:
            self.close()
            return None
        columns = zip(batch.columns, self.schema.types, strict=True)
        return pa.RecordBatch.from_arrays([_as(c, t) for c, t in columns], schema=self.schema)

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            self._reader = iter(())  # DuckDB's own lives as long as something refers to it
            self._database.release(session)

    __del__ = close


def _asked(
    session: Session, query: Statement, parameters: Sequence[object]
) -> tuple[duckdb.DuckDBPyRelation, list[str]]:
    """The query, its UUIDs as bytes; and DuckDB's types of its columns."""
    sql = sql_of(query)
    asked = session.cursor.sql(sql, params=list(parameters) or None)
    if asked is None:
        raise StoreError(
            f"{session.path}: the statement was carried out, and gives no rows to read",
            hint="Use execute.",
        )
    names, kinds = asked.columns, [str(kind) for kind in asked.types]
    if "UUID" not in kinds or len(set(names)) < len(names):
        return asked, kinds
    return asked.select(*(_column(n, k) for n, k in zip(names, kinds, strict=True))), kinds


def _column(name: str, kind: str) -> duckdb.Expression:
    column = ColumnExpression(name)
    return column.cast("BLOB").alias(name) if kind == "UUID" else column


def _typed(delivered: pa.Schema, kinds: list[str]) -> pa.Schema:
    """The schema with extension types for UUID and JSON."""
    fields = [
        field.with_type(found)
        if (found := _EXTENSIONS.get(kind)) and _delivered(kind) == field.type
        else field
        for field, kind in zip(delivered, kinds, strict=True)
    ]
    return pa.schema(fields)


def _delivered(kind: str) -> pa.DataType:
    return pa.binary() if kind == "UUID" else pa.string()


def _as(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if array.type == kind or not isinstance(kind, pa.BaseExtensionType):
        return array
    return pa.ExtensionArray.from_storage(kind, array.cast(kind.storage_type))
