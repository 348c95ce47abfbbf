"""Arrow's types and MySQL's.

| Arrow | MySQL |
| --- | --- |
| bool | TINYINT(1) |
| integers, signed and unsigned | TINYINT, SMALLINT, INT, BIGINT, each also UNSIGNED |
| floats | DOUBLE (what it prints of a FLOAT loses digits) |
| decimals of up to 38 digits | DECIMAL(p, s) |
| strings; binaries | LONGTEXT, compared by its bytes; LONGBLOB |
| date; time; timestamp; timestamp with a zone | DATE; TIME(6); DATETIME(6); TIMESTAMP(6), in UTC |
| dictionary, run-end encoded; null | the type of the values; LONGTEXT |

A TIMESTAMP holds instants of 1970 to 2038; others are refused. So are NaN and infinity, nested data
and nanoseconds.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.types as pt
from pymysql.constants import FIELD_TYPE, FLAG  # type: ignore[import-untyped]
from vibepiper_sql import RowRules

from vibepiper_mysql.names import check_identifier

__all__ = ["rules", "told_type"]

_INTEGERS = {
    FIELD_TYPE.TINY: ("TINYINT", pa.int8(), pa.uint8()),
    FIELD_TYPE.SHORT: ("SMALLINT", pa.int16(), pa.uint16()),
    FIELD_TYPE.LONG: ("INT", pa.int32(), pa.uint32()),
    FIELD_TYPE.LONGLONG: ("BIGINT", pa.int64(), pa.uint64()),
}
_TOLD = {
    FIELD_TYPE.INT24: pa.int32(),
    FIELD_TYPE.YEAR: pa.int16(),
    FIELD_TYPE.FLOAT: pa.float64(),
    FIELD_TYPE.DOUBLE: pa.float64(),
    FIELD_TYPE.DATE: pa.date32(),
    FIELD_TYPE.NEWDATE: pa.date32(),
    FIELD_TYPE.TIME: pa.time64("us"),
    FIELD_TYPE.DATETIME: pa.timestamp("us"),
    FIELD_TYPE.TIMESTAMP: pa.timestamp("us", "UTC"),
    FIELD_TYPE.BIT: pa.binary(),
}
_BINARY = 63
"""The number of the character set of bytes."""
_WRITTEN = {signed: name for name, signed, _ in _INTEGERS.values()}
_WRITTEN |= {unsigned: f"{name} UNSIGNED" for name, _, unsigned in _INTEGERS.values()}
_TEXTS = (pt.is_null, pt.is_string, pt.is_large_string, pt.is_string_view)
_BYTES = (pt.is_binary, pt.is_large_binary, pt.is_fixed_size_binary, pt.is_binary_view)


def told_type(kind: int, flags: int, length: int, scale: int, charset: int) -> pa.DataType:
    """The Arrow type of a column of an answer, of what the server tells of it."""
    if kind == FIELD_TYPE.TINY and length == 1:
        return pa.bool_()
    if (integer := _INTEGERS.get(kind)) is not None:
        return integer[2] if flags & FLAG.UNSIGNED else integer[1]
    if kind in (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL):
        digits = length - (scale > 0) - (0 if flags & FLAG.UNSIGNED else 1)
        return pa.decimal128(min(max(digits, scale, 1), 38), scale)
    if (known := _TOLD.get(kind)) is not None:
        return known
    return pa.binary() if charset == _BINARY and kind != FIELD_TYPE.NULL else pa.string()


def rules(collation: str) -> RowRules:
    """What a server holds that compares texts by ``collation``."""

    def scalar(kind: pa.DataType) -> tuple[str, pa.DataType] | None:
        if any(test(kind) for test in _TEXTS):
            return f"LONGTEXT CHARACTER SET utf8mb4 COLLATE {collation}", pa.string()
        return _scalar(kind)

    return RowRules("MySQL", scalar, check_identifier, infinity=False, nul=True)


def _scalar(kind: pa.DataType) -> tuple[str, pa.DataType] | None:
    if pt.is_boolean(kind):
        return "TINYINT(1)", kind
    if kind in _WRITTEN:
        return _WRITTEN[kind], kind
    if pt.is_floating(kind):
        return "DOUBLE", pa.float64()
    if any(test(kind) for test in _BYTES):
        return "LONGBLOB", pa.binary()
    return _decimal(kind) if pt.is_decimal(kind) else _temporal(kind)


def _decimal(kind: pa.DataType) -> tuple[str, pa.DataType] | None:
    if kind.precision > 38 or not 0 <= kind.scale <= 38:
        return None
    return f"DECIMAL({kind.precision}, {kind.scale})", pa.decimal128(kind.precision, kind.scale)


def _temporal(kind: pa.DataType) -> tuple[str, pa.DataType] | None:
    if pt.is_date(kind):
        return "DATE", pa.date32()
    if pt.is_time(kind):
        return "TIME(6)", pa.time64("us")
    if pt.is_timestamp(kind):
        if kind.tz is None:
            return "DATETIME(6)", pa.timestamp("us")
        return "TIMESTAMP(6) NULL", pa.timestamp("us", "UTC")
    return None
