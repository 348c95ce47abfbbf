"""Assets of one database, made by the engine: what it computes never leaves it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sqlglot import exp
from vibepiper import Asset, AssetRef, asset
from vibepiper_postgres import PostgresIOManager, PostgresSettings
from vibepiper_postgres.session import Session, sql_of
from vibepiper_testing import materialize
from vibepiper_transform import Relation, Sum, col, from_arrow, transform
from vibepiper_transform.diff import diff_tables

ORDERS = pa.table({"id": [1, 2, 3], "day": [1, 1, 2], "amount": [5, 7, 9], "note": list("abc")})


@asset(io_manager="pg")
def orders() -> pa.Table:
    return ORDERS


@transform(io_manager="pg", materialization="view")
def large(orders: Relation) -> Relation:
    return orders.filter(col("amount") > 5)


@transform(io_manager="pg", materialization="view")
def doubled(large: Relation) -> Relation:
    return large.mutate(amount=col("amount") * 2)


@transform(io_manager="pg")
def days(doubled: Relation) -> Relation:
    return doubled.groupby("day").aggregate(total=Sum("amount"))


@transform(io_manager="pg", materialization="incremental", key="day")
def newest(doubled: Relation) -> Relation:
    return doubled.groupby("day").aggregate(total=Sum("amount"))


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the server; a stream of rows, in or out, is COPY."""
    asked: list[str] = []
    execute, copy_in, copy_out = Session.execute, Session.copy_in, Session.copy_out

    def told(session: Session, statement: exp.Expr | str, parameters: object = ()) -> int:
        asked.append(sql_of(statement))
        return execute(session, statement, parameters)  # type: ignore[arg-type]

    def copied(copy: Callable[..., object]) -> Callable[..., object]:
        return lambda *given: asked.append("COPY") or copy(*given)

    monkeypatch.setattr(Session, "execute", told)
    monkeypatch.setattr(Session, "copy_in", copied(copy_in))
    monkeypatch.setattr(Session, "copy_out", copied(copy_out))
    return asked


@pytest.mark.parametrize("made", [days, newest], ids=["table", "incremental"])
def test_views_and_what_takes_them_are_one_statement(
    store: PostgresIOManager, statements: list[str], made: Asset
) -> None:
    materialize(orders, large, doubled, made, io_managers={"pg": store})
    assert statements.count("COPY") == 1  # the rows of orders, which Python has
    created = [sql for sql in statements if sql.startswith("CREATE TABLE") and " AS " in sql]
    assert len(created) == 1
    assert "SUM(" in created[0]
    found = store.relation(AssetRef(made.key)).order_by("day").to_table()
    assert found.to_pylist() == [{"day": 1, "total": 14}, {"day": 2, "total": 18}]


def test_only_what_is_needed_leaves_the_server(
    store: PostgresIOManager, statements: list[str]
) -> None:
    store.save(AssetRef("orders"), ORDERS)
    names = from_arrow(pa.table({"day": [1, 2], "name": ["Mon", "Tue"]}))
    joined = store.relation(AssetRef("orders")).join(names, on="day").filter(col("amount") > 5)
    (moved,) = joined.select("name", "amount").explain(engine=True).moved
    assert moved.columns == ("day", "amount")
    assert moved.filters == ('"amount" > 5',)
    assert moved.rows is not None
    assert moved.place.startswith("PostgreSQL, postgresql://")
    assert "Seq Scan" in (moved.plan or "")
    assert sorted(joined.to_table()["name"].to_pylist()) == ["Mon", "Tue"]


def test_one_server_by_two_names_is_one_place(postgres_database: str) -> None:
    here = PostgresSettings(url=postgres_database)
    assert "127.0.0.1" in postgres_database
    there = PostgresSettings(url=postgres_database.replace("127.0.0.1", "localhost"))
    assert here.address().identity == there.address().identity


def test_a_table_is_compared_with_one_elsewhere_by_checksums(
    store: PostgresIOManager, statements: list[str]
) -> None:
    """Of all types that have checksums, engines agree on each."""
    day = dt.datetime(2026, 1, 2, 3, 4, 5, 678_901)
    data = pa.table(
        {
            "id": range(5000),
            "text": ["é'\x01", None, "", "b", "c"] * 1000,
            "whole": pa.array([n * 2**40 for n in range(5000)], pa.int64()),
            "float": [n / 7 for n in range(4995)] + [1e300, -1e12, float("nan"), None, -0.0],
            "price": pa.array([Decimal(n) / 100 for n in range(5000)], pa.decimal128(12, 2)),
            "day": pa.array([day.date()] * 5000),
            "at": pa.array([day] * 5000, pa.timestamp("us")),
            "zoned": pa.array([day] * 5000, pa.timestamp("us", "UTC")),
            "flag": [True, False, None, True, True] * 1000,
        }
    )
    store.save(AssetRef("t"), data)
    found = diff_tables(store.relation(AssetRef("t")), from_arrow(data), ["id"])
    assert found.is_same
    assert found.moved == 0
    changed = data.set_column(1, "text", pa.array(["x", *data["text"].to_pylist()[1:]]))
    found = diff_tables(store.relation(AssetRef("t")), from_arrow(changed), ["id"])
    assert (found.by_column, found.samples[0].columns["text"]) == ({"text": 1}, ("é'\x01", "x"))
    assert found.moved < 5000


@pytest.mark.parametrize("apart", [False, True])
def test_extremes_are_compared(store: PostgresIOManager, apart: bool) -> None:
    """Each row but the last differs from the one beside it."""
    nan, endless = float("nan"), float("inf")
    kinds = {"f": pa.float64(), "g": pa.float32(), "l": pa.list_(pa.int64()), "j": pa.json_()}
    left = {
        "f": [nan, endless, -endless, 0.1, nan],
        "g": [1.0, nan, None, -0.0, -endless],
        "l": [[1], [], None, [1, None], [2, 3]],
        "j": ['{"a": 1}', None, "[1]", "1", '{"b": 2}'],
    }
    right = {
        "f": [1.0, -endless, None, nan, nan],
        "g": [nan, None, endless, 2.0, -endless],
        "l": [[2], None, [None], [1], [2, 3]],
        "j": ['{"a": 2}', "null", "[2]", '"1"', '{"b": 2}'],
    }
    one, two = (
        pa.table({"id": range(5), **{n: pa.array(side[n], kinds[n]) for n in kinds}})
        for side in (left, right)
    )
    relations = []
    for name, table in (("one", one), ("two", two)):
        store.save(AssetRef(name), table)
        relations.append(store.relation(AssetRef(name)))
    if apart:
        relations[1] = from_arrow(relations[1].to_table())
    found = diff_tables(*relations, ["id"])
    assert (found.changed, found.by_column) == (4, dict.fromkeys(kinds, 4))
    assert diff_tables(relations[0], relations[0], ["id"]).is_same


def test_two_tables_of_one_database_are_compared_in_it(
    store: PostgresIOManager, statements: list[str]
) -> None:
    for name in ("one", "two"):
        store.save(AssetRef(name), ORDERS.filter(pc.field("amount") > (5 if name == "two" else 0)))
    statements.clear()
    one, two = (store.relation(AssetRef(name)) for name in ("one", "two"))
    found = diff_tables(one, two, ["id"])
    assert (found.removed, found.moved) == (1, 0)


def test_a_small_table_is_sent_to_the_large_one(
    store: PostgresIOManager, statements: list[str]
) -> None:
    store.save(AssetRef("orders"), ORDERS)
    names = from_arrow(pa.table({"day": [1, 2], "name": ["Mon", "Tue"]})).hint("broadcast")
    orders = store.relation(AssetRef("orders"))
    named = orders.join(names, on="day").groupby("name").aggregate(n=Sum("amount"))
    (sent,) = named.explain(engine=True).moved
    assert (sent.place, sent.hint) == ("DuckDB in this process", "broadcast")
    assert (sent.moves_to or "").startswith("PostgreSQL")
    assert named.backend == orders.backend
    assert sorted(named.to_table()["n"].to_pylist()) == [9, 12]
    statements.clear()
    assert store.save(AssetRef("named"), named).rows == 2
    assert statements.count("COPY") == 1  # the small table, in
    assert sorted(store.load(AssetRef("named")).read_all()["name"].to_pylist()) == ["Mon", "Tue"]
