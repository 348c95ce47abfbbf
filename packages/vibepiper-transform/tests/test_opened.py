"""Steps that are added to one SELECT give what they give one after the other."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp
from vibepiper.errors import DefinitionError
from vibepiper_transform import Count, Relation, Sum, col, from_arrow, rank

KEYS = st.one_of(st.none(), st.integers(0, 2))
ROWS = st.lists(st.tuples(KEYS, KEYS), max_size=6)

Step = Callable[[Relation, Relation], Relation]
STEPS: dict[str, Step] = {
    "filter": lambda r, o: r.filter(col("k") > 0),
    "filter null": lambda r, o: r.filter(col("v").is_null()),
    "swap": lambda r, o: r.select(k="v", v="k"),
    "compute": lambda r, o: r.mutate(v=col("k") + col("v")),
    "compute more": lambda r, o: (
        r.mutate(x=col("k") + 1).mutate(y=col("v") + 1).filter(col("k") > 0).select(k="y", v="x")
    ),
    "compute of computed": lambda r, o: r.mutate(k=col("v") * 2).mutate(v=col("k") + 1),
    "filter computed": lambda r, o: r.mutate(k=col("v") * 2).filter(col("k") > 2),
    "twice": lambda r, o: r.mutate(x=col("k") + col("v")).select(k="x", v="x"),
    "filter window": lambda r, o: (
        r.mutate(x=rank().over(order_by="v")).filter(col("k") > 0).select("k", v="x")
    ),
    "inner": lambda r, o: r.join(o, on="k", suffix="_o").select("k", v="v_o"),
    "left": lambda r, o: r.join(o, on=[("v", "k")], how="left", suffix="_o").select("k", v="v_o"),
    "right": lambda r, o: r.join(o, on="k", how="right", suffix="_o").drop("v_o"),
    "full": lambda r, o: r.join(o, on="k", how="full", suffix="_o").select("k", v="v_o"),
    "condition": lambda r, o: r.join(o, on=col("k") < col("k_right")).select("k", v="v_right"),
    "cross": lambda r, o: r.join(o.limit(0), how="cross").select("k", "v"),
    "semi": lambda r, o: r.join(o, on="k", how="semi"),
    "anti": lambda r, o: r.join(o, on=["k", "v"], how="anti"),
    "itself": lambda r, o: r.join(r, on="k").select("k", "v"),
    "distinct": lambda r, o: r.distinct(),
    "union": lambda r, o: r.union(o),
    "group": lambda r, o: r.groupby("k").aggregate(v=Sum("v")),
    "window": lambda r, o: r.mutate(v=rank().over(partition_by="k", order_by="v")),
}


def table(rows: list[tuple[object, object]]) -> pa.Table:
    return pa.table({n: pa.array([row[i] for row in rows], pa.int64()) for i, n in enumerate("kv")})


def bag(data: pa.Table) -> list[str]:
    return sorted(map(repr, data.to_pylist()))


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS, st.lists(st.sampled_from(sorted(STEPS)), min_size=2, max_size=5))
def test_a_chain_gives_what_its_steps_give(
    rows: list[tuple[object, object]], others: list[tuple[object, object]], names: list[str]
) -> None:
    other = from_arrow(table(others))
    chained = stepwise = from_arrow(table(rows))
    for name in names:
        chained = STEPS[name](chained, other)
        stepwise = from_arrow(STEPS[name](stepwise, other).to_table())
    found = chained.to_table()
    assert found.schema == chained.schema == stepwise.schema
    assert bag(found) == bag(stepwise.to_table())


def test_joins_filters_and_choices_are_one_select() -> None:
    one, two = from_arrow(table([])), from_arrow(table([]))
    joined = one.filter(col("v") > 1).join(two, on="k").rename(w="v").join(two, on="k", how="left")
    counted = joined.filter(col("w") < 9).groupby("w").aggregate(n=Count())
    assert len(list(counted.tree.find_all(exp.Select))) == 1
    assert counted.tree.sql().count("JOIN") == 2


def test_computed_columns_are_one_select_while_nothing_is_made_of_them() -> None:
    rows = from_arrow(table([(1, 2)]))
    for number in range(200):
        rows = rows.mutate(**{f"c{number}": col("k") + number}).filter(col("v") < 1000 + number)
    assert len(list(rows.tree.find_all(exp.Select))) == 1
    assert rows.select("c199").to_table().to_pylist() == [{"c199": 200}]


def test_what_is_shown_twice_is_computed_once() -> None:
    twice = from_arrow(table([(1, 2)])).mutate(x=col("k") + 5).select(a="x", b="x")
    assert twice.tree.sql().count("+ 5") == 1
    assert twice.to_table().to_pylist() == [{"a": 6, "b": 6}]


def test_a_query_that_is_too_deep_is_refused() -> None:
    value = col("k")
    for _ in range(1000):
        value = value + 1
    with pytest.raises(DefinitionError, match=r"too many steps or operators.*\n.*is_in"):
        from_arrow(table([])).mutate(x=value)
