"""Tables that a session is sent for the length of a query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
from vibepiper_sql import TableName, create_table, drop_table
from vibepiper_transform import SentTable

from vibepiper_postgres.encode import Encoder
from vibepiper_postgres.session import Session

__all__ = ["received"]

_TEMPORARY = "pg_temp"
"""PostgreSQL's name for the schema that only the session sees, and that ends with it."""


@contextmanager
def received(session: Session, tables: Sequence[SentTable], *, rows: bool = True) -> Iterator[None]:
    """Within it the session has the tables, with their ``rows`` or with their columns alone."""
    for table in tables:
        stream = table.open() if rows else pa.RecordBatchReader.from_batches(table.schema, [])
        name, encoder = TableName(_TEMPORARY, table.name), Encoder.of(stream.schema)
        session.execute(create_table(name, encoder.definitions()))
        session.copy_in(name, encoder.encode(stream))
    yield
    for table in tables if not session.broken else ():
        session.execute(drop_table(TableName(_TEMPORARY, table.name)))
