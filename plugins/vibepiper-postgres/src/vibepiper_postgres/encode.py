"""From Arrow's types to PostgreSQL's.

| Arrow | PostgreSQL |
| --- | --- |
| bool; int8, int16, uint8; int32, uint16; int64, uint32 | boolean; smallint; integer; bigint |
| uint64; decimals | numeric(20, 0); numeric(p, s) |
| float16, float32; float64 | real; double precision |
| strings; binaries | text; bytea |
| date; time; timestamp; timestamp with a zone | date; time; timestamp; timestamptz |
| duration, month_day_nano interval | interval |
| arrow.uuid; arrow.json | uuid; jsonb |
| list of one of the above | an array |
| dictionary, run-end encoded; null | the type of the values; text |

What has no counterpart (structs, maps, unions, lists of lists, other extension types) and what
would be changed on the way (a NUL in a text, nanoseconds) is refused by name.
"""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from sqlglot import exp
from vibepiper.errors import DataError

from vibepiper_postgres.names import check_identifier

__all__ = ["Encoder"]

_INTEGERS = {
    pa.int8(): ("SMALLINT", pa.int16()),
    pa.int16(): ("SMALLINT", pa.int16()),
    pa.uint8(): ("SMALLINT", pa.int16()),
    pa.int32(): ("INT", pa.int32()),
    pa.uint16(): ("INT", pa.int32()),
    pa.int64(): ("BIGINT", pa.int64()),
    pa.uint32(): ("BIGINT", pa.int64()),
    pa.uint64(): ("DECIMAL(20, 0)", pa.decimal128(20, 0)),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column to write: its type on the server, and the Arrow type the driver is given."""

    field: pa.Field
    sql: str
    wire: pa.DataType

    @property
    def name(self) -> str:
        return str(self.field.name)


@dataclass(frozen=True, slots=True)
class Encoder:
    """Writes tables of one schema."""

    columns: tuple[Column, ...]

    @classmethod
    def of(cls, schema: pa.Schema) -> Encoder:
        """Raises `DataError` or `StoreError`, by column, for what PostgreSQL can't hold."""
        if not schema.names:
            raise DataError("the table has no columns; PostgreSQL could not tell its rows apart")
        twice = [name for name in schema.names if schema.names.count(name) > 1]
        if twice:
            raise DataError(f"column '{twice[0]}' occurs more than once; names must differ")
        return cls(tuple(_column(field) for field in schema))

    def definitions(self) -> list[exp.ColumnDef]:
        """The columns of CREATE TABLE."""
        return [
            exp.ColumnDef(
                this=exp.to_identifier(column.name, quoted=True),
                kind=exp.DataType.build(column.sql, dialect="postgres"),
            )
            for column in self.columns
        ]

    def encode(self, stream: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """The stream as the driver must be given it. Bad values raise `DataError` when read."""
        wire = pa.schema([(column.name, column.wire) for column in self.columns])
        return pa.RecordBatchReader.from_batches(wire, self._batches(stream, wire))

    def _batches(self, stream: pa.RecordBatchReader, wire: pa.Schema) -> Iterator[pa.RecordBatch]:
        first = 0
        for batch in stream:
            arrays = [
                _converted(column, array, first)
                for column, array in zip(self.columns, batch.columns, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=wire)
            first += batch.num_rows


def _column(field: pa.Field) -> Column:
    check_identifier(field.name, "column")
    found = _scalar(field.type)
    if found is None and _is_list(field.type):
        found = _array(field.type.value_type)
    if found is None:
        raise DataError(
            f"column '{field.name}': PostgreSQL has no type for {field.type}",
            hint="Select its parts as columns, or turn it into JSON text.",
        )
    return Column(field, *found)


def _array(value: pa.DataType) -> tuple[str, pa.DataType] | None:
    found = _scalar(value)
    return None if found is None else (f"{found[0]}[]", pa.list_(found[1]))


def _is_list(kind: pa.DataType) -> bool:
    return bool(
        pt.is_list(kind)
        or pt.is_large_list(kind)
        or pt.is_fixed_size_list(kind)
        or pt.is_list_view(kind)
        or pt.is_large_list_view(kind)
    )


def _scalar(kind: pa.DataType) -> tuple[str, pa.DataType] | None:
    if pt.is_dictionary(kind) or pt.is_run_end_encoded(kind):
        return _scalar(kind.value_type)
    if (integer := _INTEGERS.get(kind)) is not None:
        return integer
    if pt.is_decimal(kind):
        return _decimal(kind)
    if pt.is_temporal(kind):
        return _temporal(kind)
    return _plain(kind)


def _decimal(kind: pa.DataType) -> tuple[str, pa.DataType]:
    precision, scale = kind.precision - min(kind.scale, 0), max(kind.scale, 0)
    wire = pa.decimal128 if precision <= 38 else pa.decimal256
    return f"DECIMAL({precision}, {scale})", wire(precision, scale)


def _temporal(kind: pa.DataType) -> tuple[str, pa.DataType] | None:
    if pt.is_date(kind):
        return "DATE", pa.date32()
    if pt.is_time(kind):
        return "TIME", pa.time64("us")
    if pt.is_timestamp(kind):
        return "TIMESTAMP" if kind.tz is None else "TIMESTAMPTZ", pa.timestamp("us", kind.tz)
    if pt.is_duration(kind):
        return "INTERVAL", pa.duration("us")
    return ("INTERVAL", kind) if kind == pa.month_day_nano_interval() else None


def _plain(kind: pa.DataType) -> tuple[str, pa.DataType] | None:
    if pt.is_boolean(kind):
        return "BOOLEAN", kind
    if pt.is_floating(kind):
        return ("DOUBLE PRECISION", kind) if kind == pa.float64() else ("REAL", pa.float32())
    if pt.is_null(kind):
        return "TEXT", pa.string()
    if pt.is_string(kind) or pt.is_large_string(kind):
        return "TEXT", kind
    if pt.is_string_view(kind):
        return "TEXT", pa.large_string()
    if pt.is_binary(kind) or pt.is_large_binary(kind) or pt.is_fixed_size_binary(kind):
        return "BYTEA", kind
    if pt.is_binary_view(kind):
        return "BYTEA", pa.large_binary()
    if isinstance(kind, pa.UuidType):
        return "UUID", kind
    return ("JSONB", pa.json_(pa.string())) if isinstance(kind, pa.JsonType) else None


def _converted(column: Column, array: pa.Array, first: int) -> pa.Array:
    if array.type != column.wire:
        array = _cast(column, array, first)
    if column.sql.startswith(("TEXT", "JSONB")):
        _refuse_nul(column, array, first)
    return array


def _cast(column: Column, array: pa.Array, first: int) -> pa.Array:
    try:
        if pt.is_run_end_encoded(array.type):
            array = pc.run_end_decode(array)
        if pt.is_dictionary(array.type):
            array = array.dictionary_decode()
        return array.cast(column.wire)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        last = first + len(array)
        raise DataError(
            f"column '{column.name}', rows {first + 1:,} to {last:,}: a {array.type} does not "
            f"fit PostgreSQL's {column.sql.lower()}: {error}",
            hint="Round or cast the column before it is stored.",
        ) from error


def _refuse_nul(column: Column, array: pa.Array, first: int) -> None:
    text = array.storage if isinstance(array, pa.ExtensionArray) else array
    if _is_list(text.type):
        text = pc.list_flatten(text)
        rows: pa.Array | None = pc.list_parent_indices(array)
    else:
        rows = None
    if not _may_hold_nul(text):
        return
    place = pc.index(pc.fill_null(pc.match_substring(text, "\0"), False), True).as_py()
    if place >= 0:
        row = place if rows is None else rows[place].as_py()
        raise DataError(
            f"column '{column.name}', row {first + row + 1:,}: PostgreSQL's text holds no NUL "
            f"character, found one in {text[place].as_py()!r}",
            hint="Remove it, or store the column as binary.",
        )


def _may_hold_nul(text: pa.Array) -> bool:
    """A quick look at all bytes at once, also those of neighbouring rows."""
    data = text.buffers()[2]
    if data is None or data.size == 0:
        return False
    octets = pa.Array.from_buffers(pa.uint8(), data.size, [None, data])
    return bool(pc.min(octets).as_py() == 0)
