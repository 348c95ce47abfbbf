"""A table in PostgreSQL or MariaDB is told as the same table here is."""

from __future__ import annotations

import datetime
import math
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper.component import ComponentContext
from vibepiper.io_manager import AssetRef
from vibepiper_quality import find_drift_by, find_row_anomalies, profile_table

postgres = pytest.importorskip("vibepiper_postgres")
mysql = pytest.importorskip("vibepiper_mysql")

NOON = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC)
TABLE = pa.table(
    {
        "id": list(range(300)),
        "x": pa.array([*[0.5, math.nan, None] * 100], pa.float64()),
        "t": [*["naïve", "", None] * 100],
        "at": pa.array([NOON + datetime.timedelta(hours=n % 9) for n in range(300)]),
        "ok": [*[True, False, None] * 100],
    }
)


def test_a_table_there_is_told_as_here(postgres_database: str) -> None:
    settings = postgres.PostgresSettings(url=postgres_database)
    store = postgres.PostgresIOManager(settings, ComponentContext("postgres", Path()))
    try:
        store.save(AssetRef("table"), TABLE)
        there = profile_table(store.relation(AssetRef("table")), dependencies=True)
        sampled = profile_table(store.relation(AssetRef("table")), sample=100)
    finally:
        store.close()
    here = profile_table(TABLE, dependencies=True)
    assert replace(there, columns=()) == replace(here, columns=())
    assert [c.name for c in here.columns if repr(there.column(c.name)) != repr(c)] == []
    assert (sampled.keys, sampled.exact, sampled.column("t").distinct) == ((("id",),), False, 2)


def test_a_table_in_mariadb_is_told_as_here(mariadb_database: str) -> None:
    """MariaDB has neither NaN nor booleans, and reads the table to choose at random of it."""
    table = TABLE.select(["id", "t", "at"])
    settings = mysql.MySQLSettings(url=mariadb_database)
    store = mysql.MySQLIOManager(settings, ComponentContext("mysql", Path()))
    try:
        store.save(AssetRef("table"), table)
        there = profile_table(store.relation(AssetRef("table")))
        sampled = profile_table(store.relation(AssetRef("table")), sample=100)
    finally:
        store.close()
    here = profile_table(table)
    assert there == here
    assert (sampled.keys, sampled.exact, sampled.column("t").distinct) == ((("id",),), False, 2)


ODD = pa.table({"k": [1, 2] * 8, "x": [*[1.0] * 12, math.nan, math.inf, 2.0, 1.0]})


def test_numbers_there_that_are_not_finite_move_nothing(postgres_database: str) -> None:
    settings = postgres.PostgresSettings(url=postgres_database)
    store = postgres.PostgresIOManager(settings, ComponentContext("postgres", Path()))
    try:
        store.save(AssetRef("odd"), ODD)
        there = store.relation(AssetRef("odd"))
        found = find_row_anomalies(there, "x")
        rows, parts = found.rows.to_table()["x"].to_pylist(), find_drift_by(there, "k")
    finally:
        store.close()
    assert found.limits == find_row_anomalies(ODD, "x").limits
    assert sorted(rows) == [2.0, math.inf]
    assert parts == find_drift_by(ODD, "k")


def test_numbers_in_mariadb_are_judged_as_here(mariadb_database: str) -> None:
    table = ODD.set_column(1, "x", pa.array([*[1.0, 1.5] * 7, None, 99.0]))
    settings = mysql.MySQLSettings(url=mariadb_database)
    store = mysql.MySQLIOManager(settings, ComponentContext("mysql", Path()))
    try:
        store.save(AssetRef("odd"), table)
        there = store.relation(AssetRef("odd"))
        rows = find_row_anomalies(there, "x", method="z_score").rows.to_table()
        parts = find_drift_by(there, "k")
    finally:
        store.close()
    assert rows["x"].to_pylist() == [99.0]
    assert parts == find_drift_by(table, "k")
