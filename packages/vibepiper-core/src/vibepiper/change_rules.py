"""What staged rows must be for a change of them to mean something, and which are a partition's."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC

import pyarrow as pa
import pyarrow.compute as pc

from vibepiper.errors import DataError, DefinitionError, suggest
from vibepiper.io_manager import Change, Slice
from vibepiper.row_numbers import alike

__all__ = ["check_columns", "check_partition", "check_rows", "within"]


def check_columns(asset: str, names: Sequence[str], change: Change, *, partitioned: bool) -> None:
    """Raises `DataError` for a column that the change names and the staged data lacks, for a key
    that the mode needs and is not named, and for columns that a history writes itself."""
    if change.mode == "replace":
        return
    for name in (*change.key, change.order_by, change.deleted):
        if name is not None and name not in names:
            raise DataError(
                f"asset '{asset}': {change.mode} needs the column '{name}', which the staged "
                "data lacks",
                hint=suggest(name, names),
            )
    by_key = change.mode in ("upsert", "scd2")
    if not change.key and (by_key or (change.mode == "delete_insert" and not partitioned)):
        raise DataError(
            f"asset '{asset}': {change.mode} needs a key, and none is named",
            hint="Name it where the asset is declared: key=...",
        )
    if change.mode == "scd2":
        _check_history(asset, names, change)


def _check_history(asset: str, names: Sequence[str], change: Change) -> None:
    for name in (change.valid_from, change.valid_to):
        if name in names and name != change.order_by:
            raise DataError(
                f"asset '{asset}': the store itself writes the column '{name}', which the staged "
                "data has too",
                hint="Rename it, or name other columns with valid_from and valid_to.",
            )
    if change.at is None and (change.order_by is None or change.close_missing):
        raise DataError(
            f"asset '{asset}': scd2 needs to know the moment of the change", hint="Give Change.at."
        )


def check_rows(asset: str, staged: pa.Table, change: Change, *, partitioned: bool) -> None:
    """Raises `DataError` for nulls in the key, and for keys that are repeated where only one row
    can count."""
    if change.mode in ("replace", "append") or (change.mode == "delete_insert" and partitioned):
        return
    moment = change.order_by if change.mode == "scd2" else None
    for name in (*change.key, moment):
        if name is not None and (missing := staged[name].null_count):
            what = "key" if name in change.key else "order_by"
            raise DataError(
                f"asset '{asset}': the {what} column '{name}' is null in {missing:,} of the "
                "staged rows",
                hint="Leave these rows out, or fill the column.",
            )
    if change.mode == "scd2" or (change.mode == "upsert" and change.order_by is None):
        _refuse_repeats(asset, staged, (*change.key, *([moment] if moment else [])))


def _refuse_repeats(asset: str, staged: pa.Table, unique: Sequence[str]) -> None:
    rows = alike(staged, unique)
    repeated = {row: times for row, times in Counter(rows).items() if times > 1}
    for row, times in repeated.items():
        example = staged.select(list(unique)).slice(rows.index(row), 1).to_pylist()[0]
        said = ", ".join(f"{name} = {value!r}" for name, value in example.items())
        raise DataError(
            f"asset '{asset}': {len(repeated):,} keys are staged more than once, such as {said} "
            f"({times:,} rows)",
            hint="Make the key unique, or name the column that says which row counts: order_by.",
        )


def check_partition(asset: str, staged: pa.Table, partition: Sequence[Slice]) -> None:
    """Raises `DataError` for staged rows that are not of the partition that is written."""
    outside = staged.filter(pc.invert(within(asset, staged, partition)))
    if outside.num_rows:
        names = [part.column for part in partition if part.column is not None]
        example = outside.select(names).slice(0, 1).to_pylist()[0]
        said = ", ".join(f"{name} = {value!r}" for name, value in example.items())
        raise DataError(
            f"asset '{asset}': {outside.num_rows:,} of the staged rows are not of the partition "
            f"that is written, such as {said}",
            hint="Let the asset's function give the rows of its partition only.",
        )


def within(asset: str, table: pa.Table, partition: Sequence[Slice]) -> pa.ChunkedArray:
    """Of each row whether it lies within all slices. Raises `DefinitionError` for a slice that
    names no column, `DataError` for one that the table lacks."""
    inside = pa.chunked_array([pa.repeat(True, table.num_rows)])
    for part in partition:
        inside = pc.and_(
            inside, pc.fill_null(_within(table[_column(asset, table, part)], part), False)
        )
    return inside


def _column(asset: str, table: pa.Table, part: Slice) -> str:
    if part.column is None:
        raise DefinitionError(
            f"asset '{asset}': a table is partitioned by a column, and its declaration names none "
            f"for the dimension '{part.dimension}'",
            hint="Name it where the asset is declared: partitions=...(column=...).",
        )
    if part.column not in table.column_names:
        raise DataError(
            f"asset '{asset}': the dimension '{part.dimension}' is kept in the column "
            f"'{part.column}', which the table lacks",
            hint=suggest(part.column, table.column_names),
        )
    return part.column


def _within(column: pa.ChunkedArray, part: Slice) -> pa.ChunkedArray:
    kind = column.type
    bounds = [bound for bound in (part.begin, part.end) if bound is not None]
    if not bounds or not (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
        return pc.is_in(column.cast(pa.string()), value_set=pa.array(part.keys, pa.string()))
    zone = kind.tz if pa.types.is_timestamp(kind) else None
    if pa.types.is_date(kind):
        column = column.cast(pa.timestamp("s"))
    inside = pa.chunked_array([pa.repeat(True, len(column))])
    for bound, compare in ((part.begin, pc.greater_equal), (part.end, pc.less)):
        if bound is not None:
            utc = bound.astimezone(UTC)
            moment = pa.scalar(utc if zone else utc.replace(tzinfo=None), pa.timestamp("us", zone))
            inside = pc.and_(inside, compare(column, moment))
    return inside
