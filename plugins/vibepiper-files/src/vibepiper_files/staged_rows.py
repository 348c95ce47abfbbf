"""Staged data as a change takes it: checked, and without what the published table will not have."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp
from vibepiper.errors import DataError
from vibepiper.evolution import Reconciled, reconcile
from vibepiper.io_manager import Change, Slice
from vibepiper_sql import slice_filter

from vibepiper_files.contents import as_relation
from vibepiper_files.file_sets import conform, opened
from vibepiper_files.parquet import parquet_schema, write_parquet
from vibepiper_files.places import TABLE_SUFFIXES, suffix_of
from vibepiper_files.row_queries import STAGED, Rows, column, named, select_from
from vibepiper_files.staging import disk_errors, sync

__all__ = ["StagedRows", "check_keys", "check_names", "check_partition", "prepare"]

_RESERVED = ("file_row_number", "filename")


@dataclass(frozen=True, slots=True)
class StagedRows:
    """A file of rows, and the table's schema once they are in it."""

    path: Path
    schema: pa.Schema
    table: pa.Schema
    notes: tuple[str, ...] = ()


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


def check_partition(asset: str, path: Path, partition: Sequence[Slice]) -> None:
    """Raises `DataError` for staged rows that are not of the partition that is written."""
    named_ones = [part for part in partition if part.column is not None]
    if not named_ones or suffix_of(path.name) not in TABLE_SUFFIXES:
        return
    rows = as_relation(path)
    within = slice_filter(asset, named_ones, rows.schema)
    assert within is not None
    inside = exp.Coalesce(this=exp.paren(within), expressions=[exp.false()])
    outside = rows.derive(lambda table: exp.select("*").from_(table).where(exp.not_(inside)))
    if found := outside.count():
        columns = [part.column for part in named_ones if part.column is not None]
        example = outside.select(*columns).limit(1).to_table().to_pylist()[0]
        said = ", ".join(f"{name} = {value!r}" for name, value in example.items())
        raise DataError(
            f"asset '{asset}': {found:,} of the staged rows are not of the partition that is "
            f"written, such as {said}",
            hint="Let the asset's function give the rows of its partition only.",
        )


def check_keys(asset: str, rows: Rows) -> None:
    """Raises `DataError` for keys that are null or, where that has no meaning, repeated."""
    change = rows.change
    needed = [*change.key]
    if change.mode == "scd2" and change.order_by is not None:
        needed.append(change.order_by)
    for name in needed:
        missing = exp.Is(this=column(name), expression=exp.null())
        found = rows.table(_count().where(missing))["n"][0].as_py()
        if found:
            raise DataError(
                f"asset '{asset}': the {'key' if name in change.key else 'order_by'} column "
                f"'{name}' is null in {found:,} of the staged rows",
                hint="Leave these rows out, or fill the column.",
            )
    if unique := _unique(change):
        _refuse_repeats(asset, rows, unique)


def _unique(change: Change) -> tuple[str, ...]:
    """The columns in which no two staged rows may be equal."""
    if change.mode == "upsert" and change.order_by is None:
        return change.key
    if change.mode == "scd2":
        return (*change.key, *([change.order_by] if change.order_by else []))
    return ()


def _refuse_repeats(asset: str, rows: Rows, unique: tuple[str, ...]) -> None:
    count = named(exp.Count(this=exp.Star()), "n")
    repeated = (
        select_from(STAGED, *map(column, unique), count)
        .group_by(*map(column, unique))
        .having(exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1)))
    )
    example = rows.table(repeated.limit(1)).to_pylist()
    if example:
        total = exp.select(_count().selects[0]).from_(repeated.subquery("r"))
        times = example[0].pop("n")
        said = ", ".join(f"{name} = {value!r}" for name, value in example[0].items())
        raise DataError(
            f"asset '{asset}': {rows.table(total)['n'][0].as_py():,} keys are staged more than "
            f"once, such as {said} ({times:,} rows)",
            hint="Make the key unique"
            + (
                ", or name the column that says which row counts with order_by."
                if rows.change.order_by is None
                else "."
            ),
        )


def _count() -> exp.Select:
    return select_from(STAGED, named(exp.Count(this=exp.Star()), "n"))
