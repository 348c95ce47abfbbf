"""Arrow types as SQL types, for casts."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite

__all__ = ["sql_type"]

_NAMES = {
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INT",
    pa.int64(): "BIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.string(): "TEXT",
    pa.large_string(): "TEXT",
    pa.binary(): "VARBINARY",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ",
    pa.time64("us"): "TIME",
}


def sql_type(kind: pa.DataType) -> exp.DataType:
    """The SQL type of an Arrow type. Raises `DefinitionError` for one that SQL dialects do not
    share (unsigned, dictionary)."""
    if not isinstance(kind, pa.DataType):
        raise DefinitionError(
            f"expected an Arrow type, found {kind!r}", at=callsite(), hint="Such as pa.int64()."
        )
    if pa.types.is_decimal128(kind):
        return exp.DataType.build(f"DECIMAL({kind.precision}, {kind.scale})")
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _nested("ARRAY", [sql_type(kind.value_type)])
    if pa.types.is_struct(kind):
        return _nested("STRUCT", [_field(field) for field in kind])
    if (name := _NAMES.get(kind)) is None:
        known = ", ".join(str(known) for known in _NAMES)
        hint = f"There are: {known}, decimal128, list, struct."
        raise DefinitionError(f"cannot cast to {kind}", at=callsite(), hint=hint)
    return exp.DataType.build(name)


def _nested(kind: str, inner: Sequence[exp.Expr]) -> exp.DataType:
    return exp.DataType(this=exp.DataType.Type[kind], expressions=inner, nested=True)


def _field(field: pa.Field) -> exp.Expr:
    name = exp.to_identifier(field.name, quoted=True)
    return exp.ColumnDef(this=name, kind=sql_type(field.type))
