"""The 22 queries of TPC-H as SQL assets, beside the standard's SQL in DuckDB itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from vibepiper import Asset
from vibepiper_testing.tpch import (
    QUERIES,
    assert_same_answer,
    generate,
    sql_template,
    standard_sql,
)
from vibepiper_transform import Relation, scan_parquet, sql_asset


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return generate(tmp_path_factory.mktemp("tpch"))


@pytest.fixture(scope="session")
def by_hand(small: dict[str, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for table, path in small.items():
            connection.read_parquet(str(path)).create_view(table)
        yield connection


def query_asset(number: int, dialect: str = "duckdb") -> Asset:
    def asset() -> str:
        return sql_template(number)

    return sql_asset(name=f"q{number}", dialect=dialect)(asset)


def answer(made: Asset, tables: dict[str, Relation]) -> Relation:
    relation = made(**{p.name: tables[p.name] for p in made.parameters})
    assert isinstance(relation, Relation)
    return relation


@pytest.mark.parametrize("number", QUERIES)
def test_a_sql_asset_gives_what_the_standard_says(
    number: int, small: dict[str, Path], by_hand: duckdb.DuckDBPyConnection
) -> None:
    tables = {table: scan_parquet(path) for table, path in small.items()}
    found = answer(query_asset(number), tables).to_table()
    assert_same_answer(found, expected(number, by_hand))


@pytest.mark.parametrize("number", QUERIES)
def test_sql_of_postgresql_gives_the_same_in_duckdb(
    number: int, small: dict[str, Path], by_hand: duckdb.DuckDBPyConnection
) -> None:
    tables = {table: scan_parquet(path) for table, path in small.items()}
    found = answer(query_asset(number, "postgresql"), tables).to_table()
    assert_same_answer(found, expected(number, by_hand))


def expected(number: int, by_hand: duckdb.DuckDBPyConnection) -> pa.Table:
    return by_hand.sql(standard_sql(number)).to_arrow_table()
