"""Aggregates with an order, exact ones, and windows with frames."""

from __future__ import annotations

import datetime as dt
import statistics
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vibepiper.errors import DefinitionError
from vibepiper_transform import (
    Aggregate,
    ArrayAgg,
    BoolAnd,
    BoolOr,
    Count,
    First,
    Last,
    Median,
    Quantile,
    StdDev,
    StringAgg,
    Sum,
    Variance,
    col,
    first,
    from_arrow,
    lag,
    last,
    nth,
    ntile,
    rank,
)

DATA = pa.table({"k": ["b", "a", None, "a"], "n": [3, 1, None, 2], "t": [2, 1, 2, 1]})


def one(aggregate: Aggregate, data: pa.Table = DATA) -> object:
    return from_arrow(data).aggregate(x=aggregate).to_table()["x"][0].as_py()


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        (First("n", order_by="t"), 1),
        (First("n", order_by=col("t").desc()), 3),
        (Last("n", order_by="t"), None),
        (Last("n", order_by="t", where=col("n").is_not_null()), 3),
        (ArrayAgg("n"), [1, 2, 3, None]),
        (ArrayAgg("k", order_by=["t", col("n").desc()]), ["a", "a", "b", None]),
        (StringAgg("k", "-"), "a-a-b"),
        (Median("n"), 2.0),
        (Quantile("n", 0.75), 2.5),
        (Quantile("n", 0), 1.0),
        (StdDev("n", population=True), pytest.approx(statistics.pstdev([1, 2, 3]))),
        (BoolAnd(col("n") > 0), True),
        (BoolOr(col("n") > 3), False),
    ],
    ids=repr,
)
def test_a_value(aggregate: Aggregate, expected: object) -> None:
    assert one(aggregate) == expected


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=20))
def test_of_numbers_it_is_what_python_s_statistics_give(numbers: list[int]) -> None:
    data = pa.table({"n": pa.array(numbers, pa.int64())})
    assert one(Median("n"), data) == statistics.median(numbers)
    assert one(StdDev("n"), data) == pytest.approx(statistics.stdev(numbers))
    assert one(Variance("n"), data) == pytest.approx(statistics.variance(numbers))


@pytest.mark.parametrize(
    "made", [Median("n"), StdDev("n"), First("n", order_by="n"), ArrayAgg("n")]
)
def test_of_no_row_it_is_null(made: Aggregate) -> None:
    assert one(made, DATA.slice(0, 0)) is None


@settings(max_examples=40, deadline=None)
@given(st.permutations([("a", 1), ("a", None), ("b", 1), ("b", 2)]))
def test_equals_in_the_order_have_one_answer(rows: list[tuple[str, int]]) -> None:
    data = pa.table({"k": [k for k, _ in rows], "n": pa.array([n for _, n in rows], pa.int64())})
    assert one(First("n", order_by="k"), data) == 1
    assert one(Last("n", order_by="k"), data) == 2
    assert one(ArrayAgg("n", order_by="k"), data) == [1, None, 1, 2]


WINDOWS: list[tuple[Any, list[object]]] = [
    (Sum("n").over(order_by="n", rows=(-1, 0)), [1, 3, 5, 7]),
    (Sum("n").over(order_by="n", rows=(None, 0)), [1, 3, 6, 10]),
    (Sum("n").over(order_by="n", rows=(1, None)), [9, 7, 4, None]),
    (Count().over(order_by="n", range=(-1, 1)), [2, 3, 3, 2]),
    (Count().over(order_by="at", range=(dt.timedelta(hours=-1), 0)), [1, 2, 2, 1]),
    (Count().over(order_by="half"), [2, 2, 4, 4]),
    (first("n").over(order_by=col("n").desc()), [4, 4, 4, 4]),
    (last("n").over(order_by="n"), [4, 4, 4, 4]),
    (last("n").over(order_by="n", rows=(None, 0)), [1, 2, 3, 4]),
    (nth("n", 2).over(order_by="n"), [2, 2, 2, 2]),
    (ntile(3).over(order_by="n"), [1, 1, 2, 3]),
    (lag("n", 2, default=0).over(order_by="n"), [0, 0, 1, 2]),
    (Median("n").over(partition_by="half"), [1.5, 1.5, 3.5, 3.5]),
]


@pytest.mark.parametrize(("window", "expected"), WINDOWS, ids=repr)
def test_a_window(window: Any, expected: list[object]) -> None:
    hours = [dt.datetime(2024, 1, 1, h) for h in (0, 1, 2, 9)]
    data = from_arrow(pa.table({"n": [1, 2, 3, 4], "half": [1, 1, 2, 2], "at": hours}))
    found = data.mutate(x=window).order_by("n").to_table()["x"].to_pylist()
    assert found == expected


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: First("n"), "First needs an order"),
        (lambda: Last("n"), "Last needs an order"),
        (lambda: Quantile("n", 2), "a quantile is from 0 to 1, found 2"),
        (lambda: First("n", order_by="t").over(partition_by="k"), "has an order of its own"),
        (lambda: rank().over(partition_by="k"), "needs an order"),
        (lambda: Sum("n").over(rows=(1, 0), order_by="n"), "ends before it begins"),
        (lambda: Sum("n").over(rows=-1, order_by="n"), "rows is a pair"),
        (lambda: Sum("n").over(rows=(0.5, 0), order_by="n"), "distance in rows is a whole number"),
        (lambda: Sum("n").over(range=(-1, 0)), "range needs one column to order by, found 0"),
        (lambda: Sum("n").over(range=("x", 0), order_by="n"), "number or a timedelta"),
        (lambda: Sum("n").over(range=(0, 0), rows=(0, 0), order_by="n"), "not of both"),
        (lambda: ntile(0), "parts is a whole number, 1 or more"),
        (lambda: from_arrow(DATA).aggregate(x=Sum("k")), "sum.VARCHAR"),
    ],
)
def test_it_is_refused(build: Any, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        build()


def test_a_quantile_has_every_digit_of_its_share() -> None:
    numbers = from_arrow(pa.table({"n": list(range(1, 1_000_002))}))
    found = numbers.aggregate(third=Quantile("n", 1 / 3), least=Quantile("n", 1e-7))
    assert found.to_table().to_pylist() == [
        {"third": pytest.approx(333_334 + 1 / 3), "least": pytest.approx(1.1)}
    ]
