"""Steps that are added to one SELECT give what they give one after the other."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp
from vibepiper_transform import Count, Relation, Sum, col, from_arrow, rank

KEYS = st.one_of(st.none(), st.integers(0, 2))
ROWS = st.lists(st.tuples(KEYS, KEYS), max_size=6)

Step = Callable[[Relation, Relation], Relation]
STEPS: dict[str, Step] = {
    "filter": lambda r, o: r.filter(col("k") > 0),
    "filter null": lambda r, o: r.filter(col("v").is_null()),
    "swap": lambda r, o: r.select(k="v", v="k"),
    "compute": lambda r, o: r.mutate(v=col("k") + col("v")),
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
