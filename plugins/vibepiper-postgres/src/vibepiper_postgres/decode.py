"""From PostgreSQL's types, as the driver delivers them, to Arrow's.

| PostgreSQL | Arrow |
| --- | --- |
| numeric(p, s), p to 38; to 76 | decimal128(p, s); decimal256(p, s) |
| numeric with no precision | decimal128(38, 18): further digits are rounded, larger values refused |
| oid; money | int64; decimal128(19, 2) |
| json, jsonb; uuid | the extension types arrow.json and arrow.uuid |
| enums, domains, inet, xml, ranges and the like | string, as PostgreSQL writes them |

Everything else is the driver's own, obvious choice. Infinite dates and NaN in a numeric have no
Arrow counterpart and are refused by name, as are arrays of more than one dimension.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp
from vibepiper.errors import DataError

__all__ = ["Decoder", "decoder_for"]

_NATIVE = frozenset(
    [
        "bool",
        "int2",
        "int4",
        "int8",
        "float4",
        "float8",
        "text",
        "varchar",
        "bpchar",
        "name",
        "char",
        "bytea",
        "date",
        "time",
        "timestamp",
        "timestamptz",
        "interval",
        "uuid",
        "json",
        "jsonb",
    ]
)
_CASTS = {"oid": "BIGINT", "money": "DECIMAL(19, 2)"}
_NO_PRECISION = pa.decimal128(38, 18)
_FIRST_DAY = -2_440_588
"""1 January 4713 BC, the first day PostgreSQL knows; the driver delivers infinities below it."""
_MICROSECONDS_A_DAY = 86_400_000_000

Convert = Callable[[pa.Array], pa.Array]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a result: what it becomes, and what the server must cast it to first."""

    field: pa.Field
    convert: Convert | None = None
    cast: str | None = None


@dataclass(frozen=True, slots=True)
class Decoder:
    """Turns the driver's batches for one query into batches of ``schema``."""

    schema: pa.Schema
    columns: tuple[Column, ...]

    def decode(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        arrays = [
            self._column(column, array)
            for column, array in zip(self.columns, batch.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _column(self, column: Column, array: pa.Array) -> pa.Array:
        if column.convert is None:
            return array
        try:
            return column.convert(array)
        except (pa.ArrowInvalid, ValueError) as error:
            raise DataError(
                f"column '{column.field.name}': expected {column.field.type}: {error}",
                hint="Cast it in the query: to numeric(p, s), double precision or text.",
            ) from error


def decoder_for(described: pa.Schema) -> Decoder | list[str | None]:
    """The decoder of a described query; or, when the driver can't deliver all of its columns,
    the casts that the server must apply first, a column each (None: as it is)."""
    columns = [_column(field) for field in described]
    if any(column.cast is not None for column in columns):
        return [column.cast for column in columns]
    return Decoder(pa.schema([column.field for column in columns]), tuple(columns))


def _column(field: pa.Field) -> Column:
    metadata = field.metadata or {}
    kind = metadata.get(b"POSTGRESQL:type", b"").decode()
    element = kind.removeprefix("_")
    if kind == "numeric":
        typmod = int(metadata.get(b"POSTGRESQL:typmod", b"-1"))
        return _decimal(field, typmod)
    if kind == "_numeric":
        return Column(pa.field(field.name, pa.list_(_NO_PRECISION)), _decimals)
    if element in _NATIVE and element != kind:
        target = pa.list_(field.type.value_type)
        return Column(pa.field(field.name, target), lambda array: array.cast(target))
    if kind in _NATIVE:
        return Column(pa.field(field.name, field.type), _CHECKS.get(kind))
    return Column(field, cast=_CASTS.get(kind, "TEXT"))


def _decimal(field: pa.Field, typmod: int) -> Column:
    target = decimal_type(typmod)
    if target is None:
        return Column(field, cast="TEXT")
    return Column(pa.field(field.name, target), lambda array: _to_decimal(array.storage, target))


def decimal_type(typmod: int) -> pa.DataType | None:
    """The Arrow type of a numeric with this type modifier; None when there is none."""
    if typmod < 0:
        return _NO_PRECISION
    precision = ((typmod - 4) >> 16) & 0xFFFF
    scale = (((typmod - 4) & 0x7FF) ^ 1024) - 1024
    precision, scale = max(precision - min(scale, 0), scale), max(scale, 0)
    if precision > 76:
        return None
    return pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)


def _to_decimal(text: pa.Array, target: pa.DataType) -> pa.Array:
    try:
        return text.cast(target)
    except pa.ArrowInvalid:
        wrong = pc.filter(text, pc.is_in(text, pa.array(["nan", "inf", "-inf"])))
        if len(wrong):
            raise ValueError(f"found {wrong[0].as_py()}") from None
        return _rounded(text, target)


def _rounded(text: pa.Array, target: pa.DataType) -> pa.Array:
    shortened = pc.replace_substring_regex(text, rf"(\.\d{{{target.scale + 1}}})\d+$", r"\1")
    return pc.round(
        shortened.cast(pa.decimal256(76, target.scale + 1)), target.scale, "half_towards_infinity"
    ).cast(target)


def _decimals(lists: pa.Array) -> pa.Array:
    values = _to_decimal(lists.values.storage, _NO_PRECISION)
    return pa.ListArray.from_arrays(lists.offsets, values, mask=lists.is_null())


def _finite_dates(array: pa.Array) -> pa.Array:
    _refuse_below(array.view(pa.int32()), _FIRST_DAY)
    return array


def _finite_timestamps(array: pa.Array) -> pa.Array:
    _refuse_below(array.view(pa.int64()), _FIRST_DAY * _MICROSECONDS_A_DAY)
    return array


def _refuse_below(numbers: pa.Array, first: int) -> None:
    least = pc.min(numbers).as_py()
    if least is not None and least < first:
        raise ValueError("found infinity or -infinity")


_CHECKS: dict[str, Convert] = {
    "date": _finite_dates,
    "timestamp": _finite_timestamps,
    "timestamptz": _finite_timestamps,
}


def casting(query: exp.Query, names: list[str], casts: list[str | None]) -> exp.Select:
    """``query`` with some of its columns cast on the server."""
    columns: list[exp.Expression] = []
    for name, cast in zip(names, casts, strict=True):
        column: exp.Expression = exp.column(name, quoted=True)
        if cast is not None:
            column = exp.cast(column, cast, dialect="postgres").as_(name, quoted=True)
        columns.append(column)
    return exp.select(*columns).from_(query.subquery("answer"))
