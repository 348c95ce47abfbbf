"""Answers as Arrow streams, each over a connection of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain

import pyarrow as pa
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from vibepiper.errors import StoreError
from vibepiper_sql import decode_batches

from vibepiper_sqlite.database import Database
from vibepiper_sqlite.session import Session
from vibepiper_sqlite.types import declared_type

__all__ = ["BATCH_ROWS", "open_query", "open_stream"]

BATCH_ROWS = 65_536
_PROBE = "temp.vibepiper_probe"
_KINDS = ((bool, pa.bool_()), (int, pa.int64()), (float, pa.float64()), (bytes, pa.binary()))


def open_stream(
    database: Database, sql: str, schema: pa.Schema, batch_rows: int = BATCH_ROWS
) -> pa.RecordBatchReader:
    """Runs a query whose columns are known; at most ``batch_rows`` rows a batch."""
    session = database.connect()
    try:
        cursor = session.cursor(sql)
    except BaseException:
        session.close()
        raise
    chunks = _chunks(session, cursor, batch_rows)
    return pa.RecordBatchReader.from_batches(schema, decode_batches(chunks, schema))


def open_query(
    database: Database, sql: str, parameters: Sequence[object] = ()
) -> pa.RecordBatchReader:
    """Runs any query. Columns that are a table's have the types that it declares; the type of
    others is told by the values of the first batch."""
    session = database.connect()
    try:
        declared = _declared(session, sql, parameters)
        cursor = session.cursor(sql, parameters)
        if cursor.description is None:
            raise StoreError(
                f"{database}: the statement was carried out, and gives no rows to read",
                hint="Use execute.",
            )
        with session.doing("query"):
            first = cursor.fetchmany(BATCH_ROWS)
        schema = _told(cursor, declared, first)
    except BaseException:
        session.close()
        raise
    chunks = chain([first], _chunks(session, cursor, BATCH_ROWS))
    return pa.RecordBatchReader.from_batches(schema, _closing(session, chunks, schema))


def _closing(
    session: Session, chunks: Iterator[list[tuple[object, ...]]], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    try:
        yield from decode_batches(chunks, schema)
    finally:
        session.close()


def _chunks(
    session: Session, cursor: sqlite3.Cursor, rows: int
) -> Iterator[list[tuple[object, ...]]]:
    """Closes the session at the end, also of a stream that was dropped."""
    try:
        while True:
            with session.doing("read the answer"):
                found = cursor.fetchmany(rows)
            if not found:
                return
            yield found
    finally:
        session.close()


def _declared(session: Session, sql: str, parameters: Sequence[object]) -> list[str]:
    """The declared type of each column, empty where it has none: what SQLite tells of a view's."""
    plain = _without_parameters(sql) if parameters else sql
    if plain is None:
        return []
    try:
        session.execute(f"CREATE TEMP VIEW vibepiper_probe AS {plain}")
    except StoreError:
        return []  # no query: what is wrong with it is told where it runs
    rows = session.rows("SELECT type FROM pragma_table_info('vibepiper_probe', 'temp')")
    session.execute(f"DROP VIEW {_PROBE}")
    return [str(kind) for (kind,) in rows]


def _without_parameters(sql: str) -> str | None:
    """The query with nulls for its parameters, which a view cannot have."""

    def null(node: exp.Expr) -> exp.Expr:
        return exp.null() if isinstance(node, exp.Placeholder | exp.Parameter) else node

    try:
        return sqlglot.parse_one(sql, dialect="sqlite").transform(null).sql("sqlite")
    except SqlglotError:
        return None


def _told(
    cursor: sqlite3.Cursor, declared: Sequence[str], first: Sequence[Sequence[object]]
) -> pa.Schema:
    names = [str(column[0]) for column in cursor.description]
    kinds: list[pa.DataType] = []
    for place in range(len(names)):
        known = declared_type(declared[place]) if place < len(declared) else None
        kinds.append(known or _kind({type(row[place]) for row in first}))
    return pa.schema(list(zip(names, kinds, strict=True)))


def _kind(found: set[type]) -> pa.DataType:
    if found >= {int, float}:
        return pa.float64()
    return next((kind for python, kind in _KINDS if python in found), pa.string())
