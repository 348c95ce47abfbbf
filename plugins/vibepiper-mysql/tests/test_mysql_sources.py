"""Tables that are no assets, as relations and in SQL of their own dialect."""

from __future__ import annotations

import socket
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper import ComponentContext
from vibepiper.errors import DataError, StoreError
from vibepiper_mysql import MySQLConnector, MySQLSettings, session
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


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("CAST(soundex(name) AS CHAR)", ["A300", "B000", None]),
        ("name REGEXP 'B'", [False, True, None]),
    ],
)
def test_functions_of_its_own_run_there(
    connector: MySQLConnector, word: str, expected: list[object]
) -> None:
    connector.ingest("people", PEOPLE)

    def made():
        return f"SELECT id, {word} AS x FROM {{{{ people }}}} ORDER BY id"

    found = sql_asset(dialect="mysql")(made)(people=connector.relation("people"))
    assert found.to_table()["x"].to_pylist() == expected


def test_what_only_the_engine_has_must_be_cast(connector: MySQLConnector) -> None:
    connector.ingest("people", PEOPLE)

    @sql_asset(dialect="mysql")
    def found():
        return "SELECT soundex(name) AS x FROM {{ people }}"

    with pytest.raises(DataError, match=r"the type of 'x' is not known.*\n.*CAST"):
        found(people=connector.relation("people")).to_table()


def test_a_server_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"mysql://ada:x@127.0.0.1:{silent.getsockname()[1]}/shop"
        settings = MySQLSettings(url=url)
        connector = MySQLConnector(settings, ComponentContext("warehouse", Path.cwd()))
        with pytest.raises(StoreError, match=r"connect: .*timed out"):
            connector.ping()


def test_a_query_may_take_longer_than_a_connection(
    connector: MySQLConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_PATIENCE", 1)
    assert connector.query("SELECT SLEEP(1.5) AS x").read_all()["x"].to_pylist() == [0]
