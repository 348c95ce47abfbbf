"""Rows of plain values, as drivers give them, as Arrow data: the reverse of `row_encoding`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Sequence
from decimal import Context, Decimal

import pyarrow as pa
import pyarrow.types as pt
from vibepiper.errors import DataError

__all__ = ["decode_batches", "decode_rows"]

_EXACT = 2**53
_DIGITS = Context(prec=76)
"""As many as Arrow's decimals have."""

Rows = Sequence[Sequence[object]]


def decode_batches(chunks: Iterable[Rows], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """A batch for each chunk of rows that is not empty."""
    for rows in chunks:
        if rows:
            yield decode_rows(rows, schema)


def decode_rows(rows: Rows, schema: pa.Schema) -> pa.RecordBatch:
    """Raises `DataError`, by column, for a value that is not of the column's type: of an integer
    one that has left 64 bits."""
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [_array(list(column), field) for column, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: list[object], field: pa.Field) -> pa.Array:
    try:
        return _typed(values, field.type)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise DataError(f"column '{field.name}': a value is no {field.type}: {error}") from error


def _typed(values: list[object], kind: pa.DataType) -> pa.Array:
    if pt.is_boolean(kind):
        return pa.array([None if v is None else v != 0 for v in values], kind)
    if pt.is_integer(kind):
        return pa.array(list(map(_whole, values)), kind)
    if pt.is_floating(kind):
        return pa.array([None if v is None else float(str(v)) for v in values], kind)
    if pt.is_decimal(kind):
        return pa.array([None if v is None else _decimal(v, kind.scale) for v in values], kind)
    if pt.is_timestamp(kind):
        plain = pa.array(values, pa.string()).cast(pa.timestamp("us"))
        return plain if kind.tz is None else plain.cast(pa.timestamp("us", "UTC")).cast(kind)
    if pt.is_time(kind):
        return pa.array(
            [None if v is None else dt.time.fromisoformat(str(v)) for v in values], kind
        )
    if pt.is_temporal(kind):
        return pa.array(values, pa.string()).cast(kind)
    return pa.array(values, kind)


def _whole(value: object) -> object:
    """Decimals that are whole: what engines make of sums of integers. A large double is what SQLite
    makes of a sum that has left 64 bits, and its digits are lost."""
    if isinstance(value, float) and abs(value) > _EXACT:
        raise OverflowError(f"{value} has left 64 bits")
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def _decimal(value: object, scale: int) -> Decimal:
    found = Decimal(str(value))
    if isinstance(value, float) and math.isfinite(value):
        return found.quantize(Decimal(1).scaleb(-scale), context=_DIGITS)
    return found
