"""Rollups, cubes, grouping sets and pivots, beside SQL by hand."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vibepiper.errors import DefinitionError
from vibepiper_transform import Count, Sum, col, from_arrow

KEYS = st.sampled_from([None, "a", "b", "é"])
ROWS = st.lists(st.tuples(KEYS, KEYS, st.one_of(st.none(), st.integers(-5, 5))), max_size=12)


def table(rows: list[tuple[object, ...]]) -> pa.Table:
    names, kinds = ("a", "b", "x"), (pa.string(), pa.string(), pa.int64())
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.table({n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)})


def bag(data: pa.Table) -> list[str]:
    return sorted(map(repr, data.to_pylist()))


def by_hand(sql: str, t: pa.Table) -> list[str]:
    with duckdb.connect() as connection:
        connection.register("t", t)
        return bag(connection.sql(sql).to_arrow_table())


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        (lambda r: r.rollup("a", "b", level="level"), "ROLLUP (a, b)"),
        (lambda r: r.cube("a", "b", level="level"), "CUBE (a, b)"),
        (
            lambda r: r.grouping_sets(("a", "b"), ("b",), (), level="level"),
            "GROUPING SETS ((a, b), (b), ())",
        ),
    ],
)
@settings(max_examples=20, deadline=None)
@given(rows=ROWS)
def test_sets_of_groups_and_their_level(sets, words, rows):  # type: ignore[no-untyped-def]
    data = table(rows)
    found = sets(from_arrow(data)).aggregate(n=Count(), x=Sum("x"))
    sql = f"""SELECT a, b, grouping(a, b) AS level, count(*) AS n, sum(x)::BIGINT AS x
              FROM t GROUP BY {words}"""
    assert bag(found.to_table()) == by_hand(sql, data)


@settings(max_examples=20, deadline=None)
@given(rows=ROWS)
def test_a_pivot_is_an_aggregate_for_each_value(rows):  # type: ignore[no-untyped-def]
    data = table(rows)
    found = from_arrow(data).groupby("a").pivot("b", {"A_": "a", "É": "é", "None": None})
    sql = """SELECT a, sum(x) FILTER (WHERE b = 'a')::BIGINT AS "A_", sum(x) FILTER (WHERE b = 'é')
             ::BIGINT AS "É", sum(x) FILTER (WHERE b IS NULL)::BIGINT AS "None" FROM t GROUP BY a"""
    assert bag(found.aggregate(x=Sum("x")).to_table()) == by_hand(sql, data)


def test_a_pivot_of_several_aggregates_names_them_with_the_value() -> None:
    data = from_arrow(table([("a", "b", 1), ("a", "b", 3), ("a", None, 5)]))
    pivoted = data.groupby("a").pivot("b", {"b": "b", "other": None})
    found = pivoted.aggregate(x=Sum("x", where=col("x") > 1), n=Count())
    expected = {"a": "a", "b_x": 3, "b_n": 2, "other_x": 5, "other_n": 1}
    assert found.to_table().to_pylist() == [expected]


def test_a_key_may_be_computed_in_a_rollup() -> None:
    data = from_arrow(table([("a", None, 1), ("b", None, 5)]))
    found = data.rollup(big=col("x") > 2, level="level").aggregate(n=Count())
    assert bag(found.to_table()) == sorted(
        map(
            repr,
            [
                {"big": True, "level": 0, "n": 1},
                {"big": False, "level": 0, "n": 1},
                {"big": None, "level": 1, "n": 2},
            ],
        )
    )


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda r: r.rollup(), "a rollup need at least one key"),
        (lambda r: r.rollup("a", k="a", level="l"), "the keys 'a' and 'k' of a rollup are the sam"),
        (lambda r: r.cube(k=col("x") + 1, j=col("x") + 1), "'k' and 'j' of a cube are the same"),
        (lambda r: r.grouping_sets(("a",), ["a"]), "a grouping set is named twice"),
        (lambda r: r.grouping_sets(("a",), ("c",)), "no column 'c'"),
        (lambda r: r.cube("a", level="a").aggregate(n=Count()), "'a' and 'a' would have"),
        (lambda r: r.groupby("a").aggregate(n=1), "'n' is no aggregate: 1"),
        (lambda r: r.groupby("a").pivot("b", []).aggregate(n=Count()), "a pivot needs the values"),
        (lambda r: r.groupby("a").pivot("b", ["x", "x"]).aggregate(n=Count()), "have one name"),
        (lambda r: r.groupby("a").pivot("c", ["x"]), "no column 'c'"),
    ],
)
def test_what_makes_no_groups_is_refused(build, message):  # type: ignore[no-untyped-def]
    with pytest.raises(DefinitionError, match=message):
        build(from_arrow(table([])))
