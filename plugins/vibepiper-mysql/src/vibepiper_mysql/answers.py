"""Answers as Arrow streams, each over a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
from vibepiper.errors import StoreError
from vibepiper_sql import decode_batches

from vibepiper_mysql.session import Cursor, Database, Session, Statement

__all__ = ["BATCH_ROWS", "open_stream"]

BATCH_ROWS = 65_536


def open_stream(
    database: Database,
    query: Statement,
    schema: pa.Schema | None = None,
    batch_rows: int = BATCH_ROWS,
) -> pa.RecordBatchReader:
    """Runs a query; at most ``batch_rows`` rows a batch, in constant memory. ``schema``: the types
    of the columns where more is known of them than the server tells."""
    session = database.acquire()
    cursor = None
    try:
        cursor = session.cursor(query)
        told = cursor.schema()
        if not cursor.fields:
            raise StoreError(
                f"{database.address}: the statement was carried out, and gives no rows to read",
                hint="Use execute.",
            )
        if schema is not None and len(schema) != len(told):
            raise StoreError(
                f"{database.address}: the columns changed between planning the query and running "
                "it",
                hint="Run it again.",
            )
    except BaseException:
        session.broken = True
        if cursor is not None:
            cursor.abandon()
        database.release(session)
        raise
    kinds = schema or told
    chunks = _chunks(database, session, cursor, batch_rows)
    return pa.RecordBatchReader.from_batches(kinds, decode_batches(chunks, kinds))


def _chunks(
    database: Database, session: Session, cursor: Cursor, rows: int
) -> Iterator[Sequence[Sequence[object]]]:
    """Gives the session back at the end. One that was left before it is closed: to read on would
    take as long as the answer is."""
    session.broken = True
    try:
        while True:
            with session.doing("read the answer"):
                found = cursor.fetchmany(rows)
            if not found:
                break
            yield found
        cursor.close()
        session.broken = False
    finally:
        if session.broken:
            cursor.abandon()
        database.release(session)
