"""A column of every Arrow type, at its bounds, with nulls; and how columns are compared."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from decimal import Decimal

import pyarrow as pa

__all__ = ["CASES", "assert_same_column", "refuse_unknown_cases"]

_D = Decimal
_FIRST, _LAST = dt.date(1, 1, 1), dt.date(9999, 12, 31)
_OLD, _NEW = dt.datetime(1, 1, 1), dt.datetime(2024, 2, 29, 23, 59, 59)
_INSTANT = dt.datetime(2024, 3, 31, 1, 30, tzinfo=dt.UTC)
_SPECIAL = [float("nan"), float("inf"), float("-inf"), -0.0, None]

CASES: dict[str, pa.Array] = {
    "null": pa.nulls(3),
    "bool": pa.array([True, False, None]),
    "int8": pa.array([-(2**7), 2**7 - 1, None], pa.int8()),
    "int16": pa.array([-(2**15), 2**15 - 1, None], pa.int16()),
    "int32": pa.array([-(2**31), 2**31 - 1, None], pa.int32()),
    "int64": pa.array([-(2**63), 2**63 - 1, None], pa.int64()),
    "uint8": pa.array([0, 2**8 - 1, None], pa.uint8()),
    "uint16": pa.array([0, 2**16 - 1, None], pa.uint16()),
    "uint32": pa.array([0, 2**32 - 1, None], pa.uint32()),
    "uint64": pa.array([0, 2**64 - 1, None], pa.uint64()),
    "half": pa.array([1.5, -2.0, None], pa.float16()),
    "float": pa.array([1.5, -3.4e38, None], pa.float32()),
    "float_special": pa.array(_SPECIAL, pa.float32()),
    "double": pa.array([0.1, -1.7e308, 5e-324, None]),
    "double_special": pa.array(_SPECIAL),
    "decimal32": pa.array([_D("-1234567.89"), None], pa.decimal32(9, 2)),
    "decimal64": pa.array([_D("-1234567890123456.78"), None], pa.decimal64(18, 2)),
    "decimal128": pa.array([_D("-99999999.99"), _D("0.10"), None], pa.decimal128(10, 2)),
    "decimal128_widest": pa.array([_D("9" * 38), _D(-1), None], pa.decimal128(38, 0)),
    "decimal256": pa.array([_D(10) ** 60, _D(-1), None], pa.decimal256(76, 2)),
    "string": pa.array(["", "naïve 'quoted' \"x\" \\ ,;\r\n\t雪🎈", " a ", "NULL", None]),
    "string_nul": pa.array(["a\0b", None]),
    "large_string": pa.array(["é", None], pa.large_string()),
    "string_view": pa.array(["é", "longer than twelve bytes", None], pa.string_view()),
    "binary": pa.array([b"", b"\x00\xff\\x", None]),
    "large_binary": pa.array([b"\x00", None], pa.large_binary()),
    "fixed_binary": pa.array([b"ab", None], pa.binary(2)),
    "date32": pa.array([_FIRST, _LAST, None]),
    "date64": pa.array([_FIRST, _LAST, None], pa.date64()),
    "time32_s": pa.array([dt.time(0), dt.time(23, 59, 59), None], pa.time32("s")),
    "time32_ms": pa.array([dt.time(23, 59, 59, 999000), None], pa.time32("ms")),
    "time64_us": pa.array([dt.time(23, 59, 59, 999999), None], pa.time64("us")),
    "time64_ns": pa.array([86_399_999_999_999, None], pa.time64("ns")),
    "timestamp_s": pa.array([_OLD, _NEW, None], pa.timestamp("s")),
    "timestamp_ms": pa.array([_OLD, _NEW, None], pa.timestamp("ms")),
    "timestamp_us": pa.array([_OLD, _NEW, None], pa.timestamp("us")),
    "timestamp_ns": pa.array([1, -1, None], pa.timestamp("ns")),
    "timestamp_utc": pa.array([_INSTANT, None], pa.timestamp("us", "UTC")),
    "timestamp_zone": pa.array([_INSTANT, None], pa.timestamp("us", "Europe/Berlin")),
    "duration_s": pa.array([-1, 2**31, None], pa.duration("s")),
    "duration_us": pa.array([-1, 2**40, None], pa.duration("us")),
    "duration_ns": pa.array([-1, 2**40, None], pa.duration("ns")),
    "interval": pa.array([(1, -2, 3000), (0, 0, 0), None], pa.month_day_nano_interval()),
    "uuid": pa.array([uuid.UUID(int=7).bytes, None], pa.uuid()),
    "json": pa.array(['{"a": [1, "é"]}', "null", None], pa.json_()),
    "list": pa.array([[1, None], [], None], pa.list_(pa.int64())),
    "list_of_strings": pa.array([["a,b", '"', None], None], pa.list_(pa.string())),
    "list_of_lists": pa.array([[[1], None, []], None], pa.list_(pa.list_(pa.int64()))),
    "large_list": pa.array([[1, None], None], pa.large_list(pa.int64())),
    "fixed_list": pa.array([[1, 2], None], pa.list_(pa.int32(), 2)),
    "struct": pa.array([{"a": 1, "b": "x"}, {"a": None, "b": None}, None]),
    "struct_nested": pa.array([{"a": [{"b": "x"}, None]}, {"a": None}, None]),
    "map": pa.array([[("k", 1), ("l", None)], [], None], pa.map_(pa.string(), pa.int64())),
    "dictionary": pa.array(["b", "a", None, "b"]).dictionary_encode(),
    "run_end": pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array([1, None])),
    "union": pa.UnionArray.from_sparse(
        pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])]
    ),
}
"""By the names that a suite's ``changes`` and ``refuses`` use."""


_COUNTS = (pa.types.is_timestamp, pa.types.is_duration, pa.types.is_time64)


def refuse_unknown_cases(names: Iterable[str], where: str) -> None:
    """Raises `TypeError` for a name that is no case."""
    from vibepiper.errors import suggest

    for name in names:
        if name not in CASES:
            raise TypeError(f"{where}: there is no type case '{name}'. {suggest(name, CASES)}")


def assert_same_column(found: pa.ChunkedArray, expected: pa.Array, kind: pa.DataType) -> None:
    """``found`` has the type ``kind`` and the values of ``expected``: nulls are nulls, NaN is NaN,
    zero keeps its sign."""
    assert found.type == kind, f"expected the type {kind}, found {found.type}"
    assert len(found) == len(expected), "rows were lost or added"
    assert found.null_count == _as(expected, kind).null_count, "nulls were lost or made"
    assert _comparable(found) == _comparable(pa.chunked_array([_as(expected, kind)]))


def _as(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if array.type == kind:
        return array
    if pa.types.is_duration(array.type) and pa.types.is_interval(kind):
        counts = array.cast(pa.duration("ns")).cast(pa.int64()).to_pylist()
        return pa.array([None if n is None else (0, 0, n) for n in counts], kind)
    try:
        return array.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array(array.to_pylist(), kind)


def _comparable(column: pa.ChunkedArray) -> list[object]:
    """Values that Python compares as they are stored: floats by their text, counts of time as
    numbers, for they may not fit datetime."""
    if pa.types.is_floating(column.type):
        return [None if value is None else repr(value) for value in column.to_pylist()]
    if any(counts(column.type) for counts in _COUNTS):
        column = column.cast(pa.int64())
    return list(column.to_pylist())
