"""Relations inside MariaDB over tables that others made."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from vibepiper import AssetRef
from vibepiper.errors import DataError, StoreError
from vibepiper_mysql import MySQLBackend, MySQLConnector, MySQLIOManager
from vibepiper_transform import Count, Relation, col, database_table, lit


@pytest.fixture
def people(connector: MySQLConnector, store: MySQLIOManager) -> Relation:
    """Texts that the server compares without regard to case, accents and blanks at the end."""
    connector.execute(
        "CREATE TABLE people (id INT, name VARCHAR(20) CHARACTER SET latin1 COLLATE "
        "latin1_swedish_ci)"
    )
    connector.execute("INSERT INTO people VALUES (1, 'Ann'), (2, 'ann'), (3, 'ann '), (4, 'ånn')")
    return database_table(store.backend, "people", schema=database_of(store))


def database_of(store: MySQLIOManager) -> str:
    return store.settings.address().database


def test_texts_are_compared_by_their_bytes(people: Relation) -> None:
    assert isinstance(people.backend, MySQLBackend)
    assert people.filter(col("name") == "ann").to_table()["id"].to_pylist() == [2]
    assert people.groupby("name").aggregate(c=Count()).to_table()["c"].to_pylist() == [1] * 4
    assert people.filter(col("name").like("a%")).count() == 2
    assert people.join(people.select("name"), on="name").count() == 4


def test_constants_are_what_they_are_in_duckdb(people: Relation) -> None:
    """A time has its fractions, and the text of a number is a text."""
    noon = dt.time(12, 0, 0, 345678)
    found = people.select(noon=lit(noon), text=lit(0).cast(pa.string())).limit(1).to_table()
    assert found.to_pylist() == [{"noon": noon, "text": "0"}]


def test_such_a_relation_is_stored_without_moving_rows(
    people: Relation, store: MySQLIOManager
) -> None:
    store.save(AssetRef("copy"), people.filter(col("name") != "ann"))
    assert sorted(store.load(AssetRef("copy")).read_all()["id"].to_pylist()) == [1, 3, 4]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_in_mysql_is_refused(store: MySQLIOManager, number: float) -> None:
    with pytest.raises(DataError, match=r"column 'x', row 2: MySQL cannot hold (NaN|infinity)"):
        store.save(AssetRef("t"), pa.table({"x": [1.0, number]}))


def test_a_sum_beyond_64_bits_is_an_error(store: MySQLIOManager) -> None:
    store.save(AssetRef("t"), pa.table({"n": [2**63 - 1]}))
    with pytest.raises(StoreError, match="out of range"):
        store.relation(AssetRef("t")).select(s=col("n") + 1).to_table()


def test_an_instant_that_a_timestamp_cannot_hold_is_refused(store: MySQLIOManager) -> None:
    late = pa.table({"at": pa.array([4_000_000_000], pa.timestamp("s", "UTC"))})
    with pytest.raises(StoreError, match="Incorrect datetime value"):
        store.save(AssetRef("t"), late)
    assert not store.exists(AssetRef("t"))


def test_a_transaction_refuses_what_mysql_would_commit_by_itself(
    connector: MySQLConnector,
) -> None:
    with (
        pytest.raises(StoreError, match="MySQL commits what came before a statement such as DROP"),
        connector.transaction() as transaction,
    ):
        transaction.execute("DROP TABLE IF EXISTS t")
