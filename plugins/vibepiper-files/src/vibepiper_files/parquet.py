"""Parquet files as streams of record batches."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from vibepiper.data import as_reader
from vibepiper.errors import DataError, StoreError, suggest

from vibepiper_files.encoding import Target, encode
from vibepiper_files.places import is_data_file
from vibepiper_files.settings import Compression

__all__ = ["parquet_rows", "parquet_schema", "read_parquet", "write_parquet"]

BATCH_ROWS = 65_536
DICTIONARY_BYTES = 128 << 10
"""A column chunk whose dictionary outgrows this is written plain. Arrow's own limit, eight times
that, took twice the time for columns of many values and made larger files."""


def read_parquet(
    source: str | os.PathLike[str], *, columns: Sequence[str] | None = None
) -> pa.RecordBatchReader:
    """The rows of a Parquet file (of ``columns`` only, where given) in constant memory.

    The file is opened at once: replacing it by a rename does not disturb the stream.
    """
    file = _open(Path(source))
    stored = file.schema_arrow
    if columns is not None:
        _refuse_unknown(columns, stored, Path(source))
        stored = pa.schema([stored.field(name) for name in columns])
    schema = _original(file, stored)
    return pa.RecordBatchReader.from_batches(schema, _batches(file, schema, Path(source)))


def parquet_schema(path: Path) -> pa.Schema:
    """The columns as they were written."""
    with _open(path) as file:
        return _original(file, file.schema_arrow)


def parquet_rows(path: Path) -> int:
    with _open(path) as file:
        return int(file.metadata.num_rows)


def _open(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(pa.OSFile(str(path)))
    except pa.ArrowException as error:
        raise _damaged(path, error) from error
    except OSError as error:
        hint = None
        if is_data_file(path.name):
            hint = f"Put it back, or remove the whole folder {path.parent}: then all is made anew."
        raise StoreError(f"{path}: cannot be read: {error}", hint=hint) from error


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(f"{path}: cannot be read as Parquet: {error}")


def _refuse_unknown(columns: Sequence[str], schema: pa.Schema, path: Path) -> None:
    for name in columns:
        if name not in schema.names:
            raise DataError(
                f"{path}: there is no column '{name}'", hint=suggest(name, schema.names)
            )


def _original(file: pq.ParquetFile, stored: pa.Schema) -> pa.Schema:
    """The schema that was written. Parquet has no seconds: they come back as milliseconds, and
    only the Arrow schema beside the data remembers them."""
    metadata = file.metadata.metadata or {}
    if (encoded := metadata.get(b"ARROW:schema")) is None:
        return stored
    written = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(encoded)))
    return pa.schema([written.field(name) for name in stored.names])


def _batches(file: pq.ParquetFile, schema: pa.Schema, path: Path) -> Iterator[pa.RecordBatch]:
    with file:
        try:
            for batch in file.iter_batches(BATCH_ROWS, columns=schema.names):
                yield batch if batch.schema.equals(schema) else batch.cast(schema)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(path, error) from error


def write_parquet(
    table: object, path: str | os.PathLike[str], *, compression: Compression = "zstd"
) -> int:
    """Writes anything with ``__arrow_c_stream__`` in constant memory; returns the rows.

    Raises `DataError` for types that Parquet cannot hold, such as unions.
    """
    reader = as_reader(table)
    target = Target(Path(path), reader.schema, _trial)
    if not reader.schema.names:
        raise DataError(f"{target.path}: the table has no columns")
    target.refuse_twins()
    with target.refused():
        writer = pq.ParquetWriter(
            target.path,
            reader.schema,
            compression=compression,
            dictionary_pagesize_limit=DICTIONARY_BYTES,
        )
    try:
        rows = encode(reader, writer.write_table, target)
    except BaseException:
        with suppress(pa.ArrowException, OSError):  # the first error is the one to be told
            writer.close()
        raise
    with target.refused():
        writer.close()
    return rows


def _trial(table: pa.Table) -> None:
    pq.write_table(table, pa.BufferOutputStream())
