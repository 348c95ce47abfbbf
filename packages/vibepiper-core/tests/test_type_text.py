"""Types come back from the text that they print as."""

from __future__ import annotations

import pyarrow as pa
import pytest
from vibepiper.type_text import read_type

TYPES = [
    *(pa.int8(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.bool_(), pa.null()),
    *(pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.binary(5)),
    *(pa.date32(), pa.date64(), pa.time32("s"), pa.time64("ns"), pa.duration("ms")),
    *(pa.timestamp("us"), pa.timestamp("ns", "Europe/Berlin"), pa.month_day_nano_interval()),
    *(pa.decimal128(10, -2), pa.decimal256(50, 3), pa.decimal32(5, 1)),
    *(pa.list_(pa.int64()), pa.large_list(pa.string()), pa.list_(pa.int8(), 3)),
    pa.list_(pa.field("x", pa.int8(), nullable=False)),
    pa.struct([("a", pa.int64()), ("b", pa.list_(pa.struct([("c", pa.string())])))]),
    pa.map_(pa.string(), pa.decimal128(4, 2)),
    pa.dictionary(pa.int32(), pa.string()),
    pa.dictionary(pa.int8(), pa.string(), True),
]


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_a_type_comes_back(kind: pa.DataType) -> None:
    assert read_type(str(kind)) == kind


@pytest.mark.parametrize(
    "text", ["", "int65", "list<int64>", "struct<a: int64", "extension<x>", "decimal128(4)"]
)
def test_what_does_not_tell_is_not_guessed(text: str) -> None:
    assert read_type(text) is None
