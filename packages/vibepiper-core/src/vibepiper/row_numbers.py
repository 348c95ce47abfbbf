"""Values of columns as whole numbers, by which rows are grouped and put in order."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from vibepiper.widening import plain_type

__all__ = ["alike", "in_order"]


def alike(table: pa.Table, columns: Sequence[str]) -> list[tuple[int, ...]]:
    """Of each row what equals that of another where their values do: null equals null, NaN
    equals NaN, and 0.0 equals -0.0."""
    found = [_numbered(table[name]) for name in columns]
    return [tuple(numbers) for numbers in zip(*found, strict=True)] or [()] * table.num_rows


def in_order(column: pa.ChunkedArray) -> list[int]:
    """Of each value its place among all, from the least, which is null. Equal ones share it."""
    values = _plain(column)
    ranks = pc.rank(values, tiebreaker="dense").to_pylist()
    missing = values.is_null().to_pylist()
    return [0 if none else int(rank) for rank, none in zip(ranks, missing, strict=True)]


def _numbered(column: pa.ChunkedArray) -> list[int]:
    values = _plain(column)
    if pa.types.is_floating(values.type):
        values = pc.add(values.cast(pa.float64()), 0.0)
    if pa.types.is_nested(values.type):
        seen: dict[str, int] = {}
        return [seen.setdefault(repr(value), len(seen)) for value in values.to_pylist()]
    encoded = pc.dictionary_encode(values, null_encoding="encode")
    return [int(index) for index in encoded.indices.to_pylist()]


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """One array of a type that has functions: those of views have none."""
    if pa.types.is_run_end_encoded(column.type):
        parts = [pc.run_end_decode(chunk) for chunk in column.chunks]
        column = pa.chunked_array(parts, plain_type(column.type))
    kind = plain_type(column.type)
    views = ((pa.types.is_string_view, pa.string()), (pa.types.is_binary_view, pa.binary()))
    kind = next((plain for is_view, plain in views if is_view(kind)), kind)
    return column.cast(kind).combine_chunks()
