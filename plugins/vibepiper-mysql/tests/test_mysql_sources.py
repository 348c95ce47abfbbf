"""Tables that are no assets, as relations and in SQL of their own dialect."""

from __future__ import annotations

import pyarrow as pa
from vibepiper_mysql import MySQLConnector
from vibepiper_transform import col, sql_asset

PEOPLE = pa.table({"id": [1, 2, 3], "name": ["ada", "Bob", None]})


def test_a_table_of_the_database_is_a_relation(connector: MySQLConnector) -> None:
    connector.ingest("people", PEOPLE)
    made = connector.relation("people").filter(col("id") > 1).select("name").order_by("name")
    assert made.backend.dialect == "mysql"
    assert made.to_table()["name"].to_pylist() == ["Bob", None]


def test_sql_of_its_dialect_runs_there_as_it_was_written(connector: MySQLConnector) -> None:
    connector.ingest("people", PEOPLE)

    @sql_asset(dialect="mysql")
    def found():
        return "SELECT id, name FROM {{ people }} WHERE name LIKE {{ 'B%' }} ORDER BY name"

    made = found(people=connector.relation("people"))
    assert made.backend.dialect == "mysql"
    assert made.to_table()["name"].to_pylist() == ["Bob"]
