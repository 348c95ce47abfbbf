"""Histories (``scd2``): the versions of each key, put together anew from what happened to it.

A version is an event at its ``valid_from``; its ``valid_to`` is an event too, which says that the
key was gone, unless another version begins there. Staged rows are events, and take the place of
what there was at the same moment. Of the events in order those that repeat the one before are
dropped, and each version lasts until the next event. With ``close_missing`` a staged key that was
closed later than its row tells is there again from the change's moment on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from vibepiper.errors import DataError
from vibepiper.io_manager import Change
from vibepiper.row_numbers import alike, in_order

__all__ = ["history"]

_Key = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Moment:
    """``at`` puts moments in order; ``index`` is where it lies among those of all rows."""

    at: int
    index: int


@dataclass(frozen=True, slots=True)
class _Version:
    row: int
    begin: int
    end: int | None


class _Events:
    """What happened to one key: the row that was valid from a moment on, or None."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[_Moment, int | None]] = {}

    def put(self, moment: _Moment, row: int | None) -> None:
        self._found[moment.at] = (moment, row)

    def last(self) -> int | None:
        return self._found[max(self._found)][1]

    def versions(self, payloads: Sequence[_Key]) -> Iterator[_Version]:
        kept: list[tuple[_Moment, int | None]] = []
        for _, (moment, row) in sorted(self._found.items()):
            before = kept[-1][1] if kept else None
            if _payload(row, payloads) != _payload(before, payloads):
                kept.append((moment, row))
        ends = [*(moment.index for moment, _ in kept[1:]), None]
        for (moment, row), end in zip(kept, ends, strict=False):
            if row is not None:
                yield _Version(row, moment.index, end)


def _payload(row: int | None, payloads: Sequence[_Key]) -> _Key | None:
    return None if row is None else payloads[row]


def history(old: pa.Table, staged: pa.Table, change: Change, missing: Sequence[str]) -> pa.Table:
    """``old`` is a history; both have its columns."""
    table = pa.concat_tables([old, staged])
    moments = _moments(old, staged, change)
    keys, count = alike(table, change.key), old.num_rows
    own = {*change.key, change.valid_from, change.valid_to, change.order_by, change.deleted}
    payloads = alike(table, [name for name in table.column_names if name not in own])
    events = _events(table, keys, count, moments, change)
    found = [version for key in events for version in events[key].versions(payloads)]
    kept = [row for row in range(count) if keys[row] not in events]
    rows = [*(_Version(row, row, count + row) for row in kept), *found]
    bounds = {
        change.valid_from: [row.begin for row in rows],
        change.valid_to: [row.end for row in rows],
    }
    taken = pa.array([row.row for row in rows], pa.int64())
    columns = [
        moments.take(pa.array(bounds[name], pa.int64())) if name in bounds else column.take(taken)
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    return pa.table(columns, schema=table.schema)


def _moments(old: pa.Table, staged: pa.Table, change: Change) -> pa.ChunkedArray:
    """When the old rows begin, when they end, when the staged ones begin, and the change's."""
    kind = old.schema.field(change.valid_from).type
    at = pa.nulls(1, kind) if change.at is None else _at(change, kind)
    begun = pa.chunked_array([pa.repeat(at[0], staged.num_rows)])
    if change.order_by is not None:
        begun = staged[change.order_by].cast(kind)
    parts = (old[change.valid_from], old[change.valid_to].cast(kind), begun)
    return pa.chunked_array([*(chunk for part in parts for chunk in part.chunks), at], kind)


def _at(change: Change, kind: pa.DataType) -> pa.Array:
    """The change's moment; without a zone it is UTC's."""
    if change.order_by is not None and not change.close_missing:
        return pa.nulls(1, kind)
    if not pa.types.is_timestamp(kind):
        raise DataError(
            f"the column '{change.order_by}' says since when rows are valid, and is {kind}: a "
            "change has a moment",
            hint="Cast it to a timestamp in the asset's function.",
        )
    return pa.array([change.at], pa.timestamp("us", "UTC")).cast(kind)


def _events(
    table: pa.Table, keys: Sequence[_Key], count: int, moments: pa.ChunkedArray, change: Change
) -> Mapping[_Key, _Events]:
    """What happened to every key that the change touches."""
    order = in_order(moments)
    missing = moments.is_null().to_pylist()
    gone = [False] * len(keys) if change.deleted is None else table[change.deleted].to_pylist()
    staged = set(keys[count:])
    current = {keys[row] for row in range(count) if missing[count + row]}
    closed = current - staged if change.close_missing else set[_Key]()
    events: dict[_Key, _Events] = defaultdict(_Events)
    touched = [row for row in range(count) if keys[row] in staged | closed]
    for row in touched:
        if not missing[count + row]:
            events[keys[row]].put(_Moment(order[count + row], count + row), None)
    for row in touched:
        events[keys[row]].put(_Moment(order[row], row), row)
    for row in range(count, len(keys)):
        index = count + row
        events[keys[row]].put(_Moment(order[index], index), None if gone[row] else row)
    now = _Moment(order[-1], len(order) - 1)
    for key in closed:
        events[key].put(now, None)
    if change.close_missing and change.order_by is not None:
        for row in _latest(keys, order, count):
            if not gone[row] and events[keys[row]].last() is None:
                events[keys[row]].put(now, row)
    return events


def _latest(keys: Sequence[_Key], order: Sequence[int], count: int) -> Iterable[int]:
    """Of each staged key the row of the greatest moment."""
    found: dict[_Key, int] = {}
    for row in sorted(range(count, len(keys)), key=lambda row: order[count + row]):
        found[keys[row]] = row
    return found.values()
