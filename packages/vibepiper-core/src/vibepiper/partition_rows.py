"""Which rows of a table are a partition's."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from vibepiper.io_manager import Slice
from vibepiper.partition_columns import partition_column

__all__ = ["within"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_GREATEST = 2**63 - 1


def within(asset: str, table: pa.Table, partition: Sequence[Slice]) -> pa.ChunkedArray:
    """Of each row whether it lies within all slices. Raises `DefinitionError` for a slice that
    names no column, `DataError` for one that the table lacks."""
    inside = pa.chunked_array([pa.repeat(True, table.num_rows)])
    for part in partition:
        column = table[partition_column(asset, part, table.column_names)]
        inside = pc.and_(inside, pc.fill_null(_within(column, part), False))
    return inside


def _within(column: pa.ChunkedArray, part: Slice) -> pa.ChunkedArray:
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s" if column.type == pa.date32() else "ms"))
    elif not pa.types.is_timestamp(column.type):
        return _is_key(column, part.keys)
    if part.begin is None and part.end is None:
        return _is_key(column, part.keys)
    return _between(column, part.begin, part.end)


def _between(
    column: pa.ChunkedArray, begin: datetime | None, end: datetime | None
) -> pa.ChunkedArray:
    """As whole numbers of the column's unit, for a bound may be later than its nanoseconds
    reach."""
    moments = column.cast(pa.int64())
    inside = pa.chunked_array([pa.repeat(True, len(column))])
    for bound, compare in ((begin, pc.greater_equal), (end, pc.less)):
        if bound is not None:
            edge = _first_from(bound, _PER_SECOND[column.type.unit])
            inside = pc.and_(inside, compare(moments, pa.scalar(edge, pa.int64())))
    return inside


def _first_from(bound: datetime, per_second: int) -> int:
    """The first moment that is not before ``bound``."""
    microseconds = (bound - _EPOCH) // timedelta(microseconds=1)
    return max(-_GREATEST, min(-(-microseconds * per_second // 10**6), _GREATEST))


def _is_key(column: pa.ChunkedArray, keys: Sequence[str]) -> pa.ChunkedArray:
    """Keys are compared as what the column holds; those that cannot be read so are none of it."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if column.type == pa.uuid():
        storage = pa.chunked_array([chunk.storage for chunk in column.chunks], pa.binary(16))
        return pc.is_in(storage, value_set=pa.array(_uuids(keys), pa.binary(16)))
    wanted = pa.array(list(keys), pa.string())
    try:
        return pc.is_in(column, value_set=wanted.cast(column.type))
    except pa.ArrowException:
        return pc.is_in(column.cast(pa.string()), value_set=wanted)


def _uuids(keys: Sequence[str]) -> list[bytes]:
    found = []
    for key in keys:
        with suppress(ValueError):
            found.append(UUID(key).bytes)
    return found
