"""From PostgreSQL's types, as the driver delivers them, to Arrow's.

| PostgreSQL | Arrow |
| --- | --- |
| numeric(p, s), p to 38; to 76 | decimal128(p, s); decimal256(p, s) |
| numeric with no precision | decimal128(38, 18): further digits are rounded |
| oid; money | int64; decimal128(19, 2) |
| json, jsonb; uuid | the extension types arrow.json and arrow.uuid |
| enums, domains, inet, xml, ranges and the like | string, as PostgreSQL writes them |

Everything else is the driver's own, obvious choice. Values too large for their type, infinite
dates, NaN in a numeric and arrays of more than one dimension are refused by name.
"""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp
from vibepiper.errors import DataError

__all__ = ["Decoder", "decoder_for"]

_NATIVE = frozenset({
    "bool", "int2", "int4", "int8", "float4", "float8",
    "text", "varchar", "bpchar", "name", "char", "bytea",
    "date", "time", "timestamp", "timestamptz", "interval",
    "uuid", "json", "jsonb",
})  # fmt: skip
_CASTS = {"oid": "BIGINT", "money": "DECIMAL(19, 2)"}
_NO_PRECISION = pa.decimal128(38, 18)
_FIXED = "DECIMAL(38, 18)"
"""What a numeric with no precision is cast to by the server, which rounds and refuses right."""
_FIRST_DAY = -2_440_588
"""1 January 4713 BC, the first day PostgreSQL knows; the driver delivers infinities below it."""
_MICROSECONDS_A_DAY = 86_400_000_000

Convert = Callable[[pa.Array], pa.Array]
OnServer = Callable[[exp.Column], exp.Expr]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a result: what it becomes, how, and what the server must do to it first."""

    field: pa.Field
    convert: Convert | None = None
    on_server: OnServer | None = None


@dataclass(frozen=True, slots=True)
class Decoder:
    """Turns the driver's batches for one query into batches of ``schema``."""

    schema: pa.Schema
    columns: tuple[Column, ...]

    @property
    def needs_server(self) -> bool:
        """Whether the query must be wrapped with `on_server`, and described again, first."""
        return any(column.on_server is not None for column in self.columns)

    def on_server(self, query: exp.Query) -> exp.Select:
        """``query`` with the columns that the driver can't deliver right changed on the server."""
        columns: list[exp.Expr] = []
        for column in self.columns:
            value = exp.column(column.field.name, quoted=True)
            if column.on_server is None:
                columns.append(value)
            else:
                columns.append(exp.alias_(column.on_server(value), column.field.name, quoted=True))
        return exp.Select(expressions=columns, from_=exp.From(this=query.subquery("answer")))

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


def decoder_for(described: pa.Schema) -> Decoder:
    columns = tuple(_column(field) for field in described)
    return Decoder(pa.schema([column.field for column in columns]), columns)


def _column(field: pa.Field) -> Column:
    metadata = field.metadata or {}
    kind = metadata.get(b"POSTGRESQL:type", b"").decode()
    element = kind.removeprefix("_")
    if kind == "numeric":
        typmod = int(metadata.get(b"POSTGRESQL:typmod", b"-1"))
        return _decimal(field, typmod)
    if kind == "_numeric":
        return Column(pa.field(field.name, pa.list_(_NO_PRECISION)), _decimals, _flat(_FIXED))
    if element in _NATIVE and element != kind:
        target = pa.list_(field.type.value_type)
        return Column(
            pa.field(field.name, target), lambda array: array.cast(target), _flat(element)
        )
    if kind in _NATIVE:
        return Column(pa.field(field.name, field.type), _CHECKS.get(kind))
    return Column(field, on_server=_cast(_CASTS.get(kind, "TEXT")))


@cache
def _cast(to: str) -> OnServer:
    kind = exp.DataType.build(to, dialect="postgres")
    return lambda column: exp.cast(column, kind.copy(), copy=False)


def _flat(element: str) -> OnServer:
    """Makes the server refuse arrays of several dimensions, which the driver would flatten, and
    cast the others to ``element``."""
    array = exp.DataType.build(f"{element}[]", dialect="postgres", udt=True)

    def guarded(column: exp.Column) -> exp.Expr:
        nested = exp.func("ARRAY_NDIMS", column.copy()) > 1
        note = exp.Literal.string(" has more than one dimension")
        refusal = exp.DPipe(this=exp.cast(column.copy(), "TEXT"), expression=note)
        return exp.Case().when(nested, exp.cast(refusal, array)).else_(exp.cast(column, array))

    return guarded


def _decimal(field: pa.Field, typmod: int) -> Column:
    target = decimal_type(typmod)
    if target is None:
        return Column(field, on_server=_cast("TEXT"))
    if typmod < 0:
        return Column(pa.field(field.name, target), on_server=_cast(_FIXED))
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
        raise


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
