"""The builder gives what SQL by hand gives, on random small tables with nulls."""

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vibepiper_transform import Avg, Count, CountDistinct, Max, Min, Sum, col, from_arrow, lag, rank

KEYS = st.one_of(st.none(), st.integers(0, 3))
ROWS = st.lists(st.tuples(KEYS, st.one_of(st.none(), st.integers(-5, 5))), max_size=12)


def table(rows, value):
    keys, values = [row[0] for row in rows], [row[1] for row in rows]
    return pa.table({"k": pa.array(keys, pa.int64()), value: pa.array(values, pa.int64())})


def by_hand(sql, **tables):
    with duckdb.connect() as connection:
        for name, data in tables.items():
            connection.register(name, data)
        return bag(connection.sql(sql).to_arrow_table())


def bag(data):
    return sorted(map(repr, zip(*(column.to_pylist() for column in data.columns), strict=True)))


@pytest.mark.parametrize(
    ("how", "sql"),
    [
        ("inner", "SELECT k, a, b FROM l JOIN r USING (k)"),
        ("left", "SELECT k, a, b FROM l LEFT JOIN r USING (k)"),
        ("right", "SELECT r.k, a, b FROM l RIGHT JOIN r USING (k)"),
        ("full", "SELECT coalesce(l.k, r.k), a, b FROM l FULL JOIN r ON l.k = r.k"),
        ("semi", "SELECT * FROM l SEMI JOIN r USING (k)"),
        ("anti", "SELECT * FROM l ANTI JOIN r USING (k)"),
    ],
)
@settings(max_examples=25, deadline=None)
@given(left=ROWS, right=ROWS)
def test_joins(how, sql, left, right):
    one, two = table(left, "a"), table(right, "b")
    joined = from_arrow(one).join(two, on="k", how=how)
    assert bag(joined.to_table()) == by_hand(sql, l=one, r=two)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS)
def test_aggregates(rows):
    data = table(rows, "a")
    found = (
        from_arrow(data)
        .groupby("k")
        .aggregate(
            s=Sum("a"), n=Count(), c=Count("a"), d=CountDistinct("a"), m=Avg("a"),
            lo=Min("a"), hi=Max("a"), up=Count(where=col("a") > 0),
        )
    )  # fmt: skip
    sql = """SELECT k, sum(a)::BIGINT, count(*), count(a), count(DISTINCT a), avg(a), min(a),
             max(a), count(*) FILTER (WHERE a > 0) FROM t GROUP BY k"""
    assert bag(found.to_table()) == by_hand(sql, t=data)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS)
def test_windows(rows):
    data = table(rows, "a")
    window = {"partition_by": "k", "order_by": col("a").desc(nulls="first")}
    found = from_arrow(data).mutate(place=rank().over(**window), before=lag("a").over(**window))
    sql = """SELECT *, rank() OVER w, lag(a) OVER w FROM t
             WINDOW w AS (PARTITION BY k ORDER BY a DESC NULLS FIRST)"""
    assert bag(found.to_table()) == by_hand(sql, t=data)
