"""Streams in pieces, so that the file is open only while DuckDB writes one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from vibepiper_sql import TableName

from vibepiper_duckdb.session import Session

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["chunks", "write"]

_CHUNK_BYTES = 32 << 20


def chunks(reader: pa.RecordBatchReader) -> Iterator[tuple[pa.Table, bool]]:
    """The stream in tables of some size that DuckDB holds, and whether each is the last; at
    least one. Raises `DataError` for what does not fit."""
    from vibepiper_duckdb.arrow import Encoder

    encoder = Encoder.of(reader.schema)
    gathered = _gathered(reader)
    current = next(gathered, [])
    for following in gathered:
        yield encoder.encode(current), False
        current = following
    yield encoder.encode(current), True


def write(session: Session, table: TableName, data: pa.Table, *, first: bool) -> int:
    """Adds a chunk to the table, which the first one makes; returns its rows."""
    return session.create(table, data) if first else session.insert(table, data)


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    found: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        found.append(batch)
        size += batch.nbytes
        if size >= _CHUNK_BYTES:
            yield found
            found, size = [], 0
    if found:
        yield found
