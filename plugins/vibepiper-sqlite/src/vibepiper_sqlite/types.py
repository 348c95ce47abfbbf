"""Arrow's types and the types that tables declare. SQLite itself knows only integers, doubles,
texts and bytes; what a table declares tells what they mean.

| Arrow | declared |
| --- | --- |
| bool | BOOLEAN (0 and 1) |
| int8; int16, uint8; int32, uint16; int64, uint32 | TINYINT; SMALLINT; INT; BIGINT |
| float16, float32; float64 | FLOAT; DOUBLE |
| strings; binaries | TEXT; BLOB |
| date; time; timestamp; timestamp with a zone | DATE; TIME; TIMESTAMP; TIMESTAMPTZ (ISO texts) |
| dictionary, run-end encoded; null | the type of the values; TEXT |

Decimals are refused: SQLite would make doubles of them. So are NaN, which it would make null, and a
NUL in a text, at which its functions stop.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.types as pt
from vibepiper_sql import RowRules

from vibepiper_sqlite.names import check_identifier

__all__ = ["RULES", "declared_type"]

_DECLARED = {
    "BOOLEAN": pa.bool_(),
    "TINYINT": pa.int8(),
    "SMALLINT": pa.int16(),
    "INT": pa.int32(),
    "BIGINT": pa.int64(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "TEXT": pa.string(),
    "BLOB": pa.binary(),
    "DATE": pa.date32(),
    "TIME": pa.time64("us"),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
}
_NAMES = {kind: name for name, kind in _DECLARED.items()}
_OTHERS = {
    "BOOL": pa.bool_(),
    "INTEGER": pa.int64(),
    "DOUBLE PRECISION": pa.float64(),
    "REAL": pa.float64(),
    "DATETIME": pa.timestamp("us"),
    "STRING": pa.string(),
    "CLOB": pa.string(),
}
_WIDENED = {pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64()}
_TESTS = (
    (pt.is_null, pa.string()),
    (pt.is_large_string, pa.string()),
    (pt.is_string_view, pa.string()),
    (pt.is_large_binary, pa.binary()),
    (pt.is_fixed_size_binary, pa.binary()),
    (pt.is_binary_view, pa.binary()),
    (pt.is_float16, pa.float32()),
    (pt.is_date, pa.date32()),
    (pt.is_time, pa.time64("us")),
)


def declared_type(declared: str) -> pa.DataType | None:
    """The Arrow type of a column that was declared so; None where that tells nothing."""
    name = re.sub(r"\s*\(.*\)", "", declared.upper()).strip()
    if (found := _DECLARED.get(name) or _OTHERS.get(name)) is not None:
        return found
    return pa.string() if "CHAR" in name else pa.int64() if "INT" in name else None


def _scalar(kind: pa.DataType) -> tuple[str, pa.DataType] | None:
    wire = _wire(kind)
    return None if wire is None else (_NAMES[wire], wire)


def _wire(kind: pa.DataType) -> pa.DataType | None:
    if kind in _NAMES:
        return kind
    if pt.is_timestamp(kind):
        return pa.timestamp("us", None if kind.tz is None else "UTC")
    for test, wire in _TESTS:
        if test(kind):
            return wire
    return _WIDENED.get(kind)


RULES = RowRules("SQLite", _scalar, check_identifier, infinity=True, nul=False)
