"""Staged data as a change takes it: checked, and without what the published table will not have."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from vibepiper.errors import DataError
from vibepiper.evolution import Reconciled, reconcile
from vibepiper.io_manager import Change, Slice
from vibepiper.partition_columns import not_of_partition

from vibepiper_files.file_sets import conform, opened
from vibepiper_files.parquet import parquet_schema, write_parquet
from vibepiper_files.staging import disk_errors, sync

__all__ = ["StagedRows", "check_names", "check_partition", "prepare"]

_RESERVED = ("file_row_number", "filename")


@dataclass(frozen=True, slots=True)
class StagedRows:
    """A file of rows, and the table's schema once they are in it."""

    path: Path
    schema: pa.Schema
    table: pa.Schema
    notes: tuple[str, ...] = ()


def check_partition(asset: str, path: Path, partition: Sequence[Slice]) -> None:
    """Raises `DataError` for staged rows that are not of the partition that is written."""
    import pyarrow.compute as pc
    from vibepiper.partition_rows import within

    named = [part for part in partition if part.column is not None]
    columns = list(dict.fromkeys(str(part.column) for part in named))
    rows = opened(path, columns)
    within(asset, rows.schema.empty_table(), named)  # the columns are there, also of no rows
    number, example = 0, None
    for batch in rows:
        table = pa.Table.from_batches([batch])
        outside = table.filter(pc.invert(within(asset, table, named)))
        number += outside.num_rows
        if example is None and outside.num_rows:
            (example,) = outside.select(columns).slice(0, 1).to_pylist()
    if example is not None:
        raise not_of_partition(asset, number, example)


def prepare(
    asset: str, path: Path, published: pa.Schema | None, change: Change, *, whole: bool = False
) -> StagedRows:
    """Fits the staged file to what is published, as the change's policy says. ``whole``: all that
    is published makes way, and rows that say that their key is gone are left out."""
    staged = parquet_schema(path).remove_metadata()
    own = _history(asset, staged, published, change)
    names = {field.name for field in own}
    found = Reconciled(staged)
    if published is not None:
        before = pa.schema([field for field in published if field.name not in names])
        if not before.equals(staged):
            named = (*change.key, change.order_by, change.deleted)
            needed = {name for name in named if name is not None}
            found = reconcile(before, staged, change.evolution, asset=asset, needed=needed)
        own = [published.field(field.name) for field in own]
    table = pa.schema([*found.schema, *own])
    narrow = _Narrowing(
        _narrowed_schema(staged, found, change, whole=whole),
        found.discard_where,
        change.deleted if whole else None,
    )
    notes = found.notes()
    if not narrow.changes(staged):
        return StagedRows(path, staged, table, notes)
    path = narrow.write(path)
    if narrow.discarded:
        notes = (*notes, f"{narrow.discarded:,} rows were left out")
    return StagedRows(path, narrow.schema, table, notes)


def _narrowed_schema(
    staged: pa.Schema, found: Reconciled, change: Change, *, whole: bool
) -> pa.Schema:
    """The columns to write: what is replaced whole under a policy keeps all that it had."""
    if whole and change.evolution != "evolve":
        return found.schema
    return pa.schema([field for field in staged if field.name not in found.discarded])


def _history(
    asset: str, staged: pa.Schema, published: pa.Schema | None, change: Change
) -> list[pa.Field]:
    """The columns that the store itself writes."""
    if change.mode != "scd2":
        return []
    kind = pa.timestamp("us", "UTC")
    if change.order_by is not None and change.order_by in staged.names:
        kind = staged.field(change.order_by).type
    own = [pa.field(change.valid_from, kind), pa.field(change.valid_to, kind)]
    for field in own if published is not None else ():
        if published is not None and field.name not in published.names:
            raise DataError(
                f"asset '{asset}': keeps no history: it has no column '{field.name}'",
                hint="Remove its data to begin a history, or name its columns with valid_from "
                "and valid_to.",
            )
    return [field for field in own if field.name not in staged.names]


@dataclass(slots=True)
class _Narrowing:
    """A copy of a file with other columns, and without rows that have a value in ``unless``, or
    in which ``dead`` is true."""

    schema: pa.Schema
    unless: tuple[str, ...]
    dead: str | None
    discarded: int = 0

    def changes(self, staged: pa.Schema) -> bool:
        return bool(self.unless) or self.dead is not None or not self.schema.equals(staged)

    def write(self, path: Path) -> Path:
        narrow = path.with_name("narrowed.parquet")
        write_parquet(pa.RecordBatchReader.from_batches(self.schema, self._batches(path)), narrow)
        with disk_errors(narrow):
            sync(narrow)
        return narrow

    def _batches(self, path: Path) -> Iterator[pa.RecordBatch]:
        import pyarrow.compute as pc

        for batch in opened(path):
            before = batch.num_rows
            for name in self.unless:
                batch = batch.filter(pc.is_null(batch.column(name)))
            self.discarded += before - batch.num_rows
            if self.dead is not None:
                batch = batch.filter(pc.invert(pc.fill_null(batch.column(self.dead), False)))
            fitting = [n for n in batch.schema.names if n not in self.unless]
            yield conform(batch.select(fitting), self.schema, path)


def check_names(asset: str, staged: pa.Schema) -> None:
    """Raises `DataError` for names that cannot be queried."""
    lower = [name.lower() for name in staged.names]
    for name in staged.names:
        if name.lower() in _RESERVED:
            problem = "has a name that the store itself needs"
        elif lower.count(name.lower()) > 1:
            problem = "differs from another only in case"
        else:
            continue
        raise DataError(f"asset '{asset}': the column '{name}' {problem}", hint="Rename it.")
