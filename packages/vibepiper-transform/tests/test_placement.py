"""What moves when a relation's sources lie in several places, and what does not."""

from __future__ import annotations

from typing import cast

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp
from vibepiper.errors import DefinitionError
from vibepiper_testing.recording_backend import RecordingBackend
from vibepiper_transform import Count, Relation, Sum, col, database_table, from_arrow

ORDERS = pa.table(
    {
        "id": [1, 2, 3, 4],
        "customer": [1, 1, 2, 3],
        "amount": [5, 7, 9, 11],
        "status": ["paid", "open", "paid", "paid"],
        "note": ["a", "b", "c", "d"],
    }
)
CUSTOMERS = pa.table({"customer": [1, 2], "city": ["Rome", "Oslo"], "age": [30, 40]})


@pytest.fixture
def database() -> RecordingBackend:
    return RecordingBackend("shop", orders=ORDERS, payments=ORDERS)


@pytest.fixture
def orders(database: RecordingBackend) -> Relation:
    return database_table(database, "orders")


@pytest.fixture
def customers() -> Relation:
    return from_arrow(CUSTOMERS)


def test_only_the_columns_and_rows_that_are_needed_move(
    database: RecordingBackend, orders: Relation, customers: Relation
) -> None:
    joined = orders.join(customers, on="customer").filter(col("status") == "paid")
    found = joined.groupby("city").aggregate(total=Sum("amount")).order_by("city").to_table()
    assert found.to_pylist() == [{"city": "Oslo", "total": 9}, {"city": "Rome", "total": 5}]
    assert database.queries == [
        """SELECT "customer", "amount" FROM "orders" WHERE "status" = 'paid'"""
    ]


def test_what_is_joined_in_one_database_moves_as_one_result(
    database: RecordingBackend, orders: Relation, customers: Relation
) -> None:
    payments = database_table(database, "payments").groupby("customer").aggregate(n=Count())
    both = orders.join(payments, on="customer").join(customers, on="customer")
    assert sorted(both.select("city", "n").to_table()["n"].to_pylist()) == [1, 2, 2]
    (query,) = database.queries
    assert "GROUP BY" in query
    assert "JOIN" in query


def test_a_filter_on_a_key_reaches_both_sides(
    database: RecordingBackend, orders: Relation, customers: Relation
) -> None:
    for how in ("inner", "left"):
        database.queries.clear()
        joined = customers.join(orders, on="customer", how=how).filter(col("customer") == 2)
        assert joined.select("amount").to_table()["amount"].to_pylist() == [9]
        assert '"customer" = 2' in database.queries[0]


def test_a_filter_stays_above_a_join_that_may_put_nulls(
    database: RecordingBackend, orders: Relation, customers: Relation
) -> None:
    ages = from_arrow(pa.table({"customer": [1, 9]}))
    missing = ages.join(orders, on="customer", how="left").filter(col("amount").is_null())
    assert missing.select("customer").to_table()["customer"].to_pylist() == [9]
    assert "IS NULL" not in database.queries[0]


def test_only_rows_move_when_rows_are_counted(
    database: RecordingBackend, orders: Relation, customers: Relation
) -> None:
    assert orders.join(customers, on="customer").count() == 3
    assert database.queries == ['SELECT "customer" FROM "orders"']


def test_a_part_that_is_used_twice_moves_once(
    database: RecordingBackend, orders: Relation, customers: Relation
) -> None:
    paid = orders.filter(col("status") == "paid").join(customers, on="customer")
    twice = paid.select("id").union(paid.select("id"))
    assert sorted(twice.to_table()["id"].to_pylist()) == [1, 1, 3, 3]
    assert len(database.queries) == 1


def test_building_asks_a_database_once_a_table(
    database: RecordingBackend, orders: Relation
) -> None:
    payments = database_table(database, "payments").rename(payment="id")
    joined = orders.join(payments, on=["customer", "status"])
    built = joined.mutate(double=col("amount") * 2).filter(col("double") > 3)
    grouped = built.groupby("status").aggregate(a=Sum("amount"), b=Sum("double"), n=Count())
    assert grouped.order_by("status").limit(5).columns == ("status", "a", "b", "n")
    assert database.described == 2
    assert database.queries == []


def test_explain_says_where_each_part_runs_and_what_moves(
    orders: Relation, customers: Relation, database: RecordingBackend
) -> None:
    paid = orders.join(customers, on="customer").filter(col("status") == "paid")
    told = paid.select("amount", "city").explain(engine=True)
    (moved,) = told.moved
    assert (moved.place, moved.moves_to) == ("shop", "DuckDB in this process")
    assert moved.columns == ("customer", "amount")
    assert moved.filters == ("\"status\" = 'paid'",)
    assert moved.rows == 3
    assert "moves customer, amount to DuckDB in this process, about 3 rows" in str(told)
    assert "JOIN" in (told.parts[-1].plan or "").upper()
    assert told.as_dict()["parts"][-1]["name"] == "result"  # type: ignore[index]
    assert database.queries == []


def test_explain_of_what_is_pushed_down_whole_moves_nothing(orders: Relation) -> None:
    told = orders.aggregate(n=Count()).explain()
    assert told.moved == ()
    assert [part.place for part in told.parts] == ["shop"]


def test_no_pushdown_only_reads_the_database(orders: Relation, database: RecordingBackend) -> None:
    held = orders.filter(col("status") == "paid").aggregate(n=Sum("amount")).hint("no_pushdown")
    (moved,) = held.explain().moved
    assert (moved.hint, moved.filters, moved.columns) == ("no_pushdown", (), ("amount", "status"))
    assert held.to_table().to_pylist() == [{"n": 25}]
    assert "WHERE" not in database.queries[0]


def test_what_is_materialized_is_computed_once(
    orders: Relation, database: RecordingBackend, customers: Relation
) -> None:
    totals = orders.groupby("customer").aggregate(n=Sum("amount")).hint("materialize")
    (moved,) = totals.explain().moved
    assert (moved.hint, moved.place) == ("materialize", "shop")
    assert totals.join(customers, on="customer").count() == 2
    assert sorted(totals.to_table()["n"].to_pylist()) == [9, 11, 12]
    assert len(database.queries) == 1


def test_an_unknown_hint_is_refused(orders: Relation) -> None:
    with pytest.raises(DefinitionError, match="no hint 'materialise'") as caught:
        orders.hint("materialise")  # type: ignore[arg-type]
    assert caught.value.hint == "Did you mean 'materialize'?"


def test_what_nobody_can_take_is_computed_here(orders: Relation, customers: Relation) -> None:
    joined = orders.join(customers.hint("broadcast"), on="customer")
    assert [part.place for part in joined.explain().moved] == ["DuckDB in this process", "shop"]
    assert joined.count() == 3


def test_tables_that_sql_joins_side_by_side_move_joined(
    database: RecordingBackend, orders: Relation, customers: Relation
) -> None:
    tables = {"o": orders, "p": database_table(database, "payments"), "c": customers}
    sources = {letter: next(iter(each.sources.items())) for letter, each in tables.items()}
    sql = "SELECT c.city, p.amount FROM o, p, c WHERE o.id = p.id AND c.customer = o.customer"
    tree = cast("exp.Query", sqlglot.parse_one(sql + " AND p.amount > 5"))
    for table in tree.find_all(exp.Table):
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
        table.set("this", exp.to_identifier(sources[table.alias][0], quoted=True))
    joined = Relation(tree, dict(sources.values()))
    assert sorted(joined.to_table()["amount"].to_pylist()) == [7, 9]
    (query,) = database.queries
    assert '"amount" > 5' in query.replace("p.amount", '"amount"')
