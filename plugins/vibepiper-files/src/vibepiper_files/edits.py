"""Rows of files that are left out or changed, by their numbers, and files written anew from them.

DuckDB only says which rows: the rows themselves pass from file to file as Arrow batches, so that
no type is lost.
"""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from vibepiper_files.file_sets import conform, opened

__all__ = ["FILE", "KEEP", "ROW", "VALID_FROM", "VALID_TO", "RowNumbers", "added", "edited", "was"]

FILE, ROW, KEEP = "~file", "~row", "~keep"
VALID_FROM, VALID_TO = "~valid_from", "~valid_to"


def was(name: str) -> str:
    """The column of numbered rows that says what a column of the published row held."""
    return f"~was {name}"


class RowNumbers:
    """A stream of numbered rows, sorted by file and row, read as far as it is asked for."""

    def __init__(self, reader: pa.RecordBatchReader) -> None:
        self._reader = reader
        self._held = reader.schema.empty_table()

    def next_file(self) -> int | None:
        """The file of the next row; None at the end."""
        while not self._held.num_rows:
            try:
                self._held = pa.Table.from_batches([self._reader.read_next_batch()])
            except StopIteration:
                return None
        return int(self._held[FILE][0].as_py())

    def take(self, file: int, end: int) -> pa.Table:
        """The next rows of ``file`` whose numbers are below ``end``."""
        taken = [self._held.schema.empty_table()]
        while self.next_file() == file:
            mine = pc.and_(pc.equal(self._held[FILE], file), pc.less(self._held[ROW], end))
            count = pc.sum(mine).as_py() or 0
            taken.append(self._held.slice(0, count))
            self._held = self._held.slice(count)
            if self._held.num_rows:
                break
        return pa.concat_tables(taken)

    def close(self) -> None:
        self._reader.close()


def edited(
    path: Path, file: int, numbers: RowNumbers, schema: pa.Schema, valid_to: str | None = None
) -> Iterator[pa.RecordBatch]:
    """The file's rows without those that ``numbers`` has; with ``valid_to``, without those whose
    `KEEP` is false, and with `VALID_TO` in that column of the others."""
    for begin, batch in _numbered(path, schema):
        rows = numbers.take(file, begin + batch.num_rows)
        if rows.num_rows and valid_to is not None:
            batch = _closed(batch, begin, rows, valid_to)
            rows = rows.filter(pc.invert(rows[KEEP]))
        if rows.num_rows:
            batch = batch.filter(pc.invert(_among(batch, begin, rows)))
        if batch.num_rows:
            yield batch


def added(
    path: Path, numbers: RowNumbers, schema: pa.Schema, given: Mapping[str, str]
) -> Iterator[pa.RecordBatch]:
    """The file's rows that ``numbers`` has; ``given`` names columns that are to hold
    what columns of ``numbers`` do."""
    for begin, batch in _numbered(path, schema):
        rows = numbers.take(-1, begin + batch.num_rows)
        places = pc.subtract(rows[ROW], begin).combine_chunks()  # a row may be two versions
        batch = batch.take(places)
        for name, column in given.items():
            batch = _with(batch, name, rows[column])
        if batch.num_rows:
            yield batch


def _numbered(path: Path, schema: pa.Schema) -> Iterator[tuple[int, pa.RecordBatch]]:
    begin = 0
    for batch in opened(path, schema.names):
        yield begin, conform(batch, schema, path)
        begin += batch.num_rows


def _among(batch: pa.RecordBatch, begin: int, rows: pa.Table) -> pa.Array:
    numbers = pa.arange(begin, begin + batch.num_rows)
    return pc.is_in(numbers, value_set=rows[ROW])


def _closed(batch: pa.RecordBatch, begin: int, rows: pa.Table, valid_to: str) -> pa.RecordBatch:
    kind = batch.schema.field(valid_to).type
    values = rows[VALID_TO].cast(kind).combine_chunks()
    mask = _among(batch, begin, rows)
    column = pc.replace_with_mask(batch.column(valid_to), mask, values)
    return _with(batch, valid_to, column)


def _with(batch: pa.RecordBatch, name: str, column: pa.Array | pa.ChunkedArray) -> pa.RecordBatch:
    place = batch.schema.get_field_index(name)
    field = batch.schema.field(place)
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return batch.set_column(place, field, whole.cast(field.type))
