"""What staged rows must be for a change of them to mean something."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from vibepiper.errors import DataError, suggest
from vibepiper.io_manager import Change, Slice
from vibepiper.partition_columns import not_of_partition
from vibepiper.partition_rows import within
from vibepiper.row_numbers import alike

__all__ = ["check_columns", "check_partition", "check_rows"]


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
        (example,) = outside.select(names).slice(0, 1).to_pylist()
        raise not_of_partition(asset, outside.num_rows, example)
