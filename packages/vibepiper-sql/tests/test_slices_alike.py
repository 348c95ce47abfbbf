"""The rows of a partition are the same ones by SQL and by Arrow."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import duckdb
import pyarrow as pa
import pytest
from sqlglot import exp
from vibepiper.io_manager import Slice
from vibepiper.partition_rows import within
from vibepiper_sql import slice_filter

BEGIN = dt.datetime(2026, 3, 28, 23, tzinfo=dt.UTC)
END = dt.datetime(2026, 3, 29, 22, tzinfo=dt.UTC)
MOMENTS = [
    None,
    dt.datetime(1677, 9, 22),
    *(
        dt.datetime(2026, 3, day, hour, 0, second, micro)
        for day in (28, 29)
        for hour in (22, 23, 0)
        for second, micro in ((0, 0), (0, 1), (59, 999_999))
    ),
    dt.datetime(2262, 4, 11),
]
ID = "01a2189a-fdfb-7df5-8959-25f459c971ee"


def times(kind: pa.DataType) -> pa.Array:
    return pa.array(MOMENTS, pa.timestamp("us")).cast(kind, safe=False)


KEYED = [
    (pa.array(["eu", None, "us", "eU"]), ("eu", "us")),
    (pa.array(["eu", None, "us"]).dictionary_encode(), ("eu",)),
    (pa.array([1, None, 2, 3]), ("1", "03")),
    (pa.array([1.5, None, 2.0]), ("1.5", "2")),
    (pa.array(["1.50", None]).cast(pa.decimal128(5, 2)), ("1.5",)),
    (pa.array([True, None, False]), ("true",)),
    (pa.array([UUID(ID).bytes, None], pa.uuid()), (ID,)),
    (pa.array([dt.date(2026, 3, 1), None, dt.date(2026, 3, 2)]), ("2026-03-01",)),
    (pa.array([dt.datetime(2026, 3, 1), None]), ("2026-03-01",)),
]


def by_sql(column: pa.Array, part: Slice) -> list[bool]:
    table = pa.table({"n": list(range(len(column))), "c": column})
    found = slice_filter("sales", [part], table.schema)
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        database.register("given", table)
        query = exp.select("n").from_("given").where(found).sql("duckdb")
        inside = {n for (n,) in database.execute(query).fetchall()}
    return [n in inside for n in range(len(column))]


def by_arrow(column: pa.Array, part: Slice) -> list[bool]:
    return [bool(found.as_py()) for found in within("sales", pa.table({"c": column}), [part])]


@pytest.mark.parametrize(
    "kind",
    [
        pa.date32(),
        pa.date64(),
        *(pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")),
        *(pa.timestamp(unit, "UTC") for unit in ("s", "us", "ns")),
        pa.timestamp("us", "Europe/Berlin"),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (BEGIN, END),
        (BEGIN + dt.timedelta(microseconds=1), END),
        (None, END),
        (BEGIN, None),
        (dt.datetime(1700, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC)),
    ],
)
def test_a_range_of_time_is_the_same_rows(
    kind: pa.DataType, begin: dt.datetime | None, end: dt.datetime | None
) -> None:
    part = Slice("day", ("2026-03-29",), "c", begin, end)
    assert by_arrow(times(kind), part) == by_sql(times(kind), part)


@pytest.mark.parametrize(("column", "keys"), KEYED, ids=lambda given: str(given)[:20])
def test_keys_are_the_same_rows(column: pa.Array, keys: tuple[str, ...]) -> None:
    part = Slice("region", keys, "c")
    assert by_arrow(column, part) == by_sql(column, part)


@pytest.mark.parametrize("column", [pa.array([1]), pa.array([UUID(ID).bytes], pa.uuid())])
def test_a_key_that_the_column_cannot_hold_is_none_of_it(column: pa.Array) -> None:
    assert by_arrow(column, Slice("region", ("eu",), "c")) == [False]


def test_a_range_may_be_longer_than_nanoseconds_reach() -> None:
    ends = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (1, 9999))
    found = by_arrow(times(pa.timestamp("ns")), Slice("day", (), "c", *ends))
    assert found == [moment is not None for moment in MOMENTS]
