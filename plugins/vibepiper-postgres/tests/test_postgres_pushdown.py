"""Assets of one database, made by the engine: what it computes never leaves it."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest
from sqlglot import exp
from vibepiper import Asset, AssetRef, asset
from vibepiper_postgres import PostgresIOManager, PostgresSettings
from vibepiper_postgres.session import Session, sql_of
from vibepiper_testing import materialize
from vibepiper_transform import Relation, Sum, col, from_arrow, transform

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
