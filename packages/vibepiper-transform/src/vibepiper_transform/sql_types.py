"""Arrow types as SQL types, for casts."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import DefinitionError

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
    share (unsigned, nested, dictionary)."""
    if pa.types.is_decimal(kind):
        return exp.DataType.build(f"DECIMAL({kind.precision}, {kind.scale})")
    if (name := _NAMES.get(kind)) is None:
        known = ", ".join(str(known) for known in _NAMES)
        raise DefinitionError(f"cannot cast to {kind}", hint=f"There are: {known}, decimal128.")
    return exp.DataType.build(name)
