"""Streams encoded on one thread while the next rows are made on another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from vibepiper.errors import DataError, StoreError

__all__ = ["Target", "encode", "row_groups"]

ROW_GROUP_ROWS = 122_880
ROW_GROUP_BYTES = 64 << 20
AHEAD = 2
"""How many row groups may wait to be encoded."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file that is written. ``trial`` writes a table in memory and raises what the format's
    writer raises: it tells which column the format cannot hold."""

    path: Path
    schema: pa.Schema
    trial: Callable[[pa.Table], object]

    def refuse_twins(self) -> None:
        """Raises `DataError` for two columns of one name, which could not be told apart."""
        names = self.schema.names
        for name in names:
            if names.count(name) > 1:
                raise DataError(f"{self.path}: column '{name}' occurs more than once")

    @contextmanager
    def refused(self, part: pa.Table | None = None) -> Iterator[None]:
        """A writer's errors: what the format cannot hold, and what the disk would not take.
        ``part`` is what was being written."""
        try:
            yield
        except pa.ArrowException as error:
            raise DataError(
                f"{self.path}: {self._culprit(part)}the format cannot hold this table: {error}",
                hint="Cast the column to a type that the format has.",
            ) from error
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written: {error}") from error

    def _culprit(self, part: pa.Table | None) -> str:
        for field in self.schema:
            try:
                column = part.select([field.name]) if part else pa.schema([field]).empty_table()
                self.trial(column)
            except pa.ArrowException:
                return f"column '{field.name}': "
        return ""


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


def encode(reader: pa.RecordBatchReader, write: Callable[[pa.Table], None], target: Target) -> int:
    """Calls ``write`` for every piece, in order, on a second thread. The stream itself is read
    on the caller's, and what it raises comes through as it is. Returns the rows."""
    rows = 0
    waiting: deque[tuple[Future[None], pa.Table]] = deque()
    with ThreadPoolExecutor(1, "vibepiper-encode") as pool:
        for group in row_groups(reader):
            while len(waiting) >= AHEAD:
                _settle(*waiting.popleft(), target)
            rows += group.num_rows
            waiting.append((pool.submit(write, group), group))
        for future, group in waiting:
            _settle(future, group, target)
    return rows


def _settle(future: Future[None], group: pa.Table, target: Target) -> None:
    with target.refused(group):
        future.result()
