"""What SQLite would do otherwise than DuckDB."""

from __future__ import annotations

import datetime as dt
import sqlite3
from decimal import Decimal

import pyarrow as pa
import pytest
from vibepiper import AssetRef
from vibepiper.errors import DataError, StoreError
from vibepiper_sqlite import SQLiteBackend, SQLiteIOManager
from vibepiper_transform import Relation, UnsupportedSql, col, from_arrow, lit

LETTERS = [chr(code) for code in (*range(1, 0xD800), *range(0xE000, 0x11000))]


def stored(store: SQLiteIOManager, **columns: object) -> Relation:
    store.save(AssetRef("t"), pa.table(columns))
    relation = store.relation(AssetRef("t"))
    assert isinstance(relation.backend, SQLiteBackend)
    return relation


def test_a_sum_beyond_64_bits_is_an_error_and_no_double(store: SQLiteIOManager) -> None:
    relation = stored(store, n=[2**63 - 1])
    with pytest.raises(StoreError, match="user-defined function raised exception"):
        relation.filter(col("n") + 1 > 0).to_table()


def test_a_decimal_that_no_double_holds_is_refused(store: SQLiteIOManager) -> None:
    relation = stored(store, n=[1])
    short = [Decimal("1234567890.12345"), Decimal("0.00012"), 10**30]
    found = relation.select(**{f"c{place}": lit(value) for place, value in enumerate(short)})
    assert [*found.to_table().to_pylist()[0].values()] == short
    for long in (Decimal("123456789.123456789"), 2**63):
        with pytest.raises(UnsupportedSql, match="sqlite cannot do decimals"):
            relation.select(x=lit(long)).to_table()


def test_letters_of_all_alphabets_have_duckdbs_case(store: SQLiteIOManager) -> None:
    relation = stored(store, letter=LETTERS)
    here = from_arrow(pa.table({"letter": LETTERS}))
    found = relation.select("letter", u=col("letter").upper(), d=col("letter").lower())
    expected = here.select("letter", u=col("letter").upper(), d=col("letter").lower())
    assert found.to_table().to_pylist() == expected.to_table().to_pylist()


def test_like_tells_upper_case_from_lower(store: SQLiteIOManager) -> None:
    relation = stored(store, k=["a*b", "A*B", "a[b", "axb"])
    assert relation.filter(col("k").like("a*b")).to_table()["k"].to_pylist() == ["a*b"]
    assert relation.filter(col("k").like("a[%")).to_table()["k"].to_pylist() == ["a[b"]


def test_a_date_and_a_timestamp_are_compared_as_times(store: SQLiteIOManager) -> None:
    relation = stored(store, day=[dt.date(2024, 1, 1)], at=[dt.datetime(2024, 1, 1)])
    assert relation.filter(col("day") == col("at")).count() == 1


def test_nan_is_refused_by_its_row(store: SQLiteIOManager) -> None:
    with pytest.raises(DataError, match="column 'x', row 2: SQLite cannot hold NaN"):
        store.save(AssetRef("t"), pa.table({"x": [1.0, float("nan")]}))
    assert not store.exists(AssetRef("t"))


def test_a_table_with_an_index_keeps_it(store: SQLiteIOManager) -> None:
    stored(store, n=[1])
    path = store.context.root / store.settings.path
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE INDEX by_n ON t (n)")
    stored(store, n=[2])
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'").fetchall()
    connection.close()
    assert ("by_n",) in found


def test_the_tables_are_plain_sqlite(store: SQLiteIOManager) -> None:
    stored(store, day=[dt.date(2024, 2, 29)], ok=[True])
    connection = sqlite3.connect(store.context.root / store.settings.path)
    assert connection.execute("SELECT day, ok FROM t").fetchall() == [("2024-02-29", 1)]
    connection.close()


def test_two_tables_are_joined_here_with_data_from_elsewhere(store: SQLiteIOManager) -> None:
    customers = stored(store, id=[1, 2], k=["a", "b"])
    store.save(AssetRef("regions"), pa.table({"k": ["a", "b"], "region": ["eu", "us"]}))
    orders = from_arrow(pa.table({"id": [1, 2, 2], "v": [5, 6, 7]}))
    here = customers.join(store.relation(AssetRef("regions")), on="k")
    joined = here.join(orders, on="id").order_by("v")
    assert joined.select("region", "v").to_table().to_pylist() == [
        {"region": "eu", "v": 5},
        {"region": "us", "v": 6},
        {"region": "us", "v": 7},
    ]
    (moved,) = joined.explain().moved
    assert moved.place.startswith("SQLite")
    assert "JOIN" in moved.sql
