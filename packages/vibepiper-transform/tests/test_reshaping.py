"""Unpivots, nested data, set operations and samples."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vibepiper.errors import DefinitionError
from vibepiper_transform import col, from_arrow, union

VALUES = st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=8)
ONE = from_arrow(pa.table({"n": [1], "s": ["x"], "xs": [[1, 2]], "p": [{"a": 1, "n": 2}]}))


def numbers(values: list[Any]) -> pa.Table:
    return pa.table({"n": pa.array(values, pa.int64())})


@settings(max_examples=40, deadline=None)
@given(VALUES, VALUES)
def test_sets_with_duplicates_are_counted(left: list[Any], right: list[Any]) -> None:
    one, two = from_arrow(numbers(left)), numbers(right)

    def bag(relation: Any) -> Counter[Any]:
        return Counter(relation.to_table()["n"].to_pylist())

    assert bag(one.intersect(two, distinct=False)) == Counter(left) & Counter(right)
    assert bag(one.except_(two, distinct=False)) == Counter(left) - Counter(right)
    assert bag(union(one, two)) == Counter(left) + Counter(right)
    assert bag(one.intersect(two)) == Counter(set(left) & set(right))
    assert bag(one.except_(two)) == Counter(set(left) - set(right))


def test_a_union_has_the_type_that_holds_both() -> None:
    mixed = from_arrow(numbers([1])).union(pa.table({"n": [0.5]}))
    assert mixed.kinds == {"n": "DOUBLE"}
    assert mixed.schema.types == [pa.float64()]


def test_an_unpivot_keeps_nulls_and_the_other_columns() -> None:
    data = from_arrow(pa.table({"k": ["a"], "x": [1], "y": pa.array([None], pa.int32())}))
    found = data.unpivot("x", "y", name="which", value="v").order_by("which")
    assert found.schema == found.to_table().schema
    assert found.to_table().to_pylist() == [
        {"k": "a", "which": "x", "v": 1},
        {"k": "a", "which": "y", "v": None},
    ]


def test_an_unpivot_of_a_pivot_is_what_it_was() -> None:
    data = from_arrow(pa.table({"k": ["a", "b"], "x": [1, 2], "y": [3, 4]}))
    long = data.unpivot("x", "y")
    from vibepiper_transform import Sum

    wide = long.groupby("k").pivot("name", ["x", "y"]).aggregate(v=Sum("value"))
    assert wide.order_by("k").to_table().to_pylist() == data.to_table().to_pylist()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.none(), VALUES), max_size=5))
def test_elements_become_rows(lists: list[Any]) -> None:
    data = from_arrow(
        pa.table({"i": range(len(lists)), "xs": pa.array(lists, pa.list_(pa.int64()))})
    )
    found = data.unnest("xs", position="at", keep_empty=True).order_by("i", "at").to_table()
    expected = [
        {"i": i, "xs": x, "at": at}
        for i, xs in enumerate(lists)
        for at, x in (list(enumerate(xs, 1)) if xs else [(None, None)])
    ]
    assert found.to_pylist() == expected
    kept = [row for row in expected if row["at"]]
    assert data.unnest("xs", position="at").order_by("i", "at").to_table().to_pylist() == kept


def test_structs_in_a_list_become_columns() -> None:
    data = pa.table({"id": [1], "lines": [[{"sku": "a", "q": 1}, {"sku": "b", "q": 2}]]})
    found = from_arrow(data).unnest("lines").unpack("lines", prefix="line_").order_by("line_q")
    assert found.columns == ("id", "line_sku", "line_q")
    assert found.to_table()["line_sku"].to_pylist() == ["a", "b"]


def test_a_sample_by_keys_is_the_same_in_every_order() -> None:
    rows = list(range(2000))
    forth, back = from_arrow(numbers(rows)), from_arrow(numbers(rows[::-1]))
    chosen = set(forth.sample(0.2, by="n", seed=3).to_table()["n"].to_pylist())
    assert chosen == set(back.sample(0.2, by="n", seed=3).to_table()["n"].to_pylist())
    assert chosen != set(forth.sample(0.2, by="n", seed=4).to_table()["n"].to_pylist())
    assert 300 < len(chosen) < 500


def test_a_sample_of_one_table_is_the_same_again() -> None:
    data = from_arrow(numbers(list(range(300_000))))
    chosen = data.sample(0.01, seed=5).to_table()
    assert chosen.equals(data.sample(0.01, seed=5).to_table())
    assert 2_500 < chosen.num_rows < 3_500
    assert data.sample(1).count() == 300_000
    assert data.sample(0, by="n").count() == 0
    assert data.sample(1, by="n").count() == 300_000


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda r: r.unpivot(), "at least one column"),
        (lambda r: r.unpivot("n", "s"), "int64|string"),
        (lambda r: r.unpivot("n", name="s"), "'s' and 's' would have the same name"),
        (lambda r: r.unnest("n"), "'n' is no list but int64"),
        (lambda r: r.unnest("xs", position="s"), "'s' and 's' would have the same name"),
        (lambda r: r.unpack("n"), "'n' is no struct but int64"),
        (lambda r: r.unpack("p"), "'n' and 'n' would have the same name"),
        (lambda r: r.intersect(r.drop("n")), "an intersection needs the same columns"),
        (lambda r: r.except_(r.drop("n")), "a difference needs the same columns"),
        (lambda r: r.sample(2), "a fraction is from 0 to 1, found 2"),
        (lambda r: r.sample(0.5, by="m"), "no column 'm'"),
        (lambda r: r.sample(0.5, seed="x"), "a seed is a whole number"),
        (lambda r: r.filter(col("n") | (col("s") == "x")), "'n' is int64"),
    ],
)
def test_it_is_refused(build: Any, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        build(ONE)
