from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pyarrow as pa
import pytest
from vibepiper.errors import DataError, StoreError
from vibepiper_postgres import PostgresConnector

D = Decimal
DAY = dt.date(1, 1, 1)
BERLIN = pa.timestamp("ms", "Europe/Berlin")
INSTANT = dt.datetime(2024, 3, 31, 1, 30, tzinfo=dt.UTC)
EQUAL = {
    "bool": pa.array([True, False, None]),
    "int16": pa.array([-(2**15), 2**15 - 1, None], pa.int16()),
    "int32": pa.array([-(2**31), 2**31 - 1, None], pa.int32()),
    "int64": pa.array([-(2**63), 2**63 - 1, None], pa.int64()),
    "float": pa.array([1.5, float("-inf"), None], pa.float32()),
    "double": pa.array([1e308, float("inf"), -0.0]),
    "decimal": pa.array([D("-99999999.99"), D("0.10"), None], pa.decimal128(10, 2)),
    "widest": pa.array([D("9" * 38), D(-1), None], pa.decimal128(38, 0)),
    "wider": pa.array([D(10) ** 60, D("-1"), None], pa.decimal256(76, 2)),
    "fraction": pa.array([D("0.00001"), None], pa.decimal128(5, 5)),
    "text": pa.array(["", "naïve 'quoted' \\ \n\t雪", None]),
    "bytes": pa.array([b"", b"\x00\xff\\x", None]),
    "date": pa.array([DAY, dt.date(9999, 12, 31), None]),
    "time": pa.array([dt.time(0), dt.time(23, 59, 59, 999999), None]),
    "timestamp": pa.array([dt.datetime(1, 1, 1), dt.datetime(2024, 2, 29), None]),
    "timestamptz": pa.array([INSTANT, None], pa.timestamp("us", "UTC")),
    "interval": pa.array([(1, -2, 3000), (0, 0, 0), None], pa.month_day_nano_interval()),
    "uuid": pa.array([uuid.UUID(int=7).bytes, None], pa.uuid()),
    "json": pa.array(['{"a": [1, "é"]}', "null", None], pa.json_()),
    "ints": pa.array([[1, None], [], None], pa.list_(pa.int64())),
    "texts": pa.array([["a,b", '"', None], None], pa.list_(pa.string())),
    "stamps": pa.array([[dt.datetime(2024, 1, 1)], None], pa.list_(pa.timestamp("us"))),
}
CHANGED = {
    "int8": (pa.array([-128, None], pa.int8()), pa.int16()),
    "uint8": (pa.array([255, None], pa.uint8()), pa.int16()),
    "uint16": (pa.array([2**16 - 1, None], pa.uint16()), pa.int32()),
    "uint32": (pa.array([2**32 - 1, None], pa.uint32()), pa.int64()),
    "uint64": (pa.array([2**64 - 1, None], pa.uint64()), pa.decimal128(20, 0)),
    "half": (pa.array([1.5, None], pa.float16()), pa.float32()),
    "large": (pa.array(["a", None], pa.large_string()), pa.string()),
    "view": (pa.array(["a", None], pa.string_view()), pa.string()),
    "fixed": (pa.array([b"ab", None], pa.binary(2)), pa.binary()),
    "date64": (pa.array([DAY, None], pa.date64()), pa.date32()),
    "seconds": (pa.array([dt.time(1), None], pa.time32("s")), pa.time64("us")),
    "zoned": (pa.array([INSTANT, None], BERLIN), pa.timestamp("us", "UTC")),
    "category": (pa.array(["a", None, "a"]).dictionary_encode(), pa.string()),
    "nothing": (pa.nulls(2), pa.string()),
    "pair": (pa.array([[1, 2], None], pa.list_(pa.int32(), 2)), pa.list_(pa.int32())),
    "decimals": (pa.array([[D("1.5"), None]]), pa.list_(pa.decimal128(38, 18))),
}


def stored(connector: PostgresConnector, array: pa.Array) -> pa.Array:
    connector.ingest("t", pa.table({"x": array}))
    return connector.query("SELECT x FROM t").read_all()["x"].combine_chunks()


@pytest.mark.parametrize("array", EQUAL.values(), ids=EQUAL.keys())
def test_a_column_comes_back_as_it_was(connector: PostgresConnector, array: pa.Array) -> None:
    assert stored(connector, array) == array


@pytest.mark.parametrize(("array", "kind"), CHANGED.values(), ids=CHANGED.keys())
def test_a_type_postgres_lacks_comes_back_as_the_next_wider_one(
    connector: PostgresConnector, array: pa.Array, kind: pa.DataType
) -> None:
    found = stored(connector, array)
    assert found.type == kind
    assert found.to_pylist() == array.to_pylist()


def test_nan_comes_back(connector: PostgresConnector) -> None:
    assert str(stored(connector, pa.array([float("nan")]))[0]) == "nan"


def test_an_interval_comes_back_for_a_duration(connector: PostgresConnector) -> None:
    found = stored(connector, pa.array([dt.timedelta(days=1)], pa.duration("s")))
    assert found[0].as_py().nanoseconds == 86_400 * 10**9


@pytest.mark.parametrize("array", EQUAL.values(), ids=EQUAL.keys())
def test_an_empty_column_keeps_its_type(connector: PostgresConnector, array: pa.Array) -> None:
    assert stored(connector, array[:0]).type == array.type


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (pa.array([{"a": 1}]), "column 'x': PostgreSQL has no type for struct<a: int64>"),
        (pa.array([[[1]]]), "has no type for list<item: list<item: int64>>"),
        (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), "has no type for map"),
        (pa.array(["a", "b\0c"]), "column 'x', row 2: .* holds no NUL character, found one in 'b"),
        (pa.array([["a"], ["b", "\0"]]), "column 'x', row 2: .* holds no NUL"),
        (pa.array([1], pa.timestamp("ns")), "rows 1 to 1: a timestamp.ns. does not fit"),
        (pa.array([1], pa.time64("ns")), "rows 1 to 1: a time64.ns. does not fit"),
    ],
)
def test_what_postgres_cannot_hold_is_refused_and_nothing_is_written(
    connector: PostgresConnector, array: pa.Array, told: str
) -> None:
    with pytest.raises(DataError, match=told):
        connector.ingest("t", pa.table({"x": array}))
    with pytest.raises(StoreError, match=r"there is no table public\.t"):
        connector.schema("t")


def test_the_row_of_a_bad_value_counts_all_batches(connector: PostgresConnector) -> None:
    table = pa.concat_tables([pa.table({"x": ["a"] * 5}), pa.table({"x": ["b", "\0"]})])
    with pytest.raises(DataError, match="column 'x', row 7"):
        connector.ingest("t", table)


@pytest.mark.parametrize(
    ("name", "told"),
    [("", "found 0 bytes"), ("é" * 32, "found 64 bytes")],
)
def test_a_column_name_that_postgres_would_change_is_refused(
    connector: PostgresConnector, name: str, told: str
) -> None:
    with pytest.raises(StoreError, match=told):
        connector.ingest("t", pa.table({name: [1]}))


def test_columns_of_one_name_are_refused(connector: PostgresConnector) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    with pytest.raises(DataError, match="column 'a' occurs more than once"):
        connector.ingest("t", table)


def test_a_numeric_with_no_precision_is_rounded_to_18_digits(connector: PostgresConnector) -> None:
    query = "SELECT 2 / 3.0 * 1.0000000000 AS x, -0.12345678901234567850 AS y, 7::numeric AS z"
    found = connector.query(query).read_all().to_pylist()[0]
    assert found == {
        "x": D("0.666666666666666667"), "y": D("-0.123456789012345679"), "z": D(7)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("'NaN'::numeric", "column 'x': expected decimal.*: found nan"),
        ("'-Infinity'::numeric(10, 2)", "cannot hold an infinite value|found -inf"),
        ("1e30::numeric", "numeric field overflow"),
        ("'infinity'::timestamptz", "found infinity or -infinity"),
        ("'-infinity'::date", "found infinity or -infinity"),
        ("ARRAY[[1, 2], [3, 4]]", "more than one dimension"),
    ],
)
def test_what_arrow_cannot_hold_is_refused(
    connector: PostgresConnector, value: str, told: str
) -> None:
    with pytest.raises((DataError, StoreError), match=told):
        connector.query(f"SELECT {value} AS x").read_all()


def test_other_types_arrive_as_postgres_writes_them(connector: PostgresConnector) -> None:
    connector.execute("CREATE TYPE mood AS ENUM ('ok')")
    query = (
        "SELECT 'ok'::mood AS e, '10.0.0.1'::inet AS i, int4range(1, 3) AS r, "
        "B'101' AS x, 4000000000::oid AS o, 5::money AS m, ARRAY['ok'::mood] AS a"
    )
    assert connector.query(query).read_all().to_pylist() == [
        {
            "e": "ok", "i": "10.0.0.1/32", "r": "[1,3)", "x": "101", "o": 4_000_000_000,
            "m": D("5.00"), "a": "{ok}",
        }
    ]  # fmt: skip
