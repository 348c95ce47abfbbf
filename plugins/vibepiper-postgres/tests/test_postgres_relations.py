"""Relations inside PostgreSQL: the same results as in DuckDB, and no rows through Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa
import pytest
from vibepiper import AssetRef, ComponentContext
from vibepiper.data import count_rows
from vibepiper.errors import NotMaterialized, StoreError
from vibepiper_postgres import (
    PostgresBackend,
    PostgresConnector,
    PostgresIOManager,
    PostgresSettings,
)
from vibepiper_transform import (
    Avg,
    Count,
    CountDistinct,
    Max,
    Min,
    Relation,
    Sum,
    coalesce,
    col,
    concat,
    from_arrow,
    join,
    lag,
    lead,
    make_date,
    rank,
    row_number,
    when,
)

NAN = float("nan")
LEFT = pa.table(
    {
        "id": pa.array([1, 2, 3, 4, 5, None], pa.int64()),
        "kind": ["a", "b", "a", None, "é", "b"],
        "n": pa.array([7, -7, None, 2**40, 0, 3], pa.int64()),
        "x": [2.5, -2.5, None, 1e300, NAN, 0.125],
        "d": pa.array([Decimal("1.10"), None, Decimal("-2.25"), *[Decimal(0)] * 3]),
        "day": [dt.date(2013, 1, 31), dt.date(2012, 2, 29), None, *[dt.date(2024, 12, 30)] * 3],
        "at": [dt.datetime(2013, 3, 31, 23, 59, 59, 900000), None, *[dt.datetime(2024, 1, 1)] * 4],
        "ok": [True, False, None, True, True, False],
    }
)
RIGHT = pa.table({"id": [1, 1, 3, 9, None], "name": ["one", "uno", None, "nine", "none"]})

UNARY: dict[str, Callable[[Relation], Relation]] = {
    "filter": lambda r: r.filter((col("n") > 0) | col("ok"), col("id").is_not_null()),
    "arithmetic": lambda r: r.select("id", s=col("n") + 1, p=col("n") * 2, m=-col("n")),
    "division": lambda r: r.select("id", q=col("n") / 2, z=col("n") / 0, h=1 / col("n")),
    "modulo": lambda r: r.select("id", m=col("n") % 3, z=col("n") % 0),
    "round": lambda r: r.select("id", a=col("x").round(), b=(col("n") / 8).round(2)),
    "text": lambda r: r.select("id", u=col("kind").upper(), n=col("kind").length()),
    "like": lambda r: r.select("id", u=col("kind").like("%a"), c=concat(col("kind"), "!")),
    "case": lambda r: r.select("id", c=when(col("n") > 0).then("up").otherwise("down")),
    "coalesce": lambda r: r.select("id", c=coalesce(col("n"), 0), f=col("kind").fill_null("?")),
    "in": lambda r: r.select("id", i=col("kind").is_in(["a", "é"]), b=col("n").between(0, 7)),
    "cast": lambda r: r.select("id", t=col("n").cast(pa.string()), f=col("n").cast(pa.float64())),
    "date parts": lambda r: r.select(
        "id", y=col("day").date_part("year"), w=col("day").date_part("week"),
        q=col("day").date_part("quarter"), s=col("at").date_part("second"),
    ),
    "date_trunc": lambda r: r.select(
        "id", m=col("day").date_trunc("month"), w=col("at").date_trunc("week")
    ),
    "make_date": lambda r: r.select("id", d=make_date(col("id") + 2000, "id", "id")),
    "constants": lambda r: r.mutate(s="it's \\", i=1, f=1.5, b=True, d=dt.date(2024, 2, 29)),
    "distinct": lambda r: r.select("kind", "ok").distinct(),
    "order and limit": lambda r: r.order_by(col("n").desc(), "id").limit(3),
    "nulls first": lambda r: r.order_by(col("n").asc(nulls="first")).limit(1),
    "union": lambda r: r.select("id").union(r.select("id"), distinct=True),
    "groups": lambda r: r.groupby("kind").aggregate(
        s=Sum("n"), c=Count(), k=Count("n"), d=CountDistinct("ok"), lo=Min("n"), hi=Max("day")
    ),
    "means": lambda r: r.groupby("ok").aggregate(a=Avg("n"), d=Avg("d")),
    "sum of decimals": lambda r: r.aggregate(s=Sum("d")),
    "filtered aggregate": lambda r: r.aggregate(s=Sum("n", where=col("ok")), c=Count()),
    "aggregate of nothing": lambda r: r.filter(col("id") > 99).aggregate(s=Sum("n"), c=Count()),
    "rank over nulls": lambda r: r.select("id", r=rank().over(order_by="n")),
    "rank in groups": lambda r: r.select(
        "id", r=rank().over(partition_by="kind", order_by=col("n").desc())
    ),
    "lag and lead": lambda r: r.select(
        "id", a=lag("n").over(order_by="id"), b=lead("kind", 2, "end").over(order_by="id")
    ),
    "running sum": lambda r: r.select("id", s=Sum("d").over(order_by="id")),
    "row_number": lambda r: r.select("id", n=row_number().over(order_by=["kind", "id"])),
}  # fmt: skip


def rows(table: pa.Table) -> list[str]:
    """In an order of their own; decimals by value, as a sum's scale is each engine's own."""
    return sorted(repr([plain(value) for value in row.values()]) for row in table.to_pylist())


def plain(value: object) -> object:
    return value.normalize() if isinstance(value, Decimal) else value


def in_postgres(store: PostgresIOManager, **given: pa.Table) -> list[Relation]:
    for name, table in given.items():
        store.save(AssetRef(name), table)
    return [store.relation(AssetRef(name)) for name in given]


@pytest.mark.parametrize("build", UNARY.values(), ids=UNARY.keys())
def test_postgres_and_duckdb_agree(
    store: PostgresIOManager, build: Callable[[Relation], Relation]
) -> None:
    (there,) = in_postgres(store, t=LEFT)
    found, expected = build(there).to_table(), build(from_arrow(LEFT)).to_table()
    assert rows(found) == rows(expected)
    assert found.column_names == expected.column_names


@pytest.mark.parametrize("how", ["inner", "left", "right", "full", "semi", "anti"])
def test_joins_agree(store: PostgresIOManager, how: str) -> None:
    there = join(*in_postgres(store, l=LEFT, r=RIGHT), on="id", how=how)  # type: ignore[arg-type]
    here = join(from_arrow(LEFT), from_arrow(RIGHT), on="id", how=how)  # type: ignore[arg-type]
    assert isinstance(there.backend, PostgresBackend)
    assert rows(there.to_table()) == rows(here.to_table())


@pytest.mark.parametrize("build", UNARY.values(), ids=UNARY.keys())
def test_the_schema_told_is_the_schema_delivered(
    store: PostgresIOManager, build: Callable[[Relation], Relation]
) -> None:
    relation = build(in_postgres(store, t=LEFT)[0])
    assert relation.schema == relation.to_table().schema


def test_a_schema_is_told_without_running_the_query(store: PostgresIOManager) -> None:
    (there,) = in_postgres(store, t=pa.table({"n": [0, 2**62]}))
    broken = there.select(s=col("n") * 4)
    assert broken.schema.names == ["s"]
    with pytest.raises(StoreError, match="bigint out of range"):
        broken.to_table()


def test_a_relation_of_the_same_database_is_stored_without_moving_rows(
    store: PostgresIOManager,
) -> None:
    one, two = in_postgres(store, l=LEFT, r=RIGHT)
    moved: list[int] = []
    with count_rows(moved.append):
        stored = store.save(AssetRef("joined"), join(one, two, on="id", how="left"))
    here = join(from_arrow(LEFT), from_arrow(RIGHT), on="id", how="left").to_table()
    assert moved == []
    assert stored.rows == here.num_rows
    assert rows(store.load(AssetRef("joined")).read_all()) == rows(here)


def test_a_relation_from_elsewhere_is_streamed_in(store: PostgresIOManager) -> None:
    moved: list[int] = []
    with count_rows(moved.append):
        store.save(AssetRef("t"), from_arrow(LEFT).select("id", "kind"))
    assert sum(moved) == LEFT.num_rows
    assert store.load(AssetRef("t")).read_all() == LEFT.select(["id", "kind"])


def test_postgres_and_arrow_meet_in_duckdb(store: PostgresIOManager) -> None:
    (there,) = in_postgres(store, l=LEFT)
    mixed = join(there, from_arrow(RIGHT), on="id")
    here = join(from_arrow(LEFT), from_arrow(RIGHT), on="id")
    assert mixed.backend != there.backend
    assert rows(mixed.to_table()) == rows(here.to_table())


def test_a_staged_load_can_be_queried(store: PostgresIOManager) -> None:
    ref = AssetRef("t", load_id="ab" * 16)
    store.stage(ref, LEFT)
    assert store.relation(ref).count() == LEFT.num_rows
    with pytest.raises(NotMaterialized, match=r"asset 't' has no table public\.t"):
        store.relation(ref.published)


def test_a_replaced_table_may_read_itself(store: PostgresIOManager) -> None:
    (there,) = in_postgres(store, t=pa.table({"n": [1, 2]}))
    store.save(AssetRef("t"), there.mutate(n=col("n") + 1))
    assert store.load(AssetRef("t")).read_all()["n"].to_pylist() == [2, 3]


def test_backends_are_equal_where_they_reach_the_same_database(
    store: PostgresIOManager, connector: PostgresConnector, postgres_database: str
) -> None:
    (there,) = in_postgres(store, t=RIGHT)
    connector.execute("CREATE SCHEMA other")
    settings = PostgresSettings(url=postgres_database, schema="other")
    other = PostgresIOManager(settings, ComponentContext("other", store.context.root))
    assert in_postgres(other, t=RIGHT)[0].backend == there.backend
    elsewhere = PostgresSettings(url=postgres_database + "x")
    assert PostgresIOManager(elsewhere, store.context).backend != there.backend
    other.close()
