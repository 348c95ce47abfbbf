"""Streams encoded on one thread while the next rows are made on another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from vibepiper.errors import DataError, StoreError

__all__ = ["encode", "refused", "row_groups"]

ROW_GROUP_ROWS = 122_880
ROW_GROUP_BYTES = 64 << 20
AHEAD = 2
"""How many row groups may wait to be encoded."""


@contextmanager
def refused(path: Path) -> Iterator[None]:
    """A writer's errors: what the format cannot hold, and what the disk would not take."""
    try:
        yield
    except pa.ArrowException as error:
        raise DataError(
            f"{path}: the format cannot hold this table: {error}",
            hint="Cast the column to a type that the format has.",
        ) from error
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error}") from error


def row_groups(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """The stream in pieces of about `ROW_GROUP_ROWS` rows, fewer where the rows are wide."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in reader:
        held.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= ROW_GROUP_ROWS or size >= ROW_GROUP_BYTES:
            yield pa.Table.from_batches(held)
            held, rows, size = [], 0, 0
    if held:
        yield pa.Table.from_batches(held)


def encode(reader: pa.RecordBatchReader, write: Callable[[pa.Table], None], path: Path) -> int:
    """Calls ``write`` for every piece, in order, on a second thread. The stream itself is read
    on the caller's, and what it raises comes through as it is. Returns the rows."""
    rows = 0
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(1, "vibepiper-encode") as pool:
        for group in row_groups(reader):
            while len(waiting) >= AHEAD:
                _settle(waiting.popleft(), path)
            rows += group.num_rows
            waiting.append(pool.submit(write, group))
        for future in waiting:
            _settle(future, path)
    return rows


def _settle(future: Future[None], path: Path) -> None:
    with refused(path):
        future.result()
