"""Which Arrow types DuckDB holds, and what becomes of those that it does not.

====================================  =========================  ==============================
Arrow                                 DuckDB                     comes back as
====================================  =========================  ==============================
bool, ints, float, double, date32     the same                   the same
half float                            FLOAT                      float
decimal32, 64, 128, 256               DECIMAL, up to 38 digits   decimal128
string and binary, of every kind      VARCHAR, BLOB              string, binary
date64                                DATE                       date32
time32                                TIME                       time64[us]
time64, timestamp                     the same                   the same
timestamp with a zone                 TIMESTAMPTZ (_NS)          in UTC
duration, interval                    INTERVAL, microseconds     month_day_nano_interval
extension uuid, json                  UUID, JSON                 the same (text within lists)
extension bool8                       BOOLEAN                    bool
list, struct, map, union, null        the same                   the same
large or viewed list                  LIST                       list
dictionary, run-end encoded           their values               their values
====================================  =========================  ==============================

What does not fit is refused by column: more digits or finer time than there is room for, texts
that are no UTF-8, other extension types.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
from vibepiper.errors import DataError

__all__ = ["Encoder"]

_WIDEST_DECIMAL = 38
_EXTENSIONS = frozenset({"arrow.uuid", "arrow.json", "arrow.bool8"})


@dataclass(frozen=True, slots=True)
class Encoder:
    """Makes tables that DuckDB holds without loss of those of one schema."""

    given: pa.Schema
    held: pa.Schema

    @classmethod
    def of(cls, schema: pa.Schema) -> Encoder:
        """Raises `DataError` for columns that DuckDB cannot hold, by their names or types."""
        _check_names(schema.names)
        return cls(schema, pa.schema([pa.field(f.name, _held_field(f)) for f in schema]))

    def encode(self, batches: Iterable[pa.RecordBatch]) -> pa.Table:
        """Raises `DataError`, naming the column, for values that do not fit."""
        table = pa.Table.from_batches(list(batches), schema=self.given)
        columns = [_fitted(c, f) for c, f in zip(table.columns, self.held, strict=True)]
        return pa.Table.from_arrays(columns, schema=self.held)


def _check_names(names: list[str]) -> None:
    if not names:
        raise DataError("a DuckDB table needs at least one column, found none")
    seen: dict[str, str] = {}
    for name in names:
        if not name or "\0" in name:
            raise DataError(f"DuckDB has no name {name!r} for a column: rename it")
        if (other := seen.get(name.lower())) is not None:
            raise DataError(
                f"the columns {other!r} and {name!r} differ at most in case, which DuckDB ignores",
                hint="Rename one of them.",
            )
        seen[name.lower()] = name


def _held_field(field: pa.Field) -> pa.DataType:
    try:
        return _held(field.type)
    except DataError as error:
        raise DataError(f"column '{field.name}' is {field.type}: {error.message}") from error


def _held(kind: pa.DataType) -> pa.DataType:
    """The type as which it is handed to DuckDB."""
    if isinstance(kind, pa.BaseExtensionType):
        return _extension(kind)
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_decimal256(kind):
        if kind.precision > _WIDEST_DECIMAL:
            raise DataError(f"DuckDB's decimals have up to {_WIDEST_DECIMAL} digits")
        return pa.decimal128(kind.precision, kind.scale)
    if pa.types.is_duration(kind):
        return pa.duration("us")
    if pa.types.is_date64(kind):
        return pa.date32()
    if pa.types.is_timestamp(kind) and kind.tz is not None and kind.unit != "ns":
        return pa.timestamp("us", kind.tz)
    return _nested(kind)


def _extension(kind: pa.BaseExtensionType) -> pa.DataType:
    if kind.extension_name in _EXTENSIONS:
        return kind
    raise DataError(f"cast it to {kind.storage_type}; DuckDB would forget that it is more")


def _nested(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return kind if _held(kind.value_type) == kind.value_type else _held(kind.value_type)
    if any(pa.types.is_interval(kind.field(i).type) for i in range(kind.num_fields)):
        raise DataError("DuckDB's intervals have microseconds: cast them")
    if pa.types.is_struct(kind):
        if kind.num_fields:
            _check_names([field.name for field in kind])
        return pa.struct([pa.field(f.name, _held(f.type), f.nullable) for f in kind])
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_held(kind.value_type), kind.list_size)
    if pa.types.is_map(kind):
        return pa.map_(_held(kind.key_type), _held(kind.item_type))
    if pa.types.is_list(kind):
        return pa.list_(_held(kind.value_type))
    if pa.types.is_large_list(kind):
        return pa.large_list(_held(kind.value_type))
    for index in range(kind.num_fields):
        if _held(kind.field(index).type) != kind.field(index).type:
            raise DataError(f"DuckDB has no {kind.field(index).type} within it")
    return kind


def _fitted(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    try:
        fitted = column if column.type == field.type else column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(f"column '{field.name}' ({column.type}): {error}") from error
    if _has_nanoseconds(fitted):
        raise DataError(
            f"column '{field.name}' ({column.type}): DuckDB's intervals have microseconds, "
            "found nanoseconds"
        )
    return fitted


def _has_nanoseconds(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_interval(column.type):
        return False
    return any(_finer(chunk) for chunk in column.chunks if len(chunk))


def _finer(chunk: pa.Array) -> bool:
    """Of each interval's 16 bytes, the last 8 are its nanoseconds."""
    first, last = chunk.offset, chunk.offset + len(chunk)
    words = memoryview(chunk.buffers()[1])[: 16 * last].cast("b").cast("q")
    found = zip(words[2 * first + 1 :: 2], chunk.is_valid().to_pylist(), strict=True)
    return any(nanoseconds % 1000 for nanoseconds, valid in found if valid)
