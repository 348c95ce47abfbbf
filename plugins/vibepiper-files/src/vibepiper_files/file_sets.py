"""Several files that are one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from vibepiper.errors import DataError
from vibepiper.evolution import reconcile

from vibepiper_files.csv_reading import read_csv
from vibepiper_files.parquet import parquet_schema, read_parquet
from vibepiper_files.places import suffix_of

__all__ = ["FileSet", "conform", "opened", "schema_of", "united"]


@dataclass(frozen=True, slots=True)
class FileSet:
    """Files whose rows follow each other, as a table of ``schema``: of columns that a file
    lacks its rows have null, others are cast."""

    paths: tuple[Path, ...]
    schema: pa.Schema

    def open(self, columns: Sequence[str] | None = None) -> pa.RecordBatchReader:
        """All rows (``columns`` only, where given), in constant memory."""
        schema = self.schema
        if columns is not None:
            schema = pa.schema([schema.field(name) for name in columns])
        return pa.RecordBatchReader.from_batches(schema, self._batches(schema))

    def _batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        for path in self.paths:
            for batch in opened(path, schema.names):
                yield conform(batch, schema, path)


def opened(path: Path, columns: Sequence[str] | None = None) -> pa.RecordBatchReader:
    """The file's rows; of ``columns`` those that it has, but at least one."""
    if suffix_of(path.name) != ".parquet":
        return read_csv(path)
    if columns is None:
        return read_parquet(path)
    there = parquet_schema(path).names
    return read_parquet(path, columns=[name for name in columns if name in there] or there[:1])


def conform(batch: pa.RecordBatch, schema: pa.Schema, path: Path) -> pa.RecordBatch:
    """The batch with the columns of ``schema``."""
    if batch.schema.equals(schema):
        return batch
    names = set(batch.schema.names)
    columns = [
        _cast(batch.column(field.name), field, path)
        if field.name in names
        else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _cast(column: pa.Array, field: pa.Field, path: Path) -> pa.Array:
    if column.type.equals(field.type):
        return column
    try:
        return column.cast(field.type)
    except pa.ArrowException as error:
        raise DataError(
            f"{path}: column '{field.name}' is {column.type}, which does not fit the "
            f"{field.type} of the other files: {error}"
        ) from error


def united(paths: Sequence[Path], asset: str, others: Sequence[pa.Schema] = ()) -> FileSet:
    """Files that were written apart, with all their columns (and those of ``others``), in types
    that hold them all."""
    known = [(schema_of(path), path) for path in paths]
    known += [(schema, Path(asset)) for schema in others]
    schema = known[0][0].remove_metadata()
    for other, path in known:
        schema = _unified(schema, other.remove_metadata(), path, asset)
    return FileSet(tuple(paths), schema.remove_metadata())


def schema_of(path: Path) -> pa.Schema:
    if suffix_of(path.name) == ".parquet":
        return parquet_schema(path)
    return read_csv(path).schema


def _unified(schema: pa.Schema, other: pa.Schema, path: Path, asset: str) -> pa.Schema:
    if schema.equals(other):
        return schema
    try:
        if suffix_of(path.name) in (".parquet", ""):
            return reconcile(schema, other, "evolve", asset=asset).schema
        return pa.unify_schemas([schema, other], promote_options="permissive")
    except (DataError, pa.ArrowException) as error:
        raise DataError(
            f"asset '{asset}': {path} does not fit the partitions before it: {error}",
            hint="Load the partition again with the types of the others, or read it alone.",
        ) from error
