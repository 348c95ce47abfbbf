"""Changes of a table by staged rows, as functions of tables: what every store leaves.

They say in the plainest way what `vibepiper.io_manager.Change` means, hold all rows in memory, and
are what the conformance suite compares stores with.
"""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from vibepiper.change_columns import fit
from vibepiper.change_history import history
from vibepiper.change_rules import check_columns, check_partition, check_rows
from vibepiper.io_manager import Change, Slice
from vibepiper.partition_rows import within
from vibepiper.row_numbers import alike, in_order

__all__ = ["Changed", "changed"]


@dataclass(frozen=True, slots=True)
class Changed:
    """The table after a change, and how many staged rows it took. ``notes`` as in `Stored`."""

    table: pa.Table
    rows: int
    notes: tuple[str, ...] = ()


def changed(
    published: pa.Table | None,
    staged: pa.Table,
    change: Change,
    partition: Sequence[Slice] = (),
    *,
    asset: str = "asset",
) -> Changed:
    """``published`` once ``staged`` has changed it. With ``partition`` only the rows within it
    are looked at, and the others stay. Raises `DataError` for staged rows that break the rules of
    the change."""
    partitioned = bool(partition)
    if change.mode == "replace" and partitioned:
        change = replace(change, mode="delete_insert", key=())
    check_columns(asset, staged.column_names, change, partitioned=partitioned)
    check_partition(asset, staged, partition)
    held = [part.column for part in partition if part.column is not None]
    fitted = fit(published, staged, change, held, asset=asset)
    check_rows(asset, fitted.staged, change, partitioned=partitioned)
    inside = within(asset, fitted.published, partition)
    others = fitted.published.filter(pc.invert(inside))
    old = fitted.published.filter(inside)
    if change.anew or change.mode == "replace" or (change.mode == "delete_insert" and partitioned):
        old = old.slice(0, 0)
    new = _MODES[change.mode](old, fitted.staged, change, fitted.missing)
    table = pa.concat_tables([others, new]).combine_chunks()
    return Changed(table, fitted.staged.num_rows, fitted.notes)


def _added(old: pa.Table, staged: pa.Table, change: Change, missing: Sequence[str]) -> pa.Table:
    return pa.concat_tables([old, staged])


def _by_key(old: pa.Table, staged: pa.Table, change: Change, missing: Sequence[str]) -> pa.Table:
    """The old rows of every key that is staged make way."""
    keys = alike(pa.concat_tables([old, staged]), change.key)
    gone = set(keys[old.num_rows :]) if change.key else set()
    kept = [row for row, key in enumerate(keys[: old.num_rows]) if key not in gone]
    return pa.concat_tables([old.take(pa.array(kept, pa.int64())), _living(staged, change)])


def _living(staged: pa.Table, change: Change) -> pa.Table:
    if change.deleted is None:
        return staged
    return staged.filter(pc.invert(pc.fill_null(staged[change.deleted], False)))


def _upserted(old: pa.Table, staged: pa.Table, change: Change, missing: Sequence[str]) -> pa.Table:
    """A staged row takes the place of the old one of its key that is not newer. Of ``missing``
    columns it keeps what that held."""
    table = pa.concat_tables([old, staged])
    keys = alike(table, change.key)
    order = [0] * len(keys) if change.order_by is None else in_order(table[change.order_by])
    gone = [False] * len(keys) if change.deleted is None else table[change.deleted].to_pylist()
    rows: dict[tuple[int, ...], tuple[int, int | None]] = {}
    rows |= {key: (row, row) for row, key in enumerate(keys[: old.num_rows])}
    for row in range(old.num_rows, len(keys)):
        before, held = rows.get(keys[row], (None, None))
        if before is None or order[row] >= order[before]:
            rows[keys[row]] = (row, held)
    left = [(row, held) for row, held in rows.values() if row < old.num_rows or not gone[row]]
    taken = pa.array([row for row, _ in left], pa.int64())
    kept = pa.array([held for _, held in left], pa.int64())
    columns = [table[n].take(kept if n in missing else taken) for n in table.column_names]
    return pa.table(columns, schema=table.schema)


_Mode = Callable[[pa.Table, pa.Table, Change, Sequence[str]], pa.Table]
_MODES: dict[str, _Mode] = {
    "replace": _added,
    "append": _added,
    "delete_insert": _by_key,
    "upsert": _upserted,
    "scd2": history,
}
